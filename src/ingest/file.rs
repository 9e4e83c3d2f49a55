//! Which files there are to read, and each by the reader for its kind; a folder is walked, and never left.
//!
//! Knows nothing of what stands in them.

use std::io::{BufReader, Read};
use std::path::Path;
use std::time::UNIX_EPOCH;

use chrono_tz::Tz;
use tempfile::NamedTempFile;
use walkdir::WalkDir;

use super::{Drafts, Fault, Found, InputFile, Kind, contradiction, feed, jsonl, markdown, page};
use crate::article::Time;
use crate::regular;

/// The depth to which folders are walked.
const MAX_DEPTH: usize = 32;

/// The bytes that are read ahead of a file.
const BUFFER: usize = 1 << 16;

impl InputFile {
    /// Opens it: its drafts are read as they are asked for.
    pub fn open(&self) -> Result<Drafts, Fault> {
        let unreadable = |error: std::io::Error| Fault::unreadable(&self.path, error);
        let file = regular::open_named(&self.path).map_err(unreadable)?;
        if self.kind == Kind::Feed {
            return feed::open(self, file);
        }
        let metadata = file.metadata().map_err(unreadable)?;
        let modified = metadata.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        let modified = modified.map(|since| Time(since.as_secs() as i64));
        self.read(file, modified)
    }

    /// Reads of a Markdown file what its article is called and whether it may be seen: a part of what all of it costs.
    pub fn identify(&self, reader: impl Read) -> Result<Found, Fault> {
        markdown::identify(self, reader)
    }

    /// Whether it can be read once only.
    pub fn is_pipe(&self) -> bool {
        std::fs::metadata(&self.path).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir())
    }

    /// Keeps all that comes through a pipe in a temporary file.
    pub fn spool(&self) -> std::io::Result<NamedTempFile> {
        let mut spooled = NamedTempFile::new()?;
        std::io::copy(&mut regular::open_named(&self.path)?, &mut spooled)?;
        Ok(spooled)
    }

    /// Why it is hardly of its kind, by its name or by what it begins with. What cannot be read, or cannot be read
    /// twice, says nothing here.
    pub fn contradiction(&self) -> Option<Fault> {
        let mut head = Vec::new();
        if self.path.is_file() {
            let file = regular::open_named(&self.path).ok()?;
            file.take(contradiction::HEAD as u64).read_to_end(&mut head).ok()?;
        }
        let reason = contradiction::reason(&self.path, self.kind, &String::from_utf8_lossy(&head))?;
        Some(Fault::of(&self.path, format!("{reason}; --force takes it all the same")))
    }

    /// Reads it from `reader`; `modified` is when the file was last changed.
    pub fn read(&self, reader: impl Read + Send + 'static, modified: Option<Time>) -> Result<Drafts, Fault> {
        Ok(match self.kind {
            Kind::Page => Box::new(page::read(&self.path, reader, modified)?.into_iter().map(Ok)),
            Kind::Markdown => Box::new(std::iter::once(markdown::read(self, reader, modified))),
            Kind::Jsonl => Box::new(jsonl::Lines::new(&self.path, BufReader::with_capacity(BUFFER, reader))),
            Kind::Feed => feed::read(self, reader)?,
        })
    }
}

/// The files of a folder.
#[derive(Debug, Default)]
pub struct Listing {
    /// In order of names.
    pub files: Vec<InputFile>,
    /// Files and folders that could not be read.
    pub unreadable: Vec<Fault>,
    /// Links that are not followed, and files whose names are no text.
    pub refused: Vec<Fault>,
}

/// The files that a path stands for: itself, or all of this kind (of any, without one) in a folder; and what is wrong.
pub fn files(path: &Path, kind: Option<Kind>, zone: Tz) -> (Vec<InputFile>, Vec<Fault>) {
    if !path.is_dir() {
        return match InputFile::new(path, kind, zone) {
            Ok(file) => (vec![file], Vec::new()),
            Err(fault) => (Vec::new(), vec![fault]),
        };
    }
    let Listing { files, unreadable, refused } = walk(path, kind, zone);
    let mut faults = [unreadable, refused].concat();
    if files.is_empty() && faults.is_empty() {
        let which = if kind.is_some() { "of this kind" } else { "whose kind is clear from its name" };
        faults.push(Fault::of(path, format!("holds no file {which}")));
    }
    (files, faults)
}

