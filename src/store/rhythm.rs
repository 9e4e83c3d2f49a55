//! How many articles of each day a feed holds that are not withdrawn: counted as they come and go, so that a page need not
//! count a million.
//!
//! Knows nothing of why anything comes or goes. Days are the newsroom's: the zone in which they are counted is kept beside
//! the counts, and whoever has another one counts anew.

use std::collections::BTreeMap;

use chrono::Datelike;
use chrono_tz::Tz;
use rusqlite::{Connection, Transaction, params};

use super::engine::begin;
use super::{Pending, Store, StoreError, row};
use crate::article::Time;
use crate::feed::FeedKey;

const ZONE: &str = "SELECT zone FROM calendar WHERE id = 1";
const SET_ZONE: &str = "UPDATE calendar SET zone = ?1 WHERE id = 1";
const FORGET_DAYS: &str = "DELETE FROM rhythm";
const ALL_DAYS: &str = "SELECT feed_id, day, entries FROM rhythm";
/// Every place that an article holds, with when it was published, but for those withdrawn.
const HELD: &str = "SELECT e.feed_id, a.published FROM entry e JOIN article a ON a.article_id = e.article_id
    WHERE e.held = 1 AND a.notice IS NULL";
const OF_ALL_DAYS: &str = "SELECT COALESCE(SUM(entries), 0) FROM rhythm WHERE feed_id = ?1";
const COUNT_DAY: &str = "INSERT INTO rhythm(feed_id, day, entries) VALUES (?1, ?2, ?3)
    ON CONFLICT(feed_id, day) DO UPDATE SET entries = rhythm.entries + excluded.entries";
const DAYS: &str = "SELECT day, entries FROM rhythm WHERE feed_id = ?1 AND day BETWEEN ?2 AND ?3 AND entries > 0";
/// What every feed holds of some days.
const OF_DAYS: &str = "SELECT f.key, (SELECT COALESCE(SUM(entries), 0) FROM rhythm r
    WHERE r.feed_id = f.feed_id AND r.day BETWEEN ?1 AND ?2) FROM feed f";

/// The days before 1970-01-01 in the calendar of `chrono`, which counts from the first of the year 1.
const BEFORE_1970: i64 = 719_163;

/// How many articles each feed gains and loses, by feed and day.
#[derive(Debug, PartialEq, Eq)]
pub struct Tally {
    zone: Tz,
    counts: BTreeMap<(i64, i64), i64>,
}

impl Store {
    /// Counts days in this zone from now on, and anew what was counted in another one.
    pub fn keep_days_in(&self, zone: Tz) -> Pending<()> {
        self.engine.write(move |connection| keep_days_in(connection, zone))
    }
}

fn keep_days_in(connection: &mut Connection, zone: Tz) -> Result<(), StoreError> {
    if self::zone(connection)? == zone {
        return Ok(());
    }
    let tx = begin(connection)?;
    tx.execute(SET_ZONE, [zone.name()])?;
    tx.execute(FORGET_DAYS, [])?;
    Tally::of_all(&tx)?.keep(&tx)?;
    Ok(tx.commit()?)
}

/// The zone in which days are counted.
pub fn zone(connection: &Connection) -> Result<Tz, StoreError> {
    let name: String = connection.prepare_cached(ZONE)?.query_row([], |r| r.get(0))?;
    name.parse().map_err(|_| StoreError::Damaged("calendar"))
}

/// A moment's day in a zone, counted from 1970-01-01.
pub fn day(zone: Tz, time: Time) -> i64 {
    i64::from(time.utc().with_timezone(&zone).num_days_from_ce()) - BEFORE_1970
}

impl Tally {
    /// Nothing has been counted yet.
    pub fn new(connection: &Connection) -> Result<Self, StoreError> {
        Ok(Self { zone: zone(connection)?, counts: BTreeMap::new() })
    }

    /// What all feeds hold.
    fn of_all(connection: &Connection) -> Result<Self, StoreError> {
        let mut tally = Self::new(connection)?;
        let mut statement = connection.prepare(HELD)?;
        for entry in statement.query_map([], |r| Ok((r.get(0)?, Time(r.get(1)?))))? {
            let (feed_id, published) = entry?;
            tally.count(feed_id, published, 1);
        }
        Ok(tally)
    }

