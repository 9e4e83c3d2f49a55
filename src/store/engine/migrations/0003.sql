-- Under embargo an article has no places yet; it takes them when its time has come. A withdrawn one is passed over.
ALTER TABLE article ADD COLUMN embargoed SMALLINT NOT NULL DEFAULT 0;
CREATE INDEX article_embargoed ON article(published) WHERE embargoed = 1 AND notice IS NULL;

-- Of an erased article only its name, dates and notice are left.
ALTER TABLE article ADD COLUMN purged SMALLINT NOT NULL DEFAULT 0;

-- The source's own date of its last significant change; `updated` may lie behind it, since editors act too.
ALTER TABLE article ADD COLUMN said_updated BIGINT;
-- The time at which the source last said that it is to appear, if it gave one: editors may have moved it since.
ALTER TABLE article ADD COLUMN said_published BIGINT;
UPDATE article SET said_updated = updated WHERE updated > published AND notice IS NULL;

-- The revision at which an entry got its number. What joined before this column was there has had no archive page yet,
-- so that any revision since then will do.
ALTER TABLE entry ADD COLUMN joined BIGINT NOT NULL DEFAULT 0;
UPDATE entry SET joined = touched;

-- Every change of an article, in order: by whom, in which revision if it showed, and what it replaced (JSON).
CREATE TABLE history(
  history_id INTEGER PRIMARY KEY,
  article_id BIGINT NOT NULL REFERENCES article,
  time BIGINT NOT NULL,
  who TEXT NOT NULL,
  revision BIGINT,
  deed TEXT NOT NULL,
  before TEXT
);
CREATE INDEX history_article ON history(article_id);

-- A correction's note stands in its own field only, and is put first when the article is shown.
UPDATE article SET
  html = substr(html, length('<p><strong></strong></p>') + 2 + length(
    replace(replace(replace(replace(json_extract(details, '$.note'), '&', '&amp;'), '<', '&lt;'), '>', '&gt;'), '"', '&quot;'))),
  summary = substr(summary, length(json_extract(details, '$.note')) + 2)
WHERE json_extract(details, '$.note') IS NOT NULL
  AND substr(summary, 1, length(json_extract(details, '$.note')) + 1) = json_extract(details, '$.note') || ' ';
