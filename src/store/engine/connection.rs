//! Connections to SQLite: settings, migrations, and the care of the write-ahead log.
//!
//! Knows nothing of what the tables mean.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

use crate::store::StoreError;

const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001.sql"),
    include_str!("migrations/0002.sql"),
    include_str!("migrations/0003.sql"),
    include_str!("migrations/0004.sql"),
    include_str!("migrations/0005.sql"),
    include_str!("migrations/0006.sql"),
    include_str!("migrations/0007.sql"),
    include_str!("migrations/0008.sql"),
    include_str!("migrations/0009.sql"),
    include_str!("migrations/0010.sql"),
];

/// Memory for pages that a read connection keeps, in KiB (below zero, as SQLite has it). A document is rendered once a
/// revision, and what is read again meanwhile lies in the system's cache.
const READ_CACHE: i64 = -1000;

/// How long a connection waits for another process's transaction to end.
const BUSY: Duration = Duration::from_secs(10);

/// How long a checkpoint of another connection is left alone before the log is emptied after it.
const PAUSE: Duration = Duration::from_millis(20);

/// The size beyond which the write-ahead log is brought home at once, in bytes.
const MAX_WAL: u64 = 64 << 20;

/// Who may read and write a store: its owner alone. SQLite gives the log and its index what the store's file has.
const OWN: u32 = 0o600;

/// A connection with the settings that all share.
pub fn connect(path: &Path) -> Result<Connection, StoreError> {
    make(path);
    // A path is a path, whatever it begins with: without the flag for URIs.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    connection.set_prepared_statement_cache_capacity(64);
    connection.execute_batch(
        "PRAGMA page_size = 8192; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA cache_size = -16000;
         PRAGMA wal_autocheckpoint = 0;",
    )?;
    Ok(connection)
}

/// Makes the store's file if there is none, for its owner alone from the first moment on; one that is there is left as it
/// is. It is never opened then: to close it again would end the locks that SQLite holds on it for this process.
fn make(path: &Path) {
    let made = OpenOptions::new().write(true).create_new(true).mode(OWN).open(path);
    let is_there = made.is_err_and(|error| error.kind() == ErrorKind::AlreadyExists);
    // A link to what is not there yet; why anything else fails is SQLite's to say.
    if is_there
        && std::fs::metadata(path).is_err_and(|error| error.kind() == ErrorKind::NotFound)
        && let Ok(target) = std::fs::read_link(path)
    {
        make(&path.parent().unwrap_or(Path::new("")).join(target));
    }
}

/// The store's file and the two that SQLite keeps beside it.
pub fn files(path: &Path) -> [PathBuf; 3] {
    ["", "-wal", "-shm"].map(|suffix| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    })
}

/// Those of the store's files that others than their owner may read or write, with their permissions.
pub fn exposed(path: &Path) -> Vec<(PathBuf, u32)> {
    let modes = files(path).into_iter().filter_map(|file| {
        let mode = std::fs::metadata(&file).ok()?.permissions().mode() & 0o777;
        Some((file, mode))
    });
    modes.filter(|(_, mode)| mode & !OWN != 0).collect()
}

/// Lets the file grow to so many bytes: a multiple of its pages, and at least what it has already.
pub fn bound(connection: &Connection, bytes: u64) -> Result<(), StoreError> {
    let page: i64 = connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
    let pages = i64::try_from(bytes).unwrap_or(i64::MAX) / page.max(1);
    Ok(connection.pragma_update(None, "max_page_count", pages.max(1))?)
}

/// Begins a transaction that is going to write: no other process writes until it ends.
pub fn begin(connection: &mut Connection) -> Result<Transaction<'_>, StoreError> {
    Ok(connection.transaction_with_behavior(TransactionBehavior::Immediate)?)
}

pub fn read_only(path: &Path) -> Result<Connection, StoreError> {
    let connection = connect(path)?;
    connection.pragma_update(None, "query_only", true)?;
    connection.pragma_update(None, "cache_size", READ_CACHE)?;
    Ok(connection)
}

/// Brings the schema up to date: each migration in a transaction of its own, numbered in `user_version`.
pub fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let known = MIGRATIONS.len() as i64;
    loop {
        let tx = begin(connection)?;
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
pub fn checkpoint(connection: &Connection) {
    run_checkpoint(connection, "PRAGMA wal_checkpoint(PASSIVE)");
}

/// Brings a log home that constant writing has let grow; passive checkpoints alone never let it start again.
pub fn bound_wal(connection: &Connection, path: &Path) {
    let [_, wal, _] = files(path);
    if std::fs::metadata(wal).is_ok_and(|log| log.len() > MAX_WAL) {
        run_checkpoint(connection, "PRAGMA wal_checkpoint(TRUNCATE)");
    }
}

/// Writes the whole database anew and empties the log, so that nothing is left of what has been erased: SQLite does not
/// overwrite what it frees, nor what it moves.
pub fn rewrite(connection: &Connection) -> Result<(), StoreError> {
    connection.execute_batch("VACUUM")?;
    let begun = Instant::now();
    loop {
        let busy: i64 = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |r| r.get(0))?;
        match busy {
            0 => return Ok(()),
            // SQLite waits for readers, but not for another connection's checkpoint.
            _ if begun.elapsed() < BUSY => std::thread::sleep(PAUSE),
            _ => return Err(StoreError::Held),
        }
    }
}

/// A checkpoint that fails is tried again after the next write; nothing is lost meanwhile, so it is only told.
fn run_checkpoint(connection: &Connection, pragma: &str) {
    if let Err(error) = connection.query_row(pragma, [], |_| Ok(())) {
        tracing::warn!(%error, "checkpoint failed");
    }
}
