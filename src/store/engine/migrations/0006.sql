-- Where articles were before they came to us: paths on this site, as they are compared, without encoding and without a
-- slash at the end. A path leads to the article that named it last.
CREATE TABLE address(
  path TEXT PRIMARY KEY,
  article_id INTEGER NOT NULL REFERENCES article
) WITHOUT ROWID;
CREATE INDEX address_article ON address(article_id);
