//! An entry of a feed, and the feed's own properties, whatever its format: the record between the formats and the
//! drafts.
//!
//! Knows nothing of elements, and decides nothing: what is missing or too long is made good in `complete`.

use std::collections::HashMap;

use url::Url;

use crate::article::{Image, Person};
use crate::ingest::Category;
use crate::ingest::clean::MAX_LIST;
use crate::ingest::loss::Loss;
use crate::ingest::text;

/// Words, and what they are written in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Prose {
    /// None.
    #[default]
    None,
    /// Plain text.
    Text(String),
    /// HTML that nobody has cleaned.
    Html(String),
}

impl Prose {
    /// Markup that may be plain text: what holds neither a tag nor a reference is, with its line breaks.
    pub(super) fn of_markup(markup: String) -> Self {
        if markup.contains(['<', '&']) { Self::Html(markup) } else { Self::of_text(markup) }
    }

    /// Plain text, if there is any.
    pub(super) fn of_text(text: String) -> Self {
        if text.trim().is_empty() { Self::None } else { Self::Text(text) }
    }

    /// Whether there are no words.
    pub(super) fn is_none(&self) -> bool {
        *self == Self::None
    }

    /// This, or the other if this is none.
    pub(super) fn or(self, other: impl FnOnce() -> Self) -> Self {
        if self.is_none() { other() } else { self }
    }
}

/// A file that belongs to an entry, as it is written there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Enclosed {
    pub url: String,
    pub media_type: Option<String>,
    /// Bytes.
    pub length: Option<u64>,
    /// Seconds.
    pub duration: Option<u64>,
}

/// An entry.
#[derive(Clone, Debug, Default)]
pub(super) struct Entry {
    /// The line it begins at.
    pub line: u64,
    /// Its id, verbatim.
    pub id: Option<String>,
    /// Further ids that it has had.
    pub ids: Vec<String>,
    /// Its page, as it is written.
    pub link: Option<String>,
    /// The base of links in it, if it names one itself (XML Base).
    pub base: Option<Url>,
    /// The base of links in its body, if the element that holds the body names one.
    pub body_base: Option<Url>,
    /// Another base they may have: the feed's site.
    pub home: Option<Url>,
    pub title: Prose,
    pub body: Prose,
    pub summary: Prose,
    /// Dates that may be the one of its publication, the best first, as they are written.
    pub published: Vec<String>,
    /// Dates of its last change.
    pub updated: Vec<String>,
    pub authors: Vec<Person>,
    pub categories: Vec<Category>,
    pub tags: Vec<String>,
    pub enclosures: Vec<Enclosed>,
    pub image: Option<Image>,
    /// Whether the image was chosen for it, so that it is shown whatever else is.
    pub has_chosen_image: bool,
    /// The parts of it that could not be kept.
    pub losses: Vec<Loss>,
    pub language: Option<String>,
    /// Why it is not to be seen, if it is not.
    pub held: Option<String>,
    /// Whether it was only planned when the document was written.
    pub planned: bool,
}

/// The fate of an item of an export, which holds more than articles.
pub(super) enum Post {
    /// An article, or something that is to be one.
    Entry(Box<Entry>),
    /// Something that is not for everybody, and why.
    Closed(String),
    /// Something of another type, which is told, or of the exporting system's own.
    Other(Option<String>),
}

/// The properties of a feed that its entries may fall back on.
#[derive(Clone, Debug, Default)]
pub(super) struct Head {
    /// The base of links, if the feed names one (XML Base).
    pub base: Option<Url>,
    /// Its site.
    pub site: Option<Url>,
    /// Where it lies itself.
    pub itself: Option<Url>,
    pub language: Option<String>,
    pub authors: Vec<Person>,
    /// The names of those who sign with a login (WXR).
    pub logins: HashMap<String, String>,
    /// Whether it is an export, which holds what was never published too.
    pub is_export: bool,
}

/// The longest name or login that a feed may say for its entries, in bytes.
const MAX_SAID: usize = 1024;

/// The most authors of a site whose logins are remembered.
const MAX_LOGINS: usize = 10_000;

impl Head {
    /// Takes an author of the feed.
    pub(super) fn sign(&mut self, person: Person) {
        let length = person.name.len() + person.url.as_ref().map_or(0, String::len);
        if self.authors.len() < MAX_LIST && length <= MAX_SAID {
            self.authors.push(person);
        }
    }

    /// Takes the name of somebody who signs with a login.
    pub(super) fn introduce(&mut self, login: String, name: String) {
        if self.logins.len() < MAX_LOGINS && !name.is_empty() && login.len() + name.len() <= MAX_SAID {
            self.logins.insert(login, name);
        }
    }

    /// The base of relative links where none is named.
    pub(super) fn home(&self) -> Option<Url> {
        self.site.clone().or_else(|| self.itself.clone())
    }
}

/// The person whom a line of RSS names: `mail (Name)`, `Name <mail>`, a name.
pub(super) fn person(line: &str) -> Option<Person> {
    text::without_mail(line).map(|name| Person { name, url: None })
}

/// Seconds of a length of time: `61`, `1:01`, `0:01:01`, with fractions cut off.
pub(super) fn seconds(duration: &str) -> Option<u64> {
    let mut seconds = 0_u64;
    let parts: Vec<&str> = duration.trim().split(':').collect();
    if parts.len() > 3 {
        return None;
    }
    for part in parts {
        let whole: u64 = part.split('.').next()?.trim().parse().ok()?;
        seconds = seconds.checked_mul(60)?.checked_add(whole)?;
    }
    Some(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_named_and_no_mail_address_is_published() {
        let name = |line: &str| person(line).map(|person| person.name);
        for line in ["desk@salt.example (盐 编辑部)", "盐 编辑部 <desk@salt.example>", " 盐  编辑部 "] {
            assert_eq!(name(line).as_deref(), Some("盐 编辑部"), "{line}");
        }
        assert_eq!(name("desk@salt.example"), None);
        assert_eq!(name("(a@b.example)"), None);
        assert_eq!(name("李雷（文）").as_deref(), Some("李雷（文）"));
    }

    #[test]
    fn a_duration_is_told_in_seconds_or_with_colons() {
        let told = [("61", Some(61)), ("1:01", Some(61)), ("01:00:01", Some(3601)), ("90.5", Some(90)), ("x", None)];
        told.iter().for_each(|(text, expected)| assert_eq!(seconds(text), *expected, "{text}"));
        assert_eq!(seconds("1:2:3:4"), None);
        assert_eq!(seconds("99999999999999999999:1"), None);
    }
}
