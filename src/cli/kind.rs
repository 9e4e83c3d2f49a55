//! The kinds of input, as they are named on the command line.
//!
//! Knows nothing of how they are read.

use clap::ValueEnum;
use clap::builder::PossibleValue;

use crate::ingest::Kind;

impl ValueEnum for Kind {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Page, Self::Markdown, Self::Jsonl, Self::Feed]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (name, help) = match self {
            Self::Page => ("page", "Plain text: a title, paragraphs and headings, then headlines of further articles"),
            Self::Markdown => ("markdown", "CommonMark below front matter in YAML, TOML or JSON, one article a file"),
            Self::Jsonl => ("jsonl", "One JSON article a line"),
            Self::Feed => ("feed", "RSS, Atom, JSON Feed or a WordPress export"),
        };
        Some(PossibleValue::new(name).help(help))
    }
}
