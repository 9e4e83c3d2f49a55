//! `wellhead import`: what would come in or comes in, what is left out and why; and `wellhead imports`.
//!
//! Knows nothing of how articles are recognised or stored.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use chrono_tz::Tz;
use clap::Args;

use super::output::{out, progress, row, tell};
use super::{Done, check_media, definitions, files, now, open};
use crate::article::Time;
use crate::config::{Media, Settings};
use crate::feed::FeedSet;
use crate::ingest::{Fault, Kind};
use crate::intake::{self, Counts, Event, Input, Options, Recognised, Shown, Twice};
use crate::printable::field;
use crate::store::Store;
use crate::store::command::Outcome;

/// The most titles that would stand twice that are shown.
const MAX_TWICE: usize = 20;

/// The options of `import`.
#[derive(Args)]
pub struct Asked {
    /// The kind of all files, instead of what their names say
    #[arg(long = "as", value_name = "KIND")]
    kind: Option<Kind>,
    /// Take files even if their names or first bytes say that they are of another kind
    #[arg(long)]
    force: bool,
    /// The name of their source: part of each article's identity
    #[arg(long, value_name = "NAME", default_value = "local")]
    source: String,
    /// The time of what has none (RFC 3339); each further article of a file is a second older
    #[arg(long, value_name = "RFC3339", value_parser = Time::parse)]
    published: Option<Time>,
    /// The zone of dates that name none, such as UTC [default: what the feed shows, as site.toml says, else the site's]
    #[arg(long, value_name = "ZONE", value_parser = super::zone)]
    dates_in: Option<Tz>,
    /// Let old articles join at the feeds' ends, so that no reader shows them as new [default: only of feeds]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    backfill: Option<bool>,
    /// Show what would be published, edited and left out, and which titles would stand twice, changing nothing
    #[arg(long)]
    dry_run: bool,
    /// Go on even if more than a tenth of the titles would stand twice
    #[arg(long)]
    confirm: bool,
    /// Name each picture, player and shortcode that an article loses, with file, line and title
    #[arg(long, short)]
    verbose: bool,
    #[command(flatten)]
    pub(super) media: Media,
    /// Files, or folders of them
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
}

/// Imports, or shows what an import would do: first each feed, so that its articles are recognised in all that follows.
pub fn run(asked: Asked, settings: &Settings) -> anyhow::Result<Done> {
    let Asked { kind, force, source, published, dates_in, backfill, dry_run, confirm, verbose, paths, .. } = asked;
    let mut set = definitions(settings)?;
    check_media(&set.media)?;
    set.dates_in = dates_in.or(set.dates_in);
    let store = open(settings, &set)?;
    let (files, faults) = files(&set, &paths, kind, force);
    let backfill = backfill.unwrap_or(files.iter().any(|file| file.kind == Kind::Feed));
    faults.iter().for_each(tell);
    let (feeds, others): (Vec<_>, Vec<_>) = files.into_iter().partition(|file| file.kind == Kind::Feed);
    let feeds = feeds.into_iter().map(|file| (true, vec![Input::file(file)]));
    let others = (false, others.into_iter().map(Input::file).collect());
    let options = Options { by: "import", source, published, backfill, dry_run, ..Options::default() };
    let mut note = None;
    let mut counts = Counts { left: faults.len() as u64, ..Counts::default() };
    for (from_feed, inputs) in feeds.chain([others]).filter(|(_, inputs): &(_, Vec<_>)| !inputs.is_empty()) {
        let recognised = recognise(&set, &store, &options, &inputs, from_feed, confirm)?;
        if !dry_run && note.is_none() {
            note = Some(begin(&store, &options, &paths)?);
        }
        counts += import(&set, &store, &inputs, &Options { recognised, ..options.clone() }, verbose)?;
    }
    if let Some(note) = note {
        store.end_import(note, [counts.new, counts.edited, counts.unchanged, counts.left], now()).wait()?;
    }
    let would = if dry_run { "would be: " } else { "" };
    writeln!(out(), "{would}{}", summary(&counts))?;
    if !counts.lost.is_empty() {
        writeln!(out(), "{} left out{}", counts.lost, if verbose { "" } else { "; -v lists them" })?;
    }
    if counts.withdrawn > 0 {
        tell(format_args!("{} of the unchanged are withdrawn, and stay so until they are restored", counts.withdrawn));
    }
    match counts {
        Counts { left: 0, .. } => Ok(Done::All),
        Counts { new: 0, edited: 0, unchanged: 0, .. } if dry_run => anyhow::bail!("nothing would be imported"),
        Counts { new: 0, edited: 0, unchanged: 0, .. } => anyhow::bail!("nothing could be imported"),
        _ => Ok(Done::InPart),
    }
}

/// Notes in the store's list that an import begins.
fn begin(store: &Store, options: &Options, paths: &[PathBuf]) -> anyhow::Result<u64> {
    let paths: Vec<_> = paths.iter().map(|path| path.to_string_lossy()).collect();
    Ok(store.begin_import(&options.source, &paths.join(" "), now()).wait()?)
}

