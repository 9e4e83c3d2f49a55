//! HTML into a tree, at a cost that is bounded by the HTML's length: whatever would take more is refused with a reason.
//!
//! The parser takes time by the square of what is open, what is crossed and what one tag holds, and some markup makes
//! it build a hundred elements for each tag. So it is given the text in pieces, and what it does is counted: it is html5ever's
//! own work that is bounded, not a guess at it. Knows nothing of what is kept.

use std::cell::{Cell, OnceCell};

use html5ever::buffer_queue::BufferQueue;
use html5ever::interface::{Tracer, create_element};
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};
use html5ever::tree_builder::{TreeBuilder, TreeBuilderOpts};
use html5ever::{LocalName, QualName, TokenizerResult, local_name, ns};

use super::MAX_DEPTH;
use super::tree::{Handle, Tree};
use crate::ingest::refusal::Reason;

/// The most elements of an article, with those that the parser adds: a table of 2,000 rows and 20 columns has 42,000.
pub const MAX_ELEMENTS: usize = 50_000;

/// The most attributes of one element.
pub const MAX_ATTRIBUTES: usize = 256;

/// The most attributes of all elements of an article together.
pub const MAX_ALL_ATTRIBUTES: usize = 100_000;

/// The looks at an element that the parser may have, for each byte of the article; ordinary articles need one to five.
const STEPS_PER_BYTE: u64 = 24;

/// The same of the shortest article.
const FEWEST_STEPS: u64 = 1 << 18;

/// The same of the shortest part.
const FEWEST_FURTHER_STEPS: u64 = 1 << 10;

/// The longest piece that the parser is given at once, in bytes. A tag that is longer is looked at before it goes on.
const PIECE: usize = 1024;

/// The cost of a character reference to the parser, and a `<` that begins nothing, in looks: an article of some length
/// has one for each three bytes at the most.
const REFERENCE: u64 = 64;

/// The cost of comparing an element with another one of its name costs the parser, in looks, and each attribute of it.
const COMPARISON: u64 = 16;
const COMPARED_ATTRIBUTE: u64 = 8;

/// The number of looks at elements that the parser may have for HTML of this length.
pub(super) fn steps(length: usize) -> u64 {
    FEWEST_STEPS + STEPS_PER_BYTE * length as u64
}

/// The same for a part of HTML that is parsed once more, by itself.
pub(super) fn further_steps(length: usize) -> u64 {
    FEWEST_FURTHER_STEPS + STEPS_PER_BYTE * length as u64
}

/// Parses HTML as what stands in a `div` (HTML §13.4), with at most so many looks at elements.
pub(super) fn parse(html: &str, steps: u64) -> Result<Tree, Reason> {
    let tokenizer = Tokenizer::new(Watched::new(Tree::new(steps)), TokenizerOpts::default());
    let (input, whole) = (BufferQueue::default(), StrTendril::from(html));
    tokenizer.sink.builder.sink.charge(REFERENCE * references(html));
    // Where the tag or comment began that no piece has ended yet, and whether it has been looked at.
    let mut unfinished: Option<(usize, bool)> = None;
    let mut at = 0;
    while at < html.len() {
        let end = piece(html, at);
        tokenizer.sink.has_token.set(false);
        input.push_back(whole.subtendril(at as u32, (end - at) as u32));
        while !matches!(tokenizer.feed(&input), TokenizerResult::Done) {}
        if let Some(reason) = tokenizer.sink.refused.get() {
            return Err(reason.clone());
        }
        if tokenizer.sink.has_token.get() {
            unfinished = None;
        } else {
            let (begun, looked) = unfinished.unwrap_or((at, false));
            if !looked && end - begun >= PIECE && attributes(&html[begun..]) > MAX_ATTRIBUTES {
                return Err(TOO_MANY_ATTRIBUTES);
            }
            unfinished = Some((begun, looked || end - begun >= PIECE));
        }
        at = end;
    }
    tokenizer.end();
    let Watched { builder, refused, .. } = tokenizer.sink;
    refused.into_inner().map_or(Ok(builder.sink), Err)
}

const TOO_MANY_ATTRIBUTES: Reason = Reason::TooMany { limit: MAX_ATTRIBUTES, what: "attributes in one element" };

/// The number of characters that may begin a character reference, or that only look as if they began a tag.
fn references(html: &str) -> u64 {
    let pairs = html.as_bytes().windows(2).filter(|two| two[0] == b'&' || (two[0] == b'<' && !begins(two)));
    pairs.count() as u64
}

/// Whether two bytes begin a tag or a comment.
fn begins(two: &[u8]) -> bool {
    two[0] == b'<' && (two[1].is_ascii_alphabetic() || matches!(two[1], b'/' | b'!' | b'?'))
}

/// Where the piece ends that begins at `at`: at the next tag or comment, if that is not too far.
///
/// A tag or a comment begins with a piece, so that it is known where one began that does not end.
fn piece(html: &str, at: usize) -> usize {
    let longest = html.floor_char_boundary(at + PIECE);
    let rest = &html.as_bytes()[at..longest];
    let next = rest.windows(2).skip(1).position(begins).map(|next| at + 1 + next);
    // What follows a `<` at the end is not known yet.
    let whole = if rest.ends_with(b"<") && longest < html.len() && rest.len() > 1 { longest - 1 } else { longest };
    next.unwrap_or(whole)
}

