//! The server: connections in, answers out, and an orderly end.
//!
//! Knows nothing of articles. `run` is given its listener and its shutdown, so that tests own both.

pub mod admin;
pub mod client;
pub mod conditional;
pub mod encoding;
pub mod error;
pub mod limiter;
pub mod poll;
pub mod respond;
pub mod route;

use std::convert::Infallible;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use route::App;

/// The longest path and query, in bytes; a longer one is answered with 414.
pub const MAX_URI: usize = 8 * 1024;

/// The largest header section, in bytes; a larger one is answered with 431.
pub const MAX_HEADER_BYTES: usize = 16 * 1024;

/// The most header fields; more are answered with 431.
const MAX_HEADERS: usize = 100;

/// What a connection may make us hold before its request is understood: enough that whatever is too long by no more
/// than a little is read and answered with the status that says so.
const READ_BUFFER: usize = 128 * 1024;

/// Requests at once on one HTTP/2 connection.
const MAX_STREAMS: u32 = 100;

/// How long to wait until a connection is likely to be accepted again.
const BREATH: Duration = Duration::from_millis(50);

/// How long requests in flight may take once the server has been asked to stop.
const GRACE: Duration = Duration::from_secs(10);

/// How many connections are open at once, and how long they may take to ask for something.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections open at once; further ones wait to be accepted.
    pub connections: usize,
    /// How long a request's header section may take to arrive.
    pub header_read_timeout: Duration,
}

/// Serves until `shutdown` ends, then lets requests in flight finish.
pub async fn run(listener: TcpListener, app: Arc<App>, limits: Limits, shutdown: impl Future<Output = ()>) {
    let places = Arc::new(Semaphore::new(limits.connections));
    let graceful = GracefulShutdown::new();
    let mut shutdown = pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &places) => accepted,
            () = &mut shutdown => break,
        };
        match accepted {
            Ok((stream, place)) => serve(stream, place, &app, limits, &graceful),
            Err(error) => {
                // Out of file descriptors, most likely: others must close before more can be opened.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(BREATH).await;
            }
        }
    }
    drop(listener);
    if tokio::time::timeout(GRACE, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests did not end in time");
    }
}

async fn accept(listener: &TcpListener, places: &Arc<Semaphore>) -> std::io::Result<(TcpStream, OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.map_err(std::io::Error::other)?;
    let (stream, _) = listener.accept().await?;
    stream.set_nodelay(true)?;
    Ok((stream, place))
}

/// Serves one connection on a task of its own.
fn serve(stream: TcpStream, place: OwnedSemaphorePermit, app: &Arc<App>, limits: Limits, graceful: &GracefulShutdown) {
    let app = Arc::clone(app);
    let asked = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&asked);
    let service = service_fn(move |request| {
        seen.store(true, Ordering::Relaxed);
        let app = Arc::clone(&app);
        async move { Ok::<_, Infallible>(route::answer(&app, &request).await) }
    });
    let connection = builder(limits).serve_connection(TokioIo::new(stream), service).into_owned();
    let connection = graceful.watch(connection);
    tokio::spawn(async move {
        let mut connection = pin!(connection);
        let ended = tokio::time::timeout(limits.header_read_timeout, &mut connection).await;
        // hyper's own timeout begins only once it knows which HTTP it speaks; silence until then ends here.
        let ended = match ended {
            Err(_) if asked.load(Ordering::Relaxed) => connection.await,
            Err(_) => Ok(()),
            Ok(ended) => ended,
        };
        if let Err(error) = ended {
            tracing::debug!(error, "a connection ended early");
        }
        drop(place);
    });
}

fn builder(limits: Limits) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        // A client may close its side once it has said all it will, and is answered all the same.
        .half_close(true)
        .header_read_timeout(limits.header_read_timeout)
        .max_buf_size(READ_BUFFER)
        .max_headers(MAX_HEADERS);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(MAX_HEADER_BYTES as u32)
        .max_concurrent_streams(MAX_STREAMS);
    builder
}
