//! Which entries a document holds: arithmetic over entries' numbers and changes, and nothing else.
//!
//! Knows nothing of articles' texts, of SQL or of formats. The store feeds it entries in order and the property tests
//! feed it anything; both get the same answer.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::ops::RangeInclusive;

use crate::article::Time;

/// Entries an archive page holds: page p has the numbers `50p - 49` to `50p`.
pub const PAGE: i64 = 50;

/// The number of most recently changed entries that a document shows at least.
pub const RECENT: usize = 50;

/// The most entries a document holds, unless its open page alone has more.
pub const MAX_ENTRIES: usize = 300;

/// The most bytes a document's entries may take, by [`EntryHead::size`], unless its open page alone takes more.
pub const MAX_BYTES: u64 = 4_000_000;

/// Seconds before the newest change within which every change is shown.
pub const WINDOW: i64 = 48 * 60 * 60;

/// The properties of an entry that decide whether a document shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntryHead {
    /// The article's row.
    pub article: i64,
    /// Its number in the feed: 1, 2, 3 … at the head; 0, -1, -2 … at the tail.
    pub position: i64,
    /// The revision at which it last changed in a way that readers should hear of; 0 for backfill.
    pub changed: u64,
    /// The last revision at which its bytes or its place in this feed changed.
    pub touched: u64,
    /// When its article was published.
    pub published: Time,
    /// The article's version.
    pub version: u64,
    /// About how many bytes the article takes in a document.
    pub size: u64,
}

/// The extent of a feed: the numbers it has given so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// The highest number given at the head; 0 if none.
    pub head: i64,
    /// The lowest number given at the tail; 1 if none.
    pub tail: i64,
}

impl Extent {
    /// A feed that nothing has joined.
    pub const EMPTY: Self = Self { head: 0, tail: 1 };

    /// The number of full pages.
    pub fn full_pages(self) -> i64 {
        self.head / PAGE + (1 - self.tail) / PAGE
    }

    /// The lowest number that the document shows whatever its age: the open page's first, or, while fewer than two
    /// pages are full, the feed's very first.
    pub fn always_from(self) -> i64 {
        if self.full_pages() < 2 { self.tail } else { self.head - self.head % PAGE + 1 }
    }
}

/// The archives (RFC 5005 §4): arithmetic over how far a feed reaches.
impl Extent {
    /// The archive pages there are: the full ones, and the tail's lowest however few it holds; none while fewer than two
    /// are full.
    pub fn pages(self) -> RangeInclusive<i64> {
        // Division rounds towards zero, which is upwards below it: number -49 is page 0's last, -50 is page -1's first.
        let lowest = if self.tail > 0 { 1 } else { self.tail / PAGE };
        let highest = if self.full_pages() < 2 { lowest - 1 } else { self.head / PAGE };
        lowest..=highest
    }

    /// The archive page that the subscription document leads to.
    pub fn newest_page(self) -> Option<i64> {
        self.pages().next_back()
    }

    /// The archive pages before and after this one, if there are any; `None` if there is no such page itself.
    pub fn neighbours(self, page: i64) -> Option<Neighbours> {
        let there = |page: i64| Some(page).filter(|page| self.pages().contains(page));
        there(page).map(|page| Neighbours { before: there(page - 1), after: there(page + 1) })
    }
}

/// The archive pages beside one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Neighbours {
    /// With older entries.
    pub before: Option<i64>,
    /// With newer ones.
    pub after: Option<i64>,
}

/// The numbers that stand in an archive page.
pub fn numbers(page: i64) -> RangeInclusive<i64> {
    PAGE * (page - 1) + 1..=PAGE * page
}

/// The two numbers beyond an archive page with whose joining it got its neighbours: the last of the page after it, which
/// filled that page, and the last of the page before it, which is the first to be given there if that lies in the tail.
/// (Where a neighbour was there first, its number joined before any of this page's, and tells nothing new.)
pub fn numbers_of_neighbours(page: i64) -> [i64; 2] {
    [PAGE * (page + 1), PAGE * (page - 1)]
}

/// A document's entries, in no particular order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chosen {
    /// The entries that it shows.
    pub entries: Vec<EntryHead>,
    /// The revision since which it shows every change: the greatest `changed` of what it does not show (rule 8).
    pub complete_since: u64,
}

