//! Posts that are entries of a feed which was imported before them: they are recognised, and nothing stands twice.
//!
//! Knows nothing of how they are recognised; each test is a newsroom that moves in.

use super::{Ended, Newsroom};

/// An item of RSS: path of its page, title, time.
fn item(path: &str, title: &str, time: &str) -> String {
    format!(
        "<item><title>{title}</title><link>https://old.example{path}</link><guid>https://old.example{path}</guid>\
         <pubDate>{time}</pubDate><description>盐井的短讯。</description></item>"
    )
}

fn feed(items: &[String]) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><rss version=\"2.0\"><channel><title>旧站</title>\
         <link>https://old.example/</link><description>x</description>{}</channel></rss>",
        items.concat()
    )
}

/// A post: its front matter beside the title, and its title.
fn post(title: &str, more: &str) -> String {
    format!("---\ntitle: {title}\n{more}\n---\n{title}的全文在这里。\n")
}

/// A newsroom that has imported a feed of these items.
fn moved_in(items: &[String]) -> Newsroom {
    let newsroom = Newsroom::new();
    newsroom.write("rss.xml", &feed(items));
    newsroom.call(&["import", "--as", "feed", "rss.xml"]);
    assert_eq!(newsroom.entries(), items.len() as u64);
    newsroom
}

/// Imports posts, which are written first.
fn import(newsroom: &Newsroom, posts: &[(&str, String)], more: &[&str]) -> Ended {
    posts.iter().for_each(|(name, text)| newsroom.write(name, text));
    newsroom.call(&[&["import", "--as", "markdown"], more, &["posts"]].concat())
}

#[test]
fn a_post_is_an_entry_if_the_entrys_link_leads_to_it() {
    let other = "date: 2020-01-01T00:00:00Z";
    for (path, name, more) in [
        ("/posts/bridge/", "posts/bridge.md", other.to_owned()),
        ("/posts/bridge/", "posts/bridge/index.md", other.to_owned()),
        ("/2024/05/Stone_Bridge.html", "posts/stone-bridge.md", "date: 2024-05-03T20:00:00Z".to_owned()),
        ("/essays/bridge/", "posts/2020.md", format!("{other}\nslug: bridge")),
        ("/essays/bridge/", "posts/x.md", format!("{other}\nurl: /essays/bridge/")),
        ("/essays/bridge.html", "posts/x.md", format!("{other}\npermalink: /essays/bridge.html")),
        ("/essays/bridge/", "posts/x.md", format!("{other}\naliases: [/essays/bridge]")),
        ("/salt/2024/05/03/bridge.html", "posts/2024-05-03-bridge.md", other.to_owned()),
        ("/%E7%9B%90%E4%BA%95/", "posts/盐井.md", other.to_owned()),
        ("/posts/bridge/", "posts/bridge.zh-cn.md", other.to_owned()),
        ("/essays/a-bridge-of-stone/", "posts/17.md", "date: 2024-05-03T12:00:00Z".to_owned()),
        ("/shelf/bridge/", "posts/x.md", format!("{other}\npath: shelf/bridge")),
    ] {
        let newsroom = moved_in(&[item(path, "原来的标题", "Fri, 03 May 2024 09:00:00 +0800")]);
        let title = if path.contains("stone/") { "A Bridge of Stone" } else { "改过的标题" };
        let ended = import(&newsroom, &[(name, post(title, &more))], &[]);
        assert_eq!(ended.out, "0 new, 1 edited, 0 unchanged, 0 left out\n", "{path} {name}: {}", ended.err);
        assert!(ended.err.contains("1 of 1 posts are known from the feed"), "{}", ended.err);
        assert_eq!(newsroom.entries(), 1);
        let again = newsroom.done(&["import", "--as", "markdown", "posts"]);
        assert_eq!(again.out, "0 new, 0 edited, 1 unchanged, 0 left out\n");
    }
}

#[test]
fn a_post_is_no_entry_of_another_year_or_of_another_folders_number() {
    for (path, name, more) in [
        ("/2024/05/notes/", "posts/notes.md", "date: 2019-05-01T00:00:00Z"),
        ("/2024/05/03/notes.html", "posts/2019-05-03-notes.md", ""),
        ("/roads/12/", "posts/12.md", "date: 2019-05-01T00:00:00Z"),
    ] {
        let newsroom = moved_in(&[item(path, "石桥修好了", "Fri, 03 May 2024 09:00:00 +0800")]);
        let ended = import(&newsroom, &[(name, post("另一篇", more))], &[]);
        assert_eq!(ended.out, "1 new, 0 edited, 0 unchanged, 0 left out\n", "{path} {name}: {}", ended.err);
    }
}

