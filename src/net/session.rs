//! What one connection is doing: told by its stream and its requests, read by its task and by whoever needs its place.
//!
//! Knows nothing of HTTP but that requests come and are answered. It holds no lock: a request costs a few atomics that
//! nobody else writes at the time, and two looks at the clock at most.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering::Relaxed, Ordering::SeqCst};
use std::task::Waker;
use std::time::Duration;

use futures_util::task::AtomicWaker;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::limits::Limits;

/// A request that is being answered, and one whose answer is being sent, as they are counted in one number.
const ANSWERING: u64 = 1;
const SENDING: u64 = 1 << 32;

/// Stands for a time that has yet to be looked up: most requests come whole, and need none.
const JUST_NOW: u64 = 1;

/// How many times the write timeout a connection may be busy without a pause before it is asked to end. Without this
/// a client could hold some of its answers for ever by taking others.
const BUSY: u64 = 10;

/// How many times the write timeout a connection may stay that has been asked to end while requests are in flight.
const LEAVING: u64 = 2;

/// How to end a connection that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// In order: over HTTP/2 with GOAWAY.
    Leave,
    /// With 408.
    TimedOut,
    /// At once.
    Close,
}

/// What a connection is asked to do by others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// To give up its place, unless a request has come in the meantime.
    GiveWay = 1,
    /// To finish its requests and end.
    Stop = 2,
}

/// Newcomers for whom there is no slot.
#[derive(Default)]
pub struct WaitQueue {
    /// Whether there are any.
    pub waiting: AtomicBool,
    /// Told when a connection has become idle, or has kept its place.
    pub changed: Notify,
}

/// How long a connection may do nothing, in microseconds, and how slowly it may take an answer.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    header: u64,
    idle: u64,
    write: u64,
    /// The time over which the rate is measured at which answers are taken.
    measured: u64,
    /// The bytes of their bodies that must be taken in that time.
    least: u64,
}

impl Patience {
    /// What the limits allow.
    pub fn of(limits: &Limits) -> Self {
        let micros = |duration: Duration| duration.as_micros() as u64;
        let Limits { header_read_timeout, idle_timeout, write_timeout, .. } = limits;
        let (measured, least) = limits.measure(*write_timeout);
        Self {
            header: micros(*header_read_timeout),
            idle: micros(*idle_timeout),
            write: micros(*write_timeout),
            measured: micros(measured),
            least,
        }
    }

    /// What is left for those who are only told that they are too many.
    pub fn short(self) -> Self {
        let most = 2_000_000;
        Self { header: self.header.min(most), idle: 1000, write: self.write.min(most), ..self }
    }
}

/// One connection. Times are microseconds since `epoch`, which all connections share, and 0 is never.
pub struct Session {
    pub peer: SocketAddr,
    epoch: Instant,
    patience: Patience,
    queue: Arc<WaitQueue>,
    /// Requests being answered and answers being sent.
    flights: AtomicU64,
    /// Since when there have been none, or when there were none last.
    idle_since: AtomicU64,
    /// When bytes of an HTTP/2 answer were taken last; flow control can hold them back while the socket takes more.
    moved: AtomicU64,
    /// Since when the rate is measured at which answers are taken, and how many bytes of them have been taken since.
    measured: AtomicU64,
    taken: AtomicU64,
    /// When an unfinished header section began.
    heard: AtomicU64,
    /// Since when the socket has taken nothing.
    stalled: AtomicU64,
    /// Whether there has been a request.
    asked: AtomicBool,
    /// Whether it speaks HTTP/2.
    multiplexed: AtomicBool,
    /// Whether a request came with a body that has not been read, so that what follows may be no header section.
    bodied: AtomicBool,
    order: AtomicU8,
    waker: AtomicWaker,
    gone: AtomicBool,
}

impl Session {
    /// A connection that has just been accepted.
    pub fn new(peer: SocketAddr, patience: Patience, epoch: Instant, queue: Arc<WaitQueue>) -> Arc<Self> {
        let session = Self {
            peer,
            epoch,
            patience,
            queue,
            flights: AtomicU64::new(0),
            idle_since: AtomicU64::new(0),
            moved: AtomicU64::new(0),
            measured: AtomicU64::new(0),
            taken: AtomicU64::new(0),
            heard: AtomicU64::new(0),
            stalled: AtomicU64::new(0),
            asked: AtomicBool::new(false),
            multiplexed: AtomicBool::new(false),
            bodied: AtomicBool::new(false),
            order: AtomicU8::new(0),
            waker: AtomicWaker::new(),
            gone: AtomicBool::new(false),
        };
        session.idle_since.store(session.now(), Relaxed);
        Arc::new(session)
    }

