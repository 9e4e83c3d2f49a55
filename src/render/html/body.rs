//! An article's body as its page shows it: its headings continue the page's, no image is without a description, and tables
//! can be scrolled by whoever has no mouse.
//!
//! Knows nothing of what may stand in a body: it was cleaned at ingest, so that every `<` that is no tag is escaped.

/// The level of the first headings below the article's own.
const FIRST: u8 = 2;

/// The body with headings from the second level on, without changing which of them stand below which; an image that is not
/// described is said to be decoration, and a table can have the focus.
pub(super) fn arranged(html: &str) -> String {
    let highest = html.match_indices("<h").filter_map(|(at, _)| level(&html[at + 2..])).min();
    let shift = highest.map_or(0, |highest| i16::from(FIRST) - i16::from(highest));
    let mut arranged = String::with_capacity(html.len() + 64);
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        arranged.push_str(&rest[..at]);
        let tag = &rest[at..rest[at..].find('>').map_or(rest.len(), |end| at + end + 1)];
        rest = &rest[at + tag.len()..];
        let name = tag.trim_start_matches("<").trim_start_matches('/');
        match name.strip_prefix('h').and_then(level) {
            Some(level) => {
                let (before, after) = tag.split_at(tag.len() - name.len() + 1);
                let level = (i16::from(level) + shift).clamp(i16::from(FIRST), 6);
                arranged.push_str(before);
                arranged.push_str(&level.to_string());
                arranged.push_str(&after[1..]);
            }
            None if tag.starts_with("<img ") && !tag.contains(" alt=\"") => {
                arranged.push_str("<img alt=\"\"");
                arranged.push_str(&tag["<img".len()..]);
            }
            // One that is too wide is scrolled, with the keyboard as well.
            None if tag.starts_with("<table") => {
                arranged.push_str("<table tabindex=\"0\"");
                arranged.push_str(&tag["<table".len()..]);
            }
            None => arranged.push_str(tag),
        }
    }
    arranged.push_str(rest);
    arranged
}

/// The level of a heading, of whose tag this is what follows the `h`.
fn level(rest: &str) -> Option<u8> {
    let mut bytes = rest.bytes();
    let level = bytes.next().filter(|digit| (b'1'..=b'6').contains(digit))? - b'0';
    bytes.next().is_some_and(|next| next == b'>' || next == b' ').then_some(level)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::html::Cleaner;
    use proptest::prelude::*;

    #[test]
    fn headings_begin_at_the_second_level_and_keep_their_order() {
        assert_eq!(arranged("<h3>a</h3><h4>b</h4><hr>"), "<h2>a</h2><h3>b</h3><hr>");
        assert_eq!(arranged("<h1 dir=\"rtl\">a</h1><h6>b</h6>"), "<h2 dir=\"rtl\">a</h2><h6>b</h6>");
        assert_eq!(arranged("<h2>a</h2><p>b &lt;h1></p>"), "<h2>a</h2><p>b &lt;h1></p>");
    }

    #[test]
    fn an_image_without_description_is_decoration() {
        assert_eq!(
            arranged("<img src=\"a\"><img src=\"b\" alt=\"c\">"),
            "<img alt=\"\" src=\"a\"><img src=\"b\" alt=\"c\">"
        );
    }

    proptest! {
        #[test]
        fn nothing_but_levels_and_descriptions_changes(html in "(<h[1-6]>|</h[1-6]>|<p>|<img src='a'>|<table>|盐|<|>|&|\"| ){0,20}") {
            let clean = Cleaner::new(url::Url::parse("https://news.example/").expect("a URL")).clean(&html).expect("HTML");
            let clean = clean.as_str();
            let plain = |html: &str| {
                let html = html.replace("<img alt=\"\" ", "<img ").replace("<table tabindex=\"0\"", "<table");
                (2..=6).fold(html.replace("<h1", "<h2").replace("</h1", "</h2"), |html, n| {
                    html.replace(&format!("<h{n}"), "<h2").replace(&format!("</h{n}"), "</h2")
                })
            };
            prop_assert_eq!(plain(&arranged(clean)), plain(clean));
        }
    }
}
