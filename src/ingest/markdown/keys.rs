//! The meaning of front matter's keys for an article, by the names that Hugo, Zola, Jekyll and their themes use.
//!
//! Knows nothing of YAML, TOML or JSON, nor of the text below. Keys that are not listed here are left alone: site
//! generators have dozens of their own.

use super::front_matter::{Misread, Table};
use super::matter::{Key, Matter};
use super::visibility;
use crate::article::{Draft, Enclosure, Image, Person, Time};
use crate::ingest::cjk;
use crate::ingest::date::{Date, Dates};
use crate::ingest::text;

/// The content of front matter.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// The article; its `id` and `title` are empty unless given.
    pub draft: Draft,
    /// Its name in its address.
    pub slug: Option<String>,
    /// The categories it is filed under.
    pub categories: Vec<String>,
    /// Where it was on the generator's site.
    pub aliases: Vec<String>,
    /// Why it is not to be seen, where its status does not tell.
    pub held: Option<String>,
    /// From when on it is not to be seen any more.
    pub expires: Option<Time>,
    /// Whether its date names a day only.
    pub whole_day: bool,
    /// Whether its date names no zone.
    pub is_local: bool,
    /// Notes on the keys that could not be understood and are left out.
    pub lost: Vec<Misread>,
}

/// Keys that could not be understood, and cost only what they say.
#[derive(Default)]
struct Lost(Vec<Misread>);

impl Lost {
    /// The value that was read, or nothing.
    fn or_default<T: Default>(&mut self, read: Result<T, Misread>) -> T {
        read.unwrap_or_else(|misread| {
            self.0.push(misread);
            T::default()
        })
    }
}

/// Reads all known keys. One that is not understood costs what it says, unless that is the article's id or whether it may
/// be seen: neither is guessed.
pub(super) fn read(table: &Table, dates: &Dates) -> Result<Said, Misread> {
    let matter = Matter::new(table);
    let mut lost = Lost::default();
    let own = |names: &[&str]| matter.own(names).map(|key| key.text()).transpose();
    let any = |names: &[&str]| matter.any(names).map(|key| key.text()).transpose();
    let (status, held) = visibility::status(&matter, dates)?;
    let published = published(&matter, dates, &mut lost)?;
    let draft = Draft {
        id: own(&["id"])?.unwrap_or_default(),
        title: one_line(lost.or_default(own(&["title"])).unwrap_or_default()),
        summary: lost.or_default(own(&["summary", "description", "excerpt"])).map(one_line),
        url: url(&matter, &mut lost),
        authors: authors(&matter, &mut lost),
        published: published.map(|date| date.time.to_string()),
        updated: lost.or_default(updated(&matter, dates)),
        districts: lost.or_default(labels(&matter, &["districts", "district"])),
        topics: lost.or_default(labels(&matter, &["topics", "topic"])),
        tags: lost.or_default(tags(&matter)),
        language: lost.or_default(any(&["language", "lang"])),
        image: image(&matter, &mut lost),
        enclosures: enclosures(&matter, &mut lost),
        note: lost.or_default(any(&["note"])),
        status,
        ..Draft::default()
    };
    Ok(Said {
        draft,
        slug: own(&["slug"])?,
        categories: lost.or_default(categories(&matter)),
        aliases: lost.or_default(aliases(&matter)),
        whole_day: published.is_some_and(|date| date.whole_day),
        is_local: published.is_some_and(|date| date.is_local),
        lost: lost.0,
        held,
        expires: visibility::expires(&matter, dates)?,
    })
}

/// `date` is what an article is dated; if Hugo's `publishDate` is later, it is not seen before.
fn published(matter: &Matter<'_>, dates: &Dates, lost: &mut Lost) -> Result<Option<Date>, Misread> {
    let date = |names: &[&str]| matter.own(names).map(|key| key.date(dates)).transpose();
    let dated = lost.or_default(date(&["date"])).max(lost.or_default(date(&["pubDate"])));
    let published = || matter.own(&["published"]).filter(|key| key.flag().is_none());
    match dated.max(date(&["publishDate"])?) {
        Some(date) => Ok(Some(date)),
        // What is neither yes nor no nor a date may well hold the article back.
        None => published().map(|key| key.date(dates)).transpose(),
    }
}

fn updated(matter: &Matter<'_>, dates: &Dates) -> Result<Option<String>, Misread> {
    let key = matter.own(&["lastmod", "updated", "modified", "last_modified_at"]);
    key.map(|key| Ok(key.date(dates)?.time.to_string())).transpose()
}

/// Where the article lives, if it says so with a whole address; a path is its place on the generator's own site.
fn url(matter: &Matter<'_>, lost: &mut Lost) -> Option<String> {
    let canonical = ["canonicalURL", "canonical_url", "canonical"].map(|name| matter.any(&[name]));
    let place = ["url", "permalink"].map(|name| matter.own(&[name]));
    for key in canonical.into_iter().chain(place).flatten() {
        let url = lost.or_default(key.text());
        let scheme = url.split_once("://").map_or("", |(scheme, _)| scheme);
        if ["http", "https"].iter().any(|http| http.eq_ignore_ascii_case(scheme)) {
            return Some(url);
        }
    }
    None
}

