//! Follows the store: whenever any process has changed it, the site learns what is new.
//!
//! Knows nothing of what has changed.

use std::sync::Arc;

use tokio::sync::Notify;

use super::{RETRY, rebuild, release};
use crate::store::{StoreError, Watch};
use crate::web::current::Current;

/// Refreshes the site whenever any process has changed the store, rebuilds what most will ask for next, and makes articles
/// public when their time comes; for as long as the watch is held.
pub fn follow(current: &Arc<Current>) -> Result<Watch, StoreError> {
    let changed = Arc::new(Notify::new());
    let noticed = Arc::clone(&changed);
    let (refreshed, scheduled) = (rebuild::start(current), release::start(current));
    let current = Arc::clone(current);
    let watch = current.now().site.store().watch(move || changed.notify_one())?;
    // Something may have been committed before the watch began.
    noticed.notify_one();
    tokio::spawn(async move {
        loop {
            noticed.notified().await;
            if let Err(error) = current.app().site.refresh().await {
                tracing::warn!(%error, "the store does not answer; it is asked again");
                tokio::time::sleep(RETRY).await;
                noticed.notify_one();
            } else {
                refreshed.notify_one();
                scheduled.notify_one();
            }
        }
    });
    Ok(watch)
}