/// Finds out which articles drafts are, and says so before anything is stored.
fn recognise(
    set: &FeedSet,
    store: &Store,
    options: &Options,
    inputs: &[Input],
    from_feed: bool,
    confirm: bool,
) -> anyhow::Result<Recognised> {
    let asked = intake::Import {
        source: &options.source,
        inputs,
        from_feed,
        set,
        dates_in: set.dates_in,
        is_confirmed: confirm,
        is_thorough: options.dry_run,
    };
    let recognised = intake::recognise(store, &asked, now())?;
    foretell(&recognised, if from_feed { "entries" } else { "posts" }, options.dry_run);
    if recognised.doubles() && !confirm && !options.dry_run {
        anyhow::bail!("nothing more was imported; if they are to appear a second time, say --confirm");
    }
    Ok(recognised)
}

fn import(set: &FeedSet, store: &Store, inputs: &[Input], options: &Options, verbose: bool) -> anyhow::Result<Counts> {
    let progress = progress();
    let mut tell = |event: Event| match event {
        Event::Left(fault) | Event::Noted(fault) => progress.suspend(|| tell(fault)),
        // There can be thousands, and nothing has to be done about them.
        Event::Lost(fault) if verbose => progress.suspend(|| tell(fault)),
        Event::Lost(_) => {}
        Event::Dated { file, articles, from } => progress.suspend(|| {
            let file = field(&file.to_string_lossy()).into_owned();
            tell(format_args!("{file}: {articles} new without a date; dated from {from} downwards"));
        }),
        Event::Withdrawn { .. } => {}
        // Whoever does not read on wants no more of it.
        Event::Would { file, line, outcome, shown } => {
            drop(progress.suspend(|| writeln!(out(), "{}", would(&Fault::at(&file, line, ""), outcome, &shown))));
        }
        Event::Stored(counts) => {
            progress.set_position(counts.new + counts.edited + counts.unchanged);
            progress.set_message(summary(&counts));
        }
    };
    let counts = intake::import(set, store, inputs, options, &now, &mut tell)?;
    progress.finish_and_clear();
    Ok(counts)
}

/// Says what was recognised: it decides what becomes of all that follows. `what` names the drafts.
fn foretell(recognised: &Recognised, what: &str, dry_run: bool) {
    let Recognised { drafts, known, stored, remark, twice, .. } = recognised;
    if recognised.has_feed && recognised.compared > 0 {
        let others = if *stored > 0 { format!(", and {stored} were imported before") } else { String::new() };
        tell(format_args!("{known} of {drafts} {what} are known from the feed{others}"));
    }
    remark.iter().for_each(tell);
    if recognised.doubles() || (dry_run && !twice.is_empty()) {
        let titles = if twice.len() == 1 { "1 title".to_owned() } else { format!("{} titles", twice.len()) };
        tell(format_args!("{titles} would stand twice:"));
        let shown = if dry_run { usize::MAX } else { MAX_TWICE };
        twice.iter().take(shown).map(Twice::fault).for_each(tell);
        if !dry_run && twice.len() > MAX_TWICE {
            tell(format_args!("and {} more", twice.len() - MAX_TWICE));
        }
    }
}

/// A line of a dry run: what would become of an article, when it appears, its title, districts and topics, and its file.
fn would(place: &Fault, outcome: Outcome, shown: &Shown) -> String {
    let outcome = match outcome {
        Outcome::Created { embargoed: true } => "embargo",
        Outcome::Replaced { significant: true } => "corrected",
        Outcome::Replaced { .. } => "edited",
        Outcome::Restored => "restored",
        _ => "new",
    };
    let slugs = |slugs: &[crate::article::Slug]| slugs.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    let (districts, topics) = (slugs(&shown.labels.districts), slugs(&shown.labels.topics));
    let file = format!("{}:{}", place.file.to_string_lossy(), place.line.unwrap_or(1));
    row([outcome, &shown.published.to_string(), &shown.title, &districts, &topics, &file])
}

fn summary(counts: &Counts) -> String {
    let Counts { new, held, edited, unchanged, left, .. } = counts;
    let held = if *held > 0 { format!(" ({held} under embargo)") } else { String::new() };
    format!("{new} new{held}, {edited} edited, {unchanged} unchanged, {left} left out")
}

/// Prints all imports, one a line.
pub fn list(store: &Store) -> anyhow::Result<Done> {
    let mut out = out();
    for import in store.imports().wait().context("the list of imports")? {
        let (first, last) = import.revisions;
        let revisions = match last {
            Some(last) if last > first => format!("{}-{last}", first + 1),
            Some(_) => "none".to_owned(),
            None => format!("{}-", first + 1),
        };
        let counts = import.counts.map_or("cut off, or going on".to_owned(), |[new, edited, unchanged, left]| {
            format!("{new} new, {edited} edited, {unchanged} unchanged, {left} left out")
        });
        let (id, began) = (import.id.to_string(), import.began.to_string());
        writeln!(out, "{}", row([&id, &began, &import.source, &import.paths, &revisions, &counts]))?;
    }
    Ok(Done::All)
}
