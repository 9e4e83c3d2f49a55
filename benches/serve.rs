//! Measures the running server: its speed beside others', its start, its memory, its bytes, and slow clients' harm.
//!
//! wellhead runs as users run it, in a process of its own on a store on disk. Beside it, in turn, run a bare hyper
//! server that answers the same bytes and fields from memory, and nginx with gzip_static where it is installed. What is
//! stated are medians, and medians of ratios within a round; seconds alone say as much of the machine's neighbours as
//! of the program. Knows nothing of how any of it is measured: each part has a file of its own.
//!
//! `cargo bench --bench serve` takes about six minutes and prints Markdown; `-- speed start memory wire slow` chooses
//! parts, WELLHEAD_BENCH_SCALE=10 divides times and numbers by ten, `--test` does a tiny run. WELLHEAD_BENCH_OTHER names
//! another build of wellhead to be measured for speed beside this one.

#[path = "support/bare.rs"]
mod bare;
#[path = "support/chance.rs"]
mod chance;
#[path = "support/client.rs"]
mod client;
#[path = "support/load.rs"]
mod load;
#[path = "support/machine.rs"]
mod machine;
#[path = "serve/memory.rs"]
mod memory;
#[path = "support/prose.rs"]
mod prose;
#[path = "support/servers.rs"]
mod servers;
#[path = "serve/slow.rs"]
mod slow;
#[path = "serve/speed.rs"]
mod speed;
#[path = "serve/start.rs"]
mod start;
#[path = "support/stock.rs"]
mod stock;
#[path = "serve/wire.rs"]
mod wire;

use std::path::Path;

use stock::{BODY, ENTRIES, Stock};

/// Articles of the store that is started on and that fills the memory: a hundred and four for each pair.
const ARTICLES: u64 = 10_000;

/// A part: its name, and what measures it in a folder of its own with so much less of everything.
type Part = (&'static str, fn(&Path, u64) -> anyhow::Result<()>);

const PARTS: [Part; 5] = [
    ("speed", speed::measure),
    ("start", start::measure),
    ("memory", memory::measure),
    ("wire", wire::measure),
    ("slow", slow::measure),
];

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [servers::BARE, folder] = arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        return bare::serve(Path::new(folder));
    }
    let divisor = machine::divisor(40)?;
    let named = |name: &str| arguments.iter().any(|argument| argument == name);
    let any = PARTS.iter().any(|(name, _)| named(name));
    for (name, measure) in PARTS.into_iter().filter(|(name, _)| !any || named(name)) {
        let folder = machine::scratch()?;
        println!("\n{name}: {}\n", machine::describe(folder.path()));
        measure(folder.path(), divisor)?;
    }
    println!("\nload at the end: {}", machine::describe(&machine::feeds()));
    Ok(())
}

/// Makes the large store.
fn large(path: &Path, divisor: u64) -> anyhow::Result<Stock> {
    Stock::new(path, (ARTICLES / divisor).max(3 * ENTRIES), BODY)
}
