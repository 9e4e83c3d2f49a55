//! `import`: what goes in, what is left out and why, and what a second import changes.
//!
//! Knows nothing of how feeds are served.

use std::time::{Duration, UNIX_EPOCH};

use super::Newsroom;
use crate::support::line;

const DATED: &str = "\"published\":\"2026-11-20T08:00:00+08:00\"";

#[test]
fn a_faulty_line_is_named_with_its_reason_and_the_others_go_in() {
    let newsroom = Newsroom::new();
    let good = |id: &str| line(id, "大安盐井", DATED);
    newsroom.write("a.jsonl", &format!("{}{}{{\"id\":\"x\"}}\nnonsense\n{}", good("1"), good("2"), good("3")));
    let ended = newsroom.call(&["import", "a.jsonl"]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(2), "3 new, 0 edited, 0 unchanged, 2 left out\n"));
    let faults: Vec<&str> = ended.err.lines().collect();
    assert_eq!(faults.len(), 2, "{}", ended.err);
    assert!(faults[0].starts_with("a.jsonl:3: title is missing"), "{}", faults[0]);
    assert!(faults[1].starts_with("a.jsonl:4: expected "), "{}", faults[1]);
    assert_eq!(newsroom.entries(), 3);
}

#[test]
fn an_import_of_which_nothing_goes_in_has_failed() {
    let newsroom = Newsroom::new();
    newsroom.write("a.jsonl", "nonsense\n");
    newsroom.write("a.bin", "x");
    for (path, reason) in [
        ("a.jsonl", "a.jsonl:1: expected "),
        ("missing.jsonl", "missing.jsonl: cannot be read: "),
        ("a.bin", "a.bin: its kind is not clear"),
        ("feeds", "feeds: holds no file whose kind is clear"),
    ] {
        let ended = newsroom.call(&["import", path]);
        assert_eq!(ended.code, Some(1), "{path}");
        assert!(ended.err.starts_with(reason) && ended.err.contains("nothing could be imported"), "{}", ended.err);
    }
    assert_eq!(newsroom.entries(), 0);
}

#[test]
fn a_missing_file_keeps_no_other_from_going_in() {
    let newsroom = Newsroom::new();
    newsroom.write("a.jsonl", &line("1", "大安盐井", DATED));
    let ended = newsroom.call(&["import", "missing.jsonl", "a.jsonl"]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(2), "1 new, 0 edited, 0 unchanged, 1 left out\n"));
}

#[test]
fn the_same_file_again_changes_nothing() {
    let newsroom = Newsroom::new();
    newsroom.write("a.jsonl", &(line("1", "大安盐井", DATED) + &line("2", "沿滩", DATED) + &line("3", "没有日期", "")));
    newsroom.write("b.txt", "一篇\n正文在这里，说盐井。\n- • 大安的标题\n");
    let first = newsroom.done(&["import", "a.jsonl", "b.txt"]);
    assert_eq!(first.out, "5 new, 0 edited, 0 unchanged, 0 left out\n");
    let feeds = newsroom.done(&["feeds"]).out;
    let again = newsroom.done(&["import", "a.jsonl", "b.txt"]);
    assert_eq!((again.out.as_str(), again.err.as_str()), ("0 new, 0 edited, 5 unchanged, 0 left out\n", ""));
    assert_eq!(newsroom.done(&["feeds"]).out, feeds);
}

#[test]
fn the_same_id_from_another_source_is_another_article() {
    let newsroom = Newsroom::new();
    newsroom.write("a.jsonl", &line("1", "大安盐井", DATED));
    newsroom.done(&["import", "a.jsonl"]);
    let other = newsroom.done(&["import", "--source", "partner", "a.jsonl"]);
    assert_eq!(other.out, "1 new, 0 edited, 0 unchanged, 0 left out\n");
    assert_eq!(newsroom.entries(), 2);
}

/// The dates of the one entry of an Atom feed.
fn dates(atom: &str) -> (String, String) {
    let entry = atom.split("<entry>").nth(1).expect("an entry");
    let of = |name: &str| {
        let text = entry.split(&format!("<{name}>")).nth(1).expect("a date");
        text.split('<').next().unwrap_or_default().to_owned()
    };
    (of("published"), of("updated"))
}

