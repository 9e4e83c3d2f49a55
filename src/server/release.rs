//! Makes articles public when their time comes.
//!
//! Knows nothing of how an article is made public.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

use super::RETRY;
use crate::article::Time;
use crate::web::app::App;
use crate::web::current::Current;

/// The longest time between two looks at the clock while an article waits: the clock may be set meanwhile.
const LONGEST: Duration = Duration::from_secs(10);

/// Makes articles public when their time comes; to be notified when the schedule may have changed. A commit that makes no
/// revision may change it, too.
pub fn start(current: &Arc<Current>) -> Arc<Notify> {
    let changed = Arc::new(Notify::new());
    let (notifier, current) = (Arc::clone(&changed), Arc::clone(current));
    tokio::spawn(async move {
        loop {
            match due(&current.app()).await {
                Some(wait) => drop(tokio::time::timeout(wait, changed.notified()).await),
                None => changed.notified().await,
            }
        }
    });
    notifier
}

/// Makes public what is due; how long to wait for the next article, if there is any.
async fn due(app: &App) -> Option<Duration> {
    let now = (app.clock)();
    match app.site.release(now).await {
        Ok(next) => next.map(|next| until(now, next)),
        Err(error) => {
            tracing::warn!(%error, "what is due could not be made public; it is tried again");
            Some(RETRY)
        }
    }
}

/// The time to wait before the clock is looked at again. It tells whole seconds only and may be set, so that a wait is
/// never long, and short within the last second.
fn until(now: Time, next: Time) -> Duration {
    match next.0.saturating_sub(now.0) {
        ..=1 => Duration::from_millis(20),
        seconds => Duration::from_secs(seconds.unsigned_abs() - 1).min(LONGEST),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_is_looked_at_again_before_an_article_is_a_second_late() {
        for ahead in [0, 1, 2, 3, 10, 11, 3600, i64::MAX] {
            let wait = until(Time(0), Time(ahead));
            assert!(wait.as_secs_f64() < ahead as f64 + 1.0 && wait <= LONGEST, "{ahead}: {wait:?}");
        }
        assert!(until(Time(5), Time(0)) < Duration::from_secs(1), "it is due");
    }
}
