//! Bytes on the wire for 1,000 polls of a feed of fifty articles in full text, one of which is new before every tenth.
//!
//! Every kind of client polls on a kept connection of its own, all within one step, so that they see the same
//! documents. Counted are all bytes of requests and answers, heads included, but not TCP's own. Knows nothing of what
//! the server can do: it asks, and tells what came.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::ensure;

use crate::client::{Answer, Client, request};
use crate::servers::Server;
use crate::stock::{BODY, ENTRIES, Stock};

const POLLS: u64 = 1000;
/// A new article comes before one poll in so many.
const EVERY: u64 = 10;
const FEED: &str = "/feed.atom";
/// How long the server may take to show what is new.
const PATIENCE: Duration = Duration::from_secs(10);

/// Measures and prints.
pub fn measure(folder: &Path, divisor: u64) -> anyhow::Result<()> {
    let store = folder.join("wire.db");
    let mut stock = Stock::new(&store, 3 * ENTRIES, BODY)?;
    let server = Server::wellhead(&store)?;
    let mut readers = readers(&server)?;
    let mut scout = Reader::new(&server, "", true, "identity", false)?;
    scout.poll()?;
    let polls = POLLS / divisor;
    for poll in 0..polls {
        if poll % EVERY == 0 {
            stock.publish(1)?;
            scout.await_news()?;
        }
        for reader in &mut readers {
            reader.poll()?;
        }
    }
    report(&readers, polls);
    Ok(())
}

fn readers(server: &Server) -> anyhow::Result<[Reader; 6]> {
    Ok([
        Reader::new(server, "everything at every poll, gzip", false, "gzip", false)?,
        Reader::new(server, "everything on each change (conditional, identity)", true, "identity", false)?,
        Reader::new(server, "conditional, gzip", true, "gzip", false)?,
        Reader::new(server, "conditional, brotli", true, "br", false)?,
        Reader::new(server, "delta, gzip", true, "gzip", true)?,
        Reader::new(server, "delta, brotli", true, "br", true)?,
    ])
}

/// A client of one kind.
struct Reader {
    name: &'static str,
    client: Client,
    conditional: bool,
    coding: &'static str,
    delta: bool,
    /// The validators that it keeps: ETag and Last-Modified.
    kept: [Option<String>; 2],
    /// How many answers had which status and coding.
    answers: BTreeMap<String, u64>,
}

impl Reader {
    fn new(
        server: &Server,
        name: &'static str,
        conditional: bool,
        coding: &'static str,
        delta: bool,
    ) -> anyhow::Result<Self> {
        let client = Client::connect(server.address)?;
        Ok(Self { name, client, conditional, coding, delta, kept: [None, None], answers: BTreeMap::new() })
    }

    /// Asks, keeps the validators, and counts the answer.
    fn poll(&mut self) -> anyhow::Result<Answer> {
        let mut fields = vec![("Accept-Encoding", self.coding)];
        if self.delta {
            fields.push(("A-IM", "feed"));
        }
        if self.conditional {
            let [tag, date] = &self.kept;
            fields.extend(tag.as_deref().map(|tag| ("If-None-Match", tag)));
            fields.extend(date.as_deref().map(|date| ("If-Modified-Since", date)));
        }
        let answer = self.client.ask(&request(FEED, &fields))?;
        ensure!(matches!(answer.status, 200 | 226 | 304), "answered {}", answer.status);
        let coding = if answer.status == 304 { "" } else { answer.field("content-encoding").unwrap_or("identity") };
        *self.answers.entry(format!("{} {coding}", answer.status).trim_end().to_owned()).or_default() += 1;
        if answer.status != 304 {
            self.kept = ["etag", "last-modified"].map(|name| answer.field(name).map(str::to_owned));
        }
        Ok(answer)
    }

    /// Polls until the server shows something new, and makes sure that it is the document to be measured.
    fn await_news(&mut self) -> anyhow::Result<()> {
        let begun = Instant::now();
        loop {
            let answer = self.poll()?;
            if answer.status == 200 {
                let entries = answer.body().windows(6).filter(|six| *six == b"<entry").count() as u64;
                ensure!(entries == ENTRIES, "a document of {entries} entries");
                return Ok(());
            }
            ensure!(begun.elapsed() < PATIENCE, "the server does not show what is new");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

fn report(readers: &[Reader], polls: u64) {
    println!("| {polls} polls, an article new before every tenth | received | sent | answers |");
    println!("|---|---|---|---|");
    for reader in readers {
        let megabytes = |bytes: u64| bytes as f64 / 1e6;
        let answers: Vec<String> = reader.answers.iter().map(|(what, count)| format!("{count} × {what}")).collect();
        let (received, sent) = (megabytes(reader.client.received), megabytes(reader.client.sent));
        println!("| {} | {received:.2} MB | {sent:.2} MB | {} |", reader.name, answers.join(", "));
    }
}