/// The paths at which Hugo, Zola, and Jekyll with a plugin lead to the article, and the one that it has itself, if it
/// says so outright: without Jekyll's placeholders, which begin with a colon.
fn aliases(matter: &Matter<'_>) -> Result<Vec<String>, Misread> {
    let mut aliases = Vec::new();
    for key in ["aliases", "redirect_from"].map(|name| matter.own(&[name])).into_iter().flatten() {
        aliases.extend(key.texts()?);
    }
    for key in ["url", "permalink", "path"].map(|name| matter.own(&[name])).into_iter().flatten() {
        // One word as a permalink is one of Jekyll's styles. Zola's paths may do without the slash at the beginning.
        let is_place = |place: &&str| !place.is_empty() && (key.name != "permalink" || place.contains('/'));
        let place = key.scalar().filter(is_place).filter(|place| !place.contains(':') || place.contains("://"));
        aliases.extend(place.map(|place| match place.contains("://") {
            true => place.to_owned(),
            false => format!("/{}", place.trim_start_matches('/')),
        }));
    }
    aliases.retain(|alias| ["/", "http://", "https://"].iter().any(|start| alias.starts_with(start)));
    Ok(aliases)
}

fn authors(matter: &Matter<'_>, lost: &mut Lost) -> Vec<Person> {
    let items = matter.any(&["authors", "author"]).map(|key| key.items()).unwrap_or_default();
    items.into_iter().filter(Key::says).filter_map(|key| person(key, lost)).collect()
}

/// A name, or a table with a name; a comma may well be part of it. Of a mail address alone nobody is named.
fn person(key: Key<'_>, lost: &mut Lost) -> Option<Person> {
    let (name, url) = match key.scalar() {
        Some(name) => (name.to_owned(), None),
        None => {
            let name = key.inner(&["name"]).ok_or_else(|| key.misread("must be a name, or a table with a name"));
            let url = key.inner(&["url", "link"]).filter(Key::says).map(|url| url.text()).transpose();
            (lost.or_default(name.and_then(|name| name.text())), lost.or_default(url))
        }
    };
    text::without_mail(&name).map(|name| Person { name, url })
}

/// Slugs or names of districts or of topics. An empty list, other than no list, says that there are to be none.
fn labels(matter: &Matter<'_>, names: &[&str]) -> Result<Option<Vec<String>>, Misread> {
    let key = matter.all(names).into_iter().find(|key| key.is_list() || key.says());
    key.map(|key| key.texts()).transpose()
}

fn tags(matter: &Matter<'_>) -> Result<Vec<String>, Misread> {
    let mut tags = matter.any(&["tags"]).map(words).transpose()?.unwrap_or_default();
    if let Some(keywords) = matter.any(&["keywords"]).filter(Key::is_list) {
        tags.extend(keywords.texts()?);
    }
    Ok(once_each(tags))
}

fn categories(matter: &Matter<'_>) -> Result<Vec<String>, Misread> {
    let several = matter.any(&["categories"]).map(words).transpose()?;
    let one = matter.any(&["category"]).map(|key| key.texts()).transpose()?;
    Ok(once_each(several.into_iter().chain(one).flatten().collect()))
}

/// A list; or a text with commas between, or without commas, as Jekyll has it, with spaces.
fn words(key: Key<'_>) -> Result<Vec<String>, Misread> {
    let Some(text) = key.scalar() else { return key.texts() };
    let commas: &[char] = &[',', '，', '、'];
    let words: Vec<&str> = match text.contains(commas) {
        true => text.split(commas).map(str::trim).collect(),
        false => text.split_whitespace().collect(),
    };
    Ok(words.into_iter().filter(|word| !word.is_empty()).map(str::to_owned).collect())
}

fn once_each(words: Vec<String>) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    words.into_iter().filter(|word| seen.insert(word.clone())).collect()
}

/// The first image of the first key that has any.
fn image(matter: &Matter<'_>, lost: &mut Lost) -> Option<Image> {
    let keys = matter.all(&["image", "images", "featured_image", "cover"]);
    let firsts = keys.into_iter().filter_map(|key| key.items().into_iter().find(Key::says));
    firsts.into_iter().find_map(|first| picture(first, lost))
}

/// An address, or a table with one; a cover of which only other things are said is none.
fn picture(key: Key<'_>, lost: &mut Lost) -> Option<Image> {
    let bare = |url: String| Image { url, media_type: None, width: None, height: None, alt: None };
    if let Some(url) = key.scalar() {
        return Some(bare(url.to_owned()));
    }
    let url = match key.inner(&["url", "src", "path", "image"]) {
        Some(url) => lost.or_default(Some(url).filter(Key::says).map(|url| url.text()).transpose())?,
        None if key.name.eq_ignore_ascii_case("cover") => return None,
        None => {
            let misread = key.misread("must be an address, or a table with url, src or path");
            return lost.or_default(Err(misread));
        }
    };
    let inner = |name: &str| key.inner(&[name]).filter(Key::says);
    Some(Image {
        alt: lost.or_default(inner("alt").map(|alt| alt.text()).transpose()),
        width: lost.or_default(inner("width").map(|width| width.number()).transpose()),
        height: lost.or_default(inner("height").map(|height| height.number()).transpose()),
        ..bare(url)
    })
}

fn enclosures(matter: &Matter<'_>, lost: &mut Lost) -> Vec<Enclosure> {
    let items = matter.any(&["enclosures", "enclosure"]).map(|key| key.items()).unwrap_or_default();
    items.into_iter().filter(Key::says).filter_map(|key| lost.or_default(enclosure(key).map(Some))).collect()
}

fn enclosure(key: Key<'_>) -> Result<Enclosure, Misread> {
    let inner = |name: &str| key.inner(&[name]).filter(Key::says);
    let needed = |name: &str| {
        let field = inner(name).ok_or_else(|| key.misread("must be tables with url and type"))?;
        field.text()
    };
    Ok(Enclosure {
        url: needed("url")?,
        media_type: needed("type")?,
        length: inner("length").map(|length| length.number()).transpose()?,
        duration: inner("duration").map(|duration| duration.number()).transpose()?,
    })
}

/// A text that is shown in one line; only that of several is made one here.
fn one_line(text: String) -> String {
    if text.contains('\n') { cjk::one_line(&text) } else { text }
}
