//! A draft becomes what can be published: clean, bounded, complete; or a reason why it cannot (rule 9).
//!
//! Knows nothing of files, lines, feeds or stores.

use std::path::PathBuf;

use url::Url;

use super::beside::{Beside, Neighbourhood, Size};
use super::html::{self, Cleaner};
use super::loss::Loss;
use super::refusal::{Faults, Reason, Refusal, Refusals};
use super::{MAX_INPUT, commonmark, link, remarks, text};
use crate::article::{Content, Draft, Enclosure, Html, Image, Person, Slug, Status, Time};

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
    /// Notes for its editor on the files that it refers to.
    pub notes: Vec<String>,
    /// The parts that its body lost.
    pub losses: Vec<Loss>,
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

    /// Cleans one draft, or tells all that is wrong with it.
    pub fn clean(&self, draft: &Draft) -> Result<Cleaned, Refusals> {
        self.clean_among(draft, None)
    }

    /// The same of a draft from a file, beside which others may belong to it; or in one of these folders.
    pub fn clean_beside(&self, draft: &Draft, file: &Beside, media: &[PathBuf]) -> Result<Cleaned, Refusals> {
        let files = Neighbourhood::new(file, media, &self.base);
        let cleaned = self.clean_among(draft, Some(&files));
        cleaned.map(|cleaned| Cleaned { notes: files.notes(), ..cleaned })
    }

    fn clean_among(&self, draft: &Draft, files: Option<&Neighbourhood<'_>>) -> Result<Cleaned, Refusals> {
        let mut faults = Faults::default();
        let own_id = faults.ok(own_id(&draft.id));
        let title = faults.ok(self::title(&draft.title));
        let url = faults.maybe(draft.url.as_deref(), |url| link("url", &self.base, url));
        let base = url.as_deref().and_then(|url| Url::parse(url).ok()).unwrap_or_else(|| self.base.clone());
        let image = draft.image.as_ref();
        let image = image.and_then(|image| faults.within("image", |faults| self::image(faults, &base, files, image)));
        let (html, losses) = self.body(&mut faults, draft, (&base, files), image.as_ref()).unwrap_or_default();
        let plain = html::to_text(&html);
        let summary = faults.maybe(draft.summary.as_deref(), |summary| bounded("summary", summary, MAX_SUMMARY));
        let summary = summary.filter(|given| !given.is_empty());
        let summary = summary.unwrap_or_else(|| derived_summary(title.as_deref().unwrap_or_default(), &plain));
        let (title, own_id) = (title.unwrap_or_default(), own_id.unwrap_or_default());
        let content = Content {
            title,
            summary,
            html,
            url,
            authors: faults.each("authors", &draft.authors, MAX_LIST, |faults, person| author(faults, &base, person)),
            tags: tags(&mut faults, &draft.tags),
            language: faults.maybe(draft.language.as_deref(), language),
            image,
            enclosures: faults
                .each("enclosures", &draft.enclosures, MAX_LIST, |f, file| enclosure(f, &base, files, file)),
            note: faults.maybe(draft.note.as_deref(), note),
        };
        let cleaned = Cleaned {
            own_id,
            content,
            plain,
            published: faults.maybe(draft.published.as_deref(), |date| self::date("published", date)),
            updated: faults.maybe(draft.updated.as_deref(), |date| self::date("updated", date)),
            districts: draft.districts.as_deref().map(|slugs| labels(&mut faults, "districts", slugs)),
            topics: draft.topics.as_deref().map(|slugs| labels(&mut faults, "topics", slugs)),
            notes: Vec::new(),
            losses,
        };
        faults.ok(status(draft.status));
        faults.end().map(|()| cleaned)
    }

    /// The one body that is given, clean and with the lead image.
    fn body(
        &self,
        faults: &mut Faults,
        draft: &Draft,
        links: Links<'_>,
        image: Option<&Image>,
    ) -> Option<(Html, Vec<Loss>)> {
        let given = [("html", &draft.html), ("text", &draft.text), ("markdown", &draft.markdown)];
        let mut given = given.into_iter().filter_map(|(place, body)| Some((place, body.as_deref()?)));
        let (place, body) = given.next().unwrap_or(("html", ""));
        for (further, _) in given {
            faults.ok::<()>(Err(Refusal::new(further, Reason::Bodies)));
        }
        faults.ok(self.one_body(place, body, links, image))
    }

    /// The body in this field.
    fn one_body(
        &self,
        place: &'static str,
        body: &str,
        links: Links<'_>,
        image: Option<&Image>,
    ) -> Result<(Html, Vec<Loss>), Refusal> {
        if body.len() > MAX_INPUT {
            return Err(Refusal::new(place, Reason::TooLong { limit: MAX_INPUT, unit: "bytes" }));
        }
        let (base, files) = links;
        let foreign = |html: &str| match html {
            html if *base == self.base => self.cleaner.clean_telling(html, files),
            html => Cleaner::new(base.clone()).of_page(base).clean_telling(html, files),
        };
        let body = match place {
            "text" => Ok((html::of_text(body), Vec::new())),
            // Whoever sends it, its writer's private remarks are for nobody else.
            "markdown" => commonmark::check(body)
                .and_then(|()| commonmark::html(&remarks::without(body).0))
                .and_then(|html| foreign(&html)),
            _ => foreign(body),
        };
        body.and_then(|(body, losses)| Ok((complete(body, image)?, losses)))
            .map_err(|reason| Refusal::new(place, reason))
    }
}

