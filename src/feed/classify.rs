//! Places an article into districts and topics by the terms it uses, and keeps the evidence for an editor to read.
//!
//! Knows nothing of files, stores or HTML: rules, a title and a plain body come in, labels and reasons go out.
//!
//! All terms and exclusions of all feeds form one automaton, so a text is read once however many terms there are. Of
//! the matches of one feed that lie inside each other only the longest speaks: an exclusion silences the terms within
//! it, and a longer term stands in for a shorter one. Matches that merely overlap, and those of different feeds, all
//! count.
//!
//! A term in the title scores its weight [`TITLE`] times, wherever else it stands and however often. A term in the body
//! scores its weight [`MENTION`] times for each mention, up to [`MENTIONS`] of them in [`BODY`] bytes; in a longer body
//! the same number of mentions says less, in proportion. A feed is caught at [`THRESHOLD`]: by one term of weight 3 in
//! the title, by a weight of 1 and one of 2, or by a body that keeps coming back to the matter.

use std::borrow::Cow;
use std::cmp::Reverse;

use aho_corasick::{AhoCorasick, AhoCorasickKind, BuildError, MatchKind};

use super::Axis;
use crate::article::{Labels, Slug};

/// The score at which a feed is caught.
pub const THRESHOLD: u32 = 120;
/// What a term in the title scores for each unit of its weight: as much as a body can give it, in one place.
pub const TITLE: u32 = 40;
/// What one mention in a body of at most [`BODY`] bytes scores for each unit of the term's weight.
pub const MENTION: u32 = 10;
/// The mentions of one term beyond which a body of [`BODY`] bytes gains nothing.
pub const MENTIONS: u32 = 4;
/// The length up to which a mention counts in full: about 600 Chinese characters or 300 English words.
pub const BODY: usize = 1800;
/// The most a term can score in a body for each unit of its weight.
pub(super) const BODY_POINTS: u32 = MENTION * MENTIONS;
/// The heaviest weight.
pub const MAX_WEIGHT: u8 = 5;

/// A word or phrase that speaks for a feed, and how loudly: 1 (a hint) to [`MAX_WEIGHT`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// As the editor wrote it.
    pub text: String,
    /// 3 places an article by its title alone.
    pub weight: u8,
}

/// What places articles in one feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// The feed's axis.
    pub axis: Axis,
    /// The feed's slug.
    pub slug: Slug,
    /// What speaks for it.
    pub terms: Vec<Term>,
    /// Longer words in which its terms mean something else.
    pub exclude: Vec<String>,
}

/// All rules, compiled.
#[derive(Debug)]
pub struct Classifier {
    automaton: AhoCorasick,
    patterns: Vec<Pattern>,
    /// By axis, then slug, so that labels come out sorted.
    rules: Vec<Rules>,
    /// Where each feed's terms begin among the counts.
    offsets: Vec<usize>,
    terms: usize,
}

/// One string of the automaton, and the feeds that have it as a term or an exclusion.
#[derive(Debug)]
struct Pattern {
    word_start: bool,
    word_end: bool,
    uses: Vec<Use>,
}

/// One feed's use of a pattern: as its term of this number, or as an exclusion.
#[derive(Clone, Copy, Debug)]
struct Use {
    feed: usize,
    term: Option<usize>,
}

/// A pattern found in a text.
struct Hit {
    start: usize,
    end: usize,
    pattern: usize,
}

/// Where an article belongs, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Classification<'c> {
    /// The feeds that caught it.
    pub labels: Labels,
    /// The feeds that any term spoke for, caught or not, by axis and slug.
    pub scores: Vec<Score<'c>>,
    /// The terms that were found, in the order of `scores`, the strongest of a feed first.
    pub evidence: Vec<Evidence<'c>>,
}

/// How near one feed came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Score<'c> {
    /// The feed's axis.
    pub axis: Axis,
    /// The feed's slug.
    pub slug: &'c Slug,
    /// The sum of the evidence.
    pub score: u32,
    /// What the sum had to reach: [`THRESHOLD`], or more for a district that the title passes over.
    pub needed: u32,
    /// Whether any of the evidence stands in the title.
    pub in_title: bool,
}

impl Score<'_> {
    /// Whether the article is placed in this feed.
    pub fn caught(&self) -> bool {
        self.score >= self.needed
    }
}

