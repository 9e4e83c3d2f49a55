//! What is wrong with a newsroom, or worth a look: definitions that catch nothing, feeds that have gone quiet, articles
//! that are nowhere or there twice, and anything in the store that breaks a rule of the design.
//!
//! Knows nothing of SQL or of how findings are shown; it reads everything once and changes nothing. What is under
//! embargo is not named.

use std::collections::{BTreeMap, HashSet};

use serde::Serialize;

use crate::article::{Key, Slug, Time};
use crate::feed::headlines::near_pairs;
use crate::feed::window::{MAX_BYTES, MAX_ENTRIES, WINDOW};
use crate::feed::{Axis, FeedKey, FeedSet};
use crate::ingest::{clean, html, text};
use crate::media;
use crate::store::stored::Stored;
use crate::store::{Broken, Measured, Store, StoreError};

/// Seconds after which a feed without a new entry has gone quiet: 90 days.
pub const QUIET: i64 = 90 * 24 * 60 * 60;

/// Seconds within which headlines are compared: 30 days.
pub const RECENT: i64 = 30 * 24 * 60 * 60;

/// The most headlines that are compared, the latest first: they take a few seconds.
pub const MAX_HEADLINES: usize = 20_000;

/// The share of a document's room, in percent, from which on a feed has come near to its limits.
const NEAR: u64 = 80;

/// How many seconds the last revision may lie ahead of now: each of a burst of them is dated a second later than the one
/// before it.
const BURST: i64 = 60 * 60;

/// Articles that are read at once.
const ROWS: u32 = 500;

/// An article by its key and headline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Named {
    /// Its key.
    pub key: Key,
    /// Its headline.
    pub title: String,
}

/// One thing that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "finding", rename_all = "kebab-case")]
pub enum Finding {
    /// Something in the store breaks a rule of the design.
    Broken {
        /// Which rule.
        rule: &'static str,
        /// What is wrong, and where.
        what: String,
    },
    /// A district, a topic or the feed of everything holds nothing.
    Empty {
        /// Its key.
        feed: String,
    },
    /// Pairs of a district and a topic that hold nothing, in one finding: a newsroom has many.
    EmptyPairs {
        /// Their keys.
        feeds: Vec<String>,
    },
    /// Nothing new has come into a feed for [`QUIET`] seconds.
    Quiet {
        /// Its key.
        feed: String,
        /// When the newest article was published, in RFC 3339.
        since: String,
    },
    /// So much has changed in a feed within 48 hours that its document has room for no more, or hardly: a reader that
    /// names no revision, or polls through a shared cache, may miss what exceeds [`MAX_ENTRIES`] or [`MAX_BYTES`].
    Crowded {
        /// Its key.
        feed: String,
        /// How many of its entries have changed.
        entries: u64,
        /// About how many bytes these take in a document.
        bytes: u64,
    },
    /// A feed's farewell is dated on a day that has not come: readers find that implausible.
    Ahead {
        /// Its key.
        feed: String,
        /// The day, as its definition says it.
        retires: String,
    },
    /// The last revision lies so far ahead that a clock must have been wrong when it was made. Until that time comes, no
    /// feed has a Last-Modified (rule 2).
    WrongClock {
        /// The revision's time, in RFC 3339.
        until: String,
    },
    /// Others than its owner may read or write one of the store's files.
    Exposed {
        /// The file.
        file: String,
        /// Its permissions, in octal.
        mode: String,
    },
    /// A media folder is not there, so that pictures of articles are not served.
    Media {
        /// The folder.
        folder: String,
        /// Why.
        reason: String,
    },
    /// Terms that stand in no article.
    DeadTerms {
        /// The feed that they speak for.
        feed: String,
        /// The terms.
        terms: Vec<String>,
    },
    /// Articles have a label that no definition stands behind.
    Undefined {
        /// The label's feed.
        feed: String,
        /// How many articles.
        articles: u64,
    },
    /// An article is in no district and no topic.
    Unlabelled(Named),
    /// Two headlines are nearly equal.
    Alike {
        /// How nearly: 100 is equal.
        percent: u32,
        /// The one.
        first: Named,
        /// The other.
        second: Named,
    },
}

