//! Sockets: accepts connections, serves each on a task of its own within its limits, and ends them in order.
//!
//! Knows nothing of feeds, routes or answers: requests go to a [`Handler`].

pub mod client;
pub mod limits;
mod session;
mod table;
mod in_flight;
mod stream;
mod linger;
mod connection;

use std::convert::Infallible;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::{Body, Incoming};
use tokio::net::{TcpListener, TcpStream};

use connection::{Shared, Welcome};
use session::{Patience, Session};

pub use in_flight::{InFlight, Tracked};
pub use limits::Limits;
pub use table::Connections;

/// The longest that requests in flight may take once the server has been asked to stop.
pub const GRACE: Duration = Duration::from_secs(10);

/// The pause after a connection could not be accepted.
const PAUSE: Duration = Duration::from_millis(50);

/// Answers requests. Each connection has a clone of its own.
pub trait Handler: Clone + Send + Sync + 'static {
    /// The body of an answer.
    type Body: Body<Data = Bytes, Error = io::Error> + From<Full<Bytes>> + Send + Unpin + 'static;

    /// Answers one request.
    fn handle(&self, request: Request<Incoming>, in_flight: InFlight) -> Reply<Self::Body>;

    /// The answer for a client that is not to be served further.
    fn refuse(&self, refusal: Refusal<'_>) -> Response<Full<Bytes>>;
}

/// Why a client is not served further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal<'a> {
    /// Its address has too many connections open; it asked for this path.
    TooMany(&'a str),
    /// Its request did not come to an end in time.
    Timeout,
    /// Its request line does not end.
    UriTooLong,
}

/// An answer that is there, or one that has to be waited for. Most are there, and need no future of their own.
pub enum Reply<B> {
    /// It is there, until it is taken.
    Ready(Option<Response<Tracked<B>>>),
    /// It will be.
    Later(Pin<Box<dyn Future<Output = Response<Tracked<B>>> + Send>>),
}

impl<B> Reply<B> {
    /// An answer that is there.
    pub fn ready(answer: Response<Tracked<B>>) -> Self {
        Self::Ready(Some(answer))
    }

    /// An answer that has to be waited for.
    pub fn later(answer: impl Future<Output = Response<Tracked<B>>> + Send + 'static) -> Self {
        Self::Later(Box::pin(answer))
    }
}

impl<B: Unpin> Future for Reply<B> {
    type Output = Result<Response<Tracked<B>>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut *self {
            Self::Ready(answer) => answer.take().map_or(Poll::Pending, |answer| Poll::Ready(Ok(answer))),
            Self::Later(answer) => answer.as_mut().poll(context).map(Ok),
        }
    }
}

/// Serves connections of `listener` until `shutdown` ends, then lets requests in flight finish. Open connections are
/// counted in `gauge`.
pub async fn serve<H: Handler>(
    listener: TcpListener,
    handler: H,
    limits: Limits,
    gauge: Arc<Connections>,
    shutdown: impl Future<Output = ()>,
) {
    // Its connections inherit it.
    #[cfg(target_os = "linux")]
    drop(socket2::SockRef::from(&listener).set_tcp_notsent_lowat(UNSENT));
    let shared = Shared::new(handler, limits, gauge);
    tokio::select! {
        () = accept_all(&listener, &shared) => {}
        () = shutdown => {}
    }
    drop(listener);
    if tokio::time::timeout(GRACE, shared.table.empty()).await.is_err() {
        tracing::warn!("some requests did not end in time");
    }
}

/// What the system keeps for a client beside what is on its way, in bytes. The system takes more when half of it has gone:
/// so whoever takes it slowly is seen to take it. With the usual megabytes, a reader on a bad line, to whom a third of them
/// does not go within the write timeout, would seem to take nothing.
#[cfg(target_os = "linux")]
const UNSENT: u32 = 32 << 10;

async fn accept_all<H: Handler>(listener: &TcpListener, shared: &Arc<Shared<H>>) {
    loop {
        match listener.accept().await {
            Ok((socket, peer)) => admit(shared, socket, peer).await,
            // It went away before it was its turn.
            Err(error) if error.kind() == ErrorKind::ConnectionAborted => {}
            Err(error) => {
                // Out of file descriptors, most likely: others must close before more can be opened.
                tracing::warn!(%error, "a connection could not be accepted");
                shared.table.make_room();
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// Finds a slot for a connection and serves it on a task of its own.
async fn admit<H: Handler>(shared: &Arc<Shared<H>>, socket: TcpStream, peer: SocketAddr) {
    // It only makes answers late.
    drop(socket.set_nodelay(true));
    let table = &shared.table;
    let patience = Patience::of(&shared.limits);
    let session = |patience| Session::new(peer, patience, table.epoch, Arc::clone(&table.queue));
    let Some(counted) = table.count(peer.ip()) else {
        // Without a permit to be told why, it is closed here.
        if let Some(permit) = table.lingering() {
            let session = session(patience.short());
            tokio::spawn(connection::serve(Arc::clone(shared), socket, session, Welcome::Refused, permit));
        }
        return;
    };
    let Some(permit) = table.permit().await else { return };
    let session = session(patience);
    let slot = table.insert(&session, counted, permit);
    tokio::spawn(connection::serve(Arc::clone(shared), socket, session, Welcome::Served, slot));
}
