//! An article as the write spine hands it to the store: cleaned and classified, not yet compared with what is stored.
//!
//! Knows nothing of SQL.

use crate::article::{Content, Key, Labels, Slug, Time};

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
    /// Its source says nothing and publishes it now: this moment, or a second after all articles before it, if it is new.
    Now(Time),
}

impl Published {
    /// The time, given or assumed.
    pub fn time(self) -> Time {
        match self {
            Self::Given(time) | Self::Assumed(time) | Self::Now(time) => time,
            Self::Day(begins, seconds) => begins.plus(seconds),
        }
    }

    /// The time, if its source says it.
    pub fn given(self) -> Option<Time> {
        match self {
            Self::Given(time) | Self::Day(time, _) => Some(time),
            Self::Assumed(_) | Self::Now(_) => None,
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

/// An article as the store takes it.
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

/// Which axes an article labelled itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Brought {
    /// Its districts came with it.
    pub districts: bool,
    /// Its topics came with it.
    pub topics: bool,
}