/// Chooses a document's entries.
///
/// `always` are the entries numbered from [`Extent::always_from`]; `recent` are all the feed's entries by `changed`,
/// then number, greatest first, and is read no further than to the first that is not shown; `within` is the first
/// revision within [`WINDOW`] of the newest change.
pub fn document<E>(
    always: Vec<EntryHead>,
    recent: impl IntoIterator<Item = Result<EntryHead, E>>,
    within: u64,
) -> Result<Chosen, E> {
    let from = always.iter().map(|e| e.position).min().unwrap_or(i64::MAX);
    let mut bytes: u64 = always.iter().map(|e| e.size).sum();
    let mut entries = always;
    for (rank, entry) in recent.into_iter().enumerate() {
        let entry = entry?;
        if entry.position >= from {
            continue;
        }
        let recent = rank < RECENT || entry.changed >= within;
        if !recent || entries.len() >= MAX_ENTRIES || bytes + entry.size > MAX_BYTES {
            return Ok(Chosen { entries, complete_since: entry.changed });
        }
        bytes += entry.size;
        entries.push(entry);
    }
    Ok(Chosen { entries, complete_since: 0 })
}

/// Chooses a combination's entries from its cells' documents.
///
/// An article's `changed` and `touched` are the greatest that its entries in them have. What a cell does not show is
/// not shown here either, so that this document is complete since no earlier revision than any of theirs.
pub fn union(cells: Vec<Chosen>, within: u64) -> Chosen {
    let hidden = cells.iter().map(|cell| cell.complete_since).max().unwrap_or(0);
    let mut merged: HashMap<i64, EntryHead> = HashMap::new();
    for entry in cells.into_iter().flat_map(|cell| cell.entries) {
        let known = merged.entry(entry.article).or_insert(entry);
        known.changed = known.changed.max(entry.changed);
        known.touched = known.touched.max(entry.touched);
    }
    let mut recent: Vec<EntryHead> = merged.into_values().collect();
    // Numbers of different feeds cannot be compared; dates can.
    recent.sort_unstable_by_key(|e| Reverse((e.changed, e.published, e.article)));
    let Ok(chosen) = document(Vec::new(), recent.into_iter().map(Ok::<_, std::convert::Infallible>), within);
    Chosen { complete_since: chosen.complete_since.max(hidden), ..chosen }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn head(position: i64, changed: u64) -> EntryHead {
        let published = Time(position);
        EntryHead { article: position, position, changed, touched: changed, published, version: 1, size: 1000 }
    }

    fn heads(range: impl Iterator<Item = (i64, u64)>) -> Vec<EntryHead> {
        range.map(|(position, changed)| head(position, changed)).collect()
    }

    fn chosen(extent: Extent, entries: &[EntryHead], within: u64) -> Vec<i64> {
        let mut positions: Vec<i64> = whole(extent, entries, within).entries.iter().map(|e| e.position).collect();
        positions.sort_unstable();
        positions
    }

    fn whole(extent: Extent, entries: &[EntryHead], within: u64) -> Chosen {
        let always = entries.iter().copied().filter(|e| e.position >= extent.always_from()).collect();
        let mut recent = entries.to_vec();
        recent.sort_by_key(|e| Reverse((e.changed, e.position)));
        document(always, recent.into_iter().map(Ok::<_, ()>), within).expect("no error is given")
    }

    #[test]
    fn everything_is_shown_while_fewer_than_two_pages_are_full() {
        let entries = heads((-48..=99).map(|p| (p, p.max(0) as u64)));
        assert_eq!(chosen(Extent { head: 99, tail: -48 }, &entries, u64::MAX).len(), 148);
    }

    #[test]
    fn the_open_page_and_the_fifty_most_recently_changed_are_shown_however_old() {
        let entries = heads((1..=120).map(|p| (p, p as u64)));
        assert_eq!(chosen(Extent { head: 120, tail: 1 }, &entries, u64::MAX), (71..=120).collect::<Vec<_>>());
        assert_eq!(chosen(Extent { head: 120, tail: 1 }, &entries, 31), (31..=120).collect::<Vec<_>>());
    }

    #[test]
    fn an_old_entry_that_changed_comes_back() {
        let mut entries = heads((1..=120).map(|p| (p, p as u64)));
        entries[4].changed = 121;
        assert!(chosen(Extent { head: 120, tail: 1 }, &entries, u64::MAX).contains(&5));
    }

    #[test]
    fn backfill_fills_the_fifty_where_others_lack_highest_number_first() {
        let entries = heads((-199..=10).map(|p| (p, if p > 0 { 7 } else { 0 })));
        assert_eq!(chosen(Extent { head: 10, tail: -199 }, &entries, 7), (-39..=10).collect::<Vec<_>>());
    }

    #[test]
    fn three_hundred_entries_or_four_megabytes_end_a_document_but_never_its_open_page() {
        let entries = heads((1..=500).map(|p| (p, p as u64)));
        assert_eq!(chosen(Extent { head: 500, tail: 1 }, &entries, 1).len(), 300);
        let heavy = |p: i64| EntryHead { size: 150_000, ..head(p, p as u64) };
        let entries: Vec<_> = (1..=140).map(heavy).collect();
        assert_eq!(chosen(Extent { head: 140, tail: 1 }, &entries, 1).len(), 40);
        assert_eq!(chosen(Extent { head: 100, tail: 1 }, &entries[..100], 1).len(), 26);
    }

    #[test]
    fn a_document_is_complete_since_the_newest_change_that_it_does_not_show() {
        let entries = heads((1..=120).map(|p| (p, p as u64)));
        assert_eq!(whole(Extent { head: 120, tail: 1 }, &entries, u64::MAX).complete_since, 70);
        assert_eq!(whole(Extent { head: 99, tail: 1 }, &entries[..99], u64::MAX).complete_since, 0);
        // The open page is shown whatever its age: what is hidden may have changed later.
        let mut entries = entries;
        entries.iter_mut().filter(|e| e.position <= 60).for_each(|e| e.changed += 200);
        assert_eq!(whole(Extent { head: 120, tail: 1 }, &entries, u64::MAX).complete_since, 210);
    }

    #[test]
    fn a_combination_shows_the_most_recent_of_its_cells_once_and_knows_what_they_hide() {
        let cell = |range: std::ops::RangeInclusive<i64>, complete_since| Chosen {
            entries: heads(range.map(|p| (p, p as u64))),
            complete_since,
        };
        let chosen = union(vec![cell(1..=60, 0), cell(31..=90, 7)], u64::MAX);
        let mut shown: Vec<i64> = chosen.entries.iter().map(|e| e.article).collect();
        shown.sort_unstable();
        assert_eq!((shown, chosen.complete_since), ((41..=90).collect(), 40));
        let chosen = union(vec![cell(1..=30, 0), cell(11..=40, 7)], u64::MAX);
        assert_eq!((chosen.entries.len(), chosen.complete_since), (40, 7));
    }

    /// Any feed: so many joined at its head and at its tail.
    fn extent() -> impl Strategy<Value = Extent> {
        (0i64..400, 0i64..400).prop_map(|(head, tail)| Extent { head, tail: 1 - tail })
    }

    /// The numbers met by following prev-archive from the document: what it shows whatever its age, then page by page.
    fn followed(extent: Extent) -> Vec<i64> {
        let mut met: Vec<i64> = (extent.always_from()..=extent.head).collect();
        let mut next = extent.newest_page();
        while let Some(page) = next {
            met.extend(numbers(page).filter(|number| (extent.tail..=extent.head).contains(number)));
            next = extent.neighbours(page).expect("a page that is led to").before;
        }
        met
    }

    proptest! {
        #[test]
        fn following_prev_archive_reaches_every_number_and_none_stands_in_two_pages(extent in extent()) {
            let mut met = followed(extent);
            met.sort_unstable();
            prop_assert_eq!(met, (extent.tail..=extent.head).collect::<Vec<_>>());
        }

        #[test]
        fn next_archive_leads_back_the_same_way(extent in extent()) {
            for page in extent.pages() {
                let neighbours = extent.neighbours(page).expect("a page");
                let back = neighbours.before.and_then(|before| extent.neighbours(before)?.after);
                prop_assert_eq!(back, neighbours.before.map(|_| page));
            }
            prop_assert_eq!(extent.neighbours(extent.pages().start() - 1), None);
            prop_assert_eq!(extent.neighbours(extent.pages().end() + 1), None);
        }

        #[test]
        fn a_page_that_is_there_stays_and_keeps_its_numbers(extent in extent(), head in 0i64..120, tail in 0i64..120) {
            let later = Extent { head: extent.head + head, tail: extent.tail - tail };
            for page in extent.pages() {
                prop_assert!(later.neighbours(page).is_some());
                // All pages but the lowest are full: what joins later goes elsewhere.
                let full = numbers(page).all(|number| (extent.tail..=extent.head).contains(&number));
                prop_assert!(full || page == *extent.pages().start());
            }
        }

        #[test]
        fn there_are_archives_from_two_full_pages_on_and_then_at_least_two(extent in extent()) {
            let pages = extent.pages().count();
            prop_assert_eq!(pages > 0, extent.full_pages() >= 2);
            prop_assert!(pages != 1);
        }

        /// The two numbers tell when a page's links changed: they join just when its neighbours appear.
        #[test]
        fn a_page_s_neighbours_appear_with_the_numbers_that_are_looked_at(extent in extent(), at_head in any::<bool>()) {
            let grown = if at_head {
                Extent { head: extent.head + 1, ..extent }
            } else {
                Extent { tail: extent.tail - 1, ..extent }
            };
            let joined = if at_head { grown.head } else { grown.tail };
            for page in extent.pages() {
                let changed = extent.neighbours(page) != grown.neighbours(page);
                prop_assert!(!changed || numbers_of_neighbours(page).contains(&joined));
            }
        }
    }
}
