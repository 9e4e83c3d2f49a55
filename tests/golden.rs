//! The golden files: everything that fixtures/site publishes, byte for byte, and what is done to fixtures/history.
//!
//! `fixtures/golden/SHA256SUMS` covers every resource; a few of each kind stand beside it to be read and compared.
//! After a change that is meant, `WELLHEAD_GOLDEN=write cargo test golden` writes them anew.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use wellhead::article::{Key, Time};
use wellhead::edit::{self, Edit};
use wellhead::export::export;
use wellhead::feed::{FeedSet, load};
use wellhead::fingerprint::fingerprint;
use wellhead::ingest::InputFile;
use wellhead::intake::{self, Event, Input, Options};
use wellhead::store::Store;
use wellhead::store::command::{Command, Executed, Operation};

use crate::support::DEFINITIONS;
use crate::support::wire::unbrotlied;

/// When the fixtures are imported: after the last of them.
const NOW: Time = Time(1_795_000_000);

/// When the article under embargo is to appear.
const OPENING: Time = Time(1_795_046_400);

/// What stands in full.
const SHOWN: [&str; 21] = [
    "archive/-1.atom",
    "archive/-1.rss",
    "archive/-1.json",
    "archive/-1.html",
    "index.html",
    "en/districts/daan.html",
    "sitemap.xml",
    "robots.txt",
    "feeds.opml",
    "feed.atom",
    "feed.rss",
    "feed.json",
    "districts/daan.atom",
    "districts/daan.rss",
    "districts/daan.json",
    "topics/salt.atom",
    "topics/salt.rss",
    "topics/salt.json",
    "districts/daan.html",
    "districts/daan/topics/dinosaur.atom",
    "districts/daan/topics/policy.atom",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// Imports files of fixtures/ into a store, of which nothing may be left out.
fn bring(set: &FeedSet, store: &Store, names: &[&str], backfill: bool, now: Time) {
    let files = names.iter().map(|name| root().join("fixtures").join(name));
    let file = |path: PathBuf| InputFile::new(&path, None, set.site.time_zone).expect("a known kind");
    let inputs: Vec<Input> = files.map(file).map(Input::file).collect();
    let options = Options {
        by: "import",
        source: "fixtures".to_owned(),
        published: Some(NOW.plus(-86_400)),
        backfill,
        ..Options::default()
    };
    intake::import(set, store, &inputs, &options, &|| now, &mut |event| {
        assert!(!matches!(event, Event::Left(_)), "{event:?}");
    })
    .expect("an import");
}

fn export_to(set: &FeedSet, store: &Store, folder: &Path) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(export(set, store, folder, NOW)).expect("an export");
}

/// Exports fixtures/site from a store of its own.
fn exported(folder: &Path) -> PathBuf {
    let set = load::from_folder(&root().join("feeds")).expect("sound definitions");
    let store = folder.join("store.db");
    let store = Store::open(&store.to_string_lossy(), &fingerprint(&set), NOW).expect("a store");
    bring(&set, &store, &["site/articles.jsonl", "site/hostile.jsonl", "site/page.txt"], false, NOW);
    bring(&set, &store, &["site/earlier.jsonl"], true, NOW);
    let site = folder.join("site");
    export_to(&set, &store, &site);
    site
}

#[test]
fn the_api_is_described_as_it_was() {
    compare("openapi.json", wellhead::web::api::openapi::text().as_bytes());
}

/// Compares with the golden file, or writes it.
fn compare(name: &str, bytes: &[u8]) {
    let path = root().join("fixtures/golden").join(name);
    if writing() {
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(&path, bytes).expect("written");
    }
    let was = std::fs::read(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
    let (is, was) = (String::from_utf8_lossy(bytes), String::from_utf8_lossy(&was));
    let line = is.lines().zip(was.lines()).position(|(is, was)| is != was);
    assert!(is == was, "{name} differs from the golden one, first in line {:?}", line.map(|at| at + 1));
}

fn writing() -> bool {
    std::env::var_os("WELLHEAD_GOLDEN").is_some_and(|mode| mode == "write")
}

/// Every file below a folder by its relative path.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("a file below").to_string_lossy().into_owned();
                found.insert(name, std::fs::read(&path).expect("a file"));
            }
        }
    }
    found
}

