//! Limits over HTTP/1.1: what is too long, too slow, too much or too many, and how it is told so.
//!
//! Knows nothing of HTTP/2, whose limits stand with its frames.

use std::io::{ErrorKind, Write};
use std::net::TcpStream;

use crate::support::poll;
use crate::support::served::{LATE, Served, WIDE, seconds};
use crate::support::wire::{PATIENCE, Wire, request};
use wellhead::net::Limits;

const HALF: &str = "GET /feed.atom HTTP/1.1\r\nHost: news.example\r\nX-Slow: ";

/// A connection that has been answered once, so that it certainly has a place.
fn kept(served: &Served) -> Wire {
    let mut wire = served.wire();
    wire.send(request("GET", "/feed.atom", &[]));
    assert_eq!(wire.response().status, 200);
    wire
}

#[test]
fn a_request_line_that_does_not_end_is_414_whatever_its_length() {
    let served = Served::start();
    for length in [10 << 10, 40 << 10, 200 << 10, 900 << 10] {
        let mut wire = served.wire();
        wire.send(format!("GET /{}", "a".repeat(length)));
        let response = wire.response();
        assert_eq!((response.status, response.expect("connection")), (414, "close"), "{length}");
        assert_eq!(response.text(), "the address is too long\n");
        assert_eq!(wire.rest(), b"");
    }
}

#[test]
fn a_header_section_that_does_not_end_is_431_whatever_its_length() {
    let served = Served::start();
    for length in [40 << 10, 200 << 10, 900 << 10] {
        let mut wire = served.wire();
        wire.send(format!("{HALF}{}", "a".repeat(length)));
        let answer = String::from_utf8_lossy(&wire.rest()).into_owned();
        assert!(answer.starts_with("HTTP/1.1 431 "), "{length}: {answer}");
    }
}

#[test]
fn a_large_body_does_not_drown_the_answer() {
    let served = Served::start();
    let mut wire = served.wire();
    let length = 900 << 10;
    wire.send(request("POST", "/feed.atom", &[&format!("Content-Length: {length}")]) + &"a".repeat(length));
    assert_eq!(wire.response().status, 405);
    assert_eq!(wire.rest(), b"");
}

#[test]
fn the_lengths_are_what_the_settings_say() {
    let limits = Limits { max_uri: 300, max_header_bytes: 1024, max_header_fields: 10, ..WIDE };
    let served = Served::with_limits(limits);
    let query = |length: usize| format!("/feed.atom?{}", "a".repeat(length - 11));
    assert_eq!((served.get(&query(300), &[]).status, served.get(&query(301), &[]).status), (200, 414));
    let cookie = |length: usize| format!("Cookie: {}", "a".repeat(length));
    assert_eq!(served.get("/feed.atom", &[&cookie(900)]).status, 200);
    assert_eq!(served.get("/feed.atom", &[&cookie(1024)]).status, 431);
    let some = |count| (0..count).map(|n| format!("X-{n}: a")).collect::<Vec<_>>();
    let status = |count| {
        let fields = some(count);
        served.raw(request("GET", "/feed.atom", &fields.iter().map(String::as_str).collect::<Vec<_>>())).status
    };
    assert_eq!((status(9), status(10), status(11)), (200, 431, 431));
}

#[test]
fn half_a_request_is_408_when_its_time_is_over() {
    let served = Served::paused(WIDE);
    let mut new = served.wire();
    new.send(HALF);
    let mut kept = kept(&served);
    kept.send(HALF);
    served.pass(seconds(WIDE.header_read_timeout) - 1);
    assert!(new.is_silent() && kept.is_silent());
    served.pass(1 + LATE);
    for wire in [&mut new, &mut kept] {
        let response = wire.response();
        assert_eq!((response.status, response.expect("connection")), (408, "close"));
        assert_eq!(wire.rest(), b"");
    }
}

