//! Invented Chinese that compresses about as a newsroom's does: each character follows one that it follows in the demo.
//!
//! It reads like nonsense, but has the demo's characters as often and in such pairs as the demo has them; sentences put
//! together from a few ready ones, as in the corpus, compress to a fifth of what prose does. Knows nothing of stores.

use std::collections::HashMap;

use crate::chance::Chance;

/// What is learned from; everything in it that is not Chinese is passed over.
const MODEL: &str = include_str!("../../fixtures/site/articles.jsonl");
/// Characters of a paragraph, and of a headline.
const PARAGRAPH: usize = 120;
const HEADLINE: usize = 18;

/// Which characters follow each, as often as they do.
pub struct Prose(HashMap<char, Vec<char>>);

impl Prose {
    /// Learned from the demo's articles.
    pub fn learned() -> Self {
        let chinese = |c: &char| matches!(c, '\u{4e00}'..='\u{9fff}' | '，' | '。' | '、' | '：' | '；');
        let text: Vec<char> = MODEL.chars().filter(chinese).collect();
        let mut follow: HashMap<char, Vec<char>> = HashMap::new();
        for pair in text.windows(2) {
            follow.entry(pair[0]).or_default().push(pair[1]);
        }
        Self(follow)
    }

    /// Headline and body of article number `number`, with so many bytes of text or a few more.
    pub fn article(&self, number: u64, bytes: usize) -> (String, String) {
        let mut chance = Chance(number);
        let mut last = '。';
        let title = self.text(&mut chance, &mut last, HEADLINE);
        let mut html = String::with_capacity(bytes + 512);
        let mut left = bytes.div_ceil('盐'.len_utf8());
        while left > 0 {
            let length = left.min(PARAGRAPH);
            let paragraph = self.text(&mut chance, &mut last, length);
            html.push_str(&format!("<p>{paragraph}</p>\n"));
            left -= length;
        }
        (title, html)
    }

    /// So many characters behind the last one.
    fn text(&self, chance: &mut Chance, last: &mut char, length: usize) -> String {
        let mut next = || {
            *last = self.0.get(last).map_or('。', |follow| *chance.pick(follow));
            *last
        };
        (0..length).map(|_| next()).collect()
    }
}
