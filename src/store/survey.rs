//! What search engines are told of: which feeds hold anything, and which articles are to be read here.
//!
//! Knows nothing of files or formats, and writes nothing.

use std::ops::RangeInclusive;

use rusqlite::Connection;

use super::{Pending, Store, StoreError, read, row, sql};
use crate::article::{Article, Key, Time};
use crate::feed::FeedKey;
use crate::feed::window::WINDOW;
use crate::view::Survey;

/// How many of the latest articles are looked at for news.
const LOOKED_AT: i64 = 2000;

/// The questions that sitemaps ask.
impl Store {
    /// How much there is.
    pub fn survey(&self) -> Pending<Survey> {
        self.readers.ask(survey)
    }

    /// The articles in a stretch of the feed of everything that are to be read here, the latest first, with the times of
    /// their last significant changes.
    pub fn own_pages(&self, numbers: RangeInclusive<i64>) -> Pending<Vec<(Key, Time)>> {
        self.readers.ask(move |connection| own_pages(connection, &numbers))
    }

    /// The articles, but for their texts, that are to be read here and were published in the 48 hours before the newest:
    /// at most `limit`, the latest first.
    pub fn news(&self, limit: u32) -> Pending<Vec<Article>> {
        self.readers.ask(move |connection| news(connection, limit))
    }
}

fn survey(connection: &mut Connection) -> Result<Survey, StoreError> {
    let tx = connection.transaction()?;
    let mut survey = Survey { numbers: RangeInclusive::new(1, 0), entries: 0, feeds: Vec::new() };
    for feed in read::feeds(&tx)?.into_iter().filter(|feed| feed.entries > 0) {
        let Some(key) = FeedKey::parse(&feed.key) else { continue };
        if key == FeedKey::All {
            survey.numbers = feed.extent.tail..=feed.extent.head;
            survey.entries = feed.entries.max(0) as u64;
        }
        survey.feeds.push(key);
    }
    Ok(survey)
}

fn own_pages(connection: &mut Connection, numbers: &RangeInclusive<i64>) -> Result<Vec<(Key, Time)>, StoreError> {
    let tx = connection.transaction()?;
    let Some(all) = row::feed_by_key(&tx, &FeedKey::All)? else { return Ok(Vec::new()) };
    let mut statement = tx.prepare_cached(sql::OWN_PAGES)?;
    let pages = statement.query_map([all.feed_id, *numbers.start(), *numbers.end()], |r| {
        Ok((r.get::<_, String>(0)?, Time(r.get(1)?)))
    })?;
    pages.map(|page| page.map_err(StoreError::from).and_then(named)).collect()
}

fn named((key, updated): (String, Time)) -> Result<(Key, Time), StoreError> {
    Ok((Key::parse(&key).ok_or(StoreError::Damaged("key"))?, updated))
}

fn news(connection: &mut Connection, limit: u32) -> Result<Vec<Article>, StoreError> {
    let tx = connection.transaction()?;
    let Some(all) = row::feed_by_key(&tx, &FeedKey::All)? else { return Ok(Vec::new()) };
    let mut statement = tx.prepare_cached(sql::NEWS)?;
    let bounds = [all.feed_id, all.extent.head - LOOKED_AT, all.newest.plus(-WINDOW).0, i64::from(limit)];
    let rows = statement.query_map(bounds, |r| r.get(0))?.collect::<Result<Vec<i64>, _>>()?;
    rows.into_iter().map(|row| row::headline(&tx, row)).collect()
}
