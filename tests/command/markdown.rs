//! `import --as markdown`: a folder of a site generator goes in, and what cannot is named.
//!
//! Knows nothing of the ways in which front matter can be written.

use super::Newsroom;

const LANTERN: &str = "---\ntitle: 灯会开幕\ndate: 2026-11-20 08:00\ndistricts: [大安区]\n---\n\n今晚**开幕**。\n\n![灯](/img/deng.jpg)\n";
const ROAD: &str = "+++\ntitle = \"新路通车\"\ndate = 2026-11-21\n[taxonomies]\ncategories = [\"盐业\", \"交通\"]\n+++\n路通了[^1]。\n\n[^1]: 三里。\n";

/// A newsroom with a folder of articles, of which not all are good.
fn newsroom() -> Newsroom {
    let newsroom = Newsroom::new();
    for folder in ["site", "site/posts", "site/posts/lantern", "site/_drafts"] {
        std::fs::create_dir(newsroom.path(folder)).expect("a folder");
    }
    newsroom.write("site/posts/lantern/index.md", LANTERN);
    newsroom.write("site/posts/road.md", ROAD);
    newsroom.write("site/posts/_index.md", "+++\ntitle = \"列表\"\n+++\n");
    newsroom.write("site/posts/style.css", "p {}");
    newsroom
}

#[test]
fn a_folder_goes_in_once() {
    let newsroom = newsroom();
    let ended = newsroom.done(&["import", "--as", "markdown", "site"]);
    assert_eq!((ended.out.as_str(), ended.err.as_str()), ("2 new, 0 edited, 0 unchanged, 0 left out\n", ""));
    let entries = |path: &str| newsroom.feed(path)[1].clone();
    assert_eq!((entries("/districts/daan.atom"), entries("/topics/salt.atom")), ("1".to_owned(), "1".to_owned()));
    let feeds = newsroom.done(&["feeds"]).out;
    let again = newsroom.done(&["import", "site"]);
    assert_eq!(again.out, "0 new, 0 edited, 2 unchanged, 0 left out\n");
    assert_eq!(newsroom.done(&["feeds"]).out, feeds);

    let atom = newsroom.exported("feed.atom");
    for text in [
        "<published>2026-11-20T08:00:00+08:00</published>",
        "<published>2026-11-21T00:00:00+08:00</published>",
        "&lt;strong&gt;开幕&lt;/strong&gt;",
        "https://news.example/img/deng.jpg",
        "term=\"交通\"",
    ] {
        assert!(atom.contains(text), "{text}: {atom}");
    }
}

#[test]
fn faulty_files_are_named_with_their_lines_and_the_others_go_in() {
    let newsroom = newsroom();
    newsroom.write("site/posts/broken.md", "---\ntitle: 盐\n  date: x\n---\n");
    newsroom.write("site/posts/date.md", "---\ntitle: 盐\ndate: 昨天\n---\n");
    newsroom.write("site/posts/where.md", "---\ntitle: 远方\ndistricts: [河东区]\n---\n");
    newsroom.write("site/_drafts/later.md", "---\ntitle: 没写完\n---\n");
    newsroom.write("site/named.md", "文章没有标题。\n");
    let ended = newsroom.call(&["import", "--as", "markdown", "--published", "2026-11-22T08:00:00Z", "site"]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(2), "4 new, 0 edited, 0 unchanged, 3 left out\n"));
    let told: Vec<&str> = ended.err.lines().collect();
    let reasons = [
        "site/_drafts/later.md:1: \"没写完\": status is draft",
        "site/named.md:1: \"named\": has no title; its file's name is taken",
        "site/posts/broken.md:3: is not YAML: ",
        "site/posts/date.md:1: \"盐\": date: \"昨天\" is not a date",
        "site/posts/where.md:1: \"远方\": districts/0: \"河东区\" is not defined",
    ];
    assert_eq!(told.len(), reasons.len(), "{}", ended.err);
    for (told, reason) in told.iter().zip(reasons) {
        assert!(told.starts_with(reason), "{told}");
    }
}

