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
/// The score of a term in the title for each unit of its weight: as much as a body can give it, in one place.
pub const TITLE: u32 = 40;
/// The score of one mention in a body of at most [`BODY`] bytes for each unit of the term's weight.
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

/// The rules that place articles in one feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// The feed's axis.
    pub axis: Axis,
    /// The feed's slug.
    pub slug: Slug,
    /// The terms that speak for it.
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
    feeds: Vec<(Axis, Slug)>,
    /// The terms of all feeds, in the order of `feeds`.
    terms: Vec<(usize, Term)>,
}

/// One string of the automaton, and the feeds that have it as a term or an exclusion.
#[derive(Debug)]
struct Pattern {
    word_start: bool,
    word_end: bool,
    uses: Vec<Use>,
}

/// One feed's use of a pattern: as the term of this number, or as an exclusion. Both index the classifier's lists.
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

/// The two texts of an article, as places in a tally.
const IN_TITLE: usize = 0;
const IN_BODY: usize = 1;

/// The number of times each term speaks in title and body, and which of them speak at all.
struct Tally {
    counts: Vec<[u32; 2]>,
    spoken: Vec<usize>,
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

/// The score of one feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Score<'c> {
    /// The feed's axis.
    pub axis: Axis,
    /// The feed's slug.
    pub slug: &'c Slug,
    /// The sum of the evidence.
    pub score: u32,
    /// The sum that was needed: [`THRESHOLD`], or more for a district that the title passes over.
    pub needed: u32,
    /// Whether any of the evidence stands in the title.
    pub in_title: bool,
}

impl<'c> Classification<'c> {
    /// The terms that spoke for a feed, the strongest first.
    pub fn terms_of<'a>(&'a self, score: &'a Score<'c>) -> impl Iterator<Item = &'a Evidence<'c>> {
        self.evidence.iter().filter(move |evidence| evidence.axis == score.axis && evidence.slug == score.slug)
    }
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
    /// Its part of the feed's score.
    pub score: u32,
}

impl Classifier {
    /// Compiles rules that `load` has checked: no term is empty, or its feed's exclusion as well.
    ///
    /// Fails only on more text than an automaton can number.
    pub fn new(mut rules: Vec<Rules>) -> Result<Self, BuildError> {
        rules.sort_by(|a, b| (a.axis, &a.slug).cmp(&(b.axis, &b.slug)));
        let mut feeds = Vec::with_capacity(rules.len());
        let mut terms = Vec::new();
        let mut words: Vec<(String, Use)> = Vec::new();
        for rules in rules {
            let feed = feeds.len();
            feeds.push((rules.axis, rules.slug));
            words.extend(rules.exclude.iter().map(|e| (fold_case(e), Use { feed, term: None })));
            for term in rules.terms {
                words.push((fold_case(&term.text), Use { feed, term: Some(terms.len()) }));
                terms.push((feed, term));
            }
        }
        let (texts, patterns) = gather(words);
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard) // the only kind that can report overlapping matches
            .ascii_case_insensitive(true)
            .kind(Some(AhoCorasickKind::ContiguousNFA)) // as fast as a DFA on Chinese, in a twentieth of the memory
            .build(texts)?;
        Ok(Self { automaton, patterns, feeds, terms })
    }

    /// Places an article; `body` is plain text, and empty for a bare headline.
    pub fn classify(&self, title: &str, body: &str) -> Classification<'_> {
        let tally = self.tally(title, body);
        let mut evidence: Vec<_> =
            tally.spoken.iter().map(|&t| self.evidence(t, tally.counts[t], body.len())).collect();
        let mut scores = Vec::with_capacity(self.feeds.len());
        for found in evidence.chunk_by_mut(|a, b| a.axis == b.axis && a.slug == b.slug) {
            found.sort_by_key(|e| Reverse(e.score));
            let (axis, slug) = (found[0].axis, found[0].slug);
            let score = found.iter().map(|e| e.score).sum();
            let in_title = found.iter().any(|e| e.in_title > 0);
            scores.push(Score { axis, slug, score, needed: THRESHOLD, in_title });
        }
        prefer_title(&mut scores);
        Classification { labels: labels(&scores), scores, evidence }
    }

    /// The terms that speak for their feeds in none of these titles and bodies: (axis, slug, term), by axis and slug.
    pub fn silent_terms<'a>(&self, articles: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<(Axis, &Slug, &str)> {
        let mut silent = vec![true; self.terms.len()];
        for (title, body) in articles {
            self.tally(title, body).spoken.into_iter().for_each(|term| silent[term] = false);
        }
        let silent = self.terms.iter().zip(silent).filter(|(_, silent)| *silent);
        silent.map(|((feed, term), _)| (self.feeds[*feed].0, &self.feeds[*feed].1, term.text.as_str())).collect()
    }

    fn evidence(&self, term: usize, [in_title, in_body]: [u32; 2], body: usize) -> Evidence<'_> {
        let (feed, Term { text, weight }) = &self.terms[term];
        let (axis, slug) = &self.feeds[*feed];
        let score = u32::from(*weight) * (title_points(in_title) + body_points(in_body, body));
        Evidence { axis: *axis, slug, term: text, weight: *weight, in_title, in_body, score }
    }

    fn tally(&self, title: &str, body: &str) -> Tally {
        let mut tally = Tally { counts: vec![[0; 2]; self.terms.len()], spoken: Vec::with_capacity(64) };
        self.count(title, IN_TITLE, &mut tally);
        self.count(body, IN_BODY, &mut tally);
        tally.spoken.sort_unstable();
        tally
    }

    /// Counts the terms that speak in a text: one pass over it.
    fn count(&self, text: &str, place: usize, tally: &mut Tally) {
        let text = fold_width(text);
        let text = text.as_bytes();
        let mut hits = Vec::with_capacity(64);
        hits.extend(self.automaton.find_overlapping_iter(text).filter_map(|m| {
            let hit = Hit { start: m.start(), end: m.end(), pattern: m.pattern().as_usize() };
            self.patterns[hit.pattern].stands_alone(&hit, text).then_some(hit)
        }));
        // A span that covers another begins no later and, of two that begin together, is the longer.
        hits.sort_unstable_by_key(|hit: &Hit| (hit.start, Reverse(hit.end)));
        let mut covered = vec![0; self.feeds.len()]; // by feed: where the furthest span so far ends
        for hit in &hits {
            for used in &self.patterns[hit.pattern].uses {
                if hit.end > covered[used.feed] {
                    covered[used.feed] = hit.end;
                    used.term.into_iter().for_each(|term| tally.add(term, place));
                }
            }
        }
    }
}

