//! Where a benchmark runs and how much it does there: its size, a folder on disk, the machine's load, and medians.
//!
//! Knows nothing of articles or of what is measured.

use std::path::{Path, PathBuf};
use std::{env, fs};

use anyhow::Context;
use tempfile::TempDir;

/// How much smaller than its full size a run is: 1 under `cargo bench`, or what WELLHEAD_BENCH_SCALE divides by.
///
/// Cargo passes `--bench` to what it measures; without it (`cargo test --benches`) or with `--test`, a run is tiny.
pub fn divisor(tiny: u64) -> anyhow::Result<u64> {
    let given: Vec<String> = env::args().collect();
    let has = |name: &str| given.iter().any(|argument| argument == name);
    if has("--test") || !has("--bench") {
        return Ok(tiny);
    }
    match env::var("WELLHEAD_BENCH_SCALE") {
        Ok(divisor) => divisor.parse().ok().filter(|d| *d > 0).context("WELLHEAD_BENCH_SCALE is a whole number"),
        Err(_) => Ok(1),
    }
}

/// How many rounds of these a run has: a tiny one is there to run, not to measure.
#[allow(dead_code, reason = "others divide what a round holds")]
pub fn rounds(full: usize, divisor: u64) -> usize {
    (full / divisor.div_ceil(10) as usize).max(1)
}

/// An empty folder under target/, gone with the value.
pub fn scratch() -> anyhow::Result<TempDir> {
    Ok(tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?)
}

/// The repository's own definitions.
pub fn feeds() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("feeds")
}

/// One line on the machine: cores, the load before this run, and the file system that the files lie on.
pub fn describe(folder: &Path) -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load: Vec<&str> = load.split(' ').take(3).collect();
    format!("{cores} cores, load {}, files on {}", load.join(" "), file_system(folder))
}

/// The kind of the innermost mount that holds the folder. On tmpfs a benchmark of durable writes says nothing.
fn file_system(folder: &Path) -> String {
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let mounts = mounts.lines().filter_map(|line| {
        let mut words = line.split(' ').skip(1);
        Some((Path::new(words.next()?), words.next()?))
    });
    let around = mounts.filter(|(point, _)| folder.starts_with(point)).max_by_key(|(p, _)| p.components().count());
    match around {
        Some((_, "tmpfs")) => "tmpfs: NOT ON DISK, durable writes cost nothing here".to_owned(),
        Some((_, kind)) => kind.to_owned(),
        None => "an unknown file system".to_owned(),
    }
}

/// The value that this part (0 to 1) of them do not exceed; 0.5 gives the median.
pub fn quantile(values: &[f64], part: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = (sorted.len().saturating_sub(1)) as f64 * part;
    sorted.get(at.round() as usize).copied().unwrap_or(f64::NAN)
}