#[test]
fn a_post_is_an_entry_if_their_titles_agree_in_print_and_their_times_within_a_zone() {
    for (title, time) in [
        ("“The well’s” brine – and more…", "2024-05-03T09:00:00"),
        ("\"The well's\" brine -- and more...", "2024-05-03T09:00:00Z"),
        ("The well's  *brine* — and more…", "2024-05-03 23:00:00 +0800"),
    ] {
        let newsroom = moved_in(&[item(
            "/?p=12",
            "“The well’s” &lt;em&gt;brine&lt;/em&gt; – and more…",
            "Fri, 03 May 2024 09:00:00 +0800",
        )]);
        let text = format!("+++\ntitle = '''{title}'''\ndate = \"{time}\"\n+++\nA text.\n");
        let ended = import(&newsroom, &[("posts/brine.md", text)], &[]);
        assert_eq!(ended.out, "0 new, 1 edited, 0 unchanged, 0 left out\n", "{title}: {}", ended.err);
    }
    let newsroom = moved_in(&[item("/?p=12", "盐井日记", "Fri, 03 May 2024 09:00:00 +0800")]);
    let ended = import(&newsroom, &[("posts/a.md", post("盐井日记", "date: 2024-05-05T09:00:00Z"))], &["--confirm"]);
    assert_eq!(ended.out, "1 new, 0 edited, 0 unchanged, 0 left out\n", "{}", ended.err);
}

#[test]
fn of_several_entries_the_nearest_is_the_post_and_each_is_one_post() {
    let daily = |day: u32, hour: u32| {
        item(&format!("/?p={day}{hour}"), "盐场日报", &format!("Fri, {day:02} May 2024 {hour:02}:00:00 +0000"))
    };
    let newsroom = moved_in(&[daily(1, 8), daily(1, 18), daily(2, 8), daily(2, 18), daily(3, 8)]);
    let posts: Vec<(String, String)> = [(1, 8), (1, 18), (2, 8), (2, 18), (3, 8), (3, 18)]
        .into_iter()
        .map(|(day, hour)| {
            (format!("posts/{day}-{hour}.md"), post("盐场日报", &format!("date: 2024-05-{day:02} {hour:02}:00:00")))
        })
        .collect();
    let posts: Vec<(&str, String)> = posts.iter().map(|(name, text)| (name.as_str(), text.clone())).collect();
    let ended = import(&newsroom, &posts, &[]);
    assert_eq!(ended.out, "1 new, 5 edited, 0 unchanged, 0 left out\n", "{}", ended.err);
    assert!(ended.err.contains("5 of 6 posts are known"), "{}", ended.err);
    assert!(ended.err.contains("dates without a zone are read in UTC, as the feed shows (5 of them)"), "{}", ended.err);
    let feed = newsroom.exported("feed.atom");
    assert!(
        feed.contains("<published>2024-05-04T02:00:00+08:00</published>"),
        "the new one is read in UTC, too: {feed}"
    );
}

#[test]
fn a_post_that_may_be_either_of_two_entries_is_left_out_and_named() {
    let newsroom = moved_in(&[
        item("/?p=1", "盐井通告", "Fri, 03 May 2024 08:00:00 +0000"),
        item("/?p=2", "盐井通告", "Fri, 03 May 2024 10:00:00 +0000"),
    ]);
    let ended = import(&newsroom, &[("posts/a.md", post("盐井通告", "date: 2024-05-03T09:00:00Z"))], &[]);
    assert_eq!(ended.code, Some(1));
    let said = "posts/a.md:1: \"盐井通告\": may be the feed's \"https://old.example/?p=1\" (\"盐井通告\") or \
                \"https://old.example/?p=2\" (\"盐井通告\"), and nothing tells which";
    assert!(ended.err.contains(said) && ended.err.contains("--confirm"), "{}", ended.err);
    assert_eq!(newsroom.entries(), 2);
    let confirmed = newsroom.call(&["import", "--confirm", "--as", "markdown", "posts"]);
    assert_eq!(confirmed.out, "1 new, 0 edited, 0 unchanged, 0 left out\n");
}

