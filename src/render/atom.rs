//! Writes Atom 1.0 (RFC 4287) in the default namespace, the format that loses nothing.
//!
//! Knows nothing of what the words are; only extensions, which Atom readers may skip, have a prefix.

use std::borrow::Cow;
use std::collections::BTreeMap;

use atom_syndication::extension::{Extension, ExtensionMap};
use atom_syndication::{Category, Content, Entry, Feed, Link, Person, Text, WriteConfig};

use super::masthead::{Masthead, alt, media_attributes};
use super::xml::{HISTORY, escape, respelled};
use crate::article::{self, Article};
use crate::page::{Page, Part};
use crate::resource::Format;

/// The crate's own declaration names no encoding.
const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n";

/// The page as Atom 1.0.
///
/// `&#x26;` says what `&amp;` says; the W3C validator takes "Q&A2" in plain text for an entity of HTML but for this.
pub(super) fn feed(page: &Page, masthead: &Masthead<'_>) -> Vec<u8> {
    let config = WriteConfig { write_document_declaration: false, indent_size: None };
    let written = document(page, masthead).write_with_config(DECLARATION.as_bytes().to_vec(), config);
    let written = written.expect("writing to memory cannot fail");
    let written = String::from_utf8(written).expect("the crate writes the strings it was given");
    let languages = page.entries.iter().map(|article| masthead.language(article));
    let mut document = respelled(&with_languages(written, languages), &[("&amp;", "&#x26;")]);
    document.push('\n');
    document.into_bytes()
}

/// The elements of `atom:feed`.
fn document(page: &Page, masthead: &Masthead<'_>) -> Feed {
    let site = masthead.site();
    let part = |(relation, href): (&str, String)| Link {
        href,
        rel: relation.to_owned(),
        mime_type: Some(Format::Atom.media_type().to_owned()),
        ..Link::default()
    };
    let itself = part(("self", masthead.address(page.part, Format::Atom)));
    let others = masthead.relations(page.part, Format::Atom).into_iter().map(part);
    let mut namespaces = BTreeMap::from([("media".to_owned(), "http://search.yahoo.com/mrss/".to_owned())]);
    let mut extensions = ExtensionMap::new();
    if let Part::Archive { .. } = page.part {
        namespaces.insert("fh".to_owned(), HISTORY.to_owned());
        let archive = vec![element("fh:archive", Vec::new(), None)];
        extensions.insert("fh".to_owned(), BTreeMap::from([("archive".to_owned(), archive)]));
    }
    Feed {
        title: Text::plain(masthead.title.clone()),
        id: masthead.id(),
        updated: masthead.date(page.updated),
        authors: masthead.authors.iter().map(person).collect(),
        icon: site.icon.clone(),
        links: [itself, alternate(masthead.home.clone())].into_iter().chain(others).collect(),
        rights: site.rights.clone().map(Text::plain),
        subtitle: masthead.description().map(Text::plain),
        entries: page.entries.iter().map(|article| entry(article, masthead)).collect(),
        namespaces,
        extensions,
        lang: Some(site.language.clone()),
        ..Feed::default()
    }
}

/// One article. It names authors only if it has its own: without any, the feed's are meant (RFC 4287 §4.2.1).
fn entry(article: &Article, masthead: &Masthead<'_>) -> Entry {
    let content = &article.content;
    let language = masthead.language(article).map(str::to_owned);
    let body = |html: Cow<'_, str>| Content {
        value: Some(html.into_owned()),
        content_type: Some("html".to_owned()),
        lang: language.clone(),
        ..Content::default()
    };
    let alternate = alternate(masthead.link(article));
    Entry {
        title: Text::plain(content.title.clone()),
        id: article.id.clone(),
        updated: masthead.date(article.updated),
        authors: content.authors.iter().map(person).collect(),
        categories: masthead.categories(article).iter().map(|word| category(word, masthead)).collect(),
        links: std::iter::once(alternate).chain(content.enclosures.iter().map(file)).collect(),
        published: Some(masthead.date(article.published)),
        summary: Some(Text::plain(content.summary.clone())),
        content: masthead.body(article).map(body),
        extensions: content.image.as_ref().map(media).unwrap_or_default(),
        ..Entry::default()
    }
}

/// The page for people.
fn alternate(href: String) -> Link {
    Link { href, rel: "alternate".to_owned(), mime_type: Some("text/html".to_owned()), ..Link::default() }
}

/// A file; its length may be unknown (RFC 4287 §4.2.7.6).
fn file(enclosure: &article::Enclosure) -> Link {
    Link {
        href: enclosure.url.clone(),
        rel: "enclosure".to_owned(),
        mime_type: Some(enclosure.media_type.clone()),
        length: enclosure.length.map(|length| length.to_string()),
        ..Link::default()
    }
}

