//! Every SQL text but the migrations', side by side, with `?1` markers that PostgreSQL gets as `$1`.
//!
//! Knows nothing of connections, rows or rules.

pub const LAST_REVISION: &str = "SELECT number, time, nonce FROM revision ORDER BY number DESC LIMIT 1";
pub const REVISION: &str = "SELECT number, time, nonce FROM revision WHERE number = ?1";
pub const REVISIONS_AFTER: &str = "SELECT number, time, nonce FROM revision WHERE number > ?1 ORDER BY number";
pub const INSERT_REVISION: &str = "INSERT INTO revision(number, time, nonce) VALUES (?1, ?2, ?3)";

/// The first revision within ?2 seconds of revision ?1, itself included; NULL if there is no such revision.
pub const FIRST_WITHIN: &str =
    "SELECT MIN(number) FROM revision WHERE time >= (SELECT time FROM revision WHERE number = ?1) - ?2";

pub const FINGERPRINT: &str = "SELECT hash, revision FROM fingerprint WHERE id = 1";
pub const SET_FINGERPRINT: &str = "INSERT INTO fingerprint(id, hash, revision) VALUES (1, ?1, ?2)
    ON CONFLICT(id) DO UPDATE SET hash = excluded.hash, revision = excluded.revision";
pub const TOUCH_ALL_FEEDS: &str = "UPDATE feed SET revision = ?1";

pub const FEEDS: &str = "SELECT feed_id, key, head, tail, newest, entries, revision, touched FROM feed";
pub const FEED: &str = "SELECT feed_id, key, head, tail, newest, entries, revision, touched FROM feed WHERE key = ?1";
pub const UPSERT_FEED: &str = "INSERT INTO feed(feed_id, key, head, tail, newest, entries, revision, touched)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT(feed_id) DO UPDATE SET head = excluded.head,
    tail = excluded.tail, newest = excluded.newest, entries = excluded.entries, revision = excluded.revision,
    touched = excluded.touched";

/// The markers at the ends are the caller's.
pub const KNOWN: &str = "SELECT key, article_id, hash, embargoed, said_published, notice IS NOT NULL FROM article
    WHERE key IN ";
pub const KNOWN_OTHERWISE: &str = "SELECT o.key, a.article_id, a.hash, a.embargoed, a.said_published,
    a.notice IS NOT NULL FROM other_key o
    JOIN article a ON a.article_id = o.article_id WHERE o.key IN ";
/// The article that a source has brought from a feed under this headline and time.
pub const FROM_FEED: &str = "SELECT article_id FROM article a WHERE guid IS NOT NULL AND published = ?1 AND source = ?2
    AND title = ?3 AND NOT EXISTS (SELECT 1 FROM other_key o WHERE o.article_id = a.article_id AND o.guid IS NULL)";
pub const ADOPT: &str = "INSERT INTO other_key(key, article_id, guid) VALUES (?1, ?2, ?3)";
pub const ROW_OF: &str = "SELECT article_id FROM article WHERE key = ?1";
pub const HAS_ARTICLES: &str = "SELECT 1 FROM article WHERE source = ?1";
pub const HAS_FEED: &str = "SELECT 1 FROM article WHERE source = ?1 AND guid IS NOT NULL";
/// The markers at the ends are the caller's.
pub const KEYS_KNOWN: &str = "SELECT key, key, published, guid IS NOT NULL FROM article WHERE key IN ";
pub const OTHER_KEYS_KNOWN: &str = "SELECT o.key, a.key, a.published, a.guid IS NOT NULL FROM other_key o
    JOIN article a ON a.article_id = o.article_id WHERE o.key IN ";
/// By row; the last column counts the keys that are not of feeds' entries.
pub const CANDIDATES: &str = "SELECT article_id, key, guid, url, title, published,
    (SELECT COUNT(*) FROM other_key o WHERE o.article_id = a.article_id AND o.guid IS NULL)
    FROM article a WHERE source = ?1 AND article_id > ?2 ORDER BY article_id LIMIT ?3";
/// Where a key stands that may be an article's other one.
pub const ROW_OF_OTHER: &str = "SELECT article_id FROM other_key WHERE key = ?1";
pub const ARTICLE: &str = "SELECT article_id, key, uri, version, published, updated, brought, districts, topics, url,
    title, summary, details, html, notice, source, own_id, said_updated, said_published, embargoed, purged, guid
    FROM article WHERE article_id = ?1";
