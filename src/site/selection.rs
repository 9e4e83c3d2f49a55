//! What a resource is made of, read from the store in one snapshot, and how that becomes bytes: for the server and for
//! exports alike.
//!
//! Knows nothing of what is kept in memory or of when anything is read.

use crate::article::Article;
use crate::feed::catch_up::Since;
use crate::feed::{FeedKey, FeedSet};
use crate::page::{Page, Part};
use crate::render;
use crate::representation::Rendered;
use crate::resource::{Format, Resource};
use crate::store::{ArchivePage, Document, Revision, Store, StoreError};

/// How many articles the page of a feed names.
const LATEST: usize = 20;

/// What a resource is made of: one snapshot of the store.
pub enum Selected {
    /// A feed's document.
    Feed(Document),
    /// An archive page.
    Archive(ArchivePage),
    /// The latest articles, for a page.
    Latest(Document),
    /// One article.
    Article(Box<Article>),
    /// Definitions alone.
    Definitions,
}

/// Reads what a resource is made of, as far as a client lacks it; `None` if there is no such thing.
pub async fn select(
    set: &FeedSet,
    store: &Store,
    resource: &Resource,
    since: Option<Since>,
) -> Result<Option<Selected>, StoreError> {
    Ok(match resource {
        Resource::Feed(key, _) if !set.defines(key) => None,
        Resource::Feed(key, _) => Some(Selected::Feed(store.document(key, since).await?)),
        Resource::Archive(key, ..) if !set.defines(key) => None,
        Resource::Archive(key, page, _) => store.archive(key, *page).await?.map(Selected::Archive),
        Resource::Page(key) if !set.defines(key) => None,
        Resource::Page(key) => Some(Selected::Latest(store.document(key, None).await?)),
        Resource::Index => Some(Selected::Latest(store.document(&FeedKey::All, None).await?)),
        Resource::Article(key) => store.article(key).await?.map(|article| Selected::Article(Box::new(article))),
        Resource::Opml | Resource::Stylesheet => Some(Selected::Definitions),
    })
}

/// Renders what was selected: pure.
pub fn render(set: &FeedSet, resource: &Resource, selected: Selected) -> Rendered {
    match (resource, selected) {
        (Resource::Feed(key, format), Selected::Feed(document)) => {
            let Document { revision, complete_since, partial, newest_page: newest, articles } = document;
            let page = page(set, key, Part::Subscription { newest }, revision, articles);
            Rendered { complete_since, partial, ..of_feed(set, &page, *format, revision) }
        }
        (Resource::Archive(key, page, format), Selected::Archive(archive)) => {
            let ArchivePage { revision, neighbours, articles } = archive;
            let part = Part::Archive { page: *page, neighbours };
            of_feed(set, &self::page(set, key, part, revision, articles), *format, revision)
        }
        (Resource::Index, Selected::Latest(document)) => {
            let latest: Vec<Article> = shown(set, document.articles).take(LATEST).collect();
            of_page(render::html::index(set, &latest))
        }
        (Resource::Page(key), Selected::Latest(document)) => {
            let latest: Vec<Article> = shown(set, document.articles).take(LATEST).collect();
            of_page(render::html::feed(set, key, &latest))
        }
        (_, Selected::Article(article)) => {
            let gone = article.withdrawn.is_some();
            Rendered { gone, ..of_page(render::html::article(set, &render::shown(set, *article))) }
        }
        (Resource::Stylesheet, _) => of_page(render::html::STYLESHEET.as_bytes().to_vec()),
        (_, _) => of_page(render::opml(set)),
    }
}

fn of_page(bytes: Vec<u8>) -> Rendered {
    Rendered { bytes, ..Rendered::default() }
}

fn of_feed(set: &FeedSet, page: &Page, format: Format, revision: Revision) -> Rendered {
    let (bytes, relations) = (render::feed(page, set, format), render::relations(page, set, format));
    Rendered { bytes, revision: Some(revision), relations, ..Rendered::default() }
}

fn page(set: &FeedSet, key: &FeedKey, part: Part, revision: Revision, articles: Vec<Article>) -> Page {
    let mut entries: Vec<Article> = shown(set, articles).collect();
    if let (Part::Subscription { .. }, Some(farewell)) = (part, render::farewell(set, key)) {
        let at = entries.partition_point(|entry| entry.published > farewell.published);
        entries.insert(at, farewell);
    }
    let updated = entries.iter().map(|article| article.updated).max().unwrap_or(revision.time);
    Page { key: key.clone(), part, updated, entries }
}

fn shown(set: &FeedSet, articles: Vec<Article>) -> impl Iterator<Item = Article> {
    articles.into_iter().map(|article| render::shown(set, article))
}