fn person(person: &article::Person) -> Person {
    Person { name: person.name.clone(), uri: person.url.clone(), ..Person::default() }
}

fn category(category: &super::masthead::Category<'_>, masthead: &Masthead<'_>) -> Category {
    Category {
        term: category.term.to_owned(),
        scheme: category.scheme.map(|axis| masthead.scheme(axis)),
        label: category.label.map(str::to_owned),
    }
}

/// The lead image in Media RSS.
fn media(image: &article::Image) -> ExtensionMap {
    let [content, thumbnail] = media_attributes(image);
    let mut content = element("media:content", content, None);
    if let Some(alt) = alt(image) {
        let description = element("media:description", vec![], Some(alt));
        content.children.insert("description".to_owned(), vec![description]);
    }
    let elements = [("content", content), ("thumbnail", element("media:thumbnail", thumbnail, None))];
    let elements = elements.map(|(name, element)| (name.to_owned(), vec![element])).into();
    ExtensionMap::from([("media".to_owned(), elements)])
}

/// An element of an extension. Unlike the rss crate, this one writes extensions' attributes as it is given them.
fn element(name: &str, attributes: Vec<(&'static str, String)>, value: Option<String>) -> Extension {
    let attrs = attributes.into_iter().map(|(name, value)| (name.to_owned(), escape(&value).into_owned())).collect();
    Extension { name: name.to_owned(), value, attrs, children: BTreeMap::new() }
}

/// Adds `xml:lang` to the entries that have a language of their own (RFC 4287 §2), which the crate cannot write.
///
/// Miniflux reads it there, feed-rs on `content`. Text never holds `<entry>` unescaped: each one found is an entry.
fn with_languages<'a>(written: String, languages: impl Iterator<Item = Option<&'a str>> + Clone) -> String {
    if languages.clone().all(|language| language.is_none()) {
        return written;
    }
    let mut parts = written.split("<entry>");
    let mut marked = parts.next().unwrap_or_default().to_owned();
    for (language, part) in languages.zip(parts) {
        match language {
            Some(language) => marked.push_str(&format!("<entry xml:lang=\"{}\">", escape(language))),
            None => marked.push_str("<entry>"),
        }
        marked.push_str(part);
    }
    marked
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed::FeedKey;
    use crate::render::samples::{article, page, set};

    fn written(articles: Vec<Article>) -> String {
        let set = set();
        String::from_utf8(feed(&page(articles), &Masthead::new(&set, &FeedKey::All))).unwrap()
    }

    #[test]
    fn atom_elements_have_no_prefix() {
        let text = written(vec![article("a")]);
        assert!(
            text.starts_with("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\"")
        );
        assert!(!text.contains("<atom:"));
    }

    #[test]
    fn only_entries_in_another_language_name_it() {
        let mut english = article("b");
        english.content.language = Some("en".to_owned());
        english.content.title = "<entry> is escaped".to_owned();
        let text = written(vec![article("a"), english, article("c")]);
        assert_eq!(text.matches("<entry>").count(), 2);
        let entries: Vec<_> = text.split("<entry").collect();
        assert!(entries[2].starts_with(" xml:lang=\"en\">") && entries[2].contains("<content xml:lang=\"en\""));
    }

    #[test]
    fn an_image_address_may_hold_ampersands() {
        let mut article = article("a");
        article.content.image.as_mut().unwrap().url = "https://img.example/?a=1&b=2".to_owned();
        let text = written(vec![article]);
        assert_eq!(text.matches("url=\"https://img.example/?a=1&#x26;b=2\"").count(), 2, "{text}");
    }

    #[test]
    fn a_decorative_image_is_not_described() {
        let mut article = article("a");
        article.content.image.as_mut().unwrap().alt = Some(String::new());
        assert!(!written(vec![article]).contains("<media:description"));
    }

    #[test]
    fn an_entry_without_authors_leaves_it_to_the_feed() {
        let mut article = article("a");
        article.content.authors.clear();
        assert_eq!(written(vec![article]).matches("<author>").count(), 1);
    }

    #[test]
    fn a_headline_has_a_summary_and_no_content() {
        let mut article = article("a");
        article.content.html = crate::article::Html::default();
        let text = written(vec![article]);
        assert!(text.contains("<summary>") && !text.contains("<content"));
    }

    #[test]
    fn a_topic_is_told_by_slug_scheme_and_label() {
        let text = written(vec![article("a")]);
        assert!(
            text.contains("<category term=\"salt\" scheme=\"tag:news.example,2026:topics\" label=\"盐\"/>"),
            "{text}"
        );
    }
}
