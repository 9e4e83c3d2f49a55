//! Connections: kept, pipelined, silent, too many, and ended in order.
//!
//! Knows nothing of what is asked over them.

use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Condvar, Mutex};

use crate::support::poll;
use crate::support::served::{LATE, NOW, Served, WIDE, seconds};
use crate::support::wire::{PATIENCE, Wire, request};
use wellhead::article::Time;
use wellhead::net::Limits;

#[test]
fn a_connection_is_kept_for_further_requests() {
    let served = Served::start();
    let mut wire = served.wire();
    for path in ["/feed.atom", "/nothing", "/topics/salt.rss", "/feed.atom"] {
        wire.send(request("GET", path, &[]));
        assert_eq!(wire.response().status, if path == "/nothing" { 404 } else { 200 });
    }
    wire.send(request("GET", "/feed.atom", &["Connection: close"]));
    assert_eq!(wire.response().status, 200);
    assert_eq!(wire.rest(), b"");
}

#[test]
fn pipelined_requests_are_answered_in_their_order() {
    let served = Served::start();
    let mut wire = served.wire();
    let paths = ["/feed.json", "/style.css", "/nothing", "/feed.atom", "/", "/feed.rss"];
    let requests: String = paths.iter().map(|path| request("GET", path, &["Accept-Encoding: gzip"])).collect();
    wire.send(requests);
    let types: Vec<String> = paths.iter().map(|_| wire.response().expect("content-type").to_owned()).collect();
    let types: Vec<&str> = types.iter().map(|t| t.split(';').next().unwrap_or_default()).collect();
    let html = "text/html";
    assert_eq!(types, ["application/feed+json", "text/css", html, "application/atom+xml", html, "application/rss+xml"]);
}

#[test]
fn a_request_may_come_in_single_bytes() {
    let served = Served::start();
    let mut wire = served.wire();
    for byte in request("GET", "/feed.atom", &["Connection: close"]).bytes() {
        wire.send([byte]);
    }
    assert_eq!(wire.response().status, 200);
}

#[test]
fn a_client_that_has_said_all_it_will_is_still_answered() {
    let served = Served::start();
    let mut wire = served.wire();
    wire.send(request("GET", "/feed.atom", &[]));
    wire.finish();
    assert_eq!(wire.response().status, 200);
    assert_eq!(wire.rest(), b"");
}

#[test]
fn whoever_does_not_ask_is_closed_while_others_are_served() {
    let served = Served::paused(WIDE);
    let half = "GET /feed.atom HTTP/1.1\r\nHost: news.example\r\nX-Slow: ";
    let beginnings = ["", "G", "PRI * HT", half, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "\r\n"];
    let mut slow: Vec<_> = beginnings
        .iter()
        .map(|beginning| {
            let mut wire = served.wire();
            wire.send(beginning);
            wire
        })
        .collect();
    assert_eq!(served.get("/feed.atom", &[]).status, 200);
    served.pass(seconds(WIDE.header_read_timeout.max(WIDE.idle_timeout)) + LATE);
    for (wire, beginning) in slow.iter_mut().zip(beginnings) {
        let rest = String::from_utf8_lossy(&wire.rest()).into_owned();
        assert!(!rest.contains("HTTP/1.1 2"), "{beginning:?}: {rest}");
    }
    assert_eq!(served.get("/feed.atom", &[]).status, 200);
}

#[test]
fn a_kept_connection_that_asks_nothing_more_is_closed() {
    let served = Served::paused(WIDE);
    let mut wire = served.wire();
    wire.send(request("GET", "/feed.atom", &[]));
    assert_eq!(wire.response().status, 200);
    served.pass(seconds(WIDE.idle_timeout) - 1);
    assert!(wire.is_silent());
    served.pass(1 + LATE);
    assert_eq!(wire.rest(), b"");
}

#[test]
fn a_newcomer_takes_the_place_of_half_a_request() {
    let served = Served::with_limits(Limits { connections: 2, ..WIDE });
    let mut half = served.wire();
    half.send("GET /feed.atom HTTP/1.1\r\nHost: news.example\r\n");
    let mut kept = served.wire();
    kept.send(request("GET", "/feed.atom", &[]));
    assert_eq!(kept.response().status, 200);
    assert_eq!(served.get("/feed.rss", &[]).status, 200, "whoever has been idle longest gives way");
    assert_eq!(half.rest(), b"");
    kept.send(request("GET", "/feed.atom", &[]));
    assert_eq!(kept.response().status, 200);
}

