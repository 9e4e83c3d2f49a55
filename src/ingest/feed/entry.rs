//! An entry of any feed as it was found, and the draft that becomes of it: what is missing is made up and named, what is
//! too long is cut, so that nothing else of it is lost.
//!
//! Knows nothing of formats. There is no clock here: what has no date gets one where it is taken in.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use chrono_tz::Tz;
use sha2::{Digest, Sha256};
use url::Url;

use crate::article::{Draft, Enclosure, Image, Person, Status, Time};
use crate::ingest::clean::{MAX_ID, MAX_LIST, MAX_NAME, MAX_SUMMARY, MAX_TITLE, MAX_URL};
use crate::ingest::html::{self, Cleaner};
use crate::ingest::{Found, MAX_INPUT, date, text};

/// How many ids of a document are remembered to tell different entries of the same id apart.
const MAX_REMEMBERED: usize = 1_000_000;

/// An entry as a feed has it.
#[derive(Clone, Debug, Default)]
pub struct Entry {
    pub line: u64,
    pub id: Option<String>,
    /// As it stands there.
    pub title: Option<String>,
    pub link: Option<String>,
    /// What its relative link is meant from.
    pub base: Option<String>,
    /// What relative links in its body are meant from, if not its own.
    pub body_base: Option<String>,
    /// The body as HTML.
    pub html: Option<String>,
    /// The body as text, if it has no HTML.
    pub text: Option<String>,
    /// HTML or text.
    pub summary: Option<String>,
    pub published: Option<String>,
    pub updated: Option<String>,
    pub authors: Vec<Person>,
    /// Each with all its spellings, of which the first is for people.
    pub categories: Vec<Vec<String>>,
    pub tags: Vec<String>,
    pub language: Option<String>,
    pub image: Option<Image>,
    pub enclosures: Vec<Enclosure>,
    pub status: Status,
    /// Whether the document ends within it.
    pub cut: bool,
}

/// What is remembered from entry to entry of a document.
pub struct Completer {
    zone: Tz,
    /// Ids, and ids with links.
    seen: HashSet<u64>,
    /// The time of the entry before.
    last: Option<Time>,
}

impl Completer {
    /// For a document whose dates are meant in `zone` if they name none.
    pub fn new(zone: Tz) -> Self {
        Self { zone, seen: HashSet::new(), last: None }
    }

    /// The entry as it may be taken in.
    pub fn complete(&mut self, entry: Entry) -> Found {
        let mut notes = Vec::new();
        if entry.cut {
            notes.push("the document ends within it; what follows is missing".to_owned());
        }
        let base = entry.base.as_deref().and_then(|base| Url::parse(base).ok());
        let link = entry.link.as_deref().and_then(|link| absolute(base.as_ref(), link));
        let (html, text) = body(&entry, &mut notes);
        let (published, updated, assumed) = self.dates(&entry, &mut notes);
        let (id, keeps_id) = self.id(&entry, link.as_deref(), &mut notes);
        let title = title(&entry, link.as_deref(), &id, &mut notes);
        let summary = entry.summary.as_deref().map(text_of).map(|summary| cut(&summary, MAX_SUMMARY));
        let has_body = html.is_some() || text.is_some();
        // An image that the body does not show would be put before it: that would be another body.
        let shows = |image: &Image| !has_body || html.as_deref().is_some_and(|html| html.contains(&image.url));
        let draft = Draft {
            image: entry.image.filter(|image| shows(image) && absolute(base.as_ref(), &image.url).is_some()),
            id,
            title,
            html: html.map(|html| with_base(html, entry.body_base.as_deref())),
            text,
            summary,
            url: link,
            authors: authors(entry.authors),
            published: published.map(|time| time.to_string()),
            updated: updated.map(|time| time.to_string()),
            tags: entry.tags.into_iter().map(|tag| text::line(&tag)).filter(|tag| fits(tag)).take(MAX_LIST).collect(),
            language: entry.language.filter(|language| is_language(language)),
            enclosures: enclosures(entry.enclosures, base.as_ref()),
            status: entry.status,
            ..Draft::default()
        };
        Found {
            line: entry.line,
            draft,
            assumed,
            categories: categories(entry.categories),
            keeps_id,
            notes,
            ..Found::default()
        }
    }

