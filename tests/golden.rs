//! The golden files: everything that fixtures/site publishes, byte for byte.
//!
//! `fixtures/golden/SHA256SUMS` covers every resource; a few of each kind stand beside it to be read and compared.
//! After a change that is meant, `WELLHEAD_GOLDEN=write cargo test golden` writes them anew.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use wellhead::article::Time;
use wellhead::export::export;
use wellhead::feed::load;
use wellhead::fingerprint::fingerprint;
use wellhead::intake::{self, Event, Input, Options};
use wellhead::store::Store;

use crate::support::wire::unbrotlied;

/// When the fixtures are imported: after the last of them.
const NOW: Time = Time(1_795_000_000);

/// What stands in full.
const SHOWN: [&str; 15] = [
    "index.html",
    "style.css",
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

/// Exports fixtures/site from a store of its own.
fn exported(folder: &Path) -> PathBuf {
    let set = load::from_folder(&root().join("feeds")).expect("sound definitions");
    let store = folder.join("store.db");
    let store = Store::open(&store.to_string_lossy(), &fingerprint(&set), NOW).expect("a store");
    let files = ["articles.jsonl", "hostile.jsonl", "page.txt"].map(|name| root().join("fixtures/site").join(name));
    let inputs = files.map(|path| Input::file(&path, None).expect("a known kind"));
    let options = Options { source: "fixtures".to_owned(), published: Some(NOW.plus(-86_400)), backfill: false };
    intake::import(&set, &store, &inputs, &options, &|| NOW, &mut |event| {
        assert!(!matches!(event, Event::Left(_)), "{event:?}");
    })
    .expect("an import");
    let site = folder.join("site");
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(export(&set, &store, &site)).expect("an export");
    site
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
    let golden = root().join("fixtures/golden");
    if std::env::var_os("WELLHEAD_GOLDEN").is_some_and(|mode| mode == "write") {
        for name in SHOWN {
            let path = golden.join(name);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            std::fs::write(path, &exported[name]).expect("written");
        }
        std::fs::write(golden.join("SHA256SUMS"), &sums).expect("written");
    }
    for name in SHOWN {
        let (is, was) = (String::from_utf8_lossy(&exported[name]), std::fs::read(golden.join(name)).expect("golden"));
        let was = String::from_utf8_lossy(&was);
        let line = is.lines().zip(was.lines()).position(|(is, was)| is != was);
        assert!(is == was, "{name} differs from the golden one, first in line {:?}", line.map(|at| at + 1));
    }
    let was = std::fs::read_to_string(golden.join("SHA256SUMS")).expect("golden sums");
    let differing: Vec<&str> = sums.lines().filter(|line| !was.lines().any(|w| w == *line)).collect();
    assert!(sums == was, "these differ, are new, or others are gone: {differing:#?}");
}
