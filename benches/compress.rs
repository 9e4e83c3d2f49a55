//! Measures what each level of gzip and brotli makes of a feed, and how long it takes: levels are chosen by this.
//!
//! Three documents: fifty invented articles of 3 KB in full text; the demo's feed of everything, whose articles were
//! written one by one and tell whether the invented ones compress as prose does; and its feed that comes nearest to 10 KB.
//! Each is compressed at all levels in turn, round by round, so that the machine's moods fall on all alike. Knows
//! nothing of requests: a representation is compressed once, however often it is sent.
//!
//! `cargo bench --bench compress` takes about half a minute and prints Markdown; `--test` does a tiny run.

#[path = "support/chance.rs"]
mod chance;
#[path = "support/machine.rs"]
mod machine;
#[path = "support/prose.rs"]
mod prose;
#[path = "support/stock.rs"]
mod stock;

use std::io::Write;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, ensure};
use brotli::enc::BrotliEncoderParams;
use flate2::Compression;
use flate2::write::GzEncoder;
use tokio::runtime::Runtime;

use machine::quantile;
use stock::{BODY, ENTRIES, Stock};
use wellhead::article::Time;
use wellhead::feed::{FeedKey, FeedSet};
use wellhead::fingerprint::fingerprint;
use wellhead::resource::{Format, Resource};
use wellhead::site;
use wellhead::store::Store;
use wellhead::{demo, intake};

const ROUNDS: u64 = 15;
/// When the demo's articles are imported: after the last of them was published.
const NOW: Time = Time(1_800_000_000);
/// The bytes that the short document should have.
const SHORT: usize = 10_000;
const GZIP: [u32; 4] = [1, 4, 6, 9];
/// Qualities and windows: 22 bits are the library's default, 18 still hold a whole feed, 16 do not.
const BROTLI: [(i32, i32); 13] = [
    (3, 22),
    (4, 22),
    (5, 22),
    (6, 22),
    (7, 22),
    (9, 22),
    (11, 22),
    (4, 18),
    (5, 18),
    (6, 18),
    (5, 16),
    (6, 16),
    (11, 18),
];

fn main() -> anyhow::Result<()> {
    let divisor = machine::divisor(15)?;
    let folder = machine::scratch()?;
    println!("compress: {}", machine::describe(folder.path()));
    let documents = documents(folder.path())?;
    let mut table: Vec<Row> = codings().map(|coding| Row { coding, cells: [const { Cell::new() }; 3] }).collect();
    for _ in 0..(ROUNDS / divisor).max(1) {
        for row in &mut table {
            for (cell, document) in row.cells.iter_mut().zip(&documents) {
                let started = Instant::now();
                cell.bytes = row.coding.compress(document)?.len();
                cell.milliseconds.push(started.elapsed().as_secs_f64() * 1e3);
            }
        }
    }
    report(&documents, &table);
    println!("\nload at the end: {}", machine::describe(folder.path()));
    Ok(())
}

/// Fifty invented articles, the demo's feed of everything, and a short one.
fn documents(folder: &Path) -> anyhow::Result<[Vec<u8>; 3]> {
    let runtime = Runtime::new()?;
    let rendered = |set: &FeedSet, store: &Store, key: FeedKey| -> anyhow::Result<Vec<u8>> {
        let resource = Resource::Feed(key, Format::Atom);
        let selected = runtime.block_on(site::select(set, store, &resource, None, Time(0)))?.context("no feed")?;
        Ok(site::render(set, &resource, selected).bytes)
    };
    let stock = Stock::new(&folder.join("invented.db"), 3 * ENTRIES, BODY)?;
    let invented = rendered(&stock.set, &stock.store, FeedKey::All)?;
    let set = demo::definitions()?;
    let store = Store::open(&folder.join("demo.db").to_string_lossy(), &fingerprint(&set), NOW)?;
    let [(inputs, options), _] = demo::imports();
    let counts = intake::import(&set, &store, &inputs, &options, &|| NOW, &mut |_| {})?;
    ensure!(counts.left == 0, "{counts:?}");
    let all = rendered(&set, &store, FeedKey::All)?;
    let others = set.keys().into_iter().map(|key| rendered(&set, &store, key));
    let others = others.collect::<Result<Vec<_>, _>>()?;
    let short = others.into_iter().min_by_key(|bytes| bytes.len().abs_diff(SHORT)).context("no feeds")?;
    Ok([invented, all, short])
}

/// A way to compress.
enum Coding {
    Gzip(u32),
    /// Quality and bits of the window.
    Brotli(i32, i32),
}

fn codings() -> impl Iterator<Item = Coding> {
    let gzip = GZIP.into_iter().map(Coding::Gzip);
    gzip.chain(BROTLI.into_iter().map(|(quality, window)| Coding::Brotli(quality, window)))
}

impl Coding {
    fn compress(&self, bytes: &[u8]) -> anyhow::Result<Vec<u8>> {
        let mut out = Vec::with_capacity(bytes.len() / 3 + 64);
        match *self {
            Self::Gzip(level) => {
                let mut encoder = GzEncoder::new(&mut out, Compression::new(level));
                encoder.write_all(bytes)?;
                encoder.finish()?;
            }
            Self::Brotli(quality, lgwin) => {
                let size_hint = bytes.len();
                let params = BrotliEncoderParams { quality, lgwin, size_hint, ..BrotliEncoderParams::default() };
                brotli::BrotliCompress(&mut &bytes[..], &mut out, &params)?;
            }
        }
        Ok(out)
    }

    fn name(&self) -> String {
        match self {
            Self::Gzip(level) => format!("gzip {level}"),
            Self::Brotli(quality, window) => format!("brotli {quality}, window {window}"),
        }
    }
}

/// What one coding makes of one document.
struct Cell {
    bytes: usize,
    milliseconds: Vec<f64>,
}

impl Cell {
    const fn new() -> Self {
        Self { bytes: 0, milliseconds: Vec::new() }
    }
}

/// What one coding makes of all.
struct Row {
    coding: Coding,
    cells: [Cell; 3],
}

/// Bytes, what part of the document's they are, and the median of milliseconds.
fn report(documents: &[Vec<u8>; 3], table: &[Row]) {
    let [a, b, c] = documents.each_ref().map(|bytes| bytes.len());
    println!("\n| | invented, {a} bytes | | ms | demo, {b} bytes | | ms | short, {c} bytes | | ms |");
    println!("|---|---|---|---|---|---|---|---|---|---|");
    for row in table {
        print!("| {} |", row.coding.name());
        for (cell, document) in row.cells.iter().zip(documents) {
            let part = 100.0 * cell.bytes as f64 / document.len() as f64;
            print!(" {} | {part:.1} % | {:.2} |", cell.bytes, quantile(&cell.milliseconds, 0.5));
        }
        println!();
    }
}