#[test]
fn a_later_updated_tells_readers_and_a_silent_fix_does_not() {
    let newsroom = Newsroom::new();
    let import = |title: &str, more: &str| {
        newsroom.write("a.jsonl", &line("1", title, more));
        (
            newsroom.done(&["import", "a.jsonl"]).out,
            newsroom.feed("/feed.atom")[2].clone(),
            newsroom.exported("feed.atom"),
        )
    };
    let published = "2026-11-20T08:00:00+08:00";
    let (_, born, atom) = import("大安盐井", DATED);
    assert_eq!(dates(&atom), (published.to_owned(), published.to_owned()));

    let (out, fixed, atom) = import("大安盐井。", DATED);
    assert_eq!(out, "0 new, 1 edited, 0 unchanged, 0 left out\n");
    assert_ne!(fixed, born, "other bytes, another revision");
    assert!(atom.contains("大安盐井。"));
    assert_eq!(dates(&atom), (published.to_owned(), published.to_owned()), "a silent fix moves no date");

    let (out, edited, atom) = import("大安盐井：更正", &format!("{DATED},\"updated\":\"2026-11-21T10:00:00+08:00\""));
    assert_eq!(out, "0 new, 1 edited, 0 unchanged, 0 left out\n");
    assert_ne!(edited, fixed);
    assert_eq!(dates(&atom), (published.to_owned(), "2026-11-21T10:00:00+08:00".to_owned()));
}

#[test]
fn published_never_moves_once_public() {
    let newsroom = Newsroom::new();
    newsroom.write("a.jsonl", &line("1", "大安盐井", DATED));
    newsroom.done(&["import", "a.jsonl"]);
    let feeds = newsroom.done(&["feeds"]).out;
    newsroom.write("a.jsonl", &line("1", "大安盐井", "\"published\":\"2026-11-21T08:00:00+08:00\""));
    assert_eq!(newsroom.done(&["import", "a.jsonl"]).out, "0 new, 0 edited, 1 unchanged, 0 left out\n");
    assert_eq!(newsroom.done(&["feeds"]).out, feeds);
    assert_eq!(dates(&newsroom.exported("feed.atom")).0, "2026-11-20T08:00:00+08:00");
}

#[test]
fn labels_that_come_along_beat_the_rules() {
    let newsroom = Newsroom::new();
    newsroom.write("a.jsonl", &line("1", "大安盐井", &format!("{DATED},\"districts\":[\"yantan\"],\"topics\":[]")));
    newsroom.done(&["import", "a.jsonl"]);
    let entries = |path: &str| newsroom.feed(path)[1].clone();
    assert_eq!((entries("/districts/yantan.atom"), entries("/districts/daan.atom")), ("1".to_owned(), "0".to_owned()));
    assert_eq!(entries("/topics/salt.atom"), "0");
}

#[test]
fn published_dates_what_has_no_date_a_second_apart() {
    let newsroom = Newsroom::new();
    newsroom.write("a.jsonl", &(line("1", "甲", "") + &line("2", "乙", DATED) + &line("3", "丙", "")));
    let ended = newsroom.done(&["import", "--published", "2026-11-19T12:00:00+08:00", "a.jsonl"]);
    assert_eq!(ended.err, "", "nothing was assumed");
    let atom = newsroom.exported("feed.atom");
    let published: Vec<&str> = atom.split("<published>").skip(1).filter_map(|t| t.split('<').next()).collect();
    assert_eq!(published, ["2026-11-20T08:00:00+08:00", "2026-11-19T12:00:00+08:00", "2026-11-19T11:59:59+08:00"]);
}

#[test]
fn an_undated_page_takes_its_files_date_and_says_so() {
    let newsroom = Newsroom::new();
    newsroom.write("p.txt", "一篇\n正文在这里。\n- • 第二篇\n- • 第三篇\n");
    let file = std::fs::File::options().write(true).open(newsroom.path("p.txt")).expect("a file");
    file.set_modified(UNIX_EPOCH + Duration::from_secs(1_790_000_000)).expect("a date");
    let ended = newsroom.done(&["import", "p.txt"]);
    assert_eq!(ended.err, "p.txt: 3 new without a date; dated from 2026-09-21T14:13:20Z downwards\n");
    let atom = newsroom.exported("feed.atom");
    assert!(["22:13:20", "22:13:19", "22:13:18"].iter().all(|time| atom.contains(&format!("2026-09-21T{time}+08:00"))));
    assert_eq!(newsroom.done(&["import", "p.txt"]).err, "", "and once only");
}

