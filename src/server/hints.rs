//! Hints that something in a folder may have changed, as the system gives them.
//!
//! Knows nothing of what changed. A hint may come late or never (network folders give none), so that nobody relies on
//! one: whoever waits here looks again after a while in any case.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use notify::event::{AccessKind, AccessMode};
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::Notify;

/// How long more of a burst is waited for before its first hint counts.
const BURST: Duration = Duration::from_millis(300);

/// Hints of one folder and all that is in it.
pub struct Hints {
    folder: PathBuf,
    /// Extensions of the files that matter.
    extensions: &'static [&'static str],
    hinted: Arc<Notify>,
    /// With the folder that it watches: another may have been mounted in its place.
    watcher: Option<(RecommendedWatcher, Identity)>,
}

/// Device and number of a folder.
type Identity = (u64, u64);

impl Hints {
    /// Of files with these extensions in this folder, which need not be there yet.
    pub fn of(folder: &Path, extensions: &'static [&'static str]) -> Self {
        Self { folder: folder.to_owned(), extensions, hinted: Arc::default(), watcher: None }
    }

    /// Ends soon after a hint, or after this time.
    pub async fn wait(&self, longest: Duration) {
        if tokio::time::timeout(longest, self.hinted.notified()).await.is_ok() {
            tokio::time::sleep(BURST).await;
        }
    }

    /// Has the system watch the folder that is there now. It blocks, and a network folder may let it hang.
    pub fn listen(&mut self) {
        let there = std::fs::metadata(&self.folder).ok().map(|folder| (folder.dev(), folder.ino()));
        let watched = self.watcher.as_ref().map(|(_, identity)| *identity);
        if there == watched {
            return;
        }
        let (hinted, extensions) = (Arc::clone(&self.hinted), self.extensions);
        let tell = move |event: notify::Result<notify::Event>| {
            // What has no extension may be a folder. The store may lie here, too, and is written by every look.
            let concerns =
                |path: &PathBuf| path.extension().is_none_or(|own| extensions.iter().any(|ours| own == *ours));
            if event.is_ok_and(|event| matters(event.kind) && event.paths.iter().any(concerns)) {
                hinted.notify_one();
            }
        };
        let watcher = notify::recommended_watcher(tell).and_then(|mut watcher| {
            watcher.watch(&self.folder, RecursiveMode::Recursive)?;
            Ok(watcher)
        });
        self.watcher = match (watcher, there) {
            (Ok(watcher), Some(identity)) => {
                // Of what changed before, nobody has told.
                self.hinted.notify_one();
                Some((watcher, identity))
            }
            (Err(error), Some(_)) => {
                tracing::debug!(%error, folder = %self.folder.display(), "the system gives no hints; it is looked at from time to time");
                None
            }
            (_, None) => None,
        };
    }
}

/// Whether anything may be otherwise: that somebody reads does not matter, least of all that we do.
fn matters(kind: EventKind) -> bool {
    !matches!(kind, EventKind::Access(access) if access != AccessKind::Close(AccessMode::Write))
}
