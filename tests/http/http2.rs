//! HTTP/2 with prior knowledge (RFC 9113 §3.3), frame by frame.
//!
//! Knows nothing of Huffman codes and dynamic tables: it sends literals, and reads the status and the data.

use crate::support::served::{LATE, Served, WIDE, another, seconds};
use crate::support::wire::Wire;
use wellhead::net::Limits;

const PREFACE: &str = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RESET: u8 = 3;
const CONTINUATION: u8 = 9;
const SETTINGS: u8 = 4;
const GO_AWAY: u8 = 7;
const WINDOW_UPDATE: u8 = 8;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

struct Frame {
    kind: u8,
    flags: u8,
    stream: u32,
    payload: Vec<u8>,
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() as u32).to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes()[..], payload].concat()
}

fn read(wire: &mut Wire) -> Frame {
    next(wire).expect("the connection goes on")
}

/// The next frame; `None` if the connection has ended.
fn next(wire: &mut Wire) -> Option<Frame> {
    let head = wire.try_bytes(9)?;
    let length = u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
    let stream = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
    Some(Frame { kind: head[3], flags: head[4], stream, payload: wire.try_bytes(length)? })
}

/// GET over http with these literal fields behind it (RFC 7541 §6): `:path` is 4 in the static table, `:authority` 1.
pub fn get(stream: u32, path: &str, authority: Option<&str>) -> Vec<u8> {
    let mut block = vec![0x82, 0x86, 0x04, path.len() as u8];
    block.extend_from_slice(path.as_bytes());
    if let Some(authority) = authority {
        block.extend([0x01, authority.len() as u8]);
        block.extend_from_slice(authority.as_bytes());
    }
    frame(HEADERS, END_STREAM | END_HEADERS, stream, &block)
}

/// HEAD: `:method` as a literal instead of the table's GET (RFC 7541 §6.2.2).
pub fn head(stream: u32, path: &str) -> Vec<u8> {
    let mut head = get(stream, path, Some("news.example"));
    head.splice(9..10, [&[0x02, 4][..], b"HEAD"].concat());
    let length = (head.len() as u32 - 9).to_be_bytes();
    head.splice(..3, length[1..].to_vec());
    head
}

/// Fields that are not in the static table (RFC 7541 §6.2.2): lengths below 127.
fn literal(name: &str, value: &str) -> Vec<u8> {
    [&[0, name.len() as u8], name.as_bytes(), &[value.len() as u8], value.as_bytes()].concat()
}

/// The same request with more fields, in as many frames as it takes.
fn get_with(stream: u32, path: &str, fields: &[u8]) -> Vec<u8> {
    let first = get(stream, path, Some("news.example"));
    let block = [&first[9..], fields].concat();
    let parts: Vec<&[u8]> = block.chunks(16_000).collect();
    let frames = parts.iter().enumerate().map(|(at, part)| {
        let last = if at + 1 == parts.len() { END_HEADERS } else { 0 };
        let (kind, flags) = if at == 0 { (HEADERS, END_STREAM) } else { (CONTINUATION, 0) };
        frame(kind, flags | last, stream, part)
    });
    frames.collect::<Vec<_>>().concat()
}

/// A SETTINGS frame's identifier and value (RFC 9113 §6.5.1).
fn setting(identifier: u16, value: u32) -> Vec<u8> {
    [&identifier.to_be_bytes()[..], &value.to_be_bytes()].concat()
}

/// Status and body on a stream: 200, 304, 400 and 404 are 8, 11, 12 and 13 in the static table. Others are literals
/// with the name of 8; these have Huffman codes (RFC 7541 appendix B).
pub fn answer(wire: &mut Wire, stream: u32) -> (u16, Vec<u8>) {
    let (mut status, mut body) = (0, Vec::new());
    loop {
        let frame = read(wire);
        assert!(frame.kind != RESET && frame.kind != GO_AWAY, "the server gives up");
        if frame.stream == stream && frame.kind == HEADERS {
            status = match frame.payload.iter().find(|byte| **byte & 0xe0 != 0x20) {
                Some(0x88) => 200,
                Some(0x8b) => 304,
                Some(0x8c) => 400,
                Some(0x8d) => 404,
                Some(0x48) => literal_status(&frame.payload),
                other => panic!("an unexpected first field {other:?}"),
            };
        }
        if frame.stream == stream && frame.kind == DATA {
            body.extend(frame.payload);
        }
        if frame.stream == stream && frame.flags & END_STREAM != 0 {
            return (status, body);
        }
    }
}

