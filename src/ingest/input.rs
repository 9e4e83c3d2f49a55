//! A file that is to be read: where it lies, what kind it is of, and in which zone its dates are.
//!
//! Knows nothing of how each kind is read.

use std::path::{Path, PathBuf};

use chrono_tz::Tz;

use super::{Fault, Kind};

/// A file to be read.
///
/// ```
/// use std::path::Path;
/// use wellhead::ingest::InputFile;
///
/// # fn main() -> Result<(), wellhead::ingest::Fault> {
/// let file = InputFile::new(Path::new("first-bridge.md"), None, chrono_tz::Asia::Shanghai)?;
/// let text = "---\ntitle: 第一座石桥修好了\n---\n大安区的石桥今天重新开放。\n";
/// let found = file.read(text.as_bytes(), None)?.next().expect("one article a file")?;
/// assert_eq!(found.draft.title, "第一座石桥修好了");
/// assert_eq!(found.draft.id, "first-bridge");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct InputFile {
    /// Where it lies.
    pub path: PathBuf,
    /// Its path below the folder that was named, else its own name; with `/` between folders.
    pub name: String,
    /// The kind of its content.
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

    /// The folder that was named, below which it has its name; of a file that was named itself, the one that holds it.
    pub fn folder(&self) -> Option<&Path> {
        let folder = self.path.ancestors().nth(self.name.split('/').count())?;
        Some(if folder.as_os_str().is_empty() { Path::new(".") } else { folder })
    }
}
