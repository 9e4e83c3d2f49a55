//! A server on a port of its own, with its store in a folder of its own and a clock that the test moves.
//!
//! Knows nothing of the command line; everything is ended when the test drops it.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use wellhead::article::{Key, Time};
use wellhead::feed::{FeedSet, load};
use wellhead::fingerprint::fingerprint;
use wellhead::ingest::InputFile;
use wellhead::intake::{self, Counts, Input, Options};
use wellhead::net::Limits;
use wellhead::site::Site;
use wellhead::store::Store;
use wellhead::store::command::{Command, Operation, Outcome};
use wellhead::web;
use wellhead::web::app::App;
use wellhead::web::current::Current;
use wellhead::web::limiter::{Limiter, Mode};

use super::wire::{Response, Wire, request};
use super::{DEFINITIONS, line};

/// When every test's store is made: 2026-11-24T00:00:00Z. Its first article comes with the revision two seconds later.
pub const BORN: i64 = 1_795_478_400;

/// The clock once the server runs.
pub const NOW: i64 = BORN + 1000;

/// Enough of everything for a test that is not about limits.
pub const WIDE: Limits = Limits {
    connections: 64,
    connections_per_address: 64,
    trusted: Vec::new(),
    max_uri: 8 * 1024,
    max_header_bytes: 16 * 1024,
    max_header_fields: 100,
    header_read_timeout: Duration::from_secs(30),
    body_read_timeout: Duration::from_secs(30),
    idle_timeout: Duration::from_secs(60),
    write_timeout: Duration::from_secs(30),
    lowest_rate: 0,
    http2_streams: 100,
    http2_resets: 20,
};

/// The seconds of a paused clock that may pass before what was sent has come: a busy system may be late to hand it over.
pub const LATE: u32 = 5;

/// A running server.
pub struct Served {
    pub address: SocketAddr,
    current: Arc<Current>,
    clock: Arc<AtomicI64>,
    /// Keeps a paused runtime's clock from going on by itself while nothing happens.
    _paused: Option<std::sync::mpsc::Sender<()>>,
    runtime: Arc<Runtime>,
    stop: Option<oneshot::Sender<()>>,
    running: Option<JoinHandle<()>>,
    folder: Arc<TempDir>,
}

/// The definitions of the tests.
pub fn definitions() -> FeedSet {
    load::from_texts("feeds", DEFINITIONS.iter().copied()).expect("the definitions are right")
}

impl Served {
    /// A server with one article, `first`, of Da'an and of salt.
    pub fn start() -> Self {
        Self::with_limits(WIDE)
    }

    /// The same with these limits.
    pub fn with_limits(limits: Limits) -> Self {
        let clock = Arc::new(AtomicI64::new(BORN));
        let reading = Arc::clone(&clock);
        Self::with_clock(limits, clock, Box::new(move || Time(reading.load(Ordering::SeqCst))))
    }

    /// The same, where time passes only when the test says so: for limits that run out.
    pub fn paused(limits: Limits) -> Self {
        let (runtime, paused) = paused();
        let clock = Arc::new(AtomicI64::new(BORN));
        let reading = Arc::clone(&clock);
        let tells = Box::new(move || Time(reading.load(Ordering::SeqCst)));
        let mut served = Self::first_on(runtime, limits, clock, tells);
        served._paused = Some(paused);
        served
    }

    /// The same that also serves the files of these folders.
    pub fn paused_with_media(folders: &[PathBuf]) -> Self {
        let (runtime, paused) = paused();
        let mut before = Self::start();
        before.end();
        let limiter = Limiter::new(Mode::Off, NonZeroU32::MIN);
        let mut served = before.again_as(runtime, definitions().with_media(folders), WIDE, limiter);
        served._paused = Some(paused);
        served
    }