#[test]
fn what_changed_in_the_future_or_is_not_public_is_refused_by_name() {
    let newsroom = Newsroom::new();
    let refused = [
        (
            line("1", "明天的事", "\"published\":\"2998-01-01T00:00:00Z\",\"updated\":\"2999-01-01T00:00:00Z\""),
            "\"明天的事\": updated 2999-01-01T00:00:00Z lies ahead",
        ),
        (line("2", "没写完", &format!("{DATED},\"status\":\"draft\"")), "\"没写完\": status is draft"),
        (line("3", "不要了", &format!("{DATED},\"status\":\"withdrawn\"")), "\"不要了\": status is withdrawn"),
        (
            line("4", "将改", &format!("{DATED},\"updated\":\"2999-01-01T00:00:00Z\"")),
            "\"将改\": updated 2999-01-01T00:00:00Z lies ahead",
        ),
        (
            line("5", "哪里", &format!("{DATED},\"districts\":[\"nowhere\"]")),
            "\"哪里\": districts/0: \"nowhere\" is not defined",
        ),
        (
            line("6", "昨天", "\"published\":\"yesterday\""),
            "\"昨天\": published: \"yesterday\" is not an RFC 3339 date",
        ),
        (line("7", "两份", "\"text\":\"a\",\"html\":\"b\""), "\"两份\": text: only one of html, text and markdown"),
    ];
    let lines: String = refused.iter().map(|(line, _)| line.as_str()).collect();
    newsroom.write("a.jsonl", &(lines + &line("8", "好的", DATED)));
    let ended = newsroom.call(&["import", "a.jsonl"]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(2), "1 new, 0 edited, 0 unchanged, 7 left out\n"));
    let faults: Vec<&str> = ended.err.lines().collect();
    assert_eq!(faults.len(), refused.len(), "{}", ended.err);
    for (n, (fault, (_, reason))) in faults.iter().zip(&refused).enumerate() {
        assert!(fault.starts_with(&format!("a.jsonl:{}: {reason}", n + 1)), "{fault}");
    }
}

#[test]
fn of_an_id_that_stands_twice_the_first_is_taken() {
    let newsroom = Newsroom::new();
    newsroom.write("a.jsonl", &(line("1", "大安盐井", DATED) + &line("1", "沿滩", DATED) + &line("2", "沿滩", DATED)));
    newsroom.write("b.jsonl", &line("2", "别的文件", DATED));
    let ended = newsroom.call(&["import", "a.jsonl", "b.jsonl"]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(2), "2 new, 0 edited, 0 unchanged, 2 left out\n"));
    let faults: Vec<&str> = ended.err.lines().collect();
    assert!(faults[0].starts_with("a.jsonl:2: \"沿滩\": the id \"1\" stood in this import before"), "{}", faults[0]);
    assert!(
        faults[1].starts_with("b.jsonl:1: \"别的文件\": the id \"2\" stood in this import before"),
        "{}",
        faults[1]
    );
    assert!(newsroom.exported("feed.atom").contains("大安盐井"));
}

#[test]
fn a_backfill_of_a_feed_with_two_full_pages_moves_no_revision_and_no_byte() {
    let newsroom = Newsroom::new();
    let many = |ids: std::ops::Range<u32>, day: &str| -> String {
        ids.map(|n| line(&n.to_string(), &format!("盐井{n}"), &format!("\"published\":\"{day}T08:00:{:02}Z\"", n % 60)))
            .collect()
    };
    newsroom.write("new.jsonl", &many(0..120, "2026-11-20"));
    newsroom.done(&["import", "new.jsonl"]);
    let (before, atom) = (newsroom.feed("/feed.atom"), newsroom.exported("feed.atom"));
    newsroom.write("old.jsonl", &many(1000..1010, "2020-01-01"));
    assert_eq!(
        newsroom.done(&["import", "--backfill", "old.jsonl"]).out,
        "10 new, 0 edited, 0 unchanged, 0 left out\n"
    );
    assert_eq!((newsroom.entries(), newsroom.feed("/feed.atom")[2].as_str()), (130, before[2].as_str()));
    assert_eq!(newsroom.exported("feed.atom"), atom);
}

#[test]
fn a_file_of_another_kind_than_was_said_is_refused_unless_it_is_insisted_upon() {
    let newsroom = Newsroom::new();
    let secret = line("1", "没写完", &format!("{DATED},\"status\":\"draft\""));
    newsroom.write("a.jsonl", &(secret.clone() + &secret));
    newsroom.write("a", &(secret.clone() + &secret));
    newsroom.write("b.xml", "<?xml version=\"1.0\"?>\n<rss><channel></channel></rss>\n");
    newsroom.write("c.txt", "---\ntitle: 没写完\ndraft: true\n---\n文。\n");
    for (kind, file, reason) in [
        ("markdown", "a.jsonl", "begins like JSON lines, and not like Markdown"),
        ("markdown", "a", "begins like JSON lines, and not like Markdown"),
        ("page", "b.xml", "begins like XML, and not like a page in plain text"),
        ("page", "c.txt", "begins like front matter, and not like a page in plain text"),
    ] {
        for command in ["import", "classify"] {
            let ended = newsroom.call(&[command, "--as", kind, file]);
            assert_eq!(ended.code, Some(1), "{command} {file}");
            let fault = format!("{file}: {reason}; --force takes it all the same\n");
            assert!(ended.err.starts_with(&fault), "{}", ended.err);
        }
    }
    assert_eq!(newsroom.call(&["import", "c.txt"]).code, Some(1), "the name says so, but not the first bytes");
    let forced = newsroom.done(&["import", "--force", "--as", "page", "b.xml"]);
    assert_eq!(forced.out, "1 new, 0 edited, 0 unchanged, 0 left out\n");
}

