//! What several tests need: a small newsroom, articles to bring to it, and answers as they come over a socket.
//!
//! Knows nothing of any claim: it never asserts more than that its own work could be done.

pub mod publishing;
pub mod served;
pub mod wire;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The definitions: one district, one topic, and a second district that nothing is placed in by itself.
pub const DEFINITIONS: &[(&str, &str)] = &[
    (
        "site.toml",
        "title = \"盐都新闻\"\nbase_url = \"https://news.example\"\nlanguage = \"zh-CN\"\nauthority = \"news.example\"\n\
         year = 2026\ntime_zone = \"Asia/Shanghai\"\nmax_age = 600\n[[authors]]\nname = \"编辑部\"\n",
    ),
    ("districts/daan.toml", "title = \"大安区\"\ncode = \"510304\"\n[terms]\n\"大安\" = 4\n"),
    ("districts/yantan.toml", "title = \"沿滩区\"\ncode = \"510311\"\n[terms]\n\"沿滩\" = 4\n"),
    ("topics/salt.toml", "title = \"盐业\"\n[terms]\n\"盐井\" = 3\n\"卤水\" = 3\n"),
];

/// Writes the definitions to a folder `feeds` below `folder`.
pub fn write_definitions(folder: &Path) -> PathBuf {
    let feeds = folder.join("feeds");
    for (name, text) in DEFINITIONS {
        let path = feeds.join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }
    feeds
}

/// A store's tables as they are, for claims about what is in them and for damage: the one place that knows which database
/// it is.
pub fn tables(store: &Path) -> rusqlite::Connection {
    rusqlite::Connection::open(store).expect("the store")
}

/// A line of jsonl: an article with these fields beside its id and title.
pub fn line(id: &str, title: &str, more: &str) -> String {
    format!("{{\"id\":\"{id}\",\"title\":\"{title}\"{}{more}}}\n", if more.is_empty() { "" } else { "," })
}

/// Asks again and again until there is an answer, for what another process or thread does in its own time.
pub fn poll<T>(what: &str, within: Duration, mut ask: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(begun.elapsed() < within, "{what}: not within {within:?}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