#[test]
fn what_cannot_be_published_costs_the_field_alone() {
    let newsroom = Newsroom::new();
    let long = "井".repeat(201);
    let matter = format!(
        "title: 盐井\ndate: 2026-11-20\nlastmod: 2999-01-01\nimage: 'ftp://news.example/a.jpg'\nlanguage: 中文\n\
         tags: [{long}, 盐]\ncategories: [{long}]\nauthors: [{long}, {{name: 编辑部, url: 'mailto:a'}}]\n\
         enclosures: [{{url: 'tel:1', type: audio}}]"
    );
    newsroom.write("a.md", &format!("---\n{matter}\n---\n文。\n"));
    let ended = newsroom.done(&["import", "a.md"]);
    assert_eq!(ended.out, "1 new, 0 edited, 0 unchanged, 0 left out\n");
    for field in ["image/url: ", "language: ", "tags/0 ", "authors/0/name ", "authors/1/url: ", "enclosures/0/type: "] {
        let told = ended.err.lines().filter(|line| line.contains(field) && line.ends_with("that is left out"));
        assert_eq!(told.count(), 1, "{field}: {}", ended.err);
    }
    let atom = newsroom.exported("feed.atom");
    assert!(atom.contains("<name>编辑部</name>") && atom.contains("term=\"盐\"") && !atom.contains(&long), "{atom}");
    assert!(newsroom.done(&["import", "a.md"]).out.starts_with("0 new, 0 edited, 1 unchanged"));
}

/// When each article is said to have been published, the newest first.
fn published(newsroom: &Newsroom) -> Vec<(String, String)> {
    let lines = newsroom.done(&["article", "list"]).out;
    let columns = lines.lines().map(|line| line.split('\t').map(str::to_owned).collect::<Vec<_>>());
    columns.map(|columns| (columns[3].clone(), columns[1].clone())).collect()
}

#[test]
fn posts_of_one_day_without_a_time_get_a_second_each_in_the_order_of_their_names() {
    let expected = ["p1", "p2", "p3"].into_iter().zip(["02", "01", "00"]);
    let expected: Vec<(String, String)> =
        expected.map(|(name, second)| (name.to_owned(), format!("2026-11-19T16:00:{second}Z"))).collect();
    for backfill in ["--backfill=false", "--backfill"] {
        let newsroom = Newsroom::new();
        let post = |name: &str, date: &str| {
            newsroom.write(&format!("posts/{name}.md"), &format!("---\ntitle: {name}\ndate: {date}\n---\n{name}。\n"));
        };
        ["p3", "p1", "p2"].iter().for_each(|name| post(name, "2026-11-20"));
        newsroom.done(&["import", backfill, "posts"]);
        assert_eq!(published(&newsroom), expected, "{backfill}");
        post("p4", "2026年11月20日");
        assert_eq!(newsroom.done(&["import", backfill, "posts"]).out, "1 new, 0 edited, 3 unchanged, 0 left out\n");
        let all = published(&newsroom);
        assert_eq!(all[0], ("p4".to_owned(), "2026-11-19T16:00:03Z".to_owned()), "it came last");
        assert_eq!(all[1..], expected);
    }
}

