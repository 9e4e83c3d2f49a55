//! What one publisher asks for, on which terms, and what he hears back.
//!
//! Knows nothing of SQL, tokens or HTTP; whether terms hold is pure.

use std::collections::BTreeSet;

use super::batch::{Stored, Submission};
use crate::article::{Key, Slug};

/// Something to be done to one article.
#[derive(Clone, Debug)]
pub struct Act {
    /// What.
    pub what: What,
    /// What must hold at that moment.
    pub terms: Terms,
    /// On whose behalf, for the history.
    pub who: String,
}

/// What can be asked for.
#[derive(Clone, Debug)]
pub enum What {
    /// The article is to say this.
    Put {
        /// What it says.
        submission: Box<Submission>,
        /// Whether it is to say this even if its source says nothing new, but somebody else has changed it since.
        anyway: bool,
    },
    /// It is withdrawn with this note for readers; if it is already, without one it keeps the one that it has.
    Withdraw(Key, Option<String>),
    /// It is published again.
    Restore(Key),
}

impl What {
    /// Which article is meant.
    pub fn key(&self) -> &Key {
        match self {
            Self::Put { submission, .. } => &submission.key,
            Self::Withdraw(key, _) | Self::Restore(key) => key,
        }
    }

    /// About how much memory it takes, in bytes.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Put { submission, .. } => submission.bytes,
            Self::Withdraw(_, note) => note.as_ref().map_or(0, String::len),
            Self::Restore(_) => 0,
        }
    }
}

/// What must hold of an article before an act, and of its districts after it.
#[derive(Clone, Debug, Default)]
pub struct Terms {
    /// It is there, in one of these states (RFC 9110 §13.1.1).
    pub if_match: Option<Tags>,
    /// It is not there, or in none of these states (RFC 9110 §13.1.2).
    pub if_none_match: Option<Tags>,
    /// It has districts, before if it is there, and after, and all are among these; unless there are no such bounds.
    pub within: Option<BTreeSet<Slug>>,
}

/// States of an article, by what [`Stored::tag`] gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tags {
    /// Whichever it is.
    Any,
    /// One of these.
    These(Vec<String>),
}

impl Tags {
    /// Whether the state that an article is in is one of these.
    pub fn name(&self, old: &Stored) -> bool {
        match self {
            Self::Any => true,
            Self::These(tags) => tags.contains(&old.tag()),
        }
    }
}

impl Terms {
    /// Whether an article may be touched as it is.
    pub fn before(&self, old: Option<&Stored>) -> Result<(), Declined> {
        if let Some(old) = old {
            // Nobody is told of what lies elsewhere and nobody sees yet.
            let hidden = |declined| if old.embargoed { Declined::Outside(Vec::new()) } else { declined };
            self.districts(&old.article.labels.districts).map_err(hidden)?;
        }
        let named = |tags: &Tags| old.is_some_and(|old| tags.name(old));
        let holds = self.if_match.as_ref().is_none_or(named) && !self.if_none_match.as_ref().is_some_and(named);
        if holds { Ok(()) } else { Err(Declined::Precondition) }
    }

    /// Whether it may be in these districts.
    pub fn districts(&self, districts: &[Slug]) -> Result<(), Declined> {
        let Some(within) = &self.within else { return Ok(()) };
        let inside = !districts.is_empty() && districts.iter().all(|district| within.contains(district));
        if inside { Ok(()) } else { Err(Declined::Outside(districts.to_vec())) }
    }
}

/// What became of an act.
pub type Answer = Result<Done, Declined>;

/// An act that was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    /// What that came to.
    pub became: Became,
    /// The article as it is now.
    pub stored: Stored,
    /// The last revision that showed readers anything of it, if there was one.
    pub revision: Option<u64>,
}

/// What an act came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Became {
    /// The article is new.
    Created,
    /// It says something else; `significant` if readers are told.
    Replaced {
        /// Whether `updated` moved.
        significant: bool,
    },
    /// Nothing is otherwise than it was.
    Unchanged,
    /// It is taken back.
    Withdrawn,
    /// It is public again.
    Restored,
}

/// Why an act was not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Declined {
    /// There is no such article.
    Unknown,
    /// It is not in the state that was asked for.
    Precondition,
    /// It is, or would be, in these districts, which are none, or not all within bounds.
    Outside(Vec<Slug>),
    /// It is withdrawn: it must be restored first.
    Withdrawn,
    /// Its text has been erased: nothing can be done any more.
    Purged,
    /// It is new, but readers know another one by the id that it would have.
    Taken,
}
