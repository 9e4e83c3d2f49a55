//! Addresses at which feeds were before, and feeds that end.

use wellhead::article::{Key, Time};
use wellhead::reclassify;

use super::definitions::with;
use crate::support::served::{NOW, Served};

const SALT: &str = "topics/salt.toml";

/// The tests' topic of salt with these further keys.
fn salt(more: &str) -> String {
    format!("title = \"盐业\"\n{more}\n[terms]\n\"盐井\" = 3\n\"卤水\" = 3\n")
}

/// A day as definitions write it, so many days after the tests' clock, whose day is 2026-11-24 in the newsroom.
const TODAY: &str = "2026-11-24";
const DAY: i64 = 86_400;

#[test]
fn an_alias_serves_the_same_bytes_and_names_the_address_of_today() {
    let served = Served::start();
    let aliases = "aliases = [\"/category/salt/feed/\", \"/category/盐/feed/atom/\", \"/?feed=json&cat=3\"]";
    served.renew(with(SALT, Some(&salt(aliases))));
    for (alias, canonical) in [
        ("/category/salt/feed/", "/topics/salt.rss"),
        ("/category/salt/feed", "/topics/salt.rss"),
        ("/category/salt/feed/?_=123", "/topics/salt.rss"),
        ("/category/%E7%9B%90/feed/atom/", "/topics/salt.atom"),
        ("/category/%e7%9b%90/feed/atom", "/topics/salt.atom"),
        ("//Category//%73alt/FEED/", "/topics/salt.rss"),
        ("/?feed=json&cat=3", "/topics/salt.json"),
    ] {
        let (old, new) = (served.get(alias, &[]), served.get(canonical, &[]));
        assert_eq!((old.status, &old.body), (200, &new.body), "{alias}");
        assert_eq!(old.header("content-location"), Some(canonical), "{alias}");
        assert_eq!(new.header("content-location"), None);
        for name in ["etag", "last-modified", "content-type", "cache-control", "vary"] {
            assert_eq!(old.header(name), new.header(name), "{alias}: {name}");
        }
        assert!(old.text().contains(&format!("https://news.example{canonical}")), "{alias} names itself");
        let again = served.get(alias, &[&format!("If-None-Match: {}", old.expect("etag"))]);
        assert_eq!((again.status, again.header("content-location")), (304, Some(canonical)), "{alias}");
    }
    assert_eq!(served.get("/", &[]).expect("content-type"), "text/html; charset=utf-8");
    assert_eq!(served.get("/category/salt", &[]).status, 404);
}

#[test]
fn an_alias_of_the_site_leads_to_everything_and_beats_a_guess() {
    let served = Served::start();
    let site = format!("aliases = [\"/wp/feed/\", \"/topics/brine.atom\"]\n{}", crate::support::DEFINITIONS[0].1);
    served.renew(with("site.toml", Some(&site)));
    assert_eq!(served.get("/wp/feed/", &[]).header("content-location"), Some("/feed.rss"));
    assert_eq!(served.get("/topics/brine.atom", &[]).header("content-location"), Some("/feed.atom"));
    assert_eq!(served.get("/feed", &[]).header("content-location"), Some("/feed.rss"));
}

#[test]
fn a_renamed_feed_keeps_its_addresses_and_its_readers() {
    let served = Served::start();
    let before = served.get("/topics/salt.atom", &[]);
    served.renew_without(SALT, ("topics/brine.toml", &salt("formerly = [\"salt\"]")));
    let store = served.other_store();
    let moved = reclassify::reclassify(served.app().site.set(), &store, "test", &|| Time(NOW + 10));
    assert_eq!(moved.expect("the store answers"), 1);
    served.refresh();
    let tag = format!("If-None-Match: {}", before.expect("etag"));
    let after = served.get("/topics/salt.atom", &[&tag]);
    assert_eq!((after.status, after.header("content-location")), (200, Some("/topics/brine.atom")));
    let id = |text: &str| text.split("<id>").nth(2).and_then(|rest| rest.split('<').next()).map(str::to_owned);
    assert_eq!(id(before.text()), id(after.text()), "a reader would take it for another article");
    for (old, new) in [
        ("/districts/daan/topics/salt.rss", "/districts/daan/topics/brine.rss"),
        ("/topics/salt.json", "/topics/brine.json"),
    ] {
        assert_eq!(served.get(old, &[]).header("content-location"), Some(new));
    }
    let page = served.get("/topics/salt", &[]);
    assert_eq!((page.status, page.header("location")), (308, Some("https://news.example/topics/brine")));
    assert_eq!(served.get("/feeds.opml", &[]).text().matches("/topics/salt.").count(), 0);
}

