//! What is stored of commands' targets: enough to tell that an import repeats what it has said before.
//!
//! Knows nothing of what else is decided.

use std::collections::HashMap;

use rusqlite::{Transaction, params_from_iter};

use super::command::{Command, Operation, Outcome, PutMode};
use super::plan::Decision;
use super::submission::Submission;
use super::{StoreError, sql};
use crate::article::{Key, Time};

/// What is stored of a command's target, so that it need not be read if nothing changes.
pub struct Target {
    pub row: i64,
    hash: String,
    /// Whether it is under embargo, and when its source last said that this ends.
    embargoed: bool,
    said: Option<Time>,
    withdrawn: bool,
}

impl Target {
    /// Whether this is what the submission says: `published` counts only until it has come.
    pub fn says(&self, submission: &Submission) -> bool {
        let moved = self.embargoed && submission.published.given().is_some_and(|given| Some(given) != self.said);
        self.hash == submission.hash && !moved
    }

    /// The decision on a command that only repeats what its source has said before.
    pub fn repeated(&self, command: &Command) -> Option<Decision> {
        let Operation::Put { submission, mode } = &command.operation else { return None };
        let repeats = match mode {
            PutMode::Import => self.says(submission),
            PutMode::ImportAndRestore => self.says(submission) && !self.withdrawn,
            PutMode::Publish | PutMode::Overwrite => false,
        };
        repeats.then_some(Decision { outcome: Outcome::Unchanged, row: self.row, shows: false, kept: None })
    }
}

/// The targets of commands, by the keys asked for; those that are stored.
pub fn targets<'k>(
    tx: &Transaction<'_>,
    keys: impl ExactSizeIterator<Item = &'k Key> + Clone,
) -> Result<HashMap<String, Target>, StoreError> {
    let markers = vec!["?"; keys.len()].join(",");
    let mut targets = HashMap::new();
    for text in [sql::KNOWN, sql::KNOWN_OTHERWISE] {
        let mut statement = tx.prepare_cached(&format!("{text}({markers})"))?;
        let rows = statement.query_map(params_from_iter(keys.clone().map(Key::as_str)), |r| {
            let (embargoed, said) = (r.get::<_, i64>(3)? != 0, r.get::<_, Option<i64>>(4)?.map(Time));
            Ok((
                r.get(0)?,
                Target { row: r.get(1)?, hash: r.get(2)?, embargoed, said, withdrawn: r.get::<_, i64>(5)? != 0 },
            ))
        })?;
        for row in rows {
            let (key, one): (String, Target) = row?;
            targets.insert(key, one);
        }
    }
    Ok(targets)
}
