//! The command line: each command's options and what it prints.
//!
//! Knows nothing of how anything is done; it calls the spines and turns their results into lines and an exit status.

mod article;
mod check;
mod export;
mod import;
mod kind;
mod output;
mod reclassify;
mod serve;
mod token;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context;
use chrono_tz::Tz;
use clap::{Parser, Subcommand};

use self::output::{out, row, tell};
use crate::article::Time;
use crate::config::{self, Clients, Common, Given, Media, Serving, Settings};
use crate::feed::classify::Classification;
use crate::feed::{FeedSet, load};
use crate::fingerprint::fingerprint;
use crate::ingest::clean::{Cleaned, Door};
use crate::ingest::{self, Fault, InputFile, Kind};
use crate::intake;
use crate::ledger::Ledger;
use crate::media;
use crate::printable::field;
use crate::resource::{Format, Resource};
use crate::store::Store;

/// Publishes a newsroom's articles as RSS, Atom and JSON feeds: never miss, never resend.
#[derive(Parser)]
#[command(name = "wellhead", version)]
struct Cli {
    /// A file with settings [default: wellhead.toml, if there is one]
    #[arg(long, value_name = "FILE", env = "WELLHEAD_CONFIG", global = true, help_heading = "Settings")]
    config: Option<PathBuf>,
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the store's feeds and pages
    Serve {
        /// Serve built-in sample articles from a store of its own
        #[arg(long)]
        demo: bool,
        /// A folder whose Markdown files are articles: new, changed, renamed and removed as they are
        #[arg(long, value_name = "DIR")]
        watch: Option<PathBuf>,
        /// In whose name the folder's articles come: part of their identity
        #[arg(long, value_name = "NAME", default_value = "local", requires = "watch")]
        source: String,
        /// Let the first look at the folder withdraw any number of articles
        #[arg(long, requires = "watch")]
        confirm: bool,
        /// The zone of the folder's dates that name none, such as UTC [default: as site.toml says, else the site's]
        #[arg(long, value_name = "ZONE", requires = "watch", value_parser = zone)]
        dates_in: Option<Tz>,
        #[command(flatten)]
        media: Media,
        #[command(flatten)]
        serving: Serving,
        #[command(flatten)]
        clients: Box<Clients>,
    },
    /// Take articles from files into the store
    Import(import::Asked),
    /// List all imports: id, beginning, source, paths, revisions, and how many articles were new, edited, unchanged and left out
    Imports,
    /// Show where articles would be placed, and why, changing nothing: title, districts, topics, evidence
    Classify {
        /// The kind of all files, instead of what their names say
        #[arg(long = "as", value_name = "KIND")]
        kind: Option<Kind>,
        /// Take files even if their names or first bytes say that they are of another kind
        #[arg(long)]
        force: bool,
        #[command(flatten)]
        media: Media,
        /// Files, or folders of them
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<PathBuf>,
    },
    /// List, show, correct, withdraw, restore or erase articles, and tell their history
    #[command(subcommand)]
    Article(article::Action),
    /// Make, list and revoke the tokens with which publishing over HTTP is allowed
    #[command(subcommand)]
    Token(token::Action),
    /// Tell what is wrong with definitions, store and feeds, or worth a look
    Check {
        /// As one JSON document
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        media: Media,
    },
    /// Place articles anew after the rules have changed: shows first what would move, and why
    Reclassify {
        /// Show it and change nothing
        #[arg(long)]
        dry_run: bool,
        /// Go on even if a feed's document loses more than half of its articles
        #[arg(long)]
        confirm: bool,
    },
    /// List all feeds: path, entries, revision, last change
    Feeds,
    /// Write the whole site as files
    Export {
        #[command(flatten)]
        media: Media,
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
}

impl Command {
    /// Everything that was given to this command, beside the options of every command.
    fn given(&self, common: Common) -> Given {
        let given = Given { common, ..Given::default() };
        match self {
            Self::Serve { media, serving, clients, .. } => {
                Given { media: media.clone(), serving: serving.clone(), clients: (**clients).clone(), ..given }
            }
            Self::Import(import::Asked { media, .. })
            | Self::Classify { media, .. }
            | Self::Article(article::Action::Edit(article::Correction { media, .. }))
            | Self::Check { media, .. }
            | Self::Export { media, .. } => Given { media: media.clone(), ..given },
            Self::Imports | Self::Article(_) | Self::Token(_) | Self::Reclassify { .. } | Self::Feeds => given,
        }
    }
}

/// How a command ended that did not fail.
enum Done {
    All,
    InPart,
}

const FAILED: u8 = 1;
const IN_PART: u8 = 2;
const USAGE: u8 = 64;

/// Runs the command that the process was called with.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            if error.use_stderr() {
                tell(error.render().to_string().trim_end());
                return ExitCode::from(USAGE);
            }
            drop(error.print());
            return ExitCode::SUCCESS;
        }
    };
    match run(cli) {
        Ok(Done::All) => ExitCode::SUCCESS,
        Ok(Done::InPart) => ExitCode::from(IN_PART),
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            tell(format_args!("wellhead: {error:#}"));
            ExitCode::from(FAILED)
        }
    }
}

