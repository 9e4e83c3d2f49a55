//! The write spine: files become drafts, drafts become articles with labels, articles go into the store.
//!
//! One thread reads, cleans and classifies while another stores. Knows nothing of SQL, of feeds' documents or of who
//! is told about it: faults and progress go to the caller as they happen.

mod submission;

use std::collections::{BTreeMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, SyncSender};
use std::thread;

use crate::article::{Key, Time};
use crate::feed::FeedSet;
use crate::ingest::clean::{Cleaned, Door};
use crate::ingest::loss::{Loss, Lost};
use crate::ingest::{Drafts, Fault, Found, InputFile};
use crate::store::batch::{Batch, Fate, Published, Submission};
use crate::store::{Store, StoreError};

pub use submission::{MAX_CLOCK_AHEAD, base, clean, in_time, placed, submission, updated};

/// Articles that are stored in one transaction: five revisions' worth.
const MAX_BATCH: usize = 1000;

/// The most bytes of articles a transaction may carry, so that memory stays flat however long articles are.
const MAX_BATCH_BYTES: usize = 8 << 20;

/// Batches that may wait for the store: enough that neither thread waits long for the other.
const WAITING_BATCHES: usize = 1;

/// How many ids of one import are remembered to find repeated ones: a hash table of 2^21 places, 19 MB, holds no more.
/// Later repeats count as edits.
pub const MAX_REMEMBERED_IDS: usize = 1_800_000;

/// What an import is told beside its paths.
#[derive(Clone, Debug)]
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
}

/// One input: its name and a way to open it, twice for a backfill.
pub struct Input {
    /// For messages.
    pub path: PathBuf,
    /// Opens it from the beginning.
    pub open: Box<dyn Fn() -> Result<Drafts, Fault> + Send + Sync>,
}

impl Input {
    /// A file.
    pub fn file(file: InputFile) -> Self {
        Self { path: file.path.clone(), open: Box::new(move || file.open()) }
    }

