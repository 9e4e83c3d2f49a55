//! Files in, drafts out: one file per kind of input, every fault with its file, line and reason.
//!
//! Knows nothing of feeds, stores or what becomes of a draft, and never fetches anything.

mod cjk;
mod date;
mod input;
mod link;
pub mod beside;
pub mod loss;
mod math;
pub mod refusal;
pub mod text;
pub mod html;
mod commonmark;
mod remarks;
pub mod clean;
pub mod form;
pub mod json;
mod feed;
mod jsonl;
mod markdown;
mod contradiction;
mod page;
mod file;

use std::path::{Path, PathBuf};

use crate::article::{Draft, Time};
use crate::printable::field;
use beside::Beside;

use loss::Loss;

pub use file::{Listing, files, walk};
pub use input::InputFile;

/// The most bytes of input one article may have (rule 9).
pub const MAX_INPUT: usize = 1 << 20;

/// The kinds of input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Plain text: a title, paragraphs and headings, then headlines of further articles.
    Page,
    /// CommonMark below front matter in YAML, TOML or JSON, one article a file.
    Markdown,
    /// One JSON article a line.
    Jsonl,
    /// RSS, Atom, JSON Feed or a WordPress export.
    Feed,
}

impl Kind {
    /// The kind that a path's extension names.
    pub fn guess(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "txt" => Some(Self::Page),
            "md" | "markdown" => Some(Self::Markdown),
            "jsonl" | "ndjson" => Some(Self::Jsonl),
            "xml" | "rss" | "atom" | "rdf" | "json" => Some(Self::Feed),
            _ => None,
        }
    }
}

/// A category that a draft is filed under where it came from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Category {
    /// As people read it; it becomes a tag if no district or topic is called so.
    pub name: String,
    /// The same in another spelling, such as the slug that it has there.
    pub slug: Option<String>,
}

impl From<String> for Category {
    fn from(name: String) -> Self {
        Self { name, slug: None }
    }
}

/// Where an article's own id comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Naming {
    /// It says it itself.
    #[default]
    Id,
    /// From the name that it gives itself in its address.
    Slug,
    /// From where its file lies.
    Place,
}

/// By what a draft may be recognised as an article that came before, from elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clues {
    /// The path of its file, without extension and day; of a folder's own file, the folder's.
    pub place: Option<String>,
    /// Names that the last part of a link to it may have, beside its title: its slug, or the names of its file.
    pub names: Vec<String>,
    /// The language with which its file's name ends.
    pub language: Option<String>,
    /// The day with which its file's name begins, if it has another date.
    pub day: Option<Time>,
    /// Whether its date names no zone.
    pub is_local: bool,
    /// Further ids of it.
    pub ids: Vec<String>,
}

/// A draft as found in a file.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The line it begins at, from 1.
    pub line: u64,
    /// The draft itself.
    pub draft: Draft,
    /// The time the file itself suggests, if the draft has none.
    pub assumed: Option<Time>,
    /// Its categories, which may be districts, topics, or neither.
    pub categories: Vec<Category>,
    /// Paths on the site at which it was before.
    pub aliases: Vec<String>,
    /// Whether feed readers know it by its id already: then it keeps it (rule 4).
    pub keeps_id: bool,
    /// Where its id comes from.
    pub naming: Naming,
    /// By what it may be recognised, beside its id, link, aliases, title and time.
    pub clues: Clues,
    /// Whether its date names a day and no time: those of one day get their order from their names.
    pub whole_day: bool,
    /// Whether what cannot be published of it, other than its id, title and text, costs that alone.
    pub lenient: bool,
    /// Notes for its editor on values that had to be made up.
    pub notes: Vec<String>,
    /// The parts of it that could not be kept.
    pub losses: Vec<Loss>,
    /// Why it is not to be seen, if more can be told than its status; then it is a draft.
    pub held: Option<String>,
    /// Whether it was only planned when its file was written: then it is taken only while its time lies ahead, since
    /// nothing tells whether it has ever appeared.
    pub planned: bool,
    /// From when on it is not to be seen any more.
    pub expires: Option<Time>,
    /// Where its file lies, if files beside it may belong to it.
    pub beside: Option<Beside>,
}

/// The mark of a private remark in Markdown that does not end, so that all behind it is hidden.
pub fn endless_remark(markdown: &str) -> Option<&'static str> {
    commonmark::check(markdown).ok().and_then(|()| remarks::without(markdown).1)
}

/// Something that could not be taken, and where and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{}: {}", field(&file.to_string_lossy()), line.map(|l| format!(":{l}")).unwrap_or_default(), field(reason))]
pub struct Fault {
    /// The file.
    pub file: PathBuf,
    /// The line, from 1, if it is one line's fault.
    pub line: Option<u64>,
    /// The reason, naming the article where there is one.
    pub reason: String,
}

impl Fault {
    /// A fault of one line.
    pub fn at(file: &Path, line: u64, reason: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line: Some(line), reason: reason.into() }
    }

    /// A file, or a folder, that cannot be read.
    pub fn unreadable(file: &Path, error: impl std::fmt::Display) -> Self {
        Self::of(file, format!("cannot be read: {error}"))
    }

    /// A fault of a whole file.
    pub fn of(file: &Path, reason: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line: None, reason: reason.into() }
    }
}

/// The drafts of one file, read as they are asked for.
pub type Drafts = Box<dyn Iterator<Item = Result<Found, Fault>> + Send>;
