//! Which files there are to read, and each by the reader for its kind; a folder is walked, and never left.
//!
//! Knows nothing of what stands in them.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use chrono_tz::Tz;
use walkdir::WalkDir;

use super::{Drafts, Fault, Kind, feed, jsonl, markdown, page};
use crate::article::Time;

/// How deep folders are walked.
const MAX_DEPTH: usize = 32;

/// What is read ahead of a file.
const BUFFER: usize = 1 << 16;

/// A file to be read.
#[derive(Clone, Debug)]
pub struct InputFile {
    /// Where it lies.
    pub path: PathBuf,
    /// Its path below the folder that was named, else its own name; with `/` between folders.
    pub name: String,
    /// What is in it.
    pub kind: Kind,
    /// The zone of dates that name none.
    pub zone: Tz,
}

impl InputFile {
    /// A file that was named itself; its kind is guessed from its extension unless given.
    pub fn new(path: &Path, kind: Option<Kind>, zone: Tz) -> Result<Self, Fault> {
        let kind = kind.or_else(|| Kind::guess(path));
        let kind = kind.ok_or_else(|| Fault::of(path, "its kind is not clear from its name; say it with --as"))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { path: path.to_owned(), name, kind, zone })
    }

    /// Opens it: its drafts are read as they are asked for.
    pub fn open(&self) -> Result<Drafts, Fault> {
        let unreadable = |error: std::io::Error| Fault::of(&self.path, format!("cannot be read: {error}"));
        let file = File::open(&self.path).map_err(unreadable)?;
        let metadata = file.metadata().map_err(unreadable)?;
        if metadata.is_dir() {
            return Err(Fault::of(&self.path, "is a folder"));
        }
        let modified = metadata.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        let modified = modified.map(|since| Time(since.as_secs() as i64));
        self.read(file, modified)
    }

    /// Reads it from `reader`; `modified` is when the file was last changed.
    pub fn read(&self, reader: impl Read + Send + 'static, modified: Option<Time>) -> Result<Drafts, Fault> {
        Ok(match self.kind {
            Kind::Page => Box::new(page::read(&self.path, reader, modified)?.into_iter().map(Ok)),
            Kind::Markdown => Box::new(std::iter::once(markdown::read(self, reader, modified))),
            Kind::Jsonl => Box::new(jsonl::Lines::new(&self.path, BufReader::with_capacity(BUFFER, reader))),
            Kind::Feed => feed::read(self, BufReader::with_capacity(BUFFER, reader))?,
        })
    }
}

/// What a folder holds.
#[derive(Debug, Default)]
pub struct Listing {
    /// In order of names.
    pub files: Vec<InputFile>,
    /// Files and folders that could not be read.
    pub unreadable: Vec<Fault>,
    /// Links that are not followed.
    pub links: Vec<Fault>,
}

/// The files that a path stands for: itself, or all of this kind (of any, without one) in a folder; and what is wrong.
pub fn files(path: &Path, kind: Option<Kind>, zone: Tz) -> (Vec<InputFile>, Vec<Fault>) {
    if !path.is_dir() {
        return match InputFile::new(path, kind, zone) {
            Ok(file) => (vec![file], Vec::new()),
            Err(fault) => (Vec::new(), vec![fault]),
        };
    }
    let Listing { files, unreadable, links } = walk(path, kind, zone);
    (files, [unreadable, links].concat())
}

/// All files of this kind (of any, without one) in a folder and the folders in it.
///
/// Hidden files and folders are passed over. Symbolic links are followed only to files within the folder.
pub fn walk(folder: &Path, kind: Option<Kind>, zone: Tz) -> Listing {
    let mut listing = Listing::default();
    let shown = |entry: &walkdir::DirEntry| entry.depth() == 0 || !entry.file_name().to_string_lossy().starts_with('.');
    for entry in WalkDir::new(folder).max_depth(MAX_DEPTH).sort_by_file_name().into_iter().filter_entry(shown) {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                let path = error.path().unwrap_or(folder);
                listing.unreadable.push(Fault::of(path, format!("cannot be read: {error}")));
                continue;
            }
        };
        let guessed = Kind::guess(entry.path()).filter(|guessed| kind.is_none_or(|kind| kind == *guessed));
        let Some(kind) = guessed.filter(|_| !entry.file_type().is_dir()) else { continue };
        if entry.path_is_symlink() && !lies_within(entry.path(), folder) {
            listing.links.push(Fault::of(entry.path(), "is a link that leads out of the folder, or nowhere"));
            continue;
        }
        let name = entry.path().strip_prefix(folder).unwrap_or(entry.path());
        let name = name.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/");
        listing.files.push(InputFile { path: entry.into_path(), name, kind, zone });
    }
    listing
}

/// Whether a link ends at a file below this folder.
fn lies_within(link: &Path, folder: &Path) -> bool {
    match (link.canonicalize(), folder.canonicalize()) {
        (Ok(target), Ok(folder)) => target.starts_with(folder) && target.is_file(),
        _ => false,
    }
}

/// What an article is called that is called after its file: the path below the folder, without the extension.
pub fn path_id(name: &str) -> &str {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    stem.strip_suffix("/index").unwrap_or(stem)
}
