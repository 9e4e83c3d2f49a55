//! Revisions, and the fingerprint that makes one by itself (rules 1 and 2).
//!
//! Knows nothing of articles.

use rusqlite::{Connection, Transaction, params};

use super::engine::begin;
use super::{Clock, Revision, StoreError, read, sql};
use crate::article::Time;

/// Records what the server renders with; if it is new, every feed and page has a new revision.
pub fn set_fingerprint(connection: &mut Connection, hash: &str, clock: Clock) -> Result<(), StoreError> {
    let tx = begin(connection)?;
    if read::fingerprint(&tx)?.is_none_or(|(last, _)| last != hash) {
        let revision = begin_revision(&tx, clock.now())?;
        tx.execute(sql::SET_FINGERPRINT, params![hash, revision.number as i64])?;
        tx.execute(sql::TOUCH_ALL_FEEDS, [revision.number as i64])?;
    }
    Ok(tx.commit()?)
}

/// Gives a new store its first fingerprint; leaves any other as it is.
pub fn birth(connection: &mut Connection, hash: &str, clock: Clock) -> Result<(), StoreError> {
    let tx = begin(connection)?;
    if read::fingerprint(&tx)?.is_none() {
        let revision = begin_revision(&tx, clock.now())?;
        tx.execute(sql::SET_FINGERPRINT, params![hash, revision.number as i64])?;
    }
    Ok(tx.commit()?)
}

/// Makes the next revision: number and time strictly grow, whatever the clock does.
pub fn begin_revision(tx: &Transaction<'_>, now: Time) -> Result<Revision, StoreError> {
    let last = read::last_revision(tx)?;
    let number = last.map_or(1, |last| last.number + 1);
    let time = last.map_or(now.plus(1), |last| now.plus(1).max(last.time.plus(1)));
    let nonce = getrandom::u32().map_err(|_| StoreError::Random)?;
    tx.prepare_cached(sql::INSERT_REVISION)?.execute(params![number as i64, time.0, nonce])?;
    Ok(Revision { number, time, nonce })
}
