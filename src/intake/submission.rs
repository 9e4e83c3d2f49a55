//! What the store is given of an article: its identity, what it says once clean, and where the rules place it.
//!
//! Knows nothing of files or batches.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;
use sha2::{Digest, Sha256};
use url::Url;

use crate::article::{Content, Draft, Key, Labels, Person, Slug, Time};
use crate::feed::{Axis, FeedDef, FeedSet, compared};
use crate::ingest::Found;
use crate::ingest::clean::{Cleaned, Door, MAX_LIST, MAX_NAME, MAX_URL};
use crate::ingest::refusal::{Faults, Reason, Refusal, Refusals};
use crate::store::submission::{OwnLabels, Published, Submission, Updated};

/// The site's address as the base of relative links.
///
/// It was parsed when the definitions were loaded.
pub fn base(set: &FeedSet) -> Url {
    Url::parse(&format!("{}/", set.site.base_url)).expect("the definitions hold an absolute base URL")
}

/// A clean draft, placed by the categories that it names, or all the reasons why it cannot be published.
///
/// A district or a topic can be given by its name too. A category that is called like one is a label; any other is a
/// keyword.
pub fn clean(set: &FeedSet, door: &Door, found: &Found) -> Result<Cleaned, Refusals> {
    if let Some(reason) = &found.held {
        return Err(Refusal::new("", Reason::Held(reason.clone())).into());
    }
    let mut draft = Cow::Borrowed(&found.draft);
    let mut faults = Faults::default();
    for (axis, labels) in [(Axis::District, &found.draft.districts), (Axis::Topic, &found.draft.topics)] {
        let Some(labels) = labels else { continue };
        let is_slug = |label: &String| Slug::parse(label).is_some_and(|slug| defined(set, axis, &slug));
        // More than there may be are not looked up.
        if labels.len() > MAX_LIST || !labels.iter().all(is_slug) {
            let slugs =
                faults.each(axis.plural(), labels, MAX_LIST, |faults, label| faults.ok(called(set, axis, label)));
            match axis {
                Axis::District => draft.to_mut().districts = Some(slugs),
                Axis::Topic => draft.to_mut().topics = Some(slugs),
            }
        }
    }
    if !found.categories.is_empty() {
        let draft = draft.to_mut();
        for category in &found.categories {
            let def = set.named(&category.name).or_else(|| set.named(category.slug.as_deref()?));
            match def {
                Some(FeedDef { axis: Axis::District, slug, .. }) => label(&mut draft.districts, slug),
                Some(FeedDef { axis: Axis::Topic, slug, .. }) => label(&mut draft.topics, slug),
                None if draft.tags.len() < MAX_LIST && !draft.tags.contains(&category.name) => {
                    draft.tags.push(category.name.clone());
                }
                None => {}
            }
        }
    }
    let cleaned = match &found.beside {
        Some(file) => door.clean_beside(&draft, file, &set.media),
        None => door.clean(&draft),
    };
    let cleaned = cleaned.and_then(|cleaned| placed(set, cleaned));
    match (faults.end(), cleaned) {
        (Ok(()), cleaned) => cleaned,
        (Err(undefined), Ok(_)) => Err(undefined),
        (Err(undefined), Err(others)) => Err(others.and(undefined)),
    }
}

/// Refuses what is not to be seen at this time: what has expired, and what was planned for a time that has passed.
pub fn in_time(found: &Found, now: Time) -> Result<(), Refusals> {
    let held = |reason: String| Err(Refusal::new("", Reason::Held(reason)).into());
    if let Some(expired) = found.expires.filter(|expires| *expires <= now) {
        return held(format!("it expired at {expired}"));
    }
    let published = found.draft.published.as_deref().and_then(|time| Time::parse(time).ok());
    if found.planned && published.is_none_or(|published| published <= now) {
        return held("it was planned for a time that has passed, and it is not known whether it appeared".to_owned());
    }
    Ok(())
}

/// Gives the articles of each day that name no time a second each: the first is the newest, as where nothing is dated.
pub(super) fn order_days<'s>(submissions: impl DoubleEndedIterator<Item = &'s mut Submission>) {
    let mut days: BTreeMap<Time, i64> = BTreeMap::new();
    for submission in submissions.rev() {
        if let Published::Day(begins, seconds) = &mut submission.published {
            let next = days.entry(*begins).or_default();
            *seconds = std::mem::replace(next, *next + 1);
        }
    }
}

/// The number of characters of a title that a message repeats.
const NAME: usize = 60;

/// The name of a draft in messages: its title, else its id; not more of it than is needed to find it.
pub(super) fn name(found: &Found) -> String {
    let name = if found.draft.title.trim().is_empty() { &found.draft.id } else { &found.draft.title };
    match name.char_indices().nth(NAME) {
        Some((at, _)) => format!("{}…", &name[..at]),
        None => name.clone(),
    }
}

