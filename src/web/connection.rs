//! One connection, from its socket to its end: hyper speaks, and a watch ends it when it is due.
//!
//! Knows nothing of other connections; they ask for its place through its session.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http::header::{CONNECTION, CONTENT_LENGTH, RETRY_AFTER};
use http::{HeaderValue, Method, Request, Response, StatusCode, Version};
use hyper::body::{Body, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulConnection;
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep_until};

use super::admin;
use super::api::{self, Asker};
use super::cors;
use super::current::Current;
use super::error::WebError;
use super::farewell;
use super::flight::{Flight, Sending};
use super::limits::Limits;
use super::outgoing::{Outgoing, Ready};
use super::places::{Connections, Places};
use super::respond::{self, Answer};
use super::route::{self, App};
use super::secured::Listener;
use super::session::{Ending, Order, Session};
use super::stream::Stream;

/// How long a client that has too many connections is asked to stay away, in seconds.
const TOO_MANY: HeaderValue = HeaderValue::from_static("60");

/// How many connections the admin listener has open at once; a further one takes the place of the one that has been idle
/// longest.
const ADMIN_CONNECTIONS: usize = 64;

/// How many header fields hyper reads without being told.
const HYPER_S_FIELDS: usize = 100;

/// The least time between two looks at a connection that nothing happens on, in microseconds.
const MOST_OFTEN: u64 = 1_000_000;

/// What connections have in common.
pub struct Shared {
    current: Arc<Current>,
    pub limits: Limits,
    pub places: Arc<Places>,
    listener: Listener,
    builder: Builder<TokioExecutor>,
}

impl Shared {
    /// For all connections of the public listener.
    pub fn new(current: &Arc<Current>) -> Arc<Self> {
        let app = current.now();
        Self::of(current, Listener::Public, app.limits.clone(), Arc::clone(&app.connections))
    }

    /// For all connections of the admin listener, which are few and take no reader's place.
    pub fn admin(current: &Arc<Current>, loopback: bool) -> Arc<Self> {
        let limits = Limits { connections: ADMIN_CONNECTIONS, ..current.now().limits.clone() };
        Self::of(current, Listener::Admin { loopback }, limits, Arc::default())
    }

    fn of(current: &Arc<Current>, listener: Listener, limits: Limits, gauge: Arc<Connections>) -> Arc<Self> {
        let (places, builder) = (Places::new(limits.clone(), gauge), builder(&limits));
        Arc::new(Self { current: Arc::clone(current), limits, places, listener, builder })
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
    /// As they should be.
    Served,
    /// With 429.
    Refused,
}

/// Serves one connection to its end. Its `place` is free again before the last words are said.
pub async fn serve(
    shared: Arc<Shared>,
    socket: TcpStream,
    session: Arc<Session>,
    welcome: Welcome,
    place: impl Send + 'static,
) {
    let (stream, mut returned) = Stream::new(socket, Arc::clone(&session), shared.limits.request_line());
    let asker = Asker { peer: session.peer.ip(), listener: shared.listener };
    let desk = Arc::new(Desk { current: Arc::clone(&shared.current), asker, welcome });
    let asked = Arc::clone(&session);
    let service = service_fn(move |request| answer(&desk, Flight::begin(&asked, &request), request));
    let connection = shared.builder.serve_connection(TokioIo::new(stream), service).into_owned();
    let ended = Watch::new(connection, Arc::clone(&session)).await;
    drop(place);
    let Ok(remains) = returned.try_recv() else { return };
    let error = match ended {
        Ended::Closed => {
            if session.is_stalled() {
                // What the client does not take is not kept for it by the system either.
                drop(remains.socket.set_zero_linger());
            }
            return;
        }
        Ended::InOrder if !session.is_bodied() => return,
        Ended::TimedOut => Some(WebError::Timeout),
        Ended::InOrder | Ended::Broken => remains.endless.then_some(WebError::UriTooLong),
    };
    if let Some(_leave) = shared.places.farewell() {
        let answer = error.map(|error| respond::error(error, (shared.current.now().clock)()));
        farewell::say(remains.socket, answer).await;
    }
}

/// Where a connection's requests are answered. Each connection has its own, since cores that count references to one
/// thing wait for each other.
struct Desk {
    current: Arc<Current>,
    asker: Asker,
    welcome: Welcome,
}

/// An answer on its way to hyper.
type Sent = Response<Sending<Outgoing>>;

/// An answer that is there, or one that has to be waited for.
enum Answering {
    There(Option<Sent>),
    Later(Pin<Box<dyn Future<Output = Sent> + Send>>),
}

impl Future for Answering {
    type Output = Result<Sent, Infallible>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut *self {
            Self::There(answer) => answer.take().map_or(Poll::Pending, |answer| Poll::Ready(Ok(answer))),
            Self::Later(answer) => answer.as_mut().poll(context).map(Ok),
        }
    }
}

