//! What can go wrong with the store.
//!
//! Knows nothing of what is done about it.

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
    /// A reader holds on to what has been erased.
    #[error("the text is erased, but a reader still holds the log in which it lies: stop it and purge again")]
    Held,
    /// The store has been closed.
    #[error("the store is closed")]
    Closed,
}

impl StoreError {
    /// Whether there is no room for what was to be written.
    pub fn is_full(&self) -> bool {
        let Self::Sqlite(error) = self else { return false };
        let extended = error.sqlite_error().map(|error| error.extended_code);
        // The index of the log needs room, too.
        error.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull)
            || extended == Some(rusqlite::ffi::SQLITE_IOERR_SHMSIZE)
    }

    /// Whether somebody else has had the store for longer than one waits.
    pub fn is_busy(&self) -> bool {
        let Self::Sqlite(error) = self else { return false };
        matches!(
            error.sqlite_error_code(),
            Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked)
        )
    }
}
