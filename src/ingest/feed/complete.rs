//! An entry becomes a draft: what is missing is made up and what is too long is cut, so that no entry is lost for it.
//!
//! Knows nothing of formats. Whatever it makes up it notes, for the entry's editor to know; ids, dates and words that
//! can be kept are kept as they are.

use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use sha2::{Digest, Sha256};
use url::Url;

use super::entry::{Enclosed, Entry, Prose};
use super::media::media_type;
use super::reference::decoded;
use super::tree::resolved;
use crate::article::{Draft, Enclosure, Image, Person, Status, Time};
use crate::ingest::clean::{self, MAX_ID, MAX_LIST, MAX_NAME, MAX_SUMMARY, MAX_TITLE};
use crate::ingest::date::Dates;
use crate::ingest::html::{self, Cleaner};
use crate::ingest::loss::Loss;
use crate::ingest::{Category, Clues, Found, MAX_INPUT, link, text};

/// The length of a title that is made of an entry's beginning, in columns.
const TITLE_COLUMNS: usize = 60;

/// The most ids of a document that are remembered, to tell entries of one id apart.
const MAX_IDS: usize = 200_000;

/// The length of the beginning of a body that is too long or too deep.
const BEGINNING: usize = 1 << 16;

/// Completes the entries of one document, in their order.
pub(super) struct Completer {
    dates: Dates,
    /// Makes words of HTML; where its links lead is of no matter.
    cleaner: Cleaner,
    /// Where links lead whose base nobody names: nowhere that is kept.
    nowhere: Url,
    /// The date of the entry before.
    before: Option<Time>,
    /// The ids so far, and to which link each belongs.
    ids: HashMap<u64, u64>,
}

impl Completer {
    /// `dates` reads those of this document.
    pub(super) fn new(dates: Dates) -> Self {
        let nowhere = Url::parse("http://nowhere.invalid/").expect("an address");
        Self { dates, cleaner: Cleaner::new(nowhere.clone()), nowhere, before: None, ids: HashMap::new() }
    }

    /// The entry as a draft.
    pub(super) fn complete(&mut self, entry: Entry) -> Found {
        let mut notes = Vec::new();
        let base = entry.base.clone().or_else(|| entry.home.clone());
        let link = entry.link.as_deref().and_then(|link| self.link(base.as_ref(), link));
        let link_faults: Vec<String> =
            entry.link.iter().filter_map(|link| self.fault("its link", base.as_ref(), link)).collect();
        let (id, keeps_id) = self.id(&entry, link.as_deref(), &mut notes);
        let page = link.as_deref().and_then(|link| Url::parse(link).ok());
        let base = entry.base.clone().or_else(|| page.clone()).or_else(|| entry.home.clone());
        let summary = Some(self.plain(&entry.summary)).filter(|summary| !text::is_blank(summary));
        let Body { html, text: plain, has_picture, lost } =
            self.body(&entry, (base.as_ref(), page.as_ref()), summary.as_deref(), &mut notes);
        let (published, assumed) = self.published(&entry, &mut notes);
        let updated = entry.updated.iter().find_map(|date| self.dates.read(date)).map(|date| date.time);
        let updated = updated.filter(|updated| published.is_some_and(|published| published < *updated));
        let shown = |image: &Image| {
            entry.has_chosen_image || !has_picture || html.as_deref().is_some_and(|html| shows(html, image))
        };
        let image = entry.image.clone().and_then(|image| self.image(image, base.as_ref())).filter(shown);
        let mut draft = Draft {
            id,
            summary: summary.map(|summary| match summary.chars().count() {
                0..=MAX_SUMMARY => summary,
                _ => text::summary(&summary),
            }),
            published: published.map(|time| time.to_string()),
            updated: updated.map(|time| time.to_string()),
            enclosures: self.enclosures(&entry.enclosures, base.as_ref(), &mut notes),
            language: entry.language.as_deref().and_then(|tag| clean::language(&tag.replace('_', "-")).ok()),
            status: if entry.held.is_some() { Status::Draft } else { Status::Published },
            url: link,
            image,
            html,
            text: plain,
            ..Draft::default()
        };
        draft.title = self.title(&entry, &draft, &mut notes);
        notes.extend(link_faults);
        let Entry { line, held, planned, authors, mut losses, ids, .. } = entry;
        losses.extend(lost);
        draft.authors = self.authors(authors, base.as_ref(), &mut notes);
        draft.tags = entry.tags.into_iter().filter_map(name).take(MAX_LIST).collect();
        let categories = entry.categories.into_iter().filter_map(category).take(MAX_LIST).collect();
        let clues = Clues { ids, ..Clues::default() };
        Found { line, draft, assumed, categories, keeps_id, clues, notes, losses, held, planned, ..Found::default() }
    }

