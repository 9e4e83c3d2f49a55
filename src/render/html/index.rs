//! The site at a glance: a grid of districts and topics with what each had of late.
//!
//! Knows nothing of where the counts come from.

use std::collections::HashMap;

use super::voice::{Link, Voice, Worded};
use crate::feed::{Axis, FeedDef, FeedKey, FeedSet};

/// The most cells of one table: with more, a page would be too long to be read and to be sent.
const MAX_CELLS: usize = 240;

/// A number that leads to a page.
pub(super) struct Cell {
    pub count: u64,
    pub url: String,
    /// Which page, for those who hear the number alone.
    pub label: String,
    /// Its size beside the others, from 0 to 4.
    pub heat: u64,
}

/// A row: a name, its sum, and a cell for each column.
pub(super) struct Row<'a> {
    pub link: Link<'a>,
    pub sum: Cell,
    pub cells: Vec<Cell>,
}

/// A table of counts.
pub(super) struct Grid<'a> {
    pub columns: Vec<Link<'a>>,
    /// The first is that of everything.
    pub rows: Vec<Row<'a>>,
}

/// Counts by feed.
struct Counts<'a> {
    voice: Voice<'a>,
    by_feed: HashMap<&'a FeedKey, u64>,
    /// The most that any feed in a cell has.
    most: u64,
}

/// The tables of a site: one of topics by districts or, if that would be too large, one of each alone.
pub(super) fn grids<'a>(voice: Voice<'a>, lately: &'a [(FeedKey, u64)]) -> Vec<Grid<'a>> {
    let set: &FeedSet = voice.set;
    let of_pairs = lately.iter().filter(|(key, _)| matches!(key, FeedKey::Pair(..)));
    let most = of_pairs.map(|(_, count)| *count).max().unwrap_or(0);
    let counts = Counts { voice, by_feed: lately.iter().map(|(key, count)| (key, *count)).collect(), most };
    let (districts, topics) = (set.axis(Axis::District), set.axis(Axis::Topic));
    let tables: [(&[FeedDef], &[FeedDef]); 2] = match (districts.len(), topics.len()) {
        (0, _) => [(topics, &[]), (&[], &[])],
        (_, 0) => [(districts, &[]), (&[], &[])],
        (d, t) if d * t > MAX_CELLS => [(districts, &[]), (topics, &[])],
        _ => [(topics, districts), (&[], &[])],
    };
    tables.into_iter().filter(|(rows, _)| !rows.is_empty()).map(|(rows, columns)| counts.grid(rows, columns)).collect()
}

impl<'a> Counts<'a> {
    fn grid(&self, rows: &'a [FeedDef], columns: &'a [FeedDef]) -> Grid<'a> {
        let voice = self.voice;
        let everything = Row {
            link: Link { name: Worded::plain(voice.words.everything), url: voice.feed(&FeedKey::All) },
            sum: self.sum(&FeedKey::All),
            cells: columns.iter().map(|column| self.sum(&column.key())).collect(),
        };
        let row = |def: &'a FeedDef| Row {
            link: voice.link(def),
            sum: self.sum(&def.key()),
            cells: columns.iter().map(|column| self.pair(column, def)).collect(),
        };
        let rows = std::iter::once(everything).chain(rows.iter().map(row)).collect();
        Grid { columns: columns.iter().map(|def| voice.link(def)).collect(), rows }
    }

    fn pair(&self, district: &FeedDef, topic: &FeedDef) -> Cell {
        let cell = self.sum(&FeedKey::Pair(district.slug.clone(), topic.slug.clone()));
        Cell { heat: (cell.count * 4).div_ceil(self.most.max(1)), ..cell }
    }

    /// Sums are not compared with cells: they would outshine them.
    fn sum(&self, key: &FeedKey) -> Cell {
        let count = self.by_feed.get(key).copied().unwrap_or(0);
        let language = self.voice.language;
        let label = format!("{}{}{}", self.voice.label(key), language.colon(), language.count(count));
        Cell { count, url: self.voice.feed(key), label, heat: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples::set;
    use crate::resource::Edition;

    fn key(text: &str) -> FeedKey {
        FeedKey::parse(text).unwrap()
    }

    #[test]
    fn each_cell_leads_to_its_pair_and_says_so() {
        let set = set();
        let lately =
            [(key("districts/yantan/topics/salt"), 3), (key("districts/daan/topics/salt"), 1), (key("feed"), 9)];
        let grids = grids(Voice::new(&set, Edition::Own), &lately);
        let [grid] = &grids[..] else { panic!("one table") };
        let salt = &grid.rows[2];
        let told: Vec<_> = salt.cells.iter().map(|c| (c.count, c.url.as_str(), c.label.as_str(), c.heat)).collect();
        assert_eq!(
            told,
            [
                (1, "/districts/daan/topics/salt", "大安区 · 盐：1篇", 2),
                (3, "/districts/yantan/topics/salt", "沿滩区 · 盐：3篇", 4)
            ]
        );
        assert_eq!((grid.rows[0].sum.count, grid.rows[0].sum.label.as_str()), (9, "全部：9篇"));
    }

    #[test]
    fn a_site_of_many_districts_has_two_short_tables() {
        let mut set = set();
        set.districts = (0..200).map(|_| set.districts[0].clone()).collect();
        let grids = grids(Voice::new(&set, Edition::Own), &[]);
        assert_eq!(
            grids.iter().map(|grid| (grid.columns.len(), grid.rows.len())).collect::<Vec<_>>(),
            [(0, 201), (0, 3)]
        );
    }
}