/// `wellhead feeds | head` is no failure.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|e| e.kind() == std::io::ErrorKind::BrokenPipe)
}

fn run(cli: Cli) -> anyhow::Result<Done> {
    let settings = config::resolve(cli.command.given(cli.common), cli.config.as_deref())?;
    output::log(&settings.log)?;
    match cli.command {
        Command::Serve { demo, watch: folder, source, confirm: confirmed, dates_in, .. } => {
            serve::run(settings, demo, serve::Living { folder, source, confirmed, dates_in })
        }
        Command::Import(asked) => import::run(asked, &settings),
        Command::Imports => {
            let set = definitions(&settings)?;
            import::list(&open(&settings, &set)?)
        }
        Command::Classify { kind, force, paths, .. } => {
            let set = definitions(&settings)?;
            let files = files(&set, &paths, kind, force);
            classify(&set, files)
        }
        Command::Article(action) => {
            let set = definitions(&settings)?;
            article::run(&action, &set, &open(&settings, &set)?, now())
        }
        Command::Token(action) => {
            // A token that has leaked can be revoked however broken the definitions are.
            let set = definitions(&settings);
            let fingerprint = set.as_ref().map(fingerprint).unwrap_or_default();
            let store = Store::open(&settings.store, &fingerprint, now())
                .with_context(|| field(&settings.store).into_owned())?;
            token::run(action, set, &store, now())
        }
        Command::Check { json, .. } => {
            let set = definitions(&settings)?;
            check::run(&set, &open(&settings, &set)?, json)
        }
        Command::Reclassify { dry_run, confirm } => {
            let set = definitions(&settings)?;
            reclassify::run(&set, &open(&settings, &set)?, dry_run, confirm)
        }
        Command::Feeds => {
            let set = definitions(&settings)?;
            list(&set, &open(&settings, &set)?)
        }
        Command::Export { folder, .. } => {
            let set = definitions(&settings)?;
            export::run(&set, &open(&settings, &set)?, &folder)
        }
    }
}

/// A time zone by its name.
fn zone(name: &str) -> Result<Tz, &'static str> {
    name.parse().map_err(|_| "no time zone is called so; names are such as UTC, Asia/Shanghai or America/New_York")
}

fn now() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Time(since.as_secs() as i64)
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().context("the runtime")
}

fn definitions(settings: &Settings) -> anyhow::Result<FeedSet> {
    let set = based(load::from_folder(&settings.feeds)?, settings.base_url.as_deref())?;
    Ok(set.with_media(&settings.media))
}

/// Refuses media folders of which one is none.
fn check_media(folders: &[PathBuf]) -> anyhow::Result<()> {
    match media::unusable(folders) {
        None => Ok(()),
        Some((folder, reason)) => anyhow::bail!("--media {}: {reason}", field(&folder.to_string_lossy())),
    }
}

/// The definitions with the public address that was given, if one was.
fn based(set: FeedSet, base_url: Option<&str>) -> anyhow::Result<FeedSet> {
    let Some(base_url) = base_url else { return Ok(set) };
    set.with_base_url(base_url).map_err(|reason| anyhow::anyhow!("the base URL {base_url:?} {reason}"))
}

