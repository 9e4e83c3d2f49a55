//! All that knows which database the store is kept in: today SQLite, in a file.
//!
//! Opens and migrates it, gives jobs a connection on threads of its own, notices that somebody else has written, bounds its
//! size and erases for good what has been deleted. Knows nothing of articles, feeds or revisions.

mod connection;
mod watch;
mod worker;

use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::StoreError;
pub use connection::begin;
use connection::{bound_wal, checkpoint, connect, migrate, read_only};
pub use watch::Watch;
pub use worker::Pending;
use worker::Worker;

/// Read connections: as many documents are read at once.
const READERS: usize = 2;

/// An open database.
pub struct Engine {
    path: PathBuf,
    writer: Worker,
    readers: Worker,
}

impl Engine {
    /// Opens the database at `url` (a path, or `sqlite:` and a path), making or migrating it as needed; `begin` is the first
    /// to write to it, before anybody reads.
    pub fn open(url: &str, begin: impl FnOnce(&mut Connection) -> Result<(), StoreError>) -> Result<Self, StoreError> {
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
        begin(&mut connection)?;
        let readers = (0..READERS).map(|_| read_only(path)).collect::<Result<_, _>>()?;
        Ok(Self {
            path: path.to_owned(),
            writer: Worker::start("store-writer", vec![connection], checkpoint)?,
            readers: Worker::start("store-reader", readers, |_| ())?,
        })
    }

    /// Queues a job that reads.
    pub fn read<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Pending<T> {
        self.readers.ask(job)
    }

    /// Queues a job that writes: one at a time, in the order in which they came.
    pub fn write<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Pending<T> {
        let path = self.path.clone();
        self.writer.ask(move |connection| {
            let done = job(connection);
            bound_wal(connection, &path);
            done
        })
    }

    /// Lets the database grow to so many bytes and no further.
    pub fn bound(&self, bytes: u64) -> Pending<()> {
        self.writer.ask(move |connection| connection::bound(connection, bytes))
    }

    /// Its files that others than their owner may read or write, with their permissions.
    pub fn exposed(&self) -> Vec<(PathBuf, u32)> {
        connection::exposed(&self.path)
    }

    /// Calls `changed` soon after any process has written, until the watch is dropped.
    pub fn watch(&self, changed: impl FnMut() + Send + 'static) -> Result<Watch, StoreError> {
        Watch::start(read_only(&self.path)?, changed)
    }
}

/// Erases for good what has been deleted: it lies in no free place any more.
pub fn erase(connection: &Connection) -> Result<(), StoreError> {
    connection::rewrite(connection)
}
