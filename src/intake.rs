//! The write spine: files become drafts, drafts become articles with labels, articles go into the store.
//!
//! One thread reads, cleans and classifies while another stores. Knows nothing of SQL, of feeds' documents or of who
//! is told about it: faults and progress go to the caller as they happen.

mod submission;
mod reading;
mod recognise;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{OnceLock, mpsc};
use std::thread;

use chrono_tz::Tz;

use crate::article::{Labels, Time};
use crate::feed::FeedSet;
use crate::ingest::loss::Lost;
use crate::ingest::{Drafts, Fault, InputFile};
use crate::store::command::{Answer, Executed, Outcome, Rejection};
use crate::store::{Store, StoreError};

pub use reading::MAX_REMEMBERED_IDS;
use reading::{Message, Origin, Reading};
pub use recognise::{Import, Recognised, Twice, recognise};
pub use submission::{MAX_CLOCK_AHEAD, base, clean, in_time, placed, submission, updated};

/// Batches that may wait for the store: enough that neither thread waits long for the other.
const WAITING_BATCHES: usize = 1;

/// What an import is told beside its paths.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// What brings it, for the history: `import`, `watch`.
    pub by: &'static str,
    /// The source's name: part of every article's identity.
    pub source: String,
    /// The time of what brings none: the first such article of a file has it, each further one a second less.
    pub published: Option<Time>,
    /// Whether old articles join at the tail, unnoticed by readers (rule 5).
    pub backfill: bool,
    /// Whether what was withdrawn in the same name comes back when it is brought again.
    pub restores: bool,
    /// Which articles its drafts are known to be.
    pub recognised: Recognised,
    /// Whether to tell what would become of everything, and to write nothing.
    pub dry_run: bool,
}

/// Opens an input.
pub type Open = Box<dyn Fn(Option<Tz>) -> Result<Drafts, Fault> + Send + Sync>;

/// One input: its name and a way to open it, once to recognise what stands in it and twice more for a backfill.
pub struct Input {
    /// For messages.
    pub path: PathBuf,
    /// Opens it from the beginning; dates without a zone are meant in the one that is named, if one is.
    pub open: Open,
}

impl Input {
    /// A file, or a pipe that a shell hands over: what comes through it is kept in a temporary file, since it comes once.
    pub fn file(file: InputFile) -> Self {
        let path = file.path.clone();
        let spool = OnceLock::new();
        let open = move |zone: Option<Tz>| {
            let file = InputFile { zone: zone.unwrap_or(file.zone), ..file.clone() };
            if !file.is_pipe() {
                return file.open();
            }
            let spooled = spool.get_or_init(|| file.spool().map_err(|error| Fault::unreadable(&file.path, error)));
            let spooled = spooled.as_ref().map_err(Clone::clone)?.reopen();
            file.read(spooled.map_err(|error| Fault::unreadable(&file.path, error))?, None)
        };
        Self { path, open: Box::new(open) }
    }

    /// A text in memory, as if it had been read from such a file.
    pub fn text(file: InputFile, text: &'static str) -> Self {
        Self { path: file.path.clone(), open: Box::new(move |_| file.read(text.as_bytes(), None)) }
    }
}

/// What happens during an import.
#[derive(Debug)]
pub enum Event {
    /// Something was left out.
    Left(Fault),
    /// Something was taken that had to be completed.
    Noted(Fault),
    /// Parts of something that was taken could not be kept: the counts hold how many.
    Lost(Fault),
    /// So many of a file's articles were new and undated, and are dated from this time downwards.
    Dated {
        /// The file.
        file: PathBuf,
        /// How many.
        articles: u64,
        /// The first one's time.
        from: Time,
    },
    /// Something is withdrawn, and stays so.
    Withdrawn {
        /// The file that holds it.
        file: PathBuf,
        /// Whether its text has been erased.
        purged: bool,
    },
    /// In a dry run, something that would be published, or differently.
    Would {
        /// The file.
        file: PathBuf,
        /// The line it begins at, from 1.
        line: u64,
        /// The outcome that it would have.
        outcome: Outcome,
        /// The article as it would be seen.
        shown: Shown,
    },
    /// A batch has been stored; the counts so far.
    Stored(Counts),
}

/// An article as a dry run tells of it.
#[derive(Clone, Debug)]
pub struct Shown {
    /// Its title.
    pub title: String,
    /// When it is published.
    pub published: Time,
    /// Its districts and topics, if it is new.
    pub labels: Labels,
}

