//! Selects what a client lacks that has everything up to some revision: catch-up and delta (rule 8), and nothing else.
//!
//! Knows nothing of articles' texts, of SQL or of HTTP: pure functions over what one snapshot of a feed gives.

use std::collections::HashSet;

use super::window::{Chosen, EntryHead, MAX_BYTES, MAX_ENTRIES};

/// Where a client stands, and in which form it is told what it lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Since {
    /// The last revision of which it has every change.
    pub revision: u64,
    /// The entries that it is sent.
    pub form: Form,
}

/// The forms of an answer to a client that names an earlier revision.
///
/// A shared cache may name a revision in place of the client that asks, and pass the answer on to anybody. So everybody
/// is sent the document, and changes without it only go to a client that is known to stand where it says: one that names
/// an own tag (rule 8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// The document and the other entries that changed since: all of them, or the oldest changes if not all fit.
    Shared,
    /// The document and, of the other changes, as many as fit of those made by this revision, although later ones are
    /// known: for a client that knows its place by Last-Modified alone while the feed's own may not be sent yet.
    Dated {
        /// The last revision whose time is past.
        past: u64,
    },
    /// The document and the other entries that changed since or, if these do not all fit, the oldest changes alone: for
    /// a client that names an own tag.
    Own,
    /// The changes alone (RFC 3229, instance manipulation `feed`): for a client that names an own tag.
    Delta,
}

/// The part of a feed that an answer shows, which decides who may have it, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// Whether it holds the document. If not, it is good only for a client that has every earlier change.
    pub document: bool,
    /// Whether it holds every change that the client lacks. If not, it is good for a moment.
    pub all_changes: bool,
}

impl Coverage {
    /// That of the ordinary document.
    pub const DOCUMENT: Self = Self { document: true, all_changes: true };
}

/// The entries that a client lacks, as far as one answer tells them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatchUp {
    /// The entries, in no particular order.
    pub entries: Vec<EntryHead>,
    /// The last revision of which every change is told, if not all are: the client goes on from there.
    pub until: Option<u64>,
    /// Whether the document is among the entries.
    pub document: bool,
}

impl CatchUp {
    /// The part of the feed that these entries are.
    pub fn coverage(&self) -> Coverage {
        Coverage { document: self.document, all_changes: self.until.is_none() }
    }
}

/// Selects what a client is told.
///
/// `changes` are the feed's entries whose `changed` lies after `since`, oldest change first. A prefix will do if it
/// holds, besides the document's entries, more than [`MAX_ENTRIES`] in whole revisions. What does not all fit into
/// [`MAX_ENTRIES`] and [`MAX_BYTES`] beside the document is told oldest change first, in whole revisions: at least one,
/// and as many as fit.
pub fn select(document: &Chosen, changes: &[EntryHead], since: Since) -> CatchUp {
    let shown: HashSet<i64> = document.entries.iter().map(|entry| entry.article).collect();
    let others = changes.iter().filter(|entry| !shown.contains(&entry.article));
    match since.form {
        Form::Shared => beside(document, whole_revisions(others)),
        Form::Dated { past } => {
            let (told, _) = whole_revisions(others.filter(|entry| entry.changed <= past));
            let last = told.last().map_or(since.revision, |entry| entry.changed);
            CatchUp { until: Some(last), ..beside(document, (told, true)) }
        }
        Form::Own => {
            let (told, all) = whole_revisions(others);
            if all { beside(document, (told, true)) } else { alone(changes) }
        }
        Form::Delta => {
            let touched = document.entries.iter().filter(|entry| entry.touched > since.revision);
            let mut listed = HashSet::new();
            let known = |entry: &&EntryHead| listed.insert(entry.article);
            let delta: Vec<EntryHead> = touched.chain(changes).filter(known).copied().collect();
            if fits(&delta) { CatchUp { entries: delta, until: None, document: false } } else { alone(changes) }
        }
    }
}

/// The document, and with it these other changes; whether they are all there are is said with them.
fn beside(document: &Chosen, (others, all): (Vec<EntryHead>, bool)) -> CatchUp {
    let until = others.last().map(|entry| entry.changed).filter(|_| !all);
    CatchUp { entries: [document.entries.as_slice(), &others].concat(), until, document: true }
}

/// The oldest changes without the document.
fn alone(changes: &[EntryHead]) -> CatchUp {
    let (entries, all) = whole_revisions(changes);
    let until = entries.last().map(|entry| entry.changed).filter(|_| !all);
    CatchUp { entries, until, document: false }
}