fn literal_status(payload: &[u8]) -> u16 {
    let at = payload.iter().position(|byte| *byte == 0x48).expect("a status");
    match payload[at + 1..at + 5] {
        [0x83, 0x68, 0x2d, 0x7f] => 414,
        [0x83, 0x68, 0x4f, 0xff] => 429,
        [0x83, 0x69, 0x90, 0xff] => 431,
        ref other => panic!("an unexpected status {other:x?}"),
    }
}

pub fn opened(served: &Served) -> Wire {
    opened_with(served, &[])
}

fn opened_with(served: &Served, settings: &[u8]) -> Wire {
    let mut wire = served.wire();
    wire.send(PREFACE);
    wire.send(frame(SETTINGS, 0, 0, settings));
    let first = read(&mut wire);
    assert_eq!((first.kind, first.stream), (SETTINGS, 0), "RFC 9113 §3.4: the server's preface is a SETTINGS frame");
    wire
}

#[test]
fn http_2_with_prior_knowledge_gets_the_same_bytes() {
    let served = Served::start();
    let mut wire = opened(&served);
    wire.send(get(1, "/feed.atom", Some("news.example")));
    assert_eq!(answer(&mut wire, 1), (200, served.get("/feed.atom", &[]).body));
}

#[test]
fn a_head_over_http_2_has_no_body() {
    let served = Served::start();
    let mut wire = opened(&served);
    for (stream, path) in [(1, "/feed.atom"), (3, "/nothing"), (5, "/api/v1/openapi.json")] {
        wire.send(head(stream, path));
        let (status, body) = answer(&mut wire, stream);
        assert_eq!((status, body.len()), (if path == "/nothing" { 404 } else { 200 }, 0), "{path}");
    }
}

#[test]
fn http_2_answers_several_requests_on_one_connection() {
    let served = Served::start();
    let mut wire = opened(&served);
    for (stream, path, status) in [(1, "/feed.json", 200), (3, "/nothing", 404), (5, "/topics/salt.rss", 200)] {
        wire.send(get(stream, path, Some("news.example")));
        assert_eq!(answer(&mut wire, stream).0, status, "{path}");
    }
}

#[test]
fn an_http_2_request_needs_an_authority() {
    let served = Served::start();
    let mut wire = opened(&served);
    wire.send(get(1, "/feed.atom", None));
    assert_eq!(answer(&mut wire, 1).0, 400);
}

#[test]
fn a_served_http_2_connection_is_told_to_go_away_when_the_server_stops() {
    let mut served = Served::start();
    let mut wire = opened(&served);
    wire.send(get(1, "/feed.atom", Some("news.example")));
    assert_eq!(answer(&mut wire, 1).0, 200);
    served.ask_to_stop();
    let kinds = std::iter::from_fn(|| Some(read(&mut wire).kind));
    assert!(kinds.take(10).any(|kind| kind == GO_AWAY));
    drop(wire);
    served.join();
}

const INITIAL_WINDOW_SIZE: u16 = 4;
const REFUSED_STREAM: u8 = 7;
const ENHANCE_YOUR_CALM: u8 = 11;

/// Reads on until a frame of this kind comes.
fn until(wire: &mut Wire, kind: u8) -> Frame {
    loop {
        let frame = read(wire);
        if frame.kind == kind {
            return frame;
        }
    }
}

#[test]
fn an_http_2_connection_that_asks_nothing_more_is_told_to_go_away_and_closed() {
    let served = Served::paused(WIDE);
    let mut wire = opened(&served);
    wire.send(get(1, "/feed.atom", Some("news.example")));
    assert_eq!(answer(&mut wire, 1).0, 200);
    served.pass(seconds(WIDE.idle_timeout) + LATE);
    until(&mut wire, GO_AWAY);
    // Whether it goes or not: this client does not even confirm that it has heard it.
    served.pass_until("its place is free", || served.app().connections.open() == 0);
    wire.rest();
}

#[test]
fn an_idle_http_2_connection_gives_way_to_a_newcomer() {
    let served = Served::with_limits(Limits { connections: 1, ..WIDE });
    let mut wire = opened(&served);
    wire.send(get(1, "/feed.atom", Some("news.example")));
    assert_eq!(answer(&mut wire, 1).0, 200);
    assert_eq!(served.get("/feed.atom", &[]).status, 200);
    until(&mut wire, GO_AWAY);
    wire.rest();
}