    /// When it was published, when it last changed, and, if the former is not known, a time that its place suggests:
    /// just before the entry before.
    fn dates(&mut self, entry: &Entry, notes: &mut Vec<String>) -> (Option<Time>, Option<Time>, Option<Time>) {
        let read = |text: &Option<String>| text.as_deref().and_then(|text| date::parse_any(text, self.zone));
        let (published, updated) = (read(&entry.published), read(&entry.updated));
        let known = published.or(updated);
        if known.is_none() {
            notes.push(match entry.published.as_deref().or(entry.updated.as_deref()) {
                Some(text) => format!("its date {:?} is not understood; one is assumed", cut(text, MAX_NAME)),
                None => "has no date; one is assumed".to_owned(),
            });
        }
        let assumed = if known.is_none() { self.last.map(|last| last.plus(-1)) } else { None };
        self.last = known.or(assumed).or(self.last);
        (known, updated.filter(|updated| published.is_some_and(|published| *updated > published)), assumed)
    }

    /// The id, and whether readers know the entry by it.
    fn id(&mut self, entry: &Entry, link: Option<&str>, notes: &mut Vec<String>) -> (String, bool) {
        let usable = |id: &&str| !id.is_empty() && id.len() <= MAX_ID && id.chars().all(text::is_clean);
        let own = entry.id.as_deref().map(str::trim).filter(usable);
        let by_link = || link.or(entry.link.as_deref()).map(str::trim).filter(usable);
        let Some(id) = own.or_else(by_link) else {
            notes.push("has neither an id nor a link; a hash of what it says is taken".to_owned());
            return (hash(entry), false);
        };
        if own.is_none() {
            notes.push("has no id; its link is taken".to_owned());
        }
        // Readers tell two entries of one id apart by their links, if at all.
        let link = link.unwrap_or_default();
        let whole = format!("{id}|{link}");
        let is_other = self.seen.contains(&short(id)) && !self.seen.contains(&short(&whole));
        if self.seen.len() < MAX_REMEMBERED {
            self.seen.extend([short(id), short(&whole)]);
        }
        if is_other && usable(&whole.as_str()) {
            notes.push(format!("its id {id:?} is that of another entry; its link is added to it"));
            return (whole, true);
        }
        (id.to_owned(), true)
    }
}

fn short(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// A name for what has none: the same for the same words.
fn hash(entry: &Entry) -> String {
    let said = [&entry.title, &entry.published, &entry.html, &entry.text, &entry.summary];
    let said: Vec<&str> = said.into_iter().map(|part| part.as_deref().unwrap_or_default()).collect();
    format!("hash-{}", data_encoding::HEXLOWER.encode(&Sha256::digest(said.join("\n"))[..16]))
}

/// HTML, or else text; neither, with a note, if it could not be published.
fn body(entry: &Entry, notes: &mut Vec<String>) -> (Option<String>, Option<String>) {
    let given = entry.html.as_ref().or(entry.text.as_ref());
    let reason = match given {
        Some(body) if body.len() > MAX_INPUT => format!("its body is longer than {MAX_INPUT} bytes"),
        Some(body) if entry.html.is_some() && html::too_deep(body) => {
            format!("its body's elements are nested deeper than {}", html::MAX_DEPTH)
        }
        _ => return (entry.html.clone(), entry.text.clone().filter(|_| entry.html.is_none())),
    };
    notes.push(format!("{reason}; only its summary is taken"));
    (None, None)
}

/// Text of HTML or of what may be HTML, on one line.
fn text_of(markup: &str) -> String {
    if !markup.contains(['<', '&']) || markup.len() > MAX_INPUT || html::too_deep(markup) {
        return text::line(&markup[..markup.floor_char_boundary(MAX_INPUT)]);
    }
    text::line(&html::to_text(&Cleaner::new(nowhere()).clean(markup)))
}

/// A base for links that nobody will follow.
fn nowhere() -> Url {
    Url::parse("http://invalid./").expect("it is a URL")
}

/// The title, or what readers would show in its place.
fn title(entry: &Entry, link: Option<&str>, id: &str, notes: &mut Vec<String>) -> String {
    let own = entry.title.as_deref().map(text::plain).unwrap_or_default();
    if !text::is_blank(&own) {
        if own.chars().count() > MAX_TITLE {
            notes.push(format!("its title is longer than {MAX_TITLE} characters, and cut"));
        }
        return cut(&own, MAX_TITLE);
    }
    let said = [&entry.html, &entry.text, &entry.summary].into_iter().flatten();
    let beginning = said.map(|text| text::headline(&text_of(text))).find(|text| !text::is_blank(text));
    let (title, what) = match (beginning, link.and_then(last_part)) {
        (Some(beginning), _) => (beginning, "its beginning"),
        (None, Some(part)) => (part, "the end of its link"),
        (None, None) => (cut(id, MAX_TITLE), "its id"),
    };
    notes.push(format!("has no title; {what} is taken"));
    title
}

/// The last part of a link's path, in words.
fn last_part(link: &str) -> Option<String> {
    let url = Url::parse(link).ok()?;
    let last = url.path_segments()?.rfind(|part| !part.is_empty())?.to_owned();
    let words = percent_encoding::percent_decode_str(&last).decode_utf8_lossy().replace(['-', '_'], " ");
    Some(cut(&text::plain(&words), MAX_TITLE)).filter(|words| !text::is_blank(words))
}

/// At most so many characters, with a sign that there were more.
fn cut(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        Some(_) => text.chars().take(limit - 1).chain(['…']).collect(),
        None => text.to_owned(),
    }
}