/// What happened to the only entry of a feed, of this path and title, when a post came, of this name, title and front
/// matter: the words of the summary.
fn outcome(path: &str, title: &str, (name, other, more): (&str, &str, &str)) -> String {
    let newsroom = moved_in(&[item(path, title, "Fri, 03 May 2024 09:00:00 +0800")]);
    let ended = import(&newsroom, &[(name, post(other, more))], &[]);
    format!("{}{}", ended.out, ended.err)
}

#[test]
fn no_article_is_overwritten_by_the_text_of_another_one() {
    let long_ago = "date: 2019-03-01T00:00:00Z";
    for (path, post) in [
        ("/essays/summary/", ("posts/w31.md", "Summary", long_ago)),
        ("/index.php?id=12", ("posts/x.md", "Index", long_ago)),
        ("/roads/12/", ("posts/12.md", "第十二期", "")),
        ("/posts/week-1-11/", ("posts/week-11-1.md", "另一周", long_ago)),
    ] {
        let told = outcome(path, "石桥修好了", post);
        assert!(told.starts_with("1 new, 0 edited"), "{path}: {told}");
    }
    // The name is the same, and nothing else is.
    let told = outcome("/projects/bridge/", "石桥工程专题", ("posts/bridge.md", "石桥塌了", long_ago));
    assert!(told.contains("0 new, 0 edited, 0 unchanged, 1 left out"), "{told}");
    assert!(told.contains("but neither title nor time do; its slug or url can tell"), "{told}");
    // At the root of the site the name is all; it is said what was taken for what.
    let told = outcome("/about/", "关于", ("posts/about.md", "另一篇", long_ago));
    assert!(
        told.contains("1 edited") && told.contains("is taken for the feed's \"https://old.example/about/\" (\"关于\")"),
        "{told}"
    );
}

#[test]
fn entries_with_one_link_or_of_one_page_are_told_apart() {
    let entry = |title: &str, guid: &str, link: &str, date: &str| {
        format!("<item><title>{title}</title><link>{link}</link><guid isPermaLink=\"false\">{guid}</guid>{date}</item>")
    };
    let date = |day: u32| format!("<pubDate>{day} May 2024 09:00:00 GMT</pubDate>");
    let page = "https://old.example/changes/";
    for (first, second) in [
        (
            entry("Version 1", "https://old.example/changes/#v1", page, &date(3)),
            entry("Version 2", "https://old.example/changes/#v2", page, &date(10)),
        ),
        (entry("Episode 1", "ep1", page, ""), entry("Episode 2", "ep2", page, "")),
        (entry("Episode 1", "ep1", page, &date(3)), entry("Episode 2", "ep2", page, &date(3))),
        (entry("Daily", "d1", page, &date(3)), entry("Daily", "d2", page, &date(4))),
    ] {
        let newsroom = moved_in(std::slice::from_ref(&first));
        newsroom.write("next.xml", &feed(&[second, first]));
        let ended = newsroom.call(&["import", "--as", "feed", "next.xml"]);
        assert_eq!(ended.out, "1 new, 0 edited, 1 unchanged, 0 left out\n", "{}", ended.err);
    }
}

#[test]
fn a_draft_keeps_others_from_its_entry_and_is_left_out() {
    let newsroom = moved_in(&[item("/a/summary/", "甲总结", "Fri, 03 May 2024 09:00:00 +0800")]);
    let posts = [
        ("posts/a/summary.md", post("甲总结", "date: 2024-05-03T09:00:00+08:00\ndraft: true")),
        ("posts/b/summary.md", post("乙总结", "date: 2026-05-03T09:00:00+08:00")),
    ];
    let ended = import(&newsroom, &posts, &[]);
    assert_eq!(ended.out, "1 new, 0 edited, 0 unchanged, 1 left out\n", "{}", ended.err);
    assert!(newsroom.exported("feed.atom").contains("甲总结"));
}

#[test]
fn posts_in_several_languages_are_the_entries_of_theirs() {
    let time = "Fri, 03 May 2024 09:00:00 +0800";
    let posts = [
        ("posts/phone.zh-cn.md", post("iPhone 15", "date: 2024-05-03T09:00:00+08:00")),
        ("posts/phone.en.md", post("iPhone 15", "date: 2024-05-03T09:00:00+08:00")),
    ];
    let both = moved_in(&[item("/posts/phone/", "iPhone 15", time), item("/en/posts/phone/", "iPhone 15", time)]);
    let ended = import(&both, &posts, &[]);
    assert_eq!(ended.out, "0 new, 2 edited, 0 unchanged, 0 left out\n", "{}", ended.err);
    let only = moved_in(&[item("/posts/phone/", "iPhone 15", time)]);
    let ended = import(&only, &posts, &["--confirm"]);
    assert_eq!(ended.out, "1 new, 1 edited, 0 unchanged, 0 left out\n", "{}", ended.err);
}

