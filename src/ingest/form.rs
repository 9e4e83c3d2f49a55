//! Makes the article form of a stored article, so that its source could say it again.
//!
//! Knows nothing of stores or requests. What was made up at the door is left out, so that it is made anew.

use super::clean::{derived_summary, figure, shows};
use super::html;
use crate::article::{Article, Draft, Time};

/// The article as its source would bring it: with what it was given only.
///
/// Districts and topics are its own only if it brought them itself; `said_updated` is its source's own date of change.
pub fn form(article: &Article, own_id: &str, own: [bool; 2], said_updated: Option<Time>) -> Draft {
    let content = &article.content;
    let whole = content.html.as_str();
    let body = content.image.as_ref().and_then(|image| {
        // It is put there again only if the body does not show the image itself.
        whole.strip_prefix(&figure(image)).filter(|body| !shows(body, image))
    });
    let body = body.unwrap_or(whole);
    let plain = html::to_text(&content.html);
    let [districts, topics] = [&article.labels.districts, &article.labels.topics]
        .map(|slugs| slugs.iter().map(ToString::to_string).collect::<Vec<_>>());
    Draft {
        id: own_id.to_owned(),
        title: content.title.clone(),
        html: Some(written(body)).filter(|body| !body.is_empty()),
        summary: Some(&content.summary).filter(|summary| **summary != derived_summary(&content.title, &plain)).cloned(),
        url: content.url.clone(),
        authors: content.authors.clone(),
        published: Some(article.published.to_string()),
        updated: said_updated.map(|time| time.to_string()),
        districts: Some(districts).filter(|_| own[0]),
        topics: Some(topics).filter(|_| own[1]),
        tags: content.tags.clone(),
        language: content.language.clone(),
        image: content.image.clone(),
        enclosures: content.enclosures.clone(),
        note: content.note.clone(),
        ..Draft::default()
    }
}

/// HTML as it is to be written so that it is read as it was: a line feed right behind `<pre>` is lost once when it is read.
fn written(html: &str) -> String {
    let mut parts = html.split("<pre");
    let mut written = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        written.push_str("<pre");
        match part.split_once(">\n") {
            Some((attributes, text)) if !attributes.contains('>') => written.extend([attributes, ">\n\n", text]),
            _ => written.push_str(part),
        }
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::{Content, Html, Image, Key, Labels, Person};
    use crate::ingest::clean::Door;
    use proptest::prelude::*;
    use url::Url;

    fn article(content: Content) -> Article {
        let (key, labels, time) = (Key::derive("a", "1"), Labels::default(), Time(1_700_000_000));
        Article { id: String::new(), guid: None, published: time, updated: time, withdrawn: None, key, labels, content }
    }

    fn door() -> Door {
        Door::new(Url::parse("https://news.example/").expect("a URL"))
    }

    fn any_draft() -> impl Strategy<Value = Draft> {
        let text = "[盐井<>&;\"a-c /*_#\\n\\[\\]()!]{0,40}";
        let body = prop_oneof![
            text.prop_map(|html| Draft { html: Some(html), ..Draft::default() }),
            text.prop_map(|text| Draft { text: Some(text), ..Draft::default() }),
            text.prop_map(|markdown| Draft { markdown: Some(markdown), ..Draft::default() }),
            Just(Draft::default()),
        ];
        let image = prop::option::of(text).prop_map(|alt| {
            let url = "https://news.example/a.jpg?x=1&y=2".to_owned();
            Image { url, media_type: None, width: Some(2), height: None, alt }
        });
        let texts = (prop::option::of(text), prop::option::of(text), prop::option::of(image));
        ("[盐井<>&;a-z]{0,12}盐", body, texts).prop_map(|(title, body, (summary, note, image))| {
            let authors = vec![Person { name: title.clone(), url: None }];
            Draft { id: "1".to_owned(), title, summary, note, image, authors, ..body }
        })
    }

    #[test]
    fn what_stands_as_it_is_written_keeps_its_first_line_feed() {
        let html = Some("<pre>\n\n盐\n</pre><p>井</p><pre lang=\"zh\">\n\n\n灯</pre>".to_owned());
        let draft = Draft { id: "1".to_owned(), title: "盐".to_owned(), html, ..Draft::default() };
        let first = door().clean(&draft).expect("an article").content;
        assert!(first.html.as_str().starts_with("<pre>\n盐"), "{:?}", first.html);
        let said = form(&article(first.clone()), "1", [false; 2], None);
        assert_eq!(door().clean(&said).expect("an article").content, first);
    }

    proptest! {
        #[test]
        fn what_is_said_again_is_the_same(draft in any_draft()) {
            if let Ok(cleaned) = door().clean(&draft) {
                let said = form(&article(cleaned.content.clone()), "1", [false; 2], None);
                let again = door().clean(&said).expect("what was clean is clean").content;
                // These are told apart by nobody, and not by the store (`batch::decide`).
                let plain = |html: &Html| html.as_str().trim_ascii_end().replace("&quot;", "\"");
                prop_assert_eq!(plain(&again.html), plain(&cleaned.content.html));
                prop_assert_eq!(Content { html: cleaned.content.html.clone(), ..again }, cleaned.content);
            }
        }
    }
}
