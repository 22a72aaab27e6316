-- The store of a relay (PROTOCOL.md s14). Times are days or minutes: a seized store tells nothing finer.

CREATE TABLE meta(
    name TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE account(
    ref INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id BLOB NOT NULL UNIQUE CHECK(length(account_id) = 20),
    ak BLOB NOT NULL CHECK(length(ak) = 32),
    manifest_ver BLOB NOT NULL CHECK(length(manifest_ver) = 8), -- big-endian: versions pass 2^63
    manifest_hash BLOB NOT NULL CHECK(length(manifest_hash) = 32),
    last_day INTEGER NOT NULL,
    left_day INTEGER NOT NULL -- since when the manifest does not name this relay; 0 = it does
) STRICT;

CREATE TABLE manifest(
    ref INTEGER PRIMARY KEY REFERENCES account(ref) ON DELETE CASCADE,
    body BLOB NOT NULL,
    sig BLOB NOT NULL CHECK(length(sig) = 64)
) STRICT;

-- One device and its mailbox. Mailbox numbers are never reused; items and bytes equal the rows in msg.
CREATE TABLE device(
    mailbox INTEGER PRIMARY KEY AUTOINCREMENT,
    ref INTEGER NOT NULL REFERENCES account(ref) ON DELETE CASCADE,
    device_id INTEGER NOT NULL,
    dk BLOB NOT NULL CHECK(length(dk) = 32),
    epoch INTEGER NOT NULL,
    last_seq INTEGER NOT NULL,
    lease INTEGER NOT NULL,
    items INTEGER NOT NULL CHECK(items >= 0),
    bytes INTEGER NOT NULL CHECK(bytes >= 0),
    last_day INTEGER NOT NULL,
    highest_opk INTEGER NOT NULL,
    lagged INTEGER NOT NULL,
    closed INTEGER NOT NULL,
    UNIQUE(ref, device_id)
) STRICT;

-- Login keys of removed devices: only they are told that they were removed.
CREATE TABLE retired(
    ref INTEGER NOT NULL REFERENCES account(ref) ON DELETE CASCADE,
    device_id INTEGER NOT NULL,
    dk BLOB NOT NULL CHECK(length(dk) = 32),
    day INTEGER NOT NULL,
    PRIMARY KEY(ref, device_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE spk(
    mailbox INTEGER PRIMARY KEY REFERENCES device(mailbox) ON DELETE CASCADE,
    spk_id INTEGER NOT NULL,
    pub BLOB NOT NULL CHECK(length(pub) = 32),
    sig BLOB NOT NULL CHECK(length(sig) = 64)
) STRICT;

CREATE TABLE prekey(
    mailbox INTEGER NOT NULL REFERENCES device(mailbox) ON DELETE CASCADE,
    opk_id INTEGER NOT NULL,
    pub BLOB NOT NULL CHECK(length(pub) = 32),
    PRIMARY KEY(mailbox, opk_id)
) STRICT, WITHOUT ROWID;

-- A deleted drop leaves a tombstone: deleted_day set, everything else empty.
CREATE TABLE drop_(
    drop_id BLOB PRIMARY KEY CHECK(length(drop_id) = 16),
    ref INTEGER NOT NULL REFERENCES account(ref) ON DELETE CASCADE,
    ver INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    token_hash BLOB NOT NULL CHECK(length(token_hash) = 32),
    max_items INTEGER NOT NULL,
    max_bytes INTEGER NOT NULL,
    max_total INTEGER NOT NULL,
    total INTEGER NOT NULL,
    pow_bits INTEGER NOT NULL,
    expires_min INTEGER NOT NULL,
    paused INTEGER NOT NULL,
    full INTEGER NOT NULL,
    deleted_day INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX drop_account ON drop_(ref, drop_id);

-- What one drop holds in one mailbox, and whether an item of it was passed over. No row = nothing.
CREATE TABLE share(
    mailbox INTEGER NOT NULL REFERENCES device(mailbox) ON DELETE CASCADE,
    drop_id BLOB NOT NULL,
    items INTEGER NOT NULL CHECK(items >= 0),
    bytes INTEGER NOT NULL CHECK(bytes >= 0),
    skipped INTEGER NOT NULL,
    PRIMARY KEY(mailbox, drop_id)
) STRICT, WITHOUT ROWID;

-- In order of arrival, so that a commit writes few pages; small indexes find a mailbox and what has expired. Bodies
-- inside an index tree would take an overflow page each. No foreign key: it would cost a look-up for every item.
CREATE TABLE msg(
    row INTEGER PRIMARY KEY,
    mailbox INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    msg_id BLOB NOT NULL,
    drop_id BLOB NOT NULL,
    recv_min INTEGER NOT NULL,
    expires_min INTEGER NOT NULL,
    size INTEGER NOT NULL, -- of body, to be read without it
    body BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX msg_mailbox ON msg(mailbox, seq);
CREATE INDEX msg_expiry ON msg(expires_min);

-- Sends that have been stored. Outlives the message by days, so it names neither drop nor message:
-- key = 16 bytes of SHA-256(drop_id ‖ msg_id).
CREATE TABLE dedup(
    key BLOB PRIMARY KEY,
    day INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE card(
    card_id BLOB PRIMARY KEY CHECK(length(card_id) = 16),
    ref INTEGER NOT NULL REFERENCES account(ref) ON DELETE CASCADE,
    expires_min INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;
CREATE INDEX card_account ON card(ref);

CREATE TABLE descriptor(
    ref INTEGER NOT NULL REFERENCES account(ref) ON DELETE CASCADE,
    relay_id BLOB NOT NULL CHECK(length(relay_id) = 20),
    generation INTEGER NOT NULL,
    issued_ms INTEGER NOT NULL,
    body BLOB NOT NULL,
    sig BLOB NOT NULL,
    PRIMARY KEY(ref, relay_id)
) STRICT;

CREATE TABLE invite(
    hash BLOB PRIMARY KEY CHECK(length(hash) = 32),
    uses_left INTEGER NOT NULL,
    expires_min INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