#[test]
fn a_retired_feed_says_farewell_for_thirty_days_and_is_gone_for_good() {
    let served = Served::start();
    let before = served.get("/topics/salt.rss", &[]);
    served.renew(with(SALT, Some(&salt(&format!("retired = {TODAY}\nfarewell = \"请改订大安区\"")))));
    let tag = format!("If-None-Match: {}", before.expect("etag"));
    let farewell = served.get("/topics/salt.rss", &[&tag]);
    assert_eq!(farewell.status, 200);
    assert_eq!(farewell.text().matches("<item>").count(), 2, "its last articles stay beside the farewell");
    assert!(farewell.text().contains("请改订大安区") && farewell.text().contains("2026-12-24"));
    assert_eq!(served.get("/feeds.opml", &[]).text().matches("salt").count(), 0);
    let page = served.get("/topics/salt", &[]);
    assert!(page.text().contains("请改订大安区") && !page.text().contains("id=\"subscribe\""), "{}", page.text());
    assert!(page.text().contains("href=\"/#subscribe\""), "what it leads to is there: {}", page.text());

    served.set_clock(NOW + 29 * DAY);
    assert_eq!(served.get("/topics/salt.rss", &[]).status, 200);
    served.set_clock(NOW + 31 * DAY);
    for (path, kind) in [
        ("/topics/salt.rss", "application/rss+xml; charset=utf-8"),
        ("/topics/salt.atom", "application/atom+xml; charset=utf-8"),
        ("/topics/salt.json", "application/feed+json; charset=utf-8"),
        ("/districts/daan/topics/salt.atom", "application/atom+xml; charset=utf-8"),
        ("/topics/salt", "text/html; charset=utf-8"),
    ] {
        let gone = served.get(path, &[&format!("If-None-Match: {}", farewell.expect("etag"))]);
        assert_eq!((gone.status, gone.expect("content-type")), (410, kind), "{path}");
        assert!(gone.text().contains("请改订大安区") && gone.body.len() < 4096, "{path}: {}", gone.text());
        assert_eq!(gone.header("etag"), None);
    }
    assert_eq!(served.get("/districts/daan.rss", &[]).status, 200);
    assert_eq!(served.get("/topics/road+salt.rss", &[]).status, 404);
}

#[test]
fn merged_feeds_keep_their_addresses_too() {
    let served = Served::start();
    let daan = "title = \"大安区\"\nformerly = [\"yantan\", \"old-daan\"]\n[terms]\n\"大安\" = 4\n\"沿滩\" = 4\n";
    let others = crate::support::DEFINITIONS.iter().copied().filter(|(name, _)| !name.starts_with("districts/"));
    let files = others.chain([("districts/daan.toml", daan)]);
    served.renew(wellhead::feed::load::from_texts("feeds", files).expect("the definitions are right"));
    for (old, new) in [
        ("/districts/yantan.rss", "/districts/daan.rss"),
        ("/districts/old-daan.atom", "/districts/daan.atom"),
        ("/districts/daan+yantan.json", "/districts/daan.json"),
        ("/districts/yantan/topics/salt.rss", "/districts/daan/topics/salt.rss"),
    ] {
        let (merged, target) = (served.get(old, &[]), served.get(new, &[]));
        assert_eq!((merged.status, &merged.body), (200, &target.body), "{old}");
        assert_eq!(merged.header("content-location"), Some(new), "{old}");
    }
}

#[test]
fn an_alias_of_a_retired_feed_ends_with_it() {
    let served = Served::start();
    let more = format!("retired = {TODAY}\naliases = [\"/category/salt/feed/\"]");
    served.renew(with(SALT, Some(&salt(&more))));
    assert_eq!(served.get("/category/salt/feed/", &[]).status, 200);
    served.set_clock(NOW + 31 * DAY);
    assert_eq!(served.get("/category/salt/feed/", &[]).status, 410);
}

#[test]
fn an_article_that_was_on_this_site_is_found_where_it_was() {
    let served = Served::start();
    let lines = crate::support::line("well", "井", "\"url\":\"https://news.example/2024/01/%E4%BA%95/\"")
        + &crate::support::line("plain", "盐", "\"url\":\"https://news.example/?p=12\"")
        + &crate::support::line(
            "held",
            "灯",
            "\"url\":\"https://news.example/held\",\"published\":\"2030-01-01T00:00:00Z\"",
        )
        + &crate::support::line("away", "龙", "\"url\":\"https://elsewhere.example/away\"");
    served.import(&lines);
    let page = |own_id: &str| format!("https://news.example/articles/{}", Key::derive("local", own_id));
    for (path, own_id) in [
        ("/2024/01/%E4%BA%95/", "well"),
        ("/2024/01/%e4%ba%95", "well"),
        ("/2024/01/%E4%BA%95/?utm_source=feed", "well"),
        ("/?p=12", "plain"),
    ] {
        let moved = served.get(path, &[]);
        assert_eq!((moved.status, moved.header("location")), (308, Some(&*page(own_id))), "{path}");
    }
    for path in ["/held", "/away", "/2024/01", "/2024/01/x"] {
        assert_eq!(served.get(path, &[]).status, 404, "{path}");
    }
    assert_eq!(served.get("/?p=13", &[]).status, 200, "the front page");
    served.import(&crate::support::line("well", "井", "\"url\":\"https://news.example/2025/well\""));
    for path in ["/2025/well", "/2024/01/%E4%BA%95/"] {
        assert_eq!(served.get(path, &[]).status, 308, "{path}");
    }
}

#[test]
fn what_still_says_a_retired_or_former_label_is_taken_without_it_or_by_its_new_name() {
    let served = Served::start();
    let retired = with(SALT, Some(&salt(&format!("retired = {TODAY}"))));
    let counts = served.import_under(&retired, &crate::support::line("2", "井", "\"topics\":[\"salt\"]"));
    assert_eq!((counts.new, counts.left), (1, 0));
    served.renew(retired);
    assert_eq!(served.get("/topics/salt.rss", &[]).text().matches("<item>").count(), 2, "one and the farewell");
}
