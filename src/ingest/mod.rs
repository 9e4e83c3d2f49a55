//! Files in, drafts out: one file per kind of input, every fault with its file, line and reason.
//!
//! Knows nothing of feeds, stores or what becomes of a draft, and never fetches anything.

mod canonical;
pub mod clean;
pub mod html;
mod jsonl;
mod page;
pub mod text;

use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use crate::article::{Draft, Time};

/// The most bytes of input one article may have (rule 9).
pub const MAX_INPUT: usize = 1 << 20;

/// The kinds of input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// Plain text: a title, paragraphs and headings, then headlines of further articles.
    Page,
    /// One JSON article a line.
    Jsonl,
}

impl Kind {
    /// What a path's extension says.
    pub fn guess(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "txt" => Some(Self::Page),
            "jsonl" | "ndjson" => Some(Self::Jsonl),
            _ => None,
        }
    }
}

/// A draft as found in a file.
#[derive(Clone, Debug)]
pub struct Found {
    /// The line it begins at, from 1.
    pub line: u64,
    /// What is there.
    pub draft: Draft,
    /// The time the file itself suggests, if the draft has none.
    pub assumed: Option<Time>,
}

/// Something that could not be taken, and where and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{}: {reason}", file.display(), line.map(|l| format!(":{l}")).unwrap_or_default())]
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

    /// A fault of a whole file.
    pub fn of(file: &Path, reason: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line: None, reason: reason.into() }
    }
}

/// The drafts of one file, read as they are asked for.
pub type Drafts = Box<dyn Iterator<Item = Result<Found, Fault>> + Send>;

/// Opens a file for reading.
pub fn open(path: &Path, kind: Kind) -> Result<Drafts, Fault> {
    let unreadable = |error: io::Error| Fault::of(path, format!("cannot be read: {error}"));
    let file = File::open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if metadata.is_dir() {
        return Err(Fault::of(path, "is a folder; name the files in it"));
    }
    match kind {
        Kind::Jsonl => Ok(Box::new(jsonl::Lines::new(path, BufReader::with_capacity(1 << 16, file)))),
        Kind::Page => {
            let modified = metadata.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
            let modified = modified.map(|since| Time(since.as_secs() as i64));
            Ok(Box::new(page::read(path, file, modified)?.into_iter().map(Ok)))
        }
    }
}

/// The drafts of a text in memory, under the name of the file it came from.
pub fn open_text(name: &Path, kind: Kind, text: &'static str) -> Result<Drafts, Fault> {
    match kind {
        Kind::Jsonl => Ok(Box::new(jsonl::Lines::new(name, text.as_bytes()))),
        Kind::Page => Ok(Box::new(page::read(name, text.as_bytes(), None)?.into_iter().map(Ok))),
    }
}
