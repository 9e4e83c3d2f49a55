//! Documents for search engines and crawlers: sitemaps (sitemaps.org, protocol 0.9), Google's news extension,
//! robots.txt.
//!
//! Knows nothing of the store; how much finds room in a file is said here.

use std::fmt::Write;
use std::ops::RangeInclusive;

use super::address;
use super::masthead::date;
use super::xml::escape;
use crate::article::{Article, Key, Time};
use crate::feed::{FeedKey, FeedSet, is_traditional};
use crate::resource::{Edition, Resource, Sitemap, Subject};
use crate::view::Survey;

/// The most addresses that a sitemap holds; with more there is an index of several.
pub const MAX_ADDRESSES: u64 = 50_000;

/// The most articles that a news sitemap holds.
pub const MAX_NEWS: u32 = 1000;

/// For how many seconds an article is news (Google takes the last two days).
pub const NEWS_AGE: i64 = 48 * 60 * 60;

/// The count of numbers of the feed of everything in a part: few enough to be read in a moment; and a part is made anew
/// only if something in it was touched.
const PART: i64 = 10_000;

const OPEN: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
const SITEMAP: &str = "http://www.sitemaps.org/schemas/sitemap/0.9";
const NEWS: &str = "http://www.google.com/schemas/sitemap-news/0.9";

/// The number of articles that find room in one file beside all pages of feeds that there may be.
pub fn room(set: &FeedSet) -> u64 {
    let pages = set.keys().len() * Edition::offered(&set.site).len();
    MAX_ADDRESSES.saturating_sub(pages as u64)
}

/// The parts that there are.
pub fn parts(survey: &Survey) -> RangeInclusive<i64> {
    if survey.numbers.is_empty() {
        return RangeInclusive::new(1, 0);
    }
    part_of(*survey.numbers.start())..=part_of(*survey.numbers.end())
}

/// The numbers of the feed of everything that stand in a part: part 1 has 1 to 10,000.
pub fn numbers(part: i64) -> RangeInclusive<i64> {
    PART.saturating_mul(part.saturating_sub(1)).saturating_add(1)..=PART.saturating_mul(part)
}

fn part_of(number: i64) -> i64 {
    (number - 1).div_euclid(PART) + 1
}

/// Everything in one file or, if that is too much, an index of the parts.
pub fn whole(set: &FeedSet, survey: &Survey) -> Vec<u8> {
    let Some(own) = &survey.pages else { return index(set, survey) };
    let mut xml = begun("urlset", "");
    add_pages(&mut xml, set, survey);
    add_articles(&mut xml, set, own);
    ended(xml, "urlset")
}

/// The pages of feeds.
pub fn feeds(set: &FeedSet, survey: &Survey) -> Vec<u8> {
    let mut xml = begun("urlset", "");
    add_pages(&mut xml, set, survey);
    ended(xml, "urlset")
}

/// The pages of some articles.
pub fn articles(set: &FeedSet, own: &[(Key, Time)]) -> Vec<u8> {
    let mut xml = begun("urlset", "");
    add_articles(&mut xml, set, own);
    ended(xml, "urlset")
}

/// Where the parts lie, the newest first.
fn index(set: &FeedSet, survey: &Survey) -> Vec<u8> {
    let mut xml = begun("sitemapindex", "");
    let parts = parts(survey).rev().map(Sitemap::Articles);
    for part in std::iter::once(Sitemap::Feeds).chain(parts) {
        let at = address(&set.site, &Resource::Sitemap(part));
        let _ = writeln!(xml, "<sitemap><loc>{}</loc></sitemap>", escape(&at));
    }
    ended(xml, "sitemapindex")
}

/// The last days' articles, as Google News wants them.
pub fn news(set: &FeedSet, articles: &[Article]) -> Vec<u8> {
    let mut xml = begun("urlset", &format!(" xmlns:news=\"{NEWS}\""));
    // Google refuses what has no title.
    for article in articles.iter().filter(|article| !article.content.title.is_empty()) {
        let at = address(&set.site, &Resource::article(article.key.clone()));
        let language = article.content.language.as_deref().unwrap_or(&set.site.language);
        let _ = writeln!(
            xml,
            "<url><loc>{}</loc><news:news><news:publication><news:name>{}</news:name><news:language>{}</news:language>\
             </news:publication><news:publication_date>{}</news:publication_date><news:title>{}</news:title>\
             </news:news></url>",
            escape(&at),
            escape(&set.site.title),
            news_language(language),
            date(&set.site, article.published).to_rfc3339(),
            escape(&article.content.title)
        );
    }
    ended(xml, "urlset")
}

