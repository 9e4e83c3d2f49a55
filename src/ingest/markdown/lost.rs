//! The names of marks of which nothing could be made, for the editor.
//!
//! Knows nothing of what they are.

/// The most names that are told.
const MAX_NAMES: usize = 8;

/// The longest name that is told, in characters.
const MAX_NAME: usize = 40;

/// Names, each once, in the order in which they were met.
#[derive(Debug, Default)]
pub(super) struct Lost(Vec<String>);

impl Lost {
    /// Adds a name, if it is not there and there are not too many.
    pub(super) fn add(&mut self, name: &str) {
        if self.0.len() < MAX_NAMES {
            let name: String = name.chars().take(MAX_NAME).collect();
            if !self.0.contains(&name) {
                self.0.push(name);
            }
        }
    }

    /// The names.
    pub(super) fn names(&self) -> &[String] {
        &self.0
    }
}
