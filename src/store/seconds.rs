//! Seconds of their own: for articles without a date, and for what changes now.
//!
//! Knows nothing of what an article says.

use std::collections::BTreeSet;

use rusqlite::Transaction;

use super::batch::Published;
use super::{StoreError, sql};
use crate::article::Time;

/// Finds each undated article a second that no other has for its `updated`: readers and the validator tell entries
/// apart by it.
#[derive(Default)]
pub struct Seconds {
    taken: BTreeSet<Time>,
    /// The last second asked for, and what was given instead.
    last: Option<(Time, Time)>,
    /// How many seconds back there may be looked for one; without any, the second asked for is shared.
    farthest: Option<i64>,
}

impl Seconds {
    /// Of what is published now and not later by more than this: who publishes faster shares seconds.
    pub fn of_the_last(farthest: i64) -> Self {
        Self { farthest: Some(farthest), ..Self::default() }
    }

    /// When a new article is said to have been published.
    pub fn resolve(
        &mut self,
        tx: &Transaction<'_>,
        published: Published,
        updated: Option<Time>,
    ) -> Result<Time, StoreError> {
        let assumed = match published {
            Published::Given(time) => {
                self.taken.insert(updated.map_or(time, |updated| updated.max(time)));
                return Ok(time);
            }
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

    /// The latest second until `now` that neither the store nor this batch has; the next one asked for is earlier.
    pub fn take(&mut self, tx: &Transaction<'_>, now: Time) -> Result<Time, StoreError> {
        let from = self.last.map_or(now, |(_, given)| now.min(given.plus(-1)));
        let free = self.search(tx, from)?;
        self.last = Some((from, free));
        self.taken.insert(free);
        Ok(free)
    }

    /// The latest second until `from` that neither the store nor this batch has.
    pub fn search(&self, tx: &Transaction<'_>, from: Time) -> Result<Time, StoreError> {
        let mut free = from;
        let mut statement = tx.prepare_cached(sql::UPDATED_UNTIL)?;
        let mut rows = statement.query([from.0])?;
        let mut next = rows.next()?.map(|r| r.get(0)).transpose()?.map(Time);
        loop {
            while next.is_some_and(|next| next > free) {
                next = rows.next()?.map(|r| r.get(0)).transpose()?.map(Time);
            }
            if next != Some(free) && !self.taken.contains(&free) {
                return Ok(free);
            }
            free = free.plus(-1);
            if self.farthest.is_some_and(|farthest| free < from.plus(-farthest)) {
                return Ok(from);
            }
        }
    }
}
