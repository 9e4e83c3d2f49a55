//! Selects the content of a resource, read from the store in one snapshot, and how that becomes bytes: for the server
//! and for exports alike.
//!
//! Knows nothing of what is kept in memory or of when anything is read.

use crate::article::{Article, Time};
use crate::feed::catch_up::Since;
use crate::feed::{FeedKey, FeedSet};
use crate::page::{Page, Part};
use crate::render::{self, html, sitemap};
use crate::representation::Rendered;
use crate::resource::{Format, Resource, Sitemap, Subject};
use crate::store::{ArchivePage, Document, Revision, Store, StoreError};
use crate::view::{Overview, Reading, Shelf, Stretch, Survey};

/// The content of a resource: one snapshot of the store.
pub enum Selected {
    /// A feed's document.
    Feed(Document),
    /// An archive page.
    Archive(ArchivePage),
    /// The content of a feed's page.
    Overview(Overview),
    /// The content of an archive page's page.
    Shelf(Shelf),
    /// The content of an article's page.
    Reading(Box<Reading>),
    /// The content of a sitemap.
    Survey(Survey),
    /// The same of a stretch of it.
    Stretch(Stretch),
    /// The last days' articles, without their texts.
    News(Vec<Article>),
    /// Definitions alone.
    Definitions,
}

/// Reads what a resource is made of, as far as a client lacks it; `None` if there is no such thing.
///
/// What is news depends on when that is asked, `now`, and nothing else does.
pub async fn select(
    set: &FeedSet,
    store: &Store,
    resource: &Resource,
    since: Option<Since>,
    now: Time,
) -> Result<Option<Selected>, StoreError> {
    if resource.feed_key().is_some_and(|key| !set.defines(key)) {
        return Ok(None);
    }
    Ok(match resource {
        Resource::Feed(key, _) => Some(Selected::Feed(store.document(key, since).await?)),
        Resource::Archive(key, page, _) => store.archive(key, *page).await?.map(Selected::Archive),
        Resource::Page(Subject::Feed(key), _) => Some(Selected::Overview(store.overview(key).await?)),
        Resource::Page(Subject::Archive(key, page), _) => store.shelf(key, *page).await?.map(Selected::Shelf),
        Resource::Page(Subject::Article(key), _) => {
            store.reading(key).await?.map(|reading| Selected::Reading(Box::new(reading)))
        }
        Resource::Sitemap(part) => sitemap(set, store, *part, now).await?,
        Resource::Opml | Resource::Robots | Resource::Asset(_) => Some(Selected::Definitions),
    })
}

async fn sitemap(set: &FeedSet, store: &Store, part: Sitemap, now: Time) -> Result<Option<Selected>, StoreError> {
    Ok(Some(match part {
        Sitemap::News => Selected::News(store.news(now.plus(-sitemap::NEWS_AGE), sitemap::MAX_NEWS).await?),
        Sitemap::Feeds => Selected::Survey(store.survey(0).await?),
        Sitemap::Whole => Selected::Survey(store.survey(sitemap::room(set)).await?),
        Sitemap::Articles(part) => {
            return Ok(store.stretch(sitemap::numbers(part)).await?.map(Selected::Stretch));
        }
    }))
}

/// Renders what was selected: pure.
pub fn render(set: &FeedSet, resource: &Resource, selected: Selected) -> Rendered {
    match (resource, selected) {
        (Resource::Feed(key, format), Selected::Feed(document)) => {
            let Document { revision, complete_since, coverage, newest_page: newest, articles } = document;
            let page = page(set, key, Part::Subscription { newest }, revision, articles);
            Rendered { complete_since, coverage, ..of_feed(set, &page, *format, revision) }
        }
        (Resource::Archive(key, page, format), Selected::Archive(archive)) => {
            let ArchivePage { revision, neighbours, articles } = archive;
            let part = Part::Archive { page: *page, neighbours };
            of_feed(set, &self::page(set, key, part, revision, articles), *format, revision)
        }
        (Resource::Page(Subject::Feed(key), edition), Selected::Overview(overview)) => {
            of_bytes(html::feed(set, *edition, key, &overview))
        }
        (Resource::Page(Subject::Archive(key, page), edition), Selected::Shelf(shelf)) => {
            let bytes = html::archive(set, *edition, key, *page, &shelf);
            Rendered { touched: shelf.touched, ..of_bytes(bytes) }
        }
        (Resource::Page(_, edition), Selected::Reading(reading)) => {
            let (touched, gone) = (reading.touched, reading.article.withdrawn.is_some());
            Rendered { touched, gone, ..of_bytes(html::article(set, *edition, &reading)) }
        }
        (Resource::Sitemap(Sitemap::Feeds), Selected::Survey(survey)) => of_bytes(sitemap::feeds(set, &survey)),
        (_, Selected::Survey(survey)) => of_bytes(sitemap::whole(set, &survey)),
        (_, Selected::Stretch(stretch)) => {
            Rendered { touched: stretch.touched, ..of_bytes(sitemap::articles(set, &stretch.pages)) }
        }
        (_, Selected::News(articles)) => of_bytes(sitemap::news(set, &articles)),
        (Resource::Robots, _) => of_bytes(sitemap::robots(set)),
        (Resource::Asset(asset), _) => of_bytes(html::asset(*asset).to_vec()),
        (_, _) => of_bytes(render::opml(set)),
    }
}

fn of_bytes(bytes: Vec<u8>) -> Rendered {
    Rendered { bytes, ..Rendered::default() }
}

fn of_feed(set: &FeedSet, page: &Page, format: Format, revision: Revision) -> Rendered {
    let (bytes, relations) = (render::feed(page, set, format), render::relations(page, set, format));
    Rendered { bytes, revision: Some(revision), touched: revision.number, relations, ..Rendered::default() }
}

fn page(set: &FeedSet, key: &FeedKey, part: Part, revision: Revision, articles: Vec<Article>) -> Page {
    let mut entries: Vec<Article> = articles.into_iter().map(|article| render::shown(set, article)).collect();
    if let (Part::Subscription { .. }, Some(farewell)) = (part, render::farewell(set, key)) {
        let at = entries.partition_point(|entry| entry.published > farewell.published);
        entries.insert(at, farewell);
    }
    let updated = entries.iter().map(|article| article.updated).max().unwrap_or(revision.time);
    Page { key: key.clone(), part, updated, entries }
}