/// The number of attributes of the tag that begins a text, as the tokenizer finds them (HTML §13.2.5.8 and 32 to 40),
/// or more than [`MAX_ATTRIBUTES`]. What is no tag has none.
fn attributes(text: &str) -> usize {
    let Some(tag) = text.strip_prefix("</").or(text.strip_prefix('<')) else { return 0 };
    if !tag.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return 0;
    }
    let space = |b: &u8| matches!(b, b' ' | b'\t' | b'\n' | b'\x0c' | b'\r');
    let (bytes, mut count) = (tag.as_bytes(), 0);
    let behind = |at: usize, ends: &dyn Fn(&u8) -> bool| {
        bytes.get(at..).and_then(|rest| rest.iter().position(ends)).map_or(bytes.len(), |length| at + length)
    };
    let mut at = behind(0, &|b| space(b) || matches!(b, b'/' | b'>'));
    while count <= MAX_ATTRIBUTES {
        at = behind(at, &|b| !space(b) && *b != b'/');
        if bytes.get(at).is_none_or(|b| *b == b'>') {
            break;
        }
        count += 1;
        // An equals sign at the beginning is a part of the name.
        at = behind(at + 1, &|b| space(b) || matches!(b, b'/' | b'>' | b'='));
        let value = behind(at, &|b| !space(b));
        if bytes.get(value) != Some(&b'=') {
            continue;
        }
        at = behind(value + 1, &|b| !space(b));
        at = match bytes.get(at) {
            Some(quote @ (b'"' | b'\'')) => behind(at + 1, &|b| b == quote) + 1,
            _ => behind(at, &|b| space(b) || *b == b'>'),
        };
    }
    count
}

/// The tree builder, and what it must not be given.
struct Watched {
    builder: TreeBuilder<Handle, Tree>,
    /// Whether the tokenizer has come to the end of anything.
    has_token: Cell<bool>,
    attributes: Cell<usize>,
    /// The most attributes of an element that the parser may open again.
    most: Cell<usize>,
    refused: OnceCell<Reason>,
}

impl Watched {
    fn new(tree: Tree) -> Self {
        let context = create_element(&tree, QualName::new(None, ns!(html), local_name!("div")), Vec::new());
        let builder = TreeBuilder::new_for_fragment(tree, context, None, TreeBuilderOpts::default());
        let (has_token, attributes, most) = (Cell::new(false), Cell::new(0), Cell::new(0));
        Self { builder, has_token, attributes, most, refused: OnceCell::new() }
    }

    /// Looks at a tag before the tree builder gets it.
    fn look(&self, tag: &Tag) -> Result<(), Reason> {
        let (own, tree) = (tag.attrs.len(), &self.builder.sink);
        if own > MAX_ATTRIBUTES {
            return Err(TOO_MANY_ATTRIBUTES);
        }
        self.attributes.set(self.attributes.get() + own);
        if self.attributes.get() > MAX_ALL_ATTRIBUTES {
            return Err(Reason::TooMany { limit: MAX_ALL_ATTRIBUTES, what: "attributes" });
        }
        if tag.kind == TagKind::StartTag && is_formatting(&tag.name) {
            self.most.set(self.most.get().max(own));
            // The tree builder compares it, attributes and all, with those of its name that may be opened again.
            let open = Open { name: Some(&tag.name), count: Cell::new(0) };
            self.builder.trace_handles(&open);
            tree.charge(open.count.get() * (COMPARISON + COMPARED_ATTRIBUTE * self.most.get() as u64));
        }
        if tree.elements.get() > MAX_ELEMENTS {
            return Err(Reason::TooMany { limit: MAX_ELEMENTS, what: "elements" });
        }
        Ok(())
    }

    /// Looks whether the tree builder may go on.
    fn steps(&self) -> Result<(), Reason> {
        if self.builder.sink.steps.get() > 0 {
            return Ok(());
        }
        let open = Open { name: None, count: Cell::new(0) };
        self.builder.trace_handles(&open);
        // Each may be counted twice: as one that is open, and as one that may be opened again.
        Err(if open.count.get() > 2 * MAX_DEPTH as u64 { Reason::TooDeep(MAX_DEPTH) } else { Reason::Tangled })
    }
}

impl TokenSink for Watched {
    type Handle = Handle;

    fn process_token(&self, token: Token, line: u64) -> TokenSinkResult<Handle> {
        if matches!(token, Token::ParseError(_)) || self.refused.get().is_some() {
            return TokenSinkResult::Continue;
        }
        self.has_token.set(true);
        let looked = match &token {
            Token::TagToken(tag) => self.look(tag),
            _ => Ok(()),
        };
        match looked.and_then(|()| self.steps()) {
            Ok(()) => self.builder.process_token(token, line),
            Err(reason) => {
                // The first one stays.
                let _ = self.refused.set(reason);
                TokenSinkResult::Continue
            }
        }
    }

    fn end(&self) {
        self.builder.end();
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&self) -> bool {
        self.builder.adjusted_current_node_present_but_not_in_html_namespace()
    }
}

/// Counts the elements of a name, or all, that are open or may be opened again.
struct Open<'a> {
    name: Option<&'a LocalName>,
    count: Cell<u64>,
}

impl Tracer for Open<'_> {
    type Handle = Handle;

    fn trace_handle(&self, handle: &Handle) {
        if self.name.is_none_or(|name| handle.local() == name) {
            self.count.set(self.count.get() + 1);
        }
    }
}

/// Whether the tree builder opens elements of this name again where they were left open (HTML §13.2.4.3).
fn is_formatting(name: &LocalName) -> bool {
    let names = ["a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"];
    names.contains(&&**name)
}