/// The same, but of its text only whether there is any.
pub const HEADLINE: &str = "SELECT article_id, key, uri, version, published, updated, brought, districts, topics, url,
    title, summary, details, CASE WHEN octet_length(html) > 0 THEN ' ' ELSE '' END, notice, source, own_id, said_updated, said_published, embargoed, purged, guid
    FROM article WHERE article_id = ?1";
pub const ARTICLE_BY_KEY: &str = "SELECT article_id, key, uri, version, published, updated, brought, districts, topics,
    url, title, summary, details, html, notice, source, own_id, said_updated, said_published, embargoed, purged, guid
    FROM article WHERE key = ?1";
/// Whether readers know any article by the id ?1; ?2 is the key in it, if it is one of ours.
pub const TAKEN: &str = "SELECT 1 FROM article WHERE guid = ?1 UNION ALL
    SELECT 1 FROM article WHERE key = ?2 AND uri = ?1 LIMIT 1";
/// Whether readers of a feed knew an article by the id ?1 before it came.
pub const KNOWN_AS: &str = "SELECT 1 FROM article WHERE guid = ?1";
/// By key, so that pages of them are stable while others are added; without those under embargo.
pub const KEYS_AFTER: &str = "SELECT key FROM article WHERE key > ?1 AND embargoed = 0 ORDER BY key LIMIT ?2";
/// All articles by row.
pub const ROWS_AFTER: &str = "SELECT article_id FROM article WHERE article_id > ?1 ORDER BY article_id LIMIT ?2";
/// The same without their texts, of all sources and of the source ?3.
pub const LISTED: &str = "SELECT article_id, key, uri, source, own_id, title, published, updated, districts, topics,
    embargoed, notice IS NOT NULL, purged FROM article WHERE article_id > ?1 ORDER BY article_id LIMIT ?2";
pub const LISTED_OF: &str = "SELECT article_id, key, uri, source, own_id, title, published, updated, districts, topics,
    embargoed, notice IS NOT NULL, purged FROM article WHERE source = ?3 AND article_id > ?1
    ORDER BY article_id LIMIT ?2";
pub const NEXT_DUE: &str = "SELECT MIN(published) FROM article WHERE embargoed = 1 AND notice IS NULL";
pub const DUE: &str = "SELECT key FROM article WHERE embargoed = 1 AND notice IS NULL AND published <= ?1
    ORDER BY published, article_id LIMIT ?2";
pub const LAST_ARTICLE: &str = "SELECT COALESCE(MAX(article_id), 0) FROM article";
/// Read from the latest downwards, until there is a second that nobody has.
pub const UPDATED_UNTIL: &str = "SELECT updated FROM article WHERE updated <= ?1 ORDER BY updated DESC";
/// The latest second until ?1 that any public article has.
pub const LAST_UPDATED: &str = "SELECT updated FROM article WHERE updated <= ?1 AND embargoed = 0
    ORDER BY updated DESC LIMIT 1";
/// Whether any article, public or not, has this second.
pub const HAS_SECOND: &str = "SELECT 1 FROM article WHERE updated = ?1";
pub const INSERT_ARTICLE: &str = "INSERT INTO article(article_id, key, uri, version, published, updated, brought,
    districts, topics, url, title, summary, details, html, hash, size, source, own_id, said_updated, said_published,
    embargoed, guid)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22)";
pub const UPDATE_ARTICLE: &str = "UPDATE article SET version = ?2, updated = ?3, brought = ?4, districts = ?5,
    topics = ?6, url = ?7, title = ?8, summary = ?9, details = ?10, html = ?11, hash = COALESCE(?12, hash), size = ?13,
    notice = ?14, published = ?15, own_id = ?16, said_updated = ?17, said_published = ?18,
    embargoed = ?19, purged = ?20
    WHERE article_id = ?1";
pub const UPDATE_HASH: &str = "UPDATE article SET hash = ?2, brought = ?3 WHERE article_id = ?1";

/// The rows at the end are the caller's.
pub const INSERT_ENTRIES: &str = "INSERT INTO entry(feed_id, position, article_id, changed, touched, joined, held)
    VALUES ";
pub const ENTRIES_OF_ARTICLE: &str = "SELECT feed_id, position, held, changed FROM entry WHERE article_id = ?1";
pub const TOUCH_ENTRIES: &str = "UPDATE entry SET touched = ?2 WHERE article_id = ?1 AND held = 1";
pub const CHANGE_ENTRIES: &str = "UPDATE entry SET changed = ?2, touched = ?2 WHERE article_id = ?1 AND held = 1";
pub const LEAVE: &str = "UPDATE entry SET touched = ?3, held = 0 WHERE feed_id = ?1 AND position = ?2";
pub const RETURN: &str = "UPDATE entry SET changed = ?3, touched = ?3, held = 1 WHERE feed_id = ?1 AND position = ?2";

