//! From the start of the process to the first answer with a feed in it.
//!
//! Knows nothing of what takes the time. The store's file is in the system's memory, as after a deploy.

use std::path::Path;
use std::time::Instant;

use anyhow::ensure;

use crate::client::{Client, request};
use crate::machine::quantile;
use crate::servers::Server;

const STARTS: u64 = 5;

/// Measures and prints.
pub fn measure(folder: &Path, divisor: u64) -> anyhow::Result<()> {
    let store = folder.join("start.db");
    let articles = crate::large(&store, divisor)?.articles;
    let (mut listening, mut answered) = (Vec::new(), Vec::new());
    for _ in 0..STARTS {
        let started = Instant::now();
        let server = Server::wellhead(&store)?;
        listening.push(started.elapsed().as_secs_f64() * 1e3);
        let answer = Client::connect(server.address)?.ask(&request("/feed.atom", &[("Accept-Encoding", "gzip")]))?;
        answered.push(started.elapsed().as_secs_f64() * 1e3);
        ensure!(answer.status == 200, "answered {}", answer.status);
    }
    let [least, median, most] = [0.0, 0.5, 1.0].map(|part| quantile(&answered, part));
    println!("| cold start to the first feed, {articles} articles | {median:.0} ms ({least:.0} to {most:.0}) | |");
    println!("\nof that until it says where it listens: {:.0} ms", quantile(&listening, 0.5));
    Ok(())
}