    /// A text in memory, as if it had been read from such a file.
    pub fn text(file: InputFile, text: &'static str) -> Self {
        Self { path: file.path.clone(), open: Box::new(move || file.read(text.as_bytes(), None)) }
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
    /// A batch has been stored; the counts so far.
    Stored(Counts),
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
    /// Items left out.
    pub left: u64,
    /// Articles that are public again.
    pub restored: u64,
    /// Parts of articles that could not be kept, whether the articles are new or not.
    pub lost: Lost,
}

impl Counts {
    fn count(&mut self, fate: &Fate) {
        match fate {
            Fate::New => self.new += 1,
            Fate::Held => (self.new, self.held) = (self.new + 1, self.held + 1),
            Fate::Edited { .. } => self.edited += 1,
            Fate::Unchanged | Fate::Withdrawn { .. } => self.unchanged += 1,
            Fate::Restored => self.restored += 1,
            Fate::Taken => self.left += 1,
        }
    }
}

/// What the reading thread hands over.
enum Message {
    Left(Fault),
    Noted(Fault),
    Lost(Loss, Fault),
    Batch(Batch, Vec<Origin>),
}

/// Where a submission comes from.
struct Origin {
    /// Which input.
    input: usize,
    line: u64,
    /// What readers know it by.
    guid: Option<String>,
    /// The time assumed for it, if one was.
    assumed: Option<Time>,
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
    // Before there is much to be counted anew.
    store.keep_days_in(set.site.time_zone).wait()?;
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
                    let outcome = store.put(batch, clock()).wait()?;
                    for (fate, origin) in outcome.fates.iter().zip(origins) {
                        counts.count(fate);
                        match (fate, origin) {
                            (Fate::New, Origin { input, assumed: Some(time), .. }) => {
                                let (articles, from) = dated.entry(input).or_insert((0, time));
                                (*articles, *from) = (*articles + 1, time.max(*from));
                            }
                            (Fate::Withdrawn { purged }, Origin { input, .. }) => {
                                tell(Event::Withdrawn { file: inputs[input].path.clone(), purged: *purged });
                            }
                            (Fate::Taken, Origin { input, line, guid, .. }) => {
                                let id = guid.unwrap_or_default();
                                let reason = format!("readers know an article from elsewhere by its id, {id:?}");
                                tell(Event::Left(Fault::at(&inputs[input].path, line, reason)));
                            }
                            _ => {}
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

/// The reading side: from inputs to batches.
struct Reading<'a> {
    set: &'a FeedSet,
    options: &'a Options,
    door: Door,
    started: Time,
    sender: SyncSender<Message>,
    seen: HashSet<u64>,
    batch: Batch,
    keys: HashSet<Key>,
    bytes: usize,
    origins: Vec<Origin>,
}

/// Nobody takes what is read any more.
struct Gone;

impl<'a> Reading<'a> {
    fn new(set: &'a FeedSet, options: &'a Options, started: Time, sender: SyncSender<Message>) -> Self {
        Self {
            set,
            options,
            door: Door::new(base(set)),
            started,
            sender,
            seen: HashSet::new(),
            batch: Batch::default(),
            keys: HashSet::new(),
            bytes: 0,
            origins: Vec::new(),
        }
    }

    fn run(mut self, inputs: &[Input]) -> Result<(), Gone> {
        if self.options.backfill {
            self.batch.backfill = newest(inputs, self.options.published, self.started);
        }
        for (index, input) in inputs.iter().enumerate() {
            match (input.open)() {
                Err(fault) => self.send(Message::Left(fault))?,
                Ok(drafts) => self.read(index, &input.path, drafts)?,
            }
        }
        self.flush()
    }

    fn read(&mut self, input: usize, path: &Path, drafts: Drafts) -> Result<(), Gone> {
        let mut undated = 0;
        for found in drafts {
            let submission = found.and_then(|found| {
                let mut found = self.plausible(found);
                let submission = self.submit(&mut found, &mut undated);
                let at =
                    |reason: &str| Fault::at(path, found.line, format!("{:?}: {reason}", submission::name(&found)));
                let submission = submission.map_err(|reason| at(&reason))?;
                let noted = found.notes.iter().map(|note| Message::Noted(at(note)));
                let lost = found.losses.iter().map(|loss| Message::Lost(loss.clone(), at(&loss.to_string())));
                Ok((found.line, submission, noted.chain(lost).collect::<Vec<_>>()))
            });
            match submission {
                Err(fault) => self.send(Message::Left(fault))?,
                Ok((line, submission, told)) => {
                    told.into_iter().try_for_each(|message| self.send(message))?;
                    self.add(input, line, submission)?;
                }
            }
        }
        Ok(())
    }

    /// What feeds and site generators say is taken as far as it can be: a change that lies ahead is none, and costs nobody
    /// the entry.
    fn plausible(&self, mut found: Found) -> Found {
        let time = |text: &Option<String>| text.as_deref().and_then(|text| Time::parse(text).ok());
        let ahead = self.started.plus(MAX_CLOCK_AHEAD);
        let ahead = time(&found.draft.published).map_or(ahead, |published| published.max(ahead));
        if (found.keeps_id || found.lenient) && time(&found.draft.updated).is_some_and(|updated| updated > ahead) {
            found.notes.push("it says that it changed at a time that lies ahead; that is left out".to_owned());
            found.draft.updated = None;
        }
        found
    }

    /// A draft as the store takes it, or the reason why it cannot.
    fn submit(&mut self, found: &mut Found, undated: &mut i64) -> Result<Submission, String> {
        let mut cleaned = clean(self.set, &self.door, found);
        if let Err(refusals) = &cleaned
            && found.lenient
        {
            submission::leave_out(found, refusals);
            cleaned = clean(self.set, &self.door, found);
        }
        let mut cleaned = cleaned
            .and_then(|cleaned| in_time(found, self.started).map(|()| cleaned))
            .map_err(|refusals| refusals.to_string())?;
        let published = match self.published(&cleaned, found.assumed, undated) {
            Published::Given(day) if found.whole_day => Published::Day(day, 0),
            published => published,
        };
        let updated = updated(cleaned.updated, published.time(), self.started).map_err(|error| error.to_string())?;
        found.losses.append(&mut cleaned.losses);
        let key = Key::derive(&self.options.source, &cleaned.own_id);
        if self.seen.len() < MAX_REMEMBERED_IDS && !self.seen.insert(short_hash(&key)) {
            return Err(format!("the id {:?} stood in this import before; the first was taken", cleaned.own_id));
        }
        let ruled = self.set.classifier.classify(&cleaned.content.title, &cleaned.plain).labels;
        Ok(submission(self.set, &self.options.source, key, (published, updated), found, cleaned, ruled))
    }

    fn published(&self, cleaned: &Cleaned, assumed: Option<Time>, undated: &mut i64) -> Published {
        let nth = *undated;
        *undated += i64::from(cleaned.published.is_none());
        let given = cleaned.published.or(self.options.published.map(|first| first.plus(-nth)));
        match (given, assumed) {
            (Some(given), _) => Published::Given(given),
            (None, Some(assumed)) if assumed.plus(nth) <= self.started => Published::Assumed(assumed),
            // Nothing is known, or the file's time lies ahead.
            (None, _) => Published::Assumed(self.started.plus(-nth)),
        }
    }

    fn add(&mut self, input: usize, line: u64, submission: Submission) -> Result<(), Gone> {
        // Beyond what is remembered an id may come again; a batch takes each key once.
        if self.keys.contains(&submission.key) {
            self.flush()?;
        }
        let assumed = if let Published::Assumed(time) = submission.published { Some(time) } else { None };
        self.bytes += submission.bytes;
        self.keys.insert(submission.key.clone());
        self.origins.push(Origin { input, line, guid: submission.guid.clone(), assumed });
        self.batch.submissions.push(submission);
        if self.batch.submissions.len() == MAX_BATCH || self.bytes >= MAX_BATCH_BYTES { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), Gone> {
        if self.batch.submissions.is_empty() {
            return Ok(());
        }
        let backfill = self.batch.backfill;
        let submissions = std::mem::take(&mut self.batch.submissions);
        self.keys.clear();
        self.bytes = 0;
        // Within a transaction articles join oldest first, at the tail newest first (rule 5).
        let mut both: Vec<(Submission, Origin)> = submissions.into_iter().zip(self.origins.drain(..)).collect();
        submission::order_days(both.iter_mut().map(|(submission, _)| submission));
        both.sort_by_key(|(submission, _)| submission.published.time());
        if backfill.is_some() {
            both.reverse();
        }
        let (submissions, origins) = both.into_iter().unzip();
        let who = format!("{} {}", self.options.by, self.options.source);
        let restores = self.options.restores;
        self.send(Message::Batch(Batch { submissions, backfill, who, restores }, origins))
    }

    fn send(&self, message: Message) -> Result<(), Gone> {
        self.sender.send(message).map_err(|_| Gone)
    }
}

/// Enough of a key to find repetitions.
fn short_hash(key: &Key) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}

/// The newest `published` of all inputs, for a backfill: what is much older than that is history.
///
/// What lies ahead joins in its own time and counts for nothing; what has no date is as new as the import.
fn newest(inputs: &[Input], fallback: Option<Time>, started: Time) -> Option<Time> {
    let drafts = inputs.iter().filter_map(|input| (input.open)().ok()).flatten().flatten();
    let times = drafts.filter_map(|found| match found.draft.published.as_deref() {
        Some(published) => Time::parse(published).ok(),
        None => fallback.or(found.assumed).or(Some(started)),
    });
    times.filter(|time| *time <= started).max()
}