pub const ZONE: &str = "SELECT zone FROM calendar WHERE id = 1";
pub const SET_ZONE: &str = "UPDATE calendar SET zone = ?1 WHERE id = 1";
pub const FORGET_DAYS: &str = "DELETE FROM rhythm";
pub const ALL_DAYS: &str = "SELECT feed_id, day, entries FROM rhythm";
/// Every place that an article holds, with when it was published, but for those withdrawn.
pub const HELD: &str = "SELECT e.feed_id, a.published FROM entry e JOIN article a ON a.article_id = e.article_id
    WHERE e.held = 1 AND a.notice IS NULL";
pub const OF_ALL_DAYS: &str = "SELECT COALESCE(SUM(entries), 0) FROM rhythm WHERE feed_id = ?1";
pub const COUNT_DAY: &str = "INSERT INTO rhythm(feed_id, day, entries) VALUES (?1, ?2, ?3)
    ON CONFLICT(feed_id, day) DO UPDATE SET entries = rhythm.entries + excluded.entries";
pub const DAYS: &str = "SELECT day, entries FROM rhythm WHERE feed_id = ?1 AND day BETWEEN ?2 AND ?3 AND entries > 0";
/// What every feed holds of some days.
pub const OF_DAYS: &str = "SELECT f.key, (SELECT COALESCE(SUM(entries), 0) FROM rhythm r
    WHERE r.feed_id = f.feed_id AND r.day BETWEEN ?1 AND ?2) FROM feed f";

/// What a document shows whatever its age.
pub const ENTRIES_FROM: &str = "SELECT e.article_id, e.position, e.changed, e.touched, a.published, a.version, a.size
    FROM entry e JOIN article a ON a.article_id = e.article_id WHERE e.feed_id = ?1 AND e.position >= ?2 AND e.held = 1";
/// A feed's entries by recency of change; the reader stops when it has enough.
pub const ENTRIES_BY_CHANGE: &str =
    "SELECT e.article_id, e.position, e.changed, e.touched, a.published, a.version, a.size
    FROM entry e JOIN article a ON a.article_id = e.article_id WHERE e.feed_id = ?1 AND e.held = 1
    ORDER BY e.changed DESC, e.position DESC LIMIT ?2";
/// A feed's entries that changed after a revision, oldest change first.
pub const ENTRIES_CHANGED_AFTER: &str = "SELECT e.article_id, e.position, e.changed, e.touched, a.published, a.version,
    a.size FROM entry e JOIN article a ON a.article_id = e.article_id WHERE e.feed_id = ?1 AND e.held = 1
    AND e.changed > ?2 ORDER BY e.changed, e.position LIMIT ?3";
/// How many of a feed's entries have changed since a time, and how many bytes these take in a document.
pub const CHANGED_SINCE: &str = "SELECT COUNT(*), COALESCE(SUM(a.size), 0) FROM entry e
    JOIN article a ON a.article_id = e.article_id WHERE e.feed_id = ?1 AND e.held = 1
    AND e.changed >= (SELECT MIN(number) FROM revision WHERE time >= ?2)";
pub const NEWEST_CHANGE: &str =
    "SELECT changed FROM entry WHERE feed_id = ?1 AND held = 1 ORDER BY changed DESC, position DESC LIMIT 1";

/// The entries that an archive page shows, and the last revision that touched any of its numbers.
pub const ENTRIES_OF_PAGE: &str = "SELECT article_id FROM entry
    WHERE feed_id = ?1 AND position BETWEEN ?2 AND ?3 AND held = 1";
pub const PAGE_TOUCHED: &str = "SELECT MAX(touched) FROM entry WHERE feed_id = ?1 AND position BETWEEN ?2 AND ?3";
/// The later of the revisions at which two numbers were given; NULL if neither was.
pub const LATER_JOINED: &str = "SELECT MAX(joined) FROM entry WHERE feed_id = ?1 AND position IN (?2, ?3)";

pub const INSERT_HISTORY: &str = "INSERT INTO history(article_id, time, who, revision, deed, before)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
pub const FORGET_HISTORY: &str = "UPDATE history SET before = NULL WHERE article_id = ?1 AND before IS NOT NULL";
pub const HISTORY: &str = "SELECT time, who, revision, deed, before FROM history WHERE article_id = ?1
    ORDER BY history_id";
