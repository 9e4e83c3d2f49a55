//! The server: connections in, answers out, and an orderly end.
//!
//! Knows nothing of articles. `run` is given its listener and its shutdown, so that tests own both.

pub mod admin;
pub mod api;
mod archive;
pub mod brakes;
pub mod client;
pub mod conditional;
mod cors;
pub mod encoding;
pub mod error;
pub mod limiter;
pub mod limits;
mod outgoing;
pub mod media;
pub mod places;
pub mod poll;
mod prepared;
pub mod respond;
pub mod route;
pub mod secured;
mod connection;
pub mod current;
mod farewell;
mod flight;
mod session;
mod stream;

use std::future::Future;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};

use connection::{Shared, Welcome};
use current::Current;
use session::{Patience, Session};

pub use limits::Limits;
pub use places::Connections;

/// How long requests in flight may take once the server has been asked to stop.
pub const GRACE: Duration = Duration::from_secs(10);

/// How long nothing is accepted after nothing could be.
const PAUSE: Duration = Duration::from_millis(50);

/// Files that are open beside the connections that have a place: the store's, connections that are being refused, and
/// media files.
const OTHER_FILES: u64 = 256 + media::MAX_OPEN as u64;

/// Serves until `shutdown` ends, then lets requests in flight finish.
pub async fn run(listener: TcpListener, current: Arc<Current>, shutdown: impl Future<Output = ()>) {
    serve(listener, Shared::new(&current), shutdown).await;
}

/// The same on the listener for operators.
pub async fn run_admin(listener: TcpListener, current: Arc<Current>, shutdown: impl Future<Output = ()>) {
    let loopback = listener.local_addr().is_ok_and(|own| own.ip().to_canonical().is_loopback());
    serve(listener, Shared::admin(&current, loopback), shutdown).await;
}

/// What the system keeps for a client beside what is on its way, in bytes. The system takes more when half of it has gone:
/// so whoever takes it slowly is seen to take it. With the usual megabytes, a reader on a bad line, to whom a third of them
/// does not go within the write timeout, would seem to take nothing.
#[cfg(target_os = "linux")]
const UNSENT: u32 = 32 << 10;

async fn serve(listener: TcpListener, shared: Arc<Shared>, shutdown: impl Future<Output = ()>) {
    // Its connections inherit it.
    #[cfg(target_os = "linux")]
    drop(socket2::SockRef::from(&listener).set_tcp_notsent_lowat(UNSENT));
    tokio::select! {
        () = accept_all(&listener, &shared) => {}
        () = shutdown => {}
    }
    drop(listener);
    if tokio::time::timeout(GRACE, shared.places.empty()).await.is_err() {
        tracing::warn!("some requests did not end in time");
    }
}

/// Lets this process open as many files as its connections need, and warns if the system does not let it.
pub fn allow_files(limits: &Limits) {
    let wanted = limits.connections as u64 + OTHER_FILES;
    match rlimit::increase_nofile_limit(wanted) {
        Ok(allowed) if allowed >= wanted => {}
        Ok(allowed) => tracing::warn!(allowed, wanted, "fewer files may be open than connections are allowed"),
        Err(error) => tracing::warn!(%error, wanted, "the limit of open files could not be raised"),
    }
}

async fn accept_all(listener: &TcpListener, shared: &Arc<Shared>) {
    loop {
        match listener.accept().await {
            Ok((socket, peer)) => admit(shared, socket, peer).await,
            // It went away before it was its turn.
            Err(error) if error.kind() == ErrorKind::ConnectionAborted => {}
            Err(error) => {
                // Out of file descriptors, most likely: others must close before more can be opened.
                tracing::warn!(%error, "a connection could not be accepted");
                shared.places.make_room();
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// Finds a place for a connection and serves it on a task of its own.
async fn admit(shared: &Arc<Shared>, socket: TcpStream, peer: SocketAddr) {
    // It only makes answers late.
    drop(socket.set_nodelay(true));
    let places = &shared.places;
    let patience = Patience::of(&shared.limits);
    let session = |patience| Session::new(peer, patience, places.epoch, Arc::clone(&places.crowd));
    let Some(counted) = places.count(peer.ip()) else {
        // Without leave to be told why, it is closed here.
        if let Some(leave) = places.farewell() {
            let session = session(patience.short());
            tokio::spawn(connection::serve(Arc::clone(shared), socket, session, Welcome::Refused, leave));
        }
        return;
    };
    let Some(seat) = places.seat().await else { return };
    let session = session(patience);
    let place = places.take(&session, counted, seat);
    tokio::spawn(connection::serve(Arc::clone(shared), socket, session, Welcome::Served, place));
}
