//! `wellhead article`: what editors do to one article, and what they can know of it.
//!
//! Knows nothing of how feeds show it; it names the article, and tells what the spines and the store answered.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::{ArgGroup, Args, Subcommand};
use serde_json::Value;

use super::Done;
use super::output::{out, row};
use crate::article::{Key, Slug, Time};
use crate::config::Media;
use crate::edit::{self, Edit};
use crate::feed::{FeedKey, FeedSet};
use crate::ingest::{Found, InputFile, Kind, clean};
use crate::printable::field;
use crate::render::address;
use crate::resource::Resource;
use crate::store::command::{Answer, Command, Executed, Operation, Outcome, Rejection};
use crate::store::stored::Stored;
use crate::store::{HistoryEntry, Store};

/// What can be done to an article; KEY is the last part of its page's address.
#[derive(Subcommand)]
pub enum Action {
    /// List the latest articles: key, time, state, title; those under embargo first
    List {
        /// Those of one feed only, such as districts/daan or topics/salt
        #[arg(long, value_name = "FEED", default_value = "feed")]
        feed: String,
        /// How many
        #[arg(long, value_name = "N", default_value_t = 50)]
        limit: u32,
    },
    /// Show all that is known of an article
    Show {
        #[arg(value_name = "KEY")]
        key: String,
    },
    /// Correct an article, silently unless it is said to be significant
    Edit(Correction),
    /// Take an article back: its feeds show a short notice in its place, and its page answers 410
    Withdraw {
        #[arg(value_name = "KEY")]
        key: String,
        /// What the notice says beside that the article has been withdrawn
        #[arg(long, value_name = "TEXT", default_value = "")]
        note: String,
    },
    /// Publish a withdrawn article again
    Restore {
        #[arg(value_name = "KEY")]
        key: String,
    },
    /// Erase an article's text for ever, from its history and the store's file too; only a notice is left
    Purge {
        #[arg(value_name = "KEY")]
        key: String,
        /// What the notice says beside that the article has been withdrawn
        #[arg(long, value_name = "TEXT", default_value = "")]
        note: String,
    },
    /// Tell what was done to an article: time, by whom, revision, what, and what it said before
    History {
        #[arg(value_name = "KEY")]
        key: String,
        /// As JSON Lines, with everything that was replaced in full
        #[arg(long)]
        json: bool,
    },
}

/// At least one of these must be said of a correction.
const WHAT: [&str; 5] = ["file", "title", "note", "published", "significant"];

/// How an article is corrected.
#[derive(Args)]
#[command(group = ArgGroup::new("what").required(true).multiple(true).args(WHAT))]
pub struct Correction {
    #[arg(value_name = "KEY")]
    key: String,
    /// The whole article anew, from a file that holds it alone
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Another headline
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// What was corrected: it stands first in the article; an empty one takes the last away
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    /// When an article under embargo is to appear (RFC 3339)
    #[arg(long, value_name = "RFC3339", value_parser = Time::parse)]
    published: Option<Time>,
    /// Tell readers: the article is shown anew, with a new date of change
    #[arg(long)]
    significant: bool,
    #[command(flatten)]
    pub(super) media: Media,
}

/// Does it, and says what became of it.
pub fn run(action: &Action, set: &FeedSet, store: &Store, now: Time) -> anyhow::Result<Done> {
    let execute = |key, operation, actor| {
        Ok::<_, anyhow::Error>(store.execute_one(Command::new(parsed(key)?, operation, actor), now).wait()?)
    };
    let (key, answer, done) = match action {
        Action::List { feed, limit } => return list(store, feed, *limit),
        Action::Show { key } => return show(set, store, &parsed(key)?),
        Action::History { key, json } => return history(store, &parsed(key)?, *json),
        Action::Edit(correction) => (&correction.key, correct(correction, set, store, now)?, "edited"),
        Action::Withdraw { key, note } => {
            let operation = Operation::Withdraw { note: Some(clean::note(note)?) };
            (key, execute(key, operation, "article withdraw")?, "withdrawn")
        }
        Action::Restore { key } => (key, execute(key, Operation::Restore, "article restore")?, "restored"),
        Action::Purge { key, note } => {
            (key, execute(key, Operation::Purge { note: clean::note(note)? }, "article purge")?, "purged")
        }
    };
    let mut out = out();
    match answer {
        Ok(Executed { outcome: Outcome::Unchanged, .. }) => writeln!(out, "{key}: nothing to do")?,
        Ok(Executed { revision: Some(revision), .. }) => writeln!(out, "{key}: {done} in revision {revision}")?,
        Ok(Executed { revision: None, .. }) => writeln!(out, "{key}: {done}; readers see nothing of it")?,
        Err(Rejection::Purged) if done == "purged" => {
            writeln!(out, "{key}: it was purged before; the file is written anew")?;
        }
        Err(Rejection::Unknown) => bail!("there is no article {key}"),
        Err(Rejection::Purged) => bail!("{key} has been purged: nothing is left of it"),
        Err(Rejection::Withdrawn) => bail!("{key} is withdrawn; restore it first"),
        Err(Rejection::Public) => bail!("{key} is public, and its time of publication does not move any more"),
        Err(Rejection::Precondition | Rejection::Outside(_) | Rejection::Taken) => {
            bail!("{key} is being changed by others; try again")
        }
    }
    Ok(Done::All)
}

