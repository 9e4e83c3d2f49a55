//! Bytes of any encoding as UTF-8, read as they are asked for; what cannot be decoded becomes U+FFFD, never an error.
//!
//! Knows nothing of XML but how it declares an encoding (XML 1.0 appendix F), and nothing of feeds.

use std::io::{self, BufReader, Read};

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use encoding_rs_io::DecodeReaderBytesBuilder;

/// The bytes of a document that are looked at to tell its encoding, and read ahead of it.
const HEAD: usize = 1 << 16;

/// Where an XML declaration can begin at the latest: some servers put white space or a notice before it.
const DECLARATION: usize = 1024;

/// From how many characters beyond ASCII on a text that is UTF-8 was meant to be.
const CERTAIN: usize = 4;

/// A document as UTF-8.
pub(super) struct Text<R> {
    /// All of it, without a byte order mark.
    pub reader: R,
    /// Its first character that is not white space.
    pub first: Option<char>,
}

/// Reads a document of unknown encoding.
pub(super) fn utf8(mut reader: impl Read + Send + 'static) -> io::Result<Text<BufReader<impl Read + Send + 'static>>> {
    let mut head = Vec::with_capacity(HEAD);
    reader.by_ref().take(HEAD as u64).read_to_end(&mut head)?;
    let encoding = encoding(&head);
    let (sample, _) = encoding.decode_with_bom_removal(&head);
    let first = sample.chars().find(|c| !c.is_whitespace() && *c != '\u{feff}');
    let mut decoder = DecodeReaderBytesBuilder::new();
    decoder.encoding(Some(encoding)).strip_bom(true).bom_override(true);
    let decoded = decoder.build(io::Cursor::new(head).chain(reader));
    Ok(Text { reader: BufReader::with_capacity(HEAD, decoded), first })
}

/// By byte order mark; else what is declared, if that is true of the beginning; else UTF-8, else what its letters are
/// likely to be. Nearly any text of two bytes a character could be Chinese, so that this is not asked first.
fn encoding(head: &[u8]) -> &'static Encoding {
    if let Some((encoding, _)) = Encoding::for_bom(head) {
        return encoding;
    }
    match head {
        [b'<' | b'{', 0, ..] => return UTF_16LE,
        [0, b'<' | b'{', ..] => return UTF_16BE,
        _ => {}
    }
    // A declaration that can be read byte by byte does not stand in UTF-16, whatever it says.
    let declared = declared(head).filter(|encoding| encoding.is_ascii_compatible());
    let fits = |encoding: &&'static Encoding| matches!(shares(encoding, head), (all, lost) if lost * 10 <= all);
    match shares(UTF_8, head) {
        // No other encoding's text of any length is UTF-8 by chance, though much of UTF-8 could be another's.
        (CERTAIN.., 0) => Some(UTF_8),
        // A few damaged characters do not make it another encoding's.
        _ => [declared.unwrap_or(UTF_8), UTF_8]
            .into_iter()
            .find(fits)
            .or_else(|| [likely(head), GB18030, WINDOWS_1252].into_iter().find(fits)),
    }
    .unwrap_or(UTF_8)
}

/// The likely script of a text's letters; a few of them say nothing.
fn likely(head: &[u8]) -> &'static Encoding {
    if head.iter().filter(|byte| !byte.is_ascii()).count() < CERTAIN {
        return GB18030;
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(head, false);
    detector.guess(None, Utf8Detection::Deny)
}

/// The encoding that `<?xml … encoding="…"?>` names.
fn declared(head: &[u8]) -> Option<&'static Encoding> {
    let head = &head[..head.len().min(DECLARATION)];
    let begins = head.windows(5).position(|bytes| bytes == b"<?xml")?;
    let ends = head[begins..].iter().position(|b| *b == b'>')?;
    let declaration = std::str::from_utf8(&head[begins..begins + ends]).ok()?;
    let (_, value) = declaration.split_once("encoding")?;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    Encoding::for_label(value[1..].split(quote).next()?.trim().as_bytes())
}