/// The last revision in which readers saw anything of an article; NULL if they never did.
pub const LAST_SHOWN: &str = "SELECT MAX(revision) FROM history WHERE article_id = ?1";

pub const KEY_OF: &str = "SELECT key FROM article WHERE article_id = ?1";
pub const PLACES: &str = "SELECT f.key, e.position, e.held FROM entry e JOIN feed f ON f.feed_id = e.feed_id
    JOIN article a ON a.article_id = e.article_id WHERE a.key = ?1 ORDER BY f.feed_id";
pub const EMBARGOED: &str = "SELECT article_id FROM article WHERE embargoed = 1 AND notice IS NULL
    ORDER BY published DESC LIMIT ?1";
/// With when each was published.
pub const LATEST_OF_FEED: &str = "SELECT e.article_id, a.published FROM entry e
    JOIN article a ON a.article_id = e.article_id WHERE e.feed_id = ?1 AND e.held = 1
    ORDER BY e.position DESC LIMIT ?2";
/// The row of what is public, or was before it was withdrawn.
pub const PUBLIC: &str = "SELECT article_id FROM article WHERE key = ?1 AND embargoed = 0";
/// Where an article stands in feeds.
pub const STANDS: &str = "SELECT e.feed_id, f.key, e.position FROM entry e JOIN feed f ON f.feed_id = e.feed_id
    WHERE e.article_id = ?1 AND e.held = 1 ORDER BY f.key";
/// What stands beside it there and has not been withdrawn.
pub const NEXT_OLDER: &str = "SELECT e.position, e.article_id FROM entry e
    JOIN article a ON a.article_id = e.article_id WHERE e.feed_id = ?1 AND e.position < ?2 AND e.held = 1
    AND a.notice IS NULL ORDER BY e.position DESC LIMIT 1";
pub const NEXT_NEWER: &str = "SELECT e.position, e.article_id FROM entry e
    JOIN article a ON a.article_id = e.article_id WHERE e.feed_id = ?1 AND e.position > ?2 AND e.held = 1
    AND a.notice IS NULL ORDER BY e.position LIMIT 1";

/// What of a stretch of a feed is to be read here and nowhere else.
pub const OWN_PAGES: &str = "SELECT a.key, a.updated FROM entry e JOIN article a ON a.article_id = e.article_id
    WHERE e.feed_id = ?1 AND e.position BETWEEN ?2 AND ?3 AND e.held = 1 AND a.notice IS NULL AND a.url IS NULL
    ORDER BY e.position DESC";

/// The same of the latest numbers, published since ?3.
pub const NEWS: &str = "SELECT a.article_id FROM entry e JOIN article a ON a.article_id = e.article_id
    WHERE e.feed_id = ?1 AND e.position > ?2 AND e.held = 1 AND a.notice IS NULL AND a.url IS NULL
    AND a.published >= ?3 ORDER BY e.position DESC LIMIT ?4";

/// Every public or embargoed article with the keys of the feeds that hold it, in the order of rows.
pub const PLACED: &str = "SELECT a.key, a.districts, a.topics, a.embargoed, group_concat(f.key, ' ')
    FROM article a LEFT JOIN entry e ON e.article_id = a.article_id AND e.held = 1
    LEFT JOIN feed f ON f.feed_id = e.feed_id GROUP BY a.article_id";

pub const WATCHED: &str =
    "SELECT path, key, own_id, digest, size, modified, inode, state FROM watched WHERE source = ?1";
pub const SET_WATCHED: &str = "INSERT INTO watched(source, path, key, own_id, digest, size, modified, inode, state)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT(source, path) DO UPDATE SET key = excluded.key,
    own_id = excluded.own_id, digest = excluded.digest, size = excluded.size, modified = excluded.modified,
    inode = excluded.inode, state = excluded.state";
pub const FORGET_WATCHED: &str = "DELETE FROM watched WHERE source = ?1 AND path = ?2";
pub const FORGET_WATCHED_ARTICLE: &str =
    "DELETE FROM watched WHERE key IN (SELECT key FROM article WHERE article_id = ?1
    UNION ALL SELECT key FROM other_key WHERE article_id = ?1)";
/// In whose name an article was last withdrawn.
pub const WITHDRAWN_BY: &str = "SELECT who FROM history WHERE article_id = ?1 AND deed = 'withdrawn'
    ORDER BY history_id DESC LIMIT 1";

