//! Every importer against documents that somebody has damaged: no panic, an end, and no more than was put in.
//!
//! Knows nothing of what a sound document means; that is said where each kind is read.

use std::io::Cursor;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use wellhead::ingest::{InputFile, Kind};
use wellhead::intake;

use crate::support::served::definitions;

/// What is put into documents: what begins or ends something in one format or another.
const TOKENS: [&str; 26] = [
    "<",
    ">",
    "&",
    "]]>",
    "<![CDATA[",
    "<!--",
    "<!DOCTYPE a [",
    "<?xml encoding=\"gbk\"?>",
    "<item>",
    "</item>",
    "<entry>",
    "</channel>",
    "<title>",
    "&#0;",
    "&#xfffff;",
    "{",
    "}",
    "[[[[[[[[",
    "\"",
    "\\ud800",
    "---\n",
    "+++\n",
    "\u{202e}",
    "\0",
    "- • ",
    "\n",
];

/// One damage to a document, at a place told in thousandths.
#[derive(Clone, Debug)]
enum Damage {
    Flip(usize, u8),
    Cut(usize),
    Repeat(usize, usize),
    Remove(usize, usize),
    Put(usize, usize, usize),
}

fn damage() -> impl Strategy<Value = Damage> {
    let at = 0usize..1000;
    prop_oneof![
        4 => (at.clone(), any::<u8>()).prop_map(|(at, bits)| Damage::Flip(at, bits)),
        1 => at.clone().prop_map(Damage::Cut),
        1 => (at.clone(), 1usize..400).prop_map(|(at, count)| Damage::Repeat(at, count)),
        2 => (at.clone(), 1usize..400).prop_map(|(at, count)| Damage::Remove(at, count)),
        4 => (at, 0..TOKENS.len(), 1usize..40).prop_map(|(at, token, times)| Damage::Put(at, token, times)),
    ]
}

fn damaged(mut bytes: Vec<u8>, damages: &[Damage]) -> Vec<u8> {
    for damage in damages {
        let place = |at: usize| at * bytes.len() / 1000;
        let end = |from: usize, count: usize| (from + count).min(bytes.len());
        match *damage {
            Damage::Flip(at, bits) => {
                let at = place(at);
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= bits;
                }
            }
            Damage::Cut(at) => bytes.truncate(place(at)),
            Damage::Repeat(at, count) => {
                let (from, again) = (place(at), bytes[place(at)..end(place(at), count)].to_vec());
                bytes.splice(from..from, again);
            }
            Damage::Remove(at, count) => drop(bytes.drain(place(at)..end(place(at), count))),
            Damage::Put(at, token, times) => {
                let at = place(at);
                bytes.splice(at..at, TOKENS[token].repeat(times).into_bytes());
            }
        }
    }
    bytes
}

/// Reads a document to its end, and has what comes of it cleaned and placed; how many drafts and faults there were.
fn read(kind: Kind, bytes: &[u8]) -> Result<(), TestCaseError> {
    let zone = chrono_tz::Asia::Shanghai;
    let file = InputFile { path: "damaged".into(), name: "damaged".to_owned(), kind, zone };
    let Ok(drafts) = file.read(Cursor::new(bytes.to_vec()), None) else { return Ok(()) };
    let set = definitions();
    let door = wellhead::ingest::clean::Door::new(intake::base(&set));
    let (mut items, mut text) = (0, 0);
    for found in drafts {
        items += 1;
        prop_assert!(items <= bytes.len() + 1, "it does not end");
        if let Ok(found) = found {
            let bodies = [&found.draft.html, &found.draft.text, &found.draft.markdown, &found.draft.summary];
            text += found.draft.title.len() + bodies.into_iter().flatten().map(String::len).sum::<usize>();
            // Whatever comes of it is refused with a reason, or can be published.
            drop(intake::clean(&set, &door, &found));
        }
    }
    // References can be twice as long as what they stand for, and a summary repeats a body.
    prop_assert!(text <= 8 * bytes.len() + 1024 * items, "{text} bytes of {}", bytes.len());
    Ok(())
}

fn fixtures(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(folder);
    let files = std::fs::read_dir(&folder).expect("the samples").map(|entry| entry.expect("a file").path());
    let mut files: Vec<PathBuf> = files.collect();
    files.sort();
    files
}

/// Damages each sample of a kind in so many ways.
fn withstands(kind: Kind, samples: &[Vec<u8>], cases: u32) {
    assert!(!samples.is_empty());
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    let strategy = (0..samples.len(), prop::collection::vec(damage(), 0..6));
    let outcome = proptest::test_runner::TestRunner::new(config)
        .run(&strategy, |(sample, damages)| read(kind, &damaged(samples[sample].clone(), &damages)));
    outcome.unwrap_or_else(|error| panic!("{kind:?}: {error}"));
}

/// The first bytes of a file, in whole lines.
fn beginning(name: &str, bytes: usize) -> Vec<u8> {
    let whole = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)).expect("a sample");
    let mut lines = whole.split_inclusive(|byte| *byte == b'\n');
    let mut begun = Vec::new();
    while let Some(line) = lines.next().filter(|_| begun.len() < bytes) {
        begun.extend(line);
    }
    begun
}

#[test]
fn a_damaged_feed_does_no_harm() {
    let samples: Vec<Vec<u8>> = fixtures("moving").iter().map(|path| std::fs::read(path).expect("a sample")).collect();
    withstands(Kind::Feed, &samples, 400);
}

#[test]
fn a_damaged_page_does_no_harm() {
    withstands(Kind::Page, &[beginning("site/page.txt", 4000)], 100);
}

#[test]
fn damaged_json_lines_do_no_harm() {
    withstands(Kind::Jsonl, &[beginning("site/articles.jsonl", 4000), beginning("site/hostile.jsonl", 4000)], 100);
}

#[test]
fn damaged_markdown_does_no_harm() {
    let yaml = "---\ntitle: 盐井\ndate: 2026-11-23\ntags: [盐, 井]\nauthors:\n  - name: 编辑部\n---\n# 井\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n文[^1]\n\n[^1]: 注\n";
    let toml = "+++\ntitle = \"盐井\"\ndate = 2026-11-23T09:15:00+08:00\n[taxonomies]\ntags = [\"盐\"]\n+++\n{{< figure src=\"/a.jpg\" title=\"井\" >}}\n";
    let json = "{\n\"title\": \"盐井\",\n\"date\": \"2026-11-23\"\n}\n\n井 ~~旧~~ <b>新</b>\n";
    withstands(Kind::Markdown, &[yaml, toml, json].map(|text| text.as_bytes().to_vec()), 300);
}