/// All files of this kind (of any, without one) in a folder and the folders in it.
///
/// Hidden files and folders are passed over, and so are the pages of sections, which list articles and are none.
/// Symbolic links are followed only to files within the folder.
pub fn walk(folder: &Path, kind: Option<Kind>, zone: Tz) -> Listing {
    let mut listing = Listing::default();
    let shown = |entry: &walkdir::DirEntry| entry.depth() == 0 || !entry.file_name().to_string_lossy().starts_with('.');
    for entry in WalkDir::new(folder).max_depth(MAX_DEPTH).sort_by_file_name().into_iter().filter_entry(shown) {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                let path = error.path().unwrap_or(folder);
                listing.unreadable.push(Fault::unreadable(path, &error));
                continue;
            }
        };
        let guessed = Kind::guess(entry.path()).filter(|guessed| kind.is_none_or(|kind| kind == *guessed));
        let Some(kind) = guessed.filter(|_| !entry.file_type().is_dir()) else { continue };
        if kind == Kind::Markdown && is_section(&entry.file_name().to_string_lossy()) {
            continue;
        }
        if entry.path_is_symlink() && !lies_within(entry.path(), folder) {
            listing
                .refused
                .push(Fault::of(entry.path(), "is a link that leads out of the folder, or to no regular file"));
            continue;
        }
        // Two such names could be made one.
        let Some(name) = entry.path().strip_prefix(folder).ok().and_then(Path::to_str) else {
            listing.refused.push(Fault::of(entry.path(), "has a name that is not UTF-8"));
            continue;
        };
        let name = name.replace(std::path::MAIN_SEPARATOR, "/");
        listing.files.push(InputFile { path: entry.into_path(), name, kind, zone });
    }
    listing
}

/// Whether a name is that of Hugo's and Zola's pages of sections, `_index.md` or, of one language, `_index.zh.md`.
fn is_section(name: &str) -> bool {
    name.split('.').next() == Some("_index")
}

/// Whether a link ends at a file below this folder.
fn lies_within(link: &Path, folder: &Path) -> bool {
    match (link.canonicalize(), folder.canonicalize()) {
        (Ok(target), Ok(folder)) => target.starts_with(folder) && target.is_file(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with these files, each with something in it.
    fn folder(names: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        for name in names {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            std::fs::write(path, "盐").expect("a file");
        }
        folder
    }

    fn names(files: &[InputFile]) -> Vec<(&str, Kind)> {
        files.iter().map(|file| (file.name.as_str(), file.kind)).collect()
    }

    #[test]
    fn a_folder_stands_for_its_files_of_every_known_kind_in_order_of_names() {
        let all = ["b/2.md", "b/1.markdown", "a.jsonl", "c.txt", "b/x/盐.MD", "a.bin", "README", "d.md/e.md"];
        let folder = folder(&all);
        let (files, faults) = files(folder.path(), None, Tz::UTC);
        let found = [
            ("a.jsonl", Kind::Jsonl),
            ("b/1.markdown", Kind::Markdown),
            ("b/2.md", Kind::Markdown),
            ("b/x/盐.MD", Kind::Markdown),
            ("c.txt", Kind::Page),
            ("d.md/e.md", Kind::Markdown),
        ];
        assert_eq!((names(&files), faults), (found.to_vec(), Vec::new()));
        let (files, _) = super::files(folder.path(), Some(Kind::Page), Tz::UTC);
        assert_eq!(names(&files), [("c.txt", Kind::Page)]);
    }

    #[test]
    fn hidden_files_and_pages_of_sections_are_passed_over_unless_they_are_named_themselves() {
        let folder = folder(&[".a.md", ".git/b.md", "c/_index.md", "_index.zh.md", "c/index.md", "_indexes.md"]);
        let (files, faults) = files(folder.path(), None, Tz::UTC);
        assert_eq!(
            (names(&files), faults.len()),
            (vec![("_indexes.md", Kind::Markdown), ("c/index.md", Kind::Markdown)], 0)
        );
        let (files, _) = super::files(&folder.path().join("c/_index.md"), None, Tz::UTC);
        assert_eq!(names(&files), [("_index.md", Kind::Markdown)]);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_to_files_within_the_folder_alone() {
        use std::os::unix::fs::symlink;
        let outside = folder(&["secret.md", "more/secret.md"]);
        let folder = folder(&["a/1.md"]);
        let link = |target: &Path, name: &str| symlink(target, folder.path().join(name)).expect("a link");
        link(&folder.path().join("a/1.md"), "inside.md");
        link(Path::new("a/1.md"), "relative.md");
        link(&outside.path().join("secret.md"), "out.md");
        link(&folder.path().join("nowhere.md"), "broken.md");
        link(&outside.path().join("more"), "more");
        link(folder.path(), "a/loop");
        link(&folder.path().join("a"), "folder.md");
        let (files, faults) = files(folder.path(), None, Tz::UTC);
        let found: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(found, ["a/1.md", "inside.md", "relative.md"]);
        let refused: Vec<&str> = faults.iter().filter_map(|fault| fault.file.file_name()?.to_str()).collect();
        assert_eq!(refused, ["broken.md", "folder.md", "out.md"]);
        assert!(faults[0].reason.starts_with("is a link that leads out of the folder"), "{}", faults[0]);
    }
}