    /// Counts an article that comes to a feed (1) or leaves it (-1).
    pub fn count(&mut self, feed_id: i64, published: Time, change: i64) {
        *self.counts.entry((feed_id, day(self.zone, published))).or_default() += change;
    }

    /// Adds it to what is kept; the feeds' rows must be there.
    pub fn keep(&self, tx: &Transaction<'_>) -> Result<(), StoreError> {
        let mut statement = tx.prepare_cached(COUNT_DAY)?;
        for ((feed_id, day), change) in self.counts.iter().filter(|(_, change)| **change != 0) {
            statement.execute(params![feed_id, day, change])?;
        }
        Ok(())
    }
}

/// The feeds and days for which something else is kept than they hold.
pub fn miscounted(connection: &Connection) -> Result<Vec<(i64, i64)>, StoreError> {
    let mut counts = Tally::of_all(connection)?.counts;
    let mut statement = connection.prepare(ALL_DAYS)?;
    for kept in statement.query_map([], |r| Ok(((r.get(0)?, r.get(1)?), r.get::<_, i64>(2)?)))? {
        let (of, entries) = kept?;
        *counts.entry(of).or_default() -= entries;
    }
    Ok(counts.into_iter().filter(|(_, rest)| *rest != 0).map(|(of, _)| of).collect())
}

/// The day, counted from 1970, of the newest article of all, if there is any.
pub fn today(tx: &Transaction<'_>) -> Result<Option<i64>, StoreError> {
    let zone = zone(tx)?;
    Ok(row::feed_by_key(tx, &FeedKey::All)?.map(|all| day(zone, all.newest)))
}

/// How many articles a feed holds.
pub fn total(connection: &Connection, feed_id: i64) -> Result<u64, StoreError> {
    let mut statement = connection.prepare_cached(OF_ALL_DAYS)?;
    Ok(statement.query_row([feed_id], |r| r.get::<_, i64>(0))?.max(0) as u64)
}

/// How many articles a feed holds of each of these days that has any.
pub fn days(connection: &Connection, feed_id: i64, from: i64, to: i64) -> Result<Vec<(i64, u64)>, StoreError> {
    let mut statement = connection.prepare_cached(DAYS)?;
    let days = statement.query_map([feed_id, from, to], |r| Ok((r.get(0)?, r.get::<_, i64>(1)?.max(0) as u64)))?;
    Ok(days.collect::<Result<_, _>>()?)
}

/// How many articles every feed holds of all these days together.
pub fn sums(connection: &Connection, from: i64, to: i64) -> Result<Vec<(FeedKey, u64)>, StoreError> {
    let mut statement = connection.prepare_cached(OF_DAYS)?;
    let sums = statement.query_map([from, to], |r| Ok((r.get::<_, String>(0)?, r.get::<_, i64>(1)?.max(0) as u64)))?;
    let sums = sums.collect::<Result<Vec<_>, _>>()?;
    Ok(sums.into_iter().filter_map(|(key, sum)| Some((FeedKey::parse(&key)?, sum))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_in_the_newsroom() {
        let moment = |text: &str| Time::parse(text).unwrap();
        let shanghai = chrono_tz::Asia::Shanghai;
        assert_eq!(day(shanghai, moment("1970-01-01T00:00:00+08:00")), 0);
        assert_eq!(day(shanghai, moment("1969-12-31T23:59:59+08:00")), -1);
        assert_eq!(day(chrono_tz::UTC, moment("2026-12-01T01:00:00+08:00")), 20_787);
        assert_eq!(day(shanghai, moment("2026-12-01T01:00:00+08:00")), 20_788);
        // The clocks go back on this day, which has 25 hours.
        let berlin = chrono_tz::Europe::Berlin;
        for hour in ["2026-10-25T00:00:00+02:00", "2026-10-25T23:59:59+01:00"] {
            assert_eq!(day(berlin, moment(hour)), 20_751, "{hour}");
        }
    }
}
