//! The pages for people: the index of all feeds, and an article's own page.
//!
//! Knows nothing of requests; article bodies were cleaned at ingest, and everything else is escaped by the templates.

use askama::Template;

use super::masthead::description;
use super::{address, title};
use crate::article::{Article, Person, Time};
use crate::feed::{Axis, FeedDef, FeedKey, FeedSet};
use crate::resource::{Format, Resource};

/// What all pages look like.
pub const STYLESHEET: &str = include_str!("../../assets/style.css");

/// A link to a feed in one format.
struct FeedLink {
    media_type: &'static str,
    name: &'static str,
    title: String,
    url: String,
    /// The public address, to be copied.
    address: String,
}

/// The words of a page in one language.
struct Words {
    skip: &'static str,
    what: &'static str,
    opml: &'static str,
    everything: &'static str,
    districts: &'static str,
    topics: &'static str,
    latest: &'static str,
    original: &'static str,
}

const CHINESE: Words = Words {
    skip: "跳到正文",
    what: "把下面的地址放进阅读器，新文章就会自己到来。",
    opml: "全部订阅源（OPML）",
    everything: "全部",
    districts: "区县",
    topics: "专题",
    latest: "最新",
    original: "原文",
};

const ENGLISH: Words = Words {
    skip: "Skip to content",
    what: "Put one of these addresses into a feed reader, and new articles come by themselves.",
    opml: "All feeds (OPML)",
    everything: "Everything",
    districts: "Districts",
    topics: "Topics",
    latest: "Latest",
    original: "Original article",
};

/// What every page has around its own part.
struct Frame<'a> {
    language: &'a str,
    root: &'a str,
    site: &'a str,
    rights: Option<&'a str>,
    feeds: Vec<FeedLink>,
    words: &'static Words,
}

impl<'a> Frame<'a> {
    fn new(set: &'a FeedSet, feeds: Vec<FeedLink>) -> Self {
        Self {
            language: &set.site.language,
            root: root(set),
            site: &set.site.title,
            rights: set.site.rights.as_deref(),
            feeds,
            words: if set.site.language.starts_with("zh") { &CHINESE } else { &ENGLISH },
        }
    }
}

struct Group {
    title: &'static str,
    rows: Vec<Row>,
}

struct Row {
    title: String,
    page: String,
    links: Vec<FeedLink>,
}

struct Entry<'a> {
    url: String,
    title: &'a str,
    language: Option<&'a str>,
    date: String,
    day: String,
}

#[derive(Template)]
#[template(path = "index.html")]
struct IndexPage<'a> {
    frame: Frame<'a>,
    description: Option<&'a str>,
    groups: [Group; 3],
    latest: Vec<Entry<'a>>,
}

#[derive(Template)]
#[template(path = "feed.html")]
struct FeedPage<'a> {
    frame: Frame<'a>,
    canonical: String,
    title: String,
    name: String,
    description: Option<&'a str>,
    latest: Vec<Entry<'a>>,
}

#[derive(Template)]
#[template(path = "article.html")]
struct ArticlePage<'a> {
    frame: Frame<'a>,
    canonical: String,
    elsewhere: bool,
    language: Option<&'a str>,
    title: &'a str,
    date: String,
    day: String,
    authors: &'a [Person],
    labels: Vec<&'a str>,
    body: &'a str,
}

/// The index: every district and topic with its feeds, and the latest articles.
pub fn index(set: &FeedSet, latest: &[Article]) -> Vec<u8> {
    let frame = Frame::new(set, autodiscovery(set));
    let words = frame.words;
    let rows = |axis: Axis| set.axis(axis).iter().map(|def| row(set, &key(def), def.title.clone())).collect();
    let page = IndexPage {
        frame,
        description: set.site.description.as_deref(),
        groups: [
            Group { title: words.everything, rows: vec![row(set, &FeedKey::All, set.site.title.clone())] },
            Group { title: words.districts, rows: rows(Axis::District) },
            Group { title: words.topics, rows: rows(Axis::Topic) },
        ],
        latest: latest.iter().map(|article| entry(set, article)).collect(),
    };
    page.render().expect("templates over texts in memory cannot fail").into_bytes()
}

