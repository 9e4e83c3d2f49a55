//! JSON lines: one article a line, in the fields of the design's JSON article.
//!
//! Knows nothing of what the fields mean; holds one line at a time, whatever the file's length.

use std::io::{BufRead, Read};
use std::path::{Path, PathBuf};

use super::json::{self, Misread};
use super::{Fault, Found, MAX_INPUT};

/// The lines of a file as drafts.
pub(super) struct Lines<R> {
    path: PathBuf,
    reader: R,
    line: u64,
    ended: bool,
}

impl<R: BufRead> Lines<R> {
    /// Reads from `reader`; `path` is for messages only.
    pub(super) fn new(path: &Path, reader: R) -> Self {
        Self { path: path.to_owned(), reader, line: 0, ended: false }
    }

    /// The next line's bytes; `None` at the end. A line that is too long is passed over to its end.
    fn next_line(&mut self) -> Option<Result<Vec<u8>, Fault>> {
        let mut bytes = Vec::new();
        let read = self.reader.by_ref().take(MAX_INPUT as u64 + 2).read_until(b'\n', &mut bytes);
        self.line += 1;
        match read {
            Ok(0) => None,
            Ok(_) if bytes.trim_ascii_end().len() > MAX_INPUT => {
                let skipped = if bytes.ends_with(b"\n") { Ok(()) } else { skip_line(&mut self.reader) };
                self.ended = skipped.is_err();
                Some(Err(Fault::at(&self.path, self.line, format!("the line is longer than {MAX_INPUT} bytes"))))
            }
            Ok(_) => Some(Ok(bytes)),
            Err(error) => {
                self.ended = true;
                Some(Err(Fault::at(&self.path, self.line, format!("cannot be read: {error}"))))
            }
        }
    }
}

/// Reads on behind the next line feed, holding nothing.
fn skip_line(reader: &mut impl BufRead) -> std::io::Result<()> {
    loop {
        let buffer = reader.fill_buf()?;
        let (used, done) = match buffer.iter().position(|b| *b == b'\n') {
            Some(at) => (at + 1, true),
            None => (buffer.len(), buffer.is_empty()),
        };
        reader.consume(used);
        if done {
            return Ok(());
        }
    }
}

impl<R: BufRead> Iterator for Lines<R> {
    type Item = Result<Found, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.ended {
            let bytes = match self.next_line()? {
                Ok(bytes) => bytes,
                Err(fault) => return Some(Err(fault)),
            };
            let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").filter(|_| self.line == 1).unwrap_or(&bytes);
            if bytes.trim_ascii().is_empty() {
                continue;
            }
            return Some(match json::draft(bytes) {
                Ok(draft) => Ok(Found { line: self.line, draft, ..Found::default() }),
                // The line is known; within it there is no other.
                Err(Misread::Syntax { column, reason, .. }) => {
                    Err(Fault::at(&self.path, self.line, format!("{reason} (column {column})")))
                }
                Err(Misread::Form { refusals, .. }) => Err(Fault::at(&self.path, self.line, refusals.to_string())),
            });
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<Result<Found, Fault>> {
        Lines::new(Path::new("a.jsonl"), text.as_bytes()).collect()
    }

    #[test]
    fn a_faulty_line_is_named_and_the_others_are_read() {
        let all = read(
            "{\"id\":\"1\",\"title\":\"盐\"}\n\n{\"id\":\"2\"}\n{\"id\":\"3\",\"title\":\"灯\",\"colour\":1}\n{\"id\":\"4\",\"title\":\"龙\"}",
        );
        assert_eq!(all[0].as_ref().map(|f| f.line), Ok(1));
        let fault = all[1].as_ref().expect_err("no title").to_string();
        assert_eq!(fault, "a.jsonl:3: title is missing");
        let fault = all[2].as_ref().expect_err("unknown field").to_string();
        assert_eq!(fault, "a.jsonl:4: colour is no field of an article");
        assert_eq!(all[3].as_ref().map(|f| f.line), Ok(5));
    }

    #[test]
    fn a_line_beyond_the_limit_is_passed_over() {
        let long =
            format!("{{\"id\":\"1\",\"title\":\"{}\"}}\n{{\"id\":\"2\",\"title\":\"b\"}}\n", "a".repeat(MAX_INPUT * 3));
        let all = read(&long);
        assert_eq!(all.len(), 2);
        assert!(all[0].is_err());
        assert_eq!(all[1].as_ref().map(|f| f.line), Ok(2));
    }
}
