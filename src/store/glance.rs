//! What pages for people show: headlines, counts, and what stands beside what. Texts are read for one article alone.
//!
//! Knows nothing of how a page looks, and writes nothing.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::row::FeedRow;
use super::{Pending, Store, StoreError, read, rhythm, row, sql};
use crate::article::{Article, Key};
use crate::feed::FeedKey;
use crate::feed::window::PAGE;
use crate::view::{Beside, LATELY, Overview, Reading, Shelf, YEAR};

/// The row of what is public, or was before it was withdrawn.
const PUBLIC: &str = "SELECT article_id FROM article WHERE key = ?1 AND embargoed = 0";
/// Where an article stands in feeds.
const STANDS: &str = "SELECT e.feed_id, f.key, e.position FROM entry e JOIN feed f ON f.feed_id = e.feed_id
    WHERE e.article_id = ?1 AND e.held = 1 ORDER BY f.key";
/// What stands beside it there and has not been withdrawn.
const NEXT_OLDER: &str = "SELECT e.position, e.article_id FROM entry e
    JOIN article a ON a.article_id = e.article_id WHERE e.feed_id = ?1 AND e.position < ?2 AND e.held = 1
    AND a.notice IS NULL ORDER BY e.position DESC LIMIT 1";
const NEXT_NEWER: &str = "SELECT e.position, e.article_id FROM entry e
    JOIN article a ON a.article_id = e.article_id WHERE e.feed_id = ?1 AND e.position > ?2 AND e.held = 1
    AND a.notice IS NULL ORDER BY e.position LIMIT 1";

/// The questions that pages ask.
impl Store {
    /// What the page of a feed shows.
    pub fn overview(&self, key: &FeedKey) -> Pending<Overview> {
        let key = key.clone();
        self.engine.read(move |connection| overview(connection, &key))
    }

    /// What an archive page shows to people; `None` if there is none of this number.
    pub fn shelf(&self, key: &FeedKey, page: i64) -> Pending<Option<Shelf>> {
        let key = key.clone();
        self.engine.read(move |connection| shelf(connection, &key, page))
    }

    /// What the page of an article shows, if it is public or was.
    pub fn reading(&self, key: &Key) -> Pending<Option<Reading>> {
        let key = key.clone();
        self.engine.read(move |connection| reading(connection, &key))
    }

    /// The last revision that touched what the page of an article shows.
    pub fn reading_touched(&self, key: &Key) -> Pending<Option<u64>> {
        let key = key.clone();
        self.engine.read(move |connection| touched(connection, &key))
    }
}

fn overview(connection: &mut Connection, key: &FeedKey) -> Result<Overview, StoreError> {
    let tx = connection.transaction()?;
    let Some(today) = rhythm::today(&tx)? else { return Ok(Overview::default()) };
    let cells = key.cells().iter().map(|cell| row::feed_by_key(&tx, cell)).collect::<Result<Vec<_>, _>>()?;
    let cells: Vec<FeedRow> = cells.into_iter().flatten().collect();
    let archives = cells.first().filter(|_| key.is_stored()).map(|feed| feed.extent.pages());
    let (mut days, mut entries) = (Vec::new(), 0);
    for feed in &cells {
        days.extend(rhythm::days(&tx, feed.feed_id, today - YEAR + 1, today)?);
        entries += rhythm::total(&tx, feed.feed_id)?;
    }
    let of_index = *key == FeedKey::All;
    let lately = if of_index { rhythm::sums(&tx, today - LATELY + 1, today)? } else { Vec::new() };
    Ok(Overview {
        today: Some(today),
        latest: latest(&tx, &cells, archives.as_ref())?,
        archives,
        entries,
        days,
        lately,
    })
}

/// The latest articles of a feed, or of several together.
fn latest(
    tx: &Transaction<'_>,
    cells: &[FeedRow],
    archives: Option<&RangeInclusive<i64>>,
) -> Result<Vec<Article>, StoreError> {
    // Before there are archives a feed holds less than two pages, and these are to be found nowhere else.
    let limit = if archives.is_some_and(RangeInclusive::is_empty) { 2 * PAGE } else { PAGE };
    let mut statement = tx.prepare_cached(sql::LATEST_OF_FEED)?;
    let mut found: BTreeSet<(i64, i64)> = BTreeSet::new();
    for feed in cells {
        for entry in statement.query_map([feed.feed_id, limit], |r| Ok((r.get(1)?, r.get(0)?)))? {
            found.insert(entry?);
        }
    }
    headlines(tx, found.into_iter().rev().take(limit as usize).map(|(_, row)| row).collect())
}

