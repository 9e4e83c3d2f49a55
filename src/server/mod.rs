//! The running server: readers and operators are answered, and beside their requests the site is kept fresh.
//!
//! Knows nothing of requests, or of where settings come from.

mod blocking;
mod hints;
pub mod stop;
mod rebuild;
mod release;
mod refresh;
pub mod watch;
pub mod definitions;

use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::net::Limits;
use crate::web;
use crate::web::current::Current;

pub use refresh::follow;

/// The pause before a store that does not answer is asked again.
const RETRY: Duration = Duration::from_secs(1);

/// Files that are open beside the connections that are served: the store's, connections that are being refused, and media
/// files.
const OTHER_FILES: u64 = 256 + web::media::MAX_OPEN as u64;

/// Lets this process open as many files as its connections need, and warns if the system does not let it.
pub fn allow_files(limits: &Limits) {
    let wanted = limits.connections as u64 + OTHER_FILES;
    match rlimit::increase_nofile_limit(wanted) {
        Ok(allowed) if allowed >= wanted => {}
        Ok(allowed) => tracing::warn!(allowed, wanted, "fewer files may be open than connections are allowed"),
        Err(error) => tracing::warn!(%error, wanted, "the limit of open files could not be raised"),
    }
}

/// Serves readers and operators until `stop` ends, and lets the requests of both finish.
pub async fn run(
    listener: TcpListener,
    admin: Option<TcpListener>,
    current: Arc<Current>,
    stop: impl Future<Output = ()>,
) {
    let (stopping, stopped) = oneshot::channel::<()>();
    let readers = web::run(listener, Arc::clone(&current), async move {
        stop.await;
        drop(stopping);
    });
    let operators = async {
        if let Some(admin) = admin {
            web::run_admin(admin, current, async { drop(stopped.await) }).await;
        }
    };
    tokio::join!(readers, operators);
}