/// Takes from a draft what cannot be published of it, and notes that; what it cannot do without stays as it is.
pub(super) fn leave_out(found: &mut Found, refusals: &Refusals) {
    let mut removed: Option<&str> = None;
    // From the end, so that what is taken from a list moves nothing that is yet to be taken.
    for refusal in refusals.0.iter().rev() {
        let item = refusal
            .pointer
            .match_indices('/')
            .nth(2)
            .map_or(refusal.pointer.as_str(), |(at, _)| &refusal.pointer[..at]);
        if removed == Some(item) {
            continue;
        }
        // Of a category that is a keyword, too, both go.
        if take(&mut found.draft, &refusal.pointer) | take_category(found, &refusal.pointer) {
            found.notes.push(format!("{refusal}; that is left out"));
            removed = (!refusal.pointer.ends_with("/url") || !item.starts_with("/authors/")).then_some(item);
        }
    }
}

/// Categories stand behind the keywords once they are clean.
fn take_category(found: &mut Found, pointer: &str) -> bool {
    let before = found.categories.len();
    if pointer.starts_with("/tags/") {
        found.categories.retain(|category| category.name.chars().count() <= MAX_NAME);
    }
    found.categories.len() < before
}

/// Takes the field at this pointer from a draft, if the article can do without.
fn take(draft: &mut Draft, pointer: &str) -> bool {
    let mut places = pointer.split('/').skip(1);
    let (field, nth) = (places.next().unwrap_or_default(), places.next().and_then(|nth| nth.parse().ok()));
    let within = places.next();
    match (field, nth) {
        ("url", _) => draft.url.take().is_some(),
        ("summary", _) => draft.summary.take().is_some(),
        ("language", _) => draft.language.take().is_some(),
        ("note", _) => draft.note.take().is_some(),
        ("image", _) => draft.image.take().is_some(),
        ("authors", Some::<usize>(nth)) if within == Some("url") => {
            let person: Option<&mut Person> = draft.authors.get_mut(nth);
            person.and_then(|person| person.url.take()).is_some()
        }
        ("authors", Some(nth)) => removed(&mut draft.authors, nth),
        ("tags", Some(nth)) => removed(&mut draft.tags, nth),
        ("enclosures", Some(nth)) => removed(&mut draft.enclosures, nth),
        ("authors", None) => shortened(&mut draft.authors),
        ("tags", None) => shortened(&mut draft.tags),
        ("enclosures", None) => shortened(&mut draft.enclosures),
        _ => false,
    }
}

fn removed<T>(list: &mut Vec<T>, nth: usize) -> bool {
    let is_there = nth < list.len();
    if is_there {
        list.remove(nth);
    }
    is_there
}

fn shortened<T>(list: &mut Vec<T>) -> bool {
    let is_long = list.len() > MAX_LIST;
    list.truncate(MAX_LIST);
    is_long
}

/// Whether a definition stands behind a slug, or did under it.
fn defined(set: &FeedSet, axis: Axis, slug: &Slug) -> bool {
    set.get(axis, set.present_slug(axis, slug)).is_some()
}

/// The slug of what is called so.
fn called(set: &FeedSet, axis: Axis, name: &str) -> Result<String, Refusal> {
    if Slug::parse(name).is_some_and(|slug| defined(set, axis, &slug)) {
        return Ok(name.to_owned());
    }
    // What is longer than any name is not compared with each.
    let def = Some(name).filter(|name| name.len() <= 4 * MAX_NAME).and_then(|name| set.called(axis, name));
    let def = def.ok_or_else(|| Refusal::new("", Reason::Undefined(name.to_owned())))?;
    Ok(def.slug.to_string())
}

fn label(labels: &mut Option<Vec<String>>, slug: &Slug) {
    let labels = labels.get_or_insert_default();
    if labels.len() < MAX_LIST {
        labels.push(slug.to_string());
    }
}

/// The same with its own labels by their present names and without those that have retired; refused if no definition
/// stands behind one.
pub fn placed(set: &FeedSet, mut cleaned: Cleaned) -> Result<Cleaned, Refusals> {
    let mut faults = Faults::default();
    for (axis, slugs) in [(Axis::District, &mut cleaned.districts), (Axis::Topic, &mut cleaned.topics)] {
        let Some(slugs) = slugs else { continue };
        let unknown = slugs.iter().find(|slug| !defined(set, axis, slug));
        if let Some(slug) = unknown {
            faults.ok::<()>(Err(Refusal::new(axis.plural(), Reason::Undefined(slug.to_string()))));
        }
        *slugs = set.present_labels(axis, slugs);
    }
    faults.end().map(|()| cleaned)
}

/// How many seconds a source's clock may be ahead of this server's: what it says of that time counts as now.
pub const MAX_CLOCK_AHEAD: i64 = 5 * 60;

