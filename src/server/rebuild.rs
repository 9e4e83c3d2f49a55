//! Builds what most ask for after a change, before they ask.
//!
//! Knows nothing of what has changed.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, timeout};

use crate::web::current::Current;

/// The time without a commit after which feeds are rebuilt, and the longest that this is waited for.
const PAUSE: Duration = Duration::from_millis(150);
const RUN: Duration = Duration::from_secs(2);

/// Rebuilds what most ask for whenever it is notified; on a task of its own, so that no further change has to wait.
pub fn start(current: &Arc<Current>) -> Arc<Notify> {
    let changed = Arc::new(Notify::new());
    let (notifier, current) = (Arc::clone(&changed), Arc::clone(current));
    tokio::spawn(async move {
        loop {
            changed.notified().await;
            // A feed that the next of many commits outdates at once would only be in the way of those who publish and ask.
            let begun = Instant::now();
            while begun.elapsed() < RUN && timeout(PAUSE, changed.notified()).await.is_ok() {}
            current.app().site.rebuild_busiest().await;
        }
    });
    notifier
}