fn parsed(key: &str) -> anyhow::Result<Key> {
    Key::parse(key).with_context(|| format!("{key:?} is no article's key; it stands at the end of its page's address"))
}

fn correct(correction: &Correction, set: &FeedSet, store: &Store, now: Time) -> anyhow::Result<Answer> {
    let Correction { key, file, title, note, published, significant, .. } = correction;
    let (draft, beside, named) = match file {
        Some(path) => {
            let (found, named) = only_draft(set, path)?;
            (Some(found.draft), found.beside, named)
        }
        None => (None, None, false),
    };
    let edit = Edit {
        draft,
        beside,
        named,
        title: title.clone(),
        note: note.clone(),
        published: *published,
        significant: *significant,
    };
    Ok(edit::edit(set, store, &parsed(key)?, &edit, "article edit", now)?)
}

/// The one article in a file, and whether it has an id of its own there; a page is named after its headline.
fn only_draft(set: &FeedSet, path: &Path) -> anyhow::Result<(Found, bool)> {
    let file = InputFile::new(path, None, set.zone_of_dates())?;
    let mut drafts = file.open()?;
    let first = drafts.next().with_context(|| format!("{}: holds no article", field(&path.to_string_lossy())))??;
    if let Some(second) = drafts.next() {
        bail!("{}:{}: only one article can be taken", field(&path.to_string_lossy()), second?.line);
    }
    Ok((first, file.kind != Kind::Page))
}

fn list(store: &Store, feed: &str, limit: u32) -> anyhow::Result<Done> {
    let key = FeedKey::parse(feed.trim_matches('/')).filter(FeedKey::is_stored);
    let key = key.with_context(|| format!("{feed:?} is no feed; say feed, districts/NAME, topics/NAME or both"))?;
    let mut out = out();
    for stored in store.latest(&key, limit).wait()? {
        let article = &stored.article;
        let (key, published) = (article.key.as_str(), article.published.to_string());
        writeln!(out, "{}", row([key, &published, state(&stored), &article.content.title]))?;
    }
    Ok(Done::All)
}

/// Where an article stands in its life.
fn state(stored: &Stored) -> &'static str {
    match stored {
        Stored { purged: true, .. } => "purged",
        Stored { article, .. } if article.withdrawn.is_some() => "withdrawn",
        Stored { embargoed: true, .. } => "embargoed",
        _ => "published",
    }
}

fn show(set: &FeedSet, store: &Store, key: &Key) -> anyhow::Result<Done> {
    let stored = store.dossier(key).wait()?.with_context(|| format!("there is no article {key}"))?;
    let (article, content) = (&stored.article, &stored.article.content);
    let labels = |slugs: &[Slug], brought: bool| {
        let slugs: Vec<&str> = slugs.iter().map(Slug::as_str).collect();
        let whose = if brought { "brought along" } else { "by the rules" };
        if slugs.is_empty() { String::new() } else { format!("{} ({whose})", slugs.join(" ")) }
    };
    let places = store.places(key).wait()?;
    let feeds = places.iter().filter(|place| place.held).map(|place| format!("{} {}", place.feed, place.position));
    let fields = [
        ("title", content.title.clone()),
        ("state", state(&stored).to_owned()),
        ("page", address(&set.site, &Resource::article(article.key.clone()))),
        ("url", content.url.clone().unwrap_or_default()),
        ("id", article.id.clone()),
        ("known as", article.guid.clone().filter(|guid| *guid != article.id).unwrap_or_default()),
        ("source", format!("{} {}", stored.source, stored.own_id)),
        ("published", article.published.to_string()),
        ("updated", article.updated.to_string()),
        ("version", stored.version.to_string()),
        ("districts", labels(&article.labels.districts, stored.brought.districts)),
        ("topics", labels(&article.labels.topics, stored.brought.topics)),
        ("feeds", feeds.collect::<Vec<_>>().join(", ")),
        ("note", content.note.clone().unwrap_or_default()),
        ("notice", article.withdrawn.clone().unwrap_or_default()),
        ("summary", content.summary.clone()),
    ];
    let mut out = out();
    for (name, value) in fields.iter().filter(|(_, value)| !value.trim().is_empty()) {
        writeln!(out, "{name:<10} {}", field(value))?;
    }
    if !content.html.is_empty() {
        writeln!(out, "\n{}", content.html.as_str().trim_end())?;
    }
    Ok(Done::All)
}

fn history(store: &Store, key: &Key, json: bool) -> anyhow::Result<Done> {
    let entries = store.history(key).wait()?.with_context(|| format!("there is no article {key}"))?;
    let mut out = out();
    for HistoryEntry { time, who, revision, action, before } in entries {
        if json {
            let what = action.name();
            let time = time.to_string();
            let line =
                serde_json::json!({ "time": time, "who": who, "revision": revision, "what": what, "before": before });
            writeln!(out, "{line}")?;
            continue;
        }
        let revision = revision.map_or_else(|| "-".to_owned(), |revision| revision.to_string());
        let before: Vec<String> = before.iter().map(|(name, value)| format!("{name} was {}", brief(value))).collect();
        writeln!(out, "{}", row([&time.to_string(), &who, &revision, action.name(), &before.join("; ")]))?;
    }
    Ok(Done::All)
}

/// How much of a former value a line of history repeats, in characters.
const BRIEF: usize = 60;

fn brief(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(BRIEF) {
        Some((at, _)) => format!("{}… ({} bytes)", &text[..at], text.len()),
        None => text,
    }
}