/// The base of relative links, and the files that they may mean.
type Links<'l> = (&'l Url, Option<&'l Neighbourhood<'l>>);

/// The lead image, unless the body shows it itself, then the body.
fn complete(body: Html, image: Option<&Image>) -> Result<Html, Reason> {
    let whole = match image.filter(|image| !shows(body.as_str(), image)) {
        Some(image) => html::joined(&figure(image), &body),
        None => body,
    };
    // Cleaning can make a little more of what it is given, never a multiple.
    if whole.as_str().len() > MAX_HTML {
        return Err(Reason::TooLong { limit: MAX_HTML, unit: "bytes, once clean" });
    }
    Ok(whole)
}

/// Whether a body shows an image itself.
pub(super) fn shows(body: &str, image: &Image) -> bool {
    body.contains(&format!("src=\"{}\"", text::escape(&image.url)))
}

/// The lead image as it stands before the body.
pub(super) fn figure(image: &Image) -> String {
    let alt = text::escape(image.alt.as_deref().unwrap_or_default());
    let mut tag = format!("<figure><img src=\"{}\" alt=\"{alt}\"", text::escape(&image.url));
    for (name, value) in [("width", image.width), ("height", image.height)] {
        if let Some(value) = value {
            tag.push_str(&format!(" {name}=\"{value}\""));
        }
    }
    tag + "></figure>\n"
}

/// The summary of an article without one: the beginning of the body, else the title.
pub(super) fn derived_summary(title: &str, plain: &str) -> String {
    let own = text::summary(plain);
    if own.is_empty() { title.to_owned() } else { own }
}

