//! From one combination of districts and topics to the next: each of them as a link that adds or drops it.
//!
//! Knows nothing of what a feed holds.

use super::voice::{Voice, Worded};
use crate::article::Slug;
use crate::feed::{Axis, FeedKey, MAX_COMBINED};

/// A district or topic that is in the feed, or could be.
pub(super) struct Choice<'a> {
    pub name: Worded<'a>,
    pub chosen: bool,
    /// The page without it, or with it; none if there are enough already.
    pub url: Option<String>,
    /// Whether that is one of the many that crawlers need not see.
    pub mixed: bool,
    /// The link's effect, in words.
    pub label: String,
}

/// The choices on one axis.
pub(super) struct Choices<'a> {
    pub title: &'static str,
    pub choices: Vec<Choice<'a>>,
}

/// The links that add a district or topic to a feed or drop it.
pub(super) fn mix<'a>(voice: Voice<'a>, key: &'a FeedKey) -> Vec<Choices<'a>> {
    let axes = [(Axis::District, voice.words.districts), (Axis::Topic, voice.words.topics)];
    let each = axes.into_iter().map(|(axis, title)| {
        let defs = voice.set.axis(axis).iter();
        Choices { title, choices: defs.map(|def| choice(voice, key, axis, &def.slug, voice.name(def))).collect() }
    });
    each.filter(|axis| !axis.choices.is_empty()).collect()
}

fn choice<'a>(voice: Voice<'a>, key: &FeedKey, axis: Axis, slug: &Slug, name: Worded<'a>) -> Choice<'a> {
    let mut slugs = [key.districts().to_vec(), key.topics().to_vec()];
    let own = &mut slugs[axis as usize];
    let chosen = own.contains(slug);
    match chosen {
        true => own.retain(|other| other != slug),
        false => own.push(slug.clone()),
    }
    let room = own.len() <= MAX_COMBINED;
    let [districts, topics] = slugs;
    let other = FeedKey::of(districts, topics).filter(|_| room);
    let mixed = other.as_ref().is_some_and(|key| !key.is_stored());
    let url = other.map(|key| voice.feed(&key));
    let label = if chosen { voice.language.drop(name.text) } else { voice.language.add(name.text) };
    Choice { name, chosen, url, mixed, label }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples::set;
    use crate::resource::Edition;

    #[test]
    fn each_choice_leads_to_the_feed_with_it_or_without_it() {
        let set = set();
        let key = FeedKey::parse("districts/daan/topics/salt").unwrap();
        let choices = mix(Voice::new(&set, Edition::English), &key);
        let of = |axis: usize, at: usize| {
            let choice = &choices[axis].choices[at];
            (choice.chosen, choice.url.clone().unwrap(), choice.label.clone())
        };
        assert_eq!(of(0, 0), (true, "/en/topics/salt".to_owned(), "Drop 大安区".to_owned()));
        assert_eq!(of(0, 1), (false, "/en/districts/daan+yantan/topics/salt".to_owned(), "Add 沿滩区".to_owned()));
        assert_eq!(of(1, 1).1, "/en/districts/daan");
    }

    #[test]
    fn what_would_be_too_much_is_no_link() {
        let mut set = set();
        set.topics = ["a", "b", "c", "d"]
            .map(|slug| crate::feed::FeedDef { slug: Slug::parse(slug).unwrap(), ..set.topics[0].clone() })
            .to_vec();
        let key = FeedKey::parse("topics/a+b+c").unwrap();
        let urls: Vec<bool> =
            mix(Voice::new(&set, Edition::Own), &key)[1].choices.iter().map(|c| c.url.is_some()).collect();
        assert_eq!(urls, [true, true, true, false]);
    }
}
