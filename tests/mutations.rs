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

/// What of a document would be public: id, title and text of each article. Whether anything was told to be wrong.
fn public(kind: Kind, bytes: &[u8]) -> (Vec<[String; 3]>, bool) {
    let zone = chrono_tz::Asia::Shanghai;
    let file = InputFile { path: "cut".into(), name: "cut".to_owned(), kind, zone };
    let Ok(drafts) = file.read(Cursor::new(bytes.to_vec()), None) else { return (Vec::new(), true) };
    let set = definitions();
    let door = wellhead::ingest::clean::Door::new(intake::base(&set));
    let (mut shown, mut faulty) = (Vec::new(), false);
    for found in drafts {
        let Ok(found) = found else {
            faulty = true;
            continue;
        };
        let in_time = intake::in_time(&found, wellhead::article::Time(1_800_000_000));
        if let (Ok(cleaned), Ok(())) = (intake::clean(&set, &door, &found), in_time) {
            shown.push([cleaned.own_id, cleaned.content.title, cleaned.plain]);
        }
    }
    (shown, faulty)
}

/// A WordPress export: a published post, a draft, one with a password, one that is planned, one whose time has passed.
fn wordpress() -> String {
    let post = |id: u32, status: &str, date: &str, password: &str| {
        format!(
            "<item><title>盐{id}</title><guid isPermaLink=\"false\">https://old.example/?p={id}</guid>\
             <content:encoded><![CDATA[井{id}]]></content:encoded><wp:post_date_gmt>{date}</wp:post_date_gmt>\
             <wp:status>{status}</wp:status><wp:post_type>post</wp:post_type>\
             <wp:post_password>{password}</wp:post_password></item>\n"
        )
    };
    let (past, ahead) = ("2026-11-20 09:15:00", "2030-01-01 00:00:00");
    let posts = [
        post(1, "publish", past, ""),
        post(2, "draft", past, ""),
        post(3, "publish", past, "orange"),
        post(4, "future", ahead, ""),
        post(5, "future", past, ""),
        post(6, "private", past, ""),
    ];
    format!("<rss><channel><title>盐</title><wp:wxr_version>1.2</wp:wxr_version>{}</channel></rss>", posts.concat())
}

#[test]
fn however_early_an_export_ends_nothing_is_public_that_the_whole_holds_back() {
    let entry = |id: u32, draft: &str| {
        format!(
            "<entry><id>tag:old.example,2026:{id}</id><title>盐{id}</title><updated>2026-11-20T09:15:00Z</updated>\
             <content>井{id}</content><app:control><app:draft>{draft}</app:draft></app:control></entry>"
        )
    };
    let atom = format!("<feed xmlns=\"http://www.w3.org/2005/Atom\">{}{}</feed>", entry(1, "no"), entry(2, "yes"));
    let item = |id: u32| format!("{{\"id\":\"{id}\",\"title\":\"盐{id}\",\"content_text\":\"井{id}\"}}");
    let json = format!("{{\"items\":[{},{}]}}", item(1), item(2));
    let line = |id: u32, status: &str| format!("{{\"id\":\"{id}\",\"title\":\"盐\",\"status\":\"{status}\"}}");
    let lines = format!("{}\n{}", line(1, "published"), line(2, "draft"));
    for (kind, whole, expected) in
        [(Kind::Feed, wordpress(), 2), (Kind::Feed, atom, 1), (Kind::Feed, json, 2), (Kind::Jsonl, lines, 1)]
    {
        let (allowed, _) = public(kind, whole.as_bytes());
        assert_eq!(allowed.len(), expected, "{allowed:?}");
        for end in 0..whole.len() {
            let (shown, faulty) = public(kind, &whole.as_bytes()[..end]);
            let extra: Vec<_> = shown.iter().filter(|article| !allowed.contains(article)).collect();
            assert!(extra.is_empty(), "cut at {end}: {extra:?}");
            assert!(faulty || kind == Kind::Jsonl, "cut at {end} of {} without a word", whole.len());
        }
    }
}

#[test]
fn however_early_front_matter_ends_nothing_is_public_that_the_whole_holds_back() {
    for (whole, is_known) in [
        ("---\ntitle: 盐\ndate: 2026-11-20\ndraft: true\n---\n机密。\n", true),
        ("---\npassword: orange\ntitle: 盐\n---\n机密。\n", true),
        ("+++\ntitle = \"盐\"\ndraft = true\n+++\n机密。\n", true),
        ("{\n\"title\": \"盐\",\n\"published\": false\n}\n机密。\n", true),
        ("title: 盐\npublished: false\n---\n机密。\n", false),
        ("\"title\": \"盐\",\n\"draft\": true\n;;;\n机密。\n", false),
        (";;;\n\"title\": \"盐\",\n\"draft\": true\n;;;\n机密。\n", false),
        ("----\ntitle: 盐\ndraft: true\n----\n机密。\n", false),
        ("---json\n{\"title\": \"盐\", \"draft\": true}\n---\n机密。\n", false),
        ("---yaml\ntitle: 盐\ndraft: true\n---\n机密。\n", false),
        ("--- # 说明\ntitle: 盐\ndraft: true\n---\n机密。\n", false),
        ("#+TITLE: 盐\n#+DRAFT: true\n\n机密。\n", false),
        ("<!--\ntitle: 盐\ndraft: true\n-->\n机密。\n", false),
        ("Title: 盐\nDate: 2026-11-20\nStatus: draft\n\n机密。\n", false),
    ] {
        for end in 0..=whole.len() {
            let (shown, _) = public(Kind::Markdown, &whole.as_bytes()[..end]);
            // Before the first key there is nothing to recognise, and nothing to be seen.
            let secrets = [":", "=", "true", "false", "盐", "机"];
            let leaks = |article: &&[String; 3]| secrets.iter().any(|secret| article.concat().contains(secret));
            assert!(
                !shown.iter().any(|article| is_known || leaks(&article)),
                "{:?}: {shown:?}",
                &whole.as_bytes()[..end].escape_ascii().to_string()
            );
        }
    }
}
