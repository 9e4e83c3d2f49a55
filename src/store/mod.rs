//! The article store: the only owner of SQL, one transaction a method.
//!
//! Knows nothing of files to import, formats, requests or the clock: `now` is an argument.

mod answers;
pub mod batch;
mod connection;
mod plan;
mod read;
mod row;
mod seconds;
mod sql;
mod watch;
mod worker;
mod write;

use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::article::{Key, Time};
use crate::feed::FeedKey;
use crate::feed::catch_up::Since;
pub use answers::{Change, Document, FeedState, Revision};
use batch::{Batch, Outcome, Stored, Turn};
use connection::{bound_wal, checkpoint, connect, migrate, read_only};
pub use watch::Watch;
pub use worker::Pending;
use worker::Worker;

/// What can go wrong with the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The engine says so.
    #[error("the store answers: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// A row does not hold what it should.
    #[error("the store is damaged: a {0} is missing or unreadable")]
    Damaged(&'static str),
    /// A column does not hold the JSON it should.
    #[error("the store is damaged: {0}")]
    Json(#[from] serde_json::Error),
    /// A newer wellhead has written it.
    #[error("the store has schema {found}, and this wellhead knows only {known}: use the newer one")]
    Newer {
        /// In the store.
        found: i64,
        /// In this program.
        known: i64,
    },
    /// The URL names an engine that is not there.
    #[error("{0:?} is no store: give a path, or sqlite: and a path")]
    Url(String),
    /// Threads could not be started.
    #[error("the store's threads could not be started: {0}")]
    Threads(#[from] std::io::Error),
    /// The operating system gives no random numbers.
    #[error("the system gives no random numbers")]
    Random,
    /// What it gave could not be rendered.
    #[error("a representation could not be built")]
    Build,
    /// It takes too long.
    #[error("the store does not answer in time")]
    Slow,
    /// The store has been closed.
    #[error("the store is closed")]
    Closed,
}

/// Read connections: as many documents are read at once.
const READERS: usize = 2;

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
    path: PathBuf,
    writer: Worker,
    readers: Worker,
}

impl Store {
    /// Opens the store at `url` (a path, or `sqlite:` and a path), making or migrating it as needed.
    ///
    /// A new store is born with its first revision, which records `fingerprint`.
    pub fn open(url: &str, fingerprint: &str, now: Time) -> Result<Self, StoreError> {
        let path = match url.split_once(':') {
            Some(("sqlite", path)) => Path::new(path.strip_prefix("//").unwrap_or(path)),
            Some((scheme, rest)) if rest.starts_with("//") && !scheme.contains('/') => {
                return Err(StoreError::Url(url.to_owned()));
            }
            _ => Path::new(url),
        };
        let mut connection = connect(path)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        migrate(&mut connection)?;
        write::birth(&mut connection, fingerprint, Clock::at(now))?;
        let readers = (0..READERS).map(|_| read_only(path)).collect::<Result<_, _>>()?;
        Ok(Self {
            path: path.to_owned(),
            writer: Worker::start("store-writer", vec![connection], checkpoint)?,
            readers: Worker::start("store-reader", readers, |_| ())?,
        })
    }

    /// Writes a batch in one transaction.
    pub fn put(&self, batch: Batch, now: Time) -> Pending<Outcome> {
        let (path, clock) = (self.path.clone(), Clock::at(now));
        self.writer.ask(move |connection| {
            let outcome = write::put(connection, &batch, clock);
            bound_wal(connection, &path);
            outcome
        })
    }

    /// Takes an article back: in its feeds a notice with this note (which may be empty) stands under its id, and stays
    /// whatever its source says, until it is restored.
    pub fn withdraw(&self, key: &Key, note: &str, now: Time) -> Pending<Turn> {
        let (key, note, clock) = (key.clone(), note.to_owned(), Clock::at(now));
        self.writer.ask(move |connection| write::set_notice(connection, &key, Some(&note), clock))
    }

    /// Publishes a withdrawn article again.
    pub fn restore(&self, key: &Key, now: Time) -> Pending<Turn> {
        let (key, clock) = (key.clone(), Clock::at(now));
        self.writer.ask(move |connection| write::set_notice(connection, &key, None, clock))
    }

    /// Records what a server renders with; a new fingerprint gives every feed and page a new revision (rule 2).
    pub fn set_fingerprint(&self, hash: &str, now: Time) -> Pending<()> {
        let (hash, clock) = (hash.to_owned(), Clock::at(now));
        self.writer.ask(move |connection| write::set_fingerprint(connection, &hash, clock))
    }

    /// Every revision after `number`, and, if there are any, every feed's state.
    pub fn changes_after(&self, number: u64) -> Pending<Change> {
        self.readers.ask(move |connection| read::changes_after(connection, number))
    }

    /// A feed's document, or, for a client that has everything up to a revision, what it is to be sent.
    pub fn document(&self, key: &FeedKey, since: Option<Since>) -> Pending<Document> {
        let key = key.clone();
        self.readers.ask(move |connection| read::document(connection, &key, since))
    }

    /// One article.
    pub fn article(&self, key: &Key) -> Pending<Option<Stored>> {
        let key = key.clone();
        self.readers.ask(move |connection| read::article(connection, &key))
    }

    /// Up to `limit` articles' keys, in their order, after one of them or from the first.
    pub fn keys_after(&self, after: Option<&Key>, limit: u32) -> Pending<Vec<Key>> {
        let after = after.cloned();
        self.readers.ask(move |connection| read::keys_after(connection, after.as_ref(), limit))
    }

    /// Calls `changed` soon after any process has changed the store, until the watch is dropped.
    pub fn watch(&self, changed: impl FnMut() + Send + 'static) -> Result<Watch, StoreError> {
        Watch::start(read_only(&self.path)?, changed)
    }
}
