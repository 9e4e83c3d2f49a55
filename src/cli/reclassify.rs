//! `wellhead reclassify`: shows which articles the rules of today place elsewhere, and places them there.
//!
//! Knows nothing of how that is done; a line names an article, its feeds and the evidence.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Write;

use anyhow::bail;
use serde::Serialize;

use super::output::{out, row, tell};
use super::{Done, evidence, now};
use crate::feed::classify::THRESHOLD;
use crate::feed::{FeedKey, FeedSet};
use crate::reclassify::{self, Move, Survey, Thinned};
use crate::store::Store;

/// Shows the difference; then, unless it is a dry run or takes too much away, makes it so.
pub fn run(set: &FeedSet, store: &Store, dry_run: bool, confirm: bool) -> anyhow::Result<Done> {
    let mut out = out();
    let survey =
        reclassify::survey(set, store, |found| Ok::<_, anyhow::Error>(writeln!(out, "{}", Moved::of(found))?))?;
    let Survey { moved, thinned } = survey;
    for Thinned { key, lost, shown } in &thinned {
        tell(format_args!("{key}: {lost} of the {shown} articles that its document shows would leave it"));
    }
    let articles = |count: u64| if count == 1 { "1 article".to_owned() } else { format!("{count} articles") };
    match (moved, dry_run, thinned.is_empty() || confirm) {
        (0, _, _) => writeln!(out, "every article is where it belongs")?,
        (_, true, _) => writeln!(out, "{} would move; nothing was changed", articles(moved))?,
        (_, _, false) => bail!(
            "{moved} articles would move, and more than half of a document with them; if that is meant, say --confirm"
        ),
        _ => writeln!(out, "{} moved", articles(reclassify::reclassify(set, store, "reclassify", &now)?))?,
    }
    Ok(Done::All)
}

/// An article that belongs elsewhere, as it is told: districts and topics that it enters and leaves (the pairs follow from
/// them), and what speaks for each.
#[derive(Serialize)]
pub struct Moved {
    key: String,
    title: String,
    enters: Vec<String>,
    leaves: Vec<String>,
    evidence: Vec<String>,
}

impl Moved {
    /// What is told of a move.
    pub fn of(found: &Move<'_>) -> Self {
        let single = |key: &&FeedKey| matches!(key, FeedKey::District(_) | FeedKey::Topic(_));
        let (left, entered) = found.feeds();
        let names = |keys: &[FeedKey]| keys.iter().filter(single).map(ToString::to_string).collect::<Vec<_>>();
        let (enters, leaves) = (names(&entered), names(&left));
        let told: BTreeMap<String, String> = evidence(&found.found).collect();
        let silent = |feed: &String| format!("-{} 0/{THRESHOLD} (no term)", feed.rsplit('/').next().unwrap_or(feed));
        let spoken = |feed: &String| told.get(feed).cloned().unwrap_or_else(|| silent(feed));
        let evidence = enters.iter().chain(&leaves).map(spoken).collect();
        let article = &found.stored.article;
        Self { key: article.key.to_string(), title: article.content.title.clone(), enters, leaves, evidence }
    }
}

/// Key, title, the feeds that it enters (+) and leaves (-), and the evidence, tab-separated.
impl fmt::Display for Moved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, title, enters, leaves, evidence } = self;
        let signed = |sign, feeds: &[String]| feeds.iter().map(|feed| format!("{sign}{feed}")).collect::<Vec<_>>();
        let feeds = [signed('+', enters), signed('-', leaves)].concat().join(" ");
        f.write_str(&row([key, title, &feeds, &evidence.join("; ")]))
    }
}