#[test]
fn a_column_of_one_title_goes_on_day_after_day() {
    let daily = |day: u32| item(&format!("/?p={day}"), "盐场日报", &format!("{day} May 2024 09:00:00 +0000"));
    let newsroom = moved_in(&[daily(1), daily(2), daily(3)]);
    newsroom.write("next.xml", &feed(&[daily(2), daily(3), daily(4)]));
    let ended = newsroom.done(&["import", "--as", "feed", "next.xml"]);
    assert_eq!(ended.out, "1 new, 0 edited, 2 unchanged, 0 left out\n");
    let column = |day: u32| post("盐场日报", &format!("date: 2024-05-{day:02}T09:00:00Z"));
    import(&newsroom, &[("posts/1.md", column(1)), ("posts/2.md", column(2)), ("posts/3.md", column(3))], &[]);
    let ended = import(&newsroom, &[("posts/4.md", column(4)), ("posts/5.md", column(5))], &[]);
    assert_eq!(ended.out, "1 new, 1 edited, 3 unchanged, 0 left out\n", "{}", ended.err);
    assert!(ended.err.contains("4 of 5 posts are known from the feed"), "{}", ended.err);
    newsroom.write("evening.md", &post("盐场日报", "date: 2024-05-05T18:00:00Z"));
    newsroom.write("evening.xml", &feed(&[item("/?p=6", "盐场日报", "4 May 2024 18:00:00 +0000")]));
    for file in ["evening.md", "evening.xml"] {
        assert_eq!(newsroom.done(&["import", file]).out, "1 new, 0 edited, 0 unchanged, 0 left out\n", "{file}");
    }
}

#[test]
fn a_feed_and_its_posts_may_come_in_one_command_and_a_feed_behind_its_posts_is_refused() {
    let newsroom = Newsroom::new();
    newsroom
        .write("http.xml", &feed(&[item("/?p=1", "石桥修好了", "3 May 2024 09:00:00 +0800")]).replace("https", "http"));
    newsroom.write("https.xml", &feed(&[item("/?p=1", "石桥修好了", "3 May 2024 09:00:00 +0800")]));
    newsroom.write("posts/bridge.md", &post("石桥修好了", "date: 2024-05-03T09:00:00+08:00"));
    let ended = newsroom.done(&["import", "posts/bridge.md", "http.xml", "https.xml"]);
    assert_eq!(ended.out, "1 new, 2 edited, 0 unchanged, 0 left out\n", "{}", ended.err);
    let behind = Newsroom::new();
    behind.write("https.xml", &feed(&[item("/?p=1", "石桥修好了", "3 May 2024 09:00:00 +0800")]));
    behind.write("posts/bridge.md", &post("石桥修好了", "date: 2024-05-03T09:00:00+08:00"));
    behind.done(&["import", "posts"]);
    let ended = behind.call(&["import", "https.xml"]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""));
    assert!(ended.err.contains("1 title would stand twice"), "{}", ended.err);
}

#[test]
fn what_the_feed_shows_of_the_zone_holds_for_later_imports_and_what_it_does_not_is_said() {
    let newsroom = moved_in(&[item("/posts/bridge/", "石桥修好了", "3 May 2024 09:00:00 +0000")]);
    import(&newsroom, &[("posts/bridge.md", post("石桥修好了", "date: 2024-05-03 09:00:00"))], &[]);
    let ended = import(&newsroom, &[("posts/new.md", post("新的一篇", "date: 2024-06-01 09:00:00"))], &[]);
    assert!(ended.err.contains("dates without a zone are read in UTC, as the feed shows (1 of them)"), "{}", ended.err);
    assert!(newsroom.exported("feed.atom").contains("<published>2024-06-01T17:00:00+08:00</published>"));
    let said = import(
        &newsroom,
        &[("posts/more.md", post("再一篇", "date: 2024-06-02 09:00:00"))],
        &["--dates-in", "Asia/Tokyo"],
    );
    assert!(
        said.err
            .contains("the feed shows (1 of them) that dates without a zone are meant in UTC, and not in Asia/Tokyo"),
        "{}",
        said.err
    );
    let alone = newsroom.call(&["import", "--as", "markdown", "--source", "local", "alone.md"]);
    assert_ne!(alone.code, Some(0));
    newsroom.write("alone.md", &post("单独一篇", "date: 2024-06-03 09:00:00"));
    let alone = newsroom.done(&["import", "alone.md"]);
    assert!(alone.err.contains("1 new without a zone in their dates, read in Asia/Shanghai"), "{}", alone.err);
    let wrong = newsroom.call(&["import", "--dates-in", "Mars", "alone.md"]);
    assert!(wrong.err.contains("no time zone is called so; names are such as UTC, Asia/Shanghai"), "{}", wrong.err);
}

