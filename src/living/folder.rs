//! A watched folder's files: what they look like from outside, and what stands in them.
//!
//! Knows nothing of what was there before, or of the store.

use std::fs;
use std::io::{self, Cursor, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::UNIX_EPOCH;

use chrono_tz::Tz;
use sha2::{Digest, Sha256};

use super::LivingError;
use crate::article::{Status, Time};
use crate::ingest::{self, Fault, Found, InputFile, Kind, Listing, MAX_INPUT, Naming};
use crate::regular;
use crate::store::{Stamp, State, Watched};

impl Stamp {
    /// When the file was last written.
    pub(super) fn time(self) -> Time {
        Time(self.modified.div_euclid(1_000_000_000))
    }
}

/// A file as it was found.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    file: InputFile,
    pub stamp: Stamp,
}

/// What stands in a file.
#[derive(Debug)]
pub(super) struct ReadFile {
    /// A hash of its bytes.
    pub digest: String,
    /// What its article is called, by its own word or else by its path.
    pub own_id: String,
    /// Which of these.
    pub naming: Naming,
    /// Whether it is not to be seen yet.
    pub draft: bool,
    /// Why, if it says so.
    pub held: Option<String>,
}

/// All Markdown files of a folder, in order of their names, and what is wrong with others. `known` is what the folder
/// held; if it is not certain what has become of it, nothing is.
pub(super) fn list(folder: &Path, zone: Tz, known: &[Watched]) -> Result<(Vec<Seen>, Vec<Fault>), LivingError> {
    if !folder.is_dir() {
        return Err(LivingError::Missing(folder.to_owned()));
    }
    let Listing { files, unreadable, refused } = ingest::walk(folder, Some(Kind::Markdown), zone);
    let mut faults = refused;
    for fault in unreadable {
        let lies_within = |file: &&Watched| folder.join(&file.path).starts_with(&fault.file);
        if known.iter().filter(|file| file.state == State::Shown).any(|file| lies_within(&file)) {
            return Err(LivingError::Unreadable(fault));
        }
        faults.push(fault);
    }
    let mut seen = Vec::new();
    for file in files {
        match stamp(&file.path) {
            Ok(stamp) => seen.push(Seen { file, stamp }),
            // It was taken away between the one look and the other.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(LivingError::Unreadable(self::unreadable(&file.path, &error))),
        }
    }
    if seen.is_empty() { Err(LivingError::Empty(folder.to_owned())) } else { Ok((seen, faults)) }
}

fn stamp(path: &Path) -> io::Result<Stamp> {
    let metadata = fs::metadata(path)?;
    let since = metadata.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    let modified = i64::try_from(since.as_nanos()).unwrap_or(i64::MAX);
    Ok(Stamp { size: metadata.len(), modified, inode: metadata.ino() as i64 })
}

fn unreadable(path: &Path, error: &io::Error) -> Fault {
    Fault::unreadable(path, error)
}

impl Seen {
    /// Its path below the folder.
    pub(super) fn name(&self) -> &str {
        &self.file.name
    }

    /// Where it lies.
    pub(super) fn path(&self) -> &Path {
        &self.file.path
    }

    /// Whether it has to be read, for what is known of it.
    pub(super) fn differs(&self, known: Option<&Watched>) -> bool {
        known.is_none_or(|known| known.stamp != self.stamp || known.state == State::Gone)
    }

    /// Reads what stands in it.
    pub(super) fn read(&self) -> Result<ReadFile, Fault> {
        let (bytes, digest) = self.bytes()?;
        let found = self.file.identify(Cursor::new(bytes))?;
        let draft = found.draft.status == Status::Draft;
        Ok(ReadFile { digest, naming: found.naming, own_id: found.draft.id, draft, held: found.held })
    }

    /// Reads it again, as long as it is what it was, for an article of this id; dates without a zone are meant in this one.
    pub(super) fn draft(&self, digest: &str, own_id: &str, zone: Option<Tz>) -> Result<Found, Fault> {
        let (bytes, now) = self.bytes()?;
        if now != digest {
            return Err(Fault::of(self.path(), "changed while it was read"));
        }
        let file = InputFile { zone: zone.unwrap_or(self.file.zone), ..self.file.clone() };
        let mut found = self.found(&file, bytes)?;
        own_id.clone_into(&mut found.draft.id);
        Ok(found)
    }

    fn bytes(&self) -> Result<(Vec<u8>, String), Fault> {
        let file = regular::open(self.path()).map_err(|error| unreadable(self.path(), &error))?;
        let mut bytes = Vec::new();
        let read = file.take(MAX_INPUT as u64 + 1).read_to_end(&mut bytes);
        read.map_err(|error| unreadable(self.path(), &error))?;
        if bytes.trim_ascii().is_empty() {
            return Err(Fault::of(self.path(), "is empty; it is taken when something stands in it"));
        }
        let digest = data_encoding::HEXLOWER.encode(&Sha256::digest(&bytes)[..16]);
        Ok((bytes, digest))
    }

    fn found(&self, file: &InputFile, bytes: Vec<u8>) -> Result<Found, Fault> {
        let mut drafts = file.read(Cursor::new(bytes), Some(self.stamp.time()))?;
        drafts.next().unwrap_or_else(|| Err(Fault::of(self.path(), "holds no article")))
    }
}