/// When an article changed that its source says was published, or will be, at this time. A little ahead is now; refused
/// if it lies further ahead. (That it is to be *published* a little ahead is an embargo like any other.)
pub fn updated(said: Option<Time>, published: Time, now: Time) -> Result<Option<Updated>, Refusal> {
    let latest = published.max(now);
    match said {
        Some(said) if said > latest && said > now.plus(MAX_CLOCK_AHEAD) => {
            Err(Refusal::new("updated", Reason::Ahead(said)))
        }
        said => Ok(said.map(|said| Updated { said, told: said.min(latest) })),
    }
}

/// A cleaned draft with its identity and with what the rules say of it.
pub fn submission(
    set: &FeedSet,
    source: &str,
    key: Key,
    (published, updated): (Published, Option<Updated>),
    found: &Found,
    cleaned: Cleaned,
    ruled: Labels,
) -> Submission {
    let itself = Some(cleaned.own_id.as_str()).filter(|_| found.keeps_id);
    let addresses = addresses(set, &found.aliases, [cleaned.content.url.as_deref(), itself]);
    let (hash, bytes) = hash(&cleaned, &addresses);
    let guid = found.keeps_id.then(|| cleaned.own_id.clone());
    let tag = || format!("tag:{},{}:a/{key}", set.site.authority, set.site.year);
    Submission {
        id: guid.clone().filter(|guid| is_iri(guid)).unwrap_or_else(tag),
        guid,
        same_as: None,
        hash,
        bytes,
        key,
        source: source.to_owned(),
        own_id: cleaned.own_id,
        published,
        updated,
        content: cleaned.content,
        own: OwnLabels { districts: cleaned.districts, topics: cleaned.topics },
        ruled,
        addresses,
    }
}

/// The most paths that an article may have been at.
const MAX_ADDRESSES: usize = 50;

/// Where on this site an article was before: where it says so, and at its own address or id, if that is on this site.
fn addresses(set: &FeedSet, aliases: &[String], own: [Option<&str>; 2]) -> Vec<String> {
    // Whoever moved from http to https kept the addresses.
    let host = |url: &'_ str| url.split_once("://").map_or("", |(_, rest)| rest).to_owned();
    let base = host(&set.site.base_url);
    let local = |url: &str| host(url).strip_prefix(&base).filter(|path| path.starts_with('/')).map(str::to_owned);
    let named =
        aliases.iter().filter_map(|alias| if alias.starts_with('/') { Some(alias.clone()) } else { local(alias) });
    let all = named.chain(own.into_iter().flatten().filter_map(local)).map(|path| {
        let path = path.split('#').next().unwrap_or_default();
        let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
        compared(path, query)
    });
    let mut addresses: Vec<String> = all.filter(|path| !path.is_empty() && path.len() <= MAX_URL).collect();
    addresses.sort();
    addresses.dedup();
    addresses.truncate(MAX_ADDRESSES);
    addresses
}

/// A hash of all that a source says of an article, once clean, but for its identity and `published`, which never move;
/// and how many bytes that is.
///
/// What the rules say is not in it: an unchanged import never classifies anew.
fn hash(cleaned: &Cleaned, addresses: &[String]) -> (String, usize) {
    #[derive(Serialize)]
    struct Said<'a>(&'a Content, Option<Time>, &'a Option<Vec<Slug>>, &'a Option<Vec<Slug>>);
    let said = Said(&cleaned.content, cleaned.updated, &cleaned.districts, &cleaned.topics);
    let mut bytes = serde_json::to_vec(&said).expect("texts and numbers are always JSON");
    // Hashes were stored before there were addresses: without any, they are what they were.
    addresses.iter().for_each(|path| bytes.extend(path.bytes().chain([b'\n'])));
    (data_encoding::HEXLOWER.encode(&Sha256::digest(&bytes)[..16]), bytes.len())
}

/// Whether a text is an absolute IRI (RFC 3987 §2.2), so that Atom can carry it as an id.
fn is_iri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let spelled = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
    let forbidden = |c: char| c.is_whitespace() || c.is_control() || "<>\"{}|\\^`".contains(c);
    let escaped = |at: usize| rest.get(at + 1..at + 3).is_some_and(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()));
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(spelled)
        && !rest.is_empty()
        && !rest.contains(forbidden)
        && rest.match_indices('%').all(|(at, _)| escaped(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_atom_cannot_carry_is_no_iri() {
        for iri in [
            "https://news.example/?p=12",
            "tag:a.example,2020:x",
            "urn:uuid:1",
            "yt:video:a_b-c",
            "https://例.example/盐",
        ] {
            assert!(is_iri(iri), "{iri}");
        }
        for other in
            ["5f8d0a", "", "salt:", ":salt", "1a:b", "https://a b", "/posts/1", "https://a/%zz", "https://a/<b>"]
        {
            assert!(!is_iri(other), "{other}");
        }
    }
}
