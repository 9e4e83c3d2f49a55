-- The id by which readers of another feed know the article, if the key is that of its entry there; NULL for a file's key.
ALTER TABLE other_key ADD COLUMN guid TEXT;
CREATE INDEX article_of_feed ON article(source) WHERE guid IS NOT NULL;

-- Imports, in order: who has brought what from which files, and between which revisions. `ended` is NULL for one that was
-- cut off; `first` and `last` are the numbers of the newest revisions before and after it.
CREATE TABLE import(
  import_id INTEGER PRIMARY KEY,
  began BIGINT NOT NULL,
  ended BIGINT,
  source TEXT NOT NULL,
  paths TEXT NOT NULL,
  first BIGINT NOT NULL,
  last BIGINT,
  new BIGINT,
  edited BIGINT,
  unchanged BIGINT,
  left_out BIGINT
);
