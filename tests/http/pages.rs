//! Pages for people over a socket: what they lead to, in which language, what machines read in them, and when they are
//! made again.
//!
//! Knows nothing of how they look: `tests/browser` opens them.

use wellhead::article::Time;

use crate::support::line;
use crate::support::served::{Served, another, first_page};

/// What is at a path.
fn read(served: &Served, path: &str) -> String {
    served.get(path, &[]).text().to_owned()
}

/// The values of an attribute in all elements that begin like this.
fn values(text: &str, element: &str, attribute: &str) -> Vec<String> {
    let value = |tag: &str| {
        let tag = tag.split('>').next().unwrap_or_default();
        let rest = tag.split_once(&format!(" {attribute}=\""))?.1;
        Some(rest.split('"').next().unwrap_or_default().to_owned())
    };
    text.split(element).skip(1).filter_map(value).collect()
}

/// How many representations the server has made so far.
fn builds(served: &Served) -> u64 {
    served.app().site.meters().builds.get_sample_count()
}

fn dated(id: &str, title: &str, hour: u32) -> String {
    line(id, title, &format!("\"text\":\"正文\",\"published\":\"2026-11-23T{hour:02}:00:00+08:00\""))
}

#[test]
fn each_page_is_there_in_both_languages_and_each_names_the_other() {
    let served = Served::start();
    for path in ["/", "/districts/daan", "/districts/daan/topics/salt", "/districts/daan+yantan", &first_page()] {
        for (prefix, lang, other) in [("", "zh-CN", "/en"), ("/en", "en", "")] {
            let page = served.get(&format!("{prefix}{path}"), &[]);
            assert_eq!((page.status, page.header("set-cookie")), (200, None), "{prefix}{path}");
            let page = page.text();
            assert!(page.contains(&format!("<html lang=\"{lang}\">")), "{prefix}{path}: {page}");
            let hreflang = values(page, "<link rel=\"alternate\" hreflang", "href");
            let [own, english] = ["", "/en"].map(|prefix| format!("https://news.example{prefix}{path}"));
            assert_eq!(hreflang, [own.clone(), english, own], "with what is meant for everybody else");
            assert_eq!(
                values(page, "<link rel=\"canonical\"", "href"),
                [format!("https://news.example{prefix}{path}")]
            );
            assert!(page.contains(&format!("<a href=\"{other}{path}\" hreflang=")), "{prefix}{path}: {page}");
        }
    }
}

#[test]
fn an_address_that_is_almost_a_page_s_leads_to_it() {
    let served = Served::start();
    for (asked, page) in [
        ("/en", "/en/"),
        ("/districts/daan/", "/districts/daan"),
        ("/Districts/DaAn", "/districts/daan"),
        ("/en/districts/yantan+daan", "/en/districts/daan+yantan"),
        // The site speaks Chinese by itself.
        ("/zh/", "/"),
        ("/zh/districts/daan", "/districts/daan"),
    ] {
        let moved = served.get(asked, &[]);
        assert_eq!((moved.status, moved.expect("location")), (308, &*format!("https://news.example{page}")), "{asked}");
    }
}

#[test]
fn each_page_offers_its_own_feeds_the_best_first_under_different_names() {
    let served = Served::start();
    let mut all_titles = Vec::new();
    for (page, feed) in [
        ("/", "/feed"),
        ("/districts/daan", "/districts/daan"),
        ("/en/districts/daan/topics/salt", "/districts/daan/topics/salt"),
        ("/districts/daan+yantan", "/districts/daan+yantan"),
        (&first_page(), "/feed"),
    ] {
        let page = read(&served, page);
        let found = values(&page, "<link rel=\"alternate\" type=\"application/", "href");
        assert_eq!(found[..3], ["atom", "rss", "json"].map(|format| format!("{feed}.{format}")), "{page}");
        all_titles.push(values(&page, "<link rel=\"alternate\" type=\"application/atom", "title").remove(0));
        for feed in &found {
            assert_eq!(served.get(feed, &[]).status, 200, "{feed}");
        }
    }
    // The last is the article's, which offers the feed of everything as the first does.
    let different: std::collections::BTreeSet<&String> = all_titles.iter().collect();
    assert_eq!(different.len(), 4, "{all_titles:?}");
    let of_article = values(&read(&served, &first_page()), "<link rel=\"alternate\" type=\"application/", "href");
    assert_eq!(of_article[3..], ["/districts/daan.atom", "/topics/salt.atom"], "an article's own feeds");
}

