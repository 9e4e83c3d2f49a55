//! The words of the trade: drafts, articles, their identity, dates and status.
//!
//! Knows nothing of files, stores, feeds or clocks: no I/O, and `now` is always somebody's argument.

use std::fmt;

use chrono::{DateTime, TimeZone, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

/// A moment in whole seconds since 1970-01-01T00:00:00Z. Feeds, HTTP dates and revisions know nothing finer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Time(pub i64);

/// The first and last moments a feed can carry: years 1 to 9999, all that RFC 3339 and RFC 822 dates can spell.
const REPRESENTABLE: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;

impl Time {
    /// Reads an RFC 3339 date-time; fractions of a second are cut off.
    pub fn parse(text: &str) -> Result<Self, DateError> {
        let refused = || DateError(text.chars().take(DateError::MAX_SHOWN).collect());
        let parsed = DateTime::parse_from_rfc3339(text).map_err(|_| refused())?;
        let time = Self(parsed.timestamp());
        if REPRESENTABLE.contains(&time.0) { Ok(time) } else { Err(refused()) }
    }

    /// The same moment as chrono has it, for rendering in a time zone.
    pub fn utc(self) -> DateTime<Utc> {
        let clamped = self.0.clamp(*REPRESENTABLE.start(), *REPRESENTABLE.end());
        Utc.timestamp_opt(clamped, 0).single().expect("a clamped timestamp is representable")
    }

    /// This many seconds later (earlier, if negative).
    #[must_use]
    pub fn plus(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }
}

/// RFC 3339 in UTC, for messages and tables; feeds render in the site's time zone.
impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.utc().to_rfc3339_opts(chrono::SecondsFormat::Secs, true))
    }
}

/// A date that is not RFC 3339: its beginning.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0:?} is not an RFC 3339 date such as 2026-11-23T09:15:00+08:00")]
pub struct DateError(pub String);

impl DateError {
    /// The longest part of such a date that is shown, in characters.
    const MAX_SHOWN: usize = 100;
}

/// An article's short permanent name: 16 characters of base32, a hash of its source and the source's own id.
///
/// It stands in the article's id and address, so the function that makes it can never change (rule 4).
///
/// ```
/// use wellhead::article::Key;
///
/// // The same source and id give the same key, whenever and wherever the article comes in.
/// let key = Key::derive("local", "stone-bridge");
/// assert_eq!(key, Key::derive("local", "stone-bridge"));
/// assert_ne!(key, Key::derive("other", "stone-bridge"));
/// assert_eq!(Key::parse(key.as_str()), Some(key));
/// assert_eq!(Key::parse("stone-bridge"), None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Key(String);

impl Key {
    /// 80 bits: a newsroom with a million articles meets a collision with a chance of one in two million million.
    const LENGTH: usize = 16;

    /// The key of what `source` calls `own_id`.
    pub fn derive(source: &str, own_id: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update((source.len() as u64).to_be_bytes());
        hash.update(source.as_bytes());
        hash.update(own_id.as_bytes());
        Self(data_encoding::BASE32_NOPAD.encode(&hash.finalize()[..10]).to_ascii_lowercase())
    }

    /// Reads a key as it stands in an address or in the store; `None` if it cannot be one.
    pub fn parse(text: &str) -> Option<Self> {
        let spelled = |c: u8| c.is_ascii_lowercase() || (b'2'..=b'7').contains(&c);
        (text.len() == Self::LENGTH && text.bytes().all(spelled)).then(|| Self(text.to_owned()))
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// HTML that readers keep and that may stand in a feed or a page as it is.
///
/// Only `ingest::html` makes it from foreign text; the store gives back what it was given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Html(String);

impl Html {
    /// Takes over HTML that is already clean: called by the sanitiser and by the store, and by nobody else.
    pub(crate) fn trusted(html: String) -> Self {
        Self(html)
    }

    /// The markup.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether there is no body at all: a headline.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A person or desk named as author (RFC 4287 §3.2).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// The name as it is to be read.
    pub name: String,
    /// A page about them, absolute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// An article's lead image.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Image {
    /// Where it lies, absolute.
    pub url: String,
    /// Its media type, such as `image/jpeg`.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// Pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// What it shows, for those who cannot see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alt: Option<String>,
}

/// A file that belongs to an article (RSS 2.0 `enclosure`, JSON Feed `attachments`).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Enclosure {
    /// Where it lies, absolute; it is never fetched.
    pub url: String,
    /// Its media type, such as `audio/mpeg`.
    #[serde(rename = "type")]
    pub media_type: String,
    /// Bytes, as its source says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<u64>,
    /// Seconds of sound or film.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration: Option<u64>,
}

/// Where an article stands in its life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// To be seen by everybody.
    #[default]
    Published,
    /// Not to be seen yet.
    Draft,
    /// Taken back.
    Withdrawn,
}

/// The slug of a district or topic: the stem of its definition file, of lower-case letters, digits and hyphens.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Slug(String);

