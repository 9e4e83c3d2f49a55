//! What publishers are told of an article: what it is, where it stands, and what became of it.
//!
//! Wire types, from which the API's description is made, too. Knows nothing of requests or of how articles are stored.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::as_form;
use crate::article::{Draft, Slug};
use crate::feed::{Axis, FeedKey, FeedSet};
use crate::render;
use crate::resource::{Format, Resource};
use crate::store::Listed;
use crate::store::command::Outcome;
use crate::store::stored::{Stored, feeds_of};

/// An article, as its newsroom sees it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Report {
    /// The last part of its page's address.
    pub key: String,
    /// Its permanent id, the same in every feed.
    pub id: String,
    /// Whose article it is.
    pub source: String,
    /// Where it stands in its life.
    pub state: State,
    /// Grows with every change.
    pub version: u64,
    /// When it was first public, or will be (RFC 3339).
    pub published: String,
    /// When it last changed in a way that readers are told of (RFC 3339).
    pub updated: String,
    /// Its page.
    pub page: String,
    /// Where it belongs.
    pub labels: Labels,
    /// The feeds that show it; under embargo none do.
    pub feeds: Vec<Feed>,
    /// The last revision in which readers saw anything of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<u64>,
    /// Why it was withdrawn, if it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notice: Option<String>,
    /// What it says, as it could be put again; what is not public is shown only to those who may publish.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub article: Option<Draft>,
    /// What became of a request to change it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<OutcomeName>,
    /// What its publisher should know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warnings: Option<Vec<String>>,
    /// Whether this only tells what would happen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dry_run: Option<bool>,
    /// Of a dry run: its entry in each format.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry: Option<Entry>,
}

/// Where an article stands in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Everybody sees it.
    Published,
    /// Nobody sees it before its time.
    Embargoed,
    /// A notice stands in its place.
    Withdrawn,
    /// Its text has been erased.
    Purged,
}

/// What became of a request to change an article.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = Outcome)]
pub enum OutcomeName {
    /// It is new.
    Created,
    /// It says something else.
    Replaced,
    /// It says something else, and readers are told.
    Corrected,
    /// Nothing is otherwise.
    Unchanged,
    /// It is taken back.
    Withdrawn,
    /// It is public again.
    Restored,
}

/// The districts and topics of an article.
#[derive(Debug, Serialize, ToSchema)]
pub struct Labels {
    /// Districts, by slug.
    pub districts: Vec<Label>,
    /// Topics, by slug.
    pub topics: Vec<Label>,
}

/// A district or topic of an article, and why it is one.
#[derive(Debug, Serialize, ToSchema)]
pub struct Label {
    /// Its name in addresses.
    #[schema(value_type = String)]
    pub slug: Slug,
    /// Who says so.
    pub by: By,
    /// What the terms found come to; told when an article is changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<u32>,
    /// What they have to come to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub needed: Option<u32>,
    /// The terms found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Vec<Term>>,
}

/// Who says that an article belongs somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum By {
    /// The article itself.
    Article,
    /// The rules.
    Rules,
}

/// A term that speaks for a district or topic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Term {
    /// As it stands in the definition.
    pub term: String,
    /// What it adds.
    pub score: u32,
}

/// A feed, by its addresses.
#[derive(Debug, Serialize, ToSchema)]
pub struct Feed {
    /// Its name, such as `districts/daan`.
    pub feed: String,
    /// Its Atom document.
    pub atom: String,
    /// Its RSS document.
    pub rss: String,
    /// Its JSON Feed document.
    pub json: String,
}

/// An article's entry in each format.
#[derive(Debug, Serialize, ToSchema)]
pub struct Entry {
    /// An `entry` of Atom.
    pub atom: String,
    /// An `item` of RSS.
    pub rss: String,
    /// An item of JSON Feed, as text.
    pub json: String,
}

/// A page of the list of all articles.
#[derive(Debug, Serialize, ToSchema)]
pub struct Listing {
    /// In the order in which they came.
    pub articles: Vec<Item>,
    /// Where the list goes on, if it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// An article in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Item {
    /// The last part of its page's address.
    pub key: String,
    /// Its permanent id.
    pub id: String,
    /// Whose article it is.
    pub source: String,
    /// Where it stands in its life.
    pub state: State,
    /// Its headline; empty once it has been erased, or withdrawn for those who may only read.
    pub title: String,
    /// When it was first public, or will be (RFC 3339).
    pub published: String,
    /// When it last changed in a way that readers are told of (RFC 3339).
    pub updated: String,
    /// Slugs of its districts.
    #[schema(value_type = Vec<String>)]
    pub districts: Vec<Slug>,
    /// Slugs of its topics.
    #[schema(value_type = Vec<String>)]
    pub topics: Vec<Slug>,
    /// Where it is found in this API, unless it has been erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub href: Option<String>,
}

