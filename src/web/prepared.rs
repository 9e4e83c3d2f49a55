//! What most answers have in common, made once: known addresses, header values and counters.
//!
//! Knows nothing that could not be worked out anew from a request: it is here so that a 304 allocates next to nothing.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use arc_swap::{ArcSwap, ArcSwapOption};
use http::{HeaderValue, StatusCode};
use prometheus::IntCounter;

use super::encoding::Coding;
use crate::article::Time;
use crate::feed::FeedKey;
use crate::meters::{self, Meters};
use crate::representation::{TagKind, Validator};
use crate::resource::{Resource, Subject};
use crate::site::Site;
use crate::store::Revision;

/// How long a feed is good after the store has gone, in seconds.
const STALE_IF_ERROR: u32 = 86_400;

/// How long an archive page may be cached, in seconds: it hardly ever changes, but corrections reach it too.
const ARCHIVE_AGE: u32 = 3600;

/// The answers that are counted without looking for their counter.
const USUAL: [StatusCode; 3] = [StatusCode::NOT_MODIFIED, StatusCode::OK, StatusCode::IM_USED];

/// For one site, as long as it is served.
pub struct Prepared {
    places: HashMap<String, Place>,
    /// Cache-Control of feeds that anybody may keep.
    pub feed_policy: HeaderValue,
    /// The same of archive pages.
    pub archive_policy: HeaderValue,
    /// The same of pages.
    pub page_policy: HeaderValue,
    date: ArcSwap<(Time, HeaderValue)>,
    bodies: [IntCounter; 3],
}

/// An address of a stored feed.
pub struct Place {
    /// The feed in its format.
    pub resource: Resource,
    /// Whether it was its address before.
    alias: bool,
    /// How often it has been asked for of late.
    asked: Option<Arc<AtomicU64>>,
    counted: [IntCounter; 3],
    tagged: ArcSwapOption<Tagged>,
}

/// The validators of a revision as header values.
pub struct Tagged {
    revision: Revision,
    /// The shared ETag.
    pub etag: HeaderValue,
    /// The own one.
    pub own_etag: HeaderValue,
    /// Last-Modified.
    pub last_modified: HeaderValue,
}

impl Prepared {
    /// Works everything out.
    pub fn new(site: &Site) -> Self {
        let (set, meters) = (site.set(), site.meters());
        // Those that are queries are found by their queries.
        let paths = set.aliases().filter(|alias| !alias.contains('?'));
        let aliases = paths.filter_map(|path| {
            let feed = Resource::find(set, path, None).filter(|feed| site.asked(feed).is_some())?;
            Some((path.to_owned(), Place { alias: true, ..Place::new(feed, site) }))
        });
        let max_age = format!("public, max-age={}", set.site.max_age);
        Self {
            places: Resource::feeds(set).map(|feed| (feed.path(), Place::new(feed, site))).chain(aliases).collect(),
            feed_policy: value(format!("{max_age}, stale-if-error={STALE_IF_ERROR}")),
            archive_policy: value(format!("public, max-age={ARCHIVE_AGE}")),
            page_policy: value(max_age),
            date: ArcSwap::from_pointee((Time(0), date(Time(0)))),
            bodies: Coding::ALL.map(|coding| meters.body_bytes.with_label_values(&[coding.name()])),
        }
    }

    /// What is known of exactly this path.
    pub fn place(&self, path: &str) -> Option<&Place> {
        self.places.get(path)
    }

    /// A Date; most requests of a second share it.
    pub fn date(&self, now: Time) -> HeaderValue {
        let last = self.date.load();
        if last.0 == now {
            return copied(&last.1);
        }
        let fresh = date(now);
        self.date.store(Arc::new((now, copied(&fresh))));
        fresh
    }

    /// Counts the bytes of a body.
    pub fn count_body(&self, coding: Coding, bytes: u64) {
        self.bodies[coding as usize].inc_by(bytes);
    }
}