#[test]
fn the_index_counts_the_last_month_by_district_and_topic() {
    let served = Served::start();
    let old = line("old", "大安盐井旧事", "\"published\":\"2026-09-01T08:00:00+08:00\"");
    served.import(&(another("second") + &dated("here", "沿滩看灯", 9) + &old));
    served.refresh();
    let page = read(&served, "/");
    for label in ["大安区 · 盐业：2篇", "沿滩区 · 盐业：0篇", "沿滩区：1篇", "全部：3篇"] {
        assert!(page.contains(&format!("aria-label=\"{label}\"")), "{label}: {page}");
    }
    assert!(read(&served, "/en/").contains("aria-label=\"大安区 · 盐业: 2 articles\""));
}

#[test]
fn a_feed_s_page_is_made_again_only_if_something_in_the_feed_is_touched() {
    let served = Served::start();
    served.import(&dated("here", "沿滩看灯", 9));
    served.refresh();
    let get = |path: &str| read(&served, path);
    let before = get("/districts/yantan");
    let made = builds(&served);
    served.import(&another("elsewhere"));
    served.refresh();
    assert_eq!((get("/districts/yantan"), builds(&served)), (before.clone(), made), "nothing there has changed");
    served.import(&dated("here", "沿滩看花灯", 9));
    served.refresh();
    assert!(get("/districts/yantan").contains("沿滩看花灯") && !before.contains("花灯"), "a silent edit shows");
    assert_eq!(builds(&served), made + 1);
}

#[test]
fn an_article_s_page_shows_what_stands_beside_it_and_is_made_again_only_for_that() {
    let served = Served::start();
    for (id, hour) in [("second", 9), ("third", 10)] {
        served.import(&dated(id, &format!("大安盐井 {id}"), hour));
    }
    served.refresh();
    let get = || read(&served, &first_page());
    let before = get();
    assert!(before.contains("大安盐井 second") && !before.contains("大安盐井 third"), "{before}");
    let made = builds(&served);
    served.import(&dated("fourth", "大安盐井 fourth", 11));
    served.refresh();
    assert_eq!((get(), builds(&served)), (before, made), "nothing beside it has changed");
    served.withdraw("second", "数字有误");
    served.refresh();
    let after = get();
    assert!(
        after.contains("大安盐井 third") && !after.contains("大安盐井 second"),
        "what is withdrawn is passed over: {after}"
    );
    assert_eq!(builds(&served), made + 1);
}

#[test]
fn an_article_s_page_is_made_again_if_what_stood_at_the_end_beside_it_leaves() {
    let served = Served::start();
    let labelled = |id: &str, hour: u32, district: &str| {
        let labels = format!(
            "\"text\":\"正文\",\"districts\":[\"{district}\"],\"published\":\"2026-11-23T{hour:02}:00:00+08:00\""
        );
        line(id, &format!("沿滩 {id}"), &labels)
    };
    served.import(&labelled("old", 9, "yantan"));
    served.import(&labelled("between", 10, "daan"));
    served.import(&labelled("new", 11, "yantan"));
    served.refresh();
    let page = wellhead::resource::Resource::article(wellhead::article::Key::derive("local", "new")).path();
    assert!(read(&served, &page).contains("沿滩 old"));
    served.import(&labelled("old", 9, "daan"));
    served.refresh();
    let after = read(&served, &page);
    assert!(!after.contains("沿滩 old") && after.contains("沿滩 between"), "{after}");
}

#[test]
fn days_begin_at_midnight_in_the_newsroom() {
    let served = Served::start();
    let early = "\"text\":\"正文\",\"published\":\"2026-12-01T01:00:00+08:00\"";
    served.set_clock(1_796_100_000);
    served.import(&line("early", "大安盐井早晨", early));
    served.refresh();
    let page = read(&served, "/en/districts/daan");
    assert!(
        page.contains("in the year up to 1 December 2026; the busiest week, with 1, began on 23 November 2026"),
        "{page}"
    );
    assert!(page.contains("<th scope=\"row\">December 2026</th><td>1</td>"), "{page}");
}

