//! The read spine: a resource is selected from the store, rendered and kept until a revision touches it.
//!
//! Knows nothing of requests, headers or files.

mod selection;

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use tokio::sync::{Mutex, Semaphore};

use crate::article::Time;
use crate::cache::{Builds, Cache, Cached, Wanted};
use crate::feed::catch_up::{Form, Since};
use crate::feed::{FeedKey, FeedSet, compared};
use crate::fingerprint::fingerprint;
use crate::ledger::Ledger;
use crate::meters::Meters;
use crate::render::sitemap;
use crate::representation::{Coding, Representation, Validator};
use crate::resource::{Resource, Sitemap, Subject};
use crate::store::{Revision, Store, StoreError};
pub use selection::{Selected, render, select};

/// The number of representations that are built at once; more would only slow each other down.
const BUILDS: usize = 2;

/// The number of the busiest feeds that are built anew right after a commit, before anybody asks for them.
const BUSIEST: usize = 16;

/// The time that the store may take to answer, or others' builds, before the store counts as away.
const PATIENCE: Duration = Duration::from_secs(5);

/// Seconds of an hour.
const HOUR: i64 = 3600;

/// The result of a build; an error is told to everybody who waited for it.
pub type Built = Result<Option<Arc<Representation>>, Arc<StoreError>>;

/// A site that can be read: definitions, store, and what is known and rendered of it.
pub struct Site {
    set: Arc<FeedSet>,
    store: Arc<Store>,
    ledger: RwLock<Ledger>,
    /// Held by whoever asks the store for what is new.
    learning: Mutex<()>,
    cache: Cache,
    places: Semaphore,
    builds: Builds<Built>,
    meters: Arc<Meters>,
    cache_limit: u64,
    /// The last hour, counted from 1970, in which anybody asked for what is news in it; never an earlier one again.
    hour: AtomicI64,
    /// The number of times each stored feed has been asked for of late, in each format, whatever was answered.
    asked: HashMap<Resource, Arc<AtomicU64>>,
}

impl Site {
    /// Opens a site on a store, with a cache of at most `cache_bytes`.
    pub async fn open(set: FeedSet, store: Store, cache_bytes: u64) -> Result<Self, StoreError> {
        Self::new(set, Arc::new(store), Arc::default(), cache_bytes).await
    }

    async fn new(set: FeedSet, store: Arc<Store>, meters: Arc<Meters>, cache_limit: u64) -> Result<Self, StoreError> {
        let site = Self {
            asked: Resource::feeds(&set).map(|feed| (feed, Arc::default())).collect(),
            set: Arc::new(set),
            store,
            ledger: RwLock::default(),
            learning: Mutex::default(),
            cache: Cache::new(cache_limit),
            places: Semaphore::new(BUILDS),
            builds: Builds::default(),
            meters,
            cache_limit,
            hour: AtomicI64::default(),
        };
        site.store.keep_days_in(site.set.site.time_zone).await?;
        site.refresh().await?;
        Ok(site)
    }

    /// The same store with other definitions: a site that knows nothing of what was rendered with these.
    ///
    /// From the revision on that the new ones make, this site builds nothing more, since bytes of the old definitions
    /// must not go out under the new revision (rule 2); what it has built is good until it is forgotten.
    pub async fn renewed(&self, set: FeedSet, now: Time) -> Result<Self, StoreError> {
        // Closed already if this was tried before, and came no further than to the revision.
        let _all = self.places.acquire_many(BUILDS as u32).await;
        self.store.set_fingerprint(&fingerprint(&set), now).await?;
        self.places.close();
        Self::new(set, Arc::clone(&self.store), Arc::clone(&self.meters), self.cache_limit).await
    }

    /// The definitions.
    pub fn set(&self) -> &FeedSet {
        &self.set
    }

    /// The store.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The counters of this site.
    pub fn meters(&self) -> &Meters {
        &self.meters
    }

    /// The bytes that representations take in memory.
    pub fn cache_bytes(&self) -> u64 {
        self.cache.bytes()
    }

    /// Takes note of what time it is: what is news depends on that, to the hour.
    pub fn note_time(&self, now: Time) {
        self.hour.fetch_max(now.0.div_euclid(HOUR), Ordering::Relaxed);
    }

    /// The end of the hour of which was taken note last: what is no news then is none now.
    pub fn time_of_news(&self) -> Time {
        Time(self.hour.load(Ordering::Relaxed).saturating_add(1).saturating_mul(HOUR))
    }

    /// Learns what the store knows more.
    pub async fn refresh(&self) -> Result<(), StoreError> {
        let known = self.read(Ledger::last);
        let change = in_time(self.store.changes_after(known)).await?;
        self.ledger.write().unwrap_or_else(PoisonError::into_inner).apply(change);
        Ok(())
    }

    /// Learns at least what the store knows up to this revision; who asks for the same at one moment shares the answer.
    pub async fn learn(&self, revision: u64) -> Result<(), StoreError> {
        let knows = || self.read(Ledger::last) >= revision;
        if knows() {
            return Ok(());
        }
        let _turn = self.learning.lock().await;
        if knows() { Ok(()) } else { self.refresh().await }
    }

