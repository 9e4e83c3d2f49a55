//! Definitions that change while the server runs: read again when their files change or SIGHUP comes.
//!
//! Knows nothing of what they define. A faulty set is told, and the one in force stays.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::Signal;

use super::RETRY;
use super::blocking::{self, Steps};
use super::hints::Hints;
use crate::feed::{FeedKey, FeedSet};
use crate::reclassify;
use crate::store::StoreError;
use crate::web::current::Current;

/// How long files may have been changed without a hint from the system.
const LONGEST: Duration = Duration::from_secs(60);

/// How long files must have stayed as they are.
const SETTLE: Duration = Duration::from_secs(1);

/// The most articles that are placed anew on trial, to tell how many would move: some seconds' work.
const MOST: u64 = 50_000;

/// Where definitions come from.
struct Source {
    folder: PathBuf,
    read: Arc<Read>,
}

/// Reads the definitions, or says in words all that is wrong with them.
type Read = dyn Fn() -> Result<FeedSet, String> + Send + Sync;

/// Reads the definitions of this folder again whenever they may have changed, and when `hangup` says so.
pub fn follow(current: &Arc<Current>, folder: PathBuf, read: Box<Read>, hangup: Signal) {
    tokio::spawn(reread(Arc::clone(current), Source { folder, read: Arc::from(read) }, hangup));
}

async fn reread(current: Arc<Current>, source: Source, mut hangup: Signal) {
    let mut hints = Hints::of(&source.folder, &["toml"]);
    let mut told = String::new();
    loop {
        let listening = on_a_thread(&source.folder, move || {
            hints.listen();
            hints
        });
        hints = listening.await;
        let asked = tokio::select! {
            () = hints.wait(LONGEST) => false,
            _ = hangup.recv() => true,
        };
        let read = source.read().await;
        let is_in_force = read.as_ref().is_ok_and(|set| set.digest == current.now().site.set().digest);
        let is_told = read.as_ref().is_err_and(|error| *error == told);
        if !asked && ((is_in_force && told.is_empty()) || is_told) {
            continue;
        }
        // Somebody may be in the middle of saving several files.
        let settled = if asked { read } else { source.settled(read).await };
        match settled {
            Ok(set) => {
                told.clear();
                renew(&current, &source, set).await;
            }
            Err(error) => {
                tracing::error!("the definitions are faulty, and those in force stay:\n{error}");
                told = error;
            }
        }
    }
}

/// Warns of feeds whose readers are left with 404.
fn vanished(old: &FeedSet, new: &FeedSet) {
    for def in old.districts.iter().chain(&old.topics).chain(&old.retired) {
        if new.get(def.axis, new.present_slug(def.axis, &def.slug)).is_none() {
            let feed = def.key().to_string();
            tracing::warn!(
                feed,
                "is not defined any more, and its readers get 404; `formerly` or `retired` spares them that"
            );
        }
    }
}

impl Source {
    /// The definitions, or all that is wrong with them.
    async fn read(&self) -> Result<FeedSet, String> {
        let read = Arc::clone(&self.read);
        on_a_thread(&self.folder, move || read()).await
    }

    /// The definitions of the files, once they have stayed as they are for long enough.
    async fn settled(&self, mut last: Result<FeedSet, String>) -> Result<FeedSet, String> {
        loop {
            tokio::time::sleep(SETTLE).await;
            let now = self.read().await;
            let same = match (&last, &now) {
                (Ok(last), Ok(now)) => last.digest == now.digest,
                (Err(last), Err(now)) => last == now,
                _ => false,
            };
            if same {
                return now;
            }
            last = now;
        }
    }
}

/// Does work on the folder of the definitions; if that hangs, the definitions in force stay, and the log says so.
async fn on_a_thread<T: Send + 'static>(folder: &Path, work: impl FnOnce() -> T + Send + 'static) -> T {
    let stalled =
        || tracing::error!(folder = %folder.display(), "the definitions' folder does not answer; it is waited for");
    blocking::run(&Steps::default(), stalled, work).await.expect("reading definitions does not panic")
}

/// Puts other definitions in force, and tells what that means for articles.
async fn renew(current: &Arc<Current>, source: &Source, mut set: FeedSet) {
    let old = current.app();
    while let Err(error) = current.renew(set).await {
        tracing::warn!(%error, "the store does not answer; the new definitions wait for it");
        set = loop {
            tokio::time::sleep(RETRY).await;
            match source.read().await {
                Ok(set) => break set,
                Err(error) => tracing::error!("the definitions are faulty:\n{error}"),
            }
        };
    }
    let app = current.app();
    vanished(old.site.set(), app.site.set());
    tracing::info!("the definitions have been read again and are in force");
    if app.site.read(|ledger| ledger.entries(&FeedKey::All)) > MOST {
        return tracing::info!("articles stay where they are; `wellhead reclassify --dry-run` tells what would move");
    }
    let survey = move || reclassify::survey(app.site.set(), app.site.store(), |_| Ok::<_, StoreError>(()));
    match tokio::task::spawn_blocking(survey).await {
        Ok(Ok(survey)) if survey.moved > 0 => {
            let moved = survey.moved;
            tracing::info!(moved, "articles belong elsewhere now and stay where they are until `wellhead reclassify`");
        }
        Ok(Ok(_)) => {}
        Ok(Err(error)) => tracing::warn!(%error, "what would move could not be told"),
        Err(error) => tracing::warn!(%error, "what would move could not be told"),
    }
}
