//! What the keys of front matter mean for an article, by the names that Hugo, Zola, Jekyll and their themes use.
//!
//! Knows nothing of YAML, TOML or JSON, nor of the text below. Keys that are not listed here are left alone: site
//! generators have dozens of their own.

use chrono_tz::Tz;

use super::front_matter::{Misread, Table};
use super::matter::{Key, Matter};
use super::visibility;
use crate::article::{Draft, Enclosure, Image, Person, Time};
use crate::ingest::text;

/// What front matter says.
#[derive(Debug, Default)]
pub struct Said {
    /// The article; its `id` and `title` are empty unless given.
    pub draft: Draft,
    /// Its name in its address.
    pub slug: Option<String>,
    /// What it is filed under.
    pub categories: Vec<String>,
    /// Where it was on the generator's site.
    pub aliases: Vec<String>,
    /// Why it is not to be seen, where its status does not tell.
    pub held: Option<String>,
    /// From when on it is not to be seen any more.
    pub expires: Option<Time>,
}

/// Reads all known keys; dates that name no zone are meant in `zone`.
pub fn read(table: &Table, zone: Tz) -> Result<Said, Misread> {
    let matter = Matter::new(table);
    let own = |names: &[&str]| matter.own(names).map(|key| key.text()).transpose();
    let any = |names: &[&str]| matter.any(names).map(|key| key.text()).transpose();
    let (status, held) = visibility::status(&matter, zone)?;
    let draft = Draft {
        id: own(&["id"])?.unwrap_or_default(),
        title: own(&["title"])?.unwrap_or_default(),
        summary: own(&["summary", "description", "excerpt"])?,
        url: url(&matter)?,
        authors: authors(&matter)?,
        published: published(&matter, zone)?,
        updated: updated(&matter, zone)?,
        districts: labels(&matter, &["districts", "district"])?,
        topics: labels(&matter, &["topics", "topic"])?,
        tags: tags(&matter)?,
        language: any(&["language", "lang"])?,
        image: image(&matter)?,
        enclosures: enclosures(&matter)?,
        note: any(&["note"])?,
        status,
        ..Draft::default()
    };
    Ok(Said {
        draft,
        slug: own(&["slug"])?,
        categories: categories(&matter)?,
        aliases: aliases(&matter)?,
        held,
        expires: visibility::expires(&matter, zone)?,
    })
}

/// `date` is what an article is dated; if Hugo's `publishDate` is later, it is not seen before.
fn published(matter: &Matter<'_>, zone: Tz) -> Result<Option<String>, Misread> {
    let time = |names: &[&str]| matter.own(names).map(|key| key.time(zone)).transpose();
    let (date, seen) = (time(&["date"])?, time(&["publishDate", "pubDate"])?);
    let published = || matter.own(&["published"]).filter(|key| key.flag().is_none());
    let time = match date.max(seen) {
        Some(time) => Some(time),
        None => published().map(|key| key.time(zone)).transpose()?,
    };
    Ok(time.map(|time| time.to_string()))
}

fn updated(matter: &Matter<'_>, zone: Tz) -> Result<Option<String>, Misread> {
    let key = matter.own(&["lastmod", "updated", "modified", "last_modified_at"]);
    key.map(|key| Ok(key.time(zone)?.to_string())).transpose()
}

/// Where the article lives, if it says so with a whole address; a path is its place on the generator's own site.
fn url(matter: &Matter<'_>) -> Result<Option<String>, Misread> {
    let canonical = ["canonicalURL", "canonical_url", "canonical"].map(|name| matter.any(&[name]));
    let place = ["url", "permalink"].map(|name| matter.own(&[name]));
    for key in canonical.into_iter().chain(place).flatten() {
        let url = key.text()?;
        let scheme = url.split_once("://").map_or("", |(scheme, _)| scheme);
        if ["http", "https"].iter().any(|http| http.eq_ignore_ascii_case(scheme)) {
            return Ok(Some(url));
        }
    }
    Ok(None)
}

/// The paths at which Hugo, Zola, and Jekyll with a plugin lead to the article, and the one that it has itself, if it
/// says so outright: without Jekyll's placeholders, which begin with a colon.
fn aliases(matter: &Matter<'_>) -> Result<Vec<String>, Misread> {
    let mut aliases = Vec::new();
    for key in ["aliases", "redirect_from"].map(|name| matter.own(&[name])).into_iter().flatten() {
        aliases.extend(key.texts()?);
    }
    for key in ["url", "permalink", "path"].map(|name| matter.own(&[name])).into_iter().flatten() {
        aliases.extend(key.scalar().filter(|path| !path.contains(':')).map(str::to_owned));
    }
    aliases.retain(|alias| ["/", "http://", "https://"].iter().any(|start| alias.starts_with(start)));
    Ok(aliases)
}

fn authors(matter: &Matter<'_>) -> Result<Vec<Person>, Misread> {
    let Some(key) = matter.any(&["authors", "author"]) else { return Ok(Vec::new()) };
    key.items().into_iter().filter(Key::says).filter_map(|key| person(key).transpose()).collect()
}

/// A name, or a table with a name; a comma may well be part of it. Of a mail address alone nobody is named.
fn person(key: Key<'_>) -> Result<Option<Person>, Misread> {
    let (name, url) = match key.scalar() {
        Some(name) => (name.to_owned(), None),
        None => {
            let name = key.inner(&["name"]).ok_or_else(|| key.misread("must be a name, or a table with a name"))?;
            (name.text()?, key.inner(&["url", "link"]).filter(Key::says).map(|url| url.text()).transpose()?)
        }
    };
    Ok(text::without_mail(&name).map(|name| Person { name, url }))
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
fn image(matter: &Matter<'_>) -> Result<Option<Image>, Misread> {
    for key in matter.all(&["image", "images", "featured_image", "cover"]) {
        if let Some(first) = key.items().into_iter().find(Key::says)
            && let Some(image) = picture(first)?
        {
            return Ok(Some(image));
        }
    }
    Ok(None)
}

/// An address, or a table with one; a cover of which only other things are said is none.
fn picture(key: Key<'_>) -> Result<Option<Image>, Misread> {
    let bare = |url: &str| Image { url: url.to_owned(), media_type: None, width: None, height: None, alt: None };
    if let Some(url) = key.scalar() {
        return Ok(Some(bare(url)));
    }
    let url = match key.inner(&["url", "src", "path", "image"]) {
        Some(url) if url.says() => url.text()?,
        Some(_) => return Ok(None),
        None if key.name.eq_ignore_ascii_case("cover") => return Ok(None),
        None => return Err(key.misread("must be an address, or a table with url, src or path")),
    };
    let inner = |name: &str| key.inner(&[name]).filter(Key::says);
    Ok(Some(Image {
        alt: inner("alt").map(|alt| alt.text()).transpose()?,
        width: inner("width").map(|width| width.number()).transpose()?,
        height: inner("height").map(|height| height.number()).transpose()?,
        ..bare(&url)
    }))
}

fn enclosures(matter: &Matter<'_>) -> Result<Vec<Enclosure>, Misread> {
    let Some(key) = matter.any(&["enclosures", "enclosure"]) else { return Ok(Vec::new()) };
    key.items().into_iter().filter(Key::says).map(enclosure).collect()
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
