//! `serve --watch`: looks at a living folder whenever something may have changed in it.
//!
//! Knows nothing of what a look does, only when to look and what to tell.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::blocking;
use super::hints::Hints;
use crate::living::{Living, LivingError, Look, SETTLE};
use crate::web::current::Current;

/// How long files may have been changed without a hint from the system: network folders give none.
const LONGEST: Duration = Duration::from_secs(30);

/// How long a folder that cannot be followed is left alone: it may be mounted meanwhile, of which there are no hints.
const AGAIN: Duration = Duration::from_secs(5);

/// How often a fault that stays is told again.
const REMIND: Duration = Duration::from_secs(600);

/// Looks at the folder from now on.
pub fn follow(current: &Arc<Current>, folder: &Path, living: Living) {
    let hints = Hints::of(folder, &["md", "markdown"]);
    tokio::spawn(look_again_and_again(Arc::clone(current), hints, living));
}

async fn look_again_and_again(current: Arc<Current>, mut hints: Hints, mut living: Living) {
    let mut told: Option<(String, tokio::time::Instant)> = None;
    loop {
        let app = current.app();
        let steps = living.steps();
        let stalled = || {
            current.now().site.meters().watch_failing.set(1);
            tracing::error!(
                "a look at the watched folder does not come back; until it does, nothing there is published"
            );
        };
        let looked = blocking::run(&steps, stalled, move || {
            tracing::debug!("looking at the watched folder");
            hints.listen();
            let look =
                living.look(app.site.set(), app.site.store(), &*app.clock, &mut |fault| tracing::warn!("{fault}"));
            (hints, living, look)
        });
        let look = match looked.await {
            Ok(back) => {
                (hints, living) = (back.0, back.1);
                back.2
            }
            Err(error) => {
                current.now().site.meters().watch_failing.set(1);
                return tracing::error!(%error, "the watched folder is looked at no more");
            }
        };
        current.now().site.meters().watch_failing.set(i64::from(look.is_err()));
        let wait = match look {
            Ok(look) => {
                if told.take().is_some() {
                    tracing::info!("the watched folder is followed again");
                }
                tell(&look);
                if look.waiting > 0 { Duration::from_secs(SETTLE.unsigned_abs()) } else { LONGEST }
            }
            Err(error) => {
                let text = error.to_string();
                let known = told.as_ref().is_some_and(|(last, at)| *last == text && at.elapsed() < REMIND);
                if !known {
                    tracing::error!("{text}");
                    told = Some((text, tokio::time::Instant::now()));
                }
                if matches!(error, LivingError::Store(_)) { super::RETRY } else { AGAIN }
            }
        };
        hints.wait(wait).await;
    }
}

fn tell(look: &Look) {
    if look.changed() {
        let Look { counts, withdrawn, restored, renamed, .. } = look;
        let (new, edited, left) = (counts.new, counts.edited, counts.left);
        tracing::info!(new, edited, left, withdrawn, restored, renamed, "the watched folder has changed");
        if !counts.lost.is_empty() {
            tracing::warn!("{} of its articles left out", counts.lost);
        }
    }
}
