//! What the newsroom may know of its articles and readers may not: embargoes, origins, places and histories.
//!
//! Nothing here is published: what is served or exported is read in `read`. Writes nothing.

use rusqlite::{Connection, params};

use super::history::{self, HistoryEntry};
use super::stored::Stored;
use super::{Listed, Pending, Store, StoreError, row, sql};
use crate::article::{Key, Labels, Time};
use crate::feed::FeedKey;

/// All articles by row.
const ROWS_AFTER: &str = "SELECT article_id FROM article WHERE article_id > ?1 ORDER BY article_id LIMIT ?2";
/// The same without their texts, of all sources and of the source ?3.
const LISTED: &str = "SELECT article_id, key, uri, source, own_id, title, published, updated, districts, topics,
    embargoed, notice IS NOT NULL, purged FROM article WHERE article_id > ?1 ORDER BY article_id LIMIT ?2";
const LISTED_OF: &str = "SELECT article_id, key, uri, source, own_id, title, published, updated, districts, topics,
    embargoed, notice IS NOT NULL, purged FROM article WHERE source = ?3 AND article_id > ?1
    ORDER BY article_id LIMIT ?2";
const KEY_OF: &str = "SELECT key FROM article WHERE article_id = ?1";
const PLACES: &str = "SELECT f.key, e.position, e.held FROM entry e JOIN feed f ON f.feed_id = e.feed_id
    JOIN article a ON a.article_id = e.article_id WHERE a.key = ?1 ORDER BY f.feed_id";
const EMBARGOED: &str = "SELECT article_id FROM article WHERE embargoed = 1 AND notice IS NULL
    ORDER BY published DESC LIMIT ?1";

/// An article's place in a feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The feed's key.
    pub feed: String,
    /// Its number there.
    pub position: i64,
    /// Whether it is there; a number is kept for an article that has left.
    pub held: bool,
}

impl Store {
    /// An article as its newsroom sees it, with the last revision that showed readers anything of it.
    pub fn standing(&self, key: &Key) -> Pending<Option<(Stored, Option<u64>)>> {
        let key = key.clone();
        self.engine.read(move |connection| standing(connection, &key))
    }

    /// All that is stored of an article, for its newsroom.
    pub fn dossier(&self, key: &Key) -> Pending<Option<Stored>> {
        let key = key.clone();
        self.engine.read(move |connection| article(connection, &key))
    }

    /// What was done to an article, the first first, for its newsroom; `None` if there is no such article.
    pub fn history(&self, key: &Key) -> Pending<Option<Vec<HistoryEntry>>> {
        let key = key.clone();
        self.engine.read(move |connection| history(connection, &key))
    }

    /// Every place that an article has or had.
    pub fn places(&self, key: &Key) -> Pending<Vec<Placed>> {
        let key = key.clone();
        self.engine.read(move |connection| places(connection, &key))
    }

    /// The last articles that joined a feed, the last first, for its newsroom: of the feed of everything, those under
    /// embargo before them.
    pub fn latest(&self, key: &FeedKey, limit: u32) -> Pending<Vec<Stored>> {
        let key = key.clone();
        self.engine.read(move |connection| latest(connection, &key, limit))
    }

    /// Up to `limit` articles, for their newsroom, after one row of them; from 0 on, all are met by going on from the last.
    pub fn rows_after(&self, row: i64, limit: u32) -> Pending<Vec<Stored>> {
        self.engine.read(move |connection| rows_after(connection, row, limit))
    }

    /// The same of one source or of all, without their texts.
    pub fn listing(&self, after: i64, limit: u32, source: Option<&str>) -> Pending<Vec<Listed>> {
        let source = source.map(str::to_owned);
        self.engine.read(move |connection| listing(connection, after, limit, source.as_deref()))
    }

    /// The keys of the articles that a stored feed's document shows.
    pub fn shown(&self, key: &FeedKey) -> Pending<Vec<Key>> {
        let key = key.clone();
        self.engine.read(move |connection| shown(connection, &key))
    }
}

/// All that is stored of an article, whatever its state.
fn article(connection: &mut Connection, key: &Key) -> Result<Option<Stored>, StoreError> {
    row::load_by_key(connection, key)
}

/// An article as it is, with the last revision that showed readers anything of it.
fn standing(connection: &mut Connection, key: &Key) -> Result<Option<(Stored, Option<u64>)>, StoreError> {
    let tx = connection.transaction()?;
    let Some(stored) = row::load_by_key(&tx, key)? else { return Ok(None) };
    let revision = history::last_shown(&tx, stored.row)?;
    Ok(Some((stored, revision)))
}