#[test]
fn single_bytes_do_not_lengthen_a_requests_time() {
    let served = Served::paused(WIDE);
    // Time must not pass before the server accepts.
    let _kept = kept(&served);
    let mut wire = served.wire();
    wire.send(HALF);
    for _ in 0..seconds(WIDE.header_read_timeout) + LATE {
        if wire.is_silent() {
            wire.send("a");
        }
        served.pass(1);
    }
    served.pass(LATE);
    assert_eq!(wire.response().status, 408);
}

#[test]
fn an_idle_connection_is_kept_for_its_own_time() {
    let served = Served::paused(WIDE);
    let (mut kept, mut new) = (kept(&served), served.wire());
    served.pass(seconds(WIDE.header_read_timeout) + LATE);
    assert_eq!(new.rest(), b"", "a connection that came later has had its time for a request");
    kept.send(request("GET", "/feed.atom", &[]));
    assert_eq!(kept.response().status, 200);
    served.pass(seconds(WIDE.idle_timeout) - 1);
    assert!(kept.is_silent());
    served.pass(1 + LATE);
    assert_eq!(kept.rest(), b"");
}

#[test]
fn a_client_that_never_reads_is_disconnected() {
    let served = Served::paused(WIDE);
    let mut stream = TcpStream::connect(served.address).expect("a connection");
    stream.set_nonblocking(true).expect("a mode");
    let requests = request("GET", "/feed.atom", &[]).repeat(100);
    let mut error = None;
    served.pass_until("it is disconnected", || {
        loop {
            match stream.write(requests.as_bytes()) {
                Ok(_) => {}
                // As soon as the server cannot send any more, it takes no more requests either.
                Err(full) if full.kind() == ErrorKind::WouldBlock => return false,
                Err(ended) => {
                    error = Some(ended.kind());
                    return true;
                }
            }
        }
    });
    assert!(matches!(error, Some(ErrorKind::ConnectionReset | ErrorKind::BrokenPipe)), "{error:?}");
    served.pass_until("its place is free", || served.app().connections.open() == 0);
    assert_eq!(served.get("/feed.atom", &[]).status, 200);
}

#[test]
fn more_connections_than_an_address_may_have_are_429() {
    let served = Served::with_limits(Limits { connections_per_address: 2, ..WIDE });
    let mut open = [kept(&served), kept(&served)];
    let mut refused = served.wire();
    refused.send(request("GET", "/feed.atom", &[]));
    let response = refused.response();
    assert_eq!((response.status, response.expect("retry-after")), (429, "60"));
    assert_eq!(response.expect("cache-control"), "no-store");
    assert_eq!(refused.rest(), b"");
    for wire in &mut open {
        wire.send(request("GET", "/feed.atom", &[]));
        assert_eq!(wire.response().status, 200);
    }
    drop(open);
    poll("they are no longer counted", PATIENCE, || (served.get("/feed.atom", &[]).status == 200).then_some(()));
}

#[test]
fn connections_of_a_trusted_proxy_are_not_counted() {
    let trusted = vec!["127.0.0.0/8".parse().expect("a net")];
    let served = Served::with_limits(Limits { connections_per_address: 1, trusted, ..WIDE });
    let open: Vec<Wire> = (0..10).map(|_| kept(&served)).collect();
    assert_eq!(served.app().connections.open(), 10);
    drop(open);
    poll("all are gone", PATIENCE, || (served.app().connections.open() == 0).then_some(()));
}

#[test]
fn however_many_are_refused_they_hold_no_place_and_are_closed() {
    let served = Served::paused(Limits { connections_per_address: 1, ..WIDE });
    let mut kept = kept(&served);
    let mut refused: Vec<Wire> = (0..200).map(|_| served.wire()).collect();
    // Two seconds for those who may be told, and two to close.
    served.pass(4 + LATE);
    for wire in &mut refused {
        assert_eq!(wire.rest(), b"");
    }
    assert_eq!((served.app().connections.open(), served.app().connections.refused()), (1, 200));
    kept.send(request("GET", "/feed.atom", &[]));
    assert_eq!(kept.response().status, 200);
}
