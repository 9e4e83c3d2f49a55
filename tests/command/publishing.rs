//! Publishing while the server is killed again and again: whatever was acknowledged is there, once, and nothing is broken.
//!
//! Knows nothing of power cuts: the operating system goes on, and keeps what it was given.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, mpsc};
use std::thread;

use super::Newsroom;
use super::serve::Server;
use crate::support::wire::PATIENCE;

/// Who publish at once.
const CLIENTS: usize = 8;

/// How often the server is killed.
const KILLS: usize = 30;

/// Publishes articles over one connection until it breaks; tells the ids that were acknowledged.
fn publish(address: SocketAddr, token: &str, ids: &AtomicUsize, told: &dyn Fn(String)) -> std::io::Result<()> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_nodelay(true)?;
    loop {
        let id = ids.fetch_add(1, Ordering::Relaxed);
        let district = if id.is_multiple_of(2) { "大安" } else { "沿滩" };
        let body = format!("{{\"title\":\"{district}盐井 第{id}号\",\"text\":\"卤水 {id}\"}}");
        // Every tenth is an edit of one that this or another client has just published.
        let id = if id.is_multiple_of(10) { id.saturating_sub(7) } else { id };
        write!(
            stream,
            "PUT /api/v1/articles/{id} HTTP/1.1\r\nHost: news.example\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )?;
        if !is_acknowledged(&mut stream)? {
            return Ok(());
        }
        told(id.to_string());
    }
}

/// Reads an answer; whether it is one that says that all is done.
fn is_acknowledged(stream: &mut TcpStream) -> std::io::Result<bool> {
    let mut answer = Vec::new();
    let mut buffer = [0; 8192];
    loop {
        let count = stream.read(&mut buffer)?;
        if count == 0 {
            return Ok(false);
        }
        answer.extend_from_slice(&buffer[..count]);
        let text = String::from_utf8_lossy(&answer);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        if body.len() >= length.and_then(|length| length.parse().ok()).unwrap_or(0) {
            assert!(head.starts_with("HTTP/1.1 20"), "{text}");
            return Ok(true);
        }
    }
}

/// The ids of what a feed and its archives hold, each with how often it stands there.
fn held(server: &Server, feed: &str) -> BTreeMap<String, usize> {
    let mut held = BTreeMap::new();
    let mut next = Some(feed.to_owned());
    let mut first = true;
    while let Some(path) = next {
        let page = server.get(&path);
        assert_eq!(page.status, 200, "{path}");
        let page = page.json();
        let items = page["items"].as_array().expect("items");
        let ids = items.iter().map(|item| item["id"].as_str().expect("an id").to_owned());
        let distinct: BTreeSet<String> = ids.clone().collect();
        assert_eq!(distinct.len(), items.len(), "{path} holds one twice");
        for id in ids {
            // The subscription document may repeat what stands in the newest archive page (RFC 5005 §4).
            let count = held.entry(id).or_insert(0);
            *count = if first { 0 } else { *count + 1 };
        }
        first = false;
        next = page["next_url"].as_str().map(|url| {
            let (_, path) = url.split_once("//").and_then(|(_, rest)| rest.split_once('/')).expect("an address");
            format!("/{path}")
        });
    }
    held
}

#[test]
fn whatever_was_acknowledged_survives_thirty_kills() {
    let newsroom = Newsroom::new();
    let token = newsroom.done(&["token", "add", "cms", "--scope", "publish"]).out.trim().to_owned();
    let (ids, acknowledged) = (AtomicUsize::new(1), Mutex::new(BTreeSet::new()));
    let mut chance: u64 = 6006;
    for _ in 0..KILLS {
        let mut server = Server::start(&newsroom, &["--admin-listen", "off"]);
        // Drawn, and counted in acknowledgements: the moment falls anywhere in what the others are doing.
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let until = 1 + (chance >> 33) as usize % 60;
        let (counted, count) = mpsc::channel();
        thread::scope(|scope| {
            for _ in 0..CLIENTS {
                let (address, counted, token) = (server.address(), counted.clone(), token.as_str());
                let (ids, acknowledged) = (&ids, &acknowledged);
                scope.spawn(move || {
                    let told = |id: String| {
                        acknowledged.lock().expect("nobody panics").insert(id);
                        counted.send(()).ok();
                    };
                    // It ends with an error, since the server is killed.
                    publish(address, token, ids, &told).ok();
                });
            }
            for _ in 0..until {
                count.recv_timeout(PATIENCE).expect("they go on publishing");
            }
            server.kill();
        });
    }
    let acknowledged = acknowledged.into_inner().expect("nobody panics");
    assert!(acknowledged.len() > KILLS, "{}", acknowledged.len());
    let store = crate::support::tables(&newsroom.path("wellhead.db"));
    let sound: String = store.query_row("PRAGMA integrity_check", [], |row| row.get(0)).expect("an answer");
    assert_eq!(sound, "ok");
    newsroom.done(&["check"]);
    let server = Server::start(&newsroom, &["--admin-listen", "off"]);
    let feeds = ["/feed.json", "/districts/daan.json", "/districts/yantan.json"].map(|feed| held(&server, feed));
    for feed in &feeds {
        assert!(feed.values().all(|count| *count <= 1), "an article stands in two archive pages");
    }
    for id in &acknowledged {
        let key = wellhead::article::Key::derive("local", id);
        let id = format!("tag:news.example,2026:a/{key}");
        let [all, daan, yantan] = &feeds;
        assert!(all.contains_key(&id), "acknowledged, and not in the feed of everything: {id}");
        assert!(daan.contains_key(&id) != yantan.contains_key(&id), "acknowledged, and not in its district: {id}");
    }
}