/// The page of a feed: what it is, where it can be subscribed to, and the latest articles in it.
pub fn feed(set: &FeedSet, key: &FeedKey, latest: &[Article]) -> Vec<u8> {
    let title = title(set, key);
    let page = FeedPage {
        frame: Frame::new(set, links(set, key).collect()),
        canonical: address(&set.site, &Resource::page(key.clone())),
        name: title.strip_suffix(&format!(" · {}", set.site.title)).unwrap_or(&title).to_owned(),
        title,
        description: description(set, key),
        latest: latest.iter().map(|article| entry(set, article)).collect(),
    };
    page.render().expect("templates over texts in memory cannot fail").into_bytes()
}

/// An article's page.
pub fn article(set: &FeedSet, article: &Article) -> Vec<u8> {
    let content = &article.content;
    let labels = [(Axis::District, &article.labels.districts), (Axis::Topic, &article.labels.topics)];
    let defs = labels.iter().flat_map(|(axis, slugs)| slugs.iter().filter_map(|slug| set.get(*axis, slug)));
    let own = address(&set.site, &Resource::Article(article.key.clone()));
    let page = ArticlePage {
        frame: Frame::new(set, links(set, &FeedKey::All).collect()),
        canonical: content.url.clone().unwrap_or(own),
        elsewhere: content.url.is_some(),
        language: content.language.as_deref(),
        title: &content.title,
        date: date(set, article.published),
        day: day(set, article.published),
        authors: if content.authors.is_empty() { &set.site.authors } else { &content.authors },
        labels: defs.map(|def| def.title.as_str()).collect(),
        body: content.html.as_str(),
    };
    page.render().expect("templates over texts in memory cannot fail").into_bytes()
}

/// The path under which the site lies, so that its pages work on whatever host they are looked at.
pub fn root(set: &FeedSet) -> &str {
    let base = &set.site.base_url;
    let host = base.find("://").map_or(0, |at| at + 3);
    base[host..].find('/').map_or("", |at| &base[host + at..])
}

/// A link from one page of the site to another.
pub fn local(set: &FeedSet, resource: &Resource) -> String {
    root(set).to_owned() + &resource.path()
}

fn key(def: &FeedDef) -> FeedKey {
    match def.axis {
        Axis::District => FeedKey::District(def.slug.clone()),
        Axis::Topic => FeedKey::Topic(def.slug.clone()),
    }
}

/// A feed in every format, the best first: readers offer them in this order.
fn links<'a>(set: &'a FeedSet, key: &'a FeedKey) -> impl Iterator<Item = FeedLink> + use<'a> {
    Format::ALL.into_iter().map(move |format| FeedLink {
        media_type: format.media_type(),
        name: format.name(),
        title: format!("{} ({})", title(set, key), format.name()),
        url: local(set, &Resource::Feed(key.clone(), format)),
        address: address(&set.site, &Resource::Feed(key.clone(), format)),
    })
}

/// What a reader finds that is given the site's address: the feed of everything in all formats, then each district
/// and topic in the best one.
fn autodiscovery(set: &FeedSet) -> Vec<FeedLink> {
    let best = set.districts.iter().chain(&set.topics).filter_map(|def| links(set, &key(def)).next());
    links(set, &FeedKey::All).chain(best).collect()
}

fn row(set: &FeedSet, key: &FeedKey, title: String) -> Row {
    Row { links: links(set, key).collect(), page: local(set, &Resource::page(key.clone())), title }
}

fn entry<'a>(set: &FeedSet, article: &'a Article) -> Entry<'a> {
    let own = || local(set, &Resource::Article(article.key.clone()));
    Entry {
        url: article.content.url.clone().unwrap_or_else(own),
        title: &article.content.title,
        language: article.content.language.as_deref(),
        date: date(set, article.published),
        day: day(set, article.published),
    }
}

fn date(set: &FeedSet, time: Time) -> String {
    time.utc().with_timezone(&set.site.time_zone).to_rfc3339()
}

fn day(set: &FeedSet, time: Time) -> String {
    time.utc().with_timezone(&set.site.time_zone).format("%Y-%m-%d %H:%M").to_string()
}
