//! The article store: the only owner of SQL, one transaction a method.
//!
//! Knows nothing of files to import, formats, requests or the clock: `now` is an argument.

pub mod act;
mod answers;
mod audit;
pub mod batch;
mod candidates;
mod dossier;
mod editing;
mod engine;
mod error;
mod glance;
mod group;
mod history;
mod imports;
mod joining;
mod plan;
mod read;
mod rhythm;
mod row;
mod seconds;
mod sql;
mod survey;
mod tokens;
mod watched;
mod write;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use rusqlite::Connection;

use crate::article::{Key, Time};
use act::{Act, Answer};
pub use answers::{ArchivePage, Change, Document, FeedState, Listed, Revision};
pub use audit::{Audit, Broken, Measured};
use batch::{Amendment, Batch, Outcome, Relabel, Turn};
pub use candidates::Candidate;
pub use dossier::Placed;
use engine::Engine;
pub use engine::{Pending, Watch};
pub use error::StoreError;
use group::Mailbox;
use history::By;
pub use history::{Deed, Past};
pub use imports::Imported;
pub use tokens::{Admission, MAX_TOKENS, Revocation};
pub use watched::{Followed, Stamp, State, Watched};

/// What time it is when a transaction has begun: when it was asked for, and the seconds that it had to wait for others.
/// Were it the former alone, a revision could be dated long before anybody could see it.
#[derive(Clone, Copy)]
struct Clock {
    asked: Time,
    at: Instant,
}

impl Clock {
    fn at(now: Time) -> Self {
        Self { asked: now, at: Instant::now() }
    }

    fn now(self) -> Time {
        self.asked.plus(self.at.elapsed().as_secs() as i64)
    }
}

/// An open store. Methods queue one job and return at once; await them or `wait()` for them.
pub struct Store {
    engine: Engine,
    mailbox: Arc<Mailbox>,
}

impl Store {
    /// Opens the store at `url` (a path, or `sqlite:` and a path), making or migrating it as needed.
    ///
    /// A new store is born with its first revision, which records `fingerprint`.
    pub fn open(url: &str, fingerprint: &str, now: Time) -> Result<Self, StoreError> {
        let clock = Clock::at(now);
        let engine = Engine::open(url, |connection| write::birth(connection, fingerprint, clock))?;
        Ok(Self { engine, mailbox: Arc::default() })
    }

    /// Writes a batch in one transaction.
    pub fn put(&self, batch: Batch, now: Time) -> Pending<Outcome> {
        let clock = Clock::at(now);
        self.engine.write(move |connection| write::put(connection, &batch, clock))
    }

    /// What would become of a batch if it were written at this moment; `Taken` and second seconds apart, batches know
    /// nothing of those before them.
    pub fn preview(&self, batch: Batch, now: Time) -> Pending<Outcome> {
        self.engine.read(move |connection| write::preview(connection, &batch, now))
    }

    /// Lets the store's file grow to so many bytes and no further; what needs more is refused with
    /// [`StoreError::is_full`] and changes nothing.
    pub fn bound(&self, bytes: u64) -> Pending<()> {
        self.engine.bound(bytes)
    }

