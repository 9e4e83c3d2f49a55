//! The article store: the only owner of SQL, one transaction a method.
//!
//! Knows nothing of files to import, formats, requests or the clock: `now` is an argument.

pub mod batch;
mod plan;
mod read;
mod row;
mod sql;
mod watch;
mod worker;
mod write;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use crate::article::{Article, Key, Time};
use crate::feed::FeedKey;
use crate::feed::catch_up::Since;
use batch::{Batch, Outcome, Stored, Turn};
pub use watch::Watch;
pub use worker::Pending;
use worker::Worker;

/// One change of what is published (rule 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revision {
    /// Grows by one.
    pub number: u64,
    /// Strictly grows, and is never before the second after the change.
    pub time: Time,
    /// Tells two histories apart that gave the same number.
    pub nonce: u32,
}

/// A feed as the 304 decision needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeedState {
    /// The last revision that changed its document.
    pub revision: u64,
    /// How many articles it holds.
    pub entries: u64,
}

/// What the store knows that its reader does not yet; without revisions there is nothing.
#[derive(Clone, Debug)]
pub struct Change {
    /// Revisions that are new to the reader, by number.
    pub revisions: Vec<Revision>,
    /// Every feed that something has joined.
    pub feeds: HashMap<FeedKey, FeedState>,
    /// The revision of the last fingerprint: that of every feed without a state.
    pub fingerprint: u64,
}

/// A feed's document, or what a client lacks of it: one snapshot.
#[derive(Clone, Debug)]
pub struct Document {
    /// The revision up to which this tells everything.
    pub revision: Revision,
    /// The revision since which the feed's document shows every change.
    pub complete_since: u64,
    /// Whether these are changes alone, good only for a client that stands where it was said.
    pub partial: bool,
    /// By `published`, newest first, ties by id.
    pub articles: Vec<Article>,
}

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

const MIGRATIONS: &[&str] = &[include_str!("migrations/0001.sql"), include_str!("migrations/0002.sql")];

/// Read connections: as many documents are read at once.
const READERS: usize = 2;

/// Memory for pages that a read connection keeps, in KiB (below zero, as SQLite has it). A document is rendered once a
/// revision, and what is read again meanwhile lies in the system's cache.
const READ_CACHE: i64 = -1000;

/// How long a connection waits for another process's transaction to end.
const BUSY: Duration = Duration::from_secs(10);

/// The size beyond which the write-ahead log is brought home at once, in bytes.
const MAX_WAL: u64 = 64 << 20;

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

/// A connection with the settings that all share.
fn connect(path: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY)?;
    connection.set_prepared_statement_cache_capacity(64);
    connection.execute_batch(
        "PRAGMA page_size = 8192; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA cache_size = -16000;
         PRAGMA wal_autocheckpoint = 0;",
    )?;
    Ok(connection)
}

fn read_only(path: &Path) -> Result<Connection, StoreError> {
    let connection = connect(path)?;
    connection.pragma_update(None, "query_only", true)?;
    connection.pragma_update(None, "cache_size", READ_CACHE)?;
    Ok(connection)
}

/// Brings the schema up to date: each migration in a transaction of its own, numbered in `user_version`.
fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let known = MIGRATIONS.len() as i64;
    loop {
        let tx = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let found: i64 = tx.pragma_query_value(None, "user_version", |r| r.get(0))?;
        if found > known {
            return Err(StoreError::Newer { found, known });
        }
        let Some(migration) = MIGRATIONS.get(found.max(0) as usize) else { return Ok(()) };
        tx.execute_batch(migration)?;
        tx.pragma_update(None, "user_version", found + 1)?;
        tx.commit()?;
    }
}

/// Copies the log into the database while nobody waits. A reader in the way only puts it off.
fn checkpoint(connection: &Connection) {
    run_checkpoint(connection, "PRAGMA wal_checkpoint(PASSIVE)");
}

/// Brings a log home that constant writing has let grow; passive checkpoints alone never let it start again.
fn bound_wal(connection: &Connection, path: &Path) {
    let mut wal = path.as_os_str().to_owned();
    wal.push("-wal");
    if std::fs::metadata(wal).is_ok_and(|log| log.len() > MAX_WAL) {
        run_checkpoint(connection, "PRAGMA wal_checkpoint(TRUNCATE)");
    }
}

/// A checkpoint that fails is tried again after the next write; nothing is lost meanwhile, so it is only told.
fn run_checkpoint(connection: &Connection, pragma: &str) {
    if let Err(error) = connection.query_row(pragma, [], |_| Ok(())) {
        tracing::warn!(%error, "checkpoint failed");
    }
}