    /// Lets so many seconds pass, one by one, with time for what has been sent to be read; see [`LATE`].
    pub fn pass(&self, seconds: u32) {
        let passing = self.runtime.spawn(async move {
            for _ in 0..seconds {
                for _ in 0..64 {
                    tokio::task::yield_now().await;
                }
                // And a little, since timers are exact to a millisecond.
                tokio::time::advance(Duration::from_millis(1003)).await;
            }
            for _ in 0..64 {
                tokio::task::yield_now().await;
            }
        });
        self.runtime.block_on(passing).expect("time passes");
    }

    /// Lets time pass until this is done, an hour at most.
    pub fn pass_until(&self, what: &str, mut done: impl FnMut() -> bool) {
        assert!(
            (0..3600).any(|_| done() || {
                self.pass(1);
                false
            }),
            "{what}: not within an hour"
        );
    }

    /// The same with what `tells` the time to requests.
    pub fn with_clock(limits: Limits, clock: Arc<AtomicI64>, tells: Box<dyn Fn() -> Time + Send + Sync>) -> Self {
        Self::first_on(runtime(), limits, clock, tells)
    }

    fn first_on(
        runtime: Runtime,
        limits: Limits,
        clock: Arc<AtomicI64>,
        tells: Box<dyn Fn() -> Time + Send + Sync>,
    ) -> Self {
        let folder = Arc::new(tempfile::tempdir().expect("a folder"));
        bring(
            &definitions(),
            &open(&folder.path().join("wellhead.db"), BORN),
            folder.path().join("first.jsonl"),
            &first(),
            BORN,
        );
        let served = Self::on(
            runtime,
            definitions(),
            folder,
            limits,
            Limiter::new(Mode::Off, NonZeroU32::MIN),
            Arc::clone(&clock),
            tells,
        );
        clock.store(NOW, Ordering::SeqCst);
        served
    }

    /// A server that answers 429 to who has had so many full answers within the hour, believing this proxy.
    pub fn with_limiter(per_hour: u32, proxy: &str) -> Self {
        let limits = Limits { trusted: vec![proxy.parse().expect("a network")], ..WIDE };
        let mut served = Self::with_limits(limits.clone());
        let limiter = Limiter::new(Mode::Enforce, NonZeroU32::new(per_hour).expect("a number"));
        served.end();
        served.again(limits, limiter)
    }

    /// A server that also serves the files of these folders.
    pub fn with_media(folders: &[PathBuf], limits: Limits) -> Self {
        let mut served = Self::with_limits(limits.clone());
        served.end();
        served.again_as(runtime(), definitions().with_media(folders), limits, Limiter::new(Mode::Off, NonZeroU32::MIN))
    }

    /// Another server on the same store, with the same clock.
    pub fn another(&self) -> Self {
        self.again(WIDE, Limiter::new(Mode::Off, NonZeroU32::MIN))
    }

    fn again(&self, limits: Limits, limiter: Limiter) -> Self {
        self.again_as(runtime(), definitions(), limits, limiter)
    }

    fn again_as(&self, runtime: Runtime, set: FeedSet, limits: Limits, limiter: Limiter) -> Self {
        let reading = Arc::clone(&self.clock);
        let tells = Box::new(move || Time(reading.load(Ordering::SeqCst)));
        Self::on(runtime, set, Arc::clone(&self.folder), limits, limiter, Arc::clone(&self.clock), tells)
    }

    fn on(
        runtime: Runtime,
        set: FeedSet,
        folder: Arc<TempDir>,
        limits: Limits,
        limiter: Limiter,
        clock: Arc<AtomicI64>,
        tells: Box<dyn Fn() -> Time + Send + Sync>,
    ) -> Self {
        let runtime = Arc::new(runtime);
        let store = open(&folder.path().join("wellhead.db"), clock.load(Ordering::SeqCst));
        let site = runtime.block_on(Site::open(set, store, 16 << 20)).expect("a site");
        let current = Current::new(App::new(site, tells, limits, limiter));
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a port");
        let address = listener.local_addr().expect("an address");
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = web::run(listener, Arc::clone(&current), async move { drop(stopped.await) });
        let driven = Arc::clone(&runtime);
        let running = std::thread::spawn(move || driven.block_on(serving));
        Self { address, current, clock, _paused: None, runtime, stop: Some(stop), running: Some(running), folder }
    }

