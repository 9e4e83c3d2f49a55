//! Connections to SQLite: settings, migrations, and the care of the write-ahead log.
//!
//! Knows nothing of what the tables mean.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, TransactionBehavior};

use super::StoreError;

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

/// A connection with the settings that all share.
pub fn connect(path: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY)?;
    connection.set_prepared_statement_cache_capacity(64);
    connection.execute_batch(
        "PRAGMA page_size = 8192; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA cache_size = -16000;
         PRAGMA wal_autocheckpoint = 0;",
    )?;
    Ok(connection)
}

/// Lets the file grow to so many bytes: a multiple of its pages, and at least what it has already.
pub fn bound(connection: &Connection, bytes: u64) -> Result<(), StoreError> {
    let page: i64 = connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
    let pages = i64::try_from(bytes).unwrap_or(i64::MAX) / page.max(1);
    Ok(connection.pragma_update(None, "max_page_count", pages.max(1))?)
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
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
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
    let mut wal = path.as_os_str().to_owned();
    wal.push("-wal");
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
