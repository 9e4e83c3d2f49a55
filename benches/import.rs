//! Measures `wellhead import`: articles a second into a store on disk, and the memory that takes.
//!
//! A JSON-lines file of 100,000 articles of 3 KB goes into a fresh store, three times over, and is then imported again
//! unchanged. Beside each import, in the same minute, run its yardsticks: the reading side alone (parsing, cleaning,
//! classifying, on one core), and plain inserts of the same bytes into an SQLite table without anything else, durable
//! as the store is, 200 a transaction. Results are stated as medians and as ratios to these: seconds alone say as much
//! of the machine's neighbours as of the program. A file of a tenth of the length tells whether memory is flat.
//!
//! Each measurement runs in a process of its own, so that its peak memory is its own. `cargo bench --bench import`
//! takes about two minutes; WELLHEAD_BENCH_SCALE=10 divides the files by ten, `--test` runs a tiny one.

#[path = "support/chance.rs"]
mod chance;
#[path = "support/corpus.rs"]
mod corpus;
#[path = "support/machine.rs"]
mod machine;

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::Command;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, ensure};
use rusqlite::{Connection, TransactionBehavior, params};
use serde::Serialize;

use machine::quantile;
use wellhead::article::Time;
use wellhead::feed::load;
use wellhead::fingerprint::fingerprint;
use wellhead::ingest::clean::Door;
use wellhead::ingest::{InputFile, Kind};
use wellhead::intake::{self, Event, Input, Options};
use wellhead::store::Store;

/// Articles of the long file.
const ARTICLES: u64 = 100_000;
/// Articles that a yardstick takes: enough for a second or two.
const YARDSTICK: u64 = 20_000;
const ROUNDS: usize = 3;
/// Articles of a yardstick's transaction: as many as a revision carries.
const TRANSACTION: usize = 200;
/// When the first article was published; each further one a minute later.
const FIRST: i64 = 1_700_000_000;

/// The first argument of a process that measures one thing.
const CHILD: &str = "--measure";

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [CHILD, "import", file, store] => print(import(Path::new(file), store)?),
        [CHILD, "read", file, _] => print(read(Path::new(file))?),
        [CHILD, "insert", file, store] => print(insert(Path::new(file), store)?),
        _ => compare(),
    }
}

/// What a child process tells its parent on one line.
#[derive(Clone, Copy, Default)]
struct Measured {
    articles: f64,
    seconds: f64,
    /// Articles a second in the last fifth.
    late: f64,
    /// Of the process, in MB.
    peak: f64,
    /// Feeds that an article is in, where that is known.
    feeds: f64,
}

impl Measured {
    fn rate(&self) -> f64 {
        self.articles / self.seconds
    }
}

fn print(m: Measured) -> anyhow::Result<()> {
    println!("{} {} {} {} {}", m.articles, m.seconds, m.late, peak()?, m.feeds);
    Ok(())
}

/// The most memory this process has held, in MB.
fn peak() -> anyhow::Result<f64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
    Ok(line.trim_end_matches("kB").trim().parse::<f64>()? * 1024.0 / 1e6)
}

/// Runs one measurement in a process of its own.
fn measure(what: &str, file: &Path, store: &Path) -> anyhow::Result<Measured> {
    let output = Command::new(std::env::current_exe()?).args([CHILD, what]).args([file, store]).output()?;
    ensure!(output.status.success(), "{what}: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout)?;
    let numbers = text.split_whitespace().map(str::parse).collect::<Result<Vec<f64>, _>>()?;
    let [articles, seconds, late, peak, feeds] = numbers[..] else { anyhow::bail!("{what} says {text:?}") };
    Ok(Measured { articles, seconds, late, peak, feeds })
}

fn import(file: &Path, store: &str) -> anyhow::Result<Measured> {
    let set = load::from_folder(&machine::feeds())?;
    let store = Store::open(store, &fingerprint(&set), now())?;
    let inputs = [Input::file(InputFile::new(file, None, chrono_tz::UTC)?)];
    let options = Options { by: "import", source: "bench".to_owned(), ..Options::default() };
    let started = Instant::now();
    let mut marks = vec![(0, 0.0)];
    let mut tell = |event: Event| match event {
        Event::Stored(counts) => marks.push((counts.new + counts.unchanged, started.elapsed().as_secs_f64())),
        other => eprintln!("{other:?}"),
    };
    let counts = intake::import(&set, &store, &inputs, &options, &now, &mut tell)?;
    ensure!(counts.left + counts.edited == 0, "{counts:?}");
    let (articles, seconds) = *marks.last().context("nothing was stored")?;
    let late = marks.iter().rfind(|(so_far, _)| so_far * 5 <= articles * 4).copied().unwrap_or_default();
    let entries: u64 = store.changes_after(0).wait()?.feeds.values().map(|feed| feed.entries).sum();
    let late = (articles - late.0) as f64 / (seconds - late.1);
    Ok(Measured { articles: articles as f64, seconds, late, peak: 0.0, feeds: entries as f64 / articles as f64 })
}

/// The reading side alone: parse, clean, classify.
fn read(file: &Path) -> anyhow::Result<Measured> {
    let set = load::from_folder(&machine::feeds())?;
    let door = Door::new(intake::base(&set));
    let started = Instant::now();
    let mut measured = Measured::default();
    for found in InputFile::new(file, Some(Kind::Jsonl), chrono_tz::UTC)?.open()? {
        let cleaned = door.clean(&found?.draft)?;
        std::hint::black_box(set.classifier.classify(&cleaned.content.title, &cleaned.plain));
        measured.articles += 1.0;
    }
    measured.seconds = started.elapsed().as_secs_f64();
    Ok(measured)
}

/// The same bytes into one table, with the store's settings.
fn insert(file: &Path, store: &str) -> anyhow::Result<Measured> {
    let drafts =
        InputFile::new(file, Some(Kind::Jsonl), chrono_tz::UTC)?.open()?.map(|found| found.map(|found| found.draft));
    let drafts = drafts.collect::<Result<Vec<_>, _>>()?;
    let mut connection = Connection::open(store)?;
    connection.execute_batch(
        "PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
         CREATE TABLE plain(number INTEGER PRIMARY KEY, id TEXT NOT NULL, title TEXT NOT NULL, html TEXT NOT NULL);",
    )?;
    let started = Instant::now();
    for some in drafts.chunks(TRANSACTION) {
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for draft in some {
            let mut statement = tx.prepare_cached("INSERT INTO plain(id, title, html) VALUES (?1, ?2, ?3)")?;
            statement.execute(params![draft.id, draft.title, draft.html])?;
        }
        tx.commit()?;
    }
    let seconds = started.elapsed().as_secs_f64();
    Ok(Measured { articles: drafts.len() as f64, seconds, ..Measured::default() })
}

fn now() -> Time {
    Time(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs() as i64)
}

/// A line of the file.
#[derive(Serialize)]
struct Line<'a> {
    id: &'a str,
    title: &'a str,
    html: &'a str,
    published: String,
}