/// The first revisions of a run of changes, whole, that fit into the limits; and whether that is all of it.
///
/// An article may stand in several cells of a combination, and in each with a change of its own: it is told once.
fn whole_revisions<'a>(changes: impl IntoIterator<Item = &'a EntryHead>) -> (Vec<EntryHead>, bool) {
    let mut told: Vec<EntryHead> = Vec::new();
    let mut known = HashSet::new();
    let mut bytes = 0;
    // Where the last revision begins.
    let mut begin = 0;
    for entry in changes {
        if told.last().is_some_and(|last| last.changed != entry.changed) {
            begin = told.len();
        }
        if !known.insert(entry.article) {
            continue;
        }
        told.push(*entry);
        bytes += entry.size;
        if begin > 0 && (told.len() > MAX_ENTRIES || bytes > MAX_BYTES) {
            told.truncate(begin);
            return (told, false);
        }
    }
    (told, true)
}

fn fits(entries: &[EntryHead]) -> bool {
    entries.len() <= MAX_ENTRIES && entries.iter().map(|entry| entry.size).sum::<u64>() <= MAX_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::Time;
    use crate::feed::window::{Extent, document};
    use proptest::prelude::*;
    use std::cmp::Reverse;
    use std::collections::BTreeMap;

    const COMPLETE: Coverage = Coverage::DOCUMENT;
    const PARTIAL: Coverage = Coverage { document: true, all_changes: false };
    const CHANGES: Coverage = Coverage { document: false, all_changes: true };
    const SOME_CHANGES: Coverage = Coverage { document: false, all_changes: false };

    fn head(article: i64, changed: u64) -> EntryHead {
        let published = Time(article);
        EntryHead { article, position: article, changed, touched: changed, published, version: 1, size: 1000 }
    }

    /// A feed whose article n joined at revision n, and its document.
    fn feed(articles: i64) -> (Vec<EntryHead>, Chosen) {
        let entries: Vec<EntryHead> = (1..=articles).map(|n| head(n, n as u64)).collect();
        let chosen = choose(&entries);
        (entries, chosen)
    }

    fn choose(entries: &[EntryHead]) -> Chosen {
        let extent = Extent { head: entries.len() as i64, tail: 1 };
        let always = entries.iter().copied().filter(|e| e.position >= extent.always_from()).collect();
        let mut recent = entries.to_vec();
        recent.sort_by_key(|e| Reverse((e.changed, e.position)));
        document(always, recent.into_iter().map(Ok::<_, ()>), u64::MAX).expect("no error is given")
    }

    fn changes_after(entries: &[EntryHead], revision: u64) -> Vec<EntryHead> {
        let mut changes: Vec<EntryHead> = entries.iter().copied().filter(|e| e.changed > revision).collect();
        changes.sort_by_key(|e| e.changed);
        changes
    }

    /// How many entries a client that stands there is told, up to which revision, and what they are.
    fn told(entries: &[EntryHead], document: &Chosen, revision: u64, form: Form) -> (usize, Option<u64>, Coverage) {
        let told = select(document, &changes_after(entries, revision), Since { revision, form });
        (told.entries.len(), told.until, told.coverage())
    }

    #[test]
    fn a_client_that_lacks_little_gets_the_document_with_what_it_lacks() {
        let (entries, document) = feed(120);
        assert_eq!((document.entries.len(), document.complete_since), (50, 70));
        for form in [Form::Shared, Form::Own] {
            assert_eq!(told(&entries, &document, 69, form), (51, None, COMPLETE));
            assert_eq!(told(&entries, &document, 1, form), (119, None, COMPLETE));
        }
        // What stands beside the document has the limits to itself.
        let (entries, document) = feed(351);
        assert_eq!(told(&entries, &document, 1, Form::Shared), (350, None, COMPLETE));
    }

    #[test]
    fn a_delta_holds_only_what_changed() {
        let (mut entries, _) = feed(120);
        // A silent fix shows in a delta if the document shows the entry.
        entries[110].touched = 121;
        entries[20].touched = 121;
        let document = choose(&entries);
        assert_eq!(told(&entries, &document, 120, Form::Delta), (1, None, CHANGES));
        assert_eq!(told(&entries, &document, 115, Form::Delta), (6, None, CHANGES));
        assert_eq!(told(&entries, &document, 50, Form::Delta), (70, None, CHANGES));
    }

    #[test]
    fn an_entry_that_a_cell_shows_as_old_is_in_a_delta_if_another_cell_has_it_as_new() {
        let document = Chosen { entries: vec![head(1, 2)], complete_since: 9 };
        let told = select(&document, &[head(1, 7)], Since { revision: 5, form: Form::Delta });
        assert_eq!(told.entries, [head(1, 7)]);
    }

    #[test]
    fn a_client_with_an_own_tag_that_lacks_much_goes_through_the_changes_in_whole_revisions() {
        let (entries, document) = feed(700);
        for form in [Form::Own, Form::Delta] {
            assert_eq!(told(&entries, &document, 1, form), (300, Some(301), SOME_CHANGES));
            assert_eq!(told(&entries, &document, 301, form), (300, Some(601), SOME_CHANGES));
        }
        // 200 articles a revision: two revisions would be 400.
        let entries: Vec<EntryHead> = (0..600).map(|n| head(n + 1, 2 + n as u64 / 200)).collect();
        let document = choose(&entries);
        assert_eq!(told(&entries, &document, 1, Form::Delta), (200, Some(2), SOME_CHANGES));
    }

    #[test]
    fn everybody_else_that_lacks_much_gets_the_document_with_the_oldest_changes() {
        let (entries, document) = feed(700);
        assert_eq!(document.entries.len(), 50);
        assert_eq!(told(&entries, &document, 1, Form::Shared), (350, Some(301), PARTIAL));
        assert_eq!(told(&entries, &document, 301, Form::Shared), (350, Some(601), PARTIAL));
        assert_eq!(told(&entries, &document, 601, Form::Shared), (99, None, COMPLETE));
    }

    #[test]
    fn a_client_of_dates_is_led_through_revisions_whose_time_is_past_and_keeps_its_place() {
        let (entries, document) = feed(700);
        let dated = |revision, past| told(&entries, &document, revision, Form::Dated { past });
        assert_eq!(dated(1, 11), (60, Some(11), PARTIAL));
        assert_eq!(dated(1, 600), (350, Some(301), PARTIAL));
        // No time is past yet, or nothing beside the document has changed: the place that it named.
        assert_eq!(dated(5, 3), (50, Some(5), PARTIAL));
        assert_eq!(dated(690, 695), (50, Some(690), PARTIAL));
    }

    #[test]
    fn a_revision_too_large_for_the_limits_is_told_all_the_same() {
        let entries: Vec<EntryHead> =
            (1..=250).map(|n| EntryHead { size: 60_000, ..head(n, 2 + n as u64 / 100) }).collect();
        let document = choose(&entries);
        assert_eq!(document.entries.len(), 50);
        assert_eq!(told(&entries, &document, 1, Form::Shared), (50 + 99, Some(2), PARTIAL));
        assert_eq!(told(&entries, &document, 1, Form::Own), (99, Some(2), SOME_CHANGES));
        assert_eq!(told(&entries, &document, 3, Form::Delta), (51, None, CHANGES));
    }

    proptest! {
        /// Whatever changed and however often a client polls meanwhile: following `until`, it hears of every change, and
        /// who does not name an own tag always has the document, too.
        #[test]
        fn following_what_is_told_misses_no_change(
            changes in prop::collection::vec((1u64..40, 500u64..200_000), 1..900),
            from in 0u64..40,
            form in prop::sample::select(vec![Form::Shared, Form::Own, Form::Delta, Form::Dated { past: 1000 }]),
        ) {
            let entries: Vec<EntryHead> = changes.iter().enumerate()
                .map(|(n, (changed, size))| EntryHead { size: *size, ..head(n as i64 + 1, *changed) })
                .collect();
            let document = choose(&entries);
            let mut heard: BTreeMap<i64, u64> = BTreeMap::new();
            let mut at = Some(from);
            while let Some(revision) = at {
                let told = select(&document, &changes_after(&entries, revision), Since { revision, form });
                heard.extend(told.entries.iter().map(|e| (e.article, e.changed)));
                if told.document {
                    prop_assert!(document.entries.iter().all(|shown| told.entries.contains(shown)));
                }
                let dated = matches!(form, Form::Dated { .. });
                prop_assert!(told.until.is_none_or(|until| until > revision || dated), "it gets on");
                at = told.until.filter(|until| *until > revision);
            }
            for entry in entries.iter().filter(|e| e.changed > from) {
                prop_assert_eq!(heard.get(&entry.article), Some(&entry.changed));
            }
        }
    }
}