#[test]
fn an_import_that_would_double_more_than_a_tenth_of_its_titles_wants_a_word() {
    let time = "Fri, 03 May 2024 09:00:00 +0800";
    let items: Vec<String> = (0..10).map(|n| item(&format!("/?p={n}"), &format!("第 {n} 口盐井"), time)).collect();
    let newsroom = moved_in(&items);
    let posts: Vec<(String, String)> = (0..10)
        .map(|n| {
            let date = if n < 2 { "2023-05-03T09:00:00+08:00" } else { "2024-05-03T09:00:00+08:00" };
            (format!("posts/{n}x.md"), post(&format!("第 {n} 口盐井"), &format!("date: {date}")))
        })
        .collect();
    let posts: Vec<(&str, String)> = posts.iter().map(|(name, text)| (name.as_str(), text.clone())).collect();
    let refused = import(&newsroom, &posts, &[]);
    assert_eq!((refused.code, refused.out.as_str()), (Some(1), ""));
    for said in [
        "8 of 10 posts are known",
        "2 titles would stand twice",
        "posts/0x.md:1: \"第 0 口盐井\" stands at https://old.example/?p=0, too",
        "--confirm",
    ] {
        assert!(refused.err.contains(said), "{said}: {}", refused.err);
    }
    assert_eq!(newsroom.entries(), 10);
    assert_eq!(newsroom.done(&["imports"]).out.lines().count(), 1, "what was refused is no import");
    let confirmed = newsroom.done(&["import", "--as", "markdown", "--confirm", "posts"]);
    assert_eq!(confirmed.out, "2 new, 8 edited, 0 unchanged, 0 left out\n");
}

#[test]
fn a_dry_run_of_any_kind_tells_what_would_become_of_everything_and_writes_nothing() {
    let newsroom = moved_in(&[item("/posts/bridge/", "石桥修好了", "Fri, 03 May 2024 09:00:00 +0800")]);
    let feeds = newsroom.done(&["feeds"]).out;
    let posts = [
        ("posts/bridge.md", post("石桥修好了", "date: 2024-05-03T09:00:00+08:00")),
        ("posts/well.md", post("大安盐井", "date: 2024-05-04T09:00:00+08:00")),
        ("posts/well2.md", post("大安 盐井", "date: 2024-05-04T09:30:00+08:00")),
        ("posts/later.md", post("以后的盐井", "date: 2099-05-04T09:00:00+08:00")),
        ("posts/draft.md", post("草稿", "draft: true")),
    ];
    let told = import(&newsroom, &posts, &["--dry-run"]);
    assert_eq!(told.code, Some(2), "{}", told.err);
    let lines: Vec<&str> = told.out.lines().collect();
    assert_eq!(lines.last(), Some(&"would be: 3 new (1 under embargo), 1 edited, 0 unchanged, 1 left out"));
    for line in [
        "edited\t2024-05-03T01:00:00Z\t石桥修好了\t",
        "new\t2024-05-04T01:00:00Z\t大安盐井\tdaan\tsalt\tposts/well.md:1",
        "embargo\t2099-05-04T01:00:00Z\t以后的盐井\t",
    ] {
        assert!(lines.iter().any(|told| told.starts_with(line)), "{line}: {}", told.out);
    }
    for said in
        ["1 of 4 posts are known", "2 titles would stand twice", "posts/well2.md:1", "posts/draft.md:1: \"草稿\""]
    {
        assert!(told.err.contains(said), "{said}: {}", told.err);
    }
    newsroom.write("a.jsonl", "{\"id\":\"1\",\"title\":\"沿滩的橙子\"}\n");
    newsroom.write("a.txt", "自流井的灯\n\n一段。\n");
    for (file, out) in [("a.jsonl", "new\t"), ("a.txt", "new\t"), ("rss.xml", "would be: 0 new, 0 edited, 1 unchanged")]
    {
        let told = newsroom.call(&["import", "--dry-run", file]);
        assert!(told.out.starts_with(out), "{file}: {} {}", told.out, told.err);
    }
    assert_eq!(newsroom.done(&["feeds"]).out, feeds);
    assert_eq!(newsroom.done(&["imports"]).out.lines().count(), 1);
}

