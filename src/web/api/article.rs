//! One article: put, patched, withdrawn, restored and read.
//!
//! Knows nothing of tokens but what they allow; what is published is `publish`'s to make, and the store's to decide.

use std::sync::Arc;

use http::StatusCode;
use http::header::{CONTENT_LOCATION, ETAG, IF_MATCH, IF_NONE_MATCH, LOCATION};
use percent_encoding::utf8_percent_encode;
use serde_json::{Map, Value};

use super::admission::{Admitted, USUAL_SOURCE};
use super::body::{Arriving, is_of};
use super::tags::{conditional, etag, named};
use super::{Answer, Asked, PATH, told};
use crate::feed::FeedSet;
use crate::ingest::refusal::{Reason, Refusals};
use crate::ingest::{MAX_INPUT, clean, json};
use crate::publish::report::{Entry, Evidence, Report};
use crate::publish::{self, Prepared, Publisher, Unfit};
use crate::render::{RESERVED, html};
use crate::store::command::{Command, Done, Operation, Outcome, Preconditions, PutMode, Rejection, Tags};
use crate::store::stored::Stored;
use crate::web::app::App;
use crate::web::error::ApiError;
use crate::web::prepared::value;

/// The article form, a merge patch of it (RFC 7396), and a note.
pub const JSON: &[&str] = &["application/json"];
pub const PATCH: &[&str] = &["application/merge-patch+json"];

/// How often a change of whatever there is is tried again because somebody else was faster.
const TRIES: u32 = 5;

/// The longest body with a note, in bytes.
const MAX_NOTE: usize = 64 << 10;

/// PUT: creates the article, or lets it say something else.
pub async fn put(asked: &Asked<'_>, admitted: &Admitted, id: &str, body: Arriving<'_>) -> Result<Answer, ApiError> {
    is_of(asked.headers(), JSON)?;
    let preconditions = conditional(admitted.publisher.preconditions(), asked.headers())?;
    let bytes = asked.whole(admitted, body, MAX_INPUT).await?;
    let own_id = Some(id.to_owned());
    let prepared = prepared(&asked.app, &admitted.publisher, bytes, own_id).await?;
    let mut prepared = prepared.map_err(|unfit| admitted.refused(unfit))?;
    prepared.on(preconditions);
    finish(asked, admitted, prepared).await
}

/// PATCH: lets an article that has been read say something else in part.
pub async fn patch(asked: &Asked<'_>, admitted: &Admitted, id: &str, body: Arriving<'_>) -> Result<Answer, ApiError> {
    is_of(asked.headers(), PATCH)?;
    // A part is changed of something that has been read: without saying of what, two such changes could undo each other.
    let read = named(asked.headers(), IF_MATCH)?.ok_or(ApiError::Unconditional)?;
    let bytes = asked.whole(admitted, body, MAX_INPUT).await?;
    let length = bytes.len();
    let patch = asked.app.cleaning.run(length, move || publish::object(&bytes)).await?;
    let patch = patch.map_err(|unfit| admitted.refused(unfit))?;
    for _ in 0..TRIES {
        let (old, _) = standing(asked, admitted, id).await?;
        if old.article.withdrawn.is_some() {
            return Err(if old.purged { ApiError::Purged } else { ApiError::Withdrawn });
        }
        let asked_for = conditional(admitted.publisher.preconditions(), asked.headers())?;
        if let Err(rejection) = asked_for.before(Some(&old)) {
            return Err(ApiError::rejected(rejection, &admitted.scope));
        }
        let preconditions = Preconditions { if_match: Some(Tags::These(vec![old.tag()])), ..asked_for };
        let prepared = remade(&asked.app, &admitted.publisher, old, patch.clone(), length).await?;
        let mut prepared = prepared.map_err(|unfit| admitted.refused(unfit))?;
        prepared.on(preconditions);
        match finish(asked, admitted, prepared).await {
            Err(ApiError::Precondition) if read == Tags::Any => {}
            finished => return finished,
        }
    }
    Err(ApiError::Precondition)
}

