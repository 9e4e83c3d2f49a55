//! Connections: kept, pipelined, silent, too many, and ended in order.
//!
//! Knows nothing of what is asked over them.

use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicI64};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use crate::support::poll;
use crate::support::served::{NOW, Served, WIDE};
use crate::support::wire::{PATIENCE, request};
use wellhead::article::Time;
use wellhead::web::Limits;

const IMPATIENT: Limits = Limits { connections: 64, header_read_timeout: Duration::from_millis(200) };

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
    assert_eq!(
        types,
        ["application/feed+json", "text/css", "text/plain", "application/atom+xml", html, "application/rss+xml"]
    );
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
    let served = Served::with_limits(IMPATIENT);
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
    for (wire, beginning) in slow.iter_mut().zip(beginnings) {
        let rest = String::from_utf8_lossy(&wire.rest()).into_owned();
        assert!(!rest.contains("HTTP/1.1 2"), "{beginning:?}: {rest}");
    }
    assert_eq!(served.get("/feed.atom", &[]).status, 200);
}

#[test]
fn a_kept_connection_that_asks_nothing_more_is_closed() {
    let served = Served::with_limits(IMPATIENT);
    let mut wire = served.wire();
    wire.send(request("GET", "/feed.atom", &[]));
    assert_eq!(wire.response().status, 200);
    assert_eq!(wire.rest(), b"");
}

#[test]
fn beyond_the_limit_a_connection_waits_until_another_closes() {
    let served = Served::with_limits(Limits { connections: 2, ..WIDE });
    let mut first = served.wire();
    let mut second = served.wire();
    for wire in [&mut first, &mut second] {
        wire.send(request("GET", "/feed.atom", &[]));
        assert_eq!(wire.response().status, 200);
    }
    let mut third = served.wire();
    third.send(request("GET", "/feed.rss", &[]));
    // Both that are open are answered many times before the third is, which came first.
    for _ in 0..20 {
        for wire in [&mut first, &mut second] {
            wire.send(request("GET", "/feed.atom", &[]));
            assert_eq!(wire.response().status, 200);
        }
    }
    assert!(third.is_silent());
    drop(first);
    assert_eq!(third.response().status, 200);
    second.send(request("GET", "/feed.atom", &[]));
    assert_eq!(second.response().status, 200);
}

#[test]
fn places_are_given_back_however_a_connection_ends() {
    let served = Served::with_limits(Limits { connections: 1, ..IMPATIENT });
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
    state: Mutex<(bool, bool)>,
    moved: Condvar,
}

impl Gate {
    /// Says that a request has come, and holds it until it is let through, or the test must have failed.
    fn pass(&self) {
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

#[test]
fn a_request_in_flight_is_finished_after_the_listener_is_closed() {
    let (gate, held) = (Arc::new(Gate::default()), Arc::new(AtomicBool::new(false)));
    let passing = (Arc::clone(&gate), Arc::clone(&held));
    let clock = Box::new(move || {
        if passing.1.swap(false, std::sync::atomic::Ordering::SeqCst) {
            passing.0.pass();
        }
        Time(NOW)
    });
    let mut served = Served::with_clock(WIDE, Arc::new(AtomicI64::new(NOW)), clock);
    let mut idle = served.wire();
    idle.send(request("GET", "/feed.atom", &[]));
    assert_eq!(idle.response().status, 200);
    held.store(true, std::sync::atomic::Ordering::SeqCst);
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
fn a_server_without_connections_ends_at_once() {
    let mut served = Served::start();
    served.ask_to_stop();
    served.join();
    assert!(TcpStream::connect(served.address).is_err());
}