#[test]
fn dates_without_a_zone_are_meant_in_the_one_that_is_said() {
    let read = |option: &[&str], setting: &str| {
        let newsroom = Newsroom::new();
        let site = std::fs::read_to_string(newsroom.path("feeds/site.toml")).expect("a file");
        newsroom.write("feeds/site.toml", &site.replacen("max_age", &format!("{setting}max_age"), 1));
        newsroom.write("a.md", "---\ntitle: 盐\ndate: 2026-11-20 08:00\n---\n文。\n");
        newsroom.done(&[&["import"], option, &["a.md"]].concat());
        published(&newsroom)[0].1.clone()
    };
    assert_eq!(read(&[], ""), "2026-11-20T00:00:00Z");
    assert_eq!(read(&[], "dates_in = \"UTC\"\n"), "2026-11-20T08:00:00Z");
    assert_eq!(read(&["--dates-in", "Europe/Berlin"], "dates_in = \"UTC\"\n"), "2026-11-20T07:00:00Z");
    let ended = Newsroom::new().call(&["import", "--dates-in", "Beijing", "a.md"]);
    assert!(ended.code == Some(64) && ended.err.contains("Beijing"), "{}", ended.err);
}

#[test]
fn the_files_of_a_site_whose_feed_came_first_are_the_articles_that_readers_know() {
    let newsroom = Newsroom::new();
    let feed = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/moving/hugo.xml");
    newsroom.done(&["import", "--as", "feed", feed]);
    let ids = |atom: &str| -> Vec<String> {
        let ids = atom.split("<id>").skip(2).filter_map(|rest| rest.split('<').next());
        ids.map(str::to_owned).collect()
    };
    let before = ids(&newsroom.exported("feed.atom"));
    let post = |title: &str, date: &str| format!("---\ntitle: {title:?}\ndate: {date}\n---\n桥上的风，改过一遍。\n");
    newsroom.write("posts/bridge-joint.md", &post("沿滩新桥的伸缩缝为什么会响", "2026-11-20 09:00"));
    newsroom.write("posts/river-path.md", &post("釜溪河边的步道接上了最后一百米", "2026-11-22T18:30:00+08:00"));
    newsroom.write("posts/new-road.md", &post("新修的一段路", "2026-11-24"));
    assert_eq!(newsroom.done(&["import", "posts"]).out, "1 new, 2 edited, 0 unchanged, 0 left out\n");
    let atom = newsroom.exported("feed.atom");
    let after = ids(&atom);
    assert_eq!(after.len(), before.len() + 1);
    assert!(before.iter().all(|id| after.contains(id)), "{before:?} {after:?}");
    assert_eq!(atom.matches("改过一遍").count(), 6, "three summaries and three bodies");
    assert_eq!(newsroom.done(&["import", "posts"]).out, "0 new, 0 edited, 3 unchanged, 0 left out\n");
    newsroom.done(&["check"]);
}

#[test]
fn what_is_not_to_be_seen_is_left_out_with_its_reason() {
    let newsroom = Newsroom::new();
    std::fs::create_dir(newsroom.path("site")).expect("a folder");
    let dated = "title: 盐\ndate: 2024-03-04";
    for (name, keys) in [
        ("a.md", "password: orange"),
        ("b.md", "publish: false"),
        ("c.md", "expiryDate: 2024-04-01"),
        ("d.md", "build: {list: never}"),
        ("e.md", "expiryDate: 2999-04-01"),
    ] {
        newsroom.write(&format!("site/{name}"), &format!("---\n{dated}\n{keys}\n---\n文。\n"));
    }
    newsroom.write("site/f.md", "title: 没写完\npublished: false\n---\n机密。\n");
    let ended = newsroom.call(&["import", "site"]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(2), "1 new, 0 edited, 0 unchanged, 5 left out\n"));
    let reasons = [
        "site/a.md:1: \"盐\": the article is not to be published: it has a password",
        "site/b.md:1: \"盐\": the article is not to be published: publish: false",
        "site/c.md:1: \"盐\": the article is not to be published: it expired at 2024-03-31T16:00:00Z",
        "site/d.md:1: \"盐\": the article is not to be published: build.list: never",
        "site/e.md:1: \"盐\": expires at 2999-03-31T16:00:00Z; it has to be withdrawn by then",
        "site/f.md:1: begins with keys, and no line --- stands before them",
    ];
    assert_eq!(ended.err.lines().collect::<Vec<_>>(), reasons);
}
