//! A draft becomes what can be published: clean, bounded, complete; or a reason why it cannot (rule 9).
//!
//! Knows nothing of files, lines, feeds or stores.

use url::Url;

use super::html::{self, Cleaner};
use super::{MAX_INPUT, text};
use crate::article::{Content, DateError, Draft, Enclosure, Html, Image, Person, Slug, Status, Time};

/// The longest id that a source may give, in bytes.
pub const MAX_ID: usize = 1024;
/// The longest title, in characters.
pub const MAX_TITLE: usize = 1000;
/// The longest summary or note, in characters.
pub const MAX_SUMMARY: usize = 10_000;
/// The longest body once it is clean, in bytes.
pub const MAX_HTML: usize = 2 * MAX_INPUT;
/// The longest link, in bytes.
pub const MAX_URL: usize = 4096;
/// The longest name or tag, in characters.
pub const MAX_NAME: usize = 200;
/// The most authors, tags or enclosures, each.
pub const MAX_LIST: usize = 50;

/// A clean draft.
#[derive(Clone, Debug)]
pub struct Cleaned {
    /// The source's own id.
    pub own_id: String,
    /// Everything that is rendered of it.
    pub content: Content,
    /// Its body as plain text, for the classifier.
    pub plain: String,
    /// When its source says it was published.
    pub published: Option<Time>,
    /// When its source says it last changed.
    pub updated: Option<Time>,
    /// Districts it brings, sorted.
    pub districts: Option<Vec<Slug>>,
    /// Topics it brings, sorted.
    pub topics: Option<Vec<Slug>>,
}

