//! `wellhead reclassify`: shows which articles the rules of today place elsewhere, and places them there.
//!
//! Knows nothing of how that is done; a line names an article, its feeds and the evidence.

use std::io::Write;

use anyhow::bail;

use super::{Done, evidence, now};
use crate::feed::{FeedKey, FeedSet};
use crate::reclassify::{self, Move, Survey, Thinned};
use crate::store::Store;

/// Shows the difference; then, unless it is a dry run or takes too much away, makes it so.
pub fn run(set: &FeedSet, store: &Store, dry_run: bool, confirm: bool) -> anyhow::Result<Done> {
    let mut out = std::io::stdout().lock();
    let survey = reclassify::survey(set, store, |found| Ok::<_, anyhow::Error>(writeln!(out, "{}", line(found))?))?;
    let Survey { moved, thinned } = survey;
    for Thinned { key, lost, shown } in &thinned {
        eprintln!("{key}: {lost} of the {shown} articles that its document shows would leave it");
    }
    match (moved, dry_run, thinned.is_empty() || confirm) {
        (0, _, _) => writeln!(out, "every article is where it belongs")?,
        (_, true, _) => writeln!(out, "{moved} articles would move; nothing was changed")?,
        (_, _, false) => bail!(
            "{moved} articles would move, and more than half of a document with them; if that is meant, say --confirm"
        ),
        _ => writeln!(out, "{} articles moved", reclassify::reclassify(set, store, "reclassify", &now)?)?,
    }
    Ok(Done::All)
}

/// Key, title, the districts and topics that it enters (+) and leaves (-), and what speaks for each of these.
pub fn line(found: &Move<'_>) -> String {
    let (left, entered) = found.feeds();
    let single = |key: &&FeedKey| matches!(key, FeedKey::District(_) | FeedKey::Topic(_));
    let signed = |sign: char, keys: &[FeedKey]| -> Vec<String> {
        keys.iter().filter(single).map(|key| format!("{sign}{key}")).collect()
    };
    let feeds = [signed('+', &entered), signed('-', &left)].concat().join(" ");
    let concerned = |slug: &str| {
        let slugs =
            entered.iter().chain(&left).filter(single).flat_map(|key| key.districts().iter().chain(key.topics()));
        slugs.map(|own| own.as_str()).any(|own| own == slug)
    };
    let evidence: Vec<String> =
        evidence(&found.found).filter(|(slug, _)| concerned(slug)).map(|(_, text)| text).collect();
    let article = &found.stored.article;
    format!("{}\t{}\t{feeds}\t{}", article.key, article.content.title, evidence.join("; "))
}
