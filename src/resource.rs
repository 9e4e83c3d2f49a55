//! Everything that is published, as one enum: its path, its media type and how long it may be cached.
//!
//! Knows nothing of requests, of the store or of bytes: it is route, cache key and export file name at once.

use crate::article::Key;
use crate::feed::{FeedKey, FeedSet};

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

/// Something that is published at an address of its own.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Resource {
    /// The page of all feeds, which is also that of the feed of everything.
    Index,
    /// The page of any other feed, for people: made by [`Resource::page`] alone.
    Page(FeedKey),
    /// A feed in one format.
    Feed(FeedKey, Format),
    /// An archive page of a stored feed, by number, in one format.
    Archive(FeedKey, i64, Format),
    /// An article's page.
    Article(Key),
    /// The list of all feeds (OPML 2.0).
    Opml,
    /// What pages look like.
    Stylesheet,
}

/// Addresses that readers try before they look for autodiscovery links; they answer with the feed of everything.
const GUESSES: [(&str, Format); 6] = [
    ("/atom.xml", Format::Atom),
    ("/feed", Format::Rss),
    ("/rss", Format::Rss),
    ("/rss.xml", Format::Rss),
    ("/feed.xml", Format::Rss),
    ("/index.xml", Format::Rss),
];

impl Resource {
    /// Every stored feed in every format.
    pub fn feeds(set: &FeedSet) -> impl Iterator<Item = Self> {
        set.keys().into_iter().flat_map(|key| Format::ALL.map(|format| Self::Feed(key.clone(), format)))
    }

    /// The page that belongs to a feed.
    pub fn page(key: FeedKey) -> Self {
        if key == FeedKey::All { Self::Index } else { Self::Page(key) }
    }

    /// What is published at exactly this path, if anything.
    pub fn parse(path: &str) -> Option<Self> {
        let rest = path.strip_prefix('/')?;
        match rest {
            "" => return Some(Self::Index),
            "feeds.opml" => return Some(Self::Opml),
            "style.css" => return Some(Self::Stylesheet),
            _ => {}
        }
        if let Some(key) = rest.strip_prefix("articles/") {
            return Key::parse(key).map(Self::Article);
        }
        Self::of_feed(rest, FeedKey::parse)
    }

    /// What is meant by a path that names a combination in another order, with repetitions or with an encoded `+`.
    pub fn canonical(path: &str) -> Option<Self> {
        let plain = path.replace("%2B", "+").replace("%2b", "+");
        Self::of_feed(plain.strip_prefix('/')?, FeedKey::parse_any_order)
    }

    /// A feed or an archive page or, without a format's extension, a feed's page.
    fn of_feed(name: &str, key: impl Fn(&str) -> Option<FeedKey>) -> Option<Self> {
        let Some((stem, extension)) = name.rsplit_once('.') else {
            return key(name).filter(|key| *key != FeedKey::All).map(Self::Page);
        };
        let format = Format::ALL.into_iter().find(|format| format.extension() == extension)?;
        if let Some(number) = stem.strip_prefix("archive/") {
            return page_number(number).map(|page| Self::Archive(FeedKey::All, page, format));
        }
        let Some((feed, number)) = stem.rsplit_once("/archive/") else {
            return key(stem).map(|key| Self::Feed(key, format));
        };
        let key = key(feed).filter(|key| key.is_stored() && *key != FeedKey::All)?;
        page_number(number).map(|page| Self::Archive(key, page, format))
    }

    /// What is published under these definitions at this address, or was there before: at an alias, or under a former name
    /// of a district or topic.
    pub fn find(set: &FeedSet, path: &str, query: Option<&str>) -> Option<Self> {
        let aliased = set.aliased(path, query).map(|key| Self::Feed(key.clone(), Format::told_by(path, query)));
        aliased.or_else(|| Self::parse(path).map(|resource| resource.present(set))).or_else(|| Self::guess(path))
    }

    /// The same with districts and topics as they are named today.
    pub fn present(self, set: &FeedSet) -> Self {
        match self {
            Self::Page(key) => Self::page(set.present(key)),
            Self::Feed(key, format) => Self::Feed(set.present(key), format),
            Self::Archive(key, page, format) => Self::Archive(set.present(key), page, format),
            other => other,
        }
    }

    /// What is meant by a path that readers guess, if it is one.
    pub fn guess(path: &str) -> Option<Self> {
        let path = if path.len() > 1 { path.strip_suffix('/').unwrap_or(path) } else { path };
        GUESSES.iter().find(|(guess, _)| *guess == path).map(|(_, format)| Self::Feed(FeedKey::All, *format))
    }

