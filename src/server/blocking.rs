//! Work that waits for files: on threads of its own, and noticed when it does not come back.
//!
//! Knows nothing of what the work is. A file system that hangs (a network folder whose server is gone) cannot be
//! interrupted: it is waited for, with one thread, and nothing else is.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::task::JoinError;

/// The time without a step after which work is said to hang.
const PATIENCE: Duration = Duration::from_secs(30);

/// The steps that some work has made.
pub type Steps = Arc<AtomicU64>;

/// Does work on a thread that may block. `stalled` is called when it has made no step for [`PATIENCE`], once each time
/// that it comes to a halt.
pub async fn run<T: Send + 'static>(
    steps: &Steps,
    stalled: impl FnMut(),
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, JoinError> {
    finished(tokio::task::spawn_blocking(work), steps, stalled).await
}

async fn finished<T>(mut work: impl Future<Output = T> + Unpin, steps: &Steps, mut stalled: impl FnMut()) -> T {
    let mut halted = None;
    loop {
        let before = steps.load(Ordering::Relaxed);
        if let Ok(done) = tokio::time::timeout(PATIENCE, &mut work).await {
            return done;
        }
        if steps.load(Ordering::Relaxed) == before && halted.replace(before) != Some(before) {
            stalled();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use tokio::sync::oneshot;

    #[tokio::test(start_paused = true)]
    async fn work_that_makes_no_step_is_told_of_once_and_waited_for() {
        let (steps, told) = (Steps::default(), Cell::new(0));
        let (end, work) = oneshot::channel();
        let told_so_far = Cell::new(0);
        let ending = async {
            for _ in 0..10 {
                steps.fetch_add(1, Ordering::Relaxed);
                tokio::time::sleep(PATIENCE / 2).await;
            }
            told_so_far.set(told.get());
            tokio::time::sleep(PATIENCE * 5).await;
            end.send("done").expect("it is waited for");
        };
        let (done, ()) = tokio::join!(finished(work, &steps, || told.set(told.get() + 1)), ending);
        assert_eq!((done.expect("it was sent"), told_so_far.get(), told.get()), ("done", 0, 1));
    }
}
