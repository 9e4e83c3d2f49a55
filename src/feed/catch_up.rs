//! What a client that has everything up to some revision still lacks: catch-up and delta (rule 8), and nothing else.
//!
//! Knows nothing of articles' texts, of SQL or of HTTP: pure functions over what one snapshot of a feed gives.

use std::collections::HashSet;

use super::window::{Chosen, EntryHead, MAX_BYTES, MAX_ENTRIES};

/// Where a client stands, and how it wants to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Since {
    /// The last revision of which it has every change.
    pub revision: u64,
    /// What it is sent.
    pub form: Form,
}

/// The two ways of telling what is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// The document, with everything else that changed since: to a reader it is an ordinary answer.
    Whole,
    /// What changed since, and no more (RFC 3229, instance manipulation `feed`).
    Delta,
}

/// What is told, in no particular order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Its entries.
    pub entries: Vec<EntryHead>,
    /// The last revision of which every change is told, if not all are: the client goes on from there.
    pub until: Option<u64>,
    /// Whether these are changes alone, although the document was wanted with them: good for this client only.
    pub alone: bool,
}

/// Chooses what to tell.
///
/// `changes` are the feed's entries whose `changed` lies after `since`, oldest change first; a prefix will do if it
/// holds more than [`MAX_ENTRIES`] in whole revisions. If everything does not fit into a document's limits, the oldest
/// changes are told alone, in whole revisions: at least one, and as many as fit.
pub fn tell(document: &Chosen, changes: &[EntryHead], since: Since) -> Told {
    let (oldest, all) = whole_revisions(changes);
    let until = oldest.last().map(|entry| entry.changed).filter(|_| !all);
    if until.is_none() {
        let kept = |entry: &&EntryHead| since.form == Form::Whole || entry.touched > since.revision;
        let mut entries: Vec<EntryHead> = document.entries.iter().filter(kept).copied().collect();
        let shown: HashSet<i64> = entries.iter().map(|entry| entry.article).collect();
        entries.extend(oldest.iter().filter(|entry| !shown.contains(&entry.article)));
        if fits(&entries) {
            return Told { entries, until, alone: false };
        }
    }
    Told { entries: oldest, until, alone: true }
}

/// The first revisions of a run of changes, whole, that fit into a document; and whether that is all of it.
///
/// An article may stand in several cells of a combination, and in each with a change of its own: it is told once.
fn whole_revisions(changes: &[EntryHead]) -> (Vec<EntryHead>, bool) {
    let mut told: Vec<EntryHead> = Vec::new();
    let mut known = HashSet::new();
    for revision in changes.chunk_by(|a, b| a.changed == b.changed) {
        let before = told.len();
        told.extend(revision.iter().filter(|entry| known.insert(entry.article)));
        if before > 0 && !fits(&told) {
            told.truncate(before);
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

    fn told(entries: &[EntryHead], document: &Chosen, revision: u64, form: Form) -> (usize, Option<u64>) {
        let mut changes: Vec<EntryHead> = entries.iter().copied().filter(|e| e.changed > revision).collect();
        changes.sort_by_key(|e| e.changed);
        let told = tell(document, &changes, Since { revision, form });
        (told.entries.len(), told.until)
    }

    #[test]
    fn a_client_that_lacks_little_gets_the_document_with_what_it_lacks() {
        let (entries, document) = feed(120);
        assert_eq!((document.entries.len(), document.complete_since), (50, 70));
        assert_eq!(told(&entries, &document, 69, Form::Whole), (51, None));
        assert_eq!(told(&entries, &document, 1, Form::Whole), (119, None));
    }

    #[test]
    fn a_delta_holds_only_what_changed() {
        let (mut entries, _) = feed(120);
        // A silent fix shows in a delta if the document shows the entry.
        entries[110].touched = 121;
        entries[20].touched = 121;
        let document = choose(&entries);
        assert_eq!(told(&entries, &document, 120, Form::Delta), (1, None));
        assert_eq!(told(&entries, &document, 115, Form::Delta), (6, None));
        assert_eq!(told(&entries, &document, 50, Form::Delta), (70, None));
    }

    #[test]
    fn changes_that_fit_only_without_the_document_are_told_alone() {
        let (mut entries, _) = feed(331);
        entries[..280].iter_mut().for_each(|entry| (entry.changed, entry.touched) = (400, 400));
        let document = choose(&entries);
        let changes: Vec<EntryHead> = entries.iter().copied().filter(|e| e.changed > 331).collect();
        let told = tell(&document, &changes, Since { revision: 331, form: Form::Whole });
        assert_eq!((told.entries.len(), told.until, told.alone), (280, None, true));
        let told = tell(&document, &changes[..1], Since { revision: 331, form: Form::Whole });
        assert!(!told.alone);
    }

    #[test]
    fn an_entry_that_a_cell_shows_as_old_is_in_a_delta_if_another_cell_has_it_as_new() {
        let document = Chosen { entries: vec![head(1, 2)], complete_since: 9 };
        let told = tell(&document, &[head(1, 7)], Since { revision: 5, form: Form::Delta });
        assert_eq!(told.entries, [head(1, 7)]);
    }

    #[test]
    fn a_client_that_lacks_much_goes_through_it_in_whole_revisions() {
        let (entries, document) = feed(700);
        for form in [Form::Whole, Form::Delta] {
            assert_eq!(told(&entries, &document, 1, form), (300, Some(301)));
            assert_eq!(told(&entries, &document, 301, form), (300, Some(601)));
        }
        assert_eq!(told(&entries, &document, 601, Form::Whole), (99, None));
        // 200 articles a revision: two revisions would be 400.
        let entries: Vec<EntryHead> = (0..600).map(|n| head(n + 1, 2 + n as u64 / 200)).collect();
        let document = choose(&entries);
        assert_eq!(told(&entries, &document, 1, Form::Delta), (200, Some(2)));
    }

    #[test]
    fn a_revision_too_large_for_a_document_is_told_all_the_same() {
        let entries: Vec<EntryHead> =
            (1..=150).map(|n| EntryHead { size: 60_000, ..head(n, 2 + n as u64 / 100) }).collect();
        let document = choose(&entries);
        assert_eq!(told(&entries, &document, 1, Form::Whole), (99, Some(2)));
        assert_eq!(told(&entries, &document, 2, Form::Delta), (51, None));
    }

    proptest! {
        /// Whatever changed and however often a client polls meanwhile: following `until`, it hears of every change.
        #[test]
        fn following_what_is_told_misses_no_change(
            changes in prop::collection::vec((1u64..40, 500u64..200_000), 1..900),
            from in 0u64..40,
            delta: bool,
        ) {
            let entries: Vec<EntryHead> = changes.iter().enumerate()
                .map(|(n, (changed, size))| EntryHead { size: *size, ..head(n as i64 + 1, *changed) })
                .collect();
            let document = choose(&entries);
            let form = if delta { Form::Delta } else { Form::Whole };
            let mut heard: BTreeMap<i64, u64> = BTreeMap::new();
            let mut at = Some(from);
            while let Some(revision) = at {
                let mut since: Vec<EntryHead> = entries.iter().copied().filter(|e| e.changed > revision).collect();
                since.sort_by_key(|e| e.changed);
                let told = tell(&document, &since, Since { revision, form });
                prop_assert!(told.until.is_none_or(|until| until > revision), "it gets on");
                heard.extend(told.entries.iter().map(|e| (e.article, e.changed)));
                at = told.until;
            }
            for entry in entries.iter().filter(|e| e.changed > from) {
                prop_assert_eq!(heard.get(&entry.article), Some(&entry.changed));
            }
        }
    }
}
