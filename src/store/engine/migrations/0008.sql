-- Tokens for publishing over HTTP: of each only the SHA-256 of its text, in lower-case hexadecimal digits. Scopes are
-- read, publish, or publish: and districts. Rows stay, since histories of articles say by which token things were done.
CREATE TABLE token(
  name TEXT PRIMARY KEY,
  scope TEXT NOT NULL,
  digest TEXT NOT NULL UNIQUE,
  created BIGINT NOT NULL,
  expires BIGINT,
  revoked BIGINT
) WITHOUT ROWID;
-- Each request is compared with all of these, and with no others.
CREATE INDEX token_unrevoked ON token(name) WHERE revoked IS NULL;

-- All articles of a source are listed in the order of their rows.
CREATE INDEX article_source ON article(source, article_id);
