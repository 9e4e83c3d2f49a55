//! How a page of one edition speaks of what the newsroom has: names, addresses and dates in its language.
//!
//! Knows nothing of what any page is made of.

use std::fmt;

use askama::filters::HtmlSafe;
use chrono::{DateTime, FixedOffset};

use super::words::{Language, Words};
use crate::article::{Article, Slug, Time};
use crate::feed::{Axis, FeedDef, FeedKey, FeedSet};
use crate::ingest::text::shortened;
use crate::render::masthead::{Masthead, description, name};
use crate::render::xml::escape;
use crate::render::{address, html};
use crate::resource::{Edition, Resource, Subject};

/// The widest headline that a list shows whole, in columns; an article's own page shows any.
const MAX_HEADLINE: usize = 120;

/// The same of a summary.
const MAX_SUMMARY: usize = 180;

/// A text, with its language if that is not the page's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worded<'a> {
    pub text: &'a str,
    pub lang: Option<&'a str>,
}

/// As markup.
impl fmt::Display for Worded<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.lang {
            Some(lang) => write!(f, "<span lang=\"{}\">{}</span>", escape(lang), escape(self.text)),
            None => f.write_str(&escape(self.text)),
        }
    }
}

/// It escapes what is not markup.
impl HtmlSafe for Worded<'_> {}

/// An article as lists name it.
pub struct Entry<'a> {
    pub url: String,
    pub title: String,
    /// Whether a notice stands in its place.
    pub gone: bool,
    /// Whether it is read elsewhere.
    pub elsewhere: bool,
    /// Of title and summary.
    pub lang: Option<&'a str>,
    pub date: String,
    pub day: String,
    pub summary: Option<String>,
}

/// An edition's way to speak.
#[derive(Clone, Copy)]
pub struct Voice<'a> {
    pub set: &'a FeedSet,
    pub edition: Edition,
    pub language: Language,
    pub words: &'static Words,
}

impl<'a> Voice<'a> {
    /// The voice of an edition.
    pub fn new(set: &'a FeedSet, edition: Edition) -> Self {
        let language = match edition {
            Edition::Own => Language::of(&set.site),
            Edition::Chinese => Language::Chinese,
            Edition::English => Language::English,
        };
        Self { set, edition, language, words: language.words() }
    }

    /// The same site's voice in another edition.
    pub fn other(&self) -> Self {
        let offered = Edition::offered(&self.set.site);
        Self::new(self.set, if self.edition == offered[0] { offered[1] } else { offered[0] })
    }

