//! The words of a page's edition for the newsroom's feeds and articles: names, addresses and dates in its language.
//!
//! Knows nothing of what any page is made of.

use std::fmt;

use askama::filters::HtmlSafe;
use chrono::{DateTime, FixedOffset};

use super::words::{Language, Words};
use crate::article::{Article, Slug, Time};
use crate::feed::{Axis, FeedDef, FeedKey, FeedSet};
use crate::ingest::text::shortened;
use crate::render::masthead::{date, description};
use crate::render::xml::escape;
use crate::render::{address, html};
use crate::resource::{Edition, Resource, Subject};

/// The widest headline that a list shows whole, in columns; an article's own page shows any.
const MAX_HEADLINE: usize = 120;

/// The same of a summary.
const MAX_SUMMARY: usize = 180;

/// A language (BCP 47), if it is not the page's; as markup, the attribute that says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lang<'a>(pub Option<&'a str>);

impl fmt::Display for Lang<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |lang| write!(f, " lang=\"{}\"", escape(lang)))
    }
}

impl HtmlSafe for Lang<'_> {}

/// A text with its language; as markup, escaped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Worded<'a> {
    pub text: &'a str,
    pub lang: Lang<'a>,
}

impl<'a> Worded<'a> {
    /// A text in the page's language.
    pub(super) fn plain(text: &'a str) -> Self {
        Self { text, lang: Lang(None) }
    }
}

impl fmt::Display for Worded<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = escape(self.text);
        if self.lang.0.is_some() { write!(f, "<span{}>{text}</span>", self.lang) } else { f.write_str(&text) }
    }
}

impl HtmlSafe for Worded<'_> {}

/// A link to a page.
pub(super) struct Link<'a> {
    pub name: Worded<'a>,
    pub url: String,
}

/// An article as lists name it.
pub(super) struct Entry<'a> {
    pub url: String,
    pub title: String,
    /// Whether a notice stands in its place.
    pub gone: bool,
    /// Whether it is read elsewhere.
    pub elsewhere: bool,
    /// Of title and summary.
    pub lang: Lang<'a>,
    pub date: String,
    pub day: String,
    /// Where lists show one.
    pub summary: Option<String>,
}

/// An edition's way to speak.
#[derive(Clone, Copy)]
pub(super) struct Voice<'a> {
    pub set: &'a FeedSet,
    pub edition: Edition,
    pub language: Language,
    pub words: &'static Words,
}

impl<'a> Voice<'a> {
    /// The voice of an edition.
    pub(super) fn new(set: &'a FeedSet, edition: Edition) -> Self {
        let language = match edition {
            Edition::Own => Language::of(&set.site),
            Edition::Chinese => Language::Chinese,
            Edition::English => Language::English,
        };
        Self { set, edition, language, words: language.words() }
    }

    /// The same site's voice in another edition.
    pub(super) fn other(&self) -> Self {
        let offered = Edition::offered(&self.set.site);
        Self::new(self.set, if self.edition == offered[0] { offered[1] } else { offered[0] })
    }

