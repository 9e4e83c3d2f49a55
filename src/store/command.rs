//! What can be asked of the store: a command on one article, its preconditions, its actor, and the answer to it.
//!
//! Knows nothing of SQL, files, tokens or HTTP; whether preconditions hold is pure.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::stored::Stored;
use super::submission::{Brought, Submission, Updated};
use super::watched::Followed;
use crate::article::{Content, Key, Labels, Slug, Time};

/// The most articles a revision carries (rule 1); a larger batch makes several.
pub const MAX_REVISION: usize = 200;

/// Something to be done to one article.
#[derive(Clone, Debug)]
pub struct Command {
    /// The article, by its key or by another key under which it has come.
    pub target: Key,
    /// What is to be done.
    pub operation: Operation,
    /// What must hold at that moment.
    pub preconditions: Preconditions,
    /// On whose behalf, for the history.
    pub actor: Arc<str>,
}

/// What can be done to an article.
#[derive(Clone, Debug)]
pub enum Operation {
    /// The article is to say this; it is new, or replaces what is stored.
    Put {
        /// What it says.
        submission: Box<Submission>,
        /// What that means for an article that is stored already.
        mode: PutMode,
    },
    /// An editor makes something else of it.
    Amend(Box<Amendment>),
    /// It belongs to these districts and topics by the rules, and its text is the same.
    Relabel(Labels),
    /// It is withdrawn with a note for readers; if it is already, without one it keeps the note that it has.
    Withdraw {
        /// The note, which may be empty.
        note: Option<String>,
    },
    /// It is published again.
    Restore,
    /// Its text is erased from its row and its history; a notice is left.
    Purge {
        /// The notice's note, which may be empty.
        note: String,
    },
    /// It becomes public if the time of its embargo has come.
    Release,
}

/// What it means to put an article that is stored already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PutMode {
    /// An import repeats what its source says: what was said before changes nothing, whatever editors did since.
    Import,
    /// The same; and what the same actor has withdrawn is published again.
    ImportAndRestore,
    /// A publisher asks for this one article: it is rejected while the article is withdrawn.
    Publish,
    /// The same; and it counts even if its source says nothing new but somebody else has changed the article since.
    Overwrite,
}

impl PutMode {
    /// Whether it is an import's.
    pub fn is_import(self) -> bool {
        matches!(self, Self::Import | Self::ImportAndRestore)
    }
}

/// What an editor makes of one article.
#[derive(Clone, Debug)]
pub struct Amendment {
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

impl Command {
    /// A command without preconditions.
    pub fn new(target: Key, operation: Operation, actor: impl Into<Arc<str>>) -> Self {
        Self { target, operation, preconditions: Preconditions::default(), actor: actor.into() }
    }

    /// The command to put an article, without preconditions.
    pub fn put(submission: Submission, mode: PutMode, actor: impl Into<Arc<str>>) -> Self {
        let target = submission.key.clone();
        Self::new(target, Operation::Put { submission: Box::new(submission), mode }, actor)
    }

    /// The same command for an article that must still have this version.
    #[must_use]
    pub fn on_version(self, version: u64) -> Self {
        Self { preconditions: Preconditions { version: Some(version), ..self.preconditions }, ..self }
    }

    /// About how much memory it takes, in bytes.
    pub fn bytes(&self) -> usize {
        match &self.operation {
            Operation::Put { submission, .. } => submission.bytes,
            Operation::Amend(amendment) => amendment.content.html.as_str().len(),
            Operation::Withdraw { note } => note.as_ref().map_or(0, String::len),
            Operation::Purge { note } => note.len(),
            Operation::Relabel(_) | Operation::Restore | Operation::Release => 0,
        }
    }
}

/// What must hold of an article before a command, and of its districts after it.
#[derive(Clone, Debug, Default)]
pub struct Preconditions {
    /// It has this version.
    pub version: Option<u64>,
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

impl Preconditions {
    /// Whether an article may be touched as it is.
    pub fn before(&self, old: Option<&Stored>) -> Result<(), Rejection> {
        if let Some(old) = old {
            // Nobody is told of what lies elsewhere and nobody sees yet.
            let hidden = |rejection| if old.embargoed { Rejection::Outside(Vec::new()) } else { rejection };
            self.districts(&old.article.labels.districts).map_err(hidden)?;
        }
        let named = |tags: &Tags| old.is_some_and(|old| tags.name(old));
        let holds = self.version.is_none_or(|version| old.is_some_and(|old| old.version == version))
            && self.if_match.as_ref().is_none_or(named)
            && !self.if_none_match.as_ref().is_some_and(named);
        if holds { Ok(()) } else { Err(Rejection::Precondition) }
    }

    /// Whether it may be in these districts.
    pub fn districts(&self, districts: &[Slug]) -> Result<(), Rejection> {
        let Some(within) = &self.within else { return Ok(()) };
        let inside = !districts.is_empty() && districts.iter().all(|district| within.contains(district));
        if inside { Ok(()) } else { Err(Rejection::Outside(districts.to_vec())) }
    }
}

/// Commands that are executed in one transaction, [`MAX_REVISION`] of them a revision.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// The commands, in the order in which they are executed. Those of an import name each article once.
    pub commands: Vec<Command>,
    /// For a backfill: the newest `published` of the whole import. What is much older joins at the tail.
    pub backfill: Option<Time>,
    /// What is to be remembered of a watched folder's files together with them.
    pub files: Followed,
}

/// What a command came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The article is new.
    Created {
        /// Whether nobody sees it before its time.
        embargoed: bool,
    },
    /// It says something else.
    Replaced {
        /// Whether readers are told: `updated` moved.
        significant: bool,
    },
    /// Nothing is otherwise than it was.
    Unchanged,
    /// Only its districts and topics are others.
    Relabelled,
    /// It is withdrawn.
    Withdrawn,
    /// It is published again.
    Restored,
    /// Its text is erased.
    Purged,
    /// Its time had come, and it is public.
    Released,
}

/// Why a command was not executed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// There is no such article.
    Unknown,
    /// It is not in the state that the preconditions ask for.
    Precondition,
    /// It is, or would be, in these districts, which are none, or not all within bounds.
    Outside(Vec<Slug>),
    /// It is withdrawn: it must be restored first.
    Withdrawn,
    /// Its text has been erased: nothing can be done any more.
    Purged,
    /// It is new, but readers know another article by the id that it would have, and would take both for one.
    Taken,
    /// It is public, and its time does not move any more.
    Public,
}

/// The answer to a command of a batch.
pub type Answer = Result<Executed, Rejection>;

/// A command that was executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Executed {
    /// What it came to.
    pub outcome: Outcome,
    /// The revision that shows it, if readers see anything of it.
    pub revision: Option<u64>,
}

/// A command that was executed, with what its publisher wants to know of the article.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    /// What it came to.
    pub outcome: Outcome,
    /// The article as it is now.
    pub stored: Stored,
    /// The last revision that showed readers anything of it, if there was one.
    pub revision: Option<u64>,
}

/// How many commands came to this.
pub fn count(answers: &[Answer], outcome: Outcome) -> u64 {
    answers.iter().flatten().filter(|executed| executed.outcome == outcome).count() as u64
}
