//! A living folder: what writers do to its Markdown files happens to their articles.
//!
//! One look compares the folder with what is remembered of it, decides, and carries out. Knows nothing of events: it may
//! look at any time, and what is half done waits for the next look.

mod compare;
mod folder;

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

use crate::article::{Key, Time};
use crate::feed::FeedSet;
use crate::ingest::Fault;
use crate::intake::{self, Counts, Event, Input, Options};
use crate::store::{Stamp, Store, StoreError, Watched};
use compare::{Decisions, Put};
use folder::Seen;

/// Seconds for which a file must have been as it is, or gone, before that counts: saving takes several steps.
pub const SETTLE: i64 = 2;

/// So many withdrawals in one look are always believed.
pub const FEW: usize = 10;

/// Of so many articles, one may be withdrawn in one look: 5 %.
pub const SHARE: usize = 20;

/// Files or notes that are read or written at once.
const BATCH: usize = 1000;

/// Why a look came to nothing. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum LivingError {
    /// There is no such folder.
    #[error("{}: there is no such folder; if it is mounted, is it mounted now? Nothing is withdrawn", _0.display())]
    Missing(PathBuf),
    /// There is nothing in it.
    #[error("{}: there is no Markdown file in it; if it is mounted, is it mounted now? Nothing is withdrawn", _0.display())]
    Empty(PathBuf),
    /// A part of it cannot be read, so that nobody knows what is gone.
    #[error("the folder cannot be read whole, so that nothing is changed: {}", listed(_0))]
    Unreadable(Vec<Fault>),
    /// More than a few articles would be withdrawn, and more than a small share.
    #[error(
        "{} of {of} articles would be withdrawn, so that nothing is changed: {}; if that is meant, start with --confirm",
        paths.len(), paths.join(", ")
    )]
    TooMany {
        /// The files that are gone or say that they are drafts now.
        paths: Vec<String>,
        /// How many articles the folder has published.
        of: usize,
    },
    /// The store does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn listed(faults: &[Fault]) -> String {
    faults.iter().map(Fault::to_string).collect::<Vec<_>>().join("; ")
}

/// What a look came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// What became of new and changed files.
    pub counts: Counts,
    /// Articles withdrawn because their files are gone, or drafts now.
    pub withdrawn: u64,
    /// Articles published again because their files are back.
    pub restored: u64,
    /// Files that have another name now.
    pub renamed: u64,
    /// Files that are being written, or were here a moment ago: they are worth another look in [`SETTLE`] seconds.
    pub waiting: u64,
}

impl Look {
    /// Whether anything was published differently.
    pub fn changed(&self) -> bool {
        let Self { counts, withdrawn, restored, renamed, .. } = self;
        counts.new + counts.edited + counts.left + withdrawn + restored + renamed > 0
    }
}

/// A folder and what was seen of it of late.
pub struct Living {
    folder: PathBuf,
    source: Arc<str>,
    /// Whether any number of withdrawals is meant, until a look succeeds.
    confirmed: bool,
    /// Files that were being written, as they were, and since when.
    unsettled: HashMap<String, (Stamp, Time)>,
    /// Files that are not there, and since when.
    missing: HashMap<String, Time>,
    /// Files that could not be taken as they are: their faults are told once.
    told: HashMap<String, Stamp>,
}

impl Living {
    /// A folder whose articles come in the name of `source`. With `confirmed`, the first look may withdraw any number.
    pub fn new(folder: PathBuf, source: String, confirmed: bool) -> Self {
        let (unsettled, missing, told) = (HashMap::new(), HashMap::new(), HashMap::new());
        Self { folder, source: source.into(), confirmed, unsettled, missing, told }
    }

    /// Looks at the folder, and makes the store what it says. Faults of single files are told; the others go in.
    pub fn look(
        &mut self,
        set: &FeedSet,
        store: &Store,
        clock: &(dyn Fn() -> Time + Sync),
        tell: &mut dyn FnMut(Fault),
    ) -> Result<Look, LivingError> {
        let now = clock();
        let known = store.watched(&self.source).wait()?;
        let files = folder::list(&self.folder, set.site.time_zone)?;
        let (changed, waiting) = self.settled(files.iter().filter(|file| file.differs(&known)), now);
        let mut decisions = Decisions::new(Arc::clone(&self.source), &known, &files);
        for file in changed {
            if let Err(fault) = file.read().and_then(|read| decisions.take(file, read)) {
                self.told.insert(file.name().to_owned(), file.stamp);
                tell(fault);
            }
        }
        let gone = self.gone(decisions.missing(), now);
        let waiting = waiting + (decisions.missing().count() - gone.len()) as u64;
        gone.into_iter().for_each(|path| decisions.withdraw(&path));
        self.guard(&decisions, &known)?;
        let look = self.carry_out(set, store, clock, decisions, known.is_empty(), tell)?;
        // Until everything that was found at the start has had its time.
        self.confirmed &= waiting > 0;
        Ok(Look { waiting, ..look })
    }

