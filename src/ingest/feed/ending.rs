//! Whether a document ends with its end tag, told from its last bytes before the whole is read.
//!
//! Knows nothing of what stands between. A file that was cut is a fault that an editor should read first, before the
//! faults of its items.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

/// The bytes of a file's end that are looked at: programs write comments behind the end tag, but no longer ones.
const END: u64 = 1 << 16;

/// The elements that a feed's document is, without their prefixes.
const ROOTS: [&str; 4] = ["rss", "feed", "rdf", "channel"];

/// The last bytes of a file, as text; `None` of what is no regular file. The file is read from its beginning afterwards.
pub(super) fn last(file: &mut File) -> io::Result<Option<String>> {
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(metadata.len().saturating_sub(END)))?;
    file.by_ref().take(END).read_to_end(&mut bytes)?;
    file.seek(SeekFrom::Start(0))?;
    // Tags in UTF-16 have a zero beside each letter.
    bytes.retain(|byte| *byte != 0);
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

/// Whether a document that begins and ends like this has been cut: it opens what it does not close.
///
/// An end tag that stands in a text may hide that; then it is found at the end.
pub(super) fn is_cut(first: &str, last: &str) -> bool {
    has_root(first, "<") && !has_root(last, "</")
}

fn has_root(text: &str, mark: &str) -> bool {
    text.match_indices(mark).any(|(at, _)| {
        let name = &text[at + mark.len()..];
        let end = name.find(|c: char| !c.is_ascii_alphanumeric() && !":_-.".contains(c)).unwrap_or(name.len());
        let local = name[..end].rsplit(':').next().unwrap_or_default();
        ROOTS.contains(&local.to_ascii_lowercase().as_str())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_cut_if_its_end_closes_nothing() {
        for (first, last, cut) in [
            ("<?xml version=\"1.0\"?><rss>", "</item></channel></rss>\n<!-- cached -->", false),
            ("<RSS>", "</RSS >", false),
            ("<rdf:RDF xmlns=\"x\">", "</item></rdf:RDF>", false),
            ("<a:feed>", "</a:entry></a:feed>", false),
            ("<rss>", "<title>盐</title></item>", true),
            ("<feed>", "</entry><entry>", true),
            ("<html>", "<p>feeds", false),
        ] {
            assert_eq!(is_cut(first, last), cut, "{first} … {last}");
        }
    }
}
