//! Documents that were damaged, or made to do damage: no panic, and an end. How long they take, `benches/hostile` tells.
//!
//! Knows nothing of what feeds say. That memory is bounded follows from the bounds of `stream` and `json`, which these
//! documents reach.

use proptest::prelude::*;

use super::library::Library;
use super::shown::Shower;
use super::stream::MAX_TOKEN;
use super::tests::{DATED, all, door, faults, found, rss};
use super::{autop, entry, reference};
use crate::article::Status;
use crate::ingest::date::Dates;

#[test]
fn hostile_words_come_to_an_end() {
    let wxr = |body: &str| {
        format!("<item><guid>1</guid><wp:post_type>post</wp:post_type><content:encoded>{body}</content:encoded></item>")
    };
    for word in ["[", "[caption]", "[caption id=\"", "&lt;", "&lt;!--", "<b>", "&lt;/b>/b>"] {
        let words = word.repeat(50_000 / word.len());
        let title = format!(
            "<item><guid>1</guid><title>{words}</title><category>{words}</category><author>{words}</author></item>"
        );
        assert_eq!(all(rss(&(wxr(&words) + &title))).len(), 2, "{word}");
    }
}

#[test]
fn hostile_documents_are_refused() {
    let deep = "<a>".repeat(900_000);
    assert_eq!(found(rss(&format!("<item>{DATED}<description>{deep}x</item><item><guid>2</guid></item>"))).len(), 2);
    assert_eq!(faults(format!("<rss>{deep}")).len(), 1);
    assert_eq!(faults(format!("<rss>{deep}{deep}")).len(), 1);
    assert_eq!(faults("<rss>".repeat(100_000)).len(), 1);
    let attribute = format!("<rss><channel><item a=\"{}\"/></channel></rss>", "x".repeat(10_000_000));
    assert_eq!(faults(attribute), [format!("f.xml:1: a tag or a text is longer than {MAX_TOKEN} bytes")]);
    let brackets = format!("{{\"items\":[{}", "[".repeat(1_000_000));
    assert_eq!(faults(brackets).len(), 1);
}

/// Documents of every kind, small enough to be damaged thousands of times.
fn samples() -> Vec<Vec<u8>> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/moving");
    let mut names: Vec<_> =
        std::fs::read_dir(folder).expect("samples").map(|entry| entry.expect("a file").path()).collect();
    names.sort();
    names.iter().map(|path| std::fs::read(path).expect("a sample")).collect()
}

#[derive(Clone, Debug)]
enum Damage {
    Flip(usize, u8),
    Cut(usize),
    Drop(usize, usize),
    Double(usize, usize),
    Insert(usize, &'static str, usize),
}

fn damage() -> impl Strategy<Value = Damage> {
    let pieces = vec![
        "<",
        ">",
        "&",
        "]]>",
        "<![CDATA[",
        "<!--",
        "<a ",
        "</item>",
        "<item>",
        "</entry>",
        "<?",
        "<!",
        "\"",
        "&#0;",
        "{",
        "[",
        "\\ud800",
        "\u{feff}",
        "<a>",
        "盐",
    ];
    prop_oneof![
        (any::<usize>(), any::<u8>()).prop_map(|(at, byte)| Damage::Flip(at, byte)),
        any::<usize>().prop_map(Damage::Cut),
        (any::<usize>(), 0_usize..400).prop_map(|(at, length)| Damage::Drop(at, length)),
        (any::<usize>(), 0_usize..400).prop_map(|(at, length)| Damage::Double(at, length)),
        (any::<usize>(), proptest::sample::select(pieces), prop_oneof![9 => Just(1_usize), 1 => Just(2000)])
            .prop_map(|(at, piece, times)| Damage::Insert(at, piece, times)),
    ]
}

fn damaged(document: &mut Vec<u8>, damage: &Damage) {
    let within = |at: usize| at % (document.len() + 1);
    match *damage {
        Damage::Flip(at, byte) if !document.is_empty() => {
            let at = at % document.len();
            document[at] ^= byte;
        }
        Damage::Flip(..) => {}
        Damage::Cut(at) => document.truncate(within(at)),
        Damage::Drop(at, length) => {
            let at = within(at);
            drop(document.drain(at..(at + length).min(document.len())));
        }
        Damage::Double(at, length) => {
            let at = within(at);
            let piece = document[at..(at + length).min(document.len())].to_vec();
            drop(document.splice(at..at, piece));
        }
        Damage::Insert(at, piece, times) => {
            let at = within(at);
            drop(document.splice(at..at, piece.repeat(times).into_bytes()));
        }
    }
}

fn shown(text: &str) -> String {
    autop::html(text, &mut Shower::new(&mut Library::default(), Some(1)))
}

proptest! {
    #[test]
    fn no_words_make_a_reader_of_words_panic(
        date in "[0-9]{0,4}[-/年:+ a-zA-Z,.0-9月日TZ时分]{0,40}", words in "[<>/\\[\\]=\"@(),;&#:a-c盐 \n]{0,60}",
    ) {
        for text in [&date, &words] {
            let _ = (Dates::new(chrono_tz::Tz::Asia__Shanghai).read(text), entry::person(text), entry::seconds(text));
            let _ = (shown(text), reference::decoded(text));
        }
        let shortcode = format!("[caption width=\"1{words}]<img{words}>{words}[/caption]{date}");
        drop(shown(&shortcode));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn no_damaged_document_panics_or_goes_on_for_ever(damages in proptest::collection::vec(damage(), 1..6)) {
        for mut document in samples() {
            damages.iter().for_each(|damage| damaged(&mut document, damage));
            // Every draft has a byte of its own at least.
            let found = all(document.clone());
            prop_assert!(found.len() <= document.len() + 1);
            for found in found.into_iter().flatten().filter(|found| found.draft.status == Status::Published) {
                let cleaned = door().clean(&found.draft);
                prop_assert!(cleaned.is_ok(), "{:?} of {:?}", cleaned.err(), found);
            }
        }
    }
}
