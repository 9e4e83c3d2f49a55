//! `article`: corrections, withdrawals, erasure and history, as an editor calls for them.
//!
//! Knows nothing of how readers take it; what feeds say is read from exports.

use wellhead::article::Key;

use super::Newsroom;
use crate::support::line;

const DATED: &str = "\"published\":\"2026-11-20T08:00:00+08:00\"";

/// A newsroom with one article, and its key.
fn with_article() -> (Newsroom, String) {
    let newsroom = Newsroom::new();
    newsroom.write("a.jsonl", &line("1", "大安盐井开放", &format!("{DATED},\"text\":\"千米深井，今天开放。\"")));
    newsroom.done(&["import", "a.jsonl"]);
    (newsroom, Key::derive("local", "1").to_string())
}

/// The one entry of a feed in Atom.
fn entry(newsroom: &Newsroom) -> String {
    let atom = newsroom.exported("feed.atom");
    let (_, entry) = atom.split_once("<entry>").expect("an entry");
    entry.split("</entry>").next().expect("its end").to_owned()
}

/// What stands between these tags.
fn element<'a>(entry: &'a str, name: &str) -> &'a str {
    let (_, rest) = entry.split_once(&format!("<{name}")).unwrap_or_else(|| panic!("no {name} in {entry}"));
    rest.split_once('>').expect("a tag's end").1.split("</").next().expect("an end tag")
}

#[test]
fn a_silent_correction_changes_the_text_and_no_date() {
    let (newsroom, key) = with_article();
    let before = entry(&newsroom);
    let revision = newsroom.feed("/feed.atom")[2].clone();
    let ended = newsroom.done(&["article", "edit", &key, "--title", "大安盐井今日开放"]);
    assert!(ended.out.starts_with(&format!("{key}: edited in revision ")), "{}", ended.out);
    let after = entry(&newsroom);
    assert_eq!(element(&after, "title"), "大安盐井今日开放");
    for name in ["id", "published", "updated"] {
        assert_eq!(element(&after, name), element(&before, name), "{name}");
    }
    assert_ne!(newsroom.feed("/feed.atom")[2], revision, "its bytes changed, and so did its validators");
    assert_eq!(
        newsroom.done(&["article", "edit", &key, "--title", "大安盐井今日开放"]).out,
        format!("{key}: nothing to do\n")
    );
}

#[test]
fn a_significant_correction_says_what_was_wrong_and_moves_the_date_of_change_alone() {
    let (newsroom, key) = with_article();
    let before = entry(&newsroom);
    newsroom.done(&["article", "edit", &key, "--note", "更正：井深<一千>米。", "--significant"]);
    let after = entry(&newsroom);
    assert_eq!(element(&after, "summary"), "更正：井深&lt;一千&gt;米。 千米深井，今天开放。");
    assert!(element(&after, "content").starts_with("&lt;p&gt;&lt;strong&gt;更正：井深"), "{after}");
    assert_eq!(element(&after, "published"), element(&before, "published"));
    assert!(element(&after, "updated") > element(&before, "updated"));
    newsroom.done(&["article", "edit", &key, "--note", ""]);
    assert_eq!(element(&entry(&newsroom), "summary"), "千米深井，今天开放。", "an empty note takes the last away");
}

#[test]
fn a_corrected_article_is_placed_anew_by_its_text() {
    let (newsroom, key) = with_article();
    newsroom.done(&["article", "edit", &key, "--title", "沿滩盐井开放"]);
    assert_eq!(
        (newsroom.feed("/districts/daan.atom")[1].as_str(), newsroom.feed("/districts/yantan.atom")[1].as_str()),
        ("0", "1")
    );
}

#[test]
fn a_correction_stays_until_its_source_says_something_else() {
    let (newsroom, key) = with_article();
    newsroom.done(&["article", "edit", &key, "--title", "大安盐井今日开放"]);
    assert_eq!(newsroom.done(&["import", "a.jsonl"]).out, "0 new, 0 edited, 1 unchanged, 0 left out\n");
    assert_eq!(element(&entry(&newsroom), "title"), "大安盐井今日开放");
    newsroom.write("a.jsonl", &line("1", "大安盐井明日开放", DATED));
    assert_eq!(newsroom.done(&["import", "a.jsonl"]).out, "0 new, 1 edited, 0 unchanged, 0 left out\n");
    assert_eq!(element(&entry(&newsroom), "title"), "大安盐井明日开放");
}

#[test]
fn an_article_can_be_replaced_from_a_file_that_holds_it_alone() {
    let (newsroom, key) = with_article();
    newsroom
        .write("one.jsonl", &line("1", "盐井故事", &format!("{DATED},\"districts\":[\"yantan\"],\"text\":\"新稿。\"")));
    newsroom.done(&["article", "edit", &key, "--file", "one.jsonl", "--note", "换稿。"]);
    let after = entry(&newsroom);
    assert_eq!((element(&after, "title"), element(&after, "summary")), ("盐井故事", "换稿。 新稿。"));
    assert_eq!(newsroom.feed("/districts/yantan.atom")[1], "1");

    newsroom.write("other.jsonl", &line("2", "别的", DATED));
    let ended = newsroom.call(&["article", "edit", &key, "--file", "other.jsonl"]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.err.contains("the draft's id is \"2\""), "{}", ended.err);
    newsroom.write("two.jsonl", &(line("1", "一", DATED) + &line("2", "二", DATED)));
    let ended = newsroom.call(&["article", "edit", &key, "--file", "two.jsonl"]);
    assert!(ended.code == Some(1) && ended.err.contains("two.jsonl:2: only one article"), "{}", ended.err);
}