fn open(settings: &Settings, set: &FeedSet) -> anyhow::Result<Store> {
    Store::open(&settings.store, &fingerprint(set), now()).with_context(|| field(&settings.store).into_owned())
}

/// The files that these paths stand for, and what is wrong with the others; unless forced, also of those that are hardly
/// of their kind.
fn files(set: &FeedSet, paths: &[PathBuf], kind: Option<Kind>, force: bool) -> (Vec<InputFile>, Vec<Fault>) {
    let found = paths.iter().map(|path| ingest::files(path, kind, set.zone_of_dates()));
    let (files, faults): (Vec<_>, Vec<_>) = found.unzip();
    let (mut files, mut faults) = (files.concat(), faults.concat());
    if !force {
        files.retain(|file| match file.contradiction() {
            None => true,
            Some(fault) => {
                faults.push(fault);
                false
            }
        });
    }
    (files, faults)
}

fn classify(set: &FeedSet, (files, mut faults): (Vec<InputFile>, Vec<Fault>)) -> anyhow::Result<Done> {
    let door = Door::new(intake::base(set));
    let mut out = out();
    let mut shown = 0;
    for file in &files {
        let drafts = match file.open() {
            Ok(drafts) => drafts,
            Err(fault) => {
                faults.push(fault);
                continue;
            }
        };
        for found in drafts {
            let cleaned = found.and_then(|found| {
                intake::clean(set, &door, &found)
                    .and_then(|cleaned| intake::in_time(&found, now()).map(|()| cleaned))
                    .map_err(|refusals| Fault::at(&file.path, found.line, refusals.to_string()))
            });
            match cleaned {
                Ok(cleaned) => {
                    writeln!(out, "{}", classified(set, &cleaned))?;
                    shown += 1;
                }
                Err(fault) => faults.push(fault),
            }
        }
    }
    faults.iter().for_each(tell);
    match (faults.is_empty(), shown) {
        (true, _) => Ok(Done::All),
        (false, 0) => anyhow::bail!("nothing could be read"),
        (false, _) => Ok(Done::InPart),
    }
}

/// One line of `classify`: labels that the article brings stand as they are, and their evidence is that it does.
fn classified(set: &FeedSet, cleaned: &Cleaned) -> String {
    let found = set.classifier.classify(&cleaned.content.title, &cleaned.plain);
    let slugs = |own: &Option<Vec<_>>, ruled: &[_]| {
        let slugs: Vec<String> = own.as_deref().unwrap_or(ruled).iter().map(ToString::to_string).collect();
        slugs.join(" ")
    };
    let districts = slugs(&cleaned.districts, &found.labels.districts);
    let topics = slugs(&cleaned.topics, &found.labels.topics);
    let brought = [("districts", cleaned.districts.is_some()), ("topics", cleaned.topics.is_some())];
    let brought = brought.iter().filter(|(_, own)| *own).map(|(axis, _)| format!("{axis} brought along"));
    let evidence: Vec<String> = brought.chain(evidence(&found).map(|(_, text)| text)).collect();
    row([&cleaned.content.title, &districts, &topics, &evidence.join("; ")])
}

/// For each feed that any term spoke for, by its key: whether it caught the article, its score, and every term's part.
fn evidence<'a>(found: &'a Classification<'a>) -> impl Iterator<Item = (String, String)> + 'a {
    found.scores.iter().map(|score| {
        let terms: Vec<String> = found.terms_of(score).map(|e| format!("{} {}", e.term, e.score)).collect();
        let verdict = if score.caught() { "+" } else { "-" };
        let text = format!("{verdict}{} {}/{} ({})", score.slug, score.score, score.needed, terms.join(", "));
        (format!("{}/{}", score.axis.plural(), score.slug), text)
    })
}

fn list(set: &FeedSet, store: &Store) -> anyhow::Result<Done> {
    let mut ledger = Ledger::default();
    ledger.apply(store.changes_after(0).wait()?);
    let mut out = out();
    for key in set.keys() {
        let revision = ledger.revision(ledger.feed(&key)).context("the store knows no revision")?;
        let path = Resource::Feed(key.clone(), Format::Atom).path();
        writeln!(out, "{path}\t{}\t{}\t{}", ledger.entries(&key), revision.number, revision.time)?;
    }
    Ok(Done::All)
}
