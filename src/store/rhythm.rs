//! How many articles of each day a feed holds: counted as they come and go, so that a page need not count a million.
//!
//! Knows nothing of why anything comes or goes. Days are those of UTC: the store knows no time zone, and a day's edge shows
//! neither in a week's bar nor in the sum of a month.

use std::collections::BTreeMap;

use rusqlite::{Connection, Transaction, params};

use super::{StoreError, sql};
use crate::article::Time;
use crate::feed::FeedKey;

/// What feeds gain and lose in one revision, by feed and day.
#[derive(Default)]
pub struct Tally(BTreeMap<(i64, i64), i64>);

impl Tally {
    /// Counts an article that comes to a feed (1) or leaves it (-1).
    pub fn count(&mut self, feed_id: i64, published: Time, change: i64) {
        *self.0.entry((feed_id, published.day())).or_default() += change;
    }

    /// How many articles more a feed holds.
    pub fn of_feed(&self, feed_id: i64) -> i64 {
        self.0.range((feed_id, i64::MIN)..=(feed_id, i64::MAX)).map(|(_, change)| change).sum()
    }

    /// Adds it to what is kept; the feeds' rows must be there.
    pub fn keep(&self, tx: &Transaction<'_>) -> Result<(), StoreError> {
        let mut statement = tx.prepare_cached(sql::COUNT_DAY)?;
        for ((feed_id, day), change) in self.0.iter().filter(|(_, change)| **change != 0) {
            statement.execute(params![feed_id, day, change])?;
        }
        Ok(())
    }
}

/// How many articles a feed holds of each of these days that has any.
pub fn days(connection: &Connection, feed_id: i64, from: i64, to: i64) -> Result<Vec<(i64, u64)>, StoreError> {
    let mut statement = connection.prepare_cached(sql::DAYS)?;
    let days = statement.query_map([feed_id, from, to], |r| Ok((r.get(0)?, r.get::<_, i64>(1)?.max(0) as u64)))?;
    Ok(days.collect::<Result<_, _>>()?)
}

/// How many articles every feed holds of all these days together.
pub fn sums(connection: &Connection, from: i64, to: i64) -> Result<Vec<(FeedKey, u64)>, StoreError> {
    let mut statement = connection.prepare_cached(sql::OF_DAYS)?;
    let sums = statement.query_map([from, to], |r| Ok((r.get::<_, String>(0)?, r.get::<_, i64>(1)?.max(0) as u64)))?;
    let sums = sums.collect::<Result<Vec<_>, _>>()?;
    Ok(sums.into_iter().filter_map(|(key, sum)| Some((FeedKey::parse(&key)?, sum))).collect())
}