/// A WordPress export of a post with a chosen picture, a gallery, a recording and what cannot be kept.
const EXPORT: &str = "<rss xmlns:wp=\"http://wordpress.org/export/1.2/\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\">
<channel><title>旧站</title><link>https://old.example</link><wp:wxr_version>1.2</wp:wxr_version>
<item><title>盐井</title><guid>https://old.example/?p=1</guid><wp:post_id>1</wp:post_id>
<content:encoded><![CDATA[水 [gallery ids=\"8,9\"] [audio mp3=\"https://old.example/1.mp3\"] [tabs style=\"x\"]卤[/tabs] [vc_row]
<img class=\"lazy\"> <iframe></iframe>]]></content:encoded>
<wp:post_date_gmt>2026-11-20 08:00:00</wp:post_date_gmt><wp:status>publish</wp:status><wp:post_type>post</wp:post_type>
<wp:postmeta><wp:meta_key>_thumbnail_id</wp:meta_key><wp:meta_value>7</wp:meta_value></wp:postmeta></item>
<item><title>井</title><wp:post_id>7</wp:post_id><wp:status>inherit</wp:status><wp:post_type>attachment</wp:post_type>
<wp:attachment_url>https://old.example/7.jpg</wp:attachment_url></item>
<item><title>灯</title><wp:post_id>8</wp:post_id><wp:status>inherit</wp:status><wp:post_type>attachment</wp:post_type>
<wp:attachment_url>https://old.example/8.jpg</wp:attachment_url></item>
</channel></rss>
";

#[test]
fn what_an_article_loses_is_counted_and_listed_only_if_that_is_asked_for() {
    let newsroom = Newsroom::new();
    newsroom.write("a.xml", EXPORT);
    let ended = newsroom.done(&["import", "a.xml"]);
    let (taken, lost) =
        ("1 new, 0 edited, 0 unchanged, 0 left out\n", "2 pictures, 1 player and 2 shortcodes left out");
    assert_eq!((ended.out, ended.err.as_str()), (format!("{taken}{lost}; -v lists them\n"), ""));
    let atom = newsroom.exported("feed.atom");
    for shown in
        ["old.example/7.jpg", "old.example/8.jpg", "<link href=\"https://old.example/1.mp3\" rel=\"enclosure\"", "卤"]
    {
        assert!(atom.contains(shown), "{shown}: {atom}");
    }
    assert!(!atom.contains("[gallery") && !atom.contains("[tabs") && !atom.contains("vc_row"), "{atom}");
    let again = newsroom.done(&["import", "-v", "a.xml"]);
    assert_eq!(again.out, format!("0 new, 0 edited, 1 unchanged, 0 left out\n{lost}\n"));
    let listed = [
        "1 picture left out: the export does not hold them as attachments",
        "2 shortcodes left out: tabs, vc_row",
        "1 picture left out: without a source that readers can load",
        "1 player left out: without an address that a link can lead to",
    ];
    let expected: String = listed.iter().map(|loss| format!("a.xml:3: \"盐井\": {loss}\n")).collect();
    assert_eq!(again.err, expected);
}

#[test]
fn a_shortcode_of_markdown_is_a_loss_and_no_fault() {
    let newsroom = Newsroom::new();
    newsroom.write("a.md", "---\ntitle: 盐井\ndate: 2026-11-20\n---\n{{< youtube a >}} 水\n");
    let ended = newsroom.done(&["import", "a.md"]);
    let summary = "1 new, 0 edited, 0 unchanged, 0 left out\n1 shortcode left out; -v lists them\n";
    assert_eq!((ended.out.as_str(), ended.err.as_str()), (summary, ""));
    assert_eq!(newsroom.done(&["import", "-v", "a.md"]).err, "a.md:1: \"盐井\": 1 shortcode left out: youtube\n");
}

#[test]
fn a_file_that_ends_early_is_named_before_its_items() {
    let newsroom = Newsroom::new();
    let item = |id: u32| format!("<item><guid>{id}</guid><title>盐{id}</title><pubDate>2026-11-20</pubDate>");
    newsroom.write("a.xml", &format!("<rss><channel>\n{}\n{}</item>\n{}", item(1), item(2), item(3)));
    let ended = newsroom.call(&["import", "a.xml"]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(2), "1 new, 0 edited, 0 unchanged, 3 left out\n"));
    let unclosed = |line: u32| format!("a.xml:{line}: the item has no end tag; it is left out\n");
    let cut = "a.xml: the file ends early, before its end tag\n".to_owned();
    assert_eq!(ended.err, cut + &unclosed(2) + &unclosed(4));
}
