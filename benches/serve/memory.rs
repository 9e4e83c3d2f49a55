//! The server's memory once a hundred feeds of fifty entries each are hot in every coding.
//!
//! Knows nothing of what holds it.

use std::path::Path;

use anyhow::ensure;

use wellhead::resource::{Format, Resource};

use crate::client::{Client, request};
use crate::servers::Server;

const FEEDS: usize = 100;
const CODINGS: [&str; 3] = ["identity", "gzip", "br"];

/// Measures and prints.
pub fn measure(folder: &Path, divisor: u64) -> anyhow::Result<()> {
    let store = folder.join("memory.db");
    let keys = crate::large(&store, divisor)?.set.keys();
    ensure!(keys.len() >= FEEDS, "{} feeds are too few", keys.len());
    let server = Server::wellhead(&store)?;
    let idle = server.memory("VmRSS")?;
    let mut client = Client::connect(server.address)?;
    let (mut bytes, mut entries) = ([0; CODINGS.len()], 0);
    for key in keys.into_iter().take(FEEDS) {
        let path = Resource::Feed(key, Format::Atom).path();
        for (coding, bytes) in CODINGS.iter().zip(&mut bytes) {
            let answer = client.ask(&request(&path, &[("Accept-Encoding", coding)]))?;
            ensure!(answer.status == 200, "{path} answered {}", answer.status);
            *bytes += answer.body().len();
            if *coding == "identity" {
                entries += answer.body().windows(6).filter(|six| *six == b"<entry").count();
            }
        }
    }
    let (hot, peak) = (server.memory("VmRSS")?, server.memory("VmHWM")?);
    let entries = entries / FEEDS;
    println!("| memory with {FEEDS} feeds hot, of {entries} entries each | {hot:.1} MB, at its peak {peak:.1} MB | |");
    let sent = CODINGS.iter().zip(bytes).map(|(coding, bytes)| format!("{coding} {:.1} MB", bytes as f64 / 1e6));
    println!("\nbefore the first request: {idle:.1} MB; sent: {}", sent.collect::<Vec<_>>().join(", "));
    Ok(())
}
