//! Where the articles of requests are read and cleaned: few at a time, so that feeds never wait for them.
//!
//! Knows nothing of what is done with an article.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use crate::web::error::ApiError;

/// How many long articles are cleaned at once. Builds of feeds have places of their own.
const CLEANINGS: usize = 2;

/// How long an article may wait for its turn.
const PATIENCE: Duration = Duration::from_secs(10);

/// The longest article that is cleaned where other requests wait, in bytes: a millisecond's work at the most.
const SHORT: usize = 16 << 10;

/// The places in which articles are cleaned.
pub struct Cleaning {
    places: Arc<Semaphore>,
    patience: Duration,
}

impl Default for Cleaning {
    fn default() -> Self {
        Self { places: Arc::new(Semaphore::new(CLEANINGS)), patience: PATIENCE }
    }
}

impl Cleaning {
    /// Does work on so many bytes, if its turn comes in time.
    ///
    /// A request that is given up while it waits leaves the queue, since its future is dropped. Work that has begun goes on
    /// to its end, and keeps its place so long.
    pub async fn run<T: Send + 'static>(
        &self,
        bytes: usize,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, ApiError> {
        if bytes <= SHORT {
            return Ok(work());
        }
        let place = tokio::time::timeout(self.patience, Arc::clone(&self.places).acquire_owned()).await;
        // It is never closed.
        let place = place.map_err(|_| ApiError::Busy)?.map_err(|_| ApiError::Busy)?;
        let working = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(place);
            done
        });
        Ok(working.await.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    fn started(cleaning: &Arc<Cleaning>) -> (mpsc::Sender<()>, tokio::task::JoinHandle<Result<(), ApiError>>) {
        let (release, held) = mpsc::channel();
        let own = Arc::clone(cleaning);
        let work = move || {
            let _ = held.recv();
        };
        (release, tokio::spawn(async move { own.run(SHORT + 1, work).await }))
    }

    #[tokio::test]
    async fn who_waits_too_long_is_told_so_and_who_gives_up_leaves_the_queue() {
        let cleaning = Arc::new(Cleaning { patience: Duration::ZERO, ..Cleaning::default() });
        let busy: Vec<_> = (0..CLEANINGS).map(|_| started(&cleaning)).collect();
        while cleaning.places.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        assert!(matches!(cleaning.run(SHORT + 1, || ()).await, Err(ApiError::Busy)));
        assert!(cleaning.run(SHORT, || 7).await.is_ok_and(|done| done == 7), "what is short waits for nobody");
        let patient = Arc::new(Cleaning { places: Arc::clone(&cleaning.places), patience: PATIENCE });
        let (_release, given_up) = started(&patient);
        tokio::task::yield_now().await;
        given_up.abort();
        assert!(given_up.await.is_err_and(|error| error.is_cancelled()));
        // Those who are cleaned are given up, too: their places are free once their work is done.
        for (release, working) in busy {
            working.abort();
            drop(release);
        }
        let free = Arc::clone(&cleaning.places).acquire_many_owned(CLEANINGS as u32).await;
        assert!(free.is_ok());
    }
}