    /// What answers now.
    pub fn app(&self) -> Arc<App> {
        self.current.app()
    }

    /// Lets the server answer from other definitions.
    pub fn renew(&self, set: FeedSet) {
        self.runtime.block_on(self.current.renew(set)).expect("the store answers");
    }

    /// The same with one file instead of another.
    pub fn renew_without(&self, name: &str, (new, text): (&str, &str)) {
        let others = DEFINITIONS.iter().copied().filter(|(other, _)| *other != name);
        let set = load::from_texts("feeds", others.chain([(new, text)])).expect("the definitions are right");
        self.renew(set);
    }

    /// Ends the server.
    pub fn end(&mut self) {
        self.ask_to_stop();
        self.join();
    }

    /// Where operators are answered, for as long as the server runs.
    pub fn admin(&self) -> SocketAddr {
        self.admin_at("127.0.0.1:0")
    }

    /// The same on another address; how to reach it from here.
    pub fn admin_at(&self, address: &str) -> SocketAddr {
        let listener = self.runtime.block_on(TcpListener::bind(address)).expect("a port");
        let mut address = listener.local_addr().expect("an address");
        if address.ip().is_unspecified() {
            address.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
        }
        self.runtime.spawn(web::run_admin(listener, Arc::clone(&self.current), std::future::pending()));
        address
    }

    /// Builds anew what is asked for most.
    pub fn rebuild_busiest(&self) {
        self.runtime.block_on(self.app().site.rebuild_busiest());
    }

    /// Withdraws an article, with a note.
    pub fn withdraw(&self, own_id: &str, note: &str) {
        let now = Time(self.clock.load(Ordering::SeqCst));
        let operation = Operation::Withdraw { note: Some(note.to_owned()) };
        let command = Command::new(Key::derive("local", own_id), operation, "test");
        let answer = self.other_store().execute_one(command, now).wait().expect("the store answers");
        assert_eq!(answer.map(|executed| executed.outcome), Ok(Outcome::Withdrawn));
    }

    /// Makes public what is due, as the clock task does; when the next article is.
    pub fn release(&self) -> Option<i64> {
        let now = Time(self.clock.load(Ordering::SeqCst));
        self.runtime.block_on(self.app().site.release(now)).expect("the store answers").map(|next| next.0)
    }

    /// Sets what time it is.
    pub fn set_clock(&self, now: i64) {
        self.clock.store(now, Ordering::SeqCst);
    }

    /// The store's file.
    pub fn database(&self) -> PathBuf {
        self.folder.path().join("wellhead.db")
    }

    /// Another handle on the store, as another process would have it.
    pub fn other_store(&self) -> Store {
        open(&self.database(), self.clock.load(Ordering::SeqCst))
    }

    /// Imports lines through another handle, unnoticed by the server.
    pub fn import(&self, lines: &str) -> Counts {
        let path = self.folder.path().join("more.jsonl");
        bring(&definitions(), &self.other_store(), path, lines, self.clock.load(Ordering::SeqCst))
    }

    /// The same under other definitions.
    pub fn import_under(&self, set: &FeedSet, lines: &str) -> Counts {
        let path = self.folder.path().join("more.jsonl");
        bring(set, &self.other_store(), path, lines, self.clock.load(Ordering::SeqCst))
    }

    /// Lets the server learn what the store knows more.
    pub fn refresh(&self) {
        self.runtime.block_on(self.app().site.refresh()).expect("the store answers");
    }

    /// A connection.
    pub fn wire(&self) -> Wire {
        Wire::open(self.address)
    }

    /// GETs a path with these further header fields, on a connection of its own.
    pub fn get(&self, target: &str, fields: &[&str]) -> Response {
        self.ask("GET", target, fields)
    }