#[test]
fn what_cannot_be_done_to_an_article_is_refused_with_the_reason() {
    let (newsroom, key) = with_article();
    let refused = |arguments: &[&str], code: i32, reason: &str| {
        let ended = newsroom.call(&[&["article"], arguments].concat());
        assert_eq!(ended.code, Some(code), "{arguments:?}: {}", ended.err);
        assert!(ended.err.contains(reason), "{arguments:?}: {}", ended.err);
    };
    refused(&["edit", "aaaaaaaaaaaaaaaa", "--title", "x"], 1, "there is no article aaaaaaaaaaaaaaaa");
    refused(&["edit", "nonsense", "--title", "x"], 1, "is no article's key");
    refused(&["edit", &key], 64, "required");
    refused(&["edit", &key, "--title", " "], 1, "title is empty");
    refused(&["edit", &key, "--published", "2999-01-01T00:00:00Z"], 1, "its time of publication does not move");
    newsroom.done(&["article", "withdraw", &key]);
    refused(&["edit", &key, "--title", "x"], 1, "is withdrawn; restore it first");
    newsroom.done(&["article", "purge", &key]);
    refused(&["restore", &key], 1, "has been purged");
    refused(&["edit", &key, "--title", "x"], 1, "has been purged");
    refused(&["history", "aaaaaaaaaaaaaaaa"], 1, "there is no article");
}

#[test]
fn a_withdrawn_article_stays_so_whatever_its_source_says_until_it_is_restored() {
    let (newsroom, key) = with_article();
    newsroom.done(&["article", "withdraw", &key, "--note", "井还没有修好。"]);
    newsroom.write("a.jsonl", &line("1", "大安盐井照常开放", DATED));
    assert_eq!(newsroom.done(&["import", "a.jsonl"]).out, "0 new, 0 edited, 1 unchanged, 0 left out\n");
    let notice = entry(&newsroom);
    assert_eq!((element(&notice, "title"), element(&notice, "summary")), ("此文已撤回", "井还没有修好。"));
    newsroom.done(&["article", "restore", &key]);
    assert_eq!(element(&entry(&newsroom), "title"), "大安盐井开放");
    newsroom.done(&["import", "a.jsonl"]);
    assert_eq!(element(&entry(&newsroom), "title"), "大安盐井照常开放");
}

/// Whether these bytes are anywhere in the store's files.
fn stored(newsroom: &Newsroom, text: &str) -> bool {
    ["wellhead.db", "wellhead.db-wal"].iter().any(|name| {
        let bytes = std::fs::read(newsroom.path(name)).unwrap_or_default();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    })
}

#[test]
fn of_an_erased_article_nothing_is_left_in_the_store_but_its_notice() {
    let newsroom = Newsroom::new();
    let others: String = (2..400).map(|n| line(&n.to_string(), &format!("盐井{n}"), DATED)).collect();
    let body = |word: &str| format!("{DATED},\"text\":\"{}\"", format!("{word}住在井边。").repeat(900));
    let secrets = ["初稿里的名字", "改稿里的名字", "更正里的名字", "标题里的名字", "own-id-with-a-name"];
    let id = secrets[4];
    newsroom.write("a.jsonl", &(line(id, "大安盐井", &body(secrets[0])) + &others));
    newsroom.done(&["import", "a.jsonl"]);
    newsroom.write("a.jsonl", &line(id, secrets[3], &body(secrets[1])));
    newsroom.done(&["import", "a.jsonl"]);
    let key = Key::derive("local", id).to_string();
    newsroom.done(&["article", "edit", &key, "--note", secrets[2]]);
    newsroom.done(&["article", "edit", &key, "--note", ""]);
    assert!(secrets.iter().all(|secret| stored(&newsroom, secret)), "all of it is somewhere before");

    newsroom.done(&["article", "purge", &key, "--note", "应当事人要求删除。"]);
    for secret in secrets {
        assert!(!stored(&newsroom, secret), "{secret} is still there");
    }
    let atom = newsroom.exported("feed.atom");
    assert!(atom.contains("此文已撤回") && atom.contains("应当事人要求删除。"));
    let history = newsroom.done(&["article", "history", &key]).out;
    assert_eq!(history.lines().count(), 5, "{history}");
    assert!(history.lines().all(|line| line.split('\t').nth(4) == Some("")), "{history}");
    // Its source does not bring it back.
    assert_eq!(newsroom.done(&["import", "a.jsonl"]).out, "0 new, 0 edited, 1 unchanged, 0 left out\n");
    assert!(!stored(&newsroom, secrets[1]));
    assert_eq!(newsroom.entries(), 399);
    newsroom.done(&["check"]);
}