/// The source's own id: a name, so that nothing but white space at its ends is taken away.
fn own_id(id: &str) -> Result<String, Refusal> {
    match id.trim() {
        "" => Err(Refusal::new("id", Reason::Empty)),
        id if id.len() > MAX_ID => Err(Refusal::new("id", Reason::TooLong { limit: MAX_ID, unit: "bytes" })),
        // Taking anything away could make two ids one.
        id if !id.chars().all(text::is_clean) => Err(Refusal::new("id", Reason::Unclean)),
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
fn bounded(place: &'static str, value: &str, limit: usize) -> Result<String, Refusal> {
    let too_long = || Refusal::new(place, Reason::TooLong { limit, unit: "characters" });
    // Markup makes a text longer than it reads, but not by a multiple; and what is far too long is not even looked at.
    if value.len() > 8 * limit {
        return Err(too_long());
    }
    let line = text::plain(value);
    if line.chars().count() > limit { Err(too_long()) } else { Ok(line) }
}

fn required(place: &'static str, value: &str, limit: usize) -> Result<String, Refusal> {
    let line = bounded(place, value, limit)?;
    if text::is_blank(&line) { Err(Refusal::new(place, Reason::Empty)) } else { Ok(line) }
}

fn status(status: Status) -> Result<(), Refusal> {
    let status = match status {
        Status::Published => return Ok(()),
        Status::Draft => "draft",
        Status::Withdrawn => "withdrawn",
    };
    Err(Refusal::new("status", Reason::Status(status)))
}

fn date(place: &'static str, value: &str) -> Result<Time, Refusal> {
    Time::parse(value).map_err(|error| Refusal::new(place, Reason::Date(error)))
}

/// Keywords, without those that are empty once clean.
fn tags(faults: &mut Faults, values: &[String]) -> Vec<String> {
    let mut tags = faults.each("tags", values, MAX_LIST, |faults, tag| faults.ok(bounded("", tag, MAX_NAME)));
    tags.retain(|tag| !tag.is_empty());
    tags
}

/// An http or https address, absolute and in ASCII.
pub(super) fn link(place: &'static str, base: &Url, value: &str) -> Result<String, Refusal> {
    let url = link::absolute(base, value).filter(|url| url.starts_with("http"));
    let url = url.ok_or_else(|| Refusal::new(place, Reason::Link(value.to_owned())))?;
    let too_long = || Refusal::new(place, Reason::TooLong { limit: MAX_URL, unit: "bytes" });
    if url.len() > MAX_URL { Err(too_long()) } else { Ok(url) }
}

fn author(faults: &mut Faults, base: &Url, person: &Person) -> Option<Person> {
    let url = faults.maybe(person.url.as_deref(), |url| link("url", base, url));
    Some(Person { name: faults.ok(required("name", &person.name, MAX_NAME))?, url })
}

/// A lead image. Its size is its file's own, if that is there and nothing was said of it.
fn image(faults: &mut Faults, base: &Url, files: Option<&Neighbourhood<'_>>, image: &Image) -> Option<Image> {
    let file = files.and_then(|files| files.named(&image.url));
    let unsized_file = file.as_ref().filter(|_| image.width.is_none() && image.height.is_none());
    let size = unsized_file.and_then(|file| Size::of(&file.path));
    let pixels = |side: Option<u32>, own: Option<u32>| side.filter(|pixels| *pixels > 0).or(own);
    let media_type = faults.maybe(image.media_type.as_deref(), |named| media_type("type", named));
    let alt = faults.maybe(image.alt.as_deref(), |alt| bounded("alt", alt, MAX_SUMMARY));
    let address = file.as_ref().map_or(&image.url, |file| &file.address);
    let url = faults.ok(link("url", base, address))?;
    let width = pixels(image.width, size.map(|size| size.width));
    let height = pixels(image.height, size.map(|size| size.height));
    Some(Image { url, width, height, media_type, alt })
}

fn enclosure(
    faults: &mut Faults,
    base: &Url,
    files: Option<&Neighbourhood<'_>>,
    enclosure: &Enclosure,
) -> Option<Enclosure> {
    let file = files.and_then(|files| files.named(&enclosure.url));
    let url = faults.ok(link("url", base, file.as_ref().map_or(&enclosure.url, |file| &file.address)));
    let media_type = faults.ok(media_type("type", &enclosure.media_type));
    let length = enclosure.length.or_else(|| Some(file?.path.metadata().ok()?.len()));
    Some(Enclosure { url: url?, media_type: media_type?, length, ..enclosure.clone() })
}

/// Two tokens with a slash between (RFC 9110 §8.3.1), without parameters.
pub(super) fn media_type(place: &'static str, value: &str) -> Result<String, Refusal> {
    let token =
        |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b));
    match value.trim().split_once('/') {
        Some((kind, subtype)) if token(kind) && token(subtype) => Ok(value.trim().to_ascii_lowercase()),
        _ => Err(Refusal::new(place, Reason::MediaType(value.to_owned()))),
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
        Err(Refusal::new("language", Reason::Language(value.to_owned())))
    }
}