    /// Does what a publisher asks for, in one transaction and one revision with what others ask for meanwhile.
    pub fn act(&self, act: Act, now: Time) -> impl Future<Output = Result<Answer, StoreError>> + Send + 'static {
        let answered = self.mailbox.put(act, Clock::at(now));
        let mailbox = Arc::clone(&self.mailbox);
        // A job for each act, and each does one at least: so all are done.
        let worked = self.engine.write(move |connection| {
            mailbox.work(connection);
            Ok(())
        });
        async move {
            let mut answered = answered;
            tokio::select! {
                biased;
                answer = &mut answered => return answer.unwrap_or(Err(StoreError::Closed)),
                // Another act may have come before; then a later job does this one.
                worked = worked => worked?,
            }
            answered.await.unwrap_or(Err(StoreError::Closed))
        }
    }

    /// Calls `changed` soon after any process has changed the store, until the watch is dropped.
    pub fn watch(&self, changed: impl FnMut() + Send + 'static) -> Result<Watch, StoreError> {
        self.engine.watch(changed)
    }

    /// Those of its files that others than their owner may read or write, with their permissions: files that this
    /// program has not made, or that somebody has opened to others since.
    pub fn exposed(&self) -> Vec<(PathBuf, u32)> {
        self.engine.exposed()
    }

    /// What would become of an act if it were done at this moment.
    pub fn rehearse(&self, act: Act, now: Time) -> Pending<Answer> {
        self.engine.read(move |connection| group::rehearse(connection, &act, now))
    }

    /// Takes an article back: in its feeds a notice with this note (which may be empty) stands under its id, and stays
    /// whatever its source says, until it is restored.
    pub fn withdraw(&self, key: &Key, note: &str, who: &str, now: Time) -> Pending<Turn> {
        let (key, note) = (key.clone(), note.to_owned());
        self.by(who, now, move |connection, by| write::set_notice(connection, &key, Some(&note), by))
    }

    /// Publishes a withdrawn article again.
    pub fn restore(&self, key: &Key, who: &str, now: Time) -> Pending<Turn> {
        let key = key.clone();
        self.by(who, now, move |connection, by| write::set_notice(connection, &key, None, by))
    }

    /// Takes over what an editor makes of an article.
    pub fn amend(&self, amendment: Amendment, who: &str, now: Time) -> Pending<Turn> {
        self.by(who, now, move |connection, by| write::amend(connection, &amendment, by))
    }

    /// Erases an article: only a notice with this note is left, in the store's file as in its feeds. The whole file is
    /// written anew, since parts of the text may lie in any of its free places; that wants as much room again.
    pub fn purge(&self, key: &Key, note: &str, who: &str, now: Time) -> Pending<Turn> {
        let (key, note) = (key.clone(), note.to_owned());
        self.by(who, now, move |connection, by| {
            let turn = write::purge(connection, &key, &note, by)?;
            if matches!(turn, Turn::Done(_) | Turn::Purged) {
                engine::erase(connection)?;
            }
            Ok(turn)
        })
    }

    /// Gives articles other labels, and tells how many it did; those that have changed meanwhile are left alone.
    pub fn relabel(&self, relabels: Vec<Relabel>, who: &str, now: Time) -> Pending<u64> {
        let (who, clock) = (who.to_owned(), Clock::at(now));
        self.engine.write(move |connection| write::relabel(connection, &relabels, &who, clock))
    }

    /// Withdraws articles whose files are gone, and remembers what the files of a watched folder are, all or nothing;
    /// tells how many articles it has withdrawn.
    pub fn follow(&self, files: Followed, who: &str, now: Time) -> Pending<u64> {
        let (who, clock) = (who.to_owned(), Clock::at(now));
        self.engine.write(move |connection| write::follow(connection, &files, &who, clock))
    }

    /// Makes all articles public whose time has come, and tells how many there were.
    pub fn release(&self, who: &str, now: Time) -> Pending<u64> {
        let (who, clock) = (who.to_owned(), Clock::at(now));
        self.engine.write(move |connection| write::release(connection, &who, clock))
    }

    /// Does something on somebody's behalf.
    fn by(
        &self,
        who: &str,
        now: Time,
        job: impl FnOnce(&mut Connection, By<'_>) -> Result<Turn, StoreError> + Send + 'static,
    ) -> Pending<Turn> {
        let (who, clock) = (who.to_owned(), Clock::at(now));
        self.engine.write(move |connection| job(connection, By { who: &who, time: clock.now() }))
    }

    /// Records what a server renders with; a new fingerprint gives every feed and page a new revision (rule 2).
    pub fn set_fingerprint(&self, hash: &str, now: Time) -> Pending<()> {
        let (hash, clock) = (hash.to_owned(), Clock::at(now));
        self.engine.write(move |connection| write::set_fingerprint(connection, &hash, clock))
    }
}
