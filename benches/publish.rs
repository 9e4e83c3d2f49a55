//! Measures publishing over HTTP into a store of 1,000 articles and one of 1,000,000: it should be the same.
//!
//! Both stores are filled as an import does it, with articles of 600 bytes; each is served by a process of its own, and
//! articles of 3 KB are put over loopback, with a token, each into one of the districts in turn. Three things take turns,
//! so that the machine's moods fall on all alike: a publish into the small store, one into the large one, and the
//! yardstick, 4 KB appended to a file in the same folder and fsynced, through a handle of its own.
//!
//! "Acknowledged" is from the start of a PUT until its answer; "seen" goes on until a GET of the article's district's feed,
//! sent right after, has come with the article in it: every other six as it is, the others in gzip as readers ask for it
//! (unpacked when the clock has stopped). What is published in the two days of the run stays in a feed's document, so that
//! each of them comes to hold 100 articles and more. Then 64 connections, all on one thread, put articles for some seconds,
//! each the next as soon as the last has been acknowledged; nobody polls meanwhile, but the server rebuilds what had been
//! asked for.
//!
//! `cargo bench --bench publish` takes about three minutes, most of which goes into the large store, and 1.5 GB below
//! target/ meanwhile; WELLHEAD_BENCH_SCALE=10 divides the large store and the rounds by ten, `--test` does a tiny run.

#[path = "support/chance.rs"]
mod chance;
#[path = "support/client.rs"]
mod client;
#[path = "support/machine.rs"]
mod machine;
#[path = "support/plain.rs"]
#[allow(dead_code, reason = "the rest is for other benchmarks")]
mod plain;
#[path = "support/prose.rs"]
mod prose;
#[path = "support/servers.rs"]
#[allow(dead_code, reason = "the rest is for other benchmarks")]
mod servers;
#[path = "support/two_stores.rs"]
#[allow(dead_code, reason = "the rest is for other benchmarks")]
mod two_stores;

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use flate2::read::GzDecoder;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use client::{Client, request};
use machine::quantile;
use prose::Prose;
use servers::Server;
use two_stores::{Shape, TwoStores};
use wellhead::article::{Draft, Time};
use wellhead::token::{Digest, Name, Scope, Secret, Token};

/// Articles of the small store and of the large one.
const SIZES: [u64; 2] = [1_000, 1_000_000];
/// Articles of a batch while the stores are filled.
const BATCH: u64 = 1_000;
/// Bytes of an article's text there, and of one that is published.
const BODY: usize = 600;
const PUBLISHED: usize = 3_000;
/// One article in so many is in the district of the filling.
const EVERY: u64 = 10;
/// Publishes of one client into each store.
const ROUNDS: u64 = 600;
/// Clients at once, and how often and how long they publish into each store.
const CLIENTS: usize = 64;
const RUNS: u64 = 5;
const RUN: Duration = Duration::from_secs(3);
/// The districts, in turn.
const DISTRICTS: [&str; 6] = ["daan", "fushun", "gongjing", "rongxian", "yantan", "ziliujing"];

fn main() -> anyhow::Result<()> {
    let divisor = machine::divisor(500)?;
    let folder = machine::scratch()?;
    println!("publish: {}", machine::describe(folder.path()));
    let sizes = [SIZES[0], (SIZES[1] / divisor).max(SIZES[0])];
    let prose = Prose::learned();
    let stores = TwoStores::filled(folder.path(), Shape { sizes, batch: BATCH, every: EVERY }, |number| {
        let (title, html) = prose.article(number, BODY);
        Draft { id: format!("bench-{number}"), title, html: Some(html), ..Draft::default() }
    })?;
    let token = [token(&stores, 0)?, token(&stores, 1)?];
    let servers = [Server::wellhead(&stores.paths[0])?, Server::wellhead(&stores.paths[1])?];
    let mut bench = Bench { prose, token, servers, number: 0 };
    bench.alone(folder.path(), sizes, (ROUNDS / divisor).max(12))?;
    bench.crowd(sizes, if divisor == 1 { RUNS } else { 1 }, RUN / divisor.min(30) as u32)?;
    println!("load at the end: {}", machine::describe(folder.path()));
    Ok(())
}