/// One term that spoke for a feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Evidence<'c> {
    /// The feed's axis.
    pub axis: Axis,
    /// The feed's slug.
    pub slug: &'c Slug,
    /// The term, as the editor wrote it.
    pub term: &'c str,
    /// Its weight.
    pub weight: u8,
    /// Mentions in the title.
    pub in_title: u32,
    /// Mentions in the body.
    pub in_body: u32,
    /// What it adds to the feed's score.
    pub score: u32,
}

impl Classifier {
    /// Compiles rules that `load` has checked: no term is empty, or its feed's exclusion as well.
    ///
    /// Fails only on more text than an automaton can number.
    pub fn new(mut rules: Vec<Rules>) -> Result<Self, BuildError> {
        rules.sort_by(|a, b| (a.axis, &a.slug).cmp(&(b.axis, &b.slug)));
        let mut offsets = Vec::with_capacity(rules.len());
        let mut terms = 0;
        let mut words: Vec<(String, Use)> = Vec::new();
        for (feed, rules) in rules.iter().enumerate() {
            offsets.push(terms);
            let numbered = rules.terms.iter().enumerate();
            words.extend(numbered.map(|(i, t)| (fold_case(&t.text), Use { feed, term: Some(terms + i) })));
            words.extend(rules.exclude.iter().map(|e| (fold_case(e), Use { feed, term: None })));
            terms += rules.terms.len();
        }
        let (texts, patterns) = gather(words);
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard) // the only kind that can report overlapping matches
            .ascii_case_insensitive(true)
            .kind(Some(AhoCorasickKind::ContiguousNFA)) // a third slower than a DFA here, in a fiftieth of the memory
            .build(texts)?;
        Ok(Self { automaton, patterns, rules, offsets, terms })
    }

    /// Places an article; `body` is plain text, and empty for a bare headline.
    pub fn classify(&self, title: &str, body: &str) -> Classification<'_> {
        let in_title = self.count(title);
        let in_body = self.count(body);
        let mut evidence = Vec::new();
        let mut scores = Vec::new();
        for (feed, rules) in self.rules.iter().enumerate() {
            let found = evidence.len();
            for (i, term) in rules.terms.iter().enumerate() {
                let (in_title, in_body) = (in_title[self.offsets[feed] + i], in_body[self.offsets[feed] + i]);
                if in_title + in_body > 0 {
                    let score = u32::from(term.weight) * (title_points(in_title) + body_points(in_body, body.len()));
                    let (axis, slug, weight) = (rules.axis, &rules.slug, term.weight);
                    evidence.push(Evidence { axis, slug, term: &term.text, weight, in_title, in_body, score });
                }
            }
            let found = &mut evidence[found..];
            if let Some(first) = found.first() {
                let (axis, slug) = (first.axis, first.slug);
                found.sort_by_key(|e: &Evidence<'_>| Reverse(e.score));
                let score = found.iter().map(|e| e.score).sum();
                let in_title = found.iter().any(|e| e.in_title > 0);
                scores.push(Score { axis, slug, score, needed: THRESHOLD, in_title });
            }
        }
        let scores = prefer_title(scores);
        Classification { labels: labels(&scores), scores, evidence }
    }

    /// The terms that speak for their feeds in none of these titles and bodies: (axis, slug, term), by axis and slug.
    pub fn silent_terms<'a>(&self, articles: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<(Axis, &Slug, &str)> {
        let mut spoken = vec![false; self.terms];
        for (title, body) in articles {
            for counts in [self.count(title), self.count(body)] {
                spoken.iter_mut().zip(counts).for_each(|(spoken, count)| *spoken |= count > 0);
            }
        }
        let all = self.rules.iter().flat_map(|r| r.terms.iter().map(move |t| (r.axis, &r.slug, t.text.as_str())));
        all.zip(spoken).filter(|(_, spoken)| !spoken).map(|(term, _)| term).collect()
    }

    /// How often each term speaks in a text, by number: one pass over it.
    fn count(&self, text: &str) -> Vec<u32> {
        let text = fold_width(text);
        let mut hits: Vec<Hit> = self
            .automaton
            .find_overlapping_iter(text.as_bytes())
            .map(|m| Hit { start: m.start(), end: m.end(), pattern: m.pattern().as_usize() })
            .filter(|hit| self.patterns[hit.pattern].stands_alone(hit, text.as_bytes()))
            .collect();
        // A span that covers another begins no later and, of two that begin together, is the longer.
        hits.sort_unstable_by_key(|hit| (hit.start, Reverse(hit.end)));
        let mut counts = vec![0; self.terms];
        let mut covered = vec![0; self.rules.len()]; // by feed: where the furthest span so far ends
        for hit in &hits {
            for used in &self.patterns[hit.pattern].uses {
                if hit.end > covered[used.feed] {
                    covered[used.feed] = hit.end;
                    if let Some(term) = used.term {
                        counts[term] += 1;
                    }
                }
            }
        }
        counts
    }
}

