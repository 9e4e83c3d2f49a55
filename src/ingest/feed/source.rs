//! A feed's bytes as UTF-8, counted: in which line reading is, and how much one part may still take.
//!
//! Knows nothing of XML but where a declaration names an encoding.

use std::io::{self, BufRead, BufReader, Read};

use encoding_rs::{Encoding, GB18030, UTF_8, WINDOWS_1252};
use encoding_rs_io::DecodeReaderBytesBuilder;

/// The most bytes that one part of a feed may have: an entry with all that belongs to it.
pub const MAX_PART: usize = 16 << 20;

/// How far a declaration, or the first non-ASCII text, is looked for.
const HEAD: usize = 64 << 10;

/// Text to be read.
pub struct Source {
    inner: Box<dyn BufRead + Send>,
    line: u64,
    left: usize,
}

impl Source {
    /// Decodes what `reader` gives by its byte order mark, else as its XML declaration says, else as it looks.
    pub fn open(mut reader: impl Read + Send + 'static) -> io::Result<Self> {
        let mut head = Vec::new();
        reader.by_ref().take(HEAD as u64).read_to_end(&mut head)?;
        let encoding = declared(&head).unwrap_or_else(|| guessed(&head));
        // A byte order mark beats what is said here.
        let decoded = DecodeReaderBytesBuilder::new()
            .encoding(Some(encoding))
            .bom_override(true)
            .build(io::Cursor::new(head).chain(reader));
        Ok(Self { inner: Box::new(BufReader::with_capacity(HEAD, decoded)), line: 1, left: MAX_PART })
    }

    /// The line that is being read, from 1.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// Another part begins.
    pub fn next_part(&mut self) {
        self.left = MAX_PART;
    }

    /// Whether the part that is being read has all it may.
    pub fn is_exhausted(&self) -> bool {
        self.left == 0
    }

    /// Passes over everything up to and including these ASCII bytes; `false` if they do not come.
    pub fn skip_past(&mut self, needle: &[u8]) -> io::Result<bool> {
        let mut matched = 0;
        loop {
            self.left = MAX_PART;
            let bytes = self.fill_buf()?;
            if bytes.is_empty() {
                return Ok(false);
            }
            let mut used = 0;
            while used < bytes.len() && matched < needle.len() {
                // No needle of ours begins again within itself.
                matched = match bytes[used] {
                    byte if byte == needle[matched] => matched + 1,
                    byte => usize::from(byte == needle[0]),
                };
                used += 1;
            }
            self.consume(used);
            if matched == needle.len() {
                return Ok(true);
            }
        }
    }
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.fill_buf()?;
        let count = bytes.len().min(buffer.len());
        buffer[..count].copy_from_slice(&bytes[..count]);
        self.consume(count);
        Ok(count)
    }
}

impl BufRead for Source {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.left == 0 {
            return Err(io::Error::other(format!("is longer than {MAX_PART} bytes")));
        }
        let bytes = self.inner.fill_buf()?;
        Ok(&bytes[..bytes.len().min(self.left)])
    }

    fn consume(&mut self, count: usize) {
        if let Ok(bytes) = self.inner.fill_buf() {
            self.line += bytes[..count.min(bytes.len())].iter().filter(|byte| **byte == b'\n').count() as u64;
        }
        self.left = self.left.saturating_sub(count);
        self.inner.consume(count);
    }
}

/// The encoding that the XML declaration names, if there is one among the first bytes.
fn declared(head: &[u8]) -> Option<&'static Encoding> {
    let start = head.windows(5).take(1024).position(|bytes| bytes == b"<?xml")?;
    let declaration = &head[start..];
    let declaration = &declaration[..declaration.iter().position(|byte| *byte == b'>')?];
    let at = declaration.windows(8).position(|bytes| bytes == b"encoding")? + 8;
    let value = declaration[at..].trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
    let quote = *value.first().filter(|quote| [b'"', b'\''].contains(*quote))?;
    let label = value[1..].split(|byte| *byte == quote).next()?;
    // Whoever wrote this in single bytes did not mean UTF-16.
    Encoding::for_label(label).map(Encoding::output_encoding)
}

/// Without a declaration it is UTF-8, unless it cannot be.
fn guessed(head: &[u8]) -> &'static Encoding {
    let invalid = std::str::from_utf8(head).is_err_and(|error| error.error_len().is_some());
    if !invalid {
        return UTF_8;
    }
    // The last character may be cut in two.
    let whole = &head[..head.len().saturating_sub(4)];
    if GB18030.decode_without_bom_handling(whole).1 { WINDOWS_1252 } else { GB18030 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> String {
        let mut text = String::new();
        Source::open(io::Cursor::new(bytes.to_vec())).unwrap().read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn text_is_decoded_by_its_mark_or_declaration_or_looks() {
        let declared = |label: &str| format!("<?xml version='1.0' encoding='{label}'?><t>盐井</t>");
        for (label, encoding) in [("gbk", encoding_rs::GBK), ("Big5", encoding_rs::BIG5), ("UTF-8", UTF_8)] {
            let text = declared(label).replace('盐', "鹽");
            assert_eq!(read(&encoding.encode(&text).0), text);
        }
        let marked: Vec<u8> =
            [0xff, 0xfe].into_iter().chain("<t>盐</t>".encode_utf16().flat_map(u16::to_le_bytes)).collect();
        assert_eq!(read(&marked), "<t>盐</t>");
        assert_eq!(read("\u{feff}<t>盐</t>".as_bytes()), "<t>盐</t>");
        assert_eq!(read(&GB18030.encode("<t>大安区的盐井今天开放</t>").0), "<t>大安区的盐井今天开放</t>");
        assert_eq!(read(b"<t>caf\xe9</t> and more of it"), "<t>café</t> and more of it");
    }

    #[test]
    fn lines_are_counted_and_parts_are_bounded() {
        let mut source = Source::open(io::Cursor::new(b"a\nb</item>\nc".to_vec())).unwrap();
        assert!(source.skip_past(b"</item>").unwrap());
        assert_eq!(source.line(), 2);
        assert!(!source.skip_past(b"</item>").unwrap());
        let mut long = Source::open(io::repeat(b'x')).unwrap();
        let mut all = Vec::new();
        assert!(long.read_to_end(&mut all).is_err());
        assert_eq!((all.len(), long.is_exhausted()), (MAX_PART, true));
    }
}