/// The robots.txt (RFC 9309), which asks crawlers for nothing but to leave the API alone.
pub fn robots(set: &FeedSet) -> Vec<u8> {
    let at = |part| address(&set.site, &Resource::Sitemap(part));
    let (whole, news, root) = (at(Sitemap::Whole), at(Sitemap::News), super::html::root(set));
    format!("User-agent: *\nDisallow: {root}/api/\n\nSitemap: {whole}\nSitemap: {news}\n").into_bytes()
}

/// Two or three letters, but for Chinese, of which it is said which.
fn news_language(tag: &str) -> String {
    match tag.to_ascii_lowercase().split('-').next().unwrap_or_default() {
        "zh" if is_traditional(tag) => "zh-tw".to_owned(),
        "zh" => "zh-cn".to_owned(),
        language => language.to_owned(),
    }
}

/// The pages of the index and of all feeds that hold anything, in either edition.
fn pages<'a>(set: &'a FeedSet, survey: &'a Survey) -> impl Iterator<Item = Resource> + 'a {
    let live = |key: &&FeedKey| set.defines(key) && set.retirement(key).is_none();
    let keys = survey.feeds.iter().filter(live).filter(|key| **key != FeedKey::All);
    let keys = std::iter::once(FeedKey::All).chain(keys.cloned());
    let editions = Edition::offered(&set.site);
    keys.flat_map(move |key| editions.map(|edition| Resource::Page(Subject::Feed(key.clone()), edition)))
}

fn add_pages(xml: &mut String, set: &FeedSet, survey: &Survey) {
    for page in pages(set, survey) {
        let _ = writeln!(xml, "<url><loc>{}</loc></url>", escape(&address(&set.site, &page)));
    }
}

fn add_articles(xml: &mut String, set: &FeedSet, own: &[(Key, Time)]) {
    for (key, updated) in own {
        let at = address(&set.site, &Resource::article(key.clone()));
        let date = date(&set.site, *updated).to_rfc3339();
        let _ = writeln!(xml, "<url><loc>{}</loc><lastmod>{date}</lastmod></url>", escape(&at));
    }
}

fn begun(root: &str, further: &str) -> String {
    format!("{OPEN}<{root} xmlns=\"{SITEMAP}\"{further}>\n")
}

fn ended(mut xml: String, root: &str) -> Vec<u8> {
    let _ = writeln!(xml, "</{root}>");
    xml.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples::{article, set};

    fn survey(numbers: RangeInclusive<i64>, pages: Option<Vec<(Key, Time)>>) -> Survey {
        let feeds = ["feed", "topics/salt", "topics/forgotten"].map(|key| FeedKey::parse(key).unwrap()).to_vec();
        Survey { numbers, feeds, pages }
    }

    #[test]
    fn there_is_room_for_fifty_thousand_addresses_those_of_feeds_among_them() {
        // Everything, two districts, two topics and four pairs, each in two editions.
        assert_eq!(room(&set()), 50_000 - 18);
    }

    #[test]
    fn every_number_stands_in_one_part_of_those_there_are() {
        let survey = survey(-9_999..=20_001, None);
        assert_eq!(parts(&survey), 0..=3);
        for number in [-9_999, 0, 1, 10_000, 10_001, 20_001] {
            let holding: Vec<i64> = parts(&survey).filter(|part| numbers(*part).contains(&number)).collect();
            assert_eq!(holding.len(), 1, "{number}");
        }
        let index = String::from_utf8(whole(&set(), &survey)).unwrap();
        assert_eq!(index.matches("<sitemap>").count(), 5, "{index}");
    }

    #[test]
    fn a_sitemap_names_what_there_is_in_both_editions() {
        let own = vec![(article("a").key, Time(1_795_396_500))];
        let xml = String::from_utf8(whole(&set(), &survey(1..=1, Some(own)))).unwrap();
        for part in [
            "<loc>https://news.example/</loc>",
            "<loc>https://news.example/en/topics/salt</loc>",
            "</loc><lastmod>2026-11-23T09:15:00+08:00</lastmod>",
        ] {
            assert!(xml.contains(part), "{part} is not in {xml}");
        }
        assert!(!xml.contains("forgotten"), "{xml}");
    }

    #[test]
    fn news_say_when_and_in_which_language() {
        let mut english = article("b");
        (english.content.language, english.content.title) = (Some("en-GB".to_owned()), "Salt & <light>".to_owned());
        let xml = String::from_utf8(news(&set(), &[article("a"), english])).unwrap();
        assert!(
            xml.contains("<news:language>zh-cn</news:language>") && xml.contains("<news:language>en</news:language>")
        );
        assert!(xml.contains("<news:title>Salt &amp; &lt;light&gt;</news:title>"), "{xml}");
    }
}