/// The classifier without rules, which places nothing.
impl Default for Classifier {
    fn default() -> Self {
        Self::new(Vec::new()).expect("an automaton of nothing can be built")
    }
}

impl Pattern {
    fn new(text: &str) -> Self {
        let ends_in_word = |c: Option<u8>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        let (word_start, word_end) = (ends_in_word(text.bytes().next()), ends_in_word(text.bytes().last()));
        Self { word_start, word_end, uses: Vec::new() }
    }

    /// Whether no Latin letter or digit runs on over an end of the match that is one itself: AI is not in MAIL.
    fn stands_alone(&self, hit: &Hit, text: &[u8]) -> bool {
        let runs_on = |at: Option<usize>| at.and_then(|at| text.get(at)).is_some_and(u8::is_ascii_alphanumeric);
        !(self.word_start && runs_on(hit.start.checked_sub(1)) || self.word_end && runs_on(Some(hit.end)))
    }
}

/// Every distinct text once, with all its uses.
fn gather(mut words: Vec<(String, Use)>) -> (Vec<String>, Vec<Pattern>) {
    words.sort_by(|a, b| a.0.cmp(&b.0));
    let mut texts: Vec<String> = Vec::new();
    let mut patterns: Vec<Pattern> = Vec::new();
    for (text, used) in words {
        if texts.last() != Some(&text) {
            patterns.push(Pattern::new(&text));
            texts.push(text);
        }
        if let Some(pattern) = patterns.last_mut() {
            pattern.uses.push(used);
        }
    }
    (texts, patterns)
}

/// Once is enough: a title that says a word twice is not twice about it.
fn title_points(mentions: u32) -> u32 {
    TITLE * mentions.min(1)
}

/// What a term's mentions in a body of `length` bytes score for each unit of its weight.
fn body_points(mentions: u32, length: usize) -> u32 {
    let points = u64::from(mentions) * u64::from(MENTION) * BODY as u64 / length.max(BODY) as u64;
    points.min(u64::from(BODY_POINTS)) as u32
}

/// A district named in the title has the article: one named only in the body must come within two thirds of it.
fn prefer_title(mut scores: Vec<Score<'_>>) -> Vec<Score<'_>> {
    let districts = || scores.iter().filter(|s| s.axis == Axis::District);
    let named = districts().filter(|s| s.in_title && s.caught()).map(|s| s.score).max();
    if let Some(best) = named {
        let passed_over = scores.iter_mut().filter(|s| s.axis == Axis::District && !s.in_title);
        passed_over.for_each(|s| s.needed = THRESHOLD.max(best * 2 / 3));
    }
    scores
}

fn labels(scores: &[Score<'_>]) -> Labels {
    let of = |axis| scores.iter().filter(move |s| s.axis == axis && s.caught()).map(|s| s.slug.clone()).collect();
    Labels { districts: of(Axis::District), topics: of(Axis::Topic) }
}

/// The text with full-width Latin letters and digits made plain; borrowed if there are none.
fn fold_width(text: &str) -> Cow<'_, str> {
    // U+FF10 to U+FF5A are EF BC 90 to EF BD 9A in UTF-8; punctuation in between stays as it is.
    let wide = |c: char| matches!(c, '０'..='９' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ');
    if !text.contains(wide) {
        return Cow::Borrowed(text);
    }
    let plain = |c: char| char::from_u32(u32::from(c) - 0xFEE0).expect("a full-width letter has a plain one");
    Cow::Owned(text.chars().map(|c| if wide(c) { plain(c) } else { c }).collect())
}

/// A term as the automaton compares it: width and ASCII case do not count.
pub(super) fn fold_case(text: &str) -> String {
    fold_width(text).to_ascii_lowercase()
}