/// How an import went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Articles that were not there before.
    pub new: u64,
    /// Of these, articles that nobody sees before their time.
    pub held: u64,
    /// Articles that are published differently now.
    pub edited: u64,
    /// Articles that were there already.
    pub unchanged: u64,
    /// Of these, articles that are withdrawn, and stay so.
    pub withdrawn: u64,
    /// Items left out.
    pub left: u64,
    /// Articles that are public again.
    pub restored: u64,
    /// Parts of articles that could not be kept, whether the articles are new or not.
    pub lost: Lost,
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        let Self { new, held, edited, unchanged, withdrawn, left, restored, lost } = other;
        (self.new, self.held, self.edited) = (self.new + new, self.held + held, self.edited + edited);
        (self.unchanged, self.withdrawn) = (self.unchanged + unchanged, self.withdrawn + withdrawn);
        (self.left, self.restored) = (self.left + left, self.restored + restored);
        self.lost += lost;
    }
}

impl Counts {
    fn count(&mut self, answer: &Answer) {
        match answer.as_ref().map(|executed| executed.outcome) {
            Ok(Outcome::Created { embargoed }) => {
                (self.new, self.held) = (self.new + 1, self.held + u64::from(embargoed));
            }
            Ok(Outcome::Unchanged) => self.unchanged += 1,
            Ok(Outcome::Restored) => self.restored += 1,
            Ok(_) => self.edited += 1,
            Err(Rejection::Withdrawn | Rejection::Purged) => {
                (self.unchanged, self.withdrawn) = (self.unchanged + 1, self.withdrawn + 1);
            }
            Err(_) => self.left += 1,
        }
    }
}

/// Imports all inputs. Good items go in even if others fail; what is stored stays if the store fails.
pub fn import(
    set: &FeedSet,
    store: &Store,
    inputs: &[Input],
    options: &Options,
    clock: &(dyn Fn() -> Time + Sync),
    tell: &mut dyn FnMut(Event),
) -> Result<Counts, StoreError> {
    if !options.dry_run {
        // Before there is much to be counted anew.
        store.keep_days_in(set.site.time_zone).wait()?;
    }
    let (sender, receiver) = mpsc::sync_channel(WAITING_BATCHES);
    thread::scope(|scope| {
        scope.spawn(move || {
            // The receiver is gone only if the store has failed, and then nobody wants the rest.
            drop(Reading::new(set, options, clock(), sender).run(inputs));
        });
        let mut counts = Counts::default();
        let mut dated: BTreeMap<usize, (u64, Time)> = BTreeMap::new();
        for message in receiver {
            match message {
                Message::Left(fault) => {
                    counts.left += 1;
                    tell(Event::Left(fault));
                }
                Message::Noted(note) => tell(Event::Noted(note)),
                Message::Lost(loss, told) => {
                    counts.lost.add(&loss);
                    tell(Event::Lost(told));
                }
                Message::Batch(batch, origins) => {
                    let answers =
                        if options.dry_run { store.preview(batch, clock()) } else { store.execute(batch, clock()) };
                    for (answer, Origin { input, line, guid, assumed, shown }) in answers.wait()?.iter().zip(origins) {
                        counts.count(answer);
                        let file = || inputs[input].path.clone();
                        match answer {
                            Ok(Executed { outcome: Outcome::Unchanged, .. }) => {}
                            Ok(Executed { outcome, .. }) => {
                                if let Some(shown) = shown {
                                    tell(Event::Would { file: file(), line, outcome: *outcome, shown });
                                }
                                if let (Outcome::Created { embargoed: false }, Some(time)) = (outcome, assumed) {
                                    let (articles, from) = dated.entry(input).or_insert((0, time));
                                    (*articles, *from) = (*articles + 1, time.max(*from));
                                }
                            }
                            Err(rejection @ (Rejection::Withdrawn | Rejection::Purged)) => {
                                tell(Event::Withdrawn { file: file(), purged: *rejection == Rejection::Purged });
                            }
                            Err(_) => {
                                let id = guid.unwrap_or_default();
                                let reason = format!("readers know an article from elsewhere by its id, {id:?}");
                                tell(Event::Left(Fault::at(&file(), line, reason)));
                            }
                        }
                    }
                    tell(Event::Stored(counts));
                }
            }
        }
        for (input, (articles, from)) in dated {
            tell(Event::Dated { file: inputs[input].path.clone(), articles, from });
        }
        Ok(counts)
    })
}
