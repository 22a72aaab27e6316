-- The profile: SCHEMA.md explains every table. Times: _ms = Unix milliseconds, _min = Unix minutes, day = Unix days.
-- Identifiers have their length checked here: what is read later is taken for whole.

CREATE TABLE meta(name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;

-- Event log: the truth about everything people see.
CREATE TABLE event(seq INTEGER PRIMARY KEY AUTOINCREMENT, at_ms INTEGER NOT NULL, body BLOB NOT NULL) STRICT;

-- Projections: rebuilt from the event log alone.
CREATE TABLE contact(
    account BLOB PRIMARY KEY CHECK(length(account) = 20),
    name TEXT NOT NULL,
    state INTEGER NOT NULL,
    verified INTEGER NOT NULL,
    request_text TEXT NOT NULL,
    since_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE conversation(
    id BLOB PRIMARY KEY CHECK(length(id) = 21),
    last_hlc INTEGER NOT NULL,
    last_seq INTEGER NOT NULL,
    read_seq INTEGER NOT NULL,
    unread INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE message(
    seq INTEGER PRIMARY KEY,
    conversation BLOB NOT NULL CHECK(length(conversation) = 21),
    hlc INTEGER NOT NULL,
    author BLOB NOT NULL CHECK(length(author) = 20),
    id BLOB NOT NULL CHECK(length(id) = 16),
    kind INTEGER NOT NULL,
    text TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    state INTEGER NOT NULL,
    flags INTEGER NOT NULL,
    reply_author BLOB,
    reply_id BLOB,
    UNIQUE(author, id)
) STRICT;
CREATE INDEX message_order ON message(conversation, hlc, author, id);
CREATE INDEX message_received ON message(conversation, seq) WHERE state = 0 AND kind = 0;

-- Own homes, in the order of the manifest.
CREATE TABLE home(
    relay_id BLOB PRIMARY KEY CHECK(length(relay_id) = 20),
    position INTEGER NOT NULL,
    endpoint TEXT NOT NULL,
    registered INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    seen_seq INTEGER NOT NULL,
    descriptor BLOB,
    descriptor_sig BLOB
) STRICT, WITHOUT ROWID;

-- Own inbound drops and the homes that hold them.
CREATE TABLE own_drop(
    drop_id BLOB PRIMARY KEY CHECK(length(drop_id) = 16),
    r16 BLOB NOT NULL CHECK(length(r16) = 16),
    secret BLOB NOT NULL,
    kind INTEGER NOT NULL,
    ver INTEGER NOT NULL,
    account BLOB,
    max_total INTEGER NOT NULL,
    expires_min INTEGER NOT NULL,
    card_id BLOB,
    deleted INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX own_drop_account ON own_drop(account) WHERE account IS NOT NULL;
CREATE TABLE own_drop_home(
    drop_id BLOB NOT NULL,
    relay_id BLOB NOT NULL,
    ver INTEGER NOT NULL,
    PRIMARY KEY(drop_id, relay_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE card(
    card_id BLOB PRIMARY KEY,
    drop_id BLOB NOT NULL CHECK(length(drop_id) = 16),
    body BLOB NOT NULL,
    expires_min INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Other accounts: their newest adopted manifest, its devices, where they live, where they listen.
CREATE TABLE peer(
    account BLOB PRIMARY KEY,
    body BLOB NOT NULL,
    sig BLOB NOT NULL,
    rival BLOB CHECK(length(rival) = 32)
) STRICT, WITHOUT ROWID;
CREATE TABLE peer_device(
    account BLOB NOT NULL,
    device INTEGER NOT NULL,
    ik BLOB NOT NULL CHECK(length(ik) = 32),
    sd BLOB NOT NULL CHECK(length(sd) = 32),
    reg_id INTEGER NOT NULL,
    PRIMARY KEY(account, device)
) STRICT, WITHOUT ROWID;
CREATE TABLE peer_home(
    account BLOB NOT NULL,
    relay_id BLOB NOT NULL CHECK(length(relay_id) = 20),
    position INTEGER NOT NULL,
    endpoint TEXT NOT NULL,
    local_allowed INTEGER NOT NULL,
    PRIMARY KEY(account, relay_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE peer_drop(
    account BLOB NOT NULL,
    kind INTEGER NOT NULL,
    drop_id BLOB NOT NULL CHECK(length(drop_id) = 16),
    secret BLOB NOT NULL,
    ver INTEGER NOT NULL,
    PRIMARY KEY(account, kind)
) STRICT, WITHOUT ROWID;

-- Signal keys (core/signal/key_store.h).
CREATE TABLE session(
    account BLOB NOT NULL,
    device INTEGER NOT NULL,
    record BLOB NOT NULL,
    PRIMARY KEY(account, device)
) STRICT, WITHOUT ROWID;
CREATE TABLE one_time_pre_key(id INTEGER PRIMARY KEY, record BLOB NOT NULL, made_day INTEGER NOT NULL) STRICT;
CREATE TABLE signed_pre_key(id INTEGER PRIMARY KEY, record BLOB NOT NULL, made_day INTEGER NOT NULL) STRICT;

-- Sending.
CREATE TABLE counter(conversation BLOB PRIMARY KEY, last_n INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE outbox(
    row INTEGER PRIMARY KEY AUTOINCREMENT,
    lane BLOB NOT NULL,
    account BLOB NOT NULL CHECK(length(account) = 20),
    device INTEGER,
    message_id BLOB NOT NULL CHECK(length(message_id) = 16),
    kind INTEGER NOT NULL,
    n INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    content BLOB NOT NULL,
    created_ms INTEGER NOT NULL,
    due_ms INTEGER NOT NULL,
    drop_id BLOB CHECK(length(drop_id) = 16),
    msg_id BLOB CHECK(length(msg_id) = 16),
    manifest_ver BLOB CHECK(length(manifest_ver) = 8),
    items BLOB,
    CHECK(items IS NULL OR (drop_id IS NOT NULL AND msg_id IS NOT NULL AND manifest_ver IS NOT NULL))
) STRICT;
CREATE INDEX outbox_lane ON outbox(lane, row);
CREATE INDEX outbox_account ON outbox(account);
CREATE TABLE sent(
    message_id BLOB NOT NULL CHECK(length(message_id) = 16),
    account BLOB NOT NULL,
    kind INTEGER NOT NULL,
    n INTEGER NOT NULL,
    content BLOB NOT NULL,
    day INTEGER NOT NULL,
    PRIMARY KEY(message_id, account)
) STRICT, WITHOUT ROWID;
CREATE INDEX sent_number ON sent(account, n) WHERE n > 0;
CREATE INDEX sent_day ON sent(day);
CREATE TABLE sent_copy(
    message_id BLOB NOT NULL,
    account BLOB NOT NULL,
    device INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    msg_id BLOB NOT NULL,
    ciphertext_hash BLOB NOT NULL,
    PRIMARY KEY(message_id, account, device)
) STRICT, WITHOUT ROWID;
CREATE INDEX sent_copy_msg ON sent_copy(msg_id);

-- Receiving.
CREATE TABLE seen(drop_id BLOB NOT NULL, msg_id BLOB NOT NULL, day INTEGER NOT NULL, PRIMARY KEY(drop_id, msg_id))
    STRICT, WITHOUT ROWID;
CREATE INDEX seen_day ON seen(day);
CREATE TABLE failed(
    row INTEGER PRIMARY KEY,
    body_hash BLOB NOT NULL UNIQUE,
    reason INTEGER NOT NULL,
    body BLOB NOT NULL,
    day INTEGER NOT NULL
) STRICT;
CREATE INDEX failed_day ON failed(day);
CREATE TABLE held(
    row INTEGER PRIMARY KEY,
    body_hash BLOB NOT NULL UNIQUE,
    envelope BLOB NOT NULL,
    total INTEGER NOT NULL,
    day INTEGER NOT NULL
) STRICT;
CREATE INDEX held_day ON held(day);
CREATE TABLE numbering(
    account BLOB NOT NULL,
    device INTEGER NOT NULL,
    conversation BLOB NOT NULL,
    high INTEGER NOT NULL,
    PRIMARY KEY(account, device, conversation)
) STRICT, WITHOUT ROWID;
CREATE TABLE gap(
    account BLOB NOT NULL CHECK(length(account) = 20),
    device INTEGER NOT NULL,
    conversation BLOB NOT NULL CHECK(length(conversation) = 21),
    n INTEGER NOT NULL,
    noticed_ms INTEGER NOT NULL,
    shown INTEGER NOT NULL,
    PRIMARY KEY(account, device, conversation, n)
) STRICT, WITHOUT ROWID;
CREATE TABLE asked(
    account BLOB NOT NULL,
    device INTEGER NOT NULL,
    what INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY(account, device, what)
) STRICT, WITHOUT ROWID;
