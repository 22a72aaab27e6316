-- `hlc` is where a message stands, decided when it comes (PROTOCOL.md s7), `claim_ms` what its author said. What one device
-- numbered stands in the order of its numbers.
ALTER TABLE message ADD COLUMN claim_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE message ADD COLUMN device INTEGER NOT NULL DEFAULT 0;
ALTER TABLE message ADD COLUMN n INTEGER NOT NULL DEFAULT 0;
UPDATE message SET claim_ms = hlc;
DROP INDEX message_order;
CREATE INDEX message_order ON message(conversation, hlc, author, n, id);
CREATE INDEX message_number ON message(author, conversation, device, n) WHERE n > 0;
