//! The end of `serve`: a signal asks for it, and some seconds later the process ends whatever hangs.
//!
//! Knows nothing of what has to end.

use std::process::exit;
use std::thread;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

use crate::net::GRACE;

/// How long everything else may take when requests have ended, or have had their time.
pub const LEFT: Duration = Duration::from_secs(1);

/// Ends at SIGTERM or SIGINT. A thread of its own waits for them, and ends the process if that does not end by itself:
/// a disk that does not answer may hold any other thread for ever.
pub fn signalled() -> std::io::Result<impl Future<Output = ()>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let entered = runtime.enter();
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    drop(entered);
    let (stop, stopped) = oneshot::channel();
    thread::Builder::new().name("stop".to_owned()).spawn(move || {
        runtime.block_on(async {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        });
        tracing::info!("stopping; requests in flight are finished first");
        stop.send(()).ok();
        thread::sleep(GRACE + 2 * LEFT);
        tracing::error!("something hangs and does not end; the process ends without it");
        exit(1);
    })?;
    Ok(async move { drop(stopped.await) })
}