    /// The page's language (BCP 47).
    pub(super) fn lang(&self) -> &'a str {
        let own = Language::of(&self.set.site) == self.language;
        match self.language {
            Language::Chinese if own => &self.set.site.language,
            Language::English if own && self.set.site.language.starts_with("en") => &self.set.site.language,
            Language::Chinese => "zh-Hans",
            Language::English => "en",
        }
    }

    /// A language, if it is not the page's.
    pub(super) fn foreign(&self, lang: &'a str) -> Lang<'a> {
        Lang((!lang.eq_ignore_ascii_case(self.lang())).then_some(lang))
    }

    /// The newsroom's text in its own language.
    pub(super) fn own(&self, text: &'a str) -> Worded<'a> {
        Worded { text, lang: self.foreign(&self.set.site.language) }
    }

    /// The newsroom's text in English, if that is the page's language.
    fn in_english(&self, english: Option<&'a str>) -> Option<Worded<'a>> {
        english.filter(|_| self.language == Language::English).map(Worded::plain)
    }

    /// A name that may be there in English, too.
    fn named(&self, title: &'a str, english: Option<&'a str>) -> Worded<'a> {
        self.in_english(english).unwrap_or_else(|| self.own(title))
    }

    /// The site's name.
    pub(super) fn site(&self) -> Worded<'a> {
        self.named(&self.set.site.title, self.set.site.title_en.as_deref())
    }

    /// The name of a district or topic.
    pub(super) fn name(&self, def: &'a FeedDef) -> Worded<'a> {
        self.named(&def.title, def.title_en.as_deref())
    }

    /// A link to the page of a district or topic.
    pub(super) fn link(&self, def: &'a FeedDef) -> Link<'a> {
        Link { name: self.name(def), url: self.feed(&def.key()) }
    }

    /// One line on what a feed holds, if somebody wrote one.
    pub(super) fn description(&self, key: &FeedKey) -> Option<Worded<'a>> {
        let english = match key {
            FeedKey::All => &self.set.site.description_en,
            _ => &self.set.definition(key)?.description_en,
        };
        self.in_english(english.as_deref()).or_else(|| description(self.set, key).map(|own| self.own(own)))
    }

    /// The parts of a feed's name, districts first; each with what stands before it. The feed of everything has the
    /// site's.
    pub(super) fn parts(&self, key: &'a FeedKey) -> Vec<(&'static str, Worded<'a>)> {
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
            None => Worded::plain(slug.as_str()),
        }
    }

    /// A feed's name in plain text.
    pub(super) fn title(&self, key: &FeedKey) -> String {
        self.parts(key).iter().flat_map(|(before, name)| [*before, name.text]).collect()
    }

    /// The same where other feeds stand beside it: that of everything does not have the site's name there.
    pub(super) fn label(&self, key: &FeedKey) -> String {
        if *key == FeedKey::All { self.words.everything.to_owned() } else { self.title(key) }
    }

    /// A title with the site's name behind it, unless it is that.
    pub(super) fn full(&self, title: &str) -> String {
        let site = self.site().text;
        if title == site { title.to_owned() } else { format!("{title} · {site}") }
    }

    /// The path of a page in this edition, from the host's root.
    pub(super) fn page(&self, subject: Subject) -> String {
        self.local(&Resource::Page(subject, self.edition))
    }

    /// The path of a feed's page.
    pub(super) fn feed(&self, key: &FeedKey) -> String {
        self.page(Subject::Feed(key.clone()))
    }

    /// The path of anything, from the host's root.
    pub(super) fn local(&self, resource: &Resource) -> String {
        html::local(self.set, resource)
    }

    /// The public address of a page in this edition.
    pub(super) fn address(&self, subject: Subject) -> String {
        address(&self.set.site, &Resource::Page(subject, self.edition))
    }

    /// A moment in the site's time zone.
    pub(super) fn date(&self, time: Time) -> DateTime<FixedOffset> {
        date(&self.set.site, time)
    }

    /// A moment's day for people.
    pub(super) fn day(&self, time: Time) -> String {
        self.language.day(&self.date(time))
    }

    /// A day, counted from 1970, for people.
    pub(super) fn calendar_day(&self, day: i64) -> String {
        self.language.day(&Time(day.saturating_mul(86_400)).utc().fixed_offset())
    }

    /// An article as lists name it that show what it is about.
    pub(super) fn entry_with_summary(&self, article: &'a Article) -> Entry<'a> {
        let content = &article.content;
        let told = article.withdrawn.is_none() && content.summary != content.title;
        Entry { summary: told.then(|| shortened(&content.summary, MAX_SUMMARY)), ..self.entry(article) }
    }

    /// An article as lists name it.
    pub(super) fn entry(&self, article: &'a Article) -> Entry<'a> {
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
        let published = self.date(article.published);
        Entry {
            url: elsewhere.cloned().unwrap_or_else(own),
            title,
            gone: withdrawn,
            elsewhere: elsewhere.is_some(),
            lang: if withdrawn { Lang(None) } else { self.lang_of(article) },
            date: published.to_rfc3339(),
            day: self.language.day(&published),
            summary: None,
        }
    }

    /// The language of an article, if it is not the page's.
    fn lang_of(&self, article: &'a Article) -> Lang<'a> {
        self.foreign(article.content.language.as_deref().unwrap_or(&self.set.site.language))
    }
}
