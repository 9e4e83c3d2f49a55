//! What feeds there are: the site, its districts and topics as defined in feeds/*.toml, and the key of every feed.
//!
//! Knows nothing of articles' texts, of the store, or of how a feed looks when it is written out.

pub mod classify;
pub mod load;
mod sheet;
mod spelling;
pub mod window;

use std::fmt;

use chrono_tz::Tz;

use crate::article::{Person, Slug};
use classify::Classifier;

/// One of the two ways in which a newsroom is divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Axis {
    /// Where.
    District,
    /// What about.
    Topic,
}

impl Axis {
    /// The plural that stands in paths, keys and folder names.
    pub fn plural(self) -> &'static str {
        match self {
            Self::District => "districts",
            Self::Topic => "topics",
        }
    }
}

/// The name of a stored feed. As text it is also its path without a format: `districts/daan/topics/salt`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FeedKey {
    /// Everything.
    All,
    /// One district.
    District(Slug),
    /// One topic.
    Topic(Slug),
    /// A district's articles on a topic.
    Pair(Slug, Slug),
}

impl FeedKey {
    /// Reads what `Display` writes; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.split('/').collect();
        match parts[..] {
            ["feed"] => Some(Self::All),
            ["districts", d] => Slug::parse(d).map(Self::District),
            ["topics", t] => Slug::parse(t).map(Self::Topic),
            ["districts", d, "topics", t] => Some(Self::Pair(Slug::parse(d)?, Slug::parse(t)?)),
            _ => None,
        }
    }

    /// The district whose articles it holds, if it holds one district's only.
    pub fn district(&self) -> Option<&Slug> {
        match self {
            Self::District(d) | Self::Pair(d, _) => Some(d),
            Self::All | Self::Topic(_) => None,
        }
    }

    /// The topic whose articles it holds, if it holds one topic's only.
    pub fn topic(&self) -> Option<&Slug> {
        match self {
            Self::Topic(t) | Self::Pair(_, t) => Some(t),
            Self::All | Self::District(_) => None,
        }
    }
}

impl fmt::Display for FeedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("feed"),
            Self::District(d) => write!(f, "districts/{d}"),
            Self::Topic(t) => write!(f, "topics/{t}"),
            Self::Pair(d, t) => write!(f, "districts/{d}/topics/{t}"),
        }
    }
}

/// The site, from feeds/site.toml.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// The newsroom's name.
    pub title: String,
    /// Its name in English, if it has one.
    pub title_en: Option<String>,
    /// One line on what it publishes.
    pub description: Option<String>,
    /// Where it is published: scheme, host and perhaps a path, without a slash at the end.
    pub base_url: String,
    /// BCP 47, such as `zh-CN`.
    pub language: String,
    /// Who signs articles that name nobody.
    pub authors: Vec<Person>,
    /// The copyright line.
    pub rights: Option<String>,
    /// A square icon, absolute.
    pub icon: Option<String>,
    /// The authority in article ids (RFC 4151): a domain the newsroom owned on the first day of `year`. Never changed.
    pub authority: String,
    /// The year in article ids. Never changed.
    pub year: u16,
    /// The zone in which dates are written.
    pub time_zone: Tz,
    /// Seconds for which a feed may be cached: 300, 600 or 900.
    pub max_age: u32,
}

/// One district or topic, from a file whose stem is its slug.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedDef {
    /// Which of the two it is.
    pub axis: Axis,
    /// Its name in paths and labels.
    pub slug: Slug,
    /// Its name for people.
    pub title: String,
    /// Its name in English, if it has one.
    pub title_en: Option<String>,
    /// One line on what it holds.
    pub description: Option<String>,
    /// A district's administrative code (GB/T 2260).
    pub code: Option<String>,
}

/// All definitions together, checked, with the classifier made from their rules.
#[derive(Debug)]
pub struct FeedSet {
    /// The site.
    pub site: Site,
    /// The districts, by code if they have codes, then by slug.
    pub districts: Vec<FeedDef>,
    /// The topics, by slug.
    pub topics: Vec<FeedDef>,
    /// What places an article that brings no labels.
    pub classifier: Classifier,
}

impl FeedSet {
    /// The same definitions at another public address, or the reason why it cannot be one.
    pub fn with_base_url(mut self, base_url: &str) -> Result<Self, &'static str> {
        self.site.base_url = spelling::base_url(base_url)?;
        Ok(self)
    }

    /// The definition behind a slug.
    pub fn get(&self, axis: Axis, slug: &Slug) -> Option<&FeedDef> {
        self.axis(axis).iter().find(|def| def.slug == *slug)
    }

    /// All definitions of one axis.
    pub fn axis(&self, axis: Axis) -> &[FeedDef] {
        match axis {
            Axis::District => &self.districts,
            Axis::Topic => &self.topics,
        }
    }

    /// Whether every slug in the key is defined.
    pub fn defines(&self, key: &FeedKey) -> bool {
        key.district().is_none_or(|d| self.get(Axis::District, d).is_some())
            && key.topic().is_none_or(|t| self.get(Axis::Topic, t).is_some())
    }

    /// Every stored feed: everything, the districts, the topics, then every pair of them.
    pub fn keys(&self) -> Vec<FeedKey> {
        let districts = self.districts.iter().map(|d| FeedKey::District(d.slug.clone()));
        let topics = self.topics.iter().map(|t| FeedKey::Topic(t.slug.clone()));
        let pairs = self
            .districts
            .iter()
            .flat_map(|d| self.topics.iter().map(move |t| FeedKey::Pair(d.slug.clone(), t.slug.clone())));
        std::iter::once(FeedKey::All).chain(districts).chain(topics).chain(pairs).collect()
    }
}