    /// A link as it can be published.
    fn link(&self, base: Option<&Url>, link: &str) -> Option<String> {
        clean::link("url", &self.nowhere, resolved(base, link)?.as_str()).ok()
    }

    /// The fault of a link, whether it is mended or left out. A password is not repeated.
    fn fault(&self, whose: &str, base: Option<&Url>, link: &str) -> Option<String> {
        let shown = text::shortened(link, TITLE_COLUMNS);
        match resolved_as_written(base, link) {
            Some(url) if link::has_credentials(&url) => {
                Some(format!("{whose} held a name or a password; they are left out"))
            }
            Some(_) if link::has_bare_percent(link) => {
                Some(format!("{whose} has a \"%\" that encodes nothing; {shown:?} is mended"))
            }
            _ if self.link(base, link).is_none() => {
                Some(format!("{whose} is no address that can be used, and left out: {shown:?}"))
            }
            _ => None,
        }
    }

    /// The id, and whether readers know the entry by it.
    ///
    /// Entries of one document that share an id but not a link are told apart as Miniflux tells them: by both. Those without
    /// an id that share a link are told apart by their titles.
    fn id(&mut self, entry: &Entry, link: Option<&str>, notes: &mut Vec<String>) -> (String, bool) {
        let usable = |id: &&str| !text::is_blank(id) && id.len() <= MAX_ID && id.chars().all(text::is_clean);
        let own = entry.id.as_deref().map(str::trim);
        let Some(id) = own.filter(usable) else {
            let fault =
                if own.is_some_and(|own| !own.is_empty()) { "has an id that cannot be used" } else { "has no id" };
            let title = self.plain(&entry.title);
            return match link.filter(usable) {
                Some(link) => match self
                    .is_another(link, &title)
                    .then(|| format!("{link}|{title}"))
                    .filter(|both| usable(&both.as_str()))
                {
                    Some(both) => {
                        notes.push(format!("{fault} and the link of an entry before it; its title is added"));
                        (both, true)
                    }
                    None => {
                        notes.push(format!("{fault}; its link is taken"));
                        (link.to_owned(), true)
                    }
                },
                None => {
                    notes.push(format!("{fault} and no link; one is made of its words"));
                    (made_id(entry), false)
                }
            };
        };
        let is_another = self.is_another(id, &link);
        let both = link.filter(|_| is_another).map(|link| format!("{id}|{link}"));
        match both.filter(|both| usable(&both.as_str())) {
            Some(both) => {
                notes.push(format!("has the id of an entry before it, {id:?}; its link is added"));
                (both, true)
            }
            None => (id.to_owned(), true),
        }
    }

    /// Whether an entry before had this id and another link; or, if its link is its id, another title.
    fn is_another(&mut self, id: &str, told_by: &impl Hash) -> bool {
        let told_by = hash(told_by);
        if self.ids.len() < MAX_IDS {
            return *self.ids.entry(hash(&id)).or_insert(told_by) != told_by;
        }
        self.ids.get(&hash(&id)).is_some_and(|first| *first != told_by)
    }

    /// The words as one line of plain text.
    fn plain(&self, prose: &Prose) -> String {
        match prose {
            Prose::None => String::new(),
            Prose::Text(plain) => text::line(plain),
            Prose::Html(html) if html.len() > MAX_INPUT => beginning(html),
            Prose::Html(html) => match self.cleaner.clean(html) {
                Ok(clean) => text::line(&html::to_text(&clean)),
                Err(_) => beginning(html),
            },
        }
    }

