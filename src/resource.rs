//! Everything that is published, as one enum: its path, its media type and how long it may be cached.
//!
//! Knows nothing of requests, of the store or of bytes: it is route, cache key and export file name at once.

mod lookup;

use crate::article::Key;
use crate::feed::{FeedKey, FeedSet, Site};

/// A feed's format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// Atom 1.0 (RFC 4287).
    Atom,
    /// RSS 2.0.
    Rss,
    /// JSON Feed 1.1.
    Json,
}

impl Format {
    /// All formats, the one with the best dates first.
    pub const ALL: [Self; 3] = [Self::Atom, Self::Rss, Self::Json];

    /// The extension in paths.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Atom => "atom",
            Self::Rss => "rss",
            Self::Json => "json",
        }
    }

    /// The media type, without its charset.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Atom => "application/atom+xml",
            Self::Rss => "application/rss+xml",
            Self::Json => "application/feed+json",
        }
    }

    /// The format that somebody else's address of a feed speaks of: RSS, unless it says `atom` or `json` at its end.
    pub fn told_by(path: &str, query: Option<&str>) -> Self {
        let last = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        let mut words = [last, query.unwrap_or_default()].into_iter().flat_map(|text| text.split(['.', '=', '&', '-']));
        match words.find(|word| ["atom", "json"].contains(word)) {
            Some("atom") => Self::Atom,
            Some(_) => Self::Json,
            None => Self::Rss,
        }
    }

    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Atom => "Atom",
            Self::Rss => "RSS",
            Self::Json => "JSON Feed",
        }
    }
}

/// The subject of a page for people.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A feed: what it is, what it holds, how to subscribe. That of everything is the site's index.
    Feed(FeedKey),
    /// An archive page of a stored feed, by number.
    Archive(FeedKey, i64),
    /// An article.
    Article(Key),
}

/// Whose language a page speaks. Articles are what they are in each; what stands around them differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Edition {
    /// The site's own language.
    Own,
    /// Chinese, at a site that has another language.
    Chinese,
    /// English, at a site that has another language.
    English,
}

impl Edition {
    /// The prefix of the paths of its pages.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Own => "",
            Self::Chinese => "/zh",
            Self::English => "/en",
        }
    }

    /// The editions that a site has: its own, and the one in the language that it does not speak.
    pub fn offered(site: &Site) -> [Self; 2] {
        [Self::Own, if site.is_chinese() { Self::English } else { Self::Chinese }]
    }

    /// The edition of a site to which a path belongs, whatever is there.
    pub fn of_path(site: &Site, path: &str) -> Self {
        let edition = Self::split(path.strip_prefix('/').unwrap_or_default()).0;
        if Self::offered(site).contains(&edition) { edition } else { Self::Own }
    }

    /// The edition of a path below the root, and what the path is without it.
    fn split(name: &str) -> (Self, &str) {
        let below = |edition: Self| Some((edition, name.strip_prefix(&edition.prefix()[1..])?.strip_prefix('/')?));
        [Self::Chinese, Self::English].into_iter().find_map(below).unwrap_or((Self::Own, name))
    }
}

/// Which part of what search engines are told of (sitemaps.org, protocol 0.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sitemap {
    /// All of it; an index of the others, if it is too much for one file.
    Whole,
    /// The pages of feeds.
    Feeds,
    /// The articles of one stretch of the feed of everything, by number.
    Articles(i64),
    /// The articles of the last days.
    News,
}

/// A file of ours that pages are made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Asset {
    /// The style sheet of pages.
    Stylesheet,
    /// The script that copies an address.
    Script,
    /// The icon, to any size.
    Icon,
    /// The icon for those who know but the oldest format.
    Favicon,
}

impl Asset {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Stylesheet, Self::Script, Self::Icon, Self::Favicon];

    /// Its path and its media type.
    fn described(self) -> (&'static str, &'static str) {
        match self {
            Self::Stylesheet => ("/style.css", "text/css; charset=utf-8"),
            Self::Script => ("/copy.js", "text/javascript; charset=utf-8"),
            Self::Icon => ("/icon.svg", "image/svg+xml"),
            Self::Favicon => ("/favicon.ico", "image/x-icon"),
        }
    }
}

/// Something that is published at an address of its own.
///
/// ```
/// use wellhead::feed::FeedKey;
/// use wellhead::resource::{Format, Resource};
///
/// let feed = Resource::parse("/topics/salt.atom").expect("a feed's path");
/// assert!(feed.is_feed());
/// assert_eq!(feed.feed_key().map(FeedKey::to_string).as_deref(), Some("topics/salt"));
/// // Each resource has one path, and its path leads to it.
/// let everything = Resource::Feed(FeedKey::All, Format::Json);
/// assert_eq!(everything.path(), "/feed.json");
/// assert_eq!(Resource::parse(&everything.path()), Some(everything));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Resource {
    /// A page for people.
    Page(Subject, Edition),
    /// A feed in one format.
    Feed(FeedKey, Format),
    /// An archive page of a stored feed, by number, in one format.
    Archive(FeedKey, i64, Format),
    /// The list of all feeds (OPML 2.0).
    Opml,
    /// The sitemap.
    Sitemap(Sitemap),
    /// The robots.txt (RFC 9309).
    Robots,
    /// A file of ours.
    Asset(Asset),
}

