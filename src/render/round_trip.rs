//! Rendered feeds are read back by feed-rs with the same words, in all three formats, whatever Unicode they hold.
//!
//! Knows nothing of how a format is written.

use feed_rs::model::{Entry, Feed, Text};
use proptest::prelude::*;

use super::samples::{article, page, set};
use super::xml::escape;
use super::{feed, title};
use crate::article::{Article, Enclosure, Html, Time};
use crate::page::Page;
use crate::resource::Format;

/// Any character that XML 1.0 allows (§2.2), but for U+000D, which XML parsers make a U+000A (§2.11).
fn character() -> impl Strategy<Value = char> {
    prop_oneof![
        4 => proptest::char::range(' ', '\u{7e}'),
        2 => proptest::sample::select(vec!['\t', '\n', '&', '<', '>', '\'', '"', ';', ']', '\u{85}', '\u{2028}']),
        2 => proptest::sample::select(vec!['𨋢', '\u{f900}', '\u{200f}', '\u{202e}', '\u{200d}', '\u{fe0f}', '\u{feff}']),
        4 => proptest::char::range('\u{a0}', '\u{d7ff}'),
        2 => proptest::char::range('\u{e000}', '\u{fffd}'),
        2 => proptest::char::range('\u{10000}', '\u{10ffff}'),
    ]
}

/// Text that may hold what has broken feeds before. feed-rs trims what it reads, so no blanks stand at the ends.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => proptest::collection::vec(character(), 0..12).prop_map(String::from_iter),
        1 => proptest::sample::select(vec![
            "]]>", "<![CDATA[", "&amp;amp;", "&lt;", "&#x26;", "&#0;", "&nbsp;", "<b>", "</title>", "<entry>", "<!--", "<?xml",
            "👨\u{200d}👩\u{200d}👧", "\u{202e}مرحبا\u{202c}", "𨋢\u{e0100}", "\\u0000", "%",
        ])
        .prop_map(str::to_owned),
    ];
    proptest::collection::vec(piece, 0..6).prop_map(|pieces| format!("字{}字", pieces.concat()))
}

/// Text as attributes hold it: XML parsers make tabs and newlines in them blanks (§3.3.3), and ingest leaves none.
fn line() -> impl Strategy<Value = String> {
    text().prop_map(|text| text.replace(['\t', '\n', '\u{85}', '\u{2028}'], " "))
}

prop_compose! {
    fn any_article()(
        own_id in "[a-z]{1,8}", title in text(), summary in text(), html in proptest::option::of(text()),
        tag in line(), alt in line(), language in proptest::option::of(Just("en".to_owned())),
        published in 0_i64..4_000_000_000, later in 0_i64..4_000_000, length in proptest::option::of(1_u64..9_999_999),
    ) -> Article {
        let mut article = article(&own_id);
        article.published = Time(published);
        article.updated = Time(published + later);
        let content = &mut article.content;
        (content.title, content.summary, content.language) = (title, summary, language);
        content.html = Html::trusted(html.unwrap_or_default());
        content.tags = vec![tag];
        content.image.as_mut().unwrap().alt = Some(alt);
        content.enclosures = vec![Enclosure { length, ..content.enclosures[0].clone() }];
        article
    }
}

fn read(page: &Page, format: Format) -> Feed {
    let bytes = feed(page, &set(), format);
    feed_rs::parser::parse(&bytes[..]).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&bytes)))
}

fn content(text: Option<&Text>) -> &str {
    text.map_or("", |text| &text.content)
}

fn seconds(date: Option<chrono::DateTime<chrono::Utc>>) -> Option<Time> {
    date.map(|date| Time(date.timestamp()))
}

fn holds(entry: &Entry, article: &Article, format: Format) {
    let Article { id, published, content: said, .. } = article;
    assert_eq!((&entry.id, content(entry.title.as_ref())), (id, said.title.as_str()));
    assert_eq!(seconds(entry.published), Some(*published));
    let body = entry.content.as_ref().and_then(|body| body.body.as_deref());
    let headline = (format == Format::Json).then_some(said.summary.as_str());
    assert_eq!(body, if said.html.is_empty() { headline } else { Some(said.html.as_str()) });
    if format == Format::Rss {
        assert_eq!(content(entry.summary.as_ref()), escape(&said.summary));
    } else {
        assert_eq!(content(entry.summary.as_ref()), said.summary);
        assert_eq!(seconds(entry.updated), Some(article.updated));
    }
    let words: Vec<_> = entry.categories.iter().map(|word| word.label.as_ref().unwrap_or(&word.term).trim()).collect();
    assert_eq!(words, ["大安区", "盐", said.tags[0].as_str()]);
    let authors: Vec<_> = entry.authors.iter().filter_map(|author| author.name.as_deref()).collect();
    assert_eq!(authors, ["李雷", "韩梅梅"]);
}

proptest! {
    #[test]
    fn what_is_rendered_is_read_back(articles in proptest::collection::vec(any_article(), 0..4)) {
        let page = page(articles);
        for format in Format::ALL {
            let feed = read(&page, format);
            assert_eq!(content(feed.title.as_ref()), title(&set(), &page.key));
            assert_eq!(feed.entries.len(), page.entries.len());
            if format != Format::Json {
                assert_eq!(seconds(feed.updated), Some(page.updated));
            }
            for (entry, article) in feed.entries.iter().zip(&page.entries) {
                holds(entry, article, format);
            }
        }
    }
}