/// The number of characters beyond ASCII that a text has in an encoding, and of those that are lost.
fn shares(encoding: &'static Encoding, head: &[u8]) -> (usize, usize) {
    let mut text = String::with_capacity(head.len() * 3);
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let _ = decoder.decode_to_string(head, &mut text, false);
    let foreign = text.chars().filter(|c| !c.is_ascii());
    foreign.fold((0, 0), |(all, lost), c| (all + 1, lost + usize::from(c == '\u{fffd}')))
}

#[cfg(test)]
mod tests {
    use encoding_rs::{BIG5, EUC_JP, EUC_KR, SHIFT_JIS, WINDOWS_1251};

    use super::*;

    fn read(bytes: Vec<u8>) -> String {
        let mut text = String::new();
        utf8(io::Cursor::new(bytes)).unwrap().reader.read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn a_declared_encoding_is_read() {
        for (label, encoding) in [("GBK", GB18030), ("gb2312", GB18030), ("big5", BIG5), ("windows-1252", WINDOWS_1252)]
        {
            let word = if encoding == WINDOWS_1252 { "café" } else { "自貢鹽井" };
            let document = format!("<?xml version=\"1.0\" encoding='{label}'?><t>{word}</t>");
            let (bytes, _, _) = encoding.encode(&document);
            assert_eq!(read(bytes.into_owned()), document, "{label}");
        }
    }

    #[test]
    fn a_false_declaration_is_not_believed() {
        for label in ["gb2312", "utf-16", "us-ascii", "klingon"] {
            let document = format!("<?xml version=\"1.0\" encoding=\"{label}\"?><t>大安的盐井</t>");
            assert_eq!(read(document.clone().into_bytes()), document, "{label}");
        }
        let gbk = GB18030.encode("<t>大安的盐井，灯会</t>").0.into_owned();
        assert_eq!(read(gbk), "<t>大安的盐井，灯会</t>");
    }

    #[test]
    fn an_undeclared_encoding_is_told_by_its_letters() {
        let texts = [
            (GB18030, "盐井"),
            (GB18030, "自贡的恐龙博物馆今天开放，市民可以免费参观。"),
            (BIG5, "自貢的恐龍博物館今天開放，市民可以免費參觀。"),
            (EUC_KR, "소금 우물의 등불 축제"),
            (SHIFT_JIS, "塩の井戸と灯籠"),
            (EUC_JP, "恐竜博物館は今日開きました。"),
            (WINDOWS_1251, "Соляной колодец и праздник фонарей"),
            (WINDOWS_1252, "été à l'école, déjà vu"),
        ];
        for (encoding, text) in texts {
            for declaration in ["", "<?xml version=\"1.0\"?>", "<?xml version=\"1.0\" encoding=\"utf-8\"?>"] {
                let document = format!("{declaration}<rss><channel><title>{text}</title></channel></rss>");
                let bytes = encoding.encode(&document).0.into_owned();
                assert_eq!(read(bytes), document, "{}", encoding.name());
            }
        }
    }

    #[test]
    fn utf_16_is_known_by_its_mark_or_its_zeros() {
        let little = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
        let big = |text: &str| text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<_>>();
        for bytes in [little("\u{feff}<t>盐</t>"), little("<t>盐</t>"), big("\u{feff}<t>盐</t>"), big("<t>盐</t>")]
        {
            assert_eq!(read(bytes), "<t>盐</t>");
        }
        assert_eq!(read("\u{feff}<t>盐</t>".into()), "<t>盐</t>");
    }

    #[test]
    fn a_damaged_character_costs_itself_alone() {
        let mut bytes = "<t>大安的盐井，灯会，恐龙</t>".as_bytes().to_vec();
        bytes.insert(3, 0xff);
        assert_eq!(read(bytes), "<t>\u{fffd}大安的盐井，灯会，恐龙</t>");
    }
}
