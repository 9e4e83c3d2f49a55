//! Markdown files as site generators keep them: front matter, then CommonMark, one article a file.
//!
//! Knows nothing of HTML cleaning, of a generator's templates or of what its pages look like.

mod lost;
mod marks;
mod blocks;
mod shortcode;
mod text;
mod unrecognised;
mod front_matter;
mod matter;
mod visibility;
mod keys;
#[cfg(test)]
mod dialects;
#[cfg(test)]
mod fields;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod unseen;

use std::io::Read;

use self::front_matter::Misread;
use self::keys::Said;
use self::lost::Lost;
pub(super) use self::unrecognised::reason as keys_at_head;
use super::beside::Beside;
use super::date::{self, Date, Dates};
use super::loss::Loss;
use super::{Clues, Fault, Found, InputFile, MAX_INPUT, Naming, commonmark, remarks};
use crate::article::{Status, Time};

/// The names of files that stand for their folder, in lower case.
const FOLDERS_OWN: [&str; 3] = ["index", "_index", "readme"];

/// The folder in which Jekyll keeps what is not to be seen yet.
const DRAFTS: &str = "_drafts";

/// Reads a file: its article, of which at least the title or the text must be there.
pub(super) fn read(file: &InputFile, reader: impl Read, modified: Option<Time>) -> Result<Found, Fault> {
    parsed(file, reader, modified, true)
}

/// Reads of a file what its article is called and whether it may be seen, and nothing of its text.
pub(super) fn identify(file: &InputFile, reader: impl Read) -> Result<Found, Fault> {
    parsed(file, reader, None, false)
}

fn parsed(file: &InputFile, reader: impl Read, modified: Option<Time>, with_text: bool) -> Result<Found, Fault> {
    let bytes = bytes(file, reader)?;
    let text = std::str::from_utf8(&bytes)
        .map_err(|error| Fault::at(&file.path, line(&bytes, error.valid_up_to()), "is not UTF-8 text"))?;
    let whole = text.strip_prefix('\u{feff}').unwrap_or(text);
    // Generators pass over empty lines before front matter; taken for text, it would publish drafts.
    let begins = whole.len() - whole.trim_start_matches([' ', '\t', '\r', '\n']).len();
    let begins = whole[..begins].rfind('\n').map_or(0, |at| at + 1);
    let text = &whole[begins..];
    let located = |misread: Misread| Fault::at(&file.path, line(whole.as_bytes(), begins + misread.at), misread.reason);
    let (table, body) = front_matter::split(text).map_err(located)?;
    let mut said = keys::read(&table, &Dates::new(file.zone)).map_err(located)?;
    let lost = std::mem::take(&mut said.lost);
    let left_out = lost.into_iter().map(|misread| {
        let Fault { line, reason, .. } = located(misread);
        format!("{reason} (line {}); that is left out", line.unwrap_or(1))
    });
    let left_out = left_out.collect();
    if said.draft.title.is_empty() && body.trim().is_empty() {
        return Err(Fault::of(&file.path, "has neither a title nor a text"));
    }
    let place = Place::of(file);
    let found = found(said, if with_text { body } else { "" }, &place, modified, left_out);
    let text = String::from_utf8(bytes).ok();
    let beside = text.zip(file.folder()).map(|(text, folder)| Beside {
        folder: folder.to_owned(),
        name: file.name.clone(),
        stands_for_folder: place.stands_for_folder,
        text,
    });
    Ok(Found { beside, ..found })
}

fn bytes(file: &InputFile, reader: impl Read) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::new();
    let read = reader.take(MAX_INPUT as u64 + 1).read_to_end(&mut bytes);
    read.map_err(|error| Fault::unreadable(&file.path, error))?;
    if bytes.len() > MAX_INPUT {
        return Err(Fault::of(&file.path, format!("the article is longer than {MAX_INPUT} bytes")));
    }
    Ok(bytes)
}

/// The line of an offset, from 1.
fn line(bytes: &[u8], at: usize) -> u64 {
    1 + bytes[..at.min(bytes.len())].iter().filter(|b| **b == b'\n').count() as u64
}

