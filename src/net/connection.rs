//! One connection, from its socket to its end: hyper speaks, and a watch ends it when it is due.
//!
//! Knows nothing of other connections; they ask for its slot through its session.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulConnection;
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep_until};

use super::in_flight::InFlight;
use super::limits::Limits;
use super::linger;
use super::session::{Ending, Order, Session};
use super::stream::Stream;
use super::table::{ConnectionTable, Connections};
use super::{Handler, Refusal, Reply};

/// The number of header fields that hyper reads without being told.
const HYPER_S_FIELDS: usize = 100;

/// The least time between two looks at a connection that nothing happens on, in microseconds.
const MOST_OFTEN: u64 = 1_000_000;

/// The state that the connections of one listener share.
pub struct Shared<H> {
    handler: H,
    pub limits: Limits,
    pub table: Arc<ConnectionTable>,
    builder: Builder<TokioExecutor>,
}

impl<H: Handler> Shared<H> {
    /// For a listener without connections.
    pub fn new(handler: H, limits: Limits, gauge: Arc<Connections>) -> Arc<Self> {
        let (table, builder) = (ConnectionTable::new(limits.clone(), gauge), builder(&limits));
        Arc::new(Self { handler, limits, table, builder })
    }
}

/// hyper with our limits. It has no timer for HTTP/1: sessions know better what a connection is waiting for.
fn builder(limits: &Limits) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        // A client may close its side once it has said all it will, and is answered all the same.
        .half_close(true)
        .max_buf_size(limits.read_buffer());
    if limits.max_header_fields != HYPER_S_FIELDS {
        // Said aloud, hyper makes room for them anew with each request, though it would be the same.
        builder.http1().max_headers(limits.max_header_fields);
    }
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(u32::try_from(limits.max_header_bytes).unwrap_or(u32::MAX))
        .max_concurrent_streams(limits.http2_streams)
        .max_pending_accept_reset_streams(limits.http2_resets);
    builder
}

/// Whether a connection's requests are answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Welcome {
    /// By the handler.
    Served,
    /// With its refusal: the client has too many connections.
    Refused,
}

/// Serves one connection to its end. Its `slot` is free again before the connection lingers.
pub async fn serve<H: Handler>(
    shared: Arc<Shared<H>>,
    socket: TcpStream,
    session: Arc<Session>,
    welcome: Welcome,
    slot: impl Send + 'static,
) {
    let (stream, mut returned) = Stream::new(socket, Arc::clone(&session), shared.limits.request_line());
    let (handler, asked) = (shared.handler.clone(), Arc::clone(&session));
    let service = service_fn(move |request: Request<Incoming>| {
        let in_flight = InFlight::begin(&asked, &request);
        match welcome {
            Welcome::Served => handler.handle(request, in_flight),
            Welcome::Refused => {
                let answer = handler.refuse(Refusal::TooMany(request.uri().path()));
                Reply::ready(in_flight.answered(answer.map(H::Body::from)))
            }
        }
    });
    let connection = shared.builder.serve_connection(TokioIo::new(stream), service).into_owned();
    let ended = Watch::new(connection, Arc::clone(&session)).await;
    drop(slot);
    let Ok(remains) = returned.try_recv() else { return };
    let refusal = match ended {
        Ended::Closed => {
            if session.is_stalled() {
                // What the client does not take is not kept for it by the system either.
                drop(remains.socket.set_zero_linger());
            }
            return;
        }
        Ended::InOrder if !session.is_bodied() => return,
        Ended::TimedOut => Some(Refusal::Timeout),
        Ended::InOrder | Ended::Broken => remains.endless.then_some(Refusal::UriTooLong),
    };
    if let Some(_permit) = shared.table.lingering() {
        linger::close(remains.socket, refusal.map(|refusal| shared.handler.refuse(refusal))).await;
    }
}