#[test]
fn the_fixtures_are_published_byte_for_byte() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut exported = files(&exported(folder.path()));
    let is_compressed = |name: &String| name.ends_with(".gz") || name.ends_with(".br");
    let compressed: BTreeMap<String, Vec<u8>> =
        exported.iter().filter(|(name, _)| is_compressed(name)).map(|(n, b)| (n.clone(), b.clone())).collect();
    exported.retain(|name, _| !is_compressed(name));
    for (name, bytes) in &exported {
        let mut plain = Vec::new();
        let gz = &compressed[&format!("{name}.gz")][..];
        flate2::read::GzDecoder::new(gz).read_to_end(&mut plain).expect("gzip");
        assert!(plain == *bytes, "{name}.gz is not {name}");
        assert!(unbrotlied(&compressed[&format!("{name}.br")]) == *bytes, "{name}.br is not {name}");
    }
    let sums: String =
        exported.iter().map(|(name, b)| format!("{}  {name}\n", HEXLOWER.encode(&Sha256::digest(b)))).collect();
    SHOWN.iter().for_each(|name| compare(name, &exported[*name]));
    let path = root().join("fixtures/golden/SHA256SUMS");
    if writing() {
        std::fs::write(&path, &sums).expect("written");
    }
    let was = std::fs::read_to_string(path).expect("golden sums");
    let differing: Vec<&str> = sums.lines().filter(|line| !was.lines().any(|w| w == *line)).collect();
    assert!(sums == was, "these differ, are new, or others are gone: {differing:#?}");
}

#[test]
fn a_page_with_all_that_it_is_made_with_is_smaller_than_sixty_kilobytes() {
    let folder = tempfile::tempdir().expect("a folder");
    let exported = files(&exported(folder.path()));
    let size = |name: &str| exported[name].len();
    let made_with: usize = ["style.css", "copy.js", "icon.svg", "favicon.ico"].map(size).iter().sum();
    assert!(size("style.css") <= 12_000, "the stylesheet has {} bytes", size("style.css"));
    let pages: Vec<&String> = exported.keys().filter(|name| name.ends_with(".html")).collect();
    assert!(pages.len() > 300, "{pages:?}");
    for page in pages {
        assert!(size(page) + made_with < 60_000, "{page} has {} bytes", size(page));
    }
}

/// A newsroom whose feeds are exported after each thing that is done to its articles.
struct Newsroom {
    folder: TempDir,
    set: FeedSet,
    store: Store,
    now: Time,
    states: usize,
}

impl Newsroom {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let set = load::from_texts("feeds", DEFINITIONS.iter().copied()).expect("sound definitions");
        let store = folder.path().join("store.db");
        let store = Store::open(&store.to_string_lossy(), &fingerprint(&set), NOW).expect("a store");
        Self { folder, set, store, now: NOW, states: 0 }
    }

    fn bring(&self, name: &str) {
        bring(&self.set, &self.store, &[name], false, self.now);
    }

    fn edit(&self, own_id: &str, edit: &Edit) {
        let answer = edit::edit(&self.set, &self.store, &key(own_id), edit, "golden", self.now);
        assert!(matches!(answer, Ok(Ok(Executed { revision: Some(_), .. }))), "{answer:?}");
    }

    fn operate(&self, own_id: &str, operation: Operation) {
        let answer = self.store.execute_one(Command::new(key(own_id), operation, "golden"), self.now).wait();
        assert!(matches!(answer, Ok(Ok(Executed { revision: Some(_), .. }))), "{answer:?}");
    }

    /// Exports all, and compares the feed of everything, in all formats, with what it was once found to be.
    fn state(&mut self, name: &str) {
        self.states += 1;
        let site = self.folder.path().join(name);
        export_to(&self.set, &self.store, &site);
        for extension in ["atom", "rss", "json"] {
            let bytes = std::fs::read(site.join(format!("feed.{extension}"))).expect("a file");
            compare(&format!("history/{}-{name}.{extension}", self.states), &bytes);
        }
        self.now = self.now.plus(60);
    }
}

fn key(own_id: &str) -> Key {
    Key::derive("fixtures", own_id)
}

#[test]
fn what_newsrooms_do_to_articles_is_published_byte_for_byte() {
    let mut newsroom = Newsroom::new();
    newsroom.bring("history/articles.jsonl");
    newsroom.state("published");
    newsroom.edit(
        "well-depth",
        &Edit {
            title: Some("大安一口老盐井重新量深：多了四米".to_owned()),
            note: Some("更正：初稿误作六米，实为四米。".to_owned()),
            significant: true,
            ..Edit::default()
        },
    );
    newsroom.state("corrected");
    newsroom.edit("lamp-road", &Edit { title: Some("大安新装路灯，亮得比月亮早".to_owned()), ..Edit::default() });
    newsroom.state("fixed-in-silence");
    newsroom.operate("lamp-road", Operation::Withdraw { note: Some("路灯尚未验收，本文撤回。".to_owned()) });
    newsroom.state("withdrawn");
    newsroom.operate("lamp-road", Operation::Restore);
    newsroom.state("restored");
    newsroom.bring("history/embargoed.jsonl");
    assert_eq!(newsroom.store.release("golden", newsroom.now).wait().expect("an answer"), 0);
    newsroom.state("under-embargo");
    newsroom.now = OPENING;
    assert_eq!(newsroom.store.release("golden", newsroom.now).wait().expect("an answer"), 1);
    newsroom.state("released");
    newsroom.bring("history/relabelled.jsonl");
    newsroom.state("relabelled");
}