    /// Sends a request with any method, on a connection of its own.
    pub fn ask(&self, method: &str, target: &str, fields: &[&str]) -> Response {
        let mut wire = self.wire();
        wire.send(request(method, target, &[fields, &["Connection: close"]].concat()));
        let response = wire.response_to(method);
        assert_eq!(wire.rest(), b"", "bytes behind the response");
        response
    }

    /// Sends these bytes and reads one response.
    pub fn raw(&self, bytes: impl AsRef<[u8]>) -> Response {
        let mut wire = self.wire();
        wire.send(bytes);
        wire.response()
    }

    /// Asks the server to stop, and does not wait for it.
    pub fn ask_to_stop(&mut self) {
        if let Some(stop) = self.stop.take() {
            stop.send(()).ok();
        }
    }

    /// Whether the server has not ended yet.
    pub fn is_running(&self) -> bool {
        self.running.as_ref().is_some_and(|running| !running.is_finished())
    }

    /// Waits until the server has ended.
    pub fn join(&mut self) {
        if let Some(running) = self.running.take() {
            running.join().expect("the server ends in order");
        }
    }

    /// Runs SQL on the store's file behind everybody's back.
    pub fn sabotage(&self, sql: &str) {
        let connection = crate::support::tables(&self.database());
        connection.busy_timeout(Duration::from_secs(10)).expect("a timeout");
        connection.execute_batch(sql).expect("the SQL is right");
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.ask_to_stop();
        if let Some(running) = self.running.take()
            && !std::thread::panicking()
        {
            running.join().expect("the server ends in order");
        }
    }
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
}

/// A runtime whose clock stands still until what comes with it is dropped: while a blocking task runs, a paused clock does
/// not go on by itself.
fn paused() -> (Runtime, std::sync::mpsc::Sender<()>) {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let runtime = builder.enable_all().start_paused(true).build().expect("a runtime");
    let (paused, ended) = std::sync::mpsc::channel::<()>();
    runtime.spawn_blocking(move || ended.recv().ok());
    (runtime, paused)
}

fn open(path: &std::path::Path, now: i64) -> Store {
    Store::open(&path.to_string_lossy(), &fingerprint(&definitions()), Time(now)).expect("a store")
}

fn bring(set: &FeedSet, store: &Store, path: PathBuf, lines: &str, now: i64) -> Counts {
    std::fs::write(&path, lines).expect("a file");
    let inputs = [Input::file(InputFile::new(&path, None, chrono_tz::UTC).expect("jsonl"))];
    let options = Options { by: "import", source: "local".to_owned(), ..Options::default() };
    let mut told = Vec::new();
    let counts = intake::import(set, store, &inputs, &options, &|| Time(now), &mut |event| {
        told.push(format!("{event:?}"));
    });
    let counts = counts.expect("the store answers");
    assert_eq!(counts.left, 0, "{told:?}");
    counts
}

/// The article that is there from the beginning, long enough for compression to pay.
pub fn first() -> String {
    let body = "<p>大安盐井的卤水，今天又冒了泡。</p>".repeat(40);
    line("first", "大安盐井", &format!("\"html\":\"{body}\",\"published\":\"2026-11-23T08:00:00+08:00\""))
}

/// The page of the first article.
pub fn first_page() -> String {
    format!("/articles/{}", Key::derive("local", "first"))
}

/// Another article of Da'an and of salt.
pub fn another(id: &str) -> String {
    line(id, &format!("大安盐井 {id}"), "\"text\":\"卤水\",\"published\":\"2026-11-23T09:00:00+08:00\"")
}

/// A limit's whole seconds.
pub fn seconds(limit: Duration) -> u32 {
    u32::try_from(limit.as_secs()).expect("a short time")
}

/// A date of HTTP (RFC 9110 §5.6.7).
pub fn http_date(time: i64) -> String {
    httpdate::fmt_http_date(std::time::UNIX_EPOCH + Duration::from_secs(time as u64))
}
