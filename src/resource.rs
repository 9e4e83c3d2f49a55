//! Everything that is published, as one enum: its path, its media type and how long it may be cached.
//!
//! Knows nothing of requests, of the store or of bytes: it is route, cache key and export file name at once.

use crate::article::Key;
use crate::feed::FeedKey;

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
    /// The page of all feeds.
    Index,
    /// A feed in one format.
    Feed(FeedKey, Format),
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
        let (stem, extension) = rest.rsplit_once('.')?;
        let format = Format::ALL.into_iter().find(|f| f.extension() == extension)?;
        FeedKey::parse(stem).map(|key| Self::Feed(key, format))
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
            Self::Feed(key, format) => format!("/{key}.{}", format.extension()),
            Self::Article(key) => format!("/articles/{key}"),
            Self::Opml => "/feeds.opml".to_owned(),
            Self::Stylesheet => "/style.css".to_owned(),
        }
    }

    /// The Content-Type header.
    pub fn content_type(&self) -> &'static str {
        match self {
            Self::Index | Self::Article(_) => "text/html; charset=utf-8",
            Self::Feed(_, Format::Atom) => "application/atom+xml; charset=utf-8",
            Self::Feed(_, Format::Rss) => "application/rss+xml; charset=utf-8",
            Self::Feed(_, Format::Json) => "application/feed+json; charset=utf-8",
            Self::Opml => "text/x-opml; charset=utf-8",
            Self::Stylesheet => "text/css; charset=utf-8",
        }
    }

    /// Whether it is a feed.
    pub fn is_feed(&self) -> bool {
        matches!(self, Self::Feed(..))
    }
}