impl Resource {
    /// Every stored feed in every format.
    pub fn feeds(set: &FeedSet) -> impl Iterator<Item = Self> {
        set.keys().into_iter().flat_map(|key| Format::ALL.map(|format| Self::Feed(key.clone(), format)))
    }

    /// The page of the site, in its own language.
    pub fn index() -> Self {
        Self::page(FeedKey::All)
    }

    /// The page that belongs to a feed, in the site's own language.
    pub fn page(key: FeedKey) -> Self {
        Self::Page(Subject::Feed(key), Edition::Own)
    }

    /// The page of an article, in the site's own language.
    pub fn article(key: Key) -> Self {
        Self::Page(Subject::Article(key), Edition::Own)
    }

    /// The resource that is published at exactly this path, if anything.
    pub fn parse(path: &str) -> Option<Self> {
        if let Some(asset) = Asset::ALL.into_iter().find(|asset| asset.described().0 == path) {
            return Some(Self::Asset(asset));
        }
        let name = path.strip_prefix('/')?;
        match name {
            "feeds.opml" => Some(Self::Opml),
            "robots.txt" => Some(Self::Robots),
            "sitemap.xml" => Some(Self::Sitemap(Sitemap::Whole)),
            "news-sitemap.xml" => Some(Self::Sitemap(Sitemap::News)),
            "sitemaps/feeds.xml" => Some(Self::Sitemap(Sitemap::Feeds)),
            _ => match name.strip_prefix("sitemaps/").and_then(|part| part.strip_suffix(".xml")) {
                Some(part) => page_number(part).map(|part| Self::Sitemap(Sitemap::Articles(part))),
                None => Self::of_feed(name, FeedKey::parse),
            },
        }
    }

    /// A feed or an archive page or, without a format's extension, a page.
    fn of_feed(name: &str, key: impl Fn(&str) -> Option<FeedKey>) -> Option<Self> {
        let Some((stem, extension)) = name.rsplit_once('.') else {
            let (edition, name) = Edition::split(name);
            return Self::subject(name, key).map(|subject| Self::Page(subject, edition));
        };
        let format = Format::ALL.into_iter().find(|format| format.extension() == extension)?;
        match Self::archive(stem, &key) {
            Some((key, page)) => Some(Self::Archive(key, page, format)),
            None => key(stem).map(|key| Self::Feed(key, format)),
        }
    }

    fn subject(name: &str, key: impl Fn(&str) -> Option<FeedKey>) -> Option<Subject> {
        if name.is_empty() {
            return Some(Subject::Feed(FeedKey::All));
        }
        if let Some(article) = name.strip_prefix("articles/") {
            return Key::parse(article).map(Subject::Article);
        }
        match Self::archive(name, &key) {
            Some((key, page)) => Some(Subject::Archive(key, page)),
            None => key(name).filter(|key| *key != FeedKey::All).map(Subject::Feed),
        }
    }

    /// The feed and the number of an archive page.
    fn archive(name: &str, key: impl Fn(&str) -> Option<FeedKey>) -> Option<(FeedKey, i64)> {
        if let Some(number) = name.strip_prefix("archive/") {
            return Some((FeedKey::All, page_number(number)?));
        }
        let (feed, number) = name.rsplit_once("/archive/")?;
        let key = key(feed).filter(|key| key.is_stored() && *key != FeedKey::All)?;
        Some((key, page_number(number)?))
    }

    /// The canonical path.
    pub fn path(&self) -> String {
        match self {
            Self::Page(subject, edition) => {
                let prefix = edition.prefix();
                match subject {
                    Subject::Feed(FeedKey::All) => format!("{prefix}/"),
                    Subject::Feed(key) => format!("{prefix}/{key}"),
                    Subject::Archive(key, page) => format!("{prefix}{}", archive_path(key, *page)),
                    Subject::Article(key) => format!("{prefix}/articles/{key}"),
                }
            }
            Self::Feed(key, format) => format!("/{key}.{}", format.extension()),
            Self::Archive(key, page, format) => format!("{}.{}", archive_path(key, *page), format.extension()),
            Self::Opml => "/feeds.opml".to_owned(),
            Self::Sitemap(Sitemap::Whole) => "/sitemap.xml".to_owned(),
            Self::Sitemap(Sitemap::News) => "/news-sitemap.xml".to_owned(),
            Self::Sitemap(Sitemap::Feeds) => "/sitemaps/feeds.xml".to_owned(),
            Self::Sitemap(Sitemap::Articles(part)) => format!("/sitemaps/{part}.xml"),
            Self::Robots => "/robots.txt".to_owned(),
            Self::Asset(asset) => asset.described().0.to_owned(),
        }
    }

