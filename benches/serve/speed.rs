//! Requests a second and their times, of 1 and 64 connections, for a feed of 22 KB and for its 304.
//!
//! Each round loads every server for two seconds, by turns of a quarter of a second and beginning with another one each
//! time, so that the machine's moods fall on all alike. Knows nothing of feeds beyond the addresses it asks for.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, ensure};

use crate::client::{Answer, Client, request};
use crate::load::{self, Asked, Measured};
use crate::machine::{self, quantile};
use crate::servers::Server;
use crate::stock::{ENTRIES, Stock};

const ROUNDS: usize = 5;
/// Turns of each server in a round, and how long each is.
const TURNS: usize = 8;
const TURN: Duration = Duration::from_millis(250);
const CONNECTIONS: [usize; 2] = [1, 64];
/// Bytes of an article's text with which fifty of them make a feed of 22 KB of gzip.
const LENGTH: usize = 640;
/// What that may be without saying something else than it should.
const BODY: std::ops::RangeInclusive<usize> = 18_000..=26_000;
const FEED: &str = "/feed.atom";

/// Measures and prints.
pub fn measure(folder: &Path, divisor: u64) -> anyhow::Result<()> {
    let store = folder.join("speed.db");
    drop(Stock::new(&store, 3 * ENTRIES, LENGTH)?);
    let servers = servers(folder, &store)?;
    let mut rows = Vec::new();
    for connections in CONNECTIONS {
        for status in [200, 304] {
            let asked: Vec<Asked> = servers.iter().map(|server| asked(server, status)).collect::<Result<_, _>>()?;
            let rounds = (0..machine::rounds(ROUNDS, divisor)).map(|_| round(&servers, &asked, connections, divisor));
            let rounds = rounds.collect::<Result<_, _>>()?;
            rows.push(Row { connections, status, rounds });
        }
    }
    report(&servers, &rows);
    Ok(())
}

/// All servers by turns.
fn round(servers: &[Server], asked: &[Asked], connections: usize, divisor: u64) -> anyhow::Result<Vec<Measured>> {
    let mut measured: Vec<Measured> = servers.iter().map(|_| Measured::default()).collect();
    for turn in 0..TURNS.div_ceil(divisor as usize) {
        for nth in 0..servers.len() {
            let at = (turn + nth) % servers.len();
            load::run(&mut measured[at], &servers[at], &asked[at], connections, TURN)?;
        }
    }
    Ok(measured)
}

/// wellhead first, then what it is compared with.
fn servers(folder: &Path, store: &Path) -> anyhow::Result<Vec<Server>> {
    let wellhead = Server::wellhead(store)?;
    let mut client = Client::connect(wellhead.address)?;
    let identity = client.ask(&request(FEED, &[]))?;
    let gzip = client.ask(&request(FEED, &[("Accept-Encoding", "gzip")]))?;
    let not_modified = client.ask(&again(&gzip)?)?;
    let length = gzip.body().len();
    println!("{FEED}: {} bytes, {length} as gzip; 304 of {} bytes", identity.body().len(), not_modified.raw.len());
    ensure!(BODY.contains(&length) && gzip.field("content-encoding") == Some("gzip"), "not the body to be measured");
    let bare = Server::bare(folder, &gzip, &not_modified)?;
    let nginx = Server::nginx(folder, &identity, &gzip)?;
    if nginx.is_none() {
        println!("nginx is not installed: measured without it");
    }
    Ok([wellhead, bare].into_iter().chain(nginx).chain(Server::other(store)?).collect())
}

/// The request of a client that has this answer.
fn again(answer: &Answer) -> anyhow::Result<String> {
    let tag = answer.field("etag").context("no ETag")?;
    Ok(request(FEED, &[("Accept-Encoding", "gzip"), ("If-None-Match", tag)]))
}

fn asked(server: &Server, status: u16) -> anyhow::Result<Asked> {
    let plain = request(FEED, &[("Accept-Encoding", "gzip")]);
    let answer = Client::connect(server.address)?.ask(&plain)?;
    Asked::of(server, if status == 304 { again(&answer)? } else { plain }, status)
}

/// What was measured of one kind of request: round by round, in the order of the servers.
struct Row {
    connections: usize,
    status: u16,
    rounds: Vec<Vec<Measured>>,
}

impl Row {
    fn median(&self, of: impl Fn(&[Measured]) -> f64) -> f64 {
        quantile(&self.rounds.iter().map(|round| of(round)).collect::<Vec<_>>(), 0.5)
    }

    fn name(&self) -> String {
        let s = if self.connections == 1 { "" } else { "s" };
        format!("{}, {} connection{s}", self.status, self.connections)
    }
}

fn report(servers: &[Server], rows: &[Row]) {
    println!("\n| | server | requests a second | p50, µs | p99, µs | server's processor, µs a request | load's |");
    println!("|---|---|---|---|---|---|---|");
    for row in rows {
        for (at, server) in servers.iter().enumerate() {
            let median = |of: fn(&Measured) -> f64| row.median(|round| of(&round[at]));
            let (rate, own, load) = (median(Measured::rate), median(Measured::server), median(Measured::load));
            let (p50, p99) = (median(|m| m.within(0.5)), median(|m| m.within(0.99)));
            println!("| {} | {} | {rate:.0} | {p50:.0} | {p99:.0} | {own:.1} | {load:.1} |", row.name(), server.name);
        }
    }
    println!("\n| wellhead in comparison: medians of the rounds' ratios | rate | p99 | processor |");
    println!("|---|---|---|---|");
    for row in rows {
        for (at, server) in servers.iter().enumerate().skip(1) {
            let rate = row.median(|round| round[0].rate() / round[at].rate());
            // The other way round, so that more is better everywhere.
            let p99 = row.median(|round| round[at].within(0.99) / round[0].within(0.99));
            let processor = row.median(|round| round[at].server() / round[0].server());
            println!("| {}: of {} | {rate:.2} | {p99:.2} | {processor:.2} |", row.name(), server.name);
        }
    }
}
