-- The id under which feed readers knew an article before it came to us; no two articles have the same.
ALTER TABLE article ADD COLUMN guid TEXT;
CREATE UNIQUE INDEX article_guid ON article(guid) WHERE guid IS NOT NULL;
