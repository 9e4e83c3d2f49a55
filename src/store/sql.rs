//! SQL texts that several files of the store share, with `?1` markers that PostgreSQL gets as `$1`; those of one alone stand
//! there.
//!
//! Knows nothing of connections, rows or rules.

pub const INSERT_REVISION: &str = "INSERT INTO revision(number, time, nonce) VALUES (?1, ?2, ?3)";

pub const SET_FINGERPRINT: &str = "INSERT INTO fingerprint(id, hash, revision) VALUES (1, ?1, ?2)
    ON CONFLICT(id) DO UPDATE SET hash = excluded.hash, revision = excluded.revision";
pub const TOUCH_ALL_FEEDS: &str = "UPDATE feed SET revision = ?1";

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

/// The last revision that touched any number of an archive page.
pub const PAGE_TOUCHED: &str = "SELECT MAX(touched) FROM entry WHERE feed_id = ?1 AND position BETWEEN ?2 AND ?3";

pub const INSERT_HISTORY: &str = "INSERT INTO history(article_id, time, who, revision, deed, before)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
pub const FORGET_HISTORY: &str = "UPDATE history SET before = NULL WHERE article_id = ?1 AND before IS NOT NULL";
pub const HISTORY: &str = "SELECT time, who, revision, deed, before FROM history WHERE article_id = ?1
    ORDER BY history_id";
/// The last revision in which readers saw anything of an article; NULL if they never did.
pub const LAST_SHOWN: &str = "SELECT MAX(revision) FROM history WHERE article_id = ?1";

/// With when each was published.
pub const LATEST_OF_FEED: &str = "SELECT e.article_id, a.published FROM entry e
    JOIN article a ON a.article_id = e.article_id WHERE e.feed_id = ?1 AND e.held = 1
    ORDER BY e.position DESC LIMIT ?2";

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
