//! The write spine for whoever publishes while the server runs: what is said of one article becomes a command.
//!
//! The article goes through the same door and the same rules as one from a file. Knows nothing of requests, tokens or
//! SQL; what became of the command is told by `report`.

pub mod report;

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::article::{Draft, Key, Slug, Time};
use crate::feed::classify::{Classification, Score};
use crate::feed::{Axis, FeedDef, FeedSet};
use crate::ingest::clean::Door;
use crate::ingest::form::form;
use crate::ingest::html;
use crate::ingest::json::{self, Misread};
use crate::ingest::refusal::{Reason, Refusal, Refusals};
use crate::ingest::{self, Found};
use crate::intake;
use crate::page::MAX_FEED_HTML;
use crate::store::command::{Command, Done, Preconditions, PutMode};
use crate::store::stored::Stored;
use crate::store::submission::{Brought, Published};
use report::{Evidence, Scored, Term};

/// On whose behalf something is published.
#[derive(Clone, Debug)]
pub struct Publisher {
    /// Whose articles: part of their identity.
    pub source: String,
    /// For the history.
    pub actor: Arc<str>,
    /// The only districts in which anything may be done, if there are such bounds.
    pub within: Option<BTreeSet<Slug>>,
}

/// A command, and why the article belongs where it is to go.
#[derive(Debug)]
pub struct Prepared {
    /// To be executed.
    pub command: Command,
    /// What the rules say.
    pub evidence: Evidence,
    /// What its publisher should know.
    pub warnings: Vec<String>,
    /// When it is said to have been published, or to be.
    pub said: Option<Time>,
}

impl Prepared {
    /// A command that has no text.
    pub fn without_text(command: Command) -> Self {
        Self { command, evidence: Evidence::default(), warnings: Vec::new(), said: None }
    }
}

/// What a publisher should know of an article's time: that it has not come, or that it does not move as was said.
pub fn of_its_time(said: Option<Time>, done: &Done) -> Option<String> {
    let Stored { embargoed, article, .. } = &done.stored;
    let published = article.published;
    match said {
        _ if *embargoed => Some(format!("nobody sees it before {published}")),
        Some(said) if said != published => {
            Some(format!("published stays {published}: it has been public since, and that does not move any more"))
        }
        _ => None,
    }
}

/// Why nothing can be done with what is said of an article.
#[derive(Debug)]
pub enum Unfit {
    /// It is no JSON.
    Misread(Misread),
    /// It cannot be published as it is.
    Refused(Refusals),
    /// It names these districts, which are not all within bounds.
    Outside(Vec<Slug>),
}

impl From<Refusals> for Unfit {
    fn from(refusals: Refusals) -> Self {
        Self::Refused(refusals)
    }
}

/// What is said of an article: its form, or the form as far as it could be read and what is wrong with it.
type Read = (Draft, Vec<Refusal>);

/// Reads the article form from JSON.
pub fn read(bytes: &[u8]) -> Result<Read, Unfit> {
    repaired(json::draft(bytes))
}

/// Reads an object from JSON, whatever its fields.
pub fn object(bytes: &[u8]) -> Result<Map<String, Value>, Unfit> {
    json::object(bytes).map_err(|misread| match misread {
        Misread::Form { refusals, .. } => Unfit::Refused(refusals),
        misread => Unfit::Misread(misread),
    })
}

fn repaired(read: Result<Draft, Misread>) -> Result<Read, Unfit> {
    match read {
        Ok(draft) => Ok((draft, Vec::new())),
        Err(Misread::Form { draft: Some(draft), refusals }) => Ok((*draft, refusals.0)),
        Err(Misread::Form { draft: None, refusals }) => Err(Unfit::Refused(refusals)),
        Err(misread) => Err(Unfit::Misread(misread)),
    }
}

/// What a merge patch (RFC 7396) makes of a stored article.
///
/// A body in the patch takes the place of the one there is, whichever of the three forms it has.
pub fn patched(old: &Stored, mut patch: Map<String, Value>) -> Result<Read, Unfit> {
    let bodies = ["html", "text", "markdown"];
    let mut whole = serde_json::to_value(as_form(old)).expect("texts and numbers are always JSON");
    if bodies.iter().any(|body| patch.get(*body).is_some_and(|value| !value.is_null())) {
        for body in bodies {
            patch.entry(body).or_insert(Value::Null);
        }
    }
    json_patch::merge(&mut whole, &Value::Object(patch));
    repaired(json::draft_of(whole))
}

/// A stored article as its source could say it again.
pub fn as_form(stored: &Stored) -> Draft {
    let Brought { districts, topics } = stored.brought;
    form(&stored.article, &stored.own_id, [districts, topics], stored.said_updated)
}

impl Publisher {
    /// The article that this publisher calls so.
    pub fn key(&self, own_id: &str) -> Key {
        Key::derive(&self.source, own_id)
    }