#[test]
fn a_combination_does_not_claim_to_have_counted_each_article_once() {
    let served = Served::start();
    served.import(&line("both", "大安和沿滩", "\"text\":\"正文\",\"published\":\"2026-11-23T10:00:00+08:00\""));
    served.refresh();
    let page = read(&served, "/en/districts/daan+yantan");
    assert!(page.contains("The parts added up: 3 articles") && page.contains("counts in each"), "{page}");
    assert!(page.contains("noindex"), "{page}");
    assert!(!read(&served, "/districts/daan").contains("noindex"));
}

#[test]
fn whoever_follows_a_feed_s_link_comes_back_to_a_page_in_the_same_language() {
    let served = Served::start();
    for (referer, page) in [
        ("Referer: https://news.example/en/districts/daan", "/en/districts/daan"),
        ("Referer: https://news.example/districts/daan", "/districts/daan"),
        ("Referer: https://elsewhere.example/", "/districts/daan"),
        ("Referer: english", "/districts/daan"),
    ] {
        let seen = served.get("/districts/daan.atom", &["Sec-Fetch-Dest: document", referer]);
        assert_eq!((seen.status, seen.expect("location")), (303, page), "{referer}");
    }
}

#[test]
fn an_article_that_was_at_an_address_like_an_archive_page_s_is_still_found() {
    let served = Served::start();
    let was =
        "\"text\":\"正文\",\"url\":\"https://news.example/archive/1234\",\"published\":\"2026-11-23T10:00:00+08:00\"";
    served.import(&line("was", "大安盐井", was));
    served.refresh();
    let moved = served.get("/archive/1234", &[]);
    assert_eq!(moved.status, 308);
    assert!(moved.expect("location").starts_with("https://news.example/articles/"));
}

#[test]
fn the_page_of_a_withdrawn_article_says_so_and_leads_on() {
    let served = Served::start();
    served.import(&another("second"));
    served.withdraw("first", "数字有误 <见更正>。");
    served.refresh();
    for (prefix, said) in [("", "此文已撤回"), ("/en", "This article has been withdrawn")] {
        let page = served.get(&format!("{prefix}{}", first_page()), &[]);
        assert_eq!(page.status, 410);
        let page = page.text();
        assert!(page.contains(said) && page.contains("数字有误 &lt;见更正&gt;。"), "{page}");
        assert!(!page.contains("冒了泡") && page.contains("大安盐井 second"), "{page}");
        assert!(page.contains(&format!("href=\"{prefix}/districts/daan\"")), "{page}");
    }
}

#[test]
fn an_article_s_page_is_read_by_machines() {
    let served = Served::start();
    let more = "\"html\":\"<p>卤水</p>\",\"published\":\"2026-11-23T10:00:00+08:00\",\
                \"updated\":\"2026-11-23T11:00:00+08:00\",\"note\":\"更正<井深>\",\"language\":\"en\",\
                \"authors\":[{\"name\":\"李老师\"}],\"tags\":[\"灯会\"]";
    served.import(&line("rich", "大安盐井 & salt", more));
    served.refresh();
    let path = wellhead::resource::Resource::article(wellhead::article::Key::derive("local", "rich")).path();
    let page = read(&served, &path);
    for part in [
        "itemtype=\"https://schema.org/NewsArticle\"",
        "itemprop=\"headline\" lang=\"en\"",
        "itemprop=\"datePublished\" datetime=\"2026-11-23T10:00:00+08:00\"",
        "itemprop=\"dateModified\" datetime=\"2026-11-23T11:00:00+08:00\"",
        "<meta property=\"og:type\" content=\"article\">",
        "<meta property=\"article:section\" content=\"大安区\">",
        "class=\"p-author h-card\"",
        "class=\"e-content\"",
        "<strong>更正</strong>",
        "灯会",
    ] {
        assert!(page.contains(part), "{part} is not in {page}");
    }
    assert_eq!(
        page.matches("更正&#60;井深&#62;").count() + page.matches("更正&lt;井深&gt;").count(),
        1,
        "once: {page}"
    );
}

