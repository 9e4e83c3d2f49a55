//! Reads the width and height of a picture from the beginning of its file.
//!
//! Knows nothing of what it shows. Whatever stands in the file costs little: no more than its beginning is read, and a
//! reader that goes round in it is stopped.

use std::io::{self, BufRead, Cursor, ErrorKind, Read, Seek, SeekFrom};
use std::path::Path;

use crate::regular;

/// The bytes of a file that are read: as many as most cameras write before the picture, then as many as any may.
const BEGINNINGS: [u64; 2] = [64 << 10, 1 << 20];

/// The most steps of reading and seeking within it: most pictures take a few dozen.
const MAX_STEPS: u32 = 10_000;

/// The longest side that is believed, in pixels.
const MAX_SIDE: usize = 100_000;

/// Width and height, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// From left to right.
    pub width: u32,
    /// From top to bottom.
    pub height: u32,
}

impl Size {
    /// The size of a picture, if the file is one of a known kind.
    pub fn of(path: &Path) -> Option<Self> {
        let mut file = regular::open(path).ok()?;
        let mut beginning = Vec::new();
        for end in BEGINNINGS {
            let wanted = end - beginning.len() as u64;
            (&mut file).take(wanted).read_to_end(&mut beginning).ok()?;
            if let Some(size) = Self::read(&beginning) {
                return Some(size);
            }
            if (beginning.len() as u64) < end {
                return None;
            }
        }
        None
    }

    fn read(beginning: &[u8]) -> Option<Self> {
        let found = imagesize::reader_size(Steps { inner: Cursor::new(beginning), left: MAX_STEPS }).ok()?;
        let side = |side: usize| u32::try_from(side).ok().filter(|_| (1..=MAX_SIDE).contains(&side));
        let (width, height) = (side(found.width)?, side(found.height)?);
        let lies = orientation(beginning).is_some_and(|orientation| (5..=8).contains(&orientation));
        Some(if lies { Self { width: height, height: width } } else { Self { width, height } })
    }
}

/// The turn of a JPEG before it is shown (Exif 2.32 §4.6.4, tag 0x0112): phones keep upright pictures lying, and
/// 5 to 8 put them up.
fn orientation(jpeg: &[u8]) -> Option<u16> {
    let mut rest = jpeg.strip_prefix(b"\xff\xd8")?;
    loop {
        let (&[0xff, marker, high, low], _) = rest.split_first_chunk::<4>()? else { return None };
        let length = usize::from(u16::from_be_bytes([high, low]));
        let (segment, behind) = (rest.get(4..2 + length)?, rest.get(2 + length..)?);
        match (marker, segment.strip_prefix(b"Exif\0\0")) {
            (0xe1, Some(tiff)) => return orientation_in(tiff),
            // The picture begins.
            (0xda, _) => return None,
            _ => rest = behind,
        }
    }
}

/// The orientation among the first fields of a TIFF header.
fn orientation_in(tiff: &[u8]) -> Option<u16> {
    let is_big = tiff.starts_with(b"MM");
    let short = |at: usize| {
        let bytes = [*tiff.get(at)?, *tiff.get(at.checked_add(1)?)?];
        Some(if is_big { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) })
    };
    let (first, second) = (usize::from(short(4)?), usize::from(short(6)?));
    let fields = if is_big { (first << 16) | second } else { (second << 16) | first };
    let field = |nth: usize| fields + 2 + 12 * nth;
    (0..usize::from(short(fields)?))
        .find(|nth| short(field(*nth)) == Some(0x0112))
        .and_then(|nth| short(field(nth) + 8))
}

/// A reader that ends with an error after so many steps.
struct Steps<'b> {
    inner: Cursor<&'b [u8]>,
    left: u32,
}

impl Steps<'_> {
    fn step(&mut self) -> io::Result<()> {
        self.left = self.left.checked_sub(1).ok_or_else(|| io::Error::new(ErrorKind::InvalidData, "it goes round"))?;
        Ok(())
    }
}

impl Read for Steps<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.step()?;
        self.inner.read(into)
    }
}

impl BufRead for Steps<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.step()?;
        self.inner.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.inner.consume(amount);
    }
}