    /// The body as HTML, or else as plain text; links in it are meant from a base, or lead to places on the entry's page.
    fn body(
        &self,
        entry: &Entry,
        (base, page): (Option<&Url>, Option<&Url>),
        summary: Option<&str>,
        notes: &mut Vec<String>,
    ) -> Body {
        let too_long = || format!("its body is longer than {MAX_INPUT} bytes");
        let (body, fault) = match &entry.body {
            Prose::None => return Body::default(),
            Prose::Html(body) | Prose::Text(body) if body.len() > MAX_INPUT => (body, too_long()),
            Prose::Html(body) => {
                // The door would refuse the entry; and without a link it would take our own site for the base.
                let own = entry.body_base.as_ref();
                let cleaner = Cleaner::new(own.or(base).unwrap_or(&self.nowhere).clone());
                let cleaner = page.into_iter().fold(cleaner, Cleaner::of_page);
                match cleaner.clean_telling(body, None) {
                    Ok((html, lost)) if html.as_str().len() <= MAX_INPUT => {
                        let is_foreign =
                            own.is_some() || base.is_some() && (entry.base.is_some() || entry.link.is_none());
                        let has_picture = html::has_picture(&html);
                        // What is not clean yet loses that at the door, which tells it.
                        let (html, lost) =
                            if is_foreign { (html.as_str().to_owned(), lost) } else { (body.clone(), Vec::new()) };
                        return Body { html: Some(html), text: None, has_picture, lost };
                    }
                    Ok(_) => (body, too_long()),
                    Err(reason) => (body, format!("its body{reason}")),
                }
            }
            Prose::Text(body) => return Body::of_text(body.clone()),
        };
        notes.push(format!("{fault}; its summary is taken"));
        Body::of_text(summary.map_or_else(|| beginning(body), str::to_owned))
    }

    /// The title, or what is made of `draft` for want of one.
    fn title(&self, entry: &Entry, draft: &Draft, notes: &mut Vec<String>) -> String {
        let title = self.plain(&entry.title);
        let title = text::plain(cut(&title, 8 * MAX_TITLE));
        if text::is_blank(&title) {
            let (made, of) = self.made_title(draft);
            notes.push(format!("has no title; {of} is taken"));
            return made.chars().take(MAX_TITLE).collect();
        }
        if title.chars().count() <= MAX_TITLE {
            return title;
        }
        notes.push(format!("its title is longer than {MAX_TITLE} characters; it is cut"));
        title.chars().take(MAX_TITLE - 1).chain(['…']).collect()
    }

    fn made_title(&self, draft: &Draft) -> (String, &'static str) {
        let body = match &draft.html {
            Some(html) => self.cleaner.clean(html).map(|clean| html::to_text(&clean)).unwrap_or_default(),
            None => draft.text.clone().unwrap_or_default(),
        };
        let lines = draft.summary.iter().map(String::as_str).chain(body.lines());
        let said = draft.image.iter().filter_map(|image| image.alt.as_deref());
        let mut lines = lines.chain(said).map(|line| text::shortened(line, TITLE_COLUMNS));
        match (lines.find(|line| !text::is_blank(line)), draft.url.as_deref().and_then(last_part)) {
            (Some(line), _) => (line, "its beginning"),
            (None, Some(part)) => (part, "the end of its link"),
            (None, None) => (draft.id.clone(), "its id"),
        }
    }

    /// The date; without one, what it is taken to be: a second less than that of the entry before.
    fn published(&mut self, entry: &Entry, notes: &mut Vec<String>) -> (Option<Time>, Option<Time>) {
        let said = || entry.published.iter().chain(&entry.updated);
        said().for_each(|date| self.dates.hear(date));
        let published = said().find_map(|date| self.dates.read(date)).map(|date| date.time);
        let assumed = self.before.filter(|_| published.is_none()).map(|before| before.plus(-1));
        if published.is_none() {
            let fault = match said().next() {
                Some(date) => format!("its date {:?} is not understood", text::shortened(date, TITLE_COLUMNS)),
                None => "has no date".to_owned(),
            };
            let taken =
                assumed.map_or_else(String::new, |assumed| format!("; {assumed} is taken, by the one before it"));
            notes.push(fault + &taken);
        }
        self.before = published.or(assumed);
        (published, assumed)
    }

