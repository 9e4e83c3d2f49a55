//! The read spine: a resource is selected from the store, rendered and kept until a revision touches it.
//!
//! Knows nothing of requests, headers or files.

use std::sync::{Arc, PoisonError, RwLock};

use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use crate::article::{Article, Content, Html, Key, Labels, Time};
use crate::cache::{Cache, Cached};
use crate::feed::{FeedKey, FeedSet};
use crate::ledger::Ledger;
use crate::page::Page;
use crate::render;
use crate::representation::Representation;
use crate::resource::{Format, Resource};
use crate::store::{Document, Revision, Store, StoreError};

/// How many representations are built at once; more would only slow each other down.
const BUILDS: usize = 2;

/// How many articles the index names.
const LATEST: usize = 20;

/// A site that can be read: definitions, store, and what is known and rendered of it.
pub struct Site {
    set: Arc<FeedSet>,
    store: Store,
    ledger: RwLock<Ledger>,
    cache: Cache,
    builds: Semaphore,
}

/// What has been rendered, before compression.
pub struct Rendered {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// The revision of exactly these bytes, if it is a feed.
    pub revision: Option<Revision>,
}

impl Site {
    /// Opens a site on a store, with a cache of at most `cache_bytes`.
    pub async fn open(set: FeedSet, store: Store, cache_bytes: u64) -> Result<Self, StoreError> {
        let site = Self {
            set: Arc::new(set),
            store,
            ledger: RwLock::default(),
            cache: Cache::new(cache_bytes),
            builds: Semaphore::new(BUILDS),
        };
        site.refresh().await?;
        Ok(site)
    }

    /// The definitions.
    pub fn set(&self) -> &FeedSet {
        &self.set
    }

    /// The store.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Learns what the store knows more.
    pub async fn refresh(&self) -> Result<(), StoreError> {
        let known = self.read(Ledger::last);
        let change = self.store.changes_after(known).await?;
        self.ledger.write().unwrap_or_else(PoisonError::into_inner).apply(change);
        Ok(())
    }

