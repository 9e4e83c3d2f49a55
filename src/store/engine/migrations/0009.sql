-- The last revision that touched anything in a feed: pages show more than documents do.
ALTER TABLE feed ADD COLUMN touched BIGINT NOT NULL DEFAULT 0;
UPDATE feed SET touched = (SELECT MAX(number) FROM revision);

-- The time zone by which days are counted: one row. A server or an import that has another one counts anew.
CREATE TABLE calendar(
  id INTEGER PRIMARY KEY CHECK(id = 1),
  zone TEXT NOT NULL
);
INSERT INTO calendar(id, zone) VALUES (1, 'UTC');

-- How many articles of each day (counted from 1970) a feed holds that are not withdrawn, so that nobody ever needs to count them.
CREATE TABLE rhythm(
  feed_id INTEGER NOT NULL REFERENCES feed,
  day BIGINT NOT NULL,
  entries BIGINT NOT NULL,
  PRIMARY KEY(feed_id, day)
) WITHOUT ROWID;
INSERT INTO rhythm(feed_id, day, entries)
  SELECT e.feed_id, (a.published - ((a.published % 86400) + 86400) % 86400) / 86400 AS day, COUNT(*)
  FROM entry e JOIN article a ON a.article_id = e.article_id WHERE e.held = 1 AND a.notice IS NULL
  GROUP BY e.feed_id, day;
