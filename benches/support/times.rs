//! How long the same takes in a small store and in a large one, and the table that tells it.
//!
//! Knows nothing of stores or of what is done in them.

use std::time::Duration;

use crate::machine::quantile;

/// How long one thing took in one store, in microseconds.
#[derive(Default)]
pub struct Times {
    /// How much of it was reading.
    select: Vec<f64>,
    whole: Vec<f64>,
    /// The length of what was last made.
    bytes: usize,
}

impl Times {
    /// Adds what was read only.
    pub fn add(&mut self, whole: Duration) {
        self.whole.push(whole.as_secs_f64() * 1e6);
    }

    /// Adds what was read and then written out.
    pub fn add_build(&mut self, select: Duration, whole: Duration, bytes: usize) {
        self.select.push(select.as_secs_f64() * 1e6);
        self.add(whole);
        self.bytes = bytes;
    }

    fn median(&self) -> f64 {
        quantile(&self.whole, 0.5)
    }
}

/// What was done in both stores.
pub struct Row {
    name: String,
    /// In the small store and in the large one.
    pub times: [Times; 2],
}

impl Row {
    /// A row of this name, without times.
    pub fn new(name: String) -> Self {
        Self { name, times: Default::default() }
    }

    fn print(&self, yardstick: Option<f64>) {
        let [a, b] = self.times.each_ref().map(Times::median);
        let [p, q] = self.times.each_ref().map(|times| quantile(&times.whole, 0.9));
        let large = &self.times[1];
        // What was only read has no length and no parts.
        let (mut kilobytes, mut select, mut render) = (String::new(), String::new(), String::new());
        if large.bytes > 0 {
            let reading = quantile(&large.select, 0.5);
            kilobytes = format!("{:.0}", large.bytes as f64 / 1e3);
            select = format!("{reading:.0}");
            render = format!("{:.0}", b - reading);
        }
        let to = yardstick.map_or(String::new(), |yardstick| format!("{:.2}", b / yardstick));
        println!(
            "{:<17} {kilobytes:>5} {a:>11.0} {p:>6.0} {b:>13.0} {q:>6.0} {:>7.2} {select:>7} {render:>7} {to:>11}",
            self.name,
            b / a
        );
    }
}

/// The rows of one feed, and beside them the yardstick's.
pub struct OfFeed {
    /// What is measured.
    pub rows: Vec<Row>,
    /// What it is measured by.
    pub yardstick: Row,
}

impl OfFeed {
    /// Rows of these names, without times.
    pub fn new(names: impl Iterator<Item = String>) -> Self {
        Self { rows: names.map(Row::new).collect(), yardstick: Row::new("  yardstick".to_owned()) }
    }
}

/// Prints medians, what nine in ten do not exceed, and how the large store compares with the small one and with the
/// yardstick in the large one.
pub fn report(what: &str, sizes: [u64; 2], measured: &[OfFeed]) {
    let [small, large] = sizes.map(|size| format!("{size} art."));
    println!("\n{what}");
    println!(
        "{:<17} {:>5} {small:>11} {:>6} {large:>13} {:>6} {:>7} {:>7} {:>7} {:>11}",
        "", "KB", "p90", "p90", "ratio", "select", "render", "/ yardstick"
    );
    for of_feed in measured {
        let yardstick = of_feed.yardstick.times[1].median();
        let known = !yardstick.is_nan();
        for row in &of_feed.rows {
            row.print(known.then_some(yardstick));
        }
        if known {
            of_feed.yardstick.print(None);
        }
    }
}
