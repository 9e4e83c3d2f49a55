//! The content that `--demo` serves: the definitions and invented articles of this repository, built into the program.
//!
//! Knows nothing of serving.

use include_dir::{Dir, include_dir};

use crate::article::Time;
use crate::feed::FeedSet;
use crate::feed::load::{self, DefinitionError};
use crate::ingest::{InputFile, Kind};
use crate::intake::{Input, Options};

static FEEDS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/feeds");
const ARTICLES: &str = include_str!("../fixtures/site/articles.jsonl");
const EARLIER: &str = include_str!("../fixtures/site/earlier.jsonl");
const PAGE: &str = include_str!("../fixtures/site/page.txt");

/// When the sample page is said to have been published: after the last sample article.
const PAGE_PUBLISHED: Time = Time(1_793_520_000);

/// The definitions of Zigong.
pub fn definitions() -> Result<FeedSet, DefinitionError> {
    let mut files = Vec::new();
    let folders = [&FEEDS].into_iter().chain(FEEDS.dirs());
    for file in folders.flat_map(Dir::files) {
        if let (Some(name), Some(text)) = (file.path().to_str(), file.contents_utf8()) {
            files.push((name, text));
        }
    }
    load::from_texts("feeds", files)
}

/// The sample articles, import by import: those of the last months, then those of earlier years, which join the archives.
pub fn imports() -> [(Vec<Input>, Options); 2] {
    let latest = vec![text("articles.jsonl", Kind::Jsonl, ARTICLES), text("page.txt", Kind::Page, PAGE)];
    let earlier = vec![text("earlier.jsonl", Kind::Jsonl, EARLIER)];
    let options = |backfill| Options {
        by: "import",
        source: "demo".to_owned(),
        published: Some(PAGE_PUBLISHED),
        backfill,
        ..Options::default()
    };
    [(latest, options(false)), (earlier, options(true))]
}

fn text(name: &str, kind: Kind, text: &'static str) -> Input {
    // Its dates name their zones.
    Input::text(InputFile { path: name.into(), name: name.to_owned(), kind, zone: chrono_tz::UTC }, text)
}