impl Slug {
    /// The longest slug: long enough for words, short enough for a path of six.
    pub const MAX_LENGTH: usize = 64;

    /// Reads a slug; `None` if it is empty, too long, or holds anything but `a-z`, `0-9` and inner hyphens.
    pub fn parse(text: &str) -> Option<Self> {
        let spelled = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
        let framed = !text.starts_with('-') && !text.ends_with('-');
        ((1..=Self::MAX_LENGTH).contains(&text.len()) && framed && text.bytes().all(spelled))
            .then(|| Self(text.to_owned()))
    }

    /// The slug as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The districts and topics an article belongs to, each sorted and without repetition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Labels {
    /// Slugs of districts.
    pub districts: Vec<Slug>,
    /// Slugs of topics.
    pub topics: Vec<Slug>,
}

/// All that an article says and all that is rendered of it, but for its identity, dates and labels.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Content {
    /// Plain text, one line.
    pub title: String,
    /// Plain text; never empty (an article without a body repeats its title here).
    pub summary: String,
    /// The body; empty for a bare headline.
    pub html: Html,
    /// Where the article lives, absolute, if not with us.
    pub url: Option<String>,
    /// Its own authors; without any, the site's are meant.
    pub authors: Vec<Person>,
    /// Free keywords beside districts and topics.
    pub tags: Vec<String>,
    /// BCP 47, if it differs from the site's.
    pub language: Option<String>,
    /// The lead image.
    pub image: Option<Image>,
    /// Files; RSS carries the first as its enclosure.
    pub enclosures: Vec<Enclosure>,
    /// A note on the correction, if there was one.
    pub note: Option<String>,
}

/// A stored article, as every renderer sees it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Article {
    /// Its short permanent name.
    pub key: Key,
    /// Its permanent id, the same in every format and feed (RFC 4287 §4.2.6).
    pub id: String,
    /// The id by which readers of a feed knew it before it came to us, if they did: RSS and JSON Feed carry it as it
    /// is. It is also `id` if it is an absolute IRI, which Atom insists on.
    pub guid: Option<String>,
    /// When it first became public; never moves.
    pub published: Time,
    /// When it last changed in a way its editors call significant.
    pub updated: Time,
    /// The feeds it belongs to.
    pub labels: Labels,
    /// Its content, or its last content before it was withdrawn.
    pub content: Content,
    /// Why it was withdrawn, in the editors' words, which may be none; `None` while it is published.
    pub withdrawn: Option<String>,
}

impl Article {
    /// The id in formats that take any text for one.
    pub fn guid(&self) -> &str {
        self.guid.as_deref().unwrap_or(&self.id)
    }
}

/// An article as one source brings it, before anything is decided about it: the fields of the design's JSON article.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Article)]
pub struct Draft {
    /// The source's own id; in the body of a PUT it may be left out, since the address names it.
    #[serde(default)]
    pub id: String,
    /// The headline.
    pub title: String,
    /// The body as HTML, not yet trusted. At most one of `html`, `text` and `markdown` is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub html: Option<String>,
    /// The body as plain text: paragraphs apart by empty lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The body as CommonMark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub markdown: Option<String>,
    /// A plain-text summary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// The canonical address, if the article lives elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Authors.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authors: Vec<Person>,
    /// RFC 3339; the time of the first import unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<String>,
    /// RFC 3339; `published` unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated: Option<String>,
    /// Slugs; `None` leaves it to the rules.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub districts: Option<Vec<String>>,
    /// Slugs; `None` leaves it to the rules.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topics: Option<Vec<String>>,
    /// Free keywords.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// BCP 47.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// The lead image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<Image>,
    /// Files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub enclosures: Vec<Enclosure>,
    /// A correction's note.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Whether it is to be seen.
    #[serde(default)]
    pub status: Status,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_a_fixed_function_of_source_and_own_id() {
        // If this fails, every subscriber sees every article again.
        assert_eq!(Key::derive("local", "20261123-lantern").as_str(), "kesfbyk2rambu4pj");
        assert_ne!(Key::derive("a", "bc"), Key::derive("ab", "c"));
        assert!(Key::parse(Key::derive("local", "盐井").as_str()).is_some());
        assert!(Key::parse("../../etc/passwd").is_none());
    }

    #[test]
    fn dates_that_no_feed_can_spell_are_refused() {
        assert_eq!(Time::parse("2026-11-23T09:15:00.9+08:00"), Ok(Time(1_795_396_500)));
        assert!(Time::parse("2026-11-23").is_err());
        assert!(Time::parse("+12026-11-23T09:15:00Z").is_err());
    }

    #[test]
    fn slugs_are_plain() {
        assert!(Slug::parse("daan").is_some() && Slug::parse("a-1").is_some());
        for bad in ["", "Daan", "大安", "a+b", "-a", "a-", "a/b", &"a".repeat(65)] {
            assert!(Slug::parse(bad).is_none(), "{bad}");
        }
    }
}
