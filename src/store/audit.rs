//! Whether the store holds what the rules of its design promise: each a question that has no rows for an answer.
//!
//! Reads everything and writes nothing. Knows nothing of what an article says; that is looked at elsewhere.

use rusqlite::Connection;
use rusqlite::types::ValueRef;

use super::command::MAX_REVISION;
use super::stored::feeds_of;
use super::{Pending, Store, StoreError, read, rhythm, row};
use crate::article::{Labels, Time};

/// What must not be: the design's rule, the fault, and a question that has no rows for an answer. ?1 is how many
/// articles a revision may carry.
const FAULTS: &[(&str, &str, &str)] = &[
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

/// How many of a feed's entries have changed since a time, and how many bytes these take in a document.
const CHANGED_SINCE: &str = "SELECT COUNT(*), COALESCE(SUM(a.size), 0) FROM entry e
    JOIN article a ON a.article_id = e.article_id WHERE e.feed_id = ?1 AND e.held = 1
    AND e.changed >= (SELECT MIN(number) FROM revision WHERE time >= ?2)";
/// Every public or embargoed article with the keys of the feeds that hold it, in the order of rows.
const PLACED: &str = "SELECT a.key, a.districts, a.topics, a.embargoed, group_concat(f.key, ' ')
    FROM article a LEFT JOIN entry e ON e.article_id = a.article_id AND e.held = 1
    LEFT JOIN feed f ON f.feed_id = e.feed_id GROUP BY a.article_id";

/// Something in the store that breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The rule, as the design numbers them.
    pub rule: &'static str,
    /// What is wrong, and where.
    pub what: String,
}

/// A stored feed, as far as it can be told without its definitions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measured {
    /// Its key.
    pub key: String,
    /// How many articles it holds.
    pub entries: u64,
    /// The newest `published` of all that ever joined.
    pub newest: Time,
    /// How many of its entries have changed since the time that was asked about.
    pub recent: u64,
    /// About how many bytes these take in a document.
    pub recent_bytes: u64,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audit {
    /// What breaks a rule.
    pub broken: Vec<Broken>,
    /// Every feed that something has joined.
    pub feeds: Vec<Measured>,
    /// When the last revision was made, by its own time.
    pub last: Option<Time>,
}

/// How many cases of one fault are told.
const TOLD: usize = 10;

impl Store {
    /// What in the store breaks a rule of the design, and how its feeds stand since a time. It reads everything.
    pub fn audit(&self, since: Time) -> Pending<Audit> {
        self.engine.read(move |connection| audit(connection, since))
    }
}

/// Asks everything, in one read transaction. Feeds are measured since `since`.
fn audit(connection: &mut Connection, since: Time) -> Result<Audit, StoreError> {
    let tx = connection.transaction()?;
    let mut broken = integrity(&tx)?;
    for (rule, fault, query) in FAULTS {
        let mut statement = tx.prepare(query)?;
        let wants_limit = statement.parameter_count() > 0;
        let columns = statement.column_count();
        let limit = MAX_REVISION as i64;
        let mut rows = if wants_limit { statement.query([limit])? } else { statement.query([])? };
        for _ in 0..TOLD {
            let Some(row) = rows.next()? else { break };
            let values = (0..columns).map(|at| Ok(told(row.get_ref(at)?))).collect::<Result<Vec<_>, StoreError>>()?;
            broken.push(Broken { rule, what: format!("{fault}: {}", values.join(", ")) });
        }
    }
    broken.extend(misplaced(&tx)?);
    let feeds = read::feeds(&tx)?;
    for (feed_id, day) in rhythm::miscounted(&tx)?.into_iter().take(TOLD) {
        let key = feeds.iter().find(|feed| feed.feed_id == feed_id).map_or("?", |feed| &feed.key);
        let what = format!("a feed's articles of a day were miscounted (feed, day since 1970): {key}, {day}");
        broken.push(Broken { rule: "5", what });
    }
    let feeds = feeds.into_iter().map(|feed| measured(&tx, feed, since)).collect::<Result<_, StoreError>>()?;
    let last = read::last_revision(&tx)?.map(|revision| revision.time);
    Ok(Audit { broken, feeds, last })
}

fn measured(connection: &Connection, feed: row::FeedRow, since: Time) -> Result<Measured, StoreError> {
    let mut statement = connection.prepare_cached(CHANGED_SINCE)?;
    let (recent, bytes): (i64, i64) =
        statement.query_row([feed.feed_id, since.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(Measured {
        key: feed.key,
        entries: feed.entries.max(0) as u64,
        newest: feed.newest,
        recent: recent.max(0) as u64,
        recent_bytes: bytes.max(0) as u64,
    })
}

/// What SQLite itself finds wrong with the file, and rows that refer to none.
fn integrity(connection: &Connection) -> Result<Vec<Broken>, StoreError> {
    let mut broken = Vec::new();
    for (pragma, fault) in [("PRAGMA integrity_check(10)", "the file"), ("PRAGMA foreign_key_check", "a reference")] {
        let mut statement = connection.prepare(pragma)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let answer = told(row.get_ref(0)?);
            if answer != "ok" && broken.len() < TOLD {
                broken.push(Broken { rule: "7", what: format!("{fault} is damaged: {answer}") });
            }
        }
    }
    Ok(broken)
}

fn told(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "nothing".to_owned(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
        ValueRef::Blob(bytes) => format!("{} bytes", bytes.len()),
    }
}

/// Articles that are not in just those feeds that their labels say; under embargo they are in none.
fn misplaced(connection: &Connection) -> Result<Vec<Broken>, StoreError> {
    let mut broken = Vec::new();
    let mut statement = connection.prepare(PLACED)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let key: String = row.get(0)?;
        let labels = Labels { districts: row::slugs(row, 1)?, topics: row::slugs(row, 2)? };
        let embargoed: bool = row.get::<_, i64>(3)? != 0;
        let held: Option<String> = row.get(4)?;
        let mut held: Vec<String> = held.iter().flat_map(|keys| keys.split(' ')).map(str::to_owned).collect();
        let mut wanted: Vec<String> =
            feeds_of(&labels).iter().map(ToString::to_string).filter(|_| !embargoed).collect();
        held.sort_unstable();
        wanted.sort_unstable();
        if held != wanted {
            let what = format!("{key} is in {} and should be in {}", held.join(" "), wanted.join(" "));
            broken.push(Broken { rule: "5", what });
            if broken.len() == TOLD {
                break;
            }
        }
    }
    Ok(broken)
}