#[test]
fn an_article_under_embargo_can_be_moved_and_is_released_by_an_export() {
    let newsroom = Newsroom::new();
    newsroom.write("a.jsonl", &line("1", "大安盐井的秘密", "\"published\":\"2999-01-01T00:00:00Z\""));
    assert_eq!(
        newsroom.done(&["import", "a.jsonl"]).out,
        "1 new (1 under embargo), 0 edited, 0 unchanged, 0 left out\n"
    );
    let key = Key::derive("local", "1").to_string();
    let hidden = || !newsroom.exported("feed.atom").contains("秘密") && newsroom.entries() == 0;
    assert!(hidden());
    assert!(newsroom.done(&["article", "list"]).out.contains("\tembargoed\t大安盐井的秘密\n"));
    newsroom.write("a.jsonl", &line("1", "大安盐井的秘密，改", "\"published\":\"2998-01-01T00:00:00Z\""));
    assert_eq!(newsroom.done(&["import", "a.jsonl"]).out, "0 new, 1 edited, 0 unchanged, 0 left out\n");
    assert!(hidden() && newsroom.done(&["article", "show", &key]).out.contains("2998-01-01T00:00:00Z"));
    newsroom.done(&["article", "edit", &key, "--published", "2997-01-01T00:00:00Z"]);
    assert_eq!(newsroom.done(&["import", "a.jsonl"]).out, "0 new, 0 edited, 1 unchanged, 0 left out\n");
    assert!(
        newsroom.done(&["article", "show", &key]).out.contains("2997-01-01T00:00:00Z"),
        "until its source moves it"
    );
    newsroom.done(&["article", "withdraw", &key]);
    newsroom.done(&["article", "restore", &key]);
    let ended = newsroom.done(&["article", "edit", &key, "--published", "2026-11-20T08:00:00+08:00"]);
    assert_eq!(ended.out, format!("{key}: edited; readers see nothing of it\n"));
    assert_eq!(newsroom.entries(), 0, "it waits for the clock, or for an export");
    let entry = entry(&newsroom);
    assert_eq!(element(&entry, "title"), "大安盐井的秘密，改");
    assert_eq!(element(&entry, "published"), "2026-11-20T08:00:00+08:00");
    let history = newsroom.done(&["article", "history", &key]).out;
    let told: Vec<&str> = history.lines().map(|line| line.split('\t').nth(3).expect("a deed")).collect();
    assert_eq!(told, ["held", "edited", "edited", "withdrawn", "restored", "edited", "released"]);
    assert!(history.lines().last().is_some_and(|line| line.contains("\texport\t")), "{history}");
}

#[test]
fn every_change_is_told_with_who_made_it_and_what_it_replaced() {
    let (newsroom, key) = with_article();
    newsroom.done(&["article", "edit", &key, "--title", "大安盐井今日开放", "--significant"]);
    newsroom.done(&["article", "withdraw", &key, "--note", "有误。"]);
    newsroom.done(&["article", "restore", &key]);
    let history = newsroom.done(&["article", "history", &key]).out;
    let rows: Vec<Vec<&str>> = history.lines().map(|line| line.split('\t').collect()).collect();
    let told: Vec<(&str, &str)> = rows.iter().map(|row| (row[1], row[3])).collect();
    assert_eq!(
        told,
        [
            ("import local", "published"),
            ("article edit", "corrected"),
            ("article withdraw", "withdrawn"),
            ("article restore", "restored")
        ]
    );
    assert!(rows[1][4].starts_with("title was \"大安盐井开放\"; updated was "), "{history}");
    assert!(rows[3][4].starts_with("notice was \"有误。\""), "{history}");
    let revisions: Vec<u64> = rows.iter().map(|row| row[2].parse().expect("a number")).collect();
    assert_eq!(revisions, [2, 3, 4, 5]);
    let json = newsroom.done(&["article", "history", &key, "--json"]).out;
    let second: serde_json::Value = serde_json::from_str(json.lines().nth(1).expect("a line")).expect("JSON");
    assert_eq!((&second["what"], &second["before"]["title"]), (&"corrected".into(), &"大安盐井开放".into()));
}

#[test]
fn an_article_can_be_found_and_looked_at() {
    let (newsroom, key) = with_article();
    let listed = format!("{key}\t2026-11-20T00:00:00Z\tpublished\t大安盐井开放\n");
    assert_eq!(newsroom.done(&["article", "list"]).out, listed);
    assert_eq!(newsroom.done(&["article", "list", "--feed", "districts/daan"]).out, listed);
    assert_eq!(newsroom.done(&["article", "list", "--feed", "/districts/yantan"]).out, "");
    assert_eq!(newsroom.call(&["article", "list", "--feed", "districts"]).code, Some(1));
    let shown = newsroom.done(&["article", "show", &key]).out;
    for part in [
        "title      大安盐井开放",
        "state      published",
        "districts  daan (by the rules)",
        "source     local 1",
        "districts/daan/topics/salt 1",
        "<p>千米深井，今天开放。</p>",
    ] {
        assert!(shown.contains(part), "no {part} in {shown}");
    }
}