impl Finding {
    /// Whether something is broken; everything else is advice.
    pub fn is_fault(&self) -> bool {
        matches!(self, Self::Broken { .. })
    }
}

/// What is seen of the articles, one after the other.
struct Scan<'a> {
    set: &'a FeedSet,
    now: Time,
    findings: Vec<Finding>,
    /// Terms that no article has used yet.
    silent: Option<HashSet<(Axis, &'a Slug, &'a str)>>,
    undefined: BTreeMap<String, u64>,
    headlines: Vec<(Time, Named)>,
}

/// Looks at everything.
pub fn check(set: &FeedSet, store: &Store, now: Time) -> Result<Vec<Finding>, StoreError> {
    let audit = store.audit(now.plus(-WINDOW)).wait()?;
    let broken = |Broken { rule, what }| Finding::Broken { rule, what };
    let mut findings: Vec<Finding> = audit.broken.into_iter().map(broken).collect();
    findings.extend(feeds(set, &audit.feeds, now));
    findings.extend(audit.feeds.iter().filter(|feed| is_near_limits(feed)).map(crowded));
    findings.extend(ahead(set, now));
    findings.extend(audit.last.and_then(|last| wrong_clock(last, now)));
    findings.extend(store.exposed().into_iter().map(|(file, mode)| Finding::Exposed {
        file: file.to_string_lossy().into_owned(),
        mode: format!("{mode:03o}"),
    }));
    findings.extend(
        media::unusable(&set.media)
            .map(|(folder, reason)| Finding::Media { folder: folder.to_string_lossy().into_owned(), reason }),
    );
    let mut scan = Scan { set, now, findings, silent: None, undefined: BTreeMap::new(), headlines: Vec::new() };
    let mut after = 0;
    loop {
        let articles = store.rows_after(after, ROWS).wait()?;
        let Some(last) = articles.last() else { return Ok(scan.concluded()) };
        after = last.row;
        scan.look(&articles);
    }
}

/// Whether as much has changed in a feed as its document has room for, or nearly.
fn is_near_limits(feed: &Measured) -> bool {
    let near = |used: u64, limit: u64| used * 100 >= limit * NEAR;
    near(feed.recent, MAX_ENTRIES as u64) || near(feed.recent_bytes, MAX_BYTES)
}

fn crowded(feed: &Measured) -> Finding {
    Finding::Crowded { feed: feed.key.clone(), entries: feed.recent, bytes: feed.recent_bytes }
}

/// Whether a store whose last revision has this time was written with a clock that was far ahead.
pub fn wrong_clock(last: Time, now: Time) -> Option<Finding> {
    (last > now.plus(BURST)).then(|| Finding::WrongClock { until: last.to_string() })
}

/// Feeds that have retired before the day on which they say so.
fn ahead(set: &FeedSet, now: Time) -> impl Iterator<Item = Finding> {
    let retired = set.retired.iter().filter_map(|def| Some((def, def.retired.as_ref()?)));
    let ahead = retired.filter(move |(_, retirement)| retirement.begins(set.site.time_zone) > now);
    ahead.map(|(def, retirement)| Finding::Ahead { feed: def.key().to_string(), retires: retirement.on.to_string() })
}

/// Feeds that are empty or have gone quiet.
fn feeds(set: &FeedSet, measured: &[Measured], now: Time) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut pairs = Vec::new();
    for key in set.keys() {
        let name = key.to_string();
        let feed = measured.iter().find(|feed| feed.key == name).filter(|feed| feed.entries > 0);
        match (feed, &key) {
            (None, FeedKey::Pair(..)) => pairs.push(name),
            (None, _) => findings.push(Finding::Empty { feed: name }),
            (Some(_), FeedKey::Pair(..)) => {}
            (Some(feed), _) if feed.newest < now.plus(-QUIET) => {
                findings.push(Finding::Quiet { feed: name, since: feed.newest.to_string() });
            }
            (Some(_), _) => {}
        }
    }
    if !pairs.is_empty() {
        findings.push(Finding::EmptyPairs { feeds: pairs });
    }
    findings
}

