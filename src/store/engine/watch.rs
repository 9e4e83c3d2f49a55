//! Notices that some process has changed the store.
//!
//! Knows nothing of what changed.

use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::Connection;

use crate::store::StoreError;

/// How often the store's data version is looked at: two microseconds each time, so that a change shows at once.
const LOOK: Duration = Duration::from_millis(100);

/// A running watch; dropping it ends it.
pub struct Watch {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Watch {
    pub(super) fn start(
        connection: Connection,
        mut changed: impl FnMut() + Send + 'static,
    ) -> Result<Self, StoreError> {
        let (stop, stopped) = mpsc::channel();
        let mut seen = version(&connection);
        let watch = move || {
            while stopped.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
                let now = version(&connection);
                if now != seen || now.is_none() {
                    changed();
                }
                seen = now;
            }
        };
        let thread = std::thread::Builder::new().name("store-watch".to_owned()).spawn(watch)?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

/// A number that moves when another connection has committed; `None` if the store does not answer.
fn version(connection: &Connection) -> Option<i64> {
    connection.pragma_query_value(None, "data_version", |row| row.get(0)).ok()
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}