/// Why a draft cannot be published.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Refusal {
    /// A required text is empty once clean.
    #[error("{0} is empty")]
    Empty(&'static str),
    /// A text is too long.
    #[error("{what} is longer than {limit} {unit}")]
    TooLong {
        /// The field.
        what: &'static str,
        /// What it may have.
        limit: usize,
        /// Of what.
        unit: &'static str,
    },
    /// An id that feeds cannot carry.
    #[error("id has characters that XML forbids")]
    Id,
    /// More than one body.
    #[error("only one of html, text and markdown can be given")]
    Bodies,
    /// Elements within elements within elements.
    #[error("the body's elements are nested deeper than {}", html::MAX_DEPTH)]
    TooDeep,
    /// A date that is none.
    #[error("{0}: {1}")]
    Date(&'static str, DateError),
    /// A link that leads nowhere.
    #[error("{0}: {1:?} is not an http or https address")]
    Link(&'static str, String),
    /// A media type that is none.
    #[error("{0}: {1:?} is not a media type such as image/jpeg")]
    MediaType(&'static str, String),
    /// A language tag that is none.
    #[error("language: {0:?} is not a language tag such as zh-Hant (BCP 47)")]
    Language(String),
    /// A label that cannot be a slug.
    #[error("{0}: {1:?} is not a slug")]
    Slug(&'static str, String),
    /// It is not to be seen.
    #[error("its status is {0}; only published articles are taken")]
    Status(&'static str),
}

/// Cleans drafts of one site.
pub struct Door {
    base: Url,
    cleaner: Cleaner,
}

impl Door {
    /// `base` is the site's address; relative links of articles that live elsewhere are meant from there.
    pub fn new(base: Url) -> Self {
        Self { cleaner: Cleaner::new(base.clone()), base }
    }

    /// Cleans one draft.
    pub fn clean(&self, draft: &Draft) -> Result<Cleaned, Refusal> {
        match draft.status {
            Status::Published => {}
            Status::Draft => return Err(Refusal::Status("draft")),
            Status::Withdrawn => return Err(Refusal::Status("withdrawn")),
        }
        let own_id = own_id(&draft.id)?;
        let title = self::title(&draft.title)?;
        let url = draft.url.as_deref().map(|url| link("url", &self.base, url)).transpose()?;
        let base = url.as_deref().and_then(|url| Url::parse(url).ok()).unwrap_or_else(|| self.base.clone());
        let image = draft.image.as_ref().map(|image| self::image(&base, image)).transpose()?;
        let note = draft.note.as_deref().map(note).transpose()?;
        let html = complete(self.body(draft, &base)?, image.as_ref())?;
        let plain = html::to_text(&html);
        let summary = summary(draft, &title, &plain)?;
        let content = Content {
            title,
            summary,
            html,
            url,
            authors: list("authors", &draft.authors, |person| author(&base, person))?,
            tags: tags(&draft.tags)?,
            language: draft.language.as_deref().map(language).transpose()?,
            image,
            enclosures: list("enclosures", &draft.enclosures, |e| enclosure(&base, e))?,
            note,
        };
        Ok(Cleaned {
            own_id,
            content,
            plain,
            published: date("published", draft.published.as_deref())?,
            updated: date("updated", draft.updated.as_deref())?,
            districts: draft.districts.as_deref().map(|slugs| labels("districts", slugs)).transpose()?,
            topics: draft.topics.as_deref().map(|slugs| labels("topics", slugs)).transpose()?,
        })
    }

    fn body(&self, draft: &Draft, base: &Url) -> Result<Html, Refusal> {
        let given = [draft.html.as_deref(), draft.text.as_deref(), draft.markdown.as_deref()];
        if given.iter().flatten().count() > 1 {
            return Err(Refusal::Bodies);
        }
        if given.iter().flatten().any(|body| body.len() > MAX_INPUT) {
            return Err(Refusal::TooLong { what: "the body", limit: MAX_INPUT, unit: "bytes" });
        }
        let foreign = |html: &str| match html {
            html if html::too_deep(html) => Err(Refusal::TooDeep),
            html if *base == self.base => Ok(self.cleaner.clean(html)),
            html => Ok(Cleaner::new(base.clone()).clean(html)),
        };
        match given {
            [Some(html), _, _] => foreign(html),
            [_, Some(plain), _] => Ok(html::of_text(plain)),
            [_, _, Some(markdown)] => foreign(&rendered(markdown)),
            [None, None, None] => Ok(Html::default()),
        }
    }
}

/// CommonMark with tables, footnotes and strikethrough, as HTML that is yet to be cleaned.
fn rendered(markdown: &str) -> String {
    use pulldown_cmark::{Options, Parser, html};
    let options = Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES | Options::ENABLE_STRIKETHROUGH;
    let mut rendered = String::with_capacity(markdown.len() * 3 / 2);
    html::push_html(&mut rendered, Parser::new_ext(markdown, options));
    rendered
}

/// The lead image, unless the body shows it itself, then the body.
fn complete(body: Html, image: Option<&Image>) -> Result<Html, Refusal> {
    let shows = |image: &Image| body.as_str().contains(&format!("src=\"{}\"", text::escape(&image.url)));
    let whole = match image.filter(|image| !shows(image)) {
        Some(image) => html::joined(&figure(image), &body),
        None => body,
    };
    // Cleaning can make a little more of what it is given, never a multiple.
    if whole.as_str().len() > MAX_HTML {
        return Err(Refusal::TooLong { what: "the body, once clean,", limit: MAX_HTML, unit: "bytes" });
    }
    Ok(whole)
}

fn figure(image: &Image) -> String {
    let alt = text::escape(image.alt.as_deref().unwrap_or_default());
    let mut tag = format!("<figure><img src=\"{}\" alt=\"{alt}\"", text::escape(&image.url));
    for (name, value) in [("width", image.width), ("height", image.height)] {
        if let Some(value) = value {
            tag.push_str(&format!(" {name}=\"{value}\""));
        }
    }
    tag + "></figure>\n"
}

/// What the draft gives, else the beginning of the body, else the title.
fn summary(draft: &Draft, title: &str, plain: &str) -> Result<String, Refusal> {
    let given = draft.summary.as_deref().map(|summary| bounded("summary", summary, MAX_SUMMARY)).transpose()?;
    let own = given.filter(|given| !given.is_empty()).unwrap_or_else(|| text::summary(plain));
    Ok(if own.is_empty() { title.to_owned() } else { own })
}

/// The source's own id: a name, so that nothing but white space at its ends is taken away.
fn own_id(id: &str) -> Result<String, Refusal> {
    match id.trim() {
        "" => Err(Refusal::Empty("id")),
        id if id.len() > MAX_ID => Err(Refusal::TooLong { what: "id", limit: MAX_ID, unit: "bytes" }),
        // Taking anything away could make two ids one.
        id if !id.chars().all(text::is_clean) => Err(Refusal::Id),
        id => Ok(id.to_owned()),
    }
}

/// A headline as it may be published.
pub fn title(value: &str) -> Result<String, Refusal> {
    required("title", value, MAX_TITLE)
}

/// A note for readers, on a correction or a withdrawal, as it may be published.
pub fn note(value: &str) -> Result<String, Refusal> {
    bounded("note", value, MAX_SUMMARY)
}

/// A clean line of plain text of at most `limit` characters.
fn bounded(what: &'static str, value: &str, limit: usize) -> Result<String, Refusal> {
    // Markup makes a text longer than it reads, but not by a multiple; and what is far too long is not even looked at.
    if value.len() > 8 * limit {
        return Err(Refusal::TooLong { what, limit, unit: "characters" });
    }
    let line = text::plain(value);
    if line.chars().count() > limit { Err(Refusal::TooLong { what, limit, unit: "characters" }) } else { Ok(line) }
}

fn required(what: &'static str, value: &str, limit: usize) -> Result<String, Refusal> {
    let line = bounded(what, value, limit)?;
    if text::is_blank(&line) { Err(Refusal::Empty(what)) } else { Ok(line) }
}

fn list<T, U>(what: &'static str, values: &[T], clean: impl Fn(&T) -> Result<U, Refusal>) -> Result<Vec<U>, Refusal> {
    if values.len() > MAX_LIST {
        return Err(Refusal::TooLong { what, limit: MAX_LIST, unit: "items" });
    }
    values.iter().map(clean).collect()
}

fn date(what: &'static str, value: Option<&str>) -> Result<Option<Time>, Refusal> {
    value.map(|value| Time::parse(value).map_err(|error| Refusal::Date(what, error))).transpose()
}

/// Keywords, without those that are empty once clean.
fn tags(values: &[String]) -> Result<Vec<String>, Refusal> {
    let mut tags = list("tags", values, |tag| bounded("tags", tag, MAX_NAME))?;
    tags.retain(|tag| !tag.is_empty());
    Ok(tags)
}

/// An http or https address, absolute and in ASCII.
pub(super) fn link(what: &'static str, base: &Url, value: &str) -> Result<String, Refusal> {
    let url = html::absolute(base, value).filter(|url| url.starts_with("http"));
    let url = url.ok_or_else(|| Refusal::Link(what, value.to_owned()))?;
    if url.len() > MAX_URL { Err(Refusal::TooLong { what, limit: MAX_URL, unit: "bytes" }) } else { Ok(url) }
}

fn author(base: &Url, person: &Person) -> Result<Person, Refusal> {
    let url = person.url.as_deref().map(|url| link("authors", base, url)).transpose()?;
    Ok(Person { name: required("authors", &person.name, MAX_NAME)?, url })
}

fn image(base: &Url, image: &Image) -> Result<Image, Refusal> {
    let pixels = |side: Option<u32>| side.filter(|pixels| *pixels > 0);
    Ok(Image {
        url: link("image", base, &image.url)?,
        width: pixels(image.width),
        height: pixels(image.height),
        media_type: image.media_type.as_deref().map(|t| media_type("image", t)).transpose()?,
        alt: image.alt.as_deref().map(|alt| bounded("image", alt, MAX_SUMMARY)).transpose()?,
    })
}

fn enclosure(base: &Url, enclosure: &Enclosure) -> Result<Enclosure, Refusal> {
    Ok(Enclosure {
        url: link("enclosures", base, &enclosure.url)?,
        media_type: media_type("enclosures", &enclosure.media_type)?,
        ..enclosure.clone()
    })
}

/// Two tokens with a slash between (RFC 9110 §8.3.1), without parameters.
pub(super) fn media_type(what: &'static str, value: &str) -> Result<String, Refusal> {
    let token =
        |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b));
    match value.trim().split_once('/') {
        Some((kind, subtype)) if token(kind) && token(subtype) => Ok(value.trim().to_ascii_lowercase()),
        _ => Err(Refusal::MediaType(what, value.to_owned())),
    }
}

/// The shape of RFC 5646: subtags of letters and digits, the first of two or three letters (or x, i).
pub(super) fn language(value: &str) -> Result<String, Refusal> {
    let value = value.trim();
    let subtag = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric());
    let first = value.split('-').next().unwrap_or_default();
    let primary = (2..=3).contains(&first.len()) && first.bytes().all(|b| b.is_ascii_alphabetic());
    if primary && value.split('-').all(subtag) {
        Ok(value.to_owned())
    } else {
        Err(Refusal::Language(value.to_owned()))
    }
}

fn labels(what: &'static str, values: &[String]) -> Result<Vec<Slug>, Refusal> {
    let mut slugs = list(what, values, |value| Slug::parse(value).ok_or_else(|| Refusal::Slug(what, value.clone())))?;
    slugs.sort();
    slugs.dedup();
    Ok(slugs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn door() -> Door {
        Door::new(Url::parse("https://news.example/").expect("a URL"))
    }

    fn draft() -> Draft {
        Draft { id: "1".to_owned(), title: "盐井".to_owned(), ..Draft::default() }
    }

    #[test]
    fn an_article_without_body_gets_its_title_as_summary() {
        let cleaned = door().clean(&draft()).expect("a headline");
        assert_eq!(cleaned.content.summary, "盐井");
        assert!(cleaned.content.html.is_empty());
    }

    #[test]
    fn the_lead_image_stands_in_the_body_once() {
        let image = Image { url: "/a.jpg".to_owned(), media_type: None, width: Some(2), height: None, alt: None };
        let mut draft = Draft { text: Some("井".to_owned()), image: Some(image), ..draft() };
        let html = door().clean(&draft).expect("an article").content.html;
        let figure = "<figure><img src=\"https://news.example/a.jpg\" alt=\"\" width=\"2\"></figure>\n";
        assert_eq!(html.as_str(), format!("{figure}<p>井</p>\n"));
        draft.text = None;
        draft.html = Some("<p>井</p><img src=\"a.jpg\">".to_owned());
        let html = door().clean(&draft).expect("an article").content.html;
        assert_eq!(html.as_str(), "<p>井</p><img src=\"https://news.example/a.jpg\">");
    }

    #[test]
    fn a_note_is_kept_apart_from_what_it_corrects() {
        let draft =
            Draft { text: Some("井深千米。".to_owned()), note: Some("更正<井深>".to_owned()), ..draft() };
        let content = door().clean(&draft).expect("an article").content;
        assert_eq!(content.note.as_deref(), Some("更正<井深>"));
        assert_eq!((content.html.as_str(), content.summary.as_str()), ("<p>井深千米。</p>\n", "井深千米。"));
    }

    #[test]
    fn what_cannot_be_published_is_refused_with_a_reason() {
        let refused = |draft: Draft| door().clean(&draft).expect_err("must be refused").to_string();
        assert_eq!(refused(Draft { title: " \u{8}\t".to_owned(), ..draft() }), "title is empty");
        assert_eq!(
            refused(Draft { url: Some("ftp://a/".to_owned()), ..draft() }),
            "url: \"ftp://a/\" is not an http or https address"
        );
        assert_eq!(
            refused(Draft { html: Some(String::new()), text: Some(String::new()), ..draft() }),
            "only one of html, text and markdown can be given"
        );
        assert!(
            refused(Draft { published: Some("gestern".to_owned()), ..draft() })
                .starts_with("published: \"gestern\" is not an RFC 3339 date")
        );
        assert_eq!(
            refused(Draft { status: Status::Draft, ..draft() }),
            "its status is draft; only published articles are taken"
        );
        assert!(refused(Draft { language: Some("chinesisch!".to_owned()), ..draft() }).starts_with("language: "));
        assert!(refused(Draft { title: "盐".repeat(1001), ..draft() }).starts_with("title is longer than 1000"));
    }
}