impl<'a> Scan<'a> {
    fn look(&mut self, articles: &[Stored]) {
        articles.iter().filter(|stored| !stored.purged).for_each(|stored| self.findings.extend(unsound(stored)));
        let shown = |stored: &&Stored| !stored.embargoed && stored.article.withdrawn.is_none();
        let shown: Vec<&Stored> = articles.iter().filter(shown).collect();
        for stored in &shown {
            self.labels(stored);
            if stored.article.published >= self.now.plus(-RECENT) {
                self.headlines.push((stored.article.published, named(stored)));
            }
        }
        let plain: Vec<String> = shown.iter().map(|stored| html::to_text(&stored.article.content.html)).collect();
        let texts = shown.iter().zip(&plain);
        let texts = texts.map(|(stored, plain)| (stored.article.content.title.as_str(), plain.as_str()));
        let silent = self.set.classifier.silent_terms(texts);
        match &mut self.silent {
            Some(known) => {
                let here: HashSet<_> = silent.into_iter().collect();
                known.retain(|term| here.contains(term));
            }
            None if shown.is_empty() => {}
            None => self.silent = Some(silent.into_iter().collect()),
        }
    }

    fn labels(&mut self, stored: &Stored) {
        let labels = &stored.article.labels;
        if labels.districts.is_empty() && labels.topics.is_empty() {
            self.findings.push(Finding::Unlabelled(named(stored)));
        }
        for (axis, slugs) in [(Axis::District, &labels.districts), (Axis::Topic, &labels.topics)] {
            for slug in slugs.iter().filter(|slug| self.set.get(axis, slug).is_none()) {
                *self.undefined.entry(format!("{}/{slug}", axis.plural())).or_default() += 1;
            }
        }
    }

    fn concluded(self) -> Vec<Finding> {
        let mut findings = self.findings;
        findings.extend(self.undefined.into_iter().map(|(feed, articles)| Finding::Undefined { feed, articles }));
        findings.extend(alike(self.headlines));
        let mut silent: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (axis, slug, term) in self.silent.into_iter().flatten() {
            silent.entry(format!("{}/{slug}", axis.plural())).or_default().push(term.to_owned());
        }
        findings.extend(silent.into_iter().map(|(feed, mut terms)| {
            terms.sort_unstable();
            Finding::DeadTerms { feed, terms }
        }));
        findings
    }
}

/// Pairs of nearly equal headlines among the latest.
fn alike(mut headlines: Vec<(Time, Named)>) -> Vec<Finding> {
    headlines.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.key.cmp(&b.1.key)));
    headlines.truncate(MAX_HEADLINES);
    let titles: Vec<&str> = headlines.iter().map(|(_, named)| named.title.as_str()).collect();
    let pairs = near_pairs(&titles).into_iter();
    let named = |index: usize| headlines[index].1.clone();
    pairs
        .map(|near| Finding::Alike { percent: near.percent, first: named(near.first), second: named(near.second) })
        .collect()
}

fn named(stored: &Stored) -> Named {
    Named { key: stored.article.key.clone(), title: stored.article.content.title.clone() }
}

/// What breaks a rule in one article: its name (rule 4), or a text that no feed could carry (rule 9).
fn unsound(stored: &Stored) -> Vec<Finding> {
    let (key, content) = (&stored.article.key, &stored.article.content);
    let mut found = Vec::new();
    let mut broken = |rule, what: String| found.push(Finding::Broken { rule, what });
    if Key::derive(&stored.source, &stored.own_id) != *key {
        broken("4", format!("{key} is not the key of {:?} from {:?}", stored.own_id, stored.source));
    }
    for (name, value, limit) in [
        ("title", content.title.as_str(), clean::MAX_TITLE),
        ("summary", content.summary.as_str(), clean::MAX_SUMMARY),
        ("body", content.html.as_str(), clean::MAX_HTML),
    ] {
        if value.len() > limit && value.chars().count() > limit {
            broken("9", format!("the {name} of {key} is longer than {limit}"));
        }
        if !value.chars().all(text::is_clean) {
            broken("9", format!("the {name} of {key} has a character that feeds cannot carry"));
        }
    }
    if text::is_blank(&content.title) || content.summary.is_empty() {
        broken("9", format!("{key} has no title or no summary"));
    }
    found
}