impl Tally {
    fn add(&mut self, term: usize, place: usize) {
        if self.counts[term] == [0; 2] {
            self.spoken.push(term);
        }
        self.counts[term][place] += 1;
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

/// The score of a term's mentions in a body of `length` bytes for each unit of its weight.
fn body_points(mentions: u32, length: usize) -> u32 {
    let points = u64::from(mentions) * u64::from(MENTION) * BODY as u64 / length.max(BODY) as u64;
    points.min(u64::from(BODY_POINTS)) as u32
}

/// A district named in the title has the article: one named only in the body must come within two thirds of it.
fn prefer_title(scores: &mut [Score<'_>]) {
    let named = scores.iter().filter(|s| s.axis == Axis::District && s.in_title && s.caught());
    if let Some(best) = named.map(|s| s.score).max() {
        let passed_over = scores.iter_mut().filter(|s| s.axis == Axis::District && !s.in_title);
        passed_over.for_each(|s| s.needed = THRESHOLD.max(best * 2 / 3));
    }
}

fn labels(scores: &[Score<'_>]) -> Labels {
    let of = |axis| scores.iter().filter(move |s| s.axis == axis && s.caught()).map(|s| s.slug.clone()).collect();
    Labels { districts: of(Axis::District), topics: of(Axis::Topic) }
}

/// The text with full-width Latin letters and digits made plain; borrowed if there are none.
fn fold_width(text: &str) -> Cow<'_, str> {
    // U+FF10 to U+FF5A are EF BC 90 to EF BD 9A in UTF-8: a look at the bytes spares most texts the decoding.
    let letter = |w: &[u8]| match *w {
        [0xEF, 0xBC, c] => matches!(c, 0x90..=0x99 | 0xA1..=0xBA),
        [0xEF, 0xBD, c] => matches!(c, 0x81..=0x9A),
        _ => false,
    };
    let wide = |c: char| matches!(c, '０'..='９' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ');
    if !text.as_bytes().windows(3).any(letter) {
        return Cow::Borrowed(text);
    }
    let plain = |c: char| char::from_u32(u32::from(c) - 0xFEE0).expect("a full-width letter has a plain one");
    Cow::Owned(text.chars().map(|c| if wide(c) { plain(c) } else { c }).collect())
}

/// A term as the automaton compares it: width and ASCII case do not count.
pub(super) fn fold_case(text: &str) -> String {
    fold_width(text).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;
    use crate::feed::{FeedSet, load};

    fn rules(axis: Axis, slug: &str, terms: &[(&str, u8)], exclude: &[&str]) -> Rules {
        let term = |&(text, weight): &(&str, u8)| Term { text: text.to_owned(), weight };
        Rules {
            axis,
            slug: Slug::parse(slug).expect("a slug"),
            terms: terms.iter().map(term).collect(),
            exclude: exclude.iter().map(|e| (*e).to_owned()).collect(),
        }
    }

    /// Two districts and three topics, enough for every rule of the module.
    fn classifier() -> Classifier {
        Classifier::new(vec![
            rules(Axis::Topic, "salt", &[("盐", 1), ("盐井", 3), ("天车", 2)], &["盐城", "加盐"]),
            rules(Axis::Topic, "dinosaur", &[("恐龙", 3), ("恐龙灭绝", 1)], &[]),
            rules(Axis::Topic, "technology", &[("AI", 3), ("5G", 3), ("恐龙灯", 3)], &[]),
            rules(Axis::District, "daan", &[("大安", 4)], &["大安路", "大安全"]),
            rules(Axis::District, "yantan", &[("沿滩", 4), ("仙市", 3)], &["沿滩涂"]),
        ])
        .expect("few rules")
    }

    fn slugs(slugs: &[Slug]) -> Vec<&str> {
        slugs.iter().map(Slug::as_str).collect()
    }

    fn districts(title: &str, body: &str) -> Vec<String> {
        slugs(&classifier().classify(title, body).labels.districts).into_iter().map(str::to_owned).collect()
    }

    fn topics(title: &str, body: &str) -> Vec<String> {
        slugs(&classifier().classify(title, body).labels.topics).into_iter().map(str::to_owned).collect()
    }

    fn score(title: &str, body: &str, slug: &str) -> u32 {
        classifier().classify(title, body).scores.iter().find(|s| s.slug.as_str() == slug).map_or(0, |s| s.score)
    }

    #[test]
    fn a_term_inside_an_exclusion_is_no_evidence() {
        assert!(classifier().classify("盐城咖啡加盐", "").evidence.is_empty());
        assert!(districts("西大安路改造，重大安全工程", "").is_empty());
        assert_eq!(districts("大安路在大安", ""), ["daan"]);
        assert!(districts("沿滩涂走五公里", "").is_empty());
    }

    #[test]
    fn the_longest_of_a_feeds_terms_speaks() {
        assert_eq!(score("盐井", "", "salt"), 3 * TITLE);
        assert!(topics("恐龙灭绝之谜", "").is_empty());
        assert_eq!(topics("恐龙看恐龙灭绝", ""), ["dinosaur"]);
    }

    #[test]
    fn overlapping_terms_of_different_feeds_are_all_found() {
        assert_eq!(topics("恐龙灯亮了", ""), ["dinosaur", "technology"]);
    }

    #[test]
    fn latin_terms_match_whole_words_in_either_case_and_width() {
        for title in ["用AI画图", "ai 画图", "ＡＩ画图", "5g网络"] {
            assert_eq!(topics(title, ""), ["technology"], "{title}");
        }
        for title in ["MAIL", "AIGC", "ＭＡＩＬ", "15G流量"] {
            assert!(topics(title, "").is_empty(), "{title}");
        }
    }

    #[test]
    fn hints_in_a_title_add_up() {
        assert!(topics("天车", "").is_empty() && topics("盐", "").is_empty());
        assert_eq!(topics("天车与盐", ""), ["salt"]);
        assert!(topics("盐盐盐", "").is_empty(), "one term said thrice is one term");
    }

    #[test]
    fn a_body_places_what_it_keeps_coming_back_to_and_nothing_in_passing() {
        let filler = "今天天气很好。".repeat(50);
        assert!(topics("通知", &format!("{filler}盐井{filler}")).is_empty());
        assert!(districts("通知", &format!("{filler}大安{filler}沿滩")).is_empty());
        assert_eq!(topics("通知", "盐井、天车，盐井、天车，盐井、天车。"), ["salt"]);
        let often = format!("{filler}大安，大安，大安，大安，大安，大安。{filler}");
        assert_eq!(districts("通知", &often), ["daan"]);
    }

    #[test]
    fn repeated_mention_counts_to_a_bound_whatever_the_length() {
        assert_eq!(score("", &"恐龙".repeat(4), "dinosaur"), 3 * BODY_POINTS);
        assert_eq!(score("", &"恐龙".repeat(40), "dinosaur"), 3 * BODY_POINTS);
        assert_eq!(score("", &"恐龙".repeat(40_000), "dinosaur"), 3 * BODY_POINTS);
        assert!(score("恐龙", "", "dinosaur") > score("", "恐龙", "dinosaur"));
    }

    #[test]
    fn a_district_in_the_title_wins_over_others_in_the_body() {
        let body = "沿滩来客，沿滩来车，沿滩来信。大安大安大安大安。";
        assert_eq!(districts("大安开园", body), ["daan"]);
        assert_eq!(districts("开园", body), ["daan", "yantan"]);
        assert_eq!(districts("大安与沿滩开园", body), ["daan", "yantan"]);
        let about_both = "沿滩仙市，沿滩仙市，沿滩仙市，沿滩仙市。";
        assert_eq!(districts("大安开园", about_both), ["daan", "yantan"], "as loud as the title is no passing mention");
    }

    #[test]
    fn the_evidence_adds_up_to_the_score_and_says_what_was_missing() {
        let classifier = classifier();
        let found = classifier.classify("大安盐井", "天车，盐，天车");
        for score in &found.scores {
            let sum: u32 = found.evidence.iter().filter(|e| e.slug == score.slug).map(|e| e.score).sum();
            assert_eq!(sum, score.score);
        }
        let salt: Vec<_> = found.evidence.iter().filter(|e| e.slug.as_str() == "salt").collect();
        assert_eq!((salt[0].term, salt[0].in_title, salt[0].in_body, salt[0].score), ("盐井", 1, 0, 120));
        assert_eq!((salt[1].term, salt[1].in_title, salt[1].in_body, salt[1].score), ("天车", 0, 2, 40));
        let near = classifier.classify("天车", "");
        assert_eq!((near.scores[0].score, near.scores[0].needed, near.scores[0].caught()), (80, 120, false));
    }

    #[test]
    fn terms_that_spoke_nowhere_are_named() {
        let classifier = classifier();
        let silent = classifier.silent_terms([("大安盐井", "AI"), ("5G恐龙灯", "盐，天车，仙市")]);
        let silent: Vec<_> = silent.iter().map(|(_, _, term)| *term).collect();
        assert_eq!(silent, ["沿滩", "恐龙灭绝"]);
    }

    #[test]
    fn without_rules_nothing_is_placed() {
        assert_eq!(Classifier::default().classify("大安盐井", "盐").labels, Labels::default());
    }

    /// Labels as `fixtures/labels.tsv` writes them; one with a `?` may be given or not.
    fn judge(written: &str, given: &[Slug], tally: &mut [u32; 3]) -> bool {
        let given: BTreeSet<&str> = given.iter().map(Slug::as_str).collect();
        let due: BTreeSet<&str> = written.split_whitespace().filter(|s| !s.starts_with('?')).collect();
        let arguable: BTreeSet<&str> = written.split_whitespace().filter_map(|s| s.strip_prefix('?')).collect();
        let right = due.intersection(&given).count();
        let wrong = given.difference(&due).filter(|s| !arguable.contains(*s)).count();
        let missed = due.len() - right;
        tally.iter_mut().zip([right, wrong, missed]).for_each(|(sum, n)| *sum += n as u32);
        wrong + missed == 0
    }

    fn f1([right, wrong, missed]: [u32; 3]) -> f64 {
        2.0 * f64::from(right) / f64::from(2 * right + wrong + missed)
    }

    fn our_feeds() -> FeedSet {
        load::from_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("feeds")).expect("feeds/ is right")
    }

    #[test]
    fn our_rules_agree_with_our_editors() {
        let set = our_feeds();
        let labels = include_str!("../../fixtures/labels.tsv");
        let (mut districts, mut topics, mut astray) = ([0; 3], [0; 3], Vec::new());
        for line in labels.lines().skip(1) {
            let columns: Vec<&str> = line.split('\t').collect();
            let [headline, place, matter] = columns[..] else { panic!("three columns: {line}") };
            let given = set.classifier.classify(headline, "").labels;
            let agreed = [judge(place, &given.districts, &mut districts), judge(matter, &given.topics, &mut topics)];
            if agreed != [true; 2] {
                astray.push(format!("{line} -> {:?} {:?}", slugs(&given.districts), slugs(&given.topics)));
            }
        }
        let astray = astray.join("\n");
        assert!(f1(districts) >= 0.98, "districts: {}\n{astray}", f1(districts));
        assert!(f1(topics) >= 0.94, "topics: {}\n{astray}", f1(topics));
    }

    #[test]
    fn our_rules_know_their_traps() {
        let set = our_feeds();
        let labels = |title| set.classifier.classify(title, "").labels;
        let elsewhere = [
            "西大安路改造",
            "排查重大安全隐患",
            "扩大安置房供给",
            "沿滩涂观鸟",
            "繁荣县域经济",
            "台北市大安区",
            "神仙市集",
        ];
        for title in elsewhere {
            assert!(labels(title).districts.is_empty(), "{title}");
        }
        for (title, not) in [
            ("盐城候鸟南下", "salt"),
            ("咖啡加盐", "salt"),
            ("路口红绿灯会不会更聪明", "lantern"),
            ("驾校教练自编口诀", "education"),
            ("豆腐渣工程曝光", "food"),
            ("农民工讨薪成功", "agriculture"),
            ("优化营商环境", "environment"),
            ("红灯笼挂起来", "transport"),
            ("活化石银杏", "dinosaur"),
        ] {
            assert!(!slugs(&labels(title).topics).contains(&not), "{title}");
        }
    }
}