    /// The canonical path.
    pub fn path(&self) -> String {
        match self {
            Self::Index => "/".to_owned(),
            Self::Page(key) => format!("/{key}"),
            Self::Feed(key, format) => format!("/{key}.{}", format.extension()),
            Self::Archive(FeedKey::All, page, format) => format!("/archive/{page}.{}", format.extension()),
            Self::Archive(key, page, format) => format!("/{key}/archive/{page}.{}", format.extension()),
            Self::Article(key) => format!("/articles/{key}"),
            Self::Opml => "/feeds.opml".to_owned(),
            Self::Stylesheet => "/style.css".to_owned(),
        }
    }

    /// The Content-Type header.
    pub fn content_type(&self) -> &'static str {
        match self {
            Self::Index | Self::Page(_) | Self::Article(_) => "text/html; charset=utf-8",
            Self::Feed(_, Format::Atom) | Self::Archive(.., Format::Atom) => "application/atom+xml; charset=utf-8",
            Self::Feed(_, Format::Rss) | Self::Archive(.., Format::Rss) => "application/rss+xml; charset=utf-8",
            Self::Feed(_, Format::Json) | Self::Archive(.., Format::Json) => "application/feed+json; charset=utf-8",
            Self::Opml => "text/x-opml; charset=utf-8",
            Self::Stylesheet => "text/css; charset=utf-8",
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
        matches!(self, Self::Index | Self::Page(_) | Self::Article(_))
    }

    /// The feed that it is or is a part of, or whose page it is.
    pub fn feed_key(&self) -> Option<&FeedKey> {
        match self {
            Self::Index => Some(&FeedKey::All),
            Self::Page(key) | Self::Feed(key, _) | Self::Archive(key, ..) => Some(key),
            Self::Article(_) | Self::Opml | Self::Stylesheet => None,
        }
    }
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
        (key, 0usize..11, any::<u64>()).prop_map(|(key, kind, own_id)| match kind {
            0 => Resource::Index,
            1 => Resource::Opml,
            2 => Resource::Stylesheet,
            3 => Resource::Article(Key::derive("local", &own_id.to_string())),
            n if n > 7 && key.is_stored() => Resource::Archive(key, own_id as i64 % 1000 - 500, Format::ALL[n - 8]),
            4 | 8.. => Resource::page(key),
            n => Resource::Feed(key, Format::ALL[n - 5]),
        })
    }

    proptest! {
        #[test]
        fn what_is_at_a_resource_s_path_is_that_resource(resource in resource()) {
            prop_assert_eq!(Resource::parse(&resource.path()), Some(resource));
        }

        #[test]
        fn every_resource_has_one_path(path in "/(districts/[ab+]{1,5}|topics/[ab+]{1,5}|feed|x)(/topics/[ab+]{1,4})?(.atom)?") {
            if let Some(resource) = Resource::parse(&path) {
                prop_assert_eq!(resource.path(), path);
            } else if let Some(meant) = Resource::canonical(&path) {
                prop_assert_eq!(Resource::parse(&meant.path()), Some(meant));
            }
        }
    }

    #[test]
    fn an_archive_page_is_named_by_a_number_in_one_spelling() {
        let page = |path: &str| Resource::parse(path).map(|resource| resource.path() == path);
        for path in ["/archive/3.atom", "/archive/0.rss", "/archive/-12.json", "/districts/daan/archive/1.atom"] {
            assert_eq!(page(path), Some(true), "{path}");
        }
        assert_eq!(page("/districts/daan/topics/salt/archive/7.rss"), Some(true));
        for path in [
            "/archive/03.atom",
            "/archive/-0.atom",
            "/archive/+1.atom",
            "/archive/.atom",
            "/archive/3",
            "/archive/1234567890123.atom",
            "/feed/archive/3.atom",
            "/districts/daan+yantan/archive/1.atom",
            "/archive/1/archive/1.atom",
        ] {
            assert_eq!(page(path), None, "{path}");
        }
    }

    #[test]
    fn a_combination_in_another_order_is_understood() {
        let path = |path: &str| Resource::canonical(path).map(|resource| resource.path());
        assert_eq!(path("/districts/yantan+daan.rss").as_deref(), Some("/districts/daan+yantan.rss"));
        assert_eq!(path("/topics/salt%2Broad").as_deref(), Some("/topics/road+salt"));
        assert_eq!(path("/districts/a+b+c+d.rss"), None);
    }
}