    fn authors(&self, authors: Vec<Person>, base: Option<&Url>, notes: &mut Vec<String>) -> Vec<Person> {
        let mut kept: Vec<Person> = Vec::new();
        for Person { name, url } in authors {
            let Some(name) = text::without_mail(cut(&name, 8 * MAX_NAME)) else { continue };
            let name: String = text::plain(&name).chars().take(MAX_NAME).collect();
            if !text::is_blank(&name) && kept.len() < MAX_LIST && kept.iter().all(|other| other.name != name) {
                notes.extend(url.iter().filter_map(|url| self.fault("an author's address", base, url)));
                kept.push(Person { name, url: url.and_then(|url| self.link(base, &url)) });
            }
        }
        kept
    }

    fn enclosures(&self, enclosed: &[Enclosed], base: Option<&Url>, notes: &mut Vec<String>) -> Vec<Enclosure> {
        let mut kept: Vec<Enclosure> = Vec::new();
        for file in enclosed {
            notes.extend(self.fault("an enclosure's address", base, &file.url));
            let Some(url) = self.link(base, &file.url) else { continue };
            let named = file
                .media_type
                .as_deref()
                .and_then(|named| clean::media_type("enclosures", named.split(';').next().unwrap_or_default()).ok());
            let media_type = named.unwrap_or_else(|| media_type(&url).to_owned());
            if kept.len() < MAX_LIST && kept.iter().all(|other| other.url != url) {
                kept.push(Enclosure { url, media_type, length: file.length, duration: file.duration });
            }
        }
        kept
    }

    fn image(&self, image: Image, base: Option<&Url>) -> Option<Image> {
        let media_type = image.media_type.and_then(|named| clean::media_type("image", &named).ok());
        let alt = image.alt.filter(|alt| alt.chars().count() <= MAX_SUMMARY);
        Some(Image { url: self.link(base, &image.url)?, media_type, alt, ..image })
    }
}

/// A body, and whether it shows any picture.
#[derive(Default)]
struct Body {
    html: Option<String>,
    text: Option<String>,
    has_picture: bool,
    lost: Vec<Loss>,
}

impl Body {
    fn of_text(text: String) -> Self {
        Self { text: Some(text), ..Self::default() }
    }
}

/// Whether the body shows an image already.
///
/// The door puts a lead image that the body does not show on top of it. So an image is taken only where it stands in the
/// body, or the body has no picture at all: feeds name one, often small, that is meant for lists.
fn shows(html: &str, image: &Image) -> bool {
    [image.url.clone(), text::escape(&image.url)].iter().any(|url| html.contains(&format!("src=\"{url}\"")))
}

/// A link before anything is mended in it.
fn resolved_as_written(base: Option<&Url>, link: &str) -> Option<Url> {
    let url = base.map_or_else(|| Url::parse(link.trim()), |base| base.join(link.trim())).ok()?;
    matches!(url.scheme(), "http" | "https").then_some(url)
}

/// The plain text of HTML that is too long or too deep to be parsed.
fn beginning(html: &str) -> String {
    let mut parts = cut(html, BEGINNING).split('<');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain.push(' ');
        plain.push_str(part.split_once('>').map_or("", |(_, text)| text));
    }
    text::summary(&decoded(&plain))
}

/// The beginning of a text, of at most so many bytes.
fn cut(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}

/// An id for what has neither an id nor a link. It is stable as long as the words are, and no IRI.
fn made_id(entry: &Entry) -> String {
    let said = format!("{:?}{:?}{:?}{:?}{:?}", entry.title, entry.published, entry.updated, entry.summary, entry.body);
    format!("hash-{}", data_encoding::HEXLOWER.encode(&Sha256::digest(said)[..16]))
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// The last part of an address' path.
fn last_part(link: &str) -> Option<String> {
    let url = Url::parse(link).ok()?;
    let part = url.path_segments()?.rfind(|part| !part.is_empty())?.to_owned();
    let part = percent_encoding::percent_decode_str(&part).decode_utf8_lossy().into_owned();
    Some(text::plain(&part)).filter(|part| !text::is_blank(part))
}

/// A keyword, if it can be one.
fn name(name: String) -> Option<String> {
    let name = Some(name).filter(|name| name.len() <= 8 * MAX_NAME)?;
    let name = text::plain(&decoded(&name));
    (!text::is_blank(&name) && name.chars().count() <= MAX_NAME).then_some(name)
}

fn category(category: Category) -> Option<Category> {
    let slug = category.slug.and_then(name);
    Some(Category { name: name(category.name)?, slug })
}
