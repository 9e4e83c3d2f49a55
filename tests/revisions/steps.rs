//! What can happen in a history, and how likely it is.
//!
//! Knows nothing of how it is done or of what comes of it.

use proptest::prelude::*;

use super::reader::{DIRECT, READERS};

/// One thing that happens.
#[derive(Clone, Debug)]
pub enum Step {
    /// Time passes, in seconds.
    Wait(i64),
    /// This many new articles come in, so many hours old, in this order of age.
    Bring { count: usize, hours: i64, labels: Labelled, backfill: bool, newest_first: bool },
    /// This many new articles come in that are to appear in so many seconds, one after the other.
    Announce { count: usize, ahead: i64, labels: Labelled },
    /// Known articles come in again: which ones, and what became of each.
    Again(Vec<(u16, Edit)>),
    /// An editor corrects an article: another title, perhaps with a note, perhaps telling readers.
    Correct { which: u16, word: u8, note: bool, significant: bool },
    /// The rules change, and what they place is placed anew.
    Reclassify,
    /// The clock task of the first server looks at what is due.
    Release,
    /// The server stops and starts, with the same program and definitions.
    Restart,
    /// The server stops, and another program or other definitions start.
    Deploy,
    /// An article is withdrawn, or restored if it is.
    Turn(u16),
    /// An article is erased.
    Purge(u16),
    /// The second server hears of what has happened.
    Hear,
    /// A reader polls: which one, which feed, at which server, and whether that one has lost the store.
    Poll { reader: usize, feed: usize, second: bool, away: bool },
    /// A reader polls through a shared cache, which puts its own validators in the place of the reader's or does not.
    PollThroughCache { reader: usize, feed: usize, swaps: bool },
    /// Both servers are asked the same by somebody so many revisions behind, and say the same.
    Compare { feed: usize, behind: u64, delta: bool, by_date: bool },
}

/// Labels by number: brought along, or left to the rules, which find words in the title.
#[derive(Clone, Copy, Debug)]
pub enum Labelled {
    Own(u8),
    Ruled(u8),
}

/// What became of an article at its source.
#[derive(Clone, Copy, Debug)]
pub enum Edit {
    /// Nothing.
    Same,
    /// Another title under the same date.
    Silent(u8),
    /// Another title and a later `updated`.
    Significant(u8),
    /// Other labels.
    Relabel(Labelled),
    /// Another title, other labels and a later `updated`.
    Rewrite(u8),
    /// Another time, so many seconds from now, if it has not come yet.
    Reschedule(i64),
}

impl Step {
    /// Whether anything may be published otherwise after it.
    pub fn writes(&self) -> bool {
        !matches!(
            self,
            Self::Wait(_) | Self::Poll { .. } | Self::PollThroughCache { .. } | Self::Hear | Self::Compare { .. }
        )
    }
}

fn labelled() -> impl Strategy<Value = Labelled> {
    prop_oneof![2 => (0u8..16).prop_map(Labelled::Own), 1 => (0u8..16).prop_map(Labelled::Ruled)]
}

fn edit() -> impl Strategy<Value = Edit> {
    let relabel = prop_oneof![Just(Labelled::Own(0)), Just(Labelled::Own(5)), Just(Labelled::Own(15)), labelled()];
    prop_oneof![
        1 => Just(Edit::Same),
        1 => (0u8..4).prop_map(Edit::Silent),
        1 => (0u8..4).prop_map(Edit::Significant),
        2 => relabel.prop_map(Edit::Relabel),
        1 => (0u8..16).prop_map(Edit::Rewrite),
        1 => prop_oneof![Just(-50i64), Just(0), 1i64..5000].prop_map(Edit::Reschedule),
    ]
}

/// Time passes: within a second, or so that the 48 hours of a document begin between two changes.
fn wait() -> impl Strategy<Value = Step> {
    prop_oneof![Just(0), Just(1), 2i64..100, 500i64..700, Just(7200), Just(171_000), Just(173_500)].prop_map(Step::Wait)
}

/// How a history begins: with nothing, or with enough articles in all feeds to fill archive pages and documents.
pub fn beginning() -> impl Strategy<Value = Vec<Step>> {
    let bulk = (100usize..330, any::<bool>(), any::<bool>()).prop_map(|(count, backfill, ruled)| {
        let labels = if ruled { Labelled::Ruled(15) } else { Labelled::Own(15) };
        let (hours, newest_first) = (60, false);
        vec![Step::Bring { count, hours, labels, backfill, newest_first }, Step::Wait(200_000)]
    });
    prop_oneof![Just(Vec::new()), bulk]
}

/// One of few feeds, so that readers come back to the same: stored ones and combinations.
fn feed() -> impl Strategy<Value = usize> {
    prop_oneof![3 => 0usize..3, 2 => 9usize..13, 1 => 0usize..13]
}

/// A few old articles are met again and again, so that they leave and return, and come back into documents.
fn which() -> impl Strategy<Value = u16> {
    prop_oneof![3 => 0u16..3, 1 => any::<u16>()]
}

pub fn step() -> impl Strategy<Value = Step> {
    let count = prop_oneof![8 => 1usize..6, 4 => 20usize..70, 1 => 150usize..420];
    let hours = prop_oneof![3 => Just(0i64), 1 => 1i64..40, 2 => 60i64..2000];
    let announced = prop_oneof![6 => 1usize..4, 1 => 190usize..230];
    prop_oneof![
        3 => wait(),
        4 => (count, hours, labelled(), any::<bool>(), any::<bool>()).prop_map(
            |(count, hours, labels, backfill, newest_first)| Step::Bring { count, hours, labels, backfill, newest_first }
        ),
        2 => (announced, prop_oneof![Just(1i64), 2i64..100, Just(7000)], labelled())
            .prop_map(|(count, ahead, labels)| Step::Announce { count, ahead, labels }),
        5 => prop::collection::vec((which(), edit()), 1..8).prop_map(Step::Again),
        3 => (which(), 0u8..4, any::<bool>(), any::<bool>())
            .prop_map(|(which, word, note, significant)| Step::Correct { which, word, note, significant }),
        2 => Just(Step::Reclassify),
        2 => Just(Step::Release),
        1 => Just(Step::Restart),
        1 => Just(Step::Deploy),
        2 => which().prop_map(Step::Turn),
        1 => any::<u16>().prop_map(Step::Purge),
        2 => Just(Step::Hear),
        9 => (0..DIRECT, feed(), any::<bool>(), prop::bool::weighted(0.1))
            .prop_map(|(reader, feed, second, away)| Step::Poll { reader, feed, second, away }),
        9 => (0..READERS.len(), feed(), any::<bool>())
            .prop_map(|(reader, feed, swaps)| Step::PollThroughCache { reader, feed, swaps }),
        1 => (feed(), prop_oneof![1u64..4, 0u64..40], any::<bool>(), any::<bool>())
            .prop_map(|(feed, behind, delta, by_date)| Step::Compare { feed, behind, delta, by_date }),
    ]
}