/// Everything that was done to an article, the first first.
fn history(connection: &mut Connection, key: &Key) -> Result<Option<Vec<HistoryEntry>>, StoreError> {
    let stored = row::load_by_key(connection, key)?;
    stored.map(|stored| history::of(connection, stored.row)).transpose()
}

/// Every place that an article has or had.
fn places(connection: &mut Connection, key: &Key) -> Result<Vec<Placed>, StoreError> {
    let Some(stored) = row::load_by_key(connection, key)? else { return Ok(Vec::new()) };
    let mut statement = connection.prepare_cached(PLACES)?;
    let placed = statement.query_map([stored.article.key.as_str()], |r| {
        Ok(Placed { feed: r.get(0)?, position: r.get(1)?, held: r.get::<_, i64>(2)? != 0 })
    })?;
    Ok(placed.collect::<Result<_, _>>()?)
}

/// The last `limit` articles that joined a feed, the last first; of the feed of everything, those under embargo before
/// them.
fn latest(connection: &mut Connection, key: &FeedKey, limit: u32) -> Result<Vec<Stored>, StoreError> {
    let mut rows: Vec<i64> = Vec::new();
    if *key == FeedKey::All {
        rows = collect(connection, EMBARGOED, [i64::from(limit)])?;
    }
    if let Some(feed) = row::feed_by_key(connection, key)? {
        let room = i64::from(limit) - rows.len() as i64;
        rows.extend(collect(connection, sql::LATEST_OF_FEED, [feed.feed_id, room.max(0)])?);
    }
    load(connection, rows)
}

/// Up to `limit` articles in the order of their rows, after one of them; all of them are met by going on from the last.
fn rows_after(connection: &mut Connection, row: i64, limit: u32) -> Result<Vec<Stored>, StoreError> {
    let rows = collect(connection, ROWS_AFTER, [row, i64::from(limit)])?;
    load(connection, rows)
}

/// Up to `limit` articles in the order of their rows, after one of them, of one source or of all; without their texts.
fn listing(
    connection: &mut Connection,
    after: i64,
    limit: u32,
    source: Option<&str>,
) -> Result<Vec<Listed>, StoreError> {
    let mut statement = connection.prepare_cached(if source.is_some() { LISTED_OF } else { LISTED })?;
    let mut rows = match source {
        Some(source) => statement.query(params![after, limit, source])?,
        None => statement.query(params![after, limit])?,
    };
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let flag = |column| row.get::<_, i64>(column).map(|flag| flag != 0);
        all.push(Listed {
            row: row.get(0)?,
            key: Key::parse(row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?)
                .ok_or(StoreError::Damaged("key"))?,
            id: row.get(2)?,
            source: row.get(3)?,
            own_id: row.get(4)?,
            title: row.get(5)?,
            published: Time(row.get(6)?),
            updated: Time(row.get(7)?),
            labels: Labels { districts: row::slugs(row, 8)?, topics: row::slugs(row, 9)? },
            embargoed: flag(10)?,
            withdrawn: flag(11)?,
            purged: flag(12)?,
        });
    }
    Ok(all)
}

/// The keys of the articles that a feed's document shows.
fn shown(connection: &mut Connection, key: &FeedKey) -> Result<Vec<Key>, StoreError> {
    let tx = connection.transaction()?;
    let Some(feed) = row::feed_by_key(&tx, key)? else { return Ok(Vec::new()) };
    let document = super::read::listing(&tx, feed.feed_id, feed.extent)?;
    let mut statement = tx.prepare_cached(KEY_OF)?;
    let mut key_of = |row: i64| -> Result<Key, StoreError> {
        let key: String = statement.query_row([row], |r| r.get(0))?;
        Key::parse(&key).ok_or(StoreError::Damaged("key"))
    };
    document.entries.iter().map(|entry| key_of(entry.article)).collect()
}

fn collect<P: rusqlite::Params>(connection: &Connection, sql: &str, params: P) -> Result<Vec<i64>, StoreError> {
    Ok(connection.prepare_cached(sql)?.query_map(params, |r| r.get(0))?.collect::<Result<_, _>>()?)
}

fn load(connection: &Connection, rows: Vec<i64>) -> Result<Vec<Stored>, StoreError> {
    rows.into_iter().map(|row| row::loaded(connection, row)).collect()
}
