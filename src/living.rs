//! A living folder: what writers do to its Markdown files happens to their articles.
//!
//! One look compares the folder with what is remembered of it, decides, and carries out. Knows nothing of events: it may
//! look at any time, and what is half done waits for the next look.

mod folder;
mod compare;

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono_tz::Tz;

use crate::article::Time;
use crate::feed::FeedSet;
use crate::ingest::Fault;
use crate::intake::{self, Counts, Event, Input, Options, Recognised, Twice};
use crate::printable::field;
use crate::store::command::{self, Batch, Command, Operation, Outcome};
use crate::store::{Followed, Stamp, State, Store, StoreError, Watched};
use compare::{Decisions, Put, Reading};
use folder::Seen;

/// Seconds for which a file must have been as it is, or gone, before that counts: saving takes several steps.
pub const SETTLE: i64 = 2;

/// So many withdrawals in one look are always believed.
pub const FEW: usize = 10;

/// Of so many articles, one may be withdrawn in one look: 5 %.
pub const SHARE: usize = 20;

/// Why a look came to nothing. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum LivingError {
    /// There is no such folder.
    #[error("{}: there is no such folder; if it is mounted, is it mounted now? Nothing is withdrawn", field(&_0.to_string_lossy()))]
    Missing(PathBuf),
    /// There is nothing in it.
    #[error("{}: there is no Markdown file in it; if it is mounted, is it mounted now? Nothing is withdrawn", field(&_0.to_string_lossy()))]
    Empty(PathBuf),
    /// A part of it cannot be read, so that nobody knows what is gone.
    #[error("{_0}; nothing is changed, since files that were there may be there still")]
    Unreadable(Fault),
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
    /// Many new posts have titles of articles that have come from a feed, and are not recognised as these.
    #[error(
        "{} of {of} posts would stand beside an article of the same title, so that nothing is changed: {}; if that is \
         meant, start with --confirm",
        paths.len(), paths.join(", ")
    )]
    Twice {
        /// The posts' files.
        paths: Vec<String>,
        /// The number of posts that were looked at.
        of: usize,
    },
    /// The store does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
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
        counts.new + counts.edited + withdrawn + restored + renamed > 0
    }
}

/// A folder and what was seen of it of late.
pub struct Living {
    folder: PathBuf,
    source: String,
    /// The zone of dates that name none, if it is not to be the definitions'.
    dates_in: Option<Tz>,
    /// Whether any number of withdrawals is meant, until everything that was there at the start has been seen to.
    confirmed: bool,
    /// Whether nothing was known of the folder, until then.
    first: Option<bool>,
    /// Files that were being written, as they were, and since when.
    unsettled: HashMap<String, (Stamp, Time)>,
    /// Files that are not there, and since when.
    missing: HashMap<String, Time>,
    /// What was told of each file, so that it is told once.
    told: HashMap<PathBuf, String>,
    /// How many steps looks have made: so a long look is told from one that hangs.
    steps: Arc<AtomicU64>,
}

impl Living {
    /// A folder whose articles come in the name of `source`. With `confirmed`, the first look may withdraw any number.
    pub fn new(folder: PathBuf, source: String, confirmed: bool) -> Self {
        let (unsettled, missing, told, steps) = Default::default();
        Self { folder, source, dates_in: None, confirmed, first: None, unsettled, missing, told, steps }
    }

    /// The same folder, whose dates without a zone are meant in this one.
    #[must_use]
    pub fn dates_in(self, dates_in: Option<Tz>) -> Self {
        Self { dates_in, ..self }
    }

