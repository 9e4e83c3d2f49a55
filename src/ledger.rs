//! The revisions in memory: every one there was, and each feed's last, so that a 304 needs no query (rule 1).
//!
//! Knows nothing of HTTP or of where changes come from; lookups only, and what `Change` adds.

use std::collections::HashMap;

use crate::article::Time;
use crate::feed::FeedKey;
use crate::store::{Change, FeedState, Revision};

/// The server's knowledge of its store.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// Numbers are contiguous from 1, so that revision n stands at n - 1.
    revisions: Vec<Revision>,
    feeds: HashMap<FeedKey, FeedState>,
    fingerprint: u64,
    today: Option<i64>,
}

impl Ledger {
    /// Takes over what the store knows more. Changes may be applied in any order; older ones change nothing.
    pub fn apply(&mut self, change: Change) {
        let newest = change.revisions.last().map_or(0, |revision| revision.number);
        if newest <= self.last() {
            return;
        }
        let known = self.last();
        self.revisions.extend(change.revisions.into_iter().filter(|revision| revision.number > known));
        self.feeds = change.feeds;
        self.fingerprint = change.fingerprint;
        self.today = change.today;
    }

    /// The number of the last revision known; 0 before the first change is applied.
    pub fn last(&self) -> u64 {
        self.revisions.last().map_or(0, |revision| revision.number)
    }

    /// The revision of the last fingerprint: that of whatever depends on definitions alone.
    pub fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    /// The number of a feed's last revision. A feed that nothing has joined has the last fingerprint's; a combination,
    /// the last of its cells'.
    pub fn feed(&self, key: &FeedKey) -> u64 {
        if let FeedKey::Combination(_) = key {
            return key.cells().iter().map(|cell| self.feed(cell)).max().unwrap_or(self.fingerprint);
        }
        self.feeds.get(key).map_or(self.fingerprint, |feed| feed.revision)
    }

    /// The number of the last revision that touched anything in a feed, or in any of a combination's cells.
    pub fn touched(&self, key: &FeedKey) -> u64 {
        let of = |cell: &FeedKey| self.feeds.get(cell).map_or(0, |feed| feed.touched);
        key.cells().iter().map(of).max().unwrap_or(0).max(self.fingerprint)
    }

    /// The day, counted from 1970, of the newest article, if there is any.
    pub fn today(&self) -> Option<i64> {
        self.today
    }

    /// The number of articles in a feed.
    pub fn entries(&self, key: &FeedKey) -> u64 {
        self.feeds.get(key).map_or(0, |feed| feed.entries)
    }

    /// A revision by its number.
    pub fn revision(&self, number: u64) -> Option<Revision> {
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        self.revisions.get(index).copied()
    }

    /// The number of this history's revision of this number and nonce; `None` if another history gave it.
    pub fn named(&self, number: u64, nonce: u32) -> Option<u64> {
        self.revision(number).filter(|revision| revision.nonce == nonce).map(|revision| revision.number)
    }

    /// The number of the last revision whose time is past at this moment; 0 if there is none.
    pub fn past(&self, now: Time) -> u64 {
        self.revisions.partition_point(|revision| revision.time < now) as u64
    }

    /// The number of the revision of exactly this time.
    pub fn at(&self, time: Time) -> Option<u64> {
        self.revisions.binary_search_by_key(&time, |revision| revision.time).ok().map(|index| index as u64 + 1)
    }
}
