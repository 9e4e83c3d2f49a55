-- The files of watched folders as they were last read, by source and path below the folder: which article each holds, a
-- hash of its bytes, its size, time and number, and what it says of its article: 0 gone, 1 shown, 2 draft.
CREATE TABLE watched(
  source TEXT NOT NULL,
  path TEXT NOT NULL,
  key TEXT NOT NULL,
  own_id TEXT NOT NULL,
  digest TEXT NOT NULL,
  size BIGINT NOT NULL,
  modified BIGINT NOT NULL,
  inode BIGINT NOT NULL,
  state SMALLINT NOT NULL,
  PRIMARY KEY(source, path)
) WITHOUT ROWID;
CREATE INDEX watched_key ON watched(key);