fn shelf(connection: &mut Connection, key: &FeedKey, page: i64) -> Result<Option<Shelf>, StoreError> {
    let tx = connection.transaction()?;
    let Some((feed, neighbours)) = read::shelved(&tx, key, page)? else { return Ok(None) };
    let articles = headlines(&tx, read::rows_of_page(&tx, &feed, page)?)?;
    Ok(Some(Shelf { touched: read::page_revision(&tx, &feed, page)?.number, neighbours, articles }))
}

fn reading(connection: &mut Connection, key: &Key) -> Result<Option<Reading>, StoreError> {
    let tx = connection.transaction()?;
    let Some(stored) = public(&tx, key)? else { return Ok(None) };
    let (stands, touched) = stands(&tx, stored)?;
    let headline = |row: Option<i64>| row.map(|row| row::headline(&tx, row)).transpose();
    let beside = stands
        .into_iter()
        .map(|stand| Ok(Beside { feed: stand.feed, older: headline(stand.older)?, newer: headline(stand.newer)? }));
    let beside = beside.collect::<Result<_, StoreError>>()?;
    Ok(Some(Reading { article: row::loaded(&tx, stored)?.article, touched, beside }))
}

fn touched(connection: &mut Connection, key: &Key) -> Result<Option<u64>, StoreError> {
    let tx = connection.transaction()?;
    let stored = public(&tx, key)?;
    stored.map(|stored| Ok(stands(&tx, stored)?.1)).transpose()
}

/// The row of an article, if it is public or was. Its other keys are no addresses of its own.
fn public(tx: &Transaction<'_>, key: &Key) -> Result<Option<i64>, StoreError> {
    Ok(tx.prepare_cached(PUBLIC)?.query_row([key.as_str()], |r| r.get(0)).optional()?)
}

/// Where an article stands in a feed.
struct Stand {
    feed: FeedKey,
    older: Option<i64>,
    newer: Option<i64>,
}

/// What stands beside an article, in all its feeds but pairs, and the last revision that touched any of it. What left from
/// between was touched as it left.
fn stands(tx: &Transaction<'_>, row: i64) -> Result<(Vec<Stand>, u64), StoreError> {
    let mut statement = tx.prepare_cached(STANDS)?;
    let held = statement.query_map([row], |r| Ok((r.get(0)?, r.get::<_, String>(1)?, r.get(2)?)))?;
    let mut touched = read::last_fingerprint(tx)?;
    let mut stands = Vec::new();
    for stand in held {
        let (feed_id, key, position): (i64, String, i64) = stand?;
        let Some(feed) = FeedKey::parse(&key).filter(|key| !matches!(key, FeedKey::Pair(..))) else { continue };
        let next = |sql, end: i64| -> Result<(i64, Option<i64>), StoreError> {
            let mut statement = tx.prepare_cached(sql)?;
            let found = statement.query_row([feed_id, position], |r| Ok((r.get(0)?, r.get(1)?))).optional()?;
            Ok(found.map_or((end, None), |(position, row)| (position, Some(row))))
        };
        // Where nothing stands beside it, something may have left.
        let (lowest, older) = next(NEXT_OLDER, i64::MIN)?;
        let (highest, newer) = next(NEXT_NEWER, i64::MAX)?;
        let last: i64 =
            tx.prepare_cached(sql::PAGE_TOUCHED)?.query_row(params![feed_id, lowest, highest], |r| r.get(0))?;
        touched = touched.max(last.max(0) as u64);
        stands.push(Stand { feed, older, newer });
    }
    Ok((stands, touched))
}

fn headlines(tx: &Transaction<'_>, rows: Vec<i64>) -> Result<Vec<Article>, StoreError> {
    let headline = |row| Ok((row, row::headline(tx, row)?));
    Ok(read::arranged(rows.into_iter().map(headline).collect::<Result<_, StoreError>>()?))
}