/// An http or https address that is not too long.
fn absolute(base: Option<&Url>, link: &str) -> Option<String> {
    let url = match base {
        Some(base) => base.join(link.trim()).ok()?,
        None => Url::parse(link.trim()).ok()?,
    };
    let web = ["http", "https"].contains(&url.scheme()) && url.as_str().len() <= MAX_URL;
    web.then(|| html::absolute(&url, url.as_str())).flatten()
}

/// The body with its relative links resolved, where they are meant from another place than the entry's link.
fn with_base(body: String, base: Option<&str>) -> String {
    match base.and_then(|base| Url::parse(base).ok()) {
        Some(base) if has_relative_links(&body) => Cleaner::new(base).clean(&body).as_str().to_owned(),
        _ => body,
    }
}

fn has_relative_links(html: &str) -> bool {
    let values = ["href=", "src="].into_iter().flat_map(|name| html.split(name).skip(1));
    let mut links = values.map(|rest| rest.trim_start_matches(['"', '\'']));
    links.any(|link| !["http:", "https:", "mailto:", "tel:", "#"].iter().any(|start| link.starts_with(start)))
}

fn authors(people: Vec<Person>) -> Vec<Person> {
    let mut named: Vec<Person> = Vec::new();
    for Person { name, url } in people {
        let name = cut(&text::plain(&name), MAX_NAME);
        let url = url.and_then(|url| absolute(None, &url));
        if !text::is_blank(&name) && !named.iter().any(|other| other.name == name) && named.len() < MAX_LIST {
            named.push(Person { name, url });
        }
    }
    named
}

fn fits(name: &str) -> bool {
    !text::is_blank(name) && name.chars().count() <= MAX_NAME
}

fn categories(categories: Vec<Vec<String>>) -> Vec<Vec<String>> {
    let clean = |spellings: Vec<String>| {
        spellings.iter().map(|name| text::plain(name)).filter(|name| fits(name)).collect::<Vec<_>>()
    };
    let mut clean: Vec<_> = categories.into_iter().map(clean).filter(|spellings| !spellings.is_empty()).collect();
    clean.truncate(MAX_LIST);
    clean
}

/// The shape of a language tag.
fn is_language(tag: &str) -> bool {
    let subtag = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric());
    let primary = |part: &str| (2..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphabetic());
    tag.split('-').next().is_some_and(primary) && tag.split('-').all(subtag)
}

fn enclosures(enclosures: Vec<Enclosure>, base: Option<&Url>) -> Vec<Enclosure> {
    let whole = |enclosure: Enclosure| {
        let url = absolute(base, &enclosure.url)?;
        let media_type = media_type(&enclosure.media_type).unwrap_or_else(|| guessed_type(&url).to_owned());
        Some(Enclosure { url, media_type, ..enclosure })
    };
    enclosures.into_iter().filter_map(whole).take(MAX_LIST).collect()
}

/// A media type without its parameters, if it is one.
fn media_type(text: &str) -> Option<String> {
    let text = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let token =
        |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-+._!#$&^".contains(&b));
    text.split_once('/').is_some_and(|(kind, subtype)| token(kind) && token(subtype)).then_some(text)
}

/// What a file's name says of its type.
fn guessed_type(url: &str) -> &'static str {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    match path.rsplit('.').next().unwrap_or_default().to_ascii_lowercase().as_str() {
        "mp3" => "audio/mpeg",
        "m4a" | "aac" => "audio/mp4",
        "ogg" | "oga" | "opus" => "audio/ogg",
        "wav" => "audio/wav",
        "mp4" | "m4v" => "video/mp4",
        "webm" => "video/webm",
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "pdf" => "application/pdf",
        "epub" => "application/epub+zip",
        "zip" => "application/zip",
        _ => "application/octet-stream",
    }
}
