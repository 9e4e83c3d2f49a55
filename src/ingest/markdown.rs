//! Markdown files.
//!
//! Knows nothing yet.

use std::io::Read;

use super::{Fault, Found, InputFile};
use crate::article::Time;

pub fn read(file: &InputFile, reader: impl Read, modified: Option<Time>) -> Result<Found, Fault> {
    let _ = (reader, modified, file.zone);
    Err(Fault::of(&file.path, "cannot be read yet"))
}