    /// Looks something up in the ledger.
    pub fn read<T>(&self, look: impl FnOnce(&Ledger) -> T) -> T {
        look(&self.ledger.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The current representation of a resource; `None` if there is no such thing.
    pub async fn representation(&self, resource: &Resource) -> Result<Option<Arc<Representation>>, StoreError> {
        if let Some(current) = self.current(resource) {
            return Ok(Some(current));
        }
        let _permit = self.builds.acquire().await.map_err(|_| StoreError::Closed)?;
        // Whoever waited for a place may find the work done.
        if let Some(current) = self.current(resource) {
            return Ok(Some(current));
        }
        let stamp = self.stamp(resource);
        let Some(selected) = select(&self.set, &self.store, resource).await? else { return Ok(None) };
        let (set, owned) = (Arc::clone(&self.set), resource.clone());
        let built = tokio::task::spawn_blocking(move || {
            let Rendered { bytes, revision } = render(&set, &owned, selected);
            Representation::new(owned, bytes, revision)
        });
        let representation = Arc::new(built.await.map_err(|_| StoreError::Closed)?);
        // The snapshot may be newer than the ledger was.
        self.cache.put(Cached { stamp, representation: Arc::clone(&representation) });
        Ok(Some(representation))
    }

    /// The last representation made of a resource, current or not.
    pub fn last_good(&self, resource: &Resource) -> Option<Arc<Representation>> {
        self.cache.get(resource).map(|cached| cached.representation)
    }

    fn current(&self, resource: &Resource) -> Option<Arc<Representation>> {
        let cached = self.cache.get(resource)?;
        (cached.stamp >= self.stamp(resource)).then_some(cached.representation)
    }

    /// The last revision that may have changed a resource's bytes.
    fn stamp(&self, resource: &Resource) -> u64 {
        self.read(|ledger| match resource {
            Resource::Feed(key, _) => ledger.feed(key),
            Resource::Index => ledger.feed(&FeedKey::All),
            Resource::Article(_) => ledger.last(),
            Resource::Opml | Resource::Stylesheet => ledger.fingerprint(),
        })
    }
}

/// What a resource is made of: one snapshot of the store.
pub enum Selected {
    /// A feed's document.
    Feed(Document),
    /// The latest articles, for the index.
    Latest(Document),
    /// One article.
    Article(Box<Article>),
    /// Definitions alone.
    Definitions,
}

/// Reads what a resource is made of; `None` if there is no such thing.
pub async fn select(set: &FeedSet, store: &Store, resource: &Resource) -> Result<Option<Selected>, StoreError> {
    Ok(match resource {
        Resource::Feed(key, _) if !set.defines(key) => None,
        Resource::Feed(key, _) => Some(Selected::Feed(store.document(key).await?)),
        Resource::Index => Some(Selected::Latest(store.document(&FeedKey::All).await?)),
        Resource::Article(key) => store.article(key).await?.map(|stored| Selected::Article(Box::new(stored.article))),
        Resource::Opml | Resource::Stylesheet => Some(Selected::Definitions),
    })
}

/// Renders what was selected: pure.
pub fn render(set: &FeedSet, resource: &Resource, selected: Selected) -> Rendered {
    let (bytes, revision) = match (resource, selected) {
        (Resource::Feed(key, format), Selected::Feed(document)) => {
            let revision = document.revision;
            (render::feed(&page(key, document), set, *format), Some(revision))
        }
        (Resource::Index, Selected::Latest(document)) => {
            let latest = &document.articles[..document.articles.len().min(LATEST)];
            (render::html::index(set, latest), None)
        }
        (_, Selected::Article(article)) => (render::html::article(set, &article), None),
        (Resource::Stylesheet, _) => (render::html::STYLESHEET.as_bytes().to_vec(), None),
        (_, _) => (render::opml(set), None),
    };
    Rendered { bytes, revision }
}

fn page(key: &FeedKey, document: Document) -> Page {
    let newest = document.articles.iter().map(|article| article.updated).max();
    Page { key: key.clone(), updated: newest.unwrap_or(document.revision.time), entries: document.articles }
}

/// A hash of everything that shows in bytes but does not come from the store: this program and the definitions.
///
/// A small article of our own is rendered in every way there is, and every feed without any (rule 2).
pub fn fingerprint(set: &FeedSet) -> String {
    let mut hash = Sha256::new();
    // Not all of it shows in the samples: a time zone is more than its offset on one day.
    hash.update(format!("{:?}{:?}{:?}", set.site, set.districts, set.topics));
    let sample = sample(set);
    let bare = Article { content: Content { title: "盐".to_owned(), ..Content::default() }, ..sample.clone() };
    let singles = set.keys().into_iter().filter(|key| !matches!(key, FeedKey::Pair(..)));
    for key in singles {
        for format in Format::ALL {
            let entries = if key == FeedKey::All { vec![sample.clone(), bare.clone()] } else { Vec::new() };
            hash.update(render::feed(&Page { key: key.clone(), updated: Time(0), entries }, set, format));
        }
    }
    hash.update(render::opml(set));
    hash.update(render::html::index(set, std::slice::from_ref(&sample)));
    hash.update(render::html::article(set, &sample));
    hash.update(render::html::STYLESHEET);
    data_encoding::HEXLOWER.encode(&hash.finalize()[..16])
}

/// An article with something in every field, and in the first district and topic.
fn sample(set: &FeedSet) -> Article {
    let first = |defs: &[crate::feed::FeedDef]| defs.first().map(|def| def.slug.clone()).into_iter().collect();
    let text = "盐井 & <well>".to_owned();
    let url = Some("https://example.com/".to_owned());
    let image = crate::article::Image {
        url: "https://example.com/a.jpg".to_owned(),
        media_type: Some("image/jpeg".to_owned()),
        width: Some(2),
        height: Some(1),
        alt: Some(text.clone()),
    };
    let enclosure = crate::article::Enclosure {
        url: "https://example.com/a.mp3".to_owned(),
        media_type: "audio/mpeg".to_owned(),
        length: Some(1),
        duration: Some(1),
    };
    Article {
        key: Key::derive("", ""),
        id: "tag:example.com,2026:a".to_owned(),
        published: Time(0),
        updated: Time(1),
        labels: Labels { districts: first(&set.districts), topics: first(&set.topics) },
        content: Content {
            title: text.clone(),
            summary: text.clone(),
            html: Html::trusted("<p>盐井</p>".to_owned()),
            url: url.clone(),
            authors: vec![crate::article::Person { name: text.clone(), url }],
            tags: vec![text.clone()],
            language: Some("en".to_owned()),
            image: Some(image),
            enclosures: vec![enclosure],
            note: Some(text),
        },
    }
}