/// A note for readers, when an article is withdrawn.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Note {
    /// What the notice says beside that the article has been withdrawn.
    #[serde(default)]
    pub note: String,
}

/// All that the rules found in an article.
#[derive(Clone, Debug, Default)]
pub struct Evidence(pub Vec<Scored>);

/// What the rules found for one district or topic.
#[derive(Clone, Debug)]
pub struct Scored {
    /// Which of the two it is.
    pub axis: Axis,
    /// Its slug.
    pub slug: Slug,
    /// What the terms come to.
    pub score: u32,
    /// What they have to come to.
    pub needed: u32,
    /// The terms.
    pub terms: Vec<Term>,
}

impl From<Outcome> for OutcomeName {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Created { .. } => Self::Created,
            Outcome::Replaced { significant: true } => Self::Corrected,
            Outcome::Replaced { .. } | Outcome::Relabelled | Outcome::Released => Self::Replaced,
            Outcome::Unchanged => Self::Unchanged,
            Outcome::Withdrawn | Outcome::Purged => Self::Withdrawn,
            Outcome::Restored => Self::Restored,
        }
    }
}

impl State {
    fn of(embargoed: bool, withdrawn: bool, purged: bool) -> Self {
        match (purged, withdrawn, embargoed) {
            (true, ..) => Self::Purged,
            (_, true, _) => Self::Withdrawn,
            (.., true) => Self::Embargoed,
            _ => Self::Published,
        }
    }
}

impl Report {
    /// Of an article as it is stored; `all` that its newsroom knows, or only what everybody may.
    pub fn new(set: &FeedSet, stored: &Stored, revision: Option<u64>, evidence: &Evidence, all: bool) -> Self {
        let article = &stored.article;
        let state = State::of(stored.embargoed, article.withdrawn.is_some(), stored.purged);
        let label = |axis, slugs: &[Slug], brought| {
            let label = |slug: &Slug| Label::new(axis, slug, brought, evidence);
            slugs.iter().map(label).collect()
        };
        let shown = if stored.embargoed { Vec::new() } else { feeds_of(&article.labels) };
        Self {
            key: article.key.to_string(),
            id: article.id.clone(),
            source: stored.source.clone(),
            state,
            version: stored.version,
            published: article.published.to_string(),
            updated: article.updated.to_string(),
            page: render::address(&set.site, &Resource::article(article.key.clone())),
            labels: Labels {
                districts: label(Axis::District, &article.labels.districts, stored.brought.districts),
                topics: label(Axis::Topic, &article.labels.topics, stored.brought.topics),
            },
            feeds: shown.iter().filter(|key| set.defines(key)).map(|key| Feed::new(set, key)).collect(),
            revision,
            notice: article.withdrawn.clone(),
            article: (state == State::Published || (all && !stored.purged)).then(|| as_form(stored)),
            result: None,
            warnings: None,
            dry_run: None,
            entry: None,
        }
    }
}

impl Label {
    fn new(axis: Axis, slug: &Slug, brought: bool, evidence: &Evidence) -> Self {
        let found = evidence.0.iter().find(|scored| scored.axis == axis && scored.slug == *slug);
        Self {
            slug: slug.clone(),
            by: if brought { By::Article } else { By::Rules },
            score: found.map(|found| found.score),
            needed: found.map(|found| found.needed),
            evidence: found.map(|found| found.terms.clone()),
        }
    }
}

impl Feed {
    fn new(set: &FeedSet, key: &FeedKey) -> Self {
        let address = |format| render::address(&set.site, &Resource::Feed(key.clone(), format));
        let [atom, rss, json] = [Format::Atom, Format::Rss, Format::Json].map(address);
        Self { feed: key.to_string(), atom, rss, json }
    }
}

impl Entry {
    /// As feeds show it.
    pub fn new(set: &FeedSet, stored: &Stored) -> Self {
        let entry = |format| render::entry(set, &stored.article, format);
        Self { atom: entry(Format::Atom), rss: entry(Format::Rss), json: entry(Format::Json) }
    }
}

impl Item {
    /// Of an article in a list; `href` is where it is found. Without leave to see `all`, what was withdrawn is not told.
    pub fn new(listed: Listed, href: Option<String>, all: bool) -> Self {
        let state = State::of(listed.embargoed, listed.withdrawn, listed.purged);
        Self {
            key: listed.key.to_string(),
            id: listed.id,
            source: listed.source,
            state,
            title: if all || !listed.withdrawn { listed.title } else { String::new() },
            published: listed.published.to_string(),
            updated: listed.updated.to_string(),
            districts: listed.labels.districts,
            topics: listed.labels.topics,
            href,
        }
    }
}
