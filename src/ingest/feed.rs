//! Feeds.
//!
//! Knows nothing yet.

use std::io::BufRead;

use super::{Drafts, Fault, InputFile};

pub fn read(file: &InputFile, reader: impl BufRead + Send + 'static) -> Result<Drafts, Fault> {
    let _ = (reader, file.zone);
    Err(Fault::of(&file.path, "cannot be read yet"))
}
