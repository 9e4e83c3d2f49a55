//! Representations in memory, bounded by bytes; the oldest unused go first.
//!
//! Knows nothing of how they are made or of who asks.

use std::sync::Arc;

use quick_cache::sync::{Cache as Shards, DefaultLifecycle};
use quick_cache::{DefaultHashBuilder, OptionsBuilder, Weighter};

use crate::representation::Representation;
use crate::resource::Resource;

/// A representation and the number of the revision up to which it is good.
#[derive(Clone, Debug)]
pub struct Cached {
    /// The state of the store that it was made from, as far as this resource depends on it.
    pub stamp: u64,
    /// What is sent.
    pub representation: Arc<Representation>,
}

#[derive(Clone)]
struct ByBytes;

impl Weighter<Resource, Cached> for ByBytes {
    fn weight(&self, _: &Resource, cached: &Cached) -> u64 {
        cached.representation.weight()
    }
}

/// The last representation made of each resource. One that is out of date stays until it is replaced: it is what is
/// sent when the store is away (rule 8).
pub struct Cache(Shards<Resource, Cached, ByBytes>);

/// About how large a representation is, for the cache's own tables.
const TYPICAL: u64 = 64 * 1024;

impl Cache {
    /// A cache of at most so many bytes.
    pub fn new(bytes: u64) -> Self {
        // In one piece: of several, each would refuse what is larger than itself, and a feed may be large.
        let options = OptionsBuilder::new()
            .shards(1)
            .estimated_items_capacity((bytes / TYPICAL) as usize + 16)
            .weight_capacity(bytes)
            .build()
            .expect("both capacities are given");
        Self(Shards::with_options(options, ByBytes, DefaultHashBuilder::default(), DefaultLifecycle::default()))
    }

    /// What there is of a resource, current or not.
    pub fn get(&self, resource: &Resource) -> Option<Cached> {
        self.0.get(resource)
    }

    /// Keeps a representation, unless a newer one is there already.
    pub fn put(&self, cached: Cached) {
        let resource = &cached.representation.resource;
        if self.0.get(resource).is_none_or(|there| there.stamp <= cached.stamp) {
            self.0.insert(resource.clone(), cached);
        }
    }
}
