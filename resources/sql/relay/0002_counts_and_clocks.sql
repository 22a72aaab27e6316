-- The oldest tombstone of an account, without a look at all of them.
CREATE INDEX drop_grave ON drop_(ref, deleted_day, drop_id) WHERE deleted_day <> 0;
-- An invite made while the clock was wrong lives on once it is right.
ALTER TABLE invite ADD COLUMN made_min INTEGER NOT NULL DEFAULT 0;
