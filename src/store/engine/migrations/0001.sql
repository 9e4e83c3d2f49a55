-- Times are whole seconds since 1970, UTC; flags are 0 or 1. PostgreSQL takes the same text without WITHOUT ROWID.

-- Every change of what is published (rule 1). Numbers are contiguous; times strictly grow.
CREATE TABLE revision(
  number BIGINT PRIMARY KEY,
  time BIGINT NOT NULL UNIQUE,
  nonce BIGINT NOT NULL
) WITHOUT ROWID;

-- What the last server rendered with: one row (rule 2).
CREATE TABLE fingerprint(
  id INTEGER PRIMARY KEY CHECK(id = 1),
  hash TEXT NOT NULL,
  revision BIGINT NOT NULL REFERENCES revision
);

-- A feed that something has joined. One without a row is empty.
CREATE TABLE feed(
  feed_id INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  head BIGINT NOT NULL,
  tail BIGINT NOT NULL,
  newest BIGINT NOT NULL,
  entries BIGINT NOT NULL,
  revision BIGINT NOT NULL REFERENCES revision
);

CREATE TABLE article(
  article_id INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  source TEXT NOT NULL,
  own_id TEXT NOT NULL,
  uri TEXT NOT NULL,
  hash TEXT NOT NULL,
  version BIGINT NOT NULL,
  published BIGINT NOT NULL,
  updated BIGINT NOT NULL,
  size BIGINT NOT NULL,
  brought SMALLINT NOT NULL,
  districts TEXT NOT NULL,
  topics TEXT NOT NULL,
  url TEXT,
  title TEXT NOT NULL,
  summary TEXT NOT NULL,
  details TEXT NOT NULL,
  html TEXT NOT NULL
);
-- Articles that bring no date are given a second of their own.
CREATE INDEX article_updated ON article(updated);

-- An article's place in a feed; held is 0 once it has left, and its number is kept for its return (rule 5).
CREATE TABLE entry(
  feed_id INTEGER NOT NULL REFERENCES feed,
  position BIGINT NOT NULL,
  article_id INTEGER NOT NULL REFERENCES article,
  changed BIGINT NOT NULL,
  touched BIGINT NOT NULL,
  held SMALLINT NOT NULL,
  PRIMARY KEY(feed_id, position)
) WITHOUT ROWID;
CREATE UNIQUE INDEX entry_article ON entry(article_id, feed_id);
CREATE INDEX entry_changed ON entry(feed_id, changed, position) WHERE held = 1;
