//! What people do on the pages: find a feed, open it, mix it, copy its address, with a mouse, a thumb or a keyboard.
//!
//! Knows nothing of markup beyond what names and leads.

use serde_json::json;

use super::driver::Browser;
use super::newsroom::Open;

/// What moves the focus on, and what follows a link.
const TAB: &str = "\u{e004}";
const ENTER: &str = "\u{e007}";

fn opened(path: &str) -> (Open, Browser) {
    let open = Open::start();
    let browser = Browser::open(open.base());
    browser.visit(path);
    (open, browser)
}

#[test]
#[ignore = "needs Chromium: tests/all"]
fn a_reader_finds_a_district_and_a_pair_from_the_index() {
    let (_open, browser) = opened("/");
    browser.click("table.grid thead a[href='/districts/daan']");
    assert_eq!((browser.path().as_str(), browser.text("h1").as_str()), ("/districts/daan", "大安区"));
    browser.visit("/");
    browser.click("table.grid tbody a[href='/districts/daan/topics/salt']");
    assert_eq!(browser.text("h1"), "大安区 · 盐业");
    assert!(browser.sees("ol.entries li a"));
}

#[test]
#[ignore = "needs Chromium: tests/all"]
fn a_feed_that_is_opened_leads_to_its_page() {
    let (_open, browser) = opened("/districts/daan.atom");
    assert_eq!(browser.path(), "/districts/daan");
    browser.visit("/en/districts/daan");
    browser.click(".feeds a[type='application/rss+xml']");
    assert_eq!(browser.path(), "/en/districts/daan", "in the language in which it was followed");
    browser.visit("/topics/salt.json");
    assert_eq!(browser.path(), "/topics/salt");
    browser.visit("/archive/1.atom");
    assert_eq!(browser.path(), "/archive/1");
}

#[test]
#[ignore = "needs Chromium: tests/all"]
fn a_combination_is_made_by_adding_and_dropping() {
    let (_open, browser) = opened("/districts/daan");
    browser.click("a[aria-label='加上沿滩区']");
    assert_eq!(browser.text("h1"), "大安区、沿滩区");
    browser.click("a[aria-label='加上盐业']");
    assert_eq!(browser.path(), "/districts/daan+yantan/topics/salt");
    browser.click("a[aria-label='去掉大安区']");
    assert_eq!(browser.path(), "/districts/yantan/topics/salt");
    let offered =
        browser.ask("return document.querySelector('link[type=\"application/atom+xml\"]').getAttribute('href')");
    assert_eq!(offered, "/districts/yantan/topics/salt.atom");
    assert!(browser.text("#feed-1").ends_with("/districts/yantan/topics/salt.atom"));
}

#[test]
#[ignore = "needs Chromium: tests/all"]
fn an_address_is_copied_by_a_click() {
    let (open, browser) = opened("/districts/daan");
    let origin = open.base();
    browser.devtools(
        "Browser.grantPermissions",
        json!({ "origin": origin, "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"] }),
    );
    browser.click("button[data-copy='feed-2']");
    let told =
        browser.wait("new Promise(done => setTimeout(done)).then(() => document.getElementById('copied').textContent)");
    let address = browser.text("#feed-2");
    assert!(address.ends_with("/districts/daan.rss"), "{address}");
    assert_eq!(told, "已复制，粘贴到阅读器即可");
    assert_eq!(browser.wait("navigator.clipboard.readText()"), address);
}

#[test]
#[ignore = "needs Chromium: tests/all"]
fn where_nothing_can_be_copied_the_address_is_selected_and_without_script_it_is_still_there() {
    let (_open, browser) = opened("/districts/daan");
    browser.ask("Object.defineProperty(navigator, 'clipboard', { value: undefined })");
    browser.click("button[data-copy='feed-1']");
    assert_eq!(browser.ask("return getSelection().toString()"), browser.text("#feed-1"));
    assert_eq!(browser.text("#copied"), "请按 Ctrl+C 或 ⌘C 复制");
    browser.devtools("Emulation.setScriptExecutionDisabled", json!({ "value": true }));
    browser.visit("/districts/daan");
    assert!(browser.sees("#feed-1") && !browser.sees("button"));
    browser.devtools("Emulation.setScriptExecutionDisabled", json!({ "value": false }));
}