/// The end of a connection.
enum Ended {
    /// Both sides, or we, had nothing more to say.
    InOrder,
    /// With an error, perhaps in the middle of what the client had to say.
    Broken,
    /// It was due: silent, stuck, or in somebody's way.
    Closed,
    /// Its request did not come to an end.
    TimedOut,
}

/// A connection that is polled, and ended when its session says that it is due.
struct Watch<C> {
    connection: Pin<Box<C>>,
    session: Arc<Session>,
    alarm: Pin<Box<Sleep>>,
    /// When the alarm goes off. It is set anew only if it would be too late, or has gone off: requests never touch it.
    armed: u64,
    /// Since when hyper has been asked to end the connection.
    leaving: Option<u64>,
}

impl<C: GracefulConnection> Watch<C>
where
    C::Error: std::fmt::Display,
{
    fn new(connection: C, session: Arc<Session>) -> Self {
        let (armed, _) = session.due();
        let alarm = Box::pin(sleep_until(session.instant(armed)));
        Self { connection: Box::pin(connection), session, alarm, armed, leaving: None }
    }

    fn due(&self) -> (u64, Ending) {
        self.leaving.map_or_else(|| self.session.due(), |since| self.session.due_leaving(since))
    }

    fn arm(&mut self, at: u64) {
        self.armed = at;
        self.alarm.as_mut().reset(self.session.instant(at));
    }

    fn leave(&mut self) {
        self.leaving.get_or_insert(self.session.now());
        self.connection.as_mut().graceful_shutdown();
    }

    fn poll_connection(&mut self, context: &mut Context<'_>) -> Poll<Ended> {
        self.connection.as_mut().poll(context).map(|ended| match ended {
            Ok(()) => Ended::InOrder,
            Err(error) => {
                tracing::debug!(%error, "a connection ended early");
                Ended::Broken
            }
        })
    }

    /// Ready when the session is due.
    fn poll_due(&mut self, context: &mut Context<'_>) -> Poll<Ending> {
        loop {
            let (at, ending) = self.due();
            if at < self.armed {
                self.arm(at);
            }
            ready!(self.alarm.as_mut().poll(context));
            let now = self.session.now();
            if self.session.measure(now) {
                continue;
            }
            if at <= now {
                return Poll::Ready(ending);
            }
            // The end of an HTTP/2 request need not wake this task; it is noticed soon enough.
            self.arm(at.min(now + self.session.patience_when_idle().max(MOST_OFTEN)));
        }
    }

    /// Ready if the connection is to end now because somebody has asked for it.
    fn poll_orders(&mut self, context: &mut Context<'_>) -> Poll<Ended> {
        let Some(order) = self.session.asked() else { return Poll::Pending };
        if order == Order::GiveWay && !self.session.is_idle() {
            self.session.tell_queue();
            return Poll::Pending;
        }
        self.leave();
        // Over HTTP/2 a client may have asked before it can know that the server stops; half a request is none.
        let stays = order == Order::Stop && (self.session.is_multiplexed() || !self.session.is_idle());
        match self.poll_connection(context) {
            Poll::Pending if stays => Poll::Pending,
            // A connection that is told to go away before it has said anything takes that for an error.
            Poll::Pending | Poll::Ready(Ended::Broken) => Poll::Ready(Ended::Closed),
            ended => ended,
        }
    }
}

impl<C: GracefulConnection> Future for Watch<C>
where
    C::Error: std::fmt::Display,
{
    type Output = Ended;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Ended> {
        let watch = &mut *self;
        watch.session.listen(context.waker());
        loop {
            if let Poll::Ready(ended) = watch.poll_connection(context) {
                return Poll::Ready(ended);
            }
            watch.session.date();
            if let Poll::Ready(ended) = watch.poll_orders(context) {
                return Poll::Ready(ended);
            }
            match ready!(watch.poll_due(context)) {
                Ending::Leave => watch.leave(),
                Ending::TimedOut => return Poll::Ready(Ended::TimedOut),
                Ending::Close => return Poll::Ready(Ended::Closed),
            }
        }
    }
}