impl Place {
    fn new(resource: Resource, site: &Site) -> Self {
        let counter = |status: StatusCode| counter(site.meters(), Some(&resource), status);
        let (counted, asked) = (USUAL.map(counter), site.asked(&resource));
        Self { asked, counted, resource, alias: false, tagged: ArcSwapOption::empty() }
    }

    /// Whether the feed has another address today.
    pub fn is_alias(&self) -> bool {
        self.alias
    }

    /// Remembers that the feed was asked for.
    pub fn note(&self) {
        if let Some(asked) = &self.asked {
            asked.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Counts an answer; `false` if it is none of the usual.
    pub fn count(&self, status: StatusCode) -> bool {
        let usual = USUAL.iter().position(|usual| *usual == status);
        usual.inspect(|at| self.counted[*at].inc()).is_some()
    }

    /// Looks at the validators of this feed's revision, which most requests between two changes share.
    pub fn tagged<T>(&self, revision: Revision, look: impl FnOnce(&Tagged) -> T) -> T {
        match &*self.tagged.load() {
            Some(last) if last.revision == revision => return look(last),
            _ => {}
        }
        let fresh = Arc::new(Tagged::of(revision));
        self.tagged.store(Some(Arc::clone(&fresh)));
        look(&fresh)
    }
}

impl Tagged {
    /// The validators of any revision.
    pub fn of(revision: Revision) -> Self {
        let tag = |kind| value(Validator::Revision(revision).etag(kind));
        let (etag, own_etag) = (tag(TagKind::Shared), tag(TagKind::Own));
        Self { revision, etag, own_etag, last_modified: date(revision.time) }
    }
}

/// The counter of answers about a resource, or about nothing that is published.
pub fn counter(meters: &Meters, resource: Option<&Resource>, status: StatusCode) -> IntCounter {
    let (kind, format) = resource.map_or(("unknown", ""), labels);
    meters.requests.with_label_values(&[kind, format, status.as_str()])
}

/// The counter of answers with files of the media folders.
pub fn media_counter(meters: &Meters, status: StatusCode) -> IntCounter {
    meters.requests.with_label_values(&["media", "", status.as_str()])
}

/// The counter of answers to those who publish.
pub fn api_counter(meters: &Meters, status: StatusCode) -> IntCounter {
    meters.requests.with_label_values(&["api", "json", status.as_str()])
}

/// The kind and the format of a resource, as they are counted.
fn labels(resource: &Resource) -> (&'static str, &'static str) {
    match resource {
        Resource::Feed(key, format) => (kind(key), format.extension()),
        Resource::Archive(.., format) => ("archive", format.extension()),
        Resource::Page(Subject::Feed(_), _) => ("page", "html"),
        Resource::Page(Subject::Archive(..), _) => ("archive", "html"),
        Resource::Page(Subject::Article(_), _) => ("article", "html"),
        Resource::Opml => ("opml", "opml"),
        Resource::Sitemap(_) => ("sitemap", "xml"),
        Resource::Robots => ("robots", "txt"),
        Resource::Asset(_) => ("asset", ""),
    }
}

fn kind(key: &FeedKey) -> &'static str {
    let [all, district, topic, pair, combination] = meters::FEEDS;
    match key {
        FeedKey::All => all,
        FeedKey::District(_) => district,
        FeedKey::Topic(_) => topic,
        FeedKey::Pair(..) => pair,
        FeedKey::Combination(_) => combination,
    }
}

/// An IMF-fixdate (RFC 9110 §5.6.7).
pub fn date(time: Time) -> HeaderValue {
    value(httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(time.0.max(0) as u64)))
}

/// A header value of ours: dates, tags and paths are ASCII, and definitions with control characters are refused.
pub fn value(text: String) -> HeaderValue {
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(""))
}

/// The same in memory of its own. Clones share a count of references, for which cores wait for each other: that takes
/// longer than to copy some thirty bytes.
pub fn copied(value: &HeaderValue) -> HeaderValue {
    HeaderValue::from_bytes(value.as_bytes()).unwrap_or_else(|_| value.clone())
}
