//! HTTP/2 with prior knowledge (RFC 9113 §3.3), frame by frame.
//!
//! Knows nothing of Huffman codes and dynamic tables: it sends literals, and reads the status and the data.

use crate::support::served::Served;
use crate::support::wire::Wire;

const PREFACE: &str = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RESET: u8 = 3;
const SETTINGS: u8 = 4;
const GO_AWAY: u8 = 7;
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
    let head = wire.bytes(9);
    let length = u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
    let stream = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
    Frame { kind: head[3], flags: head[4], stream, payload: wire.bytes(length) }
}

/// GET over http with these literal fields behind it (RFC 7541 §6): `:path` is 4 in the static table, `:authority` 1.
fn get(stream: u32, path: &str, authority: Option<&str>) -> Vec<u8> {
    let mut block = vec![0x82, 0x86, 0x04, path.len() as u8];
    block.extend_from_slice(path.as_bytes());
    if let Some(authority) = authority {
        block.extend([0x01, authority.len() as u8]);
        block.extend_from_slice(authority.as_bytes());
    }
    frame(HEADERS, END_STREAM | END_HEADERS, stream, &block)
}

/// Status and body on a stream: 200, 304, 400 and 404 are 8, 11, 12 and 13 in the static table.
fn answer(wire: &mut Wire, stream: u32) -> (u16, Vec<u8>) {
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

fn opened(served: &Served) -> Wire {
    let mut wire = served.wire();
    wire.send(PREFACE);
    wire.send(frame(SETTINGS, 0, 0, &[]));
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