    /// The page's language (BCP 47).
    pub fn lang(&self) -> &'a str {
        let own = Language::of(&self.set.site) == self.language;
        match self.language {
            Language::Chinese if own => &self.set.site.language,
            Language::English if own && self.set.site.language.starts_with("en") => &self.set.site.language,
            Language::Chinese => "zh-Hans",
            Language::English => "en",
        }
    }

    /// A language, if it is not the page's.
    pub fn foreign(&self, lang: &'a str) -> Option<&'a str> {
        (!lang.eq_ignore_ascii_case(self.lang())).then_some(lang)
    }

    /// What the newsroom wrote in its own language.
    pub fn own(&self, text: &'a str) -> Worded<'a> {
        Worded { text, lang: self.foreign(&self.set.site.language) }
    }

    /// A name that may be there in English, too.
    fn named(&self, title: &'a str, english: Option<&'a str>) -> Worded<'a> {
        match english {
            Some(english) if self.language == Language::English => Worded { text: english, lang: None },
            _ => self.own(title),
        }
    }

    /// The site's name.
    pub fn site(&self) -> Worded<'a> {
        self.named(&self.set.site.title, self.set.site.title_en.as_deref())
    }

    /// The name of a district or topic.
    pub fn name(&self, def: &'a FeedDef) -> Worded<'a> {
        self.named(&def.title, def.title_en.as_deref())
    }

    /// One line on what a feed holds, if somebody wrote one.
    pub fn description(&self, key: &FeedKey) -> Option<Worded<'a>> {
        let def = match key {
            FeedKey::District(slug) => self.set.get(Axis::District, slug),
            FeedKey::Topic(slug) => self.set.get(Axis::Topic, slug),
            FeedKey::All | FeedKey::Pair(..) | FeedKey::Combination(_) => None,
        };
        let english = match key {
            FeedKey::All => &self.set.site.description_en,
            _ => &def?.description_en,
        };
        let english = english.as_deref().filter(|_| self.language == Language::English);
        let own = || description(self.set, key).map(|own| self.own(own));
        english.map(|text| Worded { text, lang: None }).or_else(own)
    }

    /// The parts of a feed's name, districts first; each with what stands before it. The feed of everything has the
    /// site's.
    pub fn parts(&self, key: &'a FeedKey) -> Vec<(&'static str, Worded<'a>)> {
        let mut parts = Vec::new();
        for (axis, slugs) in [(Axis::District, key.districts()), (Axis::Topic, key.topics())] {
            for (nth, slug) in slugs.iter().enumerate() {
                let before = match nth {
                    _ if parts.is_empty() => "",
                    0 => " · ",
                    _ => self.language.comma(),
                };
                parts.push((before, self.called(axis, slug)));
            }
        }
        if parts.is_empty() { vec![("", self.site())] } else { parts }
    }

    /// The name behind a slug. One whose definition is gone speaks for itself.
    fn called(&self, axis: Axis, slug: &'a Slug) -> Worded<'a> {
        match self.set.get(axis, slug) {
            Some(def) => self.name(def),
            None => Worded { text: name(self.set, axis, slug), lang: None },
        }
    }

    /// A feed's name in plain text.
    pub fn title(&self, key: &FeedKey) -> String {
        self.parts(key).iter().flat_map(|(before, name)| [*before, name.text]).collect()
    }

    /// The same with the site's name behind it.
    pub fn full_title(&self, key: &FeedKey) -> String {
        let (title, site) = (self.title(key), self.site().text);
        if *key == FeedKey::All { title } else { format!("{title} · {site}") }
    }

    /// The path of a page in this edition, from the host's root.
    pub fn page(&self, subject: Subject) -> String {
        self.local(&Resource::Page(subject, self.edition))
    }

    /// The path of a feed's page.
    pub fn feed(&self, key: &FeedKey) -> String {
        self.page(Subject::Feed(key.clone()))
    }

    /// The path of anything, from the host's root.
    pub fn local(&self, resource: &Resource) -> String {
        html::local(self.set, resource)
    }

    /// The public address of a page in this edition.
    pub fn address(&self, subject: Subject) -> String {
        address(&self.set.site, &Resource::Page(subject, self.edition))
    }

    /// A moment in the site's time zone.
    pub fn date(&self, time: Time) -> DateTime<FixedOffset> {
        Masthead::new(self.set, &FeedKey::All).date(time)
    }

    /// A moment for machines.
    pub fn rfc3339(&self, time: Time) -> String {
        self.date(time).to_rfc3339()
    }

    /// A moment's day for people.
    pub fn day(&self, time: Time) -> String {
        self.language.day(&self.date(time))
    }

    /// A day, counted from 1970, for people.
    pub fn calendar_day(&self, day: i64) -> String {
        self.language.day(&Time(day.saturating_mul(86_400)).utc().fixed_offset())
    }

    /// An article as lists name it.
    pub fn entry(&self, article: &'a Article) -> Entry<'a> {
        let content = &article.content;
        let withdrawn = article.withdrawn.is_some();
        let title = match content.title.as_str() {
            _ if withdrawn => self.words.withdrawn.to_owned(),
            "" => self.words.untitled.to_owned(),
            title => shortened(title, MAX_HEADLINE),
        };
        let own = || self.page(Subject::Article(article.key.clone()));
        // What we have the text of is read here.
        let elsewhere = content.url.as_ref().filter(|_| !withdrawn && content.html.is_empty());
        let summary = Some(&content.summary).filter(|summary| !withdrawn && **summary != content.title);
        Entry {
            url: elsewhere.cloned().unwrap_or_else(own),
            title,
            gone: withdrawn,
            elsewhere: elsewhere.is_some(),
            lang: self.lang_of(article).filter(|_| !withdrawn),
            date: self.rfc3339(article.published),
            day: self.day(article.published),
            summary: summary.map(|summary| shortened(summary, MAX_SUMMARY)),
        }
    }

    /// The language of an article, if it is not the page's.
    pub fn lang_of(&self, article: &'a Article) -> Option<&'a str> {
        self.foreign(article.content.language.as_deref().unwrap_or(&self.set.site.language))
    }
}
