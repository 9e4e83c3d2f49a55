//! `wellhead export`: the whole site as files, and what is not there of what articles refer to.
//!
//! Knows nothing of how a file is written.

use std::io::Write;
use std::path::Path;

use super::output::{out, tell};
use super::{Done, check_media, now, runtime};
use crate::export::{Exported, Missing, export};
use crate::feed::FeedSet;
use crate::printable::field;
use crate::store::Store;

/// Publishes what is due, then writes everything.
pub fn run(set: &FeedSet, store: &Store, folder: &Path) -> anyhow::Result<Done> {
    check_media(&set.media)?;
    store.release("export", now()).wait()?;
    let Exported { written, media, missing } = runtime()?.block_on(export(set, store, folder, now()))?;
    for Missing { path, article, reason } in &missing {
        tell(format_args!("{}: {reason}; the article {article} refers to it", field(path)));
    }
    let media = if set.media.is_empty() { String::new() } else { format!(" and {media} media files") };
    writeln!(out(), "{written} resources{media} written to {}", field(&folder.to_string_lossy()))?;
    Ok(if missing.is_empty() { Done::All } else { Done::InPart })
}
