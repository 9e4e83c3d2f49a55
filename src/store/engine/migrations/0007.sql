-- Further keys of an article: its source has brought it once from a feed, and once from the file that it was made of.
CREATE TABLE other_key(
  key TEXT PRIMARY KEY,
  article_id INTEGER NOT NULL REFERENCES article
) WITHOUT ROWID;
CREATE INDEX other_key_article ON other_key(article_id);
CREATE INDEX article_from_feed ON article(published) WHERE guid IS NOT NULL;