    /// Those files that are as they are for long enough, and how many are not.
    fn settled<'f>(&mut self, files: impl Iterator<Item = &'f Seen>, now: Time) -> (Vec<&'f Seen>, u64) {
        let (mut settled, mut unsettled) = (Vec::new(), HashMap::new());
        for file in files.filter(|file| self.told.get(file.name()) != Some(&file.stamp)) {
            let since = match self.unsettled.get(file.name()) {
                Some((stamp, since)) if *stamp == file.stamp => *since,
                _ => now,
            };
            // What was last written long ago is not being written, whether it was seen before or not.
            if since.min(file.stamp.time()).plus(SETTLE) <= now {
                settled.push(file);
            } else {
                unsettled.insert(file.name().to_owned(), (file.stamp, since));
            }
        }
        self.unsettled = unsettled;
        let waiting = self.unsettled.len() as u64;
        (settled, waiting)
    }

    /// Of the files that are not there, those that have not been for long enough.
    fn gone<'p>(&mut self, missing: impl Iterator<Item = &'p str>, now: Time) -> Vec<String> {
        let since = |path: &str| self.missing.get(path).copied().unwrap_or(now);
        self.missing = missing.map(|path| (path.to_owned(), since(path))).collect();
        let gone = self.missing.iter().filter(|(_, since)| since.plus(SETTLE) <= now);
        let mut gone: Vec<String> = gone.map(|(path, _)| path.clone()).collect();
        gone.sort();
        gone
    }

    /// Refuses to withdraw more than few articles and more than a small share of them.
    fn guard(&self, decisions: &Decisions<'_>, known: &[Watched]) -> Result<(), LivingError> {
        let paths: Vec<String> = decisions.withdrawals.iter().map(|(path, _)| path.clone()).collect();
        let of = known.iter().filter(|file| file.shown).count();
        if paths.len() > FEW && paths.len() * SHARE > of && !self.confirmed {
            return Err(LivingError::TooMany { paths, of });
        }
        Ok(())
    }

    fn carry_out(
        &mut self,
        set: &FeedSet,
        store: &Store,
        clock: &(dyn Fn() -> Time + Sync),
        decisions: Decisions<'_>,
        first: bool,
        tell: &mut dyn FnMut(Fault),
    ) -> Result<Look, LivingError> {
        let who = format!("watch {}", self.source);
        let Decisions { puts, restores, withdrawals, mut notes, forgotten, renamed, .. } = decisions;
        let restored = set_notices(store, restores, None, &who, clock)?;
        let (counts, left) = self.put(set, store, clock, &puts, first, tell)?;
        let keys = withdrawals.into_iter().map(|(_, key)| key).collect();
        let withdrawn = set_notices(store, keys, Some(""), &who, clock)?;
        // What could not be taken is looked at again when it has changed, or after the next start.
        notes.extend(puts.into_iter().filter(|put| put.renamed || !left.contains(put.file.path())).map(Put::into_note));
        let mut forgotten = forgotten;
        while !notes.is_empty() || !forgotten.is_empty() {
            let rest = notes.split_off(notes.len().min(BATCH));
            store
                .note_watched(&self.source, std::mem::replace(&mut notes, rest), std::mem::take(&mut forgotten))
                .wait()?;
        }
        Ok(Look { counts, withdrawn, restored, renamed, waiting: 0 })
    }

    /// Takes new and changed files in; tells which could not be.
    fn put(
        &mut self,
        set: &FeedSet,
        store: &Store,
        clock: &(dyn Fn() -> Time + Sync),
        puts: &[Put],
        first: bool,
        tell: &mut dyn FnMut(Fault),
    ) -> Result<(Counts, HashSet<PathBuf>), LivingError> {
        let inputs: Vec<Input> = puts.iter().map(Put::input).collect();
        // What a folder holds when it is first watched is there already for its readers, as when moving in.
        let options = Options { by: "watch", source: self.source.to_string(), published: None, backfill: first };
        let mut left = HashSet::new();
        let counts = intake::import(set, store, &inputs, &options, clock, &mut |event| match event {
            Event::Left(fault) => {
                left.insert(fault.file.clone());
                tell(fault);
            }
            Event::Noted(fault) => tell(fault),
            Event::Dated { .. } | Event::Stored(_) => {}
        })?;
        for put in puts.iter().filter(|put| left.contains(put.file.path())) {
            self.told.insert(put.file.name().to_owned(), put.file.stamp);
        }
        Ok((counts, left))
    }
}

/// Withdraws or restores articles, a transaction for each batch.
fn set_notices(
    store: &Store,
    keys: Vec<Key>,
    note: Option<&str>,
    who: &str,
    clock: &(dyn Fn() -> Time + Sync),
) -> Result<u64, StoreError> {
    keys.chunks(BATCH).map(|keys| store.set_notices(keys.to_vec(), note, who, clock()).wait()).sum()
}