fn generate(file: &Path, articles: u64) -> anyhow::Result<()> {
    let mut out = BufWriter::new(File::create(file)?);
    for number in 0..articles {
        let corpus::Article { id, title, html } = corpus::article(number);
        let published = Time(FIRST + 60 * number as i64).to_string();
        serde_json::to_writer(&mut out, &Line { id: &id, title: &title, html: &html, published })?;
        out.write_all(b"\n")?;
    }
    Ok(out.into_inner()?.sync_all()?)
}

/// One round's measurements.
#[derive(Default)]
struct Rounds {
    fresh: Vec<Measured>,
    again: Vec<Measured>,
    short: Vec<Measured>,
    read: Vec<Measured>,
    insert: Vec<Measured>,
}

fn compare() -> anyhow::Result<()> {
    let divisor = machine::divisor(200)?;
    let folder = machine::scratch()?;
    let path = |name: &str| folder.path().join(name);
    println!("import: {}", machine::describe(folder.path()));
    let (long, short, yardstick) = (path("long.jsonl"), path("short.jsonl"), path("yardstick.jsonl"));
    for (file, articles) in [(&long, ARTICLES), (&short, ARTICLES / 10), (&yardstick, YARDSTICK)] {
        generate(file, articles / divisor)?;
    }
    let mut rounds = Rounds::default();
    for round in 0..ROUNDS {
        let [store, small, plain] = ["store", "small", "plain"].map(|name| path(&format!("{name}-{round}.db")));
        rounds.read.push(measure("read", &yardstick, &store)?);
        rounds.insert.push(measure("insert", &yardstick, &plain)?);
        rounds.fresh.push(measure("import", &long, &store)?);
        rounds.again.push(measure("import", &long, &store)?);
        rounds.short.push(measure("import", &short, &small)?);
        for file in [store, small, plain] {
            fs::remove_file(file)?;
        }
    }
    report(&rounds);
    println!("load at the end: {}", machine::describe(folder.path()));
    Ok(())
}

/// The median of something over the rounds.
fn median(rounds: &[Measured], of: impl Fn(&Measured) -> f64) -> f64 {
    quantile(&rounds.iter().map(of).collect::<Vec<_>>(), 0.5)
}

fn report(rounds: &Rounds) {
    let rows = [
        ("import into a fresh store", &rounds.fresh),
        ("the same again, unchanged", &rounds.again),
        ("import of a file of a tenth", &rounds.short),
        ("yardstick: read, clean, classify", &rounds.read),
        ("yardstick: plain durable inserts", &rounds.insert),
    ];
    println!(
        "{:<34} {:>9} {:>9} {:>19} {:>10} {:>8}",
        "", "articles", "a second", "lowest to highest", "last fifth", "peak"
    );
    for (name, rows) in rows {
        let rates: Vec<f64> = rows.iter().map(Measured::rate).collect();
        let range = format!("{:.0} to {:.0}", quantile(&rates, 0.0), quantile(&rates, 1.0));
        let (articles, rate) = (median(rows, |m| m.articles), quantile(&rates, 0.5));
        let (late, peak) = (median(rows, |m| m.late), median(rows, |m| m.peak));
        let late = if late > 0.0 { format!("{late:.0}") } else { "-".to_owned() };
        println!("{name:<34} {articles:>9} {rate:>9.0} {range:>19} {late:>10} {peak:>5.1} MB");
    }
    let to = |yardstick: &[Measured]| {
        let ratios: Vec<f64> = rounds.fresh.iter().zip(yardstick).map(|(a, b)| a.rate() / b.rate()).collect();
        quantile(&ratios, 0.5)
    };
    println!("import / reading alone: {:.2}   import / plain inserts: {:.2}", to(&rounds.read), to(&rounds.insert));
    let peaks = median(&rounds.fresh, |m| m.peak) / median(&rounds.short, |m| m.peak);
    let feeds = median(&rounds.fresh, |m| m.feeds);
    println!("memory of the long file / of the short: {peaks:.2}   feeds an article is in: {feeds:.2}");
}
