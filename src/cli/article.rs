//! `wellhead article`: what editors do to one article that is already published.
//!
//! Knows nothing of how feeds show it; it names the article, cleans the note and tells what the store answered.

use std::io::Write;

use anyhow::{Context, bail};
use clap::Subcommand;

use super::Done;
use crate::article::{Key, Time};
use crate::ingest::clean;
use crate::store::Store;
use crate::store::batch::Turn;

/// What can be done to an article; KEY is the last part of its page's address.
#[derive(Subcommand)]
pub enum Action {
    /// Take an article back: its feeds show a short notice in its place, and its page answers 410
    Withdraw {
        #[arg(value_name = "KEY")]
        key: String,
        /// What the notice says beside that the article has been withdrawn
        #[arg(long, value_name = "TEXT", default_value = "")]
        note: String,
    },
    /// Publish a withdrawn article again
    Restore {
        #[arg(value_name = "KEY")]
        key: String,
    },
}

/// Does it, and says what became of it.
pub fn run(action: &Action, store: &Store, now: Time) -> anyhow::Result<Done> {
    let (name, turn, done) = match action {
        Action::Withdraw { key, note } => {
            let note = clean::note(note)?;
            (key, store.withdraw(&parsed(key)?, &note, now), "withdrawn")
        }
        Action::Restore { key } => (key, store.restore(&parsed(key)?, now), "restored"),
    };
    let mut out = std::io::stdout();
    match turn.wait()? {
        Turn::Unknown => bail!("there is no article {name}"),
        Turn::Already => writeln!(out, "{name}: nothing to do")?,
        Turn::Done(revision) => writeln!(out, "{name}: {done} in revision {revision}")?,
    }
    Ok(Done::All)
}

fn parsed(key: &str) -> anyhow::Result<Key> {
    Key::parse(key).with_context(|| format!("{key:?} is no article's key; it stands at the end of its page's address"))
}
