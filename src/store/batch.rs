//! What the write spine hands to the store, and what it hears back.
//!
//! Knows nothing of SQL; a submission is decided upon by [`decide`], which is pure.

use sha2::{Digest, Sha256};

use crate::article::{Article, Content, Key, Labels, Slug, Time};
use crate::feed::FeedKey;

/// The most articles a revision carries (rule 1); a larger batch makes several.
pub const MAX_REVISION: usize = 200;

/// When an article is said to have been published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Published {
    /// Its source says so; taken as it is, if the article is not public yet.
    Given(Time),
    /// Its source says the day alone: so many seconds after the day's beginning, or the next later second that no other
    /// article has, if it is new.
    Day(Time, i64),
    /// Its source says nothing: this moment, or the next earlier second that no other article has, if it is new.
    Assumed(Time),
}

impl Published {
    /// The time, given or assumed.
    pub fn time(self) -> Time {
        match self {
            Self::Given(time) | Self::Assumed(time) => time,
            Self::Day(begins, seconds) => begins.plus(seconds),
        }
    }

    /// The time, if its source says it.
    pub fn given(self) -> Option<Time> {
        match self {
            Self::Given(time) | Self::Day(time, _) => Some(time),
            Self::Assumed(_) => None,
        }
    }
}

/// When a source says that it last changed an article significantly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Updated {
    /// As it says, by its own clock: when it says the same again, nothing has changed.
    pub said: Time,
    /// As readers are told: no later than this server's clock, or than the article's own time.
    pub told: Time,
}

/// An article as the store takes it: cleaned and classified, not yet compared with what is stored.
#[derive(Clone, Debug)]
pub struct Submission {
    /// Its permanent name.
    pub key: Key,
    /// The id it gets if it is new.
    pub id: String,
    /// The id under which feed readers know it already, if they do.
    pub guid: Option<String>,
    /// The article, under another key, as which it was recognised.
    pub same_as: Option<Key>,
    /// Who brings it.
    pub source: String,
    /// What its source calls it.
    pub own_id: String,
    /// When it was published, or will be.
    pub published: Published,
    /// The source's own date of the last significant change.
    pub updated: Option<Updated>,
    /// What it says.
    pub content: Content,
    /// Its districts and topics, as far as it brings them itself.
    pub own: OwnLabels,
    /// What the rules say.
    pub ruled: Labels,
    /// Paths on this site at which it was before, as they are compared.
    pub addresses: Vec<String>,
    /// A hash of all that its source says but for `published`; equal to the stored one if nothing changed.
    pub hash: String,
    /// About how much memory it takes.
    pub bytes: usize,
}

/// The labels that an article brings itself; `None` leaves an axis to the rules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnLabels {
    /// Its districts.
    pub districts: Option<Vec<Slug>>,
    /// Its topics.
    pub topics: Option<Vec<Slug>>,
}

impl OwnLabels {
    /// Which axes it labels itself.
    pub fn brought(&self) -> Brought {
        Brought { districts: self.districts.is_some(), topics: self.topics.is_some() }
    }

    /// These, and what the rules say where there are none.
    pub fn or(&self, ruled: &Labels) -> Labels {
        Labels {
            districts: self.districts.clone().unwrap_or_else(|| ruled.districts.clone()),
            topics: self.topics.clone().unwrap_or_else(|| ruled.topics.clone()),
        }
    }
}

/// Submissions that are written in one transaction, no key twice.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// The articles.
    pub submissions: Vec<Submission>,
    /// For a backfill: the newest `published` of the whole import. What is much older joins at the tail.
    pub backfill: Option<Time>,
    /// On whose behalf, for the history.
    pub who: String,
    /// Whether what was withdrawn in this name comes back when it is brought again.
    pub restores: bool,
}

impl Fate {
    /// Whether anything is published that was not, now or in its time, or differently.
    pub fn is_seen(&self) -> bool {
        matches!(self, Self::New | Self::Held | Self::Edited { .. } | Self::Restored)
    }
}