    /// What time it is; never 0 or 1.
    pub fn now(&self) -> u64 {
        self.epoch.elapsed().as_micros() as u64 + 2
    }

    /// The clock's reading at a time of ours.
    pub fn instant(&self, at: u64) -> Instant {
        self.epoch + Duration::from_micros(at)
    }

    /// How long it may be idle, in microseconds.
    pub fn patience_when_idle(&self) -> u64 {
        self.patience.idle
    }

    /// Whether no request is in flight.
    pub fn is_idle(&self) -> bool {
        self.flights.load(SeqCst) == 0
    }

    /// Since when it has been idle, if it is and has not ended.
    pub fn idle_since(&self) -> Option<u64> {
        (self.is_idle() && !self.gone.load(SeqCst)).then(|| self.idle_since.load(Relaxed))
    }

    /// Whether it speaks HTTP/2.
    pub fn is_multiplexed(&self) -> bool {
        self.multiplexed.load(Relaxed)
    }

    /// Notes that it speaks HTTP/2.
    pub fn multiplex(&self) {
        self.multiplexed.store(true, Relaxed);
    }

    /// Whether a request came with a body.
    pub fn is_bodied(&self) -> bool {
        self.bodied.load(Relaxed)
    }

    /// Notes that the body has been read to its end: what follows is a header section again.
    pub fn read_body(&self) {
        self.bodied.store(false, Relaxed);
    }

    /// Notes that a long request makes progress, so that its connection is not asked to end.
    pub fn go_on(&self) {
        self.idle_since.store(self.now(), Relaxed);
    }

    /// Notes that another part of a long answer is wanted. Over HTTP/1 there is but one answer at a time, which may take
    /// as long as it goes on; over HTTP/2 a client could hold others for ever by taking this one.
    pub fn go_on_sending(&self) {
        if !self.is_multiplexed() {
            self.go_on();
        }
    }

    /// Notes that bytes have come where a request is awaited; says whether they are its first.
    pub fn hear(&self) -> bool {
        let first = self.heard.load(Relaxed) == 0;
        if first {
            self.heard.store(JUST_NOW, Relaxed);
        }
        first
    }

    /// Looks up the time for a request that has not come whole, and for an answer that has not gone whole.
    pub fn date(&self) {
        if self.heard.load(Relaxed) == JUST_NOW && self.is_idle() {
            self.heard.store(self.now(), Relaxed);
        }
        if self.measured.load(Relaxed) == JUST_NOW && self.flights.load(SeqCst) >= SENDING {
            self.measured.store(self.now(), Relaxed);
        }
    }

    /// Measures anew from now on if enough of the answers has been taken in the time that has passed; says whether it
    /// does.
    pub fn measure(&self, now: u64) -> bool {
        let since = self.measured.load(Relaxed);
        let enough = since > JUST_NOW
            && now >= since + self.patience.measured
            && self.taken.load(Relaxed) >= self.patience.least;
        if enough {
            self.taken.store(0, Relaxed);
            self.measured.store(now, Relaxed);
        }
        enough
    }

    /// Notes whether the socket takes bytes.
    pub fn note_writing(&self, taken: bool) {
        match (taken, self.stalled.load(Relaxed)) {
            (true, 0) => {}
            (true, _) => self.stalled.store(0, Relaxed),
            (false, 0) => self.stalled.store(self.now(), Relaxed),
            (false, _) => {}
        }
    }

    /// Whether there is something that the socket does not take.
    pub fn is_stalled(&self) -> bool {
        self.stalled.load(Relaxed) > 0
    }

    /// When this connection is due if nothing more happens, and how it ends then.
    pub fn due(&self) -> (u64, Ending) {
        let Patience { header, idle, write, .. } = self.patience;
        let flights = self.flights.load(SeqCst);
        let (idle_since, heard) = (self.idle_since.load(Relaxed), self.heard.load(Relaxed));
        let mut due = if flights > 0 {
            (idle_since + BUSY * write, Ending::Leave)
        } else if heard > JUST_NOW && !self.is_multiplexed() {
            (heard + header, Ending::TimedOut)
        } else if !self.asked.load(Relaxed) {
            // Who has said nothing is not waiting for an answer.
            (idle_since + header, Ending::Close)
        } else {
            (idle_since + idle, Ending::Leave)
        };
        let sending = |since: &AtomicU64| if flights >= SENDING { since.load(Relaxed) } else { 0 };
        let (stalled, moved, measured) = (self.stalled.load(Relaxed), sending(&self.moved), sending(&self.measured));
        for (since, patience) in [(stalled, write), (moved, write), (measured, self.patience.measured)] {
            if since > JUST_NOW && since + patience < due.0 {
                due = (since + patience, Ending::Close);
            }
        }
        due
    }

