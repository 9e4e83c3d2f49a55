//! Measures moving in: a WordPress export into a fresh store, and a living folder that is looked at.
//!
//! An export of 30,000 posts of 3 KB (100 MB) goes in, three times over, each time beside its yardstick: reading, cleaning
//! and classifying the same on one core. Then a folder of 10,000 Markdown files is looked at: new, unchanged, all edited,
//! and with a subfolder renamed; beside these, reading all files' names and times, and all their bytes. Peak memory is that
//! of the process after the imports, which holds both. `cargo bench --bench moving` takes about a minute, `--test` does a
//! tiny run.

#[path = "support/chance.rs"]
mod chance;
#[path = "support/machine.rs"]
mod machine;
#[path = "support/prose.rs"]
mod prose;

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, ensure};

use machine::quantile;
use prose::Prose;
use wellhead::article::Time;
use wellhead::feed::{FeedSet, load};
use wellhead::fingerprint::fingerprint;
use wellhead::ingest::clean::Door;
use wellhead::ingest::{InputFile, Kind};
use wellhead::intake::{self, Input, Options};
use wellhead::living::{Living, SETTLE};
use wellhead::store::Store;

/// Posts of the export.
const POSTS: u64 = 30_000;
/// Files of the folder.
const FILES: u64 = 10_000;
/// Files of one of its subfolders.
const SUBFOLDER: u64 = 500;
/// Bytes of a post's text.
const BODY: usize = 3000;
const ROUNDS: usize = 3;

fn main() -> anyhow::Result<()> {
    let divisor = machine::divisor(1000)?;
    let folder = machine::scratch()?;
    println!("moving: {}\n", machine::describe(folder.path()));
    let set = load::from_folder(&machine::feeds())?;
    let prose = Prose::learned();
    imports(&set, &prose, folder.path(), POSTS / divisor)?;
    looks(&set, &prose, folder.path(), (FILES / divisor).max(SUBFOLDER / 100))
}

fn now() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Time(since.as_secs() as i64)
}

fn store(set: &FeedSet, folder: &Path, name: &str) -> anyhow::Result<Store> {
    Ok(Store::open(&folder.join(name).to_string_lossy(), &fingerprint(set), now())?)
}

/// The most memory this process has held, in MB.
fn peak() -> anyhow::Result<f64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
    Ok(line.trim_end_matches("kB").trim().parse::<f64>()? * 1024.0 / 1e6)
}

fn export(prose: &Prose, path: &Path, posts: u64) -> anyhow::Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    write!(
        out,
        "<rss version=\"2.0\" xmlns:wp=\"http://wordpress.org/export/1.2/\"><channel><wp:wxr_version>1.2</wp:wxr_version>"
    )?;
    for number in 0..posts {
        let (title, html) = prose.article(number, BODY);
        let time = Time(1_300_000_000 + number as i64 * 3600);
        writeln!(
            out,
            "<item><title>{title}</title><link>https://old.example/{number}/</link><dc:creator>bench</dc:creator>\
             <guid isPermaLink=\"false\">https://old.example/?p={number}</guid><wp:post_type>post</wp:post_type>\
             <content:encoded><![CDATA[{html}]]></content:encoded><wp:post_date>{time}</wp:post_date>\
             <wp:status>publish</wp:status><category domain=\"category\" nicename=\"daan\">大安区</category></item>"
        )?;
    }
    Ok(out.write_all(b"</channel></rss>")?)
}