/// What became of one submission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is new, and public.
    New,
    /// It is new, and nobody sees it before its time.
    Held,
    /// It replaced what was stored; `significant` if `updated` moved.
    Edited {
        /// Whether readers are told.
        significant: bool,
    },
    /// Nothing of it is published differently.
    Unchanged,
    /// It was withdrawn in this name, and is public again.
    Restored,
    /// It is withdrawn, and stays so whatever its source says: that is asked again once it has been restored.
    Withdrawn {
        /// Whether its text has been erased, so that nothing can restore it.
        purged: bool,
    },
    /// It is new, but readers know another article by its id: it was left out, since they would take both for one.
    Taken,
}

/// What became of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// One for each submission, in order.
    pub fates: Vec<Fate>,
    /// The last revision that it made, if it changed anything.
    pub revision: Option<u64>,
}

/// What an editor makes of one article.
#[derive(Clone, Debug)]
pub struct Amendment {
    /// Which article.
    pub key: Key,
    /// The version that it was made of; another one in the store refuses it.
    pub version: u64,
    /// What the article says from now on.
    pub content: Content,
    /// Where it belongs from now on.
    pub labels: Labels,
    /// Which of its labels it brings itself.
    pub brought: Brought,
    /// Another time for an article that is not public yet.
    pub published: Option<Time>,
    /// The source's own date of the change, if it says one; if that has moved, readers are told.
    pub updated: Option<Updated>,
    /// Whether readers are told in any case: then `updated` moves.
    pub significant: bool,
}

/// Other labels for an article whose text is the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relabel {
    /// Which article.
    pub key: Key,
    /// The version that was classified; one that has changed since is left alone.
    pub version: u64,
    /// Where it belongs by the rules.
    pub labels: Labels,
}

/// What became of what was asked for one article.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// There is no such article.
    Unknown,
    /// It was as wanted before.
    Already,
    /// Somebody else has changed it meanwhile.
    Overtaken,
    /// Its text has been erased: nothing can be done any more.
    Purged,
    /// It is withdrawn: it must be restored first.
    Withdrawn,
    /// It is public, and its time does not move any more.
    Public,
    /// It is as wanted now; the revision's number, if readers see it.
    Done(Option<u64>),
}

/// An article with what the store alone knows of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Its row.
    pub row: i64,
    /// Grows with every change of its bytes.
    pub version: u64,
    /// Which labels it brought.
    pub brought: Brought,
    /// Who brought it.
    pub source: String,
    /// What its source calls it; empty once it has been erased.
    pub own_id: String,
    /// The source's own date of its last significant change, if it gave one.
    pub said_updated: Option<Time>,
    /// When its source last said that it is to appear, if it gave a time.
    pub said_published: Option<Time>,
    /// Whether its time has not come yet: nobody but its newsroom sees it.
    pub embargoed: bool,
    /// Whether its text has been erased.
    pub purged: bool,
    /// What readers see.
    pub article: Article,
}

/// Which axes an article labelled itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Brought {
    /// Its districts came with it.
    pub districts: bool,
    /// Its topics came with it.
    pub topics: bool,
}

/// What a submission makes of a stored article.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The same bytes: at most the hash is new.
    Same,
    /// Other bytes; the article as it is to be stored.
    Edit {
        /// With its new content, labels and dates.
        article: Box<Article>,
        /// Whether readers are told.
        significant: bool,
    },
}

impl Stored {
    /// What tells one state of it from another: its version, and a hash of what it is, since a number that was lost in
    /// a restored backup comes again.
    pub fn tag(&self) -> String {
        let Self { version, brought, embargoed, purged, article, .. } = self;
        let Article { published, updated, labels, content, withdrawn, .. } = article;
        let brought = (brought.districts, brought.topics);
        let state = (brought, embargoed, purged, published, updated, labels, content, withdrawn);
        let bytes = serde_json::to_vec(&state).expect("texts and numbers are always JSON");
        format!("{version}-{}", data_encoding::HEXLOWER.encode(&Sha256::digest(&bytes)[..4]))
    }

