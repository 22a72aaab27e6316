-- What a person has begun to write. It is theirs alone: no event, never sent, not part of the projections.
CREATE TABLE draft(
    conversation BLOB PRIMARY KEY CHECK(length(conversation) = 21),
    text TEXT NOT NULL,
    at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
