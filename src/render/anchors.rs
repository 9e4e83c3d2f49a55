//! An article's ids as they stand on a page or in a feed: each begins with the article's key.
//!
//! So two articles on one page do not clash, and no id of an article is ever one that a page, a reader or a script of theirs
//! knows by name. In feeds a link to such an id is absolute, and leads to the article's page here: a fragment alone would
//! be resolved against the feed's or the channel's address (RFC 3986 §5.1; FreshRSS does so), `xml:base` is ignored by
//! readers of RSS, and most readers remove ids, after which only a page is left to go to. Readers that show footnotes in
//! place (NetNewsWire, Feedbin) look at the fragment alone, whatever stands before it. It is the page here even if the
//! article lives elsewhere too: the page there knows nothing of these ids.
//!
//! Knows nothing of how ids come into an article.

use std::borrow::Cow;

use crate::article::Key;

/// A link to a place within an article, as it is stored.
const LINK: &str = " href=\"#";

/// An id, as it is stored.
const ID: &str = " id=\"";

/// The HTML of the article with this key, with links to places within it led to `page`, or on the same page if that is empty.
pub(super) fn keyed<'h>(html: &'h str, key: &Key, page: &str) -> Cow<'h, str> {
    // No id is stored that no link leads to.
    if !html.contains(LINK) {
        return Cow::Borrowed(html);
    }
    let (mut keyed, mut rest) = (String::with_capacity(html.len() * 2), html);
    while let Some(at) = rest.find('<') {
        keyed.push_str(&rest[..at]);
        let end = rest[at..].find('>').map_or(rest.len(), |end| at + end + 1);
        let tag = &rest[at..end];
        if tag.contains(LINK) || tag.contains(ID) {
            // A value holds no quotation mark, so that these are attributes.
            let tag = tag.replace(LINK, &format!(" href=\"{page}#{key}-"));
            keyed.push_str(&tag.replace(ID, &format!("{ID}{key}-")));
        } else {
            keyed.push_str(tag);
        }
        rest = &rest[end..];
    }
    keyed.push_str(rest);
    Cow::Owned(keyed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::Html;
    use crate::render::samples::{article, page, set};
    use crate::resource::Format;

    #[test]
    fn articles_in_one_feed_that_use_the_same_ids_do_not_clash_in_any_format() {
        let html = Html::trusted("<p>盐<sup><a href=\"#1\">1</a></sup></p><li id=\"1\">井</li>".to_owned());
        let mut both = ["a", "b"].map(article);
        both.iter_mut().for_each(|article| article.content.html = html.clone());
        let keys = both.each_ref().map(|article| article.key.clone());
        for format in Format::ALL {
            let document = crate::render::feed(&page(both.to_vec()), &set(), format);
            let read = feed_rs::parser::parse(&document[..]).expect("a feed");
            for key in &keys {
                let body = format!(
                    "<p>盐<sup><a href=\"https://news.example/articles/{key}#{key}-1\">1</a></sup></p><li id=\"{key}-1\">井</li>"
                );
                let bodies = read.entries.iter().filter_map(|entry| entry.content.as_ref()?.body.as_deref());
                assert_eq!(bodies.filter(|found| *found == body).count(), 1, "{}", String::from_utf8_lossy(&document));
            }
        }
    }

    #[test]
    fn ids_and_links_get_the_key_and_texts_do_not() {
        let key = Key::derive("s", "1");
        let html =
            "<p> id=\"a\" href=\"#a\" <sup lang=\"zh\" id=\"r\"><a href=\"#a\" title=\"id=\" id=\"b\">1</a></sup></p>";
        let on_page = format!(
            "<p> id=\"a\" href=\"#a\" <sup lang=\"zh\" id=\"{key}-r\"><a href=\"#{key}-a\" title=\"id=\" id=\"{key}-b\">1</a></sup></p>"
        );
        assert_eq!(keyed(html, &key, ""), on_page);
        let in_feed =
            on_page.replace(&format!("<a href=\"#{key}"), &format!("<a href=\"https://news.example/a/x#{key}"));
        assert_eq!(keyed(html, &key, "https://news.example/a/x"), in_feed);
        assert!(matches!(keyed("<a href=\"https://e.x/#a\">", &key, "x"), Cow::Borrowed(_)));
    }
}
