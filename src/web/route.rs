//! From a request to its answer: what is asked for, whether it is new to the client, and in which coding it goes.
//!
//! Knows nothing of connections or of how anything is rendered.

use http::header::HOST;
use http::{HeaderMap, Method, Request, Version};

use super::conditional::{self, Conditions, Verdict};
use super::encoding;
use super::error::WebError;
use super::respond::{self, Answer, Head};
use super::{MAX_HEADER_BYTES, MAX_URI};
use crate::article::Time;
use crate::representation::Validator;
use crate::resource::Resource;
use crate::site::Site;

/// What requests are answered from.
pub struct App {
    /// The site.
    pub site: Site,
    /// What time it is.
    pub clock: Box<dyn Fn() -> Time + Send + Sync>,
}

/// Answers one request. Its body, if it has one, is not read.
pub async fn answer<B>(app: &App, request: &Request<B>) -> Answer {
    let now = (app.clock)();
    let answer = try_answer(app, request, now).await.unwrap_or_else(|error| respond::error(error, now));
    tracing::debug!(method = %request.method(), path = request.uri().path(), status = answer.status().as_u16());
    answer
}

async fn try_answer<B>(app: &App, request: &Request<B>, now: Time) -> Result<Answer, WebError> {
    check(request)?;
    let path = request.uri().path();
    let (resource, guessed) = match Resource::parse(path) {
        Some(resource) => (resource, false),
        None => (Resource::guess(path).ok_or(WebError::NotFound)?, true),
    };
    if let Resource::Feed(key, _) = &resource
        && !app.site.set().defines(key)
    {
        return Err(WebError::NotFound);
    }
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return Err(WebError::Method);
    }
    let head = Head {
        resource: &resource,
        max_age: app.site.set().site.max_age,
        content_location: guessed.then(|| resource.path()),
        now,
    };
    if resource.is_feed() {
        feed(app, &head, request.headers()).await
    } else {
        hashed(app, &head, request.headers()).await
    }
}

/// What must be right whatever is asked for.
fn check<B>(request: &Request<B>) -> Result<(), WebError> {
    let uri = request.uri();
    if uri.path_and_query().map_or(0, |path| path.as_str().len()) > MAX_URI {
        return Err(WebError::UriTooLong);
    }
    // A name, a value, and the four bytes between and behind them.
    let bytes: usize = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    if bytes > MAX_HEADER_BYTES {
        return Err(WebError::HeadersTooLarge);
    }
    let hosts = request.headers().get_all(HOST).iter().count();
    let named = hosts == 1 || (hosts == 0 && uri.authority().is_some() && request.version() == Version::HTTP_2);
    if named || (hosts == 0 && request.version() < Version::HTTP_11) { Ok(()) } else { Err(WebError::Host) }
}

async fn feed(app: &App, head: &Head<'_>, headers: &HeaderMap) -> Result<Answer, WebError> {
    let Resource::Feed(key, _) = head.resource else { return Err(WebError::NotFound) };
    let conditions = Conditions::of(headers);
    // Verdict and validator are read at one moment: a 304 must never name a revision that came in between.
    let verdict = || {
        app.site.read(|ledger| {
            let current = ledger.feed(key);
            (conditional::feed(&conditions, ledger, current, head.now), ledger.revision(current))
        })
    };
    let (mut decided, mut current) = verdict();
    if decided == Verdict::Later {
        if let Err(error) = app.site.refresh().await {
            tracing::warn!(%error, "the store does not answer; a client that knows more keeps what it has");
            return Ok(respond::not_modified_as_named(head, &conditions));
        }
        // If the store does not know it either, it is not of this store.
        (decided, current) = verdict();
    }
    if decided == Verdict::NotModified {
        let validator = Validator::Revision(current.ok_or(WebError::Away)?);
        return Ok(respond::not_modified(head, &validator));
    }
    match app.site.representation(head.resource).await {
        Ok(Some(current)) => Ok(respond::full(head, &current, encoding::choose(headers))),
        Ok(None) => Err(WebError::NotFound),
        Err(error) => {
            tracing::error!(%error, feed = %key, "the store does not answer");
            if conditions.names_something() {
                return Ok(respond::not_modified_as_named(head, &conditions));
            }
            let last = app.site.last_good(head.resource).ok_or(WebError::Away)?;
            Ok(respond::full(head, &last, encoding::choose(headers)))
        }
    }
}

async fn hashed(app: &App, head: &Head<'_>, headers: &HeaderMap) -> Result<Answer, WebError> {
    let current = match app.site.representation(head.resource).await {
        Ok(current) => current.ok_or(WebError::NotFound)?,
        Err(error) => {
            tracing::error!(%error, path = head.resource.path(), "the store does not answer");
            app.site.last_good(head.resource).ok_or(WebError::Away)?
        }
    };
    if let Validator::Hash(hash) = &current.validator
        && conditional::hashed(&Conditions::of(headers), hash) == Verdict::NotModified
    {
        return Ok(respond::not_modified(head, &current.validator));
    }
    Ok(respond::full(head, &current, encoding::choose(headers)))
}