/// A token for one of the stores.
fn token(stores: &TwoStores, which: usize) -> anyhow::Result<String> {
    let secret = Secret::generate()?;
    let (name, digest) = (Name::parse("bench")?, Digest::of(secret.text()));
    let token = Token { name, scope: Scope::Publish, created: Time(0), expires: None, revoked: None, digest };
    stores.open(which)?.add_token(token).wait()?;
    Ok(secret.text().to_owned())
}

struct Bench {
    prose: Prose,
    token: [String; 2],
    servers: [Server; 2],
    /// How many articles have been made.
    number: u64,
}

/// Milliseconds.
#[derive(Default)]
struct Times(Vec<f64>);

impl Times {
    fn add(&mut self, time: Duration) {
        self.0.push(time.as_secs_f64() * 1e3);
    }

    fn at(&self, part: f64) -> f64 {
        quantile(&self.0, part)
    }
}

impl Bench {
    /// The next article: its headline, its district, and the request that publishes it.
    fn next(&mut self, which: usize) -> (String, &'static str, String) {
        self.number += 1;
        let number = self.number;
        let (title, html) = self.prose.article(1_000_000_000 + number, PUBLISHED);
        let (title, district) = (format!("{title}{number}"), DISTRICTS[(number / 2) as usize % DISTRICTS.len()]);
        let body = serde_json::json!({ "title": title, "html": html, "districts": [district] }).to_string();
        let put = format!(
            "PUT /api/v1/articles/published-{number} HTTP/1.1\r\nHost: wellhead.example\r\nAuthorization: Bearer {}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.token[which],
            body.len()
        );
        (title, district, put)
    }

    /// One client, who looks each time whether what has been published is there.
    fn alone(&mut self, folder: &Path, sizes: [u64; 2], rounds: u64) -> anyhow::Result<()> {
        let mut clients = [Client::connect(self.servers[0].address)?, Client::connect(self.servers[1].address)?];
        let mut yardstick = File::create(folder.join("yardstick"))?;
        let mut acknowledged: [Times; 2] = Default::default();
        let mut seen: [[Times; 2]; 2] = Default::default();
        let (mut fsync, mut bytes) = (Times::default(), 0);
        for round in 0..rounds {
            // Each district in turn as it is, and then in turn packed.
            let packed = (round as usize / DISTRICTS.len()) % 2;
            for which in [0, 1] {
                let (title, district, put) = self.next(which);
                let fields: &[_] = if packed == 1 { &[("Accept-Encoding", "gzip")] } else { &[] };
                let get = request(&format!("/districts/{district}.atom"), fields);
                let client = &mut clients[which];
                let begun = Instant::now();
                let answer = client.ask(&put)?;
                let answered = begun.elapsed();
                let feed = client.ask(&get)?;
                seen[packed][which].add(begun.elapsed());
                acknowledged[which].add(answered);
                ensure!(answer.status == 201, "{}", String::from_utf8_lossy(&answer.raw));
                let mut document = String::new();
                match packed {
                    1 => drop(GzDecoder::new(feed.body()).read_to_string(&mut document)?),
                    _ => document.push_str(&String::from_utf8_lossy(feed.body())),
                }
                ensure!(document.contains(&title), "the feed does not have what was acknowledged");
                bytes = document.len();
            }
            let begun = Instant::now();
            yardstick.write_all(&[0x5a; 4096])?;
            yardstick.sync_all()?;
            fsync.add(begun.elapsed());
        }
        println!(
            "\none client, {rounds} publishes into each store; milliseconds; a feed has {} KB at last",
            bytes / 1000
        );
        println!("{:<32} {:>8} {:>8} {:>28}", "", "p50", "p99", "p99 - 3 fsyncs (p50, p99)");
        println!("{:<32} {:>8.2} {:>8.2}", "4 KB appended and fsynced", fsync.at(0.5), fsync.at(0.99));
        for (what, times) in [("acknowledged", &acknowledged), ("seen in a GET", &seen[0]), ("seen in gzip", &seen[1])]
        {
            for (times, size) in times.iter().zip(sizes) {
                let over = [0.5, 0.99].map(|part| times.at(0.99) - 3.0 * fsync.at(part));
                let name = format!("{what}, {size}");
                let (p50, p99) = (times.at(0.5), times.at(0.99));
                println!("{name:<32} {p50:>8.2} {p99:>8.2} {:>19.2} {:>8.2}", over[0], over[1]);
            }
        }
        let ratio = |part: f64| seen[0][1].at(part) / seen[0][0].at(part);
        println!("large to small store: p50 {:.2}, p99 {:.2}", ratio(0.5), ratio(0.99));
        Ok(())
    }