    /// What a source's own date says that has moved on since it was last heard.
    pub fn moved(&self, updated: Option<Updated>) -> Option<Time> {
        let moved = updated.filter(|updated| updated.said > self.said_updated.unwrap_or(self.article.published));
        moved.map(|updated| updated.told)
    }

    /// The latest date of change that its source has ever said, when it says this.
    pub fn latest_said(&self, updated: Option<Updated>) -> Option<Time> {
        self.said_updated.max(updated.map(|updated| updated.said))
    }
}

/// Compares a submission whose hash or time differs with what is stored.
///
/// `updated` moves if the source's own has moved; should editors have acted since, it still moves on.
pub fn decide(old: &Stored, new: &Submission) -> Decision {
    let moved = old.moved(new.updated);
    let (published, updated) = match (old.embargoed, moved) {
        (true, _) => {
            // Editors may have moved it since; that stands until its source says another time.
            let moved = new.published.given().filter(|given| Some(*given) != old.said_published);
            let published = moved.unwrap_or(old.article.published);
            (published, new.updated.map_or(published, |updated| updated.told.max(published)))
        }
        (false, Some(moved)) => (old.article.published, moved.max(old.article.updated.plus(1))),
        (false, None) => (old.article.published, old.article.updated),
    };
    let mut content = new.content.clone();
    let (was, is) = (&old.article.content.html, &content.html);
    if reads_alike(was.as_str(), is.as_str()) {
        content.html.clone_from(was);
    }
    let labels = labels_after(old, &content, &new.own, &new.ruled);
    let article = Article { published, updated, labels, content, ..old.article.clone() };
    let significant = !old.embargoed && moved.is_some();
    if article == old.article { Decision::Same } else { Decision::Edit { article: Box::new(article), significant } }
}

/// Whether two bodies differ at most in what is lost when one is read and put again: white space at the end, and how a
/// quotation mark is written.
fn reads_alike(one: &str, other: &str) -> bool {
    let plain = |html: &str| html.trim_ascii_end().replace("&quot;", "\"");
    one == other || plain(one) == plain(other)
}

/// Where an article belongs that says something else now.
///
/// An axis that the article labels itself is taken from it; one that it leaves to the rules is decided anew if the
/// text changed or the axis was its own before, and kept otherwise (rule 5: an edit of the text classifies anew).
pub fn labels_after(old: &Stored, content: &Content, own: &OwnLabels, ruled: &Labels) -> Labels {
    let before = &old.article.content;
    let text_changed = before.title != content.title || before.html != content.html;
    let axis = |own: &Option<Vec<Slug>>, ruled: &[Slug], kept: &[Slug], was_own: bool| match own {
        Some(own) => own.clone(),
        None if text_changed || was_own => ruled.to_vec(),
        None => kept.to_vec(),
    };
    let kept = &old.article.labels;
    Labels {
        districts: axis(&own.districts, &ruled.districts, &kept.districts, old.brought.districts),
        topics: axis(&own.topics, &ruled.topics, &kept.topics, old.brought.topics),
    }
}

/// Every feed an article with these labels belongs to (a pair for each district and topic).
pub fn feeds_of(labels: &Labels) -> Vec<FeedKey> {
    let districts = labels.districts.iter().cloned().map(FeedKey::District);
    let topics = labels.topics.iter().cloned().map(FeedKey::Topic);
    let pairs =
        labels.districts.iter().flat_map(|d| labels.topics.iter().map(move |t| FeedKey::Pair(d.clone(), t.clone())));
    std::iter::once(FeedKey::All).chain(districts).chain(topics).chain(pairs).collect()
}
