//! The reading side of an import: inputs are opened one after another, and what stands in them becomes batches.
//!
//! Knows nothing of the store; a batch waits until the store has taken the one before it.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;

use super::submission::{self, MAX_CLOCK_AHEAD, base, clean, in_time, submission, updated};
use super::{Input, Options, Shown};
use chrono_tz::Tz;

use crate::article::{Key, Time};
use crate::feed::FeedSet;
use crate::ingest::clean::{Cleaned, Door};
use crate::ingest::loss::Loss;
use crate::ingest::{Drafts, Fault, Found};
use crate::store::command::{Batch, Command, PutMode};
use crate::store::submission::{Published, Submission};

/// Articles that are stored in one transaction: five revisions' worth.
const MAX_BATCH: usize = 1000;

/// The most bytes of articles a transaction may carry, so that memory stays flat however long articles are.
const MAX_BATCH_BYTES: usize = 8 << 20;

/// The number of ids of one import that are remembered to find repeated ones: a hash table of 2^21 places, 19 MB, holds no more.
/// Later repeats count as edits.
pub const MAX_REMEMBERED_IDS: usize = 1_800_000;

/// A message from the reading thread.
pub(super) enum Message {
    Left(Fault),
    Noted(Fault),
    Lost(Loss, Fault),
    Batch(Batch, Vec<Origin>),
}

/// Where a submission comes from.
pub(super) struct Origin {
    /// Which input.
    pub(super) input: usize,
    pub(super) line: u64,
    /// The id by which readers know it.
    pub(super) guid: Option<String>,
    /// The time assumed for it, if one was.
    pub(super) assumed: Option<Time>,
    /// The article as it would be seen, if a dry run tells of it.
    pub(super) shown: Option<Shown>,
}

/// From inputs to batches.
pub(super) struct Reading<'a> {
    set: &'a FeedSet,
    options: &'a Options,
    door: Door,
    started: Time,
    sender: SyncSender<Message>,
    seen: HashSet<u64>,
    submissions: Vec<Submission>,
    backfill: Option<Time>,
    keys: HashSet<Key>,
    bytes: usize,
    origins: Vec<Origin>,
}

/// Nobody takes what is read any more.
pub(super) struct Gone;

impl<'a> Reading<'a> {
    pub(super) fn new(set: &'a FeedSet, options: &'a Options, started: Time, sender: SyncSender<Message>) -> Self {
        Self {
            set,
            options,
            door: Door::new(base(set)),
            started,
            sender,
            seen: HashSet::new(),
            submissions: Vec::new(),
            backfill: None,
            keys: HashSet::new(),
            bytes: 0,
            origins: Vec::new(),
        }
    }

    pub(super) fn run(mut self, inputs: &[Input]) -> Result<(), Gone> {
        if self.options.backfill {
            self.backfill = newest(inputs, self.zone(), self.options.published, self.started);
        }
        for (index, input) in inputs.iter().enumerate() {
            match (input.open)(self.zone()) {
                Err(fault) => self.send(Message::Left(fault))?,
                Ok(drafts) => self.read(index, &input.path, drafts)?,
            }
        }
        self.flush()
    }

    /// The zone of dates without one, if the stored articles have shown it.
    fn zone(&self) -> Option<Tz> {
        self.options.recognised.zone
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

    /// Takes what feeds and site generators say as far as it can be taken: a change that lies ahead is none, and costs nobody
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
        found.notes.append(&mut cleaned.notes);
        found.losses.append(&mut cleaned.losses);
        let published = match self.published(&cleaned, found.assumed, undated) {
            Published::Given(day) if found.whole_day => Published::Day(day, 0),
            published => published,
        };
        let updated = updated(cleaned.updated, published.time(), self.started).map_err(|error| error.to_string())?;
        let key = Key::derive(&self.options.source, &cleaned.own_id);
        if self.seen.len() < MAX_REMEMBERED_IDS && !self.seen.insert(short_hash(&key)) {
            return Err(format!("the id {:?} stood in this import before; the first was taken", cleaned.own_id));
        }
        if let Some(reason) = self.options.recognised.unclear.get(&key) {
            return Err(reason.clone());
        }
        let same_as = self.options.recognised.same.get(&key).cloned();
        found.notes.extend(self.options.recognised.notes.get(&key).cloned());
        let ruled = self.set.classifier.classify(&cleaned.content.title, &cleaned.plain).labels;
        let submission = submission(self.set, &self.options.source, key, (published, updated), found, cleaned, ruled);
        Ok(Submission { same_as, ..submission })
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
        let shown = self.options.dry_run.then(|| Shown {
            title: submission.content.title.clone(),
            published: submission.published.time(),
            labels: submission.own.or(&submission.ruled),
        });
        self.origins.push(Origin { input, line, guid: submission.guid.clone(), assumed, shown });
        self.submissions.push(submission);
        if self.submissions.len() == MAX_BATCH || self.bytes >= MAX_BATCH_BYTES { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), Gone> {
        if self.submissions.is_empty() {
            return Ok(());
        }
        let submissions = std::mem::take(&mut self.submissions);
        self.keys.clear();
        self.bytes = 0;
        // Within a transaction articles join oldest first, at the tail newest first (rule 5).
        let mut both: Vec<(Submission, Origin)> = submissions.into_iter().zip(self.origins.drain(..)).collect();
        submission::order_days(both.iter_mut().map(|(submission, _)| submission));
        both.sort_by_key(|(submission, _)| submission.published.time());
        if self.backfill.is_some() {
            both.reverse();
        }
        let actor: Arc<str> = format!("{} {}", self.options.by, self.options.source).into();
        let mode = if self.options.restores { PutMode::ImportAndRestore } else { PutMode::Import };
        let put = |(submission, origin)| (Command::put(submission, mode, Arc::clone(&actor)), origin);
        let (commands, origins) = both.into_iter().map(put).unzip();
        self.send(Message::Batch(Batch { commands, backfill: self.backfill, ..Batch::default() }, origins))
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
/// An article that lies ahead joins in its own time and counts for nothing; one without a date is as new as the import.
fn newest(inputs: &[Input], zone: Option<Tz>, fallback: Option<Time>, started: Time) -> Option<Time> {
    let drafts = inputs.iter().filter_map(|input| (input.open)(zone).ok()).flatten().flatten();
    let times = drafts.filter_map(|found| match found.draft.published.as_deref() {
        Some(published) => Time::parse(published).ok(),
        None => fallback.or(found.assumed).or(Some(started)),
    });
    times.filter(|time| *time <= started).max()
}