#[test]
fn an_http_2_client_that_takes_no_data_is_disconnected() {
    let served = Served::paused(WIDE);
    let mut wire = opened_with(&served, &setting(INITIAL_WINDOW_SIZE, 0));
    wire.send(get(1, "/feed.atom", Some("news.example")));
    assert_eq!(until(&mut wire, HEADERS).stream, 1);
    served.pass_until("its place is free", || served.app().connections.open() == 0);
    wire.rest();
}

#[test]
fn an_http_2_client_that_takes_a_byte_at_a_time_is_disconnected() {
    let served = Served::paused(Limits { lowest_rate: u32::MAX, ..WIDE });
    let articles: String = (0..200).map(|n| another(&format!("n{n}"))).collect();
    served.import(&articles);
    served.refresh();
    let mut wire = opened_with(&served, &setting(INITIAL_WINDOW_SIZE, 1));
    wire.send(get(1, "/feed.json", Some("news.example")));
    assert_eq!(until(&mut wire, HEADERS).stream, 1);
    // Something is taken all the time, so that the write timeout never comes.
    while let Some(frame) = next(&mut wire) {
        assert_eq!(frame.flags & END_STREAM, 0, "it has taken everything");
        if frame.kind == DATA && !wire.try_send(self::frame(WINDOW_UPDATE, 0, 1, &1u32.to_be_bytes())) {
            break;
        }
        served.pass(1);
    }
    served.pass_until("its place is free", || served.app().connections.open() == 0);
}

#[test]
fn http_2_requests_that_are_reset_in_masses_end_the_connection() {
    let served = Served::with_limits(Limits { http2_resets: 5, ..WIDE });
    let mut wire = opened(&served);
    let reset = |stream| [get(stream, "/feed.atom", Some("news.example")), frame(RESET, 0, stream, &[0, 0, 0, 8])];
    let resets: Vec<u8> = (0..100).flat_map(|n| reset(2 * n + 1).concat()).collect();
    wire.send(resets);
    assert_eq!(until(&mut wire, GO_AWAY).payload[4..8], [0, 0, 0, ENHANCE_YOUR_CALM]);
    wire.rest();
    assert_eq!(served.get("/feed.atom", &[]).status, 200);
}

#[test]
fn more_http_2_requests_at_once_than_allowed_are_refused_alone() {
    let served = Served::with_limits(Limits { http2_streams: 2, ..WIDE });
    let mut wire = opened_with(&served, &setting(INITIAL_WINDOW_SIZE, 0));
    for stream in [1, 3, 5] {
        wire.send(get(stream, "/feed.atom", Some("news.example")));
    }
    let refused = until(&mut wire, RESET);
    assert_eq!((refused.stream, refused.payload), (5, vec![0, 0, 0, REFUSED_STREAM]));
}

#[test]
fn http_2_requests_that_are_too_long_hear_which_part_is() {
    let served = Served::with_limits(Limits { max_uri: 100, max_header_fields: 20, ..WIDE });
    let long = get(1, &format!("/feed.atom?{}", "a".repeat(100)), Some("news.example"));
    let many: Vec<u8> = (0..30).flat_map(|n| literal(&format!("x-{n}"), "a")).collect();
    let large: Vec<u8> = (0..200).flat_map(|n| literal(&format!("x-{n}"), &"a".repeat(100))).collect();
    let (many, large) = (get_with(1, "/feed.atom", &many), get_with(1, "/feed.atom", &large));
    for (request, status) in [(long, 414), (many, 431), (large, 431)] {
        let mut wire = opened(&served);
        wire.send(request);
        assert_eq!(answer(&mut wire, 1).0, status);
    }
}

#[test]
fn an_http_2_connection_too_many_is_429_and_sent_away() {
    let served = Served::with_limits(Limits { connections_per_address: 1, ..WIDE });
    let mut first = opened(&served);
    first.send(get(1, "/feed.atom", Some("news.example")));
    assert_eq!(answer(&mut first, 1).0, 200);
    let mut second = opened(&served);
    second.send(get(1, "/feed.atom", Some("news.example")));
    assert_eq!(answer(&mut second, 1).0, 429);
    until(&mut second, GO_AWAY);
    second.rest();
}
