//! Where articles join a feed, in which order, and when they count as changed there (rule 5).
//!
//! Reads and writes nothing.

use std::cmp::Reverse;

use super::stored::Stored;
use crate::article::Time;
use crate::feed::window::WINDOW;

/// What joins one feed, in the order of joining.
#[derive(Default)]
pub struct Joins {
    pub head: Vec<Member>,
    pub tail: Vec<Member>,
}

/// An article about to join.
#[derive(Clone, Copy)]
pub struct Member {
    pub row: i64,
    pub published: Time,
    /// If it may join at the tail: when it counts as changed there.
    backfill: Option<Changed>,
}

/// When an entry that joins a feed at the tail counts as changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
    /// At the last revision at which it changed in any other feed; 0 if it is new to the store.
    ///
    /// A reader of a combination that was away since before that revision is told, whichever cell holds the entry now.
    Before(u64),
    /// At this revision, since its text changed significantly, too.
    Now,
}

impl Member {
    /// A public article; `backfill` if it may join at the tail.
    pub fn of(stored: &Stored, backfill: Option<Changed>) -> Self {
        Self { row: stored.row, published: stored.article.published, backfill }
    }

    /// The entry's `changed` if it joins at the tail at this revision.
    pub fn changed(&self, revision: u64) -> u64 {
        match self.backfill {
            Some(Changed::Before(changed)) => changed,
            Some(Changed::Now) | None => revision,
        }
    }
}

impl Joins {
    /// What is backfill and over 48 h older than the newest joins at the tail, newest first; all else at the head, oldest
    /// first.
    pub fn of(members: Vec<Member>, newest: Option<Time>) -> Self {
        let old = |m: &Member| m.backfill.is_some() && newest.is_some_and(|newest| m.published < newest.plus(-WINDOW));
        let (mut tail, mut head): (Vec<_>, Vec<_>) = members.into_iter().partition(old);
        // They are shown newest first, and of the same second the last to come first: joining follows it from either end.
        head.sort_by_key(|m| (m.published, m.row));
        tail.sort_by_key(|m| Reverse((m.published, m.row)));
        Self { head, tail }
    }
}
