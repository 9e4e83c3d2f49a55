//! A body that arrives as lines, of which only one is held at a time, however many there are.
//!
//! Knows nothing of what stands in them.

use bytes::{Buf, Bytes};

use super::body::Arriving;
use crate::web::error::ApiError;

/// A line, and its number from 1.
#[derive(Debug, PartialEq, Eq)]
pub struct Line {
    pub number: u64,
    /// Its bytes; `None` if it has too many.
    pub bytes: Option<Vec<u8>>,
}

/// The lines of a body.
pub struct Lines<'a> {
    arriving: Arriving<'a>,
    cutter: Cutter,
    rest: Bytes,
}

impl<'a> Lines<'a> {
    /// Of at most `limit` bytes each.
    pub fn new(arriving: Arriving<'a>, limit: usize) -> Self {
        Self { arriving, cutter: Cutter { limit, number: 0, line: Vec::new(), long: false }, rest: Bytes::new() }
    }

    /// The next line that is not empty; `None` at the end.
    pub async fn next(&mut self) -> Result<Option<Line>, ApiError> {
        loop {
            if let Some(line) = self.cutter.cut(&mut self.rest) {
                return Ok(Some(line));
            }
            match self.arriving.next().await? {
                Some(bytes) => self.rest = bytes,
                None => return Ok(self.cutter.last()),
            }
        }
    }

    /// Whether anything had to be waited for since this was last asked.
    pub fn has_waited(&mut self) -> bool {
        self.arriving.has_waited()
    }

    /// Reads on to the end and keeps nothing: most clients hear nothing before they have said everything.
    pub async fn drain(&mut self) {
        while let Ok(Some(_)) = self.arriving.next().await {}
    }

    /// The number of the line that is being read.
    pub fn number(&self) -> u64 {
        self.cutter.number + 1
    }
}

struct Cutter {
    limit: usize,
    number: u64,
    line: Vec<u8>,
    long: bool,
}

impl Cutter {
    /// The first line that is not empty and ends in these bytes, which are then cut off; without one, all are kept.
    fn cut(&mut self, bytes: &mut Bytes) -> Option<Line> {
        while let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
            self.keep(&bytes[..end]);
            bytes.advance(end + 1);
            if let Some(line) = self.take() {
                return Some(line);
            }
        }
        self.keep(bytes);
        bytes.clear();
        None
    }

    /// What stands behind the last line feed, unless it is empty.
    fn last(&mut self) -> Option<Line> {
        self.take()
    }

    fn keep(&mut self, bytes: &[u8]) {
        self.long |= self.line.len() + bytes.len() > self.limit;
        if self.long {
            self.line.clear();
        } else {
            self.line.extend_from_slice(bytes);
        }
    }

    fn take(&mut self) -> Option<Line> {
        self.number += 1;
        let (line, long) = (std::mem::take(&mut self.line), std::mem::take(&mut self.long));
        if long {
            return Some(Line { number: self.number, bytes: None });
        }
        (!line.trim_ascii().is_empty()).then_some(Line { number: self.number, bytes: Some(line) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The lines of a text that comes in such pieces.
    fn cut(pieces: &[&[u8]], limit: usize) -> Vec<Line> {
        let mut cutter = Cutter { limit, number: 0, line: Vec::new(), long: false };
        let mut lines = Vec::new();
        for piece in pieces {
            let mut bytes = Bytes::copy_from_slice(piece);
            lines.extend(std::iter::from_fn(|| cutter.cut(&mut bytes)));
        }
        lines.extend(cutter.last());
        lines
    }

    #[test]
    fn a_line_that_is_too_long_is_passed_over_and_the_others_keep_their_numbers() {
        let line = |number, bytes: Option<&[u8]>| Line { number, bytes: bytes.map(<[u8]>::to_vec) };
        let lines = cut(&[b"ab\n\n", b"abc", b"de\r\nxyz", b"\n 1 "], 4);
        assert_eq!(lines, [line(1, Some(b"ab")), line(3, None), line(4, Some(b"xyz")), line(5, Some(b" 1 "))]);
    }

    proptest! {
        #[test]
        fn lines_are_the_same_however_they_arrive(text in "[ab\n]{0,40}", at in prop::collection::vec(0..40usize, 0..5)) {
            let mut at: Vec<usize> = at.into_iter().map(|at| at.min(text.len())).chain([0, text.len()]).collect();
            at.sort_unstable();
            let pieces: Vec<&[u8]> = at.windows(2).map(|ends| &text.as_bytes()[ends[0]..ends[1]]).collect();
            prop_assert_eq!(cut(&pieces, 5), cut(&[text.as_bytes()], 5));
        }
    }
}