    /// The Content-Type header.
    pub fn content_type(&self) -> &'static str {
        match self {
            Self::Page(..) => "text/html; charset=utf-8",
            Self::Feed(_, Format::Atom) | Self::Archive(.., Format::Atom) => "application/atom+xml; charset=utf-8",
            Self::Feed(_, Format::Rss) | Self::Archive(.., Format::Rss) => "application/rss+xml; charset=utf-8",
            Self::Feed(_, Format::Json) | Self::Archive(.., Format::Json) => "application/feed+json; charset=utf-8",
            Self::Opml => "text/x-opml; charset=utf-8",
            Self::Sitemap(_) => "application/xml; charset=utf-8",
            Self::Robots => "text/plain; charset=utf-8",
            Self::Asset(asset) => asset.described().1,
        }
    }

    /// Whether it is a feed or a part of one.
    pub fn is_feed(&self) -> bool {
        matches!(self, Self::Feed(..) | Self::Archive(..))
    }

    /// Whether it hardly ever changes: only if an old article does.
    pub fn is_archive(&self) -> bool {
        matches!(self, Self::Archive(..))
    }

    /// Whether it is a page for people.
    pub fn is_page(&self) -> bool {
        matches!(self, Self::Page(..))
    }

    /// The feed that it is or is a part of, or whose page it is.
    pub fn feed_key(&self) -> Option<&FeedKey> {
        match self {
            Self::Page(Subject::Feed(key) | Subject::Archive(key, _), _) => Some(key),
            Self::Feed(key, _) | Self::Archive(key, ..) => Some(key),
            _ => None,
        }
    }
}

fn archive_path(key: &FeedKey, page: i64) -> String {
    if *key == FeedKey::All { format!("/archive/{page}") } else { format!("/{key}/archive/{page}") }
}

/// A page's number, spelled in the one way: no zeros before it, and few enough digits to be counted with.
fn page_number(text: &str) -> Option<i64> {
    const DIGITS: usize = 12;
    let page: i64 = text.parse().ok().filter(|_| text.len() <= DIGITS)?;
    (page.to_string() == text).then_some(page)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::Slug;
    use proptest::prelude::*;

    fn resource() -> impl Strategy<Value = Resource> {
        let slugs = || {
            let slug = "[a-z0-9]{1,3}(-[a-z0-9]{1,3})?".prop_filter_map("a slug", |text| Slug::parse(&text));
            prop::collection::vec(slug, 0..4)
        };
        let key = (slugs(), slugs()).prop_filter_map("at most three of each", |(d, t)| FeedKey::of(d, t));
        let edition = prop::sample::select(vec![Edition::Own, Edition::Chinese, Edition::English]);
        (key, edition, 0usize..15, any::<u64>()).prop_map(|(key, edition, kind, own_id)| {
            let page = own_id as i64 % 1000 - 500;
            match kind {
                0 => Resource::Robots,
                1 => Resource::Opml,
                2 => Resource::Asset(Asset::ALL[own_id as usize % 4]),
                3 => Resource::Page(Subject::Article(Key::derive("local", &own_id.to_string())), edition),
                4 => Resource::Sitemap(Sitemap::Articles(page)),
                5 => Resource::Sitemap([Sitemap::Whole, Sitemap::Feeds, Sitemap::News][own_id as usize % 3]),
                6..9 => Resource::Feed(key, Format::ALL[kind - 6]),
                9..12 if key.is_stored() => Resource::Archive(key, page, Format::ALL[kind - 9]),
                12 if key.is_stored() => Resource::Page(Subject::Archive(key, page), edition),
                _ => Resource::Page(Subject::Feed(key), edition),
            }
        })
    }

    proptest! {
        #[test]
        fn what_is_at_a_resource_s_path_is_that_resource(resource in resource()) {
            prop_assert_eq!(Resource::parse(&resource.path()), Some(resource));
        }

        #[test]
        fn every_resource_has_one_path(path in "(/en|/zh)?/(districts/[ab+]{1,5}|topics/[ab+]{1,5}|feed|x)?(/topics/[ab+]{1,4})?(/archive/-?[0-9])?(.atom|/)?") {
            if let Some(resource) = Resource::parse(&path) {
                prop_assert_eq!(resource.path(), path);
            }
        }
    }

    #[test]
    fn an_archive_page_is_named_by_a_number_in_one_spelling() {
        let page = |path: &str| Resource::parse(path).map(|resource| resource.path() == path);
        for path in
            ["/archive/3.atom", "/archive/0.rss", "/archive/-12.json", "/districts/daan/archive/1.atom", "/archive/3"]
        {
            assert_eq!(page(path), Some(true), "{path}");
        }
        assert_eq!(page("/districts/daan/topics/salt/archive/7.rss"), Some(true));
        for path in [
            "/archive/03.atom",
            "/archive/-0.atom",
            "/archive/+1.atom",
            "/archive/.atom",
            "/archive/1234567890123.atom",
            "/feed/archive/3.atom",
            "/districts/daan+yantan/archive/1.atom",
            "/archive/1/archive/1.atom",
            "/en/archive/03",
            "/en/archive/3.atom",
        ] {
            assert_eq!(page(path), None, "{path}");
        }
    }
}
