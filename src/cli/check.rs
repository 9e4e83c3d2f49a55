//! `wellhead check`: what is wrong with definitions, store and feeds, or worth a look.
//!
//! Knows nothing of how it is found; a finding is a line, or all of them are one JSON document.

use std::io::Write;

use super::output::{out, row};
use super::reclassify::Moved;
use super::{Done, now};
use crate::check::{self, Finding, Named};
use crate::feed::FeedSet;
use crate::reclassify;
use crate::store::{Store, StoreError};

/// How many findings of one kind are told in lines; JSON tells all.
const TOLD: usize = 50;

/// Looks at everything, tells what it has found, and fails only if a rule is broken.
pub fn run(set: &FeedSet, store: &Store, json: bool) -> anyhow::Result<Done> {
    let findings = check::check(set, store, now())?;
    let mut moves = Vec::new();
    reclassify::moves(set, store, |found| {
        // What is under embargo is not named; it will be placed by the rules of its day.
        if !found.stored.embargoed {
            moves.push(Moved::of(&found));
        }
        Ok::<_, StoreError>(())
    })?;
    let sound = !findings.iter().any(Finding::is_fault);
    let mut out = out();
    if json {
        writeln!(out, "{}", serde_json::json!({ "sound": sound, "findings": findings, "would_move": moves }))?;
    } else {
        out.write_all(lines(&findings, &moves).as_bytes())?;
    }
    if sound { Ok(Done::All) } else { anyhow::bail!("the store breaks a rule that it should keep") }
}

/// The kinds of lines, the most pressing first.
const KINDS: [&str; 14] = [
    "broken",
    "wrong clock",
    "exposed",
    "media",
    "ahead",
    "undefined",
    "empty",
    "crowded",
    "quiet",
    "unlabelled",
    "alike",
    "would move",
    "dead rules",
    "empty pairs",
];

/// The findings and what would move, kind by kind, the first of each.
fn lines(findings: &[Finding], moves: &[Moved]) -> String {
    let moves = moves.iter().map(|moved| ("would move", moved.to_string()));
    let all: Vec<(&str, String)> = findings.iter().map(told_as).chain(moves).collect();
    let mut text = String::new();
    for kind in KINDS {
        let of_kind: Vec<&String> = all.iter().filter(|(own, _)| *own == kind).map(|(_, line)| line).collect();
        of_kind.iter().take(TOLD).for_each(|line| text.push_str(&format!("{kind}\t{line}\n")));
        if let more @ 1.. = of_kind.len().saturating_sub(TOLD) {
            text.push_str(&format!("{kind}\tand {more} more; --json tells all\n"));
        }
    }
    if text.is_empty() { "nothing was found\n".to_owned() } else { text }
}

/// What a store means that was written with a clock far ahead, and what can be done.
pub fn wrong_clock(until: &str) -> String {
    format!(
        "the last revision is dated {until}, so a clock was far ahead when it was made. Until then feeds are sent without \
         Last-Modified: readers that keep ETags miss nothing, others load whole feeds at each poll. Set the clock right; \
         then wait for that time, or go back to a copy of the store from before and publish again what has come since"
    )
}

/// A finding's kind, and the finding in words, tab-separated.
fn told_as(finding: &Finding) -> (&'static str, String) {
    let article = |named: &Named| row([named.key.as_str(), &named.title]);
    match finding {
        Finding::Broken { rule, what } => ("broken", row([&format!("rule {rule}"), what])),
        Finding::Empty { feed } => ("empty", feed.clone()),
        Finding::EmptyPairs { feeds } => ("empty pairs", feeds.join(" ")),
        Finding::Quiet { feed, since } => ("quiet", format!("{feed}\tnothing new since {since}")),
        Finding::Crowded { feed, entries, bytes } => {
            let megabytes = *bytes as f64 / 1e6;
            let room = "of 300 articles and 4 MB that a reader without its ETag is sure to get";
            ("crowded", format!("{feed}\t{entries} articles, {megabytes:.1} MB in 48 hours, {room}"))
        }
        Finding::Ahead { feed, retires } => ("ahead", format!("{feed}\tretires on {retires}; say so on that day")),
        Finding::WrongClock { until } => ("wrong clock", row([until, &wrong_clock(until)])),
        Finding::Exposed { file, mode } => {
            let what = format!("others may read or write it (mode {mode}): chmod 600 takes that away");
            ("exposed", row([file, &what]))
        }
        Finding::Media { folder, reason } => ("media", row([folder, reason])),
        Finding::DeadTerms { feed, terms } => ("dead rules", row([feed, &terms.join(", ")])),
        Finding::Undefined { feed, articles } => ("undefined", row([feed, &format!("labels {articles} articles")])),
        Finding::Unlabelled(named) => ("unlabelled", article(named)),
        Finding::Alike { percent, first, second } => {
            ("alike", format!("{percent}%\t{}\t{}", article(first), article(second)))
        }
    }
}