    /// The preconditions of anything that it does.
    pub fn preconditions(&self) -> Preconditions {
        Preconditions { within: self.within.clone(), ..Preconditions::default() }
    }

    /// An article as it is to be, ready for the store, or everything that is wrong with it. If the draft has no id, it
    /// is `own_id`; and it has no other.
    pub fn put(
        &self,
        set: &FeedSet,
        door: &Door,
        (mut draft, mut refusals): Read,
        own_id: Option<&str>,
        now: Time,
    ) -> Result<Prepared, Unfit> {
        if let Some(own_id) = own_id {
            if draft.id.trim().is_empty() {
                own_id.clone_into(&mut draft.id);
            } else if draft.id.trim() != own_id.trim() {
                let reason = Reason::OtherId { said: draft.id.clone(), asked: own_id.to_owned() };
                refusals.push(Refusal::new("id", reason));
            }
        }
        let found = Found { draft, ..Found::default() };
        let cleaned = match intake::clean(set, door, &found) {
            Ok(cleaned) if refusals.is_empty() => cleaned,
            Ok(_) => return Err(Refusals(refusals).into()),
            Err(further) => return Err(Refusals(refusals).and(further).into()),
        };
        let published = cleaned.published.map_or(Published::Now(now), Published::Given);
        let updated = intake::updated(cleaned.updated, published.time(), now).map_err(Refusals::from)?;
        if let (Some(within), Some(districts)) = (&self.within, &cleaned.districts)
            && !districts.iter().all(|district| within.contains(district))
        {
            return Err(Unfit::Outside(districts.clone()));
        }
        let found_by_rules = set.classifier.classify(&cleaned.content.title, &cleaned.plain);
        let (evidence, ruled) = (Evidence::of(&found_by_rules), found_by_rules.labels);
        let key = self.key(&cleaned.own_id);
        let mut submission = intake::submission(set, &self.source, key, (published, updated), &found, cleaned, ruled);
        let mut warnings = Vec::new();
        let dropped = found.draft.html.as_deref().map(html::dropped).unwrap_or_default();
        if !dropped.is_empty() {
            warnings.push(format!(
                "feeds carry none of these, and all that is in them is taken out: {}",
                dropped.join(", ")
            ));
        }
        if let Some(mark) = found.draft.markdown.as_deref().and_then(ingest::endless_remark) {
            warnings.push(format!("a private remark ({mark}) does not end: all that follows it is left out"));
        }
        if self.within.is_some() {
            // Where articles of other districts were is not for it to say.
            submission.addresses.clear();
        }
        if submission.own.districts.is_none() {
            warnings.extend(self.bounded(&mut submission.ruled.districts));
        }
        let labels = submission.own.or(&submission.ruled);
        if labels.districts.is_empty() && labels.topics.is_empty() {
            warnings.push("no district and no topic: it stands in the feed of everything alone".to_owned());
        }
        if submission.content.html.as_str().len() > MAX_FEED_HTML {
            warnings
                .push(format!("feeds show its summary and its link, since its body has over {MAX_FEED_HTML} bytes"));
        }
        let command = Command::put(submission, PutMode::Publish, Arc::clone(&self.actor));
        let command = Command { preconditions: self.preconditions(), ..command };
        Ok(Prepared { command, evidence, warnings, said: published.given() })
    }

    /// Leaves districts outside of bounds to others, and tells of each.
    fn bounded(&self, districts: &mut Vec<Slug>) -> Vec<String> {
        let Some(within) = &self.within else { return Vec::new() };
        let (inside, outside) = std::mem::take(districts).into_iter().partition(|district| within.contains(district));
        *districts = inside;
        let told = |district: &Slug| {
            format!("the rules place it in {district}, too, which this token may not publish in: left out")
        };
        let outside: Vec<Slug> = outside;
        outside.iter().map(told).collect()
    }
}

/// All names, present and former, of these districts, since articles may be labelled by either.
pub fn all_names(set: &FeedSet, districts: &BTreeSet<Slug>) -> BTreeSet<Slug> {
    let names = |def: &FeedDef| def.formerly.iter().chain([&def.slug]).cloned().collect::<Vec<_>>();
    let retired = set.retired.iter().filter(|def| def.axis == Axis::District);
    let all = set.districts.iter().chain(retired).map(names);
    let meant = all.filter(|names| names.iter().any(|name| districts.contains(name)));
    meant.flatten().chain(districts.iter().cloned()).collect()
}

impl Evidence {
    /// What the rules say, to be kept.
    pub fn of(found: &Classification<'_>) -> Self {
        let scored = |score: &Score<'_>| Scored {
            axis: score.axis,
            slug: score.slug.clone(),
            score: score.score,
            needed: score.needed,
            terms: found.terms_of(score).map(|term| Term { term: term.term.to_owned(), score: term.score }).collect(),
        };
        Self(found.scores.iter().map(scored).collect())
    }
}