fn labels(faults: &mut Faults, place: &'static str, values: &[String]) -> Vec<Slug> {
    let slug = |value: &String| Slug::parse(value).ok_or_else(|| Refusal::new("", Reason::Slug(value.clone())));
    let mut slugs = faults.each(place, values, MAX_LIST, |faults, value| faults.ok(slug(value)));
    slugs.sort();
    slugs.dedup();
    slugs
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
    fn what_a_body_loses_is_told_and_what_nobody_was_to_see_is_not() {
        let lost = |html: &str| {
            let cleaned = door().clean(&Draft { html: Some(html.to_owned()), ..draft() }).expect("an article");
            cleaned.losses.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
        };
        let picture = "1 picture left out: without a source that readers can load";
        let player = "1 player left out: without an address that a link can lead to";
        for (html, expected) in [
            ("<img alt=\"井\">", picture),
            ("<img src=\"data:image/png;base64,AA\">", picture),
            ("<img src=\"data:x\"><noscript><img src=\"/1.jpg\"></noscript>", ""),
            ("<img data-src=\"/1.jpg\"><img width=\"1\" height=\"1\">", ""),
            ("<iframe></iframe>", player),
            ("<iframe src=\"/1\"></iframe><iframe width=\"1\" height=\"1\" src=\"/2\"></iframe>", ""),
            ("<object></object>", player),
            ("<object><embed src=\"/1\"></object>", ""),
            ("<embed type=\"x\">", player),
            ("<audio controls></audio>", player),
            ("<video><source src=\"/1.mp4\"></video><audio src=\"/1.mp3\"></audio>", ""),
            ("<picture><source srcset=\"/1.webp\"><img src=\"/1.jpg\"></picture>", ""),
            ("<p>井</p>", ""),
        ] {
            assert_eq!(lost(html), expected, "{html}");
        }
    }

    #[test]
    fn footnotes_of_markdown_lead_to_their_notes() {
        let markdown = Some("盐[^1]井[^注]\n\n[^1]: 长三里。\n\n[^注]: 深千米。\n".to_owned());
        let html = door().clean(&Draft { markdown, ..draft() }).expect("an article").content.html;
        for piece in ["<sup><a href=\"#1\">1</a></sup>", "<div id=\"1\">", "href=\"#%E6%B3%A8\"", "<div id=\"注\">"] {
            assert!(html.as_str().contains(piece), "{piece} in {}", html.as_str());
        }
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
    fn all_that_is_wrong_is_told_at_once_each_with_its_place() {
        let authors = vec![Person { name: " ".to_owned(), url: Some("ftp://a".to_owned()) }];
        let draft = Draft {
            id: String::new(),
            title: String::new(),
            url: Some("x:".to_owned()),
            authors,
            tags: vec!["a".to_owned(), "b".repeat(201)],
            topics: Some(vec!["salt".to_owned(), "Salz!".to_owned()]),
            updated: Some("morgen".to_owned()),
            ..Draft::default()
        };
        let refusals = door().clean(&draft).expect_err("must be refused").0;
        let pointers: Vec<String> = refusals.into_iter().map(|refusal| refusal.pointer).collect();
        let places = ["/id", "/title", "/url", "/authors/0/url", "/authors/0/name", "/tags/1", "/updated", "/topics/1"];
        assert_eq!(pointers, places);
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
            "text: only one of html, text and markdown can be given"
        );
        assert!(
            refused(Draft { published: Some("gestern".to_owned()), ..draft() })
                .starts_with("published: \"gestern\" is not an RFC 3339 date")
        );
        assert_eq!(
            refused(Draft { status: Status::Draft, ..draft() }),
            "status is draft; only published articles are taken"
        );
        assert!(refused(Draft { language: Some("chinesisch!".to_owned()), ..draft() }).starts_with("language: "));
        assert!(refused(Draft { title: "盐".repeat(1001), ..draft() }).starts_with("title is longer than 1000"));
    }
}