/// DELETE: withdraws the article, with a note for readers in the query or in the body.
pub async fn delete(asked: &Asked<'_>, admitted: &Admitted, id: &str, body: Arriving<'_>) -> Result<Answer, ApiError> {
    let preconditions = conditional(admitted.publisher.preconditions(), asked.headers())?;
    let mut note = asked.query.note.clone();
    let bytes = asked.whole(admitted, body, MAX_NOTE).await?;
    if !bytes.is_empty() {
        is_of(asked.headers(), JSON)?;
        let said = said_note(&bytes).map_err(|unfit| admitted.refused(unfit))?;
        if said.is_some() && note.is_some() {
            return Err(ApiError::Query("the note stands in the address and in the body: one is enough".to_owned()));
        }
        note = said.or(note);
    }
    let note = note.as_deref().map(clean::note).transpose().map_err(|refusal| ApiError::Refused(refusal.into()))?;
    operate(asked, admitted, id, Operation::Withdraw { note }, preconditions).await
}

/// The note in a body; it has no other field.
fn said_note(bytes: &[u8]) -> Result<Option<String>, Unfit> {
    let (mut note, mut faults) = (None, Vec::new());
    for (name, value) in publish::object(bytes)? {
        let reason = match value {
            Value::String(said) if name == "note" => {
                note = Some(said);
                continue;
            }
            value if name == "note" => json::wrong_kind("text", &value),
            _ => Reason::Unknown,
        };
        faults.push(json::at(&[name], reason));
    }
    if faults.is_empty() { Ok(note) } else { Err(Refusals(faults).into()) }
}

/// POST to /restore: publishes a withdrawn article again.
pub async fn restore(asked: &Asked<'_>, admitted: &Admitted, id: &str) -> Result<Answer, ApiError> {
    let preconditions = conditional(admitted.publisher.preconditions(), asked.headers())?;
    operate(asked, admitted, id, Operation::Restore, preconditions).await
}

/// An operation without an article's text.
async fn operate(
    asked: &Asked<'_>,
    admitted: &Admitted,
    id: &str,
    operation: Operation,
    preconditions: Preconditions,
) -> Result<Answer, ApiError> {
    let (target, actor) = (admitted.publisher.key(id), Arc::clone(&admitted.publisher.actor));
    let command = Command { target, operation, preconditions, actor };
    finish(asked, admitted, Prepared::without_text(command)).await
}

/// GET: the article as it is.
pub async fn get(asked: &Asked<'_>, admitted: &Admitted, id: &str) -> Result<Answer, ApiError> {
    let (stored, revision) = standing(asked, admitted, id).await?;
    let tag = stored.tag();
    if named(asked.headers(), IF_NONE_MATCH)?.is_some_and(|tags| tags.name(&stored)) {
        let mut answer = super::json(StatusCode::NOT_MODIFIED, bytes::Bytes::new());
        answer.headers_mut().insert(ETAG, etag(&tag));
        return Ok(answer);
    }
    let all = admitted.sees(&stored.article.labels.districts);
    let report = Report::new(asked.app.site.set(), &stored, revision, &Evidence::default(), all);
    let mut answer = told(StatusCode::OK, &report);
    answer.headers_mut().insert(ETAG, etag(&tag));
    Ok(answer)
}

/// The article of this id, if there is one that may be seen.
async fn standing(asked: &Asked<'_>, admitted: &Admitted, id: &str) -> Result<(Stored, Option<u64>), ApiError> {
    let found = super::in_time(asked.app.site.store().standing(&admitted.publisher.key(id))).await?;
    let seen = |stored: &Stored| !stored.embargoed || admitted.sees(&stored.article.labels.districts);
    found.filter(|(stored, _)| seen(stored)).ok_or(ApiError::Unknown)
}

