//! The pages for people, in either language: the index, feeds, archive pages, articles, and what is said where there is
//! nothing.
//!
//! Knows nothing of requests; article bodies were cleaned at ingest, and everything else is escaped by the templates.

mod body;
mod words;
mod voice;
mod chart;
mod index;
mod mix;
mod subscribe;
mod archive;
mod article;
mod feed;
mod missing;

use askama::Template;

use crate::feed::{Axis, FeedKey, FeedSet};
use crate::resource::{Asset, Edition, Resource, Subject};
use subscribe::FeedLink;
use voice::{Link, Voice, Worded};
use words::Words;

pub use archive::archive;
pub use article::{article, farewell};
pub use feed::feed;
pub use missing::missing;

/// A file that pages are made with.
pub fn asset(asset: Asset) -> &'static [u8] {
    match asset {
        Asset::Stylesheet => include_bytes!("../../../assets/style.css"),
        Asset::Script => include_bytes!("../../../assets/copy.js"),
        Asset::Icon => include_bytes!("../../../assets/icon.svg"),
        Asset::Favicon => include_bytes!("../../../assets/favicon.ico"),
    }
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

/// The same page in a language: for machines, and to be chosen.
struct Translation {
    lang: String,
    address: String,
    url: String,
    name: &'static str,
    current: bool,
}

/// The frame that every page has around its own part.
struct Frame<'a> {
    voice: Voice<'a>,
    lang: &'a str,
    words: &'static Words,
    root: &'a str,
    home: String,
    site: Worded<'a>,
    /// The text of the browser's title line.
    title: String,
    /// One line on the page for those who have not opened it, with its language.
    description: Option<Worded<'a>>,
    /// The page's own address, or where the article lives; empty for a page that has none.
    canonical: String,
    /// Whether that is elsewhere, so that nothing is said of this page's translations.
    elsewhere: bool,
    /// Whether search engines are to keep it.
    indexed: bool,
    /// Where to subscribe to what the page is about.
    subscribe: String,
    icon: Option<&'a str>,
    /// The same page in each language, the site's own first.
    translations: Vec<Translation>,
    /// Feeds that readers find here, the best first.
    feeds: Vec<FeedLink>,
    districts: Vec<Link<'a>>,
    topics: Vec<Link<'a>>,
    rights: Option<Worded<'a>>,
}

impl<'a> Frame<'a> {
    /// Around a page about something, called so.
    fn new(voice: Voice<'a>, subject: &Subject, name: &str, feeds: Vec<FeedLink>) -> Self {
        let (set, site) = (voice.set, voice.site());
        let links = |axis| set.axis(axis).iter().map(|def| voice.link(def)).collect();
        Self {
            lang: voice.lang(),
            words: voice.words,
            root: root(set),
            home: voice.feed(&FeedKey::All),
            title: voice.full(name),
            description: None,
            canonical: voice.address(subject.clone()),
            elsewhere: false,
            indexed: true,
            subscribe: voice.feed(&FeedKey::All) + subscribe::HERE,
            // One that lies where ours does is ours.
            icon: set.site.icon.as_deref().filter(|icon| !ours().any(|path| icon.ends_with(&path))),
            translations: translations(voice, subject),
            feeds,
            districts: links(Axis::District),
            topics: links(Axis::Topic),
            rights: set.site.rights.as_deref().map(|rights| voice.own(rights)),
            site,
            voice,
        }
    }

    /// The language as Open Graph spells it, if it names a country.
    fn locale(&self) -> Option<String> {
        self.lang
            .split_once('-')
            .filter(|(_, region)| region.len() == 2)
            .map(|(tongue, region)| format!("{tongue}_{region}"))
    }
}

/// The paths of our own icons.
fn ours() -> impl Iterator<Item = String> {
    [Asset::Icon, Asset::Favicon].into_iter().map(|asset| Resource::Asset(asset).path())
}

fn translations(voice: Voice<'_>, subject: &Subject) -> Vec<Translation> {
    let own = if voice.edition == Edition::Own { voice } else { voice.other() };
    let each = [own, own.other()].into_iter().map(|other| Translation {
        lang: other.lang().to_owned(),
        address: other.address(subject.clone()),
        url: other.page(subject.clone()),
        name: other.language.own_name(),
        current: other.edition == voice.edition,
    });
    each.collect()
}

/// A page's bytes.
fn rendered(page: &impl Template) -> Vec<u8> {
    page.render().expect("templates over texts in memory cannot fail").into_bytes()
}