/// The article of what its front matter says, of its text, and for what both leave open, of its place.
fn found(said: Said, body: &str, place: &Place, modified: Option<Time>, mut notes: Vec<String>) -> Found {
    let Said { mut draft, slug, categories, aliases, whole_day, is_local, held, expires, .. } = said;
    let naming = match (draft.id.is_empty(), &slug) {
        (false, _) => Naming::Id,
        (true, Some(_)) => Naming::Slug,
        (true, None) => Naming::Place,
    };
    // What cannot be parsed in time goes to the door as it is, which says why it refuses it.
    let is_readable = commonmark::check(body).is_ok();
    let mut losses = Vec::new();
    let body = if is_readable { plain(body, &mut notes, &mut losses) } else { body.to_owned() };
    let heading = if is_readable { text::heading(&body, &draft.title) } else { None };
    let body = match &heading {
        Some(heading) => format!("{}{}", &body[..heading.range.start], &body[heading.range.end..]),
        None => body,
    };
    if draft.title.is_empty() {
        draft.title = heading.map(|heading| heading.text).unwrap_or_else(|| {
            notes.push("has no title; its file's name is taken".to_owned());
            place.title.clone()
        });
    }
    let clues = Clues {
        names: slug.as_ref().map_or_else(|| place.names.clone(), |slug| vec![slug.clone()]),
        place: Some(place.path.clone()),
        language: place.language.clone(),
        day: place.published.map(|day| day.time),
        is_local: is_local || draft.published.is_none() && place.published.is_some(),
        ids: Vec::new(),
    };
    if draft.id.is_empty() {
        draft.id = slug.unwrap_or_else(|| place.id.clone());
    }
    draft.summary = draft.summary.or_else(|| if is_readable { text::teaser(&body) } else { None });
    let whole_day = whole_day || draft.published.is_none() && place.published.is_some();
    draft.published = draft.published.or_else(|| place.published.map(|date| date.time.to_string()));
    if let Some(expires) = expires {
        notes.push(format!("expires at {expires}; it has to be withdrawn by then"));
    }
    if place.is_draft {
        draft.status = Status::Draft;
    }
    draft.markdown = Some(body).filter(|body| !body.trim().is_empty());
    Found {
        line: 1,
        draft,
        assumed: modified,
        categories: categories.into_iter().map(Into::into).collect(),
        aliases,
        naming,
        clues,
        whole_day,
        lenient: true,
        notes,
        losses,
        held,
        expires,
        ..Found::default()
    }
}

/// The text as CommonMark: without what only its writer is to see, and without what only a generator or a note-taker knows.
fn plain(body: &str, notes: &mut Vec<String>, losses: &mut Vec<Loss>) -> String {
    let (body, endless) = remarks::without(body);
    if let Some(mark) = endless {
        notes.push(format!("has a private remark ({mark}) that does not end; all that follows it is left out"));
    }
    let (body, shortcodes) = shortcode::without(&body);
    losses.extend(Loss::shortcodes(&shortcodes));
    let mut lost = Lost::default();
    let body = blocks::without(&body, &mut lost);
    let body = marks::without(&body, &mut lost);
    if !lost.names().is_empty() {
        notes.push(format!("has marks that mean nothing here: {}", lost.names().join(", ")));
    }
    body
}

/// The properties that a file's place gives its article.
struct Place {
    /// Its path below the folder that was named, without extension; of a folder's own file, the folder's.
    id: String,
    /// Its name in words.
    title: String,
    /// The day with which its name begins, as Jekyll's and Zola's do.
    published: Option<Date>,
    is_draft: bool,
    /// Its whole path as it was named, without extension; of a folder's own file, the folder's.
    path: String,
    /// Its name, as it is and without a day and a language.
    names: Vec<String>,
    /// The language with which its name ends.
    language: Option<String>,
    /// Whether the file is its folder's own.
    stands_for_folder: bool,
}

impl Place {
    fn of(file: &InputFile) -> Self {
        let (folders, name) = file.name.rsplit_once('/').unwrap_or(("", &file.name));
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        let stands_for_folder = FOLDERS_OWN.contains(&stem.to_ascii_lowercase().as_str());
        let parent = || Some(file.path.parent()?.file_name()?.to_string_lossy().into_owned());
        let id = match (folders, stands_for_folder) {
            ("", false) => stem.to_owned(),
            // Were it `index` alone, the next bundle that is named itself would be taken for an edit of this one.
            ("", true) => parent().unwrap_or_else(|| stem.to_owned()),
            (folders, false) => format!("{folders}/{stem}"),
            (folders, true) => folders.to_owned(),
        };
        let own = file.path.with_file_name(stem);
        let path = if stands_for_folder { own.parent().unwrap_or(&own) } else { &own };
        let path = path.to_string_lossy().into_owned();
        let name = id.rsplit('/').next().unwrap_or(&id);
        let (day, rest) = dated(name).unzip();
        let words = rest.unwrap_or(name).replace(['-', '_'], " ");
        let title = if words.trim().is_empty() { name.to_owned() } else { words.trim().to_owned() };
        let is_draft = folders.split('/').any(|folder| folder == DRAFTS);
        let published = day.and_then(|day| Dates::new(file.zone).read(&day.to_string()));
        // Hugo's names may end with a language: `bridge.zh-cn.md`.
        let bare = rest.unwrap_or(name).trim_start_matches(['-', '_']);
        let (of_language, language) = bare.rsplit_once('.').filter(|(_, tag)| (2..=7).contains(&tag.len())).unzip();
        let folders_own = of_language.filter(|name| FOLDERS_OWN.contains(name)).and_then(|_| parent());
        let names = [Some(name), Some(bare), of_language, folders_own.as_deref()].into_iter().flatten();
        let mut names: Vec<String> = names.map(str::to_owned).collect();
        names.dedup();
        let language = language.map(str::to_owned);
        Self { title, published, is_draft, stands_for_folder, id, path, names, language }
    }
}

/// The day that a name begins with, and what follows it.
fn dated(name: &str) -> Option<(chrono::NaiveDate, &str)> {
    let (day, rest) = (name.get(..10)?, name.get(10..)?);
    if !rest.is_empty() && !rest.starts_with(['-', '_']) {
        return None;
    }
    Some((date::day(day)?, rest))
}