fn answer(desk: &Arc<Desk>, flight: Flight, request: Request<Incoming>) -> Answering {
    if api::is_at(request.uri().path()) && desk.welcome == Welcome::Served {
        let desk = Arc::clone(desk);
        let bodiless = is_bodiless(&request);
        return Answering::Later(Box::pin(async move {
            let answer = api::answer(&desk.current, request, desk.asker, &flight).await.map(Outgoing::from);
            let answer = if bodiless { without_body(answer) } else { answer };
            answer.map(|body| flight.answered(body))
        }));
    }
    let app = desk.current.now();
    let answer = match (desk.welcome, desk.asker.listener) {
        (Welcome::Refused, _) => Some(refusal(&app, request.uri().path()).map(Outgoing::from)),
        (Welcome::Served, Listener::Public) => route::at_once(&app, &request, Some(desk.asker.peer)),
        (Welcome::Served, Listener::Admin { .. }) => None,
    };
    if let Some(answer) = answer {
        let answer = if is_bodiless(&request) { without_body(answer) } else { answer };
        return Answering::There(Some(answer.map(|body| flight.answered(body))));
    }
    let desk = Arc::clone(desk);
    Answering::Later(Box::pin(async move {
        let answer = in_time(&desk, &request).await;
        let answer = if is_bodiless(&request) { without_body(answer) } else { answer };
        answer.map(|body| flight.answered(body))
    }))
}

/// Whether hyper would send a body that must not be there: over HTTP/2 it does so to HEAD (RFC 9110 §9.3.2).
fn is_bodiless<B>(request: &Request<B>) -> bool {
    *request.method() == Method::HEAD && request.version() == Version::HTTP_2
}

/// The header section alone, with the length that the body would have.
fn without_body(mut answer: Ready) -> Ready {
    let length = answer.body().size_hint().lower();
    answer.headers_mut().insert(CONTENT_LENGTH, length.into());
    answer.map(|_| Outgoing::default())
}

/// Answers a request that may have to wait. Whoever finds nothing because the application is replaced meanwhile asks the
/// new one.
async fn in_time(desk: &Desk, request: &Request<Incoming>) -> Ready {
    if desk.asker.listener != Listener::Public {
        return admin::answer(&desk.current.app(), request.uri().path()).await.map(Outgoing::from);
    }
    loop {
        let app = desk.current.app();
        let answer = route::in_time(&app, request, Some(desk.asker.peer)).await;
        if answer.status() != StatusCode::SERVICE_UNAVAILABLE || !desk.current.has_replaced(&app).await {
            return answer;
        }
    }
}

fn refusal(app: &App, path: &str) -> Answer {
    let mut answer = respond::error(WebError::TooMany, (app.clock)());
    if !api::is_below_root(path) {
        cors::open(answer.headers_mut());
    }
    answer.headers_mut().insert(RETRY_AFTER, TOO_MANY);
    answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    answer
}

/// How a connection ended.
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
        let alarm = Box::pin(sleep_until(Instant::from_std(session.instant(armed))));
        Self { connection: Box::pin(connection), session, alarm, armed, leaving: None }
    }

    fn due(&self) -> (u64, Ending) {
        self.leaving.map_or_else(|| self.session.due(), |since| self.session.due_leaving(since))
    }

    fn arm(&mut self, at: u64) {
        self.armed = at;
        self.alarm.as_mut().reset(Instant::from_std(self.session.instant(at)));
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
            self.session.tell_crowd();
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