    /// Makes public what is due at this moment, and tells when the next article is.
    pub async fn release(&self, now: Time) -> Result<Option<Time>, StoreError> {
        let next = in_time(self.store.next_due()).await?;
        if next.is_none_or(|next| next > now) {
            return Ok(next);
        }
        let released = self.store.release("clock", now).await?;
        // Nobody who asks from now on is told less.
        self.refresh().await?;
        if released > 0 {
            tracing::info!(released, "articles whose time had come are public");
        }
        in_time(self.store.next_due()).await
    }

    /// Builds anew what is asked for most and is out of date, in the codings in which it was wanted, so that the first
    /// who ask after a commit need not wait.
    pub async fn rebuild_busiest(&self) {
        let halved = |count: &Arc<AtomicU64>| count.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| Some(n / 2));
        let counts = self.asked.iter().map(|(feed, count)| (halved(count).unwrap_or(0), feed));
        let mut busiest: Vec<(u64, &Resource)> = counts.filter(|(count, _)| *count > 0).collect();
        busiest.sort_unstable_by_key(|(count, _)| std::cmp::Reverse(*count));
        for (_, feed) in busiest.into_iter().take(BUSIEST) {
            let last = self.last_good(feed);
            let wanted = |coding: &Coding| last.as_ref().is_none_or(|last| last.coded(*coding).is_some());
            for coding in Coding::ALL.into_iter().filter(wanted) {
                if let Err(error) = self.representation(feed, coding).await {
                    return tracing::warn!(%error, "the store does not answer; feeds are built when they are asked for");
                }
            }
        }
    }

    /// Where it is counted how often a stored feed is asked for, whatever is answered.
    pub fn asked(&self, feed: &Resource) -> Option<Arc<AtomicU64>> {
        self.asked.get(feed).cloned()
    }

    /// Looks something up in the ledger.
    pub fn read<T>(&self, look: impl FnOnce(&Ledger) -> T) -> T {
        look(&self.ledger.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The current representation of a resource, with its bytes in this coding; `None` if there is no such thing.
    pub async fn representation(&self, resource: &Resource, coding: Coding) -> Built {
        self.kept(resource, None, coding).await
    }

    /// The catch-up for a client of a feed that stands at a revision before the current one: the ordinary
    /// representation, if that shows every change since, else catch-up; or a delta (rule 8).
    pub async fn since(&self, feed: &Resource, since: Since, coding: Coding) -> Built {
        if takes_document(since) {
            let current = self.representation(feed, Coding::Identity).await?;
            if current.as_ref().is_none_or(|current| current.complete_since <= since.revision) {
                // Something may have come in between: what is sent is what must be complete.
                let sent = self.representation(feed, coding).await?;
                if sent.as_ref().is_none_or(|sent| sent.complete_since <= since.revision) {
                    return Ok(sent);
                }
            }
        }
        self.kept(feed, Some(since), coding).await
    }

    /// The result of [`Site::representation`] or [`Site::since`], if it is in memory.
    pub fn at_hand(&self, resource: &Resource, since: Option<Since>, coding: Coding) -> Option<Arc<Representation>> {
        let found = match since {
            Some(since) if takes_document(since) => {
                let current = self.current(resource, None)?;
                if current.complete_since <= since.revision {
                    Some(current)
                } else {
                    self.current(resource, Some(since))
                }
            }
            since => self.current(resource, since),
        };
        found.filter(|found| found.coded(coding).is_some()).inspect(|_| self.meters.hits.inc())
    }

    /// The last representation made of a resource, current or not.
    pub fn last_good(&self, resource: &Resource) -> Option<Arc<Representation>> {
        self.cache.get(resource, None).map(|cached| cached.representation)
    }

    /// From memory, or built.
    async fn kept(&self, resource: &Resource, since: Option<Since>, coding: Coding) -> Built {
        if let Some(current) = self.current(resource, since).filter(|current| current.coded(coding).is_some()) {
            self.meters.hits.inc();
            return Ok(Some(current));
        }
        self.meters.misses.inc();
        let stamp = self.stamp(resource, since);
        let wanted = Wanted { resource: resource.clone(), since };
        let built = self.builds.once(wanted, coding, stamp, self.build(resource, since, coding, stamp)).await;
        built.inspect_err(|_| self.meters.failures.inc())
    }

    async fn build(&self, resource: &Resource, since: Option<Since>, coding: Coding, stamp: u64) -> Built {
        let begun = Instant::now();
        let place = tokio::time::timeout(PATIENCE, self.places.acquire());
        let _place = place.await.map_err(|_| StoreError::Slow)?.map_err(|_| StoreError::Closed)?;
        // Between the look and the build somebody else may have come to an end, or in another coding before.
        let current = match self.current(resource, since) {
            None => self.unchanged(resource, stamp).await?,
            current => current,
        };
        if let Some(current) = current {
            let coded = tokio::task::spawn_blocking(move || {
                current.code(coding);
                current
            });
            return Ok(Some(coded.await.map_err(|_| StoreError::Build)?));
        }
        let selected = select(&self.set, &self.store, resource, since, self.time_of_news());
        let Some(selected) = in_time(selected).await? else { return Ok(None) };
        let (set, owned) = (Arc::clone(&self.set), resource.clone());
        let built = tokio::task::spawn_blocking(move || {
            let rendered = render(&set, &owned, selected);
            let representation = Representation::new(owned, since, rendered);
            representation.code(coding);
            representation
        });
        let representation = Arc::new(built.await.map_err(|_| StoreError::Build)?);
        // The snapshot may be newer than the ledger was.
        self.cache.put(Cached { stamp, representation: Arc::clone(&representation) });
        self.meters.builds.observe(begun.elapsed().as_secs_f64());
        Ok(Some(representation))
    }

    /// The page of the article that was at this address before.
    pub async fn moved(&self, path: &str, query: Option<&str>) -> Result<Option<Resource>, StoreError> {
        // Some addresses are queries; what else stands behind a path makes no difference.
        let mut key = in_time(self.store.moved(&compared(path, query))).await?;
        if key.is_none() && query.is_some() {
            key = in_time(self.store.moved(&compared(path, None))).await?;
        }
        Ok(key.map(Resource::article))
    }

    /// The last revision that changed an archive page; `None` if there is no such page.
    pub async fn archive_revision(&self, page: &Resource) -> Result<Option<Revision>, StoreError> {
        let Resource::Archive(key, number, _) = page else { return Ok(None) };
        if let Some(Validator::Revision(revision)) = self.current(page, None).map(|current| current.validator.clone()) {
            return Ok(Some(revision));
        }
        in_time(self.store.archive_revision(key, *number)).await
    }

    /// What hardly ever changes as it was last made, if no later revision has touched it: it is good up to this one, too.
    async fn unchanged(&self, resource: &Resource, stamp: u64) -> Result<Option<Arc<Representation>>, StoreError> {
        let Some(Cached { representation, .. }) = self.cache.get(resource, None) else { return Ok(None) };
        let touched = match resource {
            Resource::Archive(key, number, _) | Resource::Page(Subject::Archive(key, number), _) => {
                let revision = in_time(self.store.archive_revision(key, *number)).await?;
                match &representation.validator {
                    // After a restore the number may be another revision's.
                    Validator::Revision(was) if revision.as_ref() != Some(was) => None,
                    _ => revision.map(|revision| revision.number),
                }
            }
            Resource::Page(Subject::Article(key), _) => in_time(self.store.reading_touched(key)).await?,
            Resource::Sitemap(Sitemap::Articles(part)) => {
                in_time(self.store.stretch_touched(sitemap::numbers(*part))).await?
            }
            _ => None,
        };
        if touched != Some(representation.touched) {
            return Ok(None);
        }
        self.cache.put(Cached { stamp, representation: Arc::clone(&representation) });
        Ok(Some(representation))
    }

    fn current(&self, resource: &Resource, since: Option<Since>) -> Option<Arc<Representation>> {
        let cached = self.cache.get(resource, since)?;
        (cached.stamp >= self.stamp(resource, since)).then_some(cached.representation)
    }

    /// What grows whenever what is sent may have changed: the last revision that may have done so or, of a feed's page,
    /// its sum with a day.
    ///
    /// What is told to those who were behind is not only the document, so that any revision may have changed it.
    fn stamp(&self, resource: &Resource, since: Option<Since>) -> u64 {
        self.read(|ledger| match resource {
            _ if since.is_some() => ledger.last(),
            Resource::Feed(key, _) => ledger.feed(key),
            // What it counts ends with the site's newest day. Neither number ever falls, so their sum moves with each.
            Resource::Page(Subject::Feed(key), _) => ledger.touched(key) + ledger.today().map_or(0, counted),
            // Any commit may have touched it; whether it did is asked of the store, which costs less than to build it.
            Resource::Archive(..) | Resource::Page(..) | Resource::Sitemap(Sitemap::Articles(_)) => ledger.last(),
            // The hour never falls either.
            Resource::Sitemap(Sitemap::News) => {
                ledger.touched(&FeedKey::All) + self.hour.load(Ordering::Relaxed).max(0) as u64
            }
            Resource::Sitemap(_) => ledger.touched(&FeedKey::All),
            Resource::Opml | Resource::Robots | Resource::Asset(_) => ledger.fingerprint(),
        })
    }
}

/// Whether a client that stands there is sent the ordinary document if that shows every change since. A delta is
/// shorter, and who names a date alone needs other validators than the document's.
fn takes_document(since: Since) -> bool {
    matches!(since.form, Form::Shared | Form::Own)
}

/// A day's number among all days that an article can have.
fn counted(day: i64) -> u64 {
    const FIRST: i64 = -800_000;
    (day - FIRST).max(1) as u64
}

/// The store's answer, if it comes in time.
async fn in_time<T>(answer: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    tokio::time::timeout(PATIENCE, answer).await.unwrap_or(Err(StoreError::Slow))
}
