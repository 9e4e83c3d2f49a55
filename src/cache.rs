//! Representations in memory, bounded by bytes, the oldest unused going first; and who is building one right now.
//!
//! Knows nothing of how they are made or of who asks.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use quick_cache::sync::{Cache as Shards, DefaultLifecycle};
use quick_cache::{DefaultHashBuilder, Equivalent, OptionsBuilder, Weighter};
use tokio::sync::OnceCell;

use crate::feed::catch_up::Since;
use crate::representation::{Coding, Representation};
use crate::resource::Resource;

/// The key under which a representation is kept: a resource, and where the client stands if it is not sent what
/// everybody is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Wanted {
    /// The resource that is asked for.
    pub resource: Resource,
    /// For whom.
    pub since: Option<Since>,
}

/// The same without owning it: it must hash alike.
#[derive(Hash)]
struct Borrowed<'a> {
    resource: &'a Resource,
    since: Option<Since>,
}

impl Equivalent<Wanted> for Borrowed<'_> {
    fn equivalent(&self, wanted: &Wanted) -> bool {
        *self.resource == wanted.resource && self.since == wanted.since
    }
}

/// A representation and the number of the revision up to which it is good.
#[derive(Clone, Debug)]
pub struct Cached {
    /// The state of the store that it was made from, as far as this resource depends on it.
    pub stamp: u64,
    /// The representation that is sent.
    pub representation: Arc<Representation>,
}

#[derive(Clone)]
struct ByBytes;

impl Weighter<Wanted, Cached> for ByBytes {
    fn weight(&self, _: &Wanted, cached: &Cached) -> u64 {
        cached.representation.weight()
    }
}

/// The last representation made of each resource. One that is out of date stays until it is replaced, or room is needed:
/// it is what is sent when the store is away (rule 8).
///
/// Catch-up answers are kept apart, so that however many pasts clients come from, they push out
/// nothing that everybody asks for.
pub struct Cache {
    documents: Shards<Wanted, Cached, ByBytes>,
    told: Shards<Wanted, Cached, ByBytes>,
}

/// The divisor that makes the part for catch-up answers smaller. It comes on top.
const TOLD: u64 = 8;

/// About how large a representation is, for the cache's own tables.
const TYPICAL: u64 = 64 * 1024;

impl Cache {
    /// A cache of at most so many bytes, and an eighth more for those who were behind.
    pub fn new(bytes: u64) -> Self {
        Self { documents: Self::part(bytes), told: Self::part(bytes / TOLD) }
    }

    fn part(bytes: u64) -> Shards<Wanted, Cached, ByBytes> {
        // In one piece: of several, each would refuse what is larger than itself, and a feed may be large.
        let options = OptionsBuilder::new()
            .shards(1)
            .estimated_items_capacity((bytes / TYPICAL) as usize + 16)
            .weight_capacity(bytes)
            .build()
            .expect("both capacities are given");
        Shards::with_options(options, ByBytes, DefaultHashBuilder::default(), DefaultLifecycle::default())
    }

    fn of(&self, since: Option<Since>) -> &Shards<Wanted, Cached, ByBytes> {
        if since.is_none() { &self.documents } else { &self.told }
    }

    /// The representation that there is of a resource, current or not.
    pub fn get(&self, resource: &Resource, since: Option<Since>) -> Option<Cached> {
        self.of(since).get(&Borrowed { resource, since })
    }

    /// Keeps a representation, unless a newer one is there already.
    pub fn put(&self, cached: Cached) {
        let Representation { resource, since, .. } = &*cached.representation;
        if self.get(resource, *since).is_none_or(|there| there.stamp <= cached.stamp) {
            self.of(*since).insert(Wanted { resource: resource.clone(), since: *since }, cached);
        }
    }

    /// The number of bytes it holds.
    pub fn bytes(&self) -> u64 {
        self.documents.weight() + self.told.weight()
    }
}

/// Builds under way: however many wait for the same, it is built once, and whatever comes of it is everybody's.
///
/// A build is known by what is wanted in which coding and by the revision from which on it is good, so that whoever knows
/// of a newer one never gets what was begun before it.
pub struct Builds<T>(Mutex<Table<T>>);

type Table<T> = HashMap<(Wanted, Coding, u64), Arc<OnceCell<T>>>;

impl<T> Default for Builds<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Clone> Builds<T> {
    /// Builds what is wanted, or waits until somebody else has built it. Whoever builds and gives up leaves the work to
    /// the next who waits.
    pub async fn once(&self, wanted: Wanted, coding: Coding, stamp: u64, build: impl Future<Output = T>) -> T {
        let key = (wanted, coding, stamp);
        let cell = Arc::clone(self.lock().entry(key.clone()).or_default());
        let waiting = Waiting { builds: self, key, cell };
        waiting.cell.get_or_init(|| build).await.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Table<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Somebody who waits for a build; the last one to leave clears up, and so does the first one who was served.
struct Waiting<'a, T: Clone> {
    builds: &'a Builds<T>,
    key: (Wanted, Coding, u64),
    cell: Arc<OnceCell<T>>,
}

impl<T: Clone> Drop for Waiting<'_, T> {
    fn drop(&mut self) {
        let mut builds = self.builds.lock();
        let Entry::Occupied(entry) = builds.entry(self.key.clone()) else { return };
        // Two hold it: the table and this one.
        let last = Arc::strong_count(&self.cell) == 2;
        if Arc::ptr_eq(entry.get(), &self.cell) && (last || self.cell.initialized()) {
            entry.remove();
        }
    }
}
