//! What 1,000 idle connections and 1,000 that write a byte of a request a second do to 64 good clients.
//!
//! Two servers of the same store run beside each other, one with that crowd and one without, and the good clients load
//! them by turns of a quarter of a second: what the crowd takes of the machine falls on both, and what differs is what
//! it does to its server. Whatever the server closes is opened again at once. Knows nothing of the server's limits but
//! that they let everybody in.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

use crate::client::{Client, request};
use crate::load::{self, Asked, Measured};
use crate::machine::{self, quantile};
use crate::servers::Server;
use crate::stock::{BODY, ENTRIES, Stock};

const ROUNDS: usize = 5;
/// Turns of each server in a round, and how long each is.
const TURNS: u64 = 8;
const TURN: Duration = Duration::from_millis(250);
const GOOD: usize = 64;
/// Of each kind.
const BAD: u64 = 1000;
/// File descriptors that this process and the server need each.
const DESCRIPTORS: u64 = 2 * BAD + 200;
/// How long it may take until all are connected.
const PATIENCE: Duration = Duration::from_secs(30);

/// Measures and prints.
pub fn measure(folder: &Path, divisor: u64) -> anyhow::Result<()> {
    // The server inherits the limit.
    let descriptors = rlimit::increase_nofile_limit(u64::MAX)?;
    if descriptors < DESCRIPTORS {
        println!("left out: {descriptors} file descriptors are too few, {DESCRIPTORS} are needed (ulimit -n)");
        return Ok(());
    }
    let store = folder.join("slow.db");
    drop(Stock::new(&store, 3 * ENTRIES, BODY)?);
    let (quiet, crowded) = (Server::wellhead(&store)?, Server::wellhead(&store)?);
    let plain = request("/feed.atom", &[("Accept-Encoding", "gzip")]);
    let answer = Client::connect(quiet.address)?.ask(&plain)?;
    let tag = answer.field("etag").context("no ETag")?;
    let again = request("/feed.atom", &[("Accept-Encoding", "gzip"), ("If-None-Match", tag)]);
    let kinds = [Asked::of(&quiet, plain, 200)?, Asked::of(&quiet, again, 304)?];
    let crowd = Crowd::gather(crowded.address, (BAD / divisor).max(1))?;
    let rounds = machine::rounds(ROUNDS, divisor);
    println!("| p99 of {GOOD} good clients, medians of {rounds} rounds | alone | beside slow ones | ratio | rate's |");
    println!("|---|---|---|---|---|");
    for (asked, name) in kinds.iter().zip(["200", "304"]) {
        let mut measured = Vec::new();
        for _ in 0..rounds {
            let (mut alone, mut beside) = (Measured::default(), Measured::default());
            for _ in 0..TURNS.div_ceil(divisor) {
                load::run(&mut alone, &quiet, asked, GOOD, TURN)?;
                load::run(&mut beside, &crowded, asked, GOOD, TURN)?;
            }
            measured.push((alone, beside));
        }
        report(name, &measured);
    }
    println!("\nconnected beside them at the end: {}", crowd.there.load(Ordering::Relaxed));
    crowd.leave()
}

fn report(name: &str, rounds: &[(Measured, Measured)]) {
    let median = |of: &dyn Fn(&(Measured, Measured)) -> f64| quantile(&rounds.iter().map(of).collect::<Vec<_>>(), 0.5);
    println!(
        "| {name} | {:.2} ms | {:.2} ms | {:.2} | {:.2} |",
        median(&|(alone, _)| alone.within(0.99)) / 1e3,
        median(&|(_, beside)| beside.within(0.99)) / 1e3,
        median(&|(alone, beside)| beside.within(0.99) / alone.within(0.99)),
        median(&|(alone, beside)| beside.rate() / alone.rate()),
    );
}

/// The connections that do no good, on a thread of their own.
struct Crowd {
    /// How many connections are open.
    there: Arc<AtomicU64>,
    leave: oneshot::Sender<()>,
    thread: JoinHandle<anyhow::Result<()>>,
}

impl Crowd {
    /// Connects so many of each kind.
    fn gather(address: SocketAddr, of_each: u64) -> anyhow::Result<Self> {
        let (leave, left) = oneshot::channel();
        let there = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&there);
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                for nth in 0..of_each {
                    tokio::spawn(again_and_again(address, Arc::clone(&count), None));
                    // Spread over the second, so that they do not all write at once.
                    let first = Duration::from_secs(1) * nth as u32 / of_each as u32;
                    tokio::spawn(again_and_again(address, Arc::clone(&count), Some(first)));
                }
                drop(left.await);
            });
            Ok(())
        });
        let begun = Instant::now();
        while there.load(Ordering::Relaxed) < 2 * of_each {
            ensure!(begun.elapsed() < PATIENCE, "only {} are connected", there.load(Ordering::Relaxed));
            thread::sleep(Duration::from_millis(5));
        }
        Ok(Self { there, leave, thread })
    }

    fn leave(self) -> anyhow::Result<()> {
        self.leave.send(()).ok();
        self.thread.join().map_err(|_| anyhow::anyhow!("the crowd did not end well"))?
    }
}

/// Keeps one connection open: one that writes, from this moment on, or an idle one.
async fn again_and_again(address: SocketAddr, there: Arc<AtomicU64>, writes: Option<Duration>) {
    loop {
        if let Ok(mut stream) = TcpStream::connect(address).await {
            there.fetch_add(1, Ordering::Relaxed);
            match writes {
                Some(first) => drop(write_slowly(&mut stream, first).await),
                None => drop(stream.read(&mut [0; 512]).await),
            }
            there.fetch_sub(1, Ordering::Relaxed);
        }
        tokio::task::yield_now().await;
    }
}

async fn write_slowly(stream: &mut TcpStream, first: Duration) -> std::io::Result<()> {
    tokio::time::sleep(first).await;
    for byte in request("/feed.atom", &[("Accept-Encoding", "gzip")]).as_bytes() {
        stream.write_all(std::slice::from_ref(byte)).await?;
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    Ok(())
}
