//! Reclassifying: what the rules of today make of articles that the rules of yesterday have placed.
//!
//! Knows nothing of SQL or of lines on a terminal. Labels that an article has brought itself are its own, and what is
//! withdrawn stays where it is.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::article::{Key, Labels, Time};
use crate::feed::classify::Classification;
use crate::feed::{Axis, FeedKey, FeedSet};
use crate::ingest::html;
use crate::store::command::{self, Batch, Command, Operation, Outcome};
use crate::store::stored::{Stored, feeds_of};
use crate::store::{Store, StoreError};

/// Articles that are read at once.
const ROWS: u32 = 500;

/// Articles that are changed in one transaction: five revisions' worth.
const MAX_BATCH: usize = 1000;

/// An article that belongs elsewhere.
pub struct Move<'a> {
    /// As it is stored.
    pub stored: &'a Stored,
    /// Where it belongs by the rules of today.
    pub labels: Labels,
    /// Why.
    pub found: Classification<'a>,
}

impl Move<'_> {
    /// The feeds that it leaves, and those that it enters.
    pub fn feeds(&self) -> (Vec<FeedKey>, Vec<FeedKey>) {
        let (old, new) = (feeds_of(&self.stored.article.labels), feeds_of(&self.labels));
        let without = |these: &[FeedKey], others: &[FeedKey]| -> Vec<FeedKey> {
            these.iter().filter(|key| !others.contains(key)).cloned().collect()
        };
        (without(&old, &new), without(&new, &old))
    }
}

/// A feed whose document would lose more than half of what it shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thinned {
    /// Which feed.
    pub key: FeedKey,
    /// How many articles would leave its document.
    pub lost: usize,
    /// Of how many that it shows.
    pub shown: usize,
}

/// What reclassifying would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Survey {
    /// How many articles belong elsewhere.
    pub moved: u64,
    /// The feeds that would lose more than half of their documents.
    pub thinned: Vec<Thinned>,
}

/// Calls `each` with every article that belongs elsewhere, in the order in which they came.
pub fn moves<E: From<StoreError>>(
    set: &FeedSet,
    store: &Store,
    mut each: impl FnMut(Move<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let mut after = 0;
    loop {
        let articles = store.rows_after(after, ROWS).wait()?;
        let Some(last) = articles.last() else { return Ok(()) };
        after = last.row;
        for stored in articles.iter().filter(|stored| stored.article.withdrawn.is_none()) {
            let content = &stored.article.content;
            let found = set.classifier.classify(&content.title, &html::to_text(&content.html));
            let labels = by_rules(set, stored, &found.labels);
            if labels != stored.article.labels {
                each(Move { stored, labels, found })?;
            }
        }
    }
}

/// Its own labels, as they are called today, where it has brought any; the rules' elsewhere.
fn by_rules(set: &FeedSet, stored: &Stored, ruled: &Labels) -> Labels {
    let (kept, brought) = (&stored.article.labels, stored.brought);
    let own = |brought: bool, axis, kept: &[_], ruled: &[_]| match brought {
        true => set.present_labels(axis, kept),
        false => ruled.to_vec(),
    };
    Labels {
        districts: own(brought.districts, Axis::District, &kept.districts, &ruled.districts),
        topics: own(brought.topics, Axis::Topic, &kept.topics, &ruled.topics),
    }
}

/// Looks at what reclassifying would do, and changes nothing. `each` is called with every article that belongs elsewhere.
pub fn survey<E: From<StoreError>>(
    set: &FeedSet,
    store: &Store,
    mut each: impl FnMut(&Move<'_>) -> Result<(), E>,
) -> Result<Survey, E> {
    let mut shown: BTreeMap<FeedKey, HashSet<Key>> = BTreeMap::new();
    for key in set.keys() {
        shown.insert(key.clone(), store.shown(&key).wait()?.into_iter().collect());
    }
    let mut lost: BTreeMap<FeedKey, BTreeSet<Key>> = BTreeMap::new();
    let mut moved = 0;
    moves(set, store, |found| {
        moved += 1;
        let key = &found.stored.article.key;
        for feed in found.feeds().0 {
            if shown.get(&feed).is_some_and(|shown| shown.contains(key)) {
                lost.entry(feed).or_default().insert(key.clone());
            }
        }
        each(&found)
    })?;
    let losses = lost.into_iter().map(|(key, lost)| (lost.len(), shown[&key].len(), key));
    let thinned = losses.filter(|(lost, shown, _)| 2 * lost > *shown);
    Ok(Survey { moved, thinned: thinned.map(|(lost, shown, key)| Thinned { key, lost, shown }).collect() })
}

/// Places every article where it belongs, on behalf of `who`; tells how many were moved. An article that is changed by
/// others meanwhile is left as they have made it.
pub fn reclassify(set: &FeedSet, store: &Store, who: &str, clock: &dyn Fn() -> Time) -> Result<u64, StoreError> {
    let mut batch = Batch::default();
    let mut moved = 0;
    let relabelled =
        |batch| Ok::<_, StoreError>(command::count(&store.execute(batch, clock()).wait()?, Outcome::Relabelled));
    moves(set, store, |found| {
        let (key, version) = (found.stored.article.key.clone(), found.stored.version);
        batch.commands.push(Command::new(key, Operation::Relabel(found.labels), who).on_version(version));
        if batch.commands.len() == MAX_BATCH {
            moved += relabelled(std::mem::take(&mut batch))?;
        }
        Ok::<_, StoreError>(())
    })?;
    Ok(moved + relabelled(batch)?)
}
