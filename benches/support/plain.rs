//! The yardstick of builds: plain reads of the same articles' texts by their rows, through a connection of its own.
//!
//! Knows nothing of feeds or of how rows are found.

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::ensure;
use rusqlite::Connection;

/// A connection that remembers as many pages as one of the store's readers.
pub struct Plain(Connection);

impl Plain {
    /// Opens the file of a store.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        let connection = Connection::open(path)?;
        connection.execute_batch("PRAGMA cache_size = -1000; PRAGMA query_only = ON;")?;
        Ok(Self(connection))
    }

    /// Copies the texts of these articles: how long that took.
    pub fn read(&self, rows: impl Iterator<Item = u64>) -> anyhow::Result<Duration> {
        let started = Instant::now();
        let tx = self.0.unchecked_transaction()?;
        let mut statement = tx.prepare_cached("SELECT title, summary, html FROM article WHERE article_id = ?1")?;
        for row in rows {
            let text = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
            let texts: (String, String, String) = statement.query_row([row as i64], text)?;
            ensure!(black_box(texts).2.len() > 500, "article {row} is short");
        }
        Ok(started.elapsed())
    }
}
