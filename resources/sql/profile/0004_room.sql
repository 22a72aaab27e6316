-- What is sent is kept once, whoever gets it; everything that has a number names its conversation.
CREATE TABLE sent_content(
    row INTEGER PRIMARY KEY,
    conversation BLOB NOT NULL CHECK(length(conversation) = 21),
    message_id BLOB NOT NULL UNIQUE CHECK(length(message_id) = 16),
    kind INTEGER NOT NULL,
    n INTEGER NOT NULL,
    body BLOB NOT NULL,
    day INTEGER NOT NULL
) STRICT;
INSERT INTO sent_content(conversation, message_id, kind, n, body, day)
    SELECT CAST(x'01' || account AS BLOB), message_id, kind, n, content, day FROM sent;
-- What is queued is newer than what went out under the same id; a repair only repeats it.
INSERT INTO sent_content(conversation, message_id, kind, n, body, day)
    SELECT CAST(x'01' || account AS BLOB), message_id, kind, n, content, created_ms / 86400000 FROM outbox WHERE true ORDER BY row
    ON CONFLICT(message_id) DO UPDATE SET body = excluded.body, n = max(n, excluded.n) WHERE excluded.n > 0;
CREATE INDEX sent_content_number ON sent_content(conversation, n) WHERE n > 0;
CREATE INDEX sent_content_day ON sent_content(day);

CREATE TABLE sent_copy_of(
    content INTEGER NOT NULL,
    account BLOB NOT NULL CHECK(length(account) = 20),
    device INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    msg_id BLOB NOT NULL,
    ciphertext_hash BLOB NOT NULL,
    riders BLOB NOT NULL,
    PRIMARY KEY(content, account, device)
) STRICT, WITHOUT ROWID;
INSERT INTO sent_copy_of(content, account, device, attempt, msg_id, ciphertext_hash, riders)
    SELECT c.row, s.account, s.device, s.attempt, s.msg_id, s.ciphertext_hash, x''
    FROM sent_copy s JOIN sent_content c ON c.message_id = s.message_id;
DROP TABLE sent;
DROP TABLE sent_copy;
ALTER TABLE sent_copy_of RENAME TO sent_copy;
CREATE INDEX sent_copy_msg ON sent_copy(msg_id);

CREATE TABLE outbox_of(
    row INTEGER PRIMARY KEY AUTOINCREMENT,
    account BLOB NOT NULL CHECK(length(account) = 20),
    lane INTEGER NOT NULL,
    device INTEGER,
    content INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    riders BLOB NOT NULL,
    created_ms INTEGER NOT NULL,
    due_ms INTEGER NOT NULL,
    drop_id BLOB CHECK(length(drop_id) = 16),
    msg_id BLOB CHECK(length(msg_id) = 16),
    manifest_ver BLOB CHECK(length(manifest_ver) = 8),
    items BLOB,
    CHECK(items IS NULL OR (drop_id IS NOT NULL AND msg_id IS NOT NULL AND manifest_ver IS NOT NULL))
) STRICT;
INSERT INTO outbox_of(row, account, lane, device, content, attempt, riders, created_ms, due_ms, drop_id, msg_id,
                      manifest_ver, items)
    SELECT o.row, o.account, CASE substr(o.lane, 1, 1) WHEN x'72' THEN 1 WHEN x'78' THEN 2 ELSE 0 END, o.device, c.row,
           o.attempt, x'', o.created_ms, o.due_ms, o.drop_id, o.msg_id, o.manifest_ver, o.items
    FROM outbox o JOIN sent_content c ON c.message_id = o.message_id;
DROP TABLE outbox;
ALTER TABLE outbox_of RENAME TO outbox;
CREATE INDEX outbox_lane ON outbox(account, lane, row);
CREATE INDEX outbox_content ON outbox(content);

-- Drops belong to a conversation: the contact's own, or one of a group.
ALTER TABLE own_drop ADD COLUMN conversation BLOB CHECK(length(conversation) = 21);
UPDATE own_drop SET conversation = CAST(x'01' || account AS BLOB) WHERE account IS NOT NULL;
DROP INDEX own_drop_account;
ALTER TABLE own_drop DROP COLUMN account;
CREATE INDEX own_drop_conversation ON own_drop(conversation) WHERE conversation IS NOT NULL;
CREATE TABLE peer_drop_of(
    account BLOB NOT NULL CHECK(length(account) = 20),
    kind INTEGER NOT NULL,
    conversation BLOB NOT NULL CHECK(length(conversation) = 21),
    drop_id BLOB NOT NULL CHECK(length(drop_id) = 16),
    secret BLOB NOT NULL,
    ver INTEGER NOT NULL,
    PRIMARY KEY(account, kind, conversation)
) STRICT, WITHOUT ROWID;
INSERT INTO peer_drop_of(account, kind, conversation, drop_id, secret, ver)
    SELECT account, kind, CAST(x'01' || account AS BLOB), drop_id, secret, ver FROM peer_drop;
DROP TABLE peer_drop;
ALTER TABLE peer_drop_of RENAME TO peer_drop;

-- How far a message of ours has come with each of those it went to; message.state is computed from it.
CREATE TABLE delivery(
    message INTEGER NOT NULL,
    account BLOB NOT NULL CHECK(length(account) = 20),
    state INTEGER NOT NULL,
    PRIMARY KEY(message, account)
) STRICT, WITHOUT ROWID;
ALTER TABLE message ADD COLUMN recipients INTEGER NOT NULL DEFAULT 0;
UPDATE message SET recipients = 1 WHERE state > 0;
INSERT INTO delivery(message, account, state)
    SELECT seq, substr(conversation, 2, 20), state FROM message WHERE state > 1;

-- What did not open is known by its hash. Its bytes, kept of the newest, lie apart: where they go their pages go.
CREATE TABLE failed_body(row INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
INSERT INTO failed_body(row, body) SELECT row, body FROM failed WHERE length(body) > 0;
CREATE TABLE failed_of(
    row INTEGER PRIMARY KEY,
    body_hash BLOB NOT NULL UNIQUE CHECK(length(body_hash) = 32),
    reason INTEGER NOT NULL,
    day INTEGER NOT NULL
) STRICT;
INSERT INTO failed_of(row, body_hash, reason, day) SELECT row, body_hash, reason, day FROM failed;
DROP TABLE failed;
ALTER TABLE failed_of RENAME TO failed;
CREATE INDEX failed_day ON failed(day);

-- How many rows of a conversation are shown: the scroll bar stands for all of them.
ALTER TABLE conversation ADD COLUMN rows INTEGER NOT NULL DEFAULT 0;
UPDATE conversation SET rows = (SELECT count(*) FROM message WHERE conversation = conversation.id AND kind < 2);