pub const FORGET_ADDRESSES: &str = "DELETE FROM address WHERE article_id = ?1";
pub const SET_ADDRESS: &str = "INSERT INTO address(path, article_id) VALUES (?1, ?2)
    ON CONFLICT(path) DO UPDATE SET article_id = excluded.article_id";
/// The public article that was at a path.
pub const AT_ADDRESS: &str = "SELECT a.key FROM address d JOIN article a ON a.article_id = d.article_id
    WHERE d.path = ?1 AND a.embargoed = 0";

pub const BEGIN_IMPORT: &str = "INSERT INTO import(began, source, paths, first)
    VALUES (?1, ?2, ?3, (SELECT COALESCE(MAX(number), 0) FROM revision)) RETURNING import_id";
pub const END_IMPORT: &str = "UPDATE import SET ended = ?2, last = (SELECT COALESCE(MAX(number), 0) FROM revision),
    new = ?3, edited = ?4, unchanged = ?5, left_out = ?6 WHERE import_id = ?1";
pub const IMPORTS: &str = "SELECT import_id, began, ended, source, paths, first, last, new, edited, unchanged, left_out
    FROM import ORDER BY import_id";

pub const TOKENS: &str = "SELECT name, scope, digest, created, expires, revoked FROM token ORDER BY created, name";
pub const UNREVOKED_TOKENS: &str = "SELECT name, scope, digest, created, expires, revoked FROM token
    WHERE revoked IS NULL";
pub const COUNT_TOKENS: &str = "SELECT COUNT(*) FROM token WHERE revoked IS NULL";
pub const TOKEN: &str = "SELECT name, scope, digest, created, expires, revoked FROM token WHERE name = ?1";
pub const INSERT_TOKEN: &str = "INSERT INTO token(name, scope, digest, created, expires, revoked)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
pub const REVOKE_TOKEN: &str = "UPDATE token SET revoked = ?2 WHERE name = ?1";

/// What must not be: the design's rule, the fault, and a question that has no rows for an answer. ?1 is how many
/// articles a revision may carry.
pub const FAULTS: &[(&str, &str, &str)] = &[
    (
        "1",
        "a revision has no predecessor",
        "SELECT number FROM revision r WHERE number > 1
        AND NOT EXISTS (SELECT 1 FROM revision p WHERE p.number = r.number - 1)",
    ),
    (
        "1",
        "a revision is not later than the one before it",
        "SELECT r.number FROM revision r JOIN revision p ON p.number = r.number - 1 WHERE r.time <= p.time",
    ),
    (
        "1",
        "a revision carries more articles than it may (revision, articles)",
        "SELECT revision, COUNT(DISTINCT article_id) AS articles FROM history WHERE revision IS NOT NULL
        GROUP BY revision HAVING COUNT(DISTINCT article_id) > ?1",
    ),
    (
        "1",
        "a feed's revision is before a change in it (feed, revision)",
        "SELECT key, revision FROM feed f WHERE revision < (SELECT MAX(changed) FROM entry e
        WHERE e.feed_id = f.feed_id AND e.held = 1)",
    ),
    ("2", "no fingerprint is recorded", "SELECT 'none' WHERE NOT EXISTS (SELECT 1 FROM fingerprint)"),
    ("4", "an id is there twice", "SELECT uri FROM article GROUP BY uri HAVING COUNT(*) > 1"),
    ("4", "an article changed before it was published", "SELECT key FROM article WHERE updated < published"),
    (
        "5",
        "a feed's numbers have gaps or reach beyond its ends (feed)",
        "SELECT f.key FROM feed f LEFT JOIN (SELECT feed_id, COUNT(*) AS n, MIN(position) AS low, MAX(position) AS high
        FROM entry GROUP BY feed_id) e ON e.feed_id = f.feed_id
        WHERE COALESCE(e.n, 0) <> f.head - f.tail + 1 OR e.low < f.tail OR e.high > f.head",
    ),
    (
        "5",
        "a feed does not hold as many articles as it says (feed, said)",
        "SELECT f.key, f.entries FROM feed f WHERE f.entries <>
        (SELECT COUNT(*) FROM entry e WHERE e.feed_id = f.feed_id AND e.held = 1)",
    ),
    (
        "5",
        "an entry was touched before it joined or changed, or in no revision (feed, number)",
        "SELECT feed_id, position FROM entry WHERE touched < joined OR touched < changed
        OR touched > (SELECT MAX(number) FROM revision)",
    ),
];
