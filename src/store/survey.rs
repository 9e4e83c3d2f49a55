//! What search engines are told of: which feeds hold anything, and which articles are to be read here.
//!
//! Knows nothing of files or formats, and writes nothing.

use std::ops::RangeInclusive;

use rusqlite::{Connection, Transaction, params};

use super::row::FeedRow;
use super::{Pending, Store, StoreError, read, row, sql};
use crate::article::{Article, Key, Time};
use crate::feed::FeedKey;
use crate::view::{Stretch, Survey};

/// What of a stretch of a feed is to be read here and nowhere else.
const OWN_PAGES: &str = "SELECT a.key, a.updated FROM entry e JOIN article a ON a.article_id = e.article_id
    WHERE e.feed_id = ?1 AND e.position BETWEEN ?2 AND ?3 AND e.held = 1 AND a.notice IS NULL AND a.url IS NULL
    ORDER BY e.position DESC";
/// The same of the latest numbers, published since ?3.
const NEWS: &str = "SELECT a.article_id FROM entry e JOIN article a ON a.article_id = e.article_id
    WHERE e.feed_id = ?1 AND e.position > ?2 AND e.held = 1 AND a.notice IS NULL AND a.url IS NULL
    AND a.published >= ?3 ORDER BY e.position DESC LIMIT ?4";

/// How many of the latest articles are looked at for news.
const LOOKED_AT: i64 = 2000;

/// The questions that sitemaps ask.
impl Store {
    /// What there is, with all articles that are to be read here if there are no more than so many.
    pub fn survey(&self, most: u64) -> Pending<Survey> {
        self.engine.read(move |connection| survey(connection, most))
    }

    /// A stretch of the feed of everything, by its numbers; `None` if it has none of these.
    pub fn stretch(&self, numbers: RangeInclusive<i64>) -> Pending<Option<Stretch>> {
        self.engine.read(move |connection| {
            let tx = connection.transaction()?;
            let Some(all) = reached(&tx, &numbers)? else { return Ok(None) };
            Ok(Some(Stretch { touched: touched(&tx, &all, &numbers)?, pages: own_pages(&tx, &all, &numbers)? }))
        })
    }

    /// The last revision that touched a stretch.
    pub fn stretch_touched(&self, numbers: RangeInclusive<i64>) -> Pending<Option<u64>> {
        self.engine.read(move |connection| {
            let tx = connection.transaction()?;
            reached(&tx, &numbers)?.map(|all| touched(&tx, &all, &numbers)).transpose()
        })
    }

    /// The articles, but for their texts, that are to be read here and were published since then: at most `limit`, the
    /// latest first.
    pub fn news(&self, since: Time, limit: u32) -> Pending<Vec<Article>> {
        self.engine.read(move |connection| news(connection, since, limit))
    }
}

fn survey(connection: &mut Connection, most: u64) -> Result<Survey, StoreError> {
    let tx = connection.transaction()?;
    let mut survey = Survey { numbers: RangeInclusive::new(1, 0), feeds: Vec::new(), pages: Some(Vec::new()) };
    for feed in read::feeds(&tx)?.into_iter().filter(|feed| feed.entries > 0) {
        let Some(key) = FeedKey::parse(&feed.key) else { continue };
        if key == FeedKey::All {
            survey.numbers = feed.extent.tail..=feed.extent.head;
            let few = feed.entries.max(0) as u64 <= most;
            survey.pages = few.then(|| own_pages(&tx, &feed, &survey.numbers)).transpose()?;
        }
        survey.feeds.push(key);
    }
    Ok(survey)
}

/// The feed of everything, if it has any of these numbers.
fn reached(tx: &Transaction<'_>, numbers: &RangeInclusive<i64>) -> Result<Option<FeedRow>, StoreError> {
    let all = row::feed_by_key(tx, &FeedKey::All)?;
    Ok(all.filter(|all| *numbers.start() <= all.extent.head && *numbers.end() >= all.extent.tail))
}

fn touched(tx: &Transaction<'_>, all: &FeedRow, numbers: &RangeInclusive<i64>) -> Result<u64, StoreError> {
    let bounds = params![all.feed_id, numbers.start(), numbers.end()];
    let touched: Option<i64> = tx.prepare_cached(sql::PAGE_TOUCHED)?.query_row(bounds, |r| r.get(0))?;
    Ok(touched.map_or(0, |touched| touched.max(0) as u64).max(read::last_fingerprint(tx)?))
}

/// The articles in a stretch that are to be read here, the latest first, with the times of their last significant changes.
fn own_pages(
    tx: &Transaction<'_>,
    all: &FeedRow,
    numbers: &RangeInclusive<i64>,
) -> Result<Vec<(Key, Time)>, StoreError> {
    let mut statement = tx.prepare_cached(OWN_PAGES)?;
    let bounds = params![all.feed_id, numbers.start(), numbers.end()];
    let pages = statement.query_map(bounds, |r| Ok((r.get::<_, String>(0)?, Time(r.get(1)?))))?;
    let named = |(key, updated): (String, Time)| Some((Key::parse(&key)?, updated));
    pages.map(|page| named(page?).ok_or(StoreError::Damaged("key"))).collect()
}

fn news(connection: &mut Connection, since: Time, limit: u32) -> Result<Vec<Article>, StoreError> {
    let tx = connection.transaction()?;
    let Some(all) = row::feed_by_key(&tx, &FeedKey::All)? else { return Ok(Vec::new()) };
    let mut statement = tx.prepare_cached(NEWS)?;
    let bounds = [all.feed_id, all.extent.head - LOOKED_AT, since.0, i64::from(limit)];
    let rows = statement.query_map(bounds, |r| r.get(0))?.collect::<Result<Vec<i64>, _>>()?;
    rows.into_iter().map(|row| row::headline(&tx, row)).collect()
}
