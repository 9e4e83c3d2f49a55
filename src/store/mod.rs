//! The article store: the only owner of SQL. Its modules use only those that are listed above them.
//!
//! Knows nothing of files to import, formats, requests or the clock: `now` is an argument.

mod error;
mod engine;
mod answers;
mod sql;
pub mod submission;
pub mod stored;
mod history;
mod seconds;
mod watched;
pub mod command;
mod joining;
mod row;
mod tokens;
mod imports;
mod candidates;
mod rhythm;
mod read;
mod audit;
mod dossier;
mod glance;
mod survey;
mod plan;
mod target;
mod planning;
mod revision;
mod apply;
mod execute;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use rusqlite::Connection;

use crate::article::Time;
pub use answers::{ArchivePage, Change, Document, FeedState, Listed, Revision};
pub use audit::{Audit, Broken, Measured};
pub use candidates::Candidate;
use command::{Answer, Batch, Command, Done, Rejection};
pub use dossier::Placed;
use engine::Engine;
pub use engine::{Pending, Watch};
pub use error::StoreError;
use execute::Mailbox;
pub use history::{HistoryAction, HistoryEntry};
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
        let engine = Engine::open(url, |connection| revision::birth(connection, fingerprint, clock))?;
        Ok(Self { engine, mailbox: Arc::default() })
    }

    /// Executes a batch of commands in one transaction; the answers, in order.
    ///
    /// When an article is purged, the whole file is written anew, since parts of its text may lie in any of the file's free
    /// places; that wants as much room again.
    pub fn execute(&self, batch: Batch, now: Time) -> Pending<Vec<Answer>> {
        self.writing(now, move |connection, clock| execute::execute(connection, &batch, clock))
    }

    /// Executes one command in a transaction of its own.
    pub fn execute_one(&self, command: Command, now: Time) -> Pending<Answer> {
        let batch = Batch { commands: vec![command], ..Batch::default() };
        self.writing(now, move |connection, clock| {
            execute::execute(connection, &batch, clock)?.pop().ok_or(StoreError::Closed)
        })
    }

    /// What would become of a batch if it were executed at this moment; `Taken` and second seconds apart, batches know
    /// nothing of those before them.
    pub fn preview(&self, batch: Batch, now: Time) -> Pending<Vec<Answer>> {
        self.engine.read(move |connection| execute::preview(connection, &batch, now))
    }

    /// Lets the store's file grow to so many bytes and no further; what needs more is refused with
    /// [`StoreError::is_full`] and changes nothing.
    pub fn bound(&self, bytes: u64) -> Pending<()> {
        self.engine.bound(bytes)
    }

    /// Executes a publisher's command, in one transaction and one revision with what others ask for meanwhile.
    pub fn execute_grouped(
        &self,
        command: Command,
        now: Time,
    ) -> impl Future<Output = Result<Result<Done, Rejection>, StoreError>> + Send + 'static {
        let answered = self.mailbox.put(command, Clock::at(now));
        let mailbox = Arc::clone(&self.mailbox);
        // A job for each command, and each executes one at least: so all are executed.
        let worked = self.writing(now, move |connection, _| {
            mailbox.work(connection);
            Ok(())
        });
        async move {
            let mut answered = answered;
            tokio::select! {
                biased;
                answer = &mut answered => return answer.unwrap_or(Err(StoreError::Closed)),
                // Another command may have come before; then a later job executes this one.
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

    /// What would become of a command if it were executed at this moment.
    pub fn rehearse(&self, command: Command, now: Time) -> Pending<Result<Done, Rejection>> {
        self.engine.read(move |connection| execute::rehearse(connection, &command, now))
    }

    /// Makes all articles public whose time has come, and tells how many there were.
    pub fn release(&self, actor: &str, now: Time) -> Pending<u64> {
        let actor = actor.to_owned();
        self.writing(now, move |connection, clock| execute::release(connection, &actor, clock))
    }

    /// Queues a job that writes, and tells it what time it is when its turn has come.
    fn writing<T: Send + 'static>(
        &self,
        now: Time,
        job: impl FnOnce(&mut Connection, Clock) -> Result<T, StoreError> + Send + 'static,
    ) -> Pending<T> {
        let clock = Clock::at(now);
        self.engine.write(move |connection| job(connection, clock))
    }

    /// Records what a server renders with; a new fingerprint gives every feed and page a new revision (rule 2).
    pub fn set_fingerprint(&self, hash: &str, now: Time) -> Pending<()> {
        let hash = hash.to_owned();
        self.writing(now, move |connection, clock| revision::set_fingerprint(connection, &hash, clock))
    }
}