impl Seek for Steps<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.step()?;
        self.inner.seek(to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GIF: &[u8] = b"GIF89a\x03\x00\x02\x00\x80\x00\x00";
    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x03\0\0\0\x02\x08\x06\0\0\0";
    const JPEG: &[u8] = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x0b\x08\x00\x02\x00\x03\x01\x01\x11\x00\xff\xd9";
    const WEBP: &[u8] = b"RIFF\x1a\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\x02\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\0";
    const AVIF: &[u8] =
        b"\0\0\0\x14ftypavif\0\0\0\0avif\0\0\0\x30meta\0\0\0\0\0\0\0\x24iprp\0\0\0\x1cipco\0\0\0\x14ispe\
        \0\0\0\0\0\0\0\x03\0\0\0\x02\0\0\0\x08free";

    #[test]
    fn the_common_kinds_of_pictures_are_measured() {
        for (name, picture) in [("gif", GIF), ("png", PNG), ("jpeg", JPEG), ("webp", WEBP), ("avif", AVIF)] {
            assert_eq!(Size::read(picture), Some(Size { width: 3, height: 2 }), "{name}");
        }
        for other in [&b""[..], b"<svg/>", b"\xff\xd8\xff", &GIF[..8], b"GIF89a\0\0\0\0\x80\0\0"] {
            assert_eq!(Size::read(other), None);
        }
    }

    #[test]
    fn a_picture_that_is_shown_upright_has_the_size_that_it_is_shown_in() {
        let exif = |orientation: u8, tiff: &[u8]| {
            let tiff: Vec<u8> = tiff.iter().map(|byte| if *byte == 99 { orientation } else { *byte }).collect();
            let length = (8 + tiff.len() as u16).to_be_bytes();
            [b"\xff\xd8\xff\xe1", &length[..], b"Exif\0\0", &tiff, &JPEG[2..]].concat()
        };
        let big = b"MM\0*\0\0\0\x08\0\x02\x01\x0f\0\x02\0\0\0\0\0\0\0\0\x01\x12\0\x03\0\0\0\x01\0\x63\0\0\0\0\0\0";
        let little = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x63\0\0\0\0\0\0\0";
        for tiff in [&big[..], little] {
            assert_eq!(Size::read(&exif(6, tiff)), Some(Size { width: 2, height: 3 }));
            assert_eq!(Size::read(&exif(1, tiff)), Some(Size { width: 3, height: 2 }));
            assert_eq!(Size::read(&exif(6, &tiff[..12])), Some(Size { width: 3, height: 2 }), "it is cut");
        }
    }

    #[test]
    fn a_picture_behind_long_notes_is_measured_and_one_that_never_begins_ends_soon() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.jpg");
        let note = [&b"\xff\xe2\xff\xff"[..], &[7; 65_533]].concat();
        std::fs::write(&path, [&JPEG[..2], &note.repeat(3), &JPEG[2..]].concat()).expect("a file");
        assert_eq!(Size::of(&path), Some(Size { width: 3, height: 2 }));
        std::fs::write(&path, [&JPEG[..2], &b"\xff\xe2\x00\x02".repeat(1 << 20)].concat()).expect("a file");
        assert_eq!(Size::of(&path), None);
    }

    proptest! {
        #[test]
        fn whatever_stands_in_a_file_it_is_read_in_few_steps(
            kind in 0..5_usize,
            cut in 8..60_usize,
            noise in prop::collection::vec(any::<u8>(), 0..200),
            small in prop::collection::vec(0..16_u8, 0..200),
        ) {
            let picture = [GIF, PNG, JPEG, WEBP, AVIF][kind];
            let beginning = &picture[..cut.min(picture.len())];
            orientation(&[&b"\xff\xd8\xff\xe1\x40\0Exif\0\0MM\0*"[..], &noise, &[0; 0x4000]].concat());
            orientation(&[&b"\xff\xd8\xff\xe1\x40\0Exif\0\0II*\0"[..], &small, &[0; 0x4000]].concat());
            Size::read(&[beginning, &noise].concat());
            Size::read(&[beginning, &small].concat());
        }
    }
}