/// Reads and cleans what is said of an article. A long text takes time that others need not wait for.
pub async fn prepared(
    app: &Arc<App>,
    publisher: &Publisher,
    bytes: Vec<u8>,
    own_id: Option<String>,
) -> Result<Result<Prepared, Unfit>, ApiError> {
    let (owned, publisher) = (Arc::clone(app), publisher.clone());
    let work = move |bytes: Vec<u8>| {
        let (set, now) = (owned.site.set(), (owned.clock)());
        publisher.put(set, &owned.door, publish::read(&bytes)?, own_id.as_deref(), now)
    };
    app.cleaning.run(bytes.len(), move || work(bytes)).await
}

/// The same of what a patch makes of an article.
async fn remade(
    app: &Arc<App>,
    publisher: &Publisher,
    old: Stored,
    patch: Map<String, Value>,
    length: usize,
) -> Result<Result<Prepared, Unfit>, ApiError> {
    let (length, owned) = (length + old.article.content.html.as_str().len(), Arc::clone(app));
    let publisher = Publisher { source: old.source.clone(), ..publisher.clone() };
    let work = move || {
        let read = publish::patched(&old, patch)?;
        publisher.put(owned.site.set(), &owned.door, read, Some(&old.own_id), (owned.clock)())
    };
    app.cleaning.run(length, work).await
}

impl Prepared {
    /// Sets preconditions. Whoever names the state that is to be replaced means it, whatever the source has said before.
    pub fn on(&mut self, preconditions: Preconditions) {
        if let Operation::Put { mode, .. } = &mut self.command.operation {
            *mode = if preconditions.if_match.is_some() { PutMode::Overwrite } else { PutMode::Publish };
        }
        self.command.preconditions = preconditions;
    }
}

impl Admitted {
    /// Why nothing can be done with what is said of an article.
    pub fn refused(&self, unfit: Unfit) -> ApiError {
        match unfit {
            Unfit::Misread(misread) => ApiError::Misread(misread),
            Unfit::Refused(refusals) => ApiError::Refused(refusals),
            Unfit::Outside(districts) => ApiError::rejected(Rejection::Outside(districts), &self.scope),
        }
    }
}

/// Executes a command on one article, and tells what became of it.
async fn finish(asked: &Asked<'_>, admitted: &Admitted, prepared: Prepared) -> Result<Answer, ApiError> {
    let Prepared { command, evidence, mut warnings, said } = prepared;
    let done = asked.execute(command).await?.map_err(|rejection| ApiError::rejected(rejection, &admitted.scope))?;
    warnings.extend(publish::of_its_time(said, &done));
    let (set, dry) = (asked.app.site.set(), asked.query.dry_run);
    let Done { outcome, stored, revision } = done;
    let mut report = Report::new(set, &stored, revision, &evidence, true);
    report.result = Some(outcome.into());
    report.warnings = Some(warnings);
    report.dry_run = dry.then_some(true);
    if dry {
        report.entry = Some(Entry::new(set, &stored));
        return Ok(told(StatusCode::OK, &report));
    }
    let created = matches!(outcome, Outcome::Created { .. });
    let mut answer = told(if created { StatusCode::CREATED } else { StatusCode::OK }, &report);
    let (headers, address) = (answer.headers_mut(), value(address(set, &stored.source, &stored.own_id)));
    headers.insert(ETAG, etag(&stored.tag()));
    if created {
        headers.insert(LOCATION, address.clone());
    }
    // What is told is the article as it is now; without this, its tag could be taken for that of what was sent
    // (RFC 9110 §9.3.4 and §8.7).
    headers.insert(CONTENT_LOCATION, address);
    Ok(answer)
}

/// Where an article is found in the API.
pub fn address(set: &FeedSet, source: &str, own_id: &str) -> String {
    let path = format!("{}{PATH}/articles/{}", html::root(set), encoded(own_id));
    if source == USUAL_SOURCE { path } else { format!("{path}?source={}", encoded(source)) }
}

/// A text as it stands in an address.
pub fn encoded(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}