    /// When this connection is due that has been asked to end at `since`.
    pub fn due_leaving(&self, since: u64) -> (u64, Ending) {
        let last = since + self.patience.write * if self.is_idle() { 1 } else { LEAVING };
        match self.due() {
            (at, ending) if ending != Ending::Leave && at < last => (at, ending),
            _ => (last, Ending::Close),
        }
    }

    /// Lets orders wake the task that polls this connection.
    pub fn listen(&self, waker: &Waker) {
        self.waker.register(waker);
    }

    /// Asks the connection's task for something.
    pub fn ask(&self, order: Order) {
        self.order.fetch_max(order as u8, SeqCst);
        self.waker.wake();
    }

    /// What is asked, once.
    pub fn asked(&self) -> Option<Order> {
        if self.order.load(SeqCst) == 0 {
            return None;
        }
        match self.order.swap(0, SeqCst) {
            0 => None,
            1 => Some(Order::GiveWay),
            _ => Some(Order::Stop),
        }
    }

    /// Whether it has yet to hear what it was asked.
    pub fn is_asked(&self) -> bool {
        self.order.load(SeqCst) != 0 && !self.gone.load(SeqCst)
    }

    /// Tells newcomers that something has changed for them.
    pub fn tell_queue(&self) {
        if self.queue.waiting.load(SeqCst) {
            self.queue.changed.notify_one();
        }
    }

    /// Notes that it has ended.
    pub fn end(&self) {
        self.gone.store(true, SeqCst);
    }

    /// Counts a request that has come; `bodied` if it may be followed by more than the next header section.
    pub fn begin(&self, multiplexed: bool, bodied: bool) {
        self.flights.fetch_add(ANSWERING, SeqCst);
        self.asked.store(true, Relaxed);
        self.heard.store(0, Relaxed);
        if multiplexed {
            self.multiplexed.store(true, Relaxed);
        }
        if bodied {
            self.bodied.store(true, Relaxed);
        }
    }

    /// Counts a request no longer as being answered, but as one whose answer is being sent: it is the client's turn.
    pub fn send(&self) {
        if self.flights.load(SeqCst) < SENDING {
            self.taken.store(0, Relaxed);
            self.measured.store(JUST_NOW, Relaxed);
            if self.is_multiplexed() {
                self.moved.store(self.now(), Relaxed);
            }
        }
        self.flights.fetch_add(SENDING - ANSWERING, SeqCst);
    }

    /// Counts an answer once more, since a part of it goes its own way.
    pub fn share(&self) {
        self.flights.fetch_add(SENDING, SeqCst);
    }

    /// Notes that so many bytes of an answer have been taken.
    pub fn advance(&self, bytes: usize) {
        self.taken.fetch_add(bytes as u64, Relaxed);
        if self.is_multiplexed() {
            self.moved.store(self.now(), Relaxed);
        }
    }

