//! Seconds of their own: for articles without a date, and for what changes now.
//!
//! Knows nothing of what an article says.

use std::collections::BTreeSet;

use rusqlite::{OptionalExtension, Transaction};

use super::submission::{Published, Submission};
use super::{StoreError, sql};
use crate::article::Time;

/// How far ahead of now a second may be that is given to an undated article, so that it stands after those before it.
///
/// Readers whose clocks are as far behind as that are common, and the W3C validator calls only dates implausible that lie
/// much further ahead.
const MAX_AHEAD: i64 = 60;

/// How many seconds of a day are looked at for one that is free, for an article of which only the day is known.
const MAX_OF_DAY: i64 = 1000;

/// Finds each undated article a second that no other has for its `updated`: readers and the validator tell entries
/// apart by it.
#[derive(Default)]
pub struct Seconds {
    taken: BTreeSet<Time>,
    /// The last second that `resolve` was asked for, and what it gave instead.
    last: Option<(Time, Time)>,
    /// The last second given by `take`.
    earliest: Option<Time>,
    /// The last second given by `next`.
    newest: Option<Time>,
    /// At how many articles there may be looked; if none of them leaves a gap, the second asked for is shared.
    patience: Option<usize>,
}

impl Seconds {
    /// Seconds that are not looked for behind more than so many articles, if there is such a limit: whoever publishes
    /// faster than one a second for so long shares them, and waits for no search.
    pub fn within(patience: Option<usize>) -> Self {
        Self { patience, ..Self::default() }
    }

    /// When a new article is said to have been published.
    pub fn resolve(&mut self, tx: &Transaction<'_>, submission: &Submission) -> Result<Time, StoreError> {
        let assumed = match submission.published {
            Published::Given(time) => {
                self.taken.insert(submission.updated.map_or(time, |updated| updated.told.max(time)));
                return Ok(time);
            }
            Published::Day(..) => {
                let time = self.within_day(tx, submission.published.time())?;
                self.taken.extend([time, submission.updated.map_or(time, |updated| updated.told.max(time))]);
                return Ok(time);
            }
            Published::Now(time) => return self.next(tx, time),
            Published::Assumed(time) => time,
        };
        // A run of undated articles asks for one second after the other: go on where the last search ended.
        let from = match self.last {
            Some((asked, given)) if assumed == asked.plus(-1) => assumed.min(given.plus(-1)),
            _ => assumed,
        };
        let free = self.search(tx, from)?;
        self.last = Some((assumed, free));
        self.taken.insert(free);
        Ok(free)
    }

    /// The first second from `time` on that neither the store nor this batch has, among the next [`MAX_OF_DAY`]: beyond
    /// these, articles share one.
    fn within_day(&self, tx: &Transaction<'_>, time: Time) -> Result<Time, StoreError> {
        let mut has_second = tx.prepare_cached(sql::HAS_SECOND)?;
        for free in (0..MAX_OF_DAY).map(|seconds| time.plus(seconds)) {
            if !self.taken.contains(&free) && !has_second.exists([free.0])? {
                return Ok(free);
            }
        }
        Ok(time)
    }

    /// The first second from `now` on that is later than that of any public article, so that articles without a date are
    /// shown in the order in which they come. Who publishes faster than one a second gets up to [`MAX_AHEAD`] seconds
    /// ahead and then shares the last of these: of articles of one second, the last to come is shown first.
    fn next(&mut self, tx: &Transaction<'_>, now: Time) -> Result<Time, StoreError> {
        let limit = now.plus(MAX_AHEAD);
        let stored: Option<i64> =
            tx.prepare_cached(sql::LAST_UPDATED)?.query_row([limit.0], |r| r.get(0)).optional()?;
        let before = self.newest.max(stored.map(Time));
        let mut next = before.map_or(now, |before| before.plus(1)).max(now);
        let mut has_second = tx.prepare_cached(sql::HAS_SECOND)?;
        while next < limit && (self.taken.contains(&next) || has_second.exists([next.0])?) {
            next = next.plus(1);
        }
        // Somebody whose clock is ahead of this one may have been given a later second in this group.
        let next = next.min(limit).max(self.newest.unwrap_or(now));
        self.newest = Some(next);
        self.taken.insert(next);
        Ok(next)
    }

    /// The latest second until `now` that neither the store nor this batch has; the next one asked for is earlier.
    pub fn take(&mut self, tx: &Transaction<'_>, now: Time) -> Result<Time, StoreError> {
        let from = self.earliest.map_or(now, |earliest| now.min(earliest.plus(-1)));
        let free = self.search(tx, from)?;
        self.earliest = Some(free);
        self.taken.insert(free);
        Ok(free)
    }

    /// The latest second until `from` that neither the store nor this batch has.
    fn search(&self, tx: &Transaction<'_>, from: Time) -> Result<Time, StoreError> {
        let mut free = from;
        let mut statement = tx.prepare_cached(sql::UPDATED_UNTIL)?;
        let mut rows = statement.query([from.0])?;
        let mut next = rows.next()?.map(|r| r.get(0)).transpose()?.map(Time);
        let mut seen = 0;
        loop {
            while next.is_some_and(|next| next > free) {
                next = rows.next()?.map(|r| r.get(0)).transpose()?.map(Time);
                seen += 1;
                if self.patience.is_some_and(|patience| seen > patience) {
                    return Ok(from);
                }
            }
            if next != Some(free) && !self.taken.contains(&free) {
                return Ok(free);
            }
            free = free.plus(-1);
        }
    }
}
