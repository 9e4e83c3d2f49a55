//! A request for an archive page: it is what it was, or it is sent whole; nobody is behind on it.
//!
//! Knows nothing of how a page is made. It is not limited: whoever reads the archives asks for each page once, and then
//! with what it was given.

use http::HeaderMap;

use super::app::App;
use super::conditional::{self, Conditions, Verdict};
use super::encoding;
use super::error::WebError;
use super::respond::{self, Answer, Head};
use crate::representation::Validator;
use crate::store::{Revision, StoreError};

/// Answers if everything is at hand. Few ask for archives: kept out of the way of what answers the polls.
#[inline(never)]
pub fn at_once(app: &App, head: &Head<'_>, headers: &HeaderMap) -> Option<Answer> {
    let coding = encoding::choose(headers);
    let current = app.site.at_hand(head.resource, None, coding)?;
    let Validator::Revision(revision) = &current.validator else { return None };
    match decide(app, head, &Conditions::of(headers), *revision) {
        Verdict::NotModified(kind) => Some(respond::not_modified(head, &current.validator, kind)),
        Verdict::Send { .. } => Some(respond::full(head, &current, coding)),
        Verdict::Later { .. } => None,
    }
}

/// Answers. If the store is away, those who name a state keep what they have, and the others get the last copy (rule 8).
pub async fn answer(app: &App, head: &Head<'_>, headers: &HeaderMap) -> Result<Answer, WebError> {
    let conditions = Conditions::of(headers);
    let found = find(app, head, headers, &conditions).await;
    found.unwrap_or_else(|error| {
        tracing::error!(%error, path = head.resource.path(), "the store does not answer");
        if conditions.names_something() {
            return Ok(respond::not_modified_as_named(head, &conditions));
        }
        let last = app.site.last_good(head.resource).ok_or(WebError::Away)?;
        Ok(respond::full(head, &last, encoding::choose(headers)))
    })
}

async fn find(
    app: &App,
    head: &Head<'_>,
    headers: &HeaderMap,
    conditions: &Conditions<'_>,
) -> Result<Result<Answer, WebError>, std::sync::Arc<StoreError>> {
    let looked = || async {
        let revision = app.site.archive_revision(head.resource).await?;
        Ok::<_, StoreError>(revision.map(|revision| (revision, decide(app, head, conditions, revision))))
    };
    let mut found = looked().await?;
    if let Some((_, Verdict::Later { .. })) = found {
        app.site.refresh().await?;
        found = looked().await?;
    }
    let Some((revision, verdict)) = found else { return Ok(Err(WebError::NotFound)) };
    if let Verdict::NotModified(kind) = verdict {
        return Ok(Ok(respond::not_modified(head, &Validator::Revision(revision), kind)));
    }
    let coding = encoding::choose(headers);
    let page = app.site.representation(head.resource, coding).await?;
    Ok(page.map(|page| respond::full(head, &page, coding)).ok_or(WebError::NotFound))
}

/// By the rules of any feed; where the client stands beside the page's own revision makes no difference.
fn decide(app: &App, head: &Head<'_>, conditions: &Conditions<'_>, revision: Revision) -> Verdict {
    app.site.read(|ledger| conditional::feed(conditions, ledger, revision.number, head.now))
}