#[test]
fn a_newcomer_takes_the_place_of_a_kept_connection() {
    let served = Served::with_limits(Limits { connections: 1, ..WIDE });
    let mut kept: Option<Wire> = None;
    for _ in 0..20 {
        let mut wire = served.wire();
        wire.send(request("GET", "/feed.atom", &[]));
        assert_eq!(wire.response().status, 200);
        if let Some(mut before) = kept.replace(wire) {
            assert_eq!(before.rest(), b"");
        }
    }
    assert_eq!(served.app().connections.open(), 1);
}

#[test]
fn a_newcomer_waits_while_all_places_have_a_request_in_flight() {
    let gate = Arc::new(Gate::default());
    let served = held_at(&gate, Limits { connections: 1, ..WIDE });
    gate.hold_next();
    let mut flying = served.wire();
    flying.send(request("GET", "/feed.atom", &[]));
    gate.wait_for_a_request();
    let mut waiting = served.wire();
    waiting.send(request("GET", "/feed.rss", &[]));
    assert!(waiting.is_silent() && flying.is_silent());
    gate.open();
    assert_eq!((flying.response().status, waiting.response().status), (200, 200));
    assert_eq!(flying.rest(), b"", "once it is answered it gives way");
}

#[test]
fn places_are_given_back_however_a_connection_ends() {
    let served = Served::with_limits(Limits { connections: 1, ..WIDE });
    for bytes in
        ["", "GET ", "nonsense\r\n\r\n", "GET /feed.atom HTTP/1.1\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nnonsense"]
    {
        served.wire().send(bytes);
        assert_eq!(served.get("/feed.atom", &[]).status, 200, "after {bytes:?}");
    }
}

/// A clock at which one request can be held.
#[derive(Default)]
struct Gate {
    holds: AtomicBool,
    state: Mutex<(bool, bool)>,
    moved: Condvar,
}

impl Gate {
    fn hold_next(&self) {
        self.holds.store(true, Ordering::SeqCst);
    }

    /// Says that a request has come, and holds it until it is let through, or the test must have failed.
    fn pass(&self) {
        if !self.holds.swap(false, Ordering::SeqCst) {
            return;
        }
        let mut state = self.state.lock().expect("nobody has panicked");
        state.0 = true;
        self.moved.notify_all();
        drop(self.moved.wait_timeout_while(state, PATIENCE, |(_, open)| !*open).expect("nobody has panicked"));
    }

    fn wait_for_a_request(&self) {
        let state = self.state.lock().expect("nobody has panicked");
        let waited = self.moved.wait_timeout_while(state, PATIENCE, |(came, _)| !*came).expect("nobody has panicked");
        assert!(!waited.1.timed_out(), "no request came");
    }

    fn open(&self) {
        self.state.lock().expect("nobody has panicked").1 = true;
        self.moved.notify_all();
    }
}

/// A server whose requests pass this gate.
fn held_at(gate: &Arc<Gate>, limits: Limits) -> Served {
    let passing = Arc::clone(gate);
    let clock = Box::new(move || {
        passing.pass();
        Time(NOW)
    });
    Served::with_clock(limits, Arc::new(AtomicI64::new(NOW)), clock)
}

#[test]
fn a_request_in_flight_is_finished_after_the_listener_is_closed() {
    let gate = Arc::new(Gate::default());
    let mut served = held_at(&gate, WIDE);
    let mut idle = served.wire();
    idle.send(request("GET", "/feed.atom", &[]));
    assert_eq!(idle.response().status, 200);
    gate.hold_next();
    let mut flying = served.wire();
    flying.send(request("GET", "/feed.atom", &[]));
    gate.wait_for_a_request();
    served.ask_to_stop();
    let refused = || TcpStream::connect(served.address).is_err().then_some(());
    poll("the listener is closed", PATIENCE, refused);
    assert!(served.is_running(), "the listener is closed at once, not with everything else");
    assert_eq!(idle.rest(), b"", "an idle connection is closed");
    assert!(flying.is_silent());
    gate.open();
    let response = flying.response();
    assert_eq!(response.status, 200);
    assert!(response.text().contains("大安盐井"));
    assert_eq!(flying.rest(), b"", "and then its connection is closed");
    served.join();
}

#[test]
fn half_a_request_does_not_keep_the_server_from_ending() {
    let mut served = Served::start();
    let mut half = served.wire();
    half.send("GET /feed.atom HTTP/1.1\r\nHost: news.example\r\n");
    poll("it is accepted", PATIENCE, || (served.app().connections.open() == 1).then_some(()));
    served.ask_to_stop();
    assert_eq!(half.rest(), b"");
    served.join();
}

#[test]
fn a_server_without_connections_ends_at_once() {
    let mut served = Served::start();
    served.ask_to_stop();
    served.join();
    assert!(TcpStream::connect(served.address).is_err());
}