#[test]
fn entries_of_another_feed_or_export_are_the_same_under_http_and_https_and_by_number() {
    let time = "Fri, 03 May 2024 01:00:00 +0000";
    let newsroom = moved_in(&[
        item("/?p=12", "石桥修好了", time),
        item("/2024/05/well/", "大安盐井", time),
        item("/live/", "灯会直播", time),
    ]);
    newsroom.write("secure.xml", &feed(&[item("/?p=12", "石桥修好了（新）", time)]).replace("https://", "http://"));
    let again = newsroom.call(&["import", "--as", "feed", "secure.xml"]);
    assert_eq!(again.out, "0 new, 1 edited, 0 unchanged, 0 left out\n", "{}", again.err);
    let post = |number: u32, guid: &str, link: &str, title: &str, time: &str| {
        format!(
            "<item><title>{title}</title><link>http://old.example{link}</link>\
             <guid isPermaLink=\"false\">http://old.example{guid}</guid><content:encoded><![CDATA[<p>全文。</p>]]></content:encoded>\
             <wp:post_id>{number}</wp:post_id><wp:post_date_gmt>2024-05-03 {time}</wp:post_date_gmt>\
             <wp:status>publish</wp:status><wp:post_type>post</wp:post_type></item>"
        )
    };
    let posts = [
        // Its guid is of an older address still.
        post(12, "/archive/12", "/2024/05/bridge/", "石桥修好了", "01:00:00"),
        post(13, "/?p=13", "/2024/05/well/", "大安盐井", "01:00:00"),
        post(14, "/?p=14", "/live/", "另一场灯会", "03:00:00"),
    ];
    let export = feed(&posts).replace(
        "<rss version=\"2.0\">",
        "<rss version=\"2.0\" xmlns:wp=\"http://wordpress.org/export/1.2/\" \
         xmlns:content=\"http://purl.org/rss/1.0/modules/content/\">",
    );
    newsroom.write("export.xml", &export);
    let ended = newsroom.call(&["import", "--as", "feed", "export.xml"]);
    assert_eq!(ended.out, "1 new, 2 edited, 0 unchanged, 0 left out\n", "{}", ended.err);
    let feed = newsroom.exported("feed.atom");
    assert_eq!(feed.matches("<entry>").count(), 4);
    assert!(
        feed.contains("<id>https://old.example/?p=12</id>")
            && feed.contains("<id>https://old.example/2024/05/well/</id>")
    );
    let again = newsroom.call(&["import", "--as", "feed", "export.xml"]);
    assert_eq!(again.out, "0 new, 0 edited, 3 unchanged, 0 left out\n", "{}", again.err);
}

#[test]
fn imports_are_listed_with_their_revisions() {
    let newsroom = moved_in(&[item("/posts/bridge/", "石桥修好了", "Fri, 03 May 2024 09:00:00 +0800")]);
    import(&newsroom, &[("posts/well.md", post("大安盐井", "date: 2024-05-04T09:00:00+08:00"))], &["--source", "desk"]);
    newsroom.call(&["import", "rss.xml"]);
    let listed = newsroom.done(&["imports"]).out;
    let lines: Vec<Vec<&str>> = listed.lines().map(|line| line.split('\t').collect()).collect();
    let told: Vec<[&str; 5]> = lines.iter().map(|line| [line[0], line[2], line[3], line[4], line[5]]).collect();
    assert_eq!(
        told,
        [
            ["1", "local", "rss.xml", "2-2", "1 new, 0 edited, 0 unchanged, 0 left out"],
            ["2", "desk", "posts", "3-3", "1 new, 0 edited, 0 unchanged, 0 left out"],
            ["3", "local", "rss.xml", "none", "0 new, 0 edited, 1 unchanged, 0 left out"],
        ]
    );
}