#[test]
#[ignore = "needs Chromium: tests/all"]
fn whoever_prefers_the_dark_gets_it() {
    let (_open, browser) = opened("/");
    let light = |browser: &Browser| {
        let brightness = "const [paper, ink] = ['backgroundColor', 'color'].map(of => getComputedStyle(document.body)[of] \
                          .match(/\\d+/g).slice(0, 3).map(Number).reduce((a, b) => a + b)); return paper > ink";
        browser.ask(brightness) == true
    };
    browser.prefer("light");
    assert!(light(&browser));
    browser.prefer("dark");
    assert!(!light(&browser));
}

#[test]
#[ignore = "needs Chromium: tests/all"]
fn nothing_is_wider_than_a_phone() {
    let (open, browser) = opened("/");
    browser.size(360, 740);
    for (kind, path) in open.kinds() {
        for prefix in ["", "/en"] {
            browser.visit(&format!("{prefix}{path}"));
            let widest = browser.ask(
                "for (const details of document.querySelectorAll('details')) details.open = true; \
                 return document.documentElement.scrollWidth",
            );
            assert_eq!(widest, 360, "{kind} {prefix}");
        }
    }
}

#[test]
#[ignore = "needs Chromium: tests/all"]
fn everything_is_reached_by_keyboard() {
    let (_open, browser) = opened("/");
    browser.press(TAB);
    assert_eq!(
        browser.ask("return document.activeElement.className"),
        "skip",
        "the first thing is to skip what is known"
    );
    assert!(browser.sees(".skip"));
    browser.press(ENTER);
    assert_eq!(browser.ask("return document.activeElement.id"), "main");
    let mut passed = 0;
    while browser.ask("return document.activeElement.getAttribute('href')") != "/districts/daan/topics/salt" {
        browser.press(TAB);
        let visible = "const style = getComputedStyle(document.activeElement); \
                       return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2";
        assert_eq!(browser.ask(visible), true, "{}", browser.ask("return document.activeElement.outerHTML"));
        passed += 1;
        assert!(passed < 150, "the cell is never reached");
    }
    browser.press(ENTER);
    assert_eq!(browser.path(), "/districts/daan/topics/salt");
    // And from the top on, everything that can be used has had the focus, each once.
    let usable =
        "return [...document.querySelectorAll('a[href], button, summary')].filter(one => one.checkVisibility()).length";
    let usable = browser.ask(usable).as_u64().expect("a number");
    browser.visit("/districts/daan/topics/salt");
    browser.ask("window.passed = new Set()");
    for _ in 0..usable {
        browser.press(TAB);
        browser.ask("passed.add(document.activeElement)");
    }
    assert_eq!(browser.ask("return passed.size"), usable);
}

#[test]
#[ignore = "needs Chromium: tests/all"]
fn whoever_reads_english_stays_in_english() {
    let (_open, browser) = opened("/districts/daan");
    browser.click("header nav a[hreflang='en']");
    assert_eq!((browser.path().as_str(), browser.text("h1").as_str()), ("/en/districts/daan", "Da’an"));
    assert_eq!(browser.ask("return document.documentElement.lang"), "en");
    assert_eq!(browser.text("#subscribe"), "Subscribe");
    browser.click("a[aria-label='Add Salt']");
    assert_eq!(browser.text("h1"), "Da’an · Salt");
    browser.click("ol.entries a");
    assert!(browser.path().starts_with("/en/articles/"), "{}", browser.path());
    assert!(browser.text("article .meta").contains("2026"));
    // What is in Chinese says so, to be read out in Chinese.
    assert_eq!(browser.ask("return document.querySelector('h1').lang"), "zh-CN");
    browser.click(".brand");
    assert_eq!(browser.path(), "/en/");
    browser.click("header nav a[hreflang='zh-CN']");
    assert_eq!(browser.path(), "/");
}

/// The pictures in docs/, made anew with WELLHEAD_SCREENSHOTS=docs.
#[test]
#[ignore = "needs Chromium: tests/all"]
fn each_kind_of_page_can_be_seen_in_both_lights_and_widths() {
    let (open, browser) = opened("/");
    let folder = std::env::var_os("WELLHEAD_SCREENSHOTS").map(std::path::PathBuf::from);
    for (kind, path) in open.kinds() {
        for (width, height, scheme) in
            [(1280, 900, "light"), (1280, 900, "dark"), (360, 740, "light"), (360, 740, "dark")]
        {
            browser.size(width, height);
            browser.prefer(scheme);
            browser.visit(&path);
            let picture = browser.screenshot();
            assert!(picture.starts_with(b"\x89PNG") && picture.len() > 5_000, "{kind} is not empty");
            if let Some(folder) = &folder {
                std::fs::write(folder.join(format!("{kind}-{width}-{scheme}.png")), picture).expect("written");
            }
        }
    }
}