    /// Counts out a request, or a part of an answer.
    pub fn land(&self, sending: bool) {
        let weight = if sending { SENDING } else { ANSWERING };
        // Before the number falls, so that nobody sees an idle connection with an old time; and after it, for the
        // case that two HTTP/2 requests end at one moment.
        let alone = self.flights.load(SeqCst) == weight;
        if alone {
            self.idle_since.store(self.now(), Relaxed);
        }
        if self.flights.fetch_sub(weight, SeqCst) == weight {
            if !alone {
                self.idle_since.store(self.now(), Relaxed);
            }
            self.tell_queue();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Ending::{Close, Leave, TimedOut};

    const SECOND: u64 = 1_000_000;
    const HEADER: u64 = 10 * SECOND;
    const IDLE: u64 = 60 * SECOND;
    const WRITE: u64 = 30 * SECOND;

    /// A connection that has just been accepted, with the default limits but for the lowest rate.
    fn with_lowest_rate(lowest_rate: u32) -> Arc<Session> {
        let limits = Limits { lowest_rate, ..Limits::DEFAULT };
        let peer = SocketAddr::from(([127, 0, 0, 1], 4000));
        Session::new(peer, Patience::of(&limits), Instant::now(), Arc::default())
    }

    fn accepted() -> Arc<Session> {
        with_lowest_rate(0)
    }

    /// A connection on which a request has been answered and its answer is being sent.
    fn sending(lowest_rate: u32) -> Arc<Session> {
        let session = with_lowest_rate(lowest_rate);
        session.begin(false, false);
        session.send();
        session.date();
        session
    }

    /// In how many microseconds the session is due, and how it ends.
    fn due(session: &Session) -> (u64, Ending) {
        let (at, ending) = session.due();
        (at - session.now(), ending)
    }

    async fn pass(micros: u64) {
        tokio::time::advance(Duration::from_micros(micros)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_newcomer_is_closed_and_half_a_request_times_out() {
        let session = accepted();
        assert_eq!(due(&session), (HEADER, Close));
        pass(SECOND).await;
        assert!(session.hear(), "these are the first bytes");
        session.date();
        assert_eq!(due(&session), (HEADER, TimedOut));
        pass(SECOND).await;
        assert!(!session.hear(), "these are not");
        session.date();
        assert_eq!(due(&session), (HEADER - SECOND, TimedOut), "further bytes give no further time");
    }

    #[tokio::test(start_paused = true)]
    async fn an_answered_connection_is_kept_for_the_idle_timeout() {
        let session = accepted();
        session.begin(false, false);
        assert!(!session.is_idle() && session.idle_since().is_none());
        pass(SECOND).await;
        session.send();
        session.land(true);
        assert_eq!((session.is_idle(), session.idle_since()), (true, Some(session.now())));
        assert_eq!(due(&session), (IDLE, Leave));
        session.hear();
        session.date();
        assert_eq!(due(&session), (HEADER, TimedOut), "the next request has come in part");
    }

    #[tokio::test(start_paused = true)]
    async fn a_busy_connection_is_asked_to_end_unless_its_request_goes_on() {
        let session = accepted();
        session.begin(false, true);
        assert_eq!((due(&session), session.is_bodied()), ((BUSY * WRITE, Leave), true));
        pass(SECOND).await;
        assert_eq!(due(&session), (BUSY * WRITE - SECOND, Leave));
        session.go_on();
        session.read_body();
        assert_eq!((due(&session), session.is_bodied()), ((BUSY * WRITE, Leave), false));
    }

    #[tokio::test(start_paused = true)]
    async fn a_socket_that_takes_nothing_is_closed_after_the_write_timeout() {
        let session = sending(0);
        session.note_writing(false);
        pass(SECOND).await;
        session.note_writing(false);
        assert_eq!((due(&session), session.is_stalled()), ((WRITE - SECOND, Close), true));
        session.note_writing(true);
        assert_eq!((due(&session).1, session.is_stalled()), (Close, false));
        assert_eq!(due(&session).0, 2 * WRITE - SECOND, "the rate is measured on");
    }

    #[tokio::test(start_paused = true)]
    async fn an_http_2_answer_that_is_not_taken_is_closed_though_the_socket_takes_more() {
        let session = accepted();
        session.begin(true, false);
        session.send();
        assert_eq!(due(&session), (WRITE, Close));
        pass(SECOND).await;
        session.advance(1);
        assert_eq!(due(&session), (WRITE, Close));
        // Half a header section is hyper's to judge.
        session.land(true);
        session.hear();
        session.date();
        assert_eq!(due(&session), (IDLE, Leave));
    }

    #[tokio::test(start_paused = true)]
    async fn an_order_is_heard_once_and_stopping_outdoes_giving_way() {
        let session = accepted();
        assert_eq!((session.asked(), session.is_asked()), (None, false));
        session.ask(Order::Stop);
        session.ask(Order::GiveWay);
        assert!(session.is_asked());
        assert_eq!((session.asked(), session.asked()), (Some(Order::Stop), None));
        session.ask(Order::GiveWay);
        session.end();
        assert!(!session.is_asked() && session.idle_since().is_none(), "it has ended");
    }

    #[tokio::test(start_paused = true)]
    async fn the_queue_is_told_when_the_last_request_has_ended() {
        let session = accepted();
        session.queue.waiting.store(true, SeqCst);
        session.begin(true, false);
        session.begin(true, false);
        let told = session.queue.changed.notified();
        session.land(false);
        assert!(tokio::time::timeout(Duration::ZERO, told).await.is_err());
        session.land(false);
        session.queue.changed.notified().await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_takes_less_than_the_lowest_rate_is_closed_after_a_minute() {
        let session = sending(100);
        session.advance(5999);
        let (due, ending) = session.due();
        assert_eq!((due - session.now(), ending), (60 * SECOND, Close));
        assert!(!session.measure(due));
        session.advance(1);
        assert!(!session.measure(due - 1), "the minute is not over");
        assert!(session.measure(due));
        assert_eq!(session.due(), (due + 60 * SECOND, Close), "it is measured anew");
        assert!(!session.measure(due + 60 * SECOND));
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_sends_nothing_is_not_slow() {
        let session = sending(100);
        session.land(true);
        assert_eq!(session.due().1, Leave);
        session.begin(false, false);
        session.date();
        assert_eq!(session.due().1, Leave, "the answer is not there yet");
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_was_asked_to_end_ends_within_a_minute() {
        let session = sending(0);
        session.advance(1);
        assert_eq!(session.due_leaving(0), (60 * SECOND, Close));
        session.land(true);
        assert_eq!(session.due_leaving(0), (30 * SECOND, Close));
    }
}
