//! Whether front matter lets an article be seen: whatever any generator holds back is held back, and so is what is not
//! intelligible.
//!
//! Knows nothing of dates ahead, which are embargoes, nor of the folder in which a file lies.

use super::front_matter::{Misread, Value};
use super::matter::{Key, Matter};
use crate::article::{Status, Time};
use crate::ingest::date::Dates;

/// Keys that hold an article back if they are true.
const HIDING: [&str; 7] = ["draft", "headless", "hidden", "private", "unlisted", "encrypt", "encrypted"];

/// Keys that hold an article back if they are false. Jekyll's `published` may be a date too, which `keys` reads.
const SHOWING: [&str; 4] = ["published", "publish", "public", "visible"];

/// Keys that hold an article back if they say anything: none of what they protect can be protected here.
const PROTECTING: [&str; 4] = ["password", "passwd", "passphrase", "pwd"];

/// Words of `status` and `visibility` for what anybody may see.
const PUBLIC: [&str; 5] = ["published", "publish", "public", "live", "visible"];

/// Their words for what nobody may see, or not everybody.
const CLOSED: [&str; 17] = [
    "private",
    "hidden",
    "pending",
    "review",
    "unpublished",
    "unlisted",
    "internal",
    "protected",
    "password",
    "members",
    "paid",
    "scheduled",
    "future",
    "archived",
    "trash",
    "auto-draft",
    "wip",
];

/// The status, and why an article that has to wait is not to be seen.
pub(super) fn status(matter: &Matter<'_>, dates: &Dates) -> Result<(Status, Option<String>), Misread> {
    let mut held = Vec::new();
    for name in HIDING {
        let keys = occurrences(matter, name, name != "draft");
        held.extend(flagged(keys, true, "must be true or false")?);
    }
    for name in SHOWING {
        let mut keys = occurrences(matter, name, name != "published");
        keys.retain(|key| name != "published" || key.date(dates).is_err());
        let fault = if name == "published" { "must be true, false or a date" } else { "must be true or false" };
        held.extend(flagged(keys, false, fault)?);
    }
    let protecting = PROTECTING.iter().flat_map(|name| occurrences(matter, name, true));
    // What protects is not told.
    held.extend(protecting.filter(|key| key.flag() != Some(false)).map(|key| format!("it has a {}", key.name)));
    held.extend(unrendered(matter));
    held.extend(worded(occurrences(matter, "visibility", true), "must be public, private or hidden")?.0);
    let (hidden, status) = worded(occurrences(matter, "status", false), "must be published, draft or withdrawn")?;
    held.extend(hidden);
    Ok(if held.is_empty() { (status, None) } else { (Status::Draft, Some(held.join(", "))) })
}

/// From when on an article is not to be seen any more, by the names that Hugo knows and others.
pub(super) fn expires(matter: &Matter<'_>, dates: &Dates) -> Result<Option<Time>, Misread> {
    let names = ["expiryDate", "expiry_date", "unpublishDate", "unpublish_date", "expires", "expire"];
    let keys = names.iter().filter_map(|name| matter.own(&[name]));
    let times = keys.map(|key| Ok(key.date(dates)?.time)).collect::<Result<Vec<_>, _>>()?;
    Ok(times.into_iter().min())
}

/// Every occurrence of a key that says anything, also in inner tables if it means the same there.
fn occurrences<'m>(matter: &Matter<'m>, name: &str, inner: bool) -> Vec<Key<'m>> {
    match inner {
        true => matter.all(&[name]).into_iter().filter(Key::says).collect(),
        false => matter.own(&[name]).into_iter().collect(),
    }
}

/// Those of these keys that have the value which holds back. One that is neither true nor false is a fault.
fn flagged(keys: Vec<Key<'_>>, hides: bool, fault: &str) -> Result<Vec<String>, Misread> {
    let mut held = Vec::new();
    for key in keys {
        match key.flag() {
            Some(flag) if flag == hides => held.push(told(key)),
            Some(_) => {}
            None => return Err(key.misread(fault)),
        }
    }
    Ok(held)
}

fn told(key: Key<'_>) -> String {
    format!("{}: {}", key.name, key.scalar().unwrap_or_default())
}

/// The words of these keys that hold back, and the status that the last one tells.
fn worded(keys: Vec<Key<'_>>, fault: &str) -> Result<(Vec<String>, Status), Misread> {
    let (mut held, mut status) = (Vec::new(), Status::Published);
    for key in keys {
        let word = key.text()?.to_ascii_lowercase();
        match word.as_str() {
            word if PUBLIC.contains(&word) => {}
            "draft" => status = Status::Draft,
            "withdrawn" => status = Status::Withdrawn,
            word if CLOSED.contains(&word) => held.push(told(key)),
            _ => return Err(key.misread(fault)),
        }
    }
    Ok((held, status))
}

/// Hugo's `build`, formerly `_build`: an article that it does not render, or lists nowhere, is not to be seen.
fn unrendered(matter: &Matter<'_>) -> Vec<String> {
    let builds = ["build", "_build"].into_iter().flat_map(|name| occurrences(matter, name, false));
    let mut held = Vec::new();
    for build in builds {
        match build.node.value {
            Value::Table(_) => {
                let parts = ["render", "list"].into_iter().filter_map(|name| build.inner(&[name])).filter(Key::says);
                let hiding = parts.filter(|part| !shows(*part));
                held.extend(hiding.map(|part| format!("{}.{}", build.name, told(part))));
            }
            _ if !shows(build) => held.push(told(build)),
            _ => {}
        }
    }
    held
}

fn shows(key: Key<'_>) -> bool {
    key.flag() == Some(true) || key.scalar().is_some_and(|how| how.eq_ignore_ascii_case("always"))
}