    /// Counts the steps of looks, while one is going on.
    pub fn steps(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.steps)
    }

    fn step(&self) {
        self.steps.fetch_add(1, Ordering::Relaxed);
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
        let (files, mut faults) = folder::list(&self.folder, self.dates_in.unwrap_or(set.zone_of_dates()), &known)?;
        let is_start = self.first.is_none();
        let first = *self.first.get_or_insert(known.is_empty());
        let (changed, unsettled) = self.settled(&known, &files, now, is_start);
        let gone = self.gone(&known, &files, now);
        let mut readings = Vec::new();
        for file in changed {
            self.step();
            match file.read() {
                Ok(read) => readings.push(Reading { file, read }),
                Err(fault) => faults.push(fault),
            }
        }
        let gone = gone.iter().map(String::as_str).collect();
        let mut decisions = compare::decide(&self.source, &known, &files, &readings, &gone);
        self.guard(&decisions, &known)?;
        faults.append(&mut decisions.faults);
        let waiting = unsettled + self.missing.keys().filter(|path| !gone.contains(path.as_str())).count();
        let look = self.carry_out(set, store, clock, decisions, first, &mut faults)?;
        self.tell(faults, tell);
        // Until everything that was found at the start has had its time.
        self.confirmed &= waiting > 0;
        self.first = Some(first && waiting > 0);
        Ok(Look { waiting: waiting as u64, ..look })
    }

    /// The files that have to be read and are as they are for long enough, and how many are not. At the start that is told
    /// by their times; later they must have been seen, since clocks of other machines may be wrong.
    fn settled<'f>(
        &mut self,
        known: &[Watched],
        files: &'f [Seen],
        now: Time,
        is_start: bool,
    ) -> (Vec<&'f Seen>, usize) {
        let known: HashMap<&str, &Watched> = known.iter().map(|file| (file.path.as_str(), file)).collect();
        let (mut settled, mut unsettled) = (Vec::new(), HashMap::new());
        for file in files.iter().filter(|file| file.differs(known.get(file.name()).copied())) {
            let since = match self.unsettled.get(file.name()) {
                Some((stamp, since)) if *stamp == file.stamp => *since,
                _ if is_start => file.stamp.time().min(now),
                _ => now,
            };
            unsettled.insert(file.name().to_owned(), (file.stamp, since));
            if since.plus(SETTLE) <= now {
                settled.push(file);
            }
        }
        let waiting = unsettled.len() - settled.len();
        // What was seen for long enough stays here, too: it may have to be read again.
        self.unsettled = unsettled;
        (settled, waiting)
    }

    /// Of the known files that are not there, those that have not been for long enough.
    fn gone(&mut self, known: &[Watched], files: &[Seen], now: Time) -> Vec<String> {
        let there: HashSet<&str> = files.iter().map(Seen::name).collect();
        let missing = known.iter().filter(|file| file.state != State::Gone && !there.contains(file.path.as_str()));
        let since = |path: &str| self.missing.get(path).copied().unwrap_or(now);
        self.missing = missing.map(|file| (file.path.clone(), since(&file.path))).collect();
        self.missing.iter().filter(|(_, since)| since.plus(SETTLE) <= now).map(|(path, _)| path.clone()).collect()
    }

    /// Refuses to withdraw more than few articles and more than a small share of them.
    fn guard(&self, decisions: &Decisions, known: &[Watched]) -> Result<(), LivingError> {
        let mut paths: Vec<String> = decisions.withdrawals.iter().map(|(path, _)| path.clone()).collect();
        let of = known.iter().filter(|file| file.state == State::Shown).count();
        if paths.len() > FEW && paths.len() * SHARE > of && !self.confirmed {
            paths.sort();
            return Err(LivingError::TooMany { paths, of });
        }
        Ok(())
    }

    /// Puts what has to be put; then, in one transaction, withdraws and remembers.
    fn carry_out(
        &mut self,
        set: &FeedSet,
        store: &Store,
        clock: &(dyn Fn() -> Time + Sync),
        decisions: Decisions,
        first: bool,
        faults: &mut Vec<Fault>,
    ) -> Result<Look, LivingError> {
        let Decisions { puts, withdrawals, mut notes, forgotten, renamed, .. } = decisions;
        let inputs: Vec<Input> = puts.iter().map(Put::input).collect();
        let recognised = self.recognise(set, store, &inputs, clock(), faults)?;
        // What a folder holds when it is first watched is there already for its readers, as when moving in.
        let options = Options {
            by: "watch",
            source: self.source.clone(),
            backfill: first,
            restores: true,
            recognised,
            ..Options::default()
        };
        let (mut left, mut withdrawn, mut purged) = (HashSet::new(), HashSet::new(), HashSet::new());
        let counts = intake::import(set, store, &inputs, &options, clock, &mut |event| {
            self.step();
            match event {
                Event::Left(fault) => {
                    left.insert(fault.file.clone());
                    faults.push(fault);
                }
                Event::Noted(fault) => faults.push(fault),
                Event::Withdrawn { file, purged: true } => {
                    faults.push(Fault::of(&file, "its article has been erased; delete the file, too"));
                    purged.insert(file);
                }
                Event::Withdrawn { file, .. } => drop(withdrawn.insert(file)),
                Event::Lost(fault) => tracing::debug!("{fault}"),
                Event::Dated { .. } | Event::Would { .. } | Event::Stored(_) => {}
            }
        })?;
        for put in puts.into_iter().filter(|put| !purged.contains(put.file.path())) {
            let path = put.file.path().to_owned();
            match (left.contains(&path), withdrawn.contains(&path)) {
                (true, _) => notes.extend(put.left()),
                (false, true) => notes.push(put.withdrawn()),
                (false, false) => notes.push(put.taken()),
            }
        }
        let source = self.source.clone();
        let actor: Arc<str> = format!("watch {source}").into();
        let withdraw = |(_, key)| Command::new(key, Operation::Withdraw { note: None }, Arc::clone(&actor));
        let commands: Vec<Command> = withdrawals.into_iter().map(withdraw).collect();
        let mut withdrawn = 0;
        if !(commands.is_empty() && notes.is_empty() && forgotten.is_empty()) {
            let files = Followed { source, files: notes, forgotten };
            let answers = store.execute(Batch { commands, files, ..Batch::default() }, clock()).wait()?;
            withdrawn = command::count(&answers, Outcome::Withdrawn);
        }
        Ok(Look { counts, withdrawn, restored: counts.restored, renamed, waiting: 0 })
    }

    /// Which articles of a feed the posts are; refuses to let many titles stand twice.
    fn recognise(
        &mut self,
        set: &FeedSet,
        store: &Store,
        inputs: &[Input],
        now: Time,
        faults: &mut Vec<Fault>,
    ) -> Result<Recognised, LivingError> {
        let asked = intake::Import {
            source: &self.source,
            inputs,
            from_feed: false,
            set,
            dates_in: self.dates_in.or(set.dates_in),
            is_confirmed: self.confirmed,
            is_thorough: false,
        };
        let recognised = intake::recognise(store, &asked, now)?;
        // Later, new posts are few, and the folder goes on.
        if recognised.doubles() && self.first == Some(true) && !self.confirmed {
            let paths =
                recognised.twice.iter().map(|twice| field(&twice.file.to_string_lossy()).into_owned()).collect();
            return Err(LivingError::Twice { paths, of: recognised.drafts });
        }
        self.dates_in = recognised.zone.or(self.dates_in);
        faults.extend(recognised.remark.iter().map(|remark| Fault::of(&self.folder, remark)));
        faults.extend(recognised.twice.iter().map(Twice::fault));
        Ok(recognised)
    }

    /// Tells what has not been told yet.
    fn tell(&mut self, faults: Vec<Fault>, tell: &mut dyn FnMut(Fault)) {
        let mut told = HashMap::new();
        for fault in faults {
            if self.told.get(&fault.file) != Some(&fault.reason) {
                tell(fault.clone());
            }
            told.insert(fault.file, fault.reason);
        }
        self.told = told;
    }
}