#[test]
fn archives_are_there_for_people_and_lead_from_one_to_the_next() {
    let served = Served::start();
    let more: String = (0..119).map(|n| another(&format!("n{n}"))).collect();
    served.import(&more);
    served.refresh();
    let get = |path: &str| read(&served, path);
    let feed = get("/districts/daan");
    assert!(feed.contains("href=\"/districts/daan/archive/2\"") && feed.contains("href=\"/districts/daan/archive/1\""));
    let (second, first) = (get("/districts/daan/archive/2"), get("/districts/daan/archive/1"));
    assert_eq!(second.matches("h-entry").count(), 50);
    assert!(second.contains("rel=\"prev\" href=\"/districts/daan/archive/1\""), "{second}");
    assert!(first.contains("rel=\"next\" href=\"/districts/daan/archive/2\""), "{first}");
    let made = builds(&served);
    served.import(&another("new"));
    served.refresh();
    assert_eq!((get("/districts/daan/archive/1"), builds(&served)), (first, made));
}

#[test]
fn before_there_are_archives_a_feed_s_page_leads_to_every_article() {
    let served = Served::start();
    let more: String = (0..98).map(|n| another(&format!("n{n}"))).collect();
    served.import(&more);
    served.refresh();
    let page = read(&served, "/districts/daan");
    assert_eq!(page.matches("class=\"h-entry\"").count(), 99);
    assert!(page.len() < 60_000 && read(&served, "/").len() < 60_000);
}

#[test]
fn where_there_is_nothing_a_page_proposes_what_was_meant() {
    let served = Served::start();
    let missing = served.get("/districts/da-an/salt", &[]);
    assert_eq!(missing.status, 404);
    let page = missing.text();
    assert!(page.contains("href=\"/districts/daan/topics/salt\"") && page.contains("noindex"), "{page}");
    let english = read(&served, "/en/topic/salt");
    assert!(english.contains("<html lang=\"en\">") && english.contains("href=\"/en/topics/salt\""), "{english}");
    // Readers that have lost their feed, and scanners, are told in a line; whoever navigates there is helped.
    for path in ["/districts/da-an.atom", "/wp-login.php"] {
        assert_eq!(served.get(path, &[]).expect("content-type"), "text/plain; charset=utf-8", "{path}");
    }
    let navigates = served.get("/districts/da-an.atom", &["Sec-Fetch-Dest: document"]);
    assert!(navigates.status == 404 && navigates.text().contains("href=\"/districts/daan\""));
    let hostile = read(&served, "/%3Cscript%3Ealert(1)%3C/script%3E");
    assert!(!hostile.contains("alert(1)"), "an address is never repeated");
}

#[test]
fn search_engines_are_told_of_what_is_to_be_read_here() {
    let served = Served::start();
    let elsewhere = "\"url\":\"https://other.example/a\",\"published\":\"2026-11-23T10:00:00+08:00\"";
    let old = line("old", "大安盐井旧事", "\"published\":\"2026-11-21T08:59:00+08:00\"");
    served.import(&(another("second") + &another("third") + &line("elsewhere", "大安盐井 B", elsewhere) + &old));
    served.withdraw("third", "");
    served.refresh();
    let robots = read(&served, "/robots.txt");
    assert!(robots.contains("Sitemap: https://news.example/sitemap.xml\n"), "{robots}");
    let count = |path: &str| {
        let sitemap = served.get(path, &[]);
        assert_eq!((sitemap.status, sitemap.expect("content-type")), (200, "application/xml; charset=utf-8"), "{path}");
        sitemap.text().matches("/articles/").count()
    };
    // Not the one that lives elsewhere, and not the one that was withdrawn.
    assert_eq!(count("/sitemap.xml"), 3);
    assert_eq!(count("/sitemaps/1.xml"), 3);
    assert_eq!(count("/sitemaps/feeds.xml"), 0);
    assert_eq!(count("/news-sitemap.xml"), 2);
    // Two days later to the hour, they are news no more.
    served.set_clock(Time::parse("2026-11-25T07:59:59+08:00").expect("a time").0);
    assert_eq!(count("/news-sitemap.xml"), 2);
    served.set_clock(Time::parse("2026-11-25T09:00:00+08:00").expect("a time").0);
    assert_eq!(count("/news-sitemap.xml"), 0);
    for path in ["/sitemaps/0.xml", "/sitemaps/2.xml", "/sitemaps/01.xml"] {
        assert_eq!(served.get(path, &[]).status, 404, "{path}");
    }
}