fn imports(set: &FeedSet, prose: &Prose, folder: &Path, posts: u64) -> anyhow::Result<()> {
    let path = folder.join("export.xml");
    export(prose, &path, posts)?;
    let file = || InputFile::new(&path, Some(Kind::Feed), set.site.time_zone);
    let (mut rates, mut ratios) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let started = Instant::now();
        let door = Door::new(intake::base(set));
        for found in file()?.open()? {
            let cleaned = intake::clean(set, &door, &found?).map_err(anyhow::Error::msg)?;
            std::hint::black_box(set.classifier.classify(&cleaned.content.title, &cleaned.plain));
        }
        let alone = started.elapsed().as_secs_f64();
        let store = store(set, folder, &format!("import-{round}.db"))?;
        let options = Options { by: "import", source: "bench".to_owned(), backfill: true, ..Options::default() };
        let started = Instant::now();
        let counts = intake::import(set, &store, &[Input::file(file()?)], &options, &now, &mut |_| ())?;
        let seconds = started.elapsed().as_secs_f64();
        ensure!((counts.new, counts.left) == (posts, 0), "{counts:?}");
        rates.push(posts as f64 / seconds);
        ratios.push(alone / seconds);
    }
    let megabytes = fs::metadata(&path)?.len() as f64 / 1e6;
    println!("| what | measured | beside it |\n|---|---|---|");
    println!(
        "| WordPress export of {posts} posts, {megabytes:.0} MB | {:.0} posts a second ({:.0} to {:.0}) | {:.2} of reading, cleaning and classifying alone on one core |",
        quantile(&rates, 0.5),
        quantile(&rates, 0.0),
        quantile(&rates, 1.0),
        quantile(&ratios, 0.5)
    );
    println!("| memory at its peak | {:.0} MB | |", peak()?);
    Ok(())
}

fn post(prose: &Prose, number: u64, edition: u64) -> String {
    let (title, html) = prose.article(number, BODY);
    let text = html.replace("<p>", "").replace("</p>", "\n");
    format!("---\ntitle: {title}\ndate: {}\n---\n{edition}\n\n{text}", Time(1_700_000_000 + number as i64 * 600))
}

fn write(prose: &Prose, folder: &Path, files: u64, edition: u64) -> anyhow::Result<()> {
    for number in 0..files {
        let name = folder.join(format!("{}/{number}.md", number / SUBFOLDER));
        fs::create_dir_all(name.parent().context("a folder")?)?;
        let file = File::create(&name)?;
        (&file).write_all(post(prose, number, edition).as_bytes())?;
        // Long enough ago that it is not being written.
        file.set_modified(SystemTime::now() - Duration::from_secs(60 - edition))?;
    }
    Ok(())
}

fn looks(set: &FeedSet, prose: &Prose, folder: &Path, files: u64) -> anyhow::Result<()> {
    let posts = folder.join("posts");
    write(prose, &posts, files, 0)?;
    let store = store(set, folder, "watched.db")?;
    let mut living = Living::new(posts.clone(), "bench".to_owned(), false);
    let (mut is_first, mut passed) = (true, 0);
    let mut look = |what: &str, expected: fn(&wellhead::living::Look) -> u64, count: u64| {
        let (names, bytes) = walk(&posts)?;
        // Files must have been seen as they are; then time passes.
        if !is_first {
            living.look(set, &store, &|| now().plus(passed), &mut |fault| eprintln!("{fault}"))?;
            passed += SETTLE;
        }
        is_first = false;
        let started = Instant::now();
        let look = living.look(set, &store, &|| now().plus(passed), &mut |fault| eprintln!("{fault}"))?;
        let seconds = started.elapsed().as_secs_f64();
        ensure!(expected(&look) == count, "{what}: {look:?}");
        println!(
            "| a look at {files} Markdown files: {what} | {:.0} ms | {:.1} times all names and times, {:.1} times all bytes |",
            seconds * 1e3,
            seconds / names,
            seconds / bytes
        );
        Ok::<_, anyhow::Error>(())
    };
    look("all are new", |look| look.counts.new, files)?;
    look("nothing has changed", |look| u64::from(look.changed()), 0)?;
    write(prose, &posts, files, 1)?;
    look("all are edited", |look| look.counts.edited, files)?;
    fs::rename(posts.join("0"), posts.join("renamed"))?;
    look("a folder of theirs is renamed", |look| look.renamed, files.min(SUBFOLDER))
}

/// How long it takes to read all files' names and times, and all their bytes.
fn walk(folder: &Path) -> anyhow::Result<(f64, f64)> {
    let started = Instant::now();
    let mut paths = Vec::new();
    for entry in walkdir::WalkDir::new(folder) {
        let entry = entry?;
        if entry.metadata()?.is_file() {
            paths.push(entry.into_path());
        }
    }
    let names = started.elapsed().as_secs_f64();
    let started = Instant::now();
    for path in &paths {
        std::hint::black_box(fs::read(path)?);
    }
    Ok((names, started.elapsed().as_secs_f64()))
}
