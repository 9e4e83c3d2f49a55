//! Where a reader stands, and how far it may go.
//!
//! Knows nothing of what is read.

use std::io::{self, BufRead};

/// A reader that counts lines and bytes, and reads no further than it is allowed.
pub(super) struct Meter<R> {
    inner: R,
    /// The number of bytes that were read.
    pub bytes: u64,
    /// The line that is being read, from 1.
    pub lines: u64,
    allowed: u64,
}

impl<R: BufRead> Meter<R> {
    /// Begins at the first line.
    pub(super) fn new(inner: R) -> Self {
        Self { inner, bytes: 0, lines: 1, allowed: 0 }
    }

    /// Lets as many bytes be read from here on, and what the buffer holds beyond them; then an error of the kind
    /// [`io::ErrorKind::FileTooLarge`] follows.
    pub(super) fn allow(&mut self, bytes: u64) {
        self.allowed = self.bytes + bytes;
    }
}

impl<R: BufRead> io::Read for Meter<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let read = available.len().min(buffer.len());
        buffer[..read].copy_from_slice(&available[..read]);
        self.consume(read);
        Ok(read)
    }
}

impl<R: BufRead> BufRead for Meter<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.bytes > self.allowed {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.inner.fill_buf()
    }

    fn consume(&mut self, used: usize) {
        // What is used lies in the buffer already.
        if let Ok(buffer) = self.inner.fill_buf() {
            self.lines += buffer.iter().take(used).filter(|b| **b == b'\n').count() as u64;
        }
        self.bytes += used as u64;
        self.inner.consume(used);
    }
}