    /// Many clients, who publish as fast as they are answered.
    fn crowd(&mut self, sizes: [u64; 2], runs: u64, run: Duration) -> anyhow::Result<()> {
        let (mut rates, mut times): ([Vec<f64>; 2], [Times; 2]) = Default::default();
        for _ in 0..runs {
            for which in [0, 1] {
                // More than can be published in that time.
                let most = (run.as_secs_f64() * 12_000.0) as usize + CLIENTS;
                let requests: Vec<String> = (0..most).map(|_| self.next(which).2).collect();
                let (answers, seconds) = load(&self.servers[which], requests, run)?;
                rates[which].push(answers.len() as f64 / seconds);
                times[which].0.extend(answers);
            }
        }
        println!("\n{CLIENTS} clients, {runs} runs of {:.1} s into each store", run.as_secs_f64());
        println!("{:<32} {:>14} {:>10} {:>8} {:>8}", "", "publishes / s", "all runs", "p50 ms", "p99 ms");
        for ((rates, times), size) in rates.iter().zip(&times).zip(sizes) {
            let [least, median, most] = [0.0, 0.5, 1.0].map(|part| quantile(rates, part));
            let (p50, p99) = (times.at(0.5), times.at(0.99));
            println!(
                "{:<32} {median:>14.0} {least:>5.0}-{most:<5.0} {p50:>7.1} {p99:>8.1}",
                format!("{size} articles")
            );
        }
        println!("large to small store: {:.2}", quantile(&rates[1], 0.5) / quantile(&rates[0], 0.5));
        Ok(())
    }
}

/// Publishes over as many connections as there are clients for so long; how many milliseconds each answer took, and how
/// many seconds all of it.
fn load(server: &Server, requests: Vec<String>, run: Duration) -> anyhow::Result<(Vec<f64>, f64)> {
    let address = server.address;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async move {
        let share = requests.len() / CLIENTS;
        let mut requests = requests.into_iter();
        let begun = Instant::now();
        let mut tasks = JoinSet::new();
        for _ in 0..CLIENTS {
            let own: Vec<String> = requests.by_ref().take(share).collect();
            tasks.spawn(async move {
                let mut stream = TcpStream::connect(address).await?;
                stream.set_nodelay(true)?;
                let (mut times, mut buffer) = (Vec::new(), Vec::new());
                for request in own {
                    if begun.elapsed() > run {
                        break;
                    }
                    let asked = Instant::now();
                    stream.write_all(request.as_bytes()).await?;
                    answered(&mut stream, &mut buffer).await?;
                    times.push(asked.elapsed().as_secs_f64() * 1e3);
                }
                anyhow::Ok(times)
            });
        }
        let mut all = Vec::new();
        while let Some(times) = tasks.join_next().await {
            all.extend(times??);
        }
        Ok((all, begun.elapsed().as_secs_f64()))
    })
}

/// Reads an answer, which must say that an article is new.
async fn answered(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> anyhow::Result<()> {
    buffer.clear();
    loop {
        let end = buffer.windows(4).position(|four| four == b"\r\n\r\n");
        if let Some(end) = end {
            let head = String::from_utf8_lossy(&buffer[..end]);
            ensure!(head.starts_with("HTTP/1.1 201"), "{}", String::from_utf8_lossy(buffer));
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            let length: usize = length.context("no length")?.parse()?;
            if buffer.len() >= end + 4 + length {
                return Ok(());
            }
        }
        ensure!(stream.read_buf(buffer).await? > 0, "the connection ended");
    }
}
