//! Publishing over HTTP: a request with a token becomes a command, and what became of it an answer.
//!
//! Knows nothing of connections, of how articles are cleaned, or of SQL. Everything is answered in JSON, and kept by
//! nobody.

mod admission;
mod article;
mod batch;
mod body;
mod call;
pub mod cleaning;
mod lines;
mod listing;
pub mod openapi;
mod problem;
mod tags;

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, DATE, X_CONTENT_TYPE_OPTIONS};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{Either, Full};
use hyper::body::Incoming;
use serde::Serialize;

use super::app::App;
use super::current::Current;
use super::error::ApiError;
use super::prepared::{self, date};
use super::route;
use crate::article::Time;
use crate::net::InFlight;
use crate::store::StoreError;
use crate::store::command::{Command, Done, Rejection};
use admission::Admitted;
pub use admission::Asker;
pub use batch::Answers;
use body::Arriving;
use call::{Call, Query};

/// Where everything of this lies.
pub const PATH: &str = "/api/v1";

/// How long the writer may take; it may be busy with an import, or writing its file anew.
const PATIENCE: Duration = Duration::from_secs(30);

/// Nobody keeps what is meant for one publisher, and no proxy changes it: its tag is a strong one.
const POLICY: HeaderValue = HeaderValue::from_static("private, no-store, no-transform");

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// An answer: most in one piece, those to batches as they have been kept.
pub type Answer = Response<Either<Full<Bytes>, Answers>>;

/// Whether a path is one of these, whatever there is at it.
pub fn is_at(path: &str) -> bool {
    path.strip_prefix(PATH).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether a path is kept for these and their later versions: no page of another site is let in there.
pub fn is_below_root(path: &str) -> bool {
    path.strip_prefix("/api").is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A request that is being answered.
struct Asked<'a> {
    current: &'a Current,
    /// The application when it came. Definitions may be replaced meanwhile; the store stays.
    app: Arc<App>,
    parts: &'a Parts,
    query: Query,
    in_flight: &'a InFlight,
}

/// Answers a request.
pub async fn answer(current: &Current, request: Request<Incoming>, asker: Asker, in_flight: &InFlight) -> Answer {
    let (app, begun) = (current.app(), Instant::now());
    let checked = route::check(&request, &app.limits).map_err(ApiError::Web);
    let (parts, body) = request.into_parts();
    let answered = match checked {
        Ok(()) => respond(current, Arc::clone(&app), &parts, body, asker, in_flight).await,
        Err(error) => Err(error),
    };
    let now = (app.clock)();
    let mut answer = answered.unwrap_or_else(|error| problem::answer(&error).map(Either::Left));
    let headers = answer.headers_mut();
    headers.insert(DATE, date(now));
    headers.insert(CACHE_CONTROL, POLICY);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let (meters, status) = (app.site.meters(), answer.status());
    prepared::api_counter(meters, status).inc();
    if parts.method != Method::GET && parts.method != Method::HEAD {
        meters.publishes.observe(begun.elapsed().as_secs_f64());
    }
    // Without its path: that may say what is under embargo.
    tracing::debug!(method = %parts.method, status = status.as_u16(), "publishing");
    answer
}

async fn respond(
    current: &Current,
    app: Arc<App>,
    parts: &Parts,
    body: Incoming,
    asker: Asker,
    in_flight: &InFlight,
) -> Result<Answer, ApiError> {
    admission::safely(asker, &parts.headers, &app.limits)?;
    let call = Call::of(parts.uri.path())?;
    if !call.takes(&parts.method) {
        return Err(ApiError::Method(call.methods()));
    }
    let query = call.query(&parts.method, parts.uri.query())?;
    if call == Call::OpenApi {
        return Ok(json(StatusCode::OK, Bytes::from_static(openapi::text().as_bytes())));
    }
    let admitted = admission::admit(&app, &parts.headers, asker.peer, &query).await?;
    let reads = parts.method == Method::GET || parts.method == Method::HEAD;
    if !reads && !admitted.publishes {
        return Err(ApiError::ReadOnly);
    }
    let arriving = Arriving::new(body, &app.limits, in_flight);
    let asked = Asked { current, app, parts, query, in_flight };
    match (call, &parts.method) {
        (Call::Articles, _) => listing::get(&asked, &admitted).await,
        (Call::Batch, _) => batch::post(&asked, admitted, arriving).await,
        (Call::Article(id), method) if *method == Method::PUT => article::put(&asked, &admitted, &id, arriving).await,
        (Call::Article(id), method) if *method == Method::PATCH => {
            article::patch(&asked, &admitted, &id, arriving).await
        }
        (Call::Article(id), method) if *method == Method::DELETE => {
            article::delete(&asked, &admitted, &id, arriving).await
        }
        (Call::Article(id), _) => article::get(&asked, &admitted, &id).await,
        (Call::Restore(id), _) => article::restore(&asked, &admitted, &id).await,
        (Call::OpenApi, _) => Err(ApiError::Nowhere),
    }
}

impl Asked<'_> {
    fn headers(&self) -> &HeaderMap {
        &self.parts.headers
    }

    /// Executes a command and lets the very next poll show it (rule 7); or only tells what would become of it.
    async fn execute(&self, command: Command) -> Result<Result<Done, Rejection>, ApiError> {
        let (store, now) = (self.app.site.store(), (self.app.clock)());
        if self.query.dry_run {
            return in_time(store.rehearse(command, now)).await;
        }
        let mut answer = in_time(store.execute_grouped(command, now)).await?;
        if let Ok(done) = &mut answer {
            self.release(done, now).await?;
            self.show(done.revision).await;
        }
        Ok(answer)
    }

    /// Makes an article public whose time has been moved to one that has come, at once rather than by the clock.
    async fn release(&self, done: &mut Done, now: Time) -> Result<(), ApiError> {
        let due = done.stored.embargoed && done.stored.article.withdrawn.is_none();
        if !due || done.stored.article.published > now {
            return Ok(());
        }
        in_time(self.current.app().site.release(now)).await?;
        let standing = in_time(self.app.site.store().standing(&done.stored.article.key)).await?;
        if let Some((stored, revision)) = standing {
            (done.stored, done.revision) = (stored, revision);
        }
        Ok(())
    }

    /// All of a body of at most so many bytes. If it kept us waiting, its token is looked at once more.
    async fn whole(&self, admitted: &Admitted, mut body: Arriving<'_>, limit: usize) -> Result<Vec<u8>, ApiError> {
        let bytes = body.whole(limit).await?;
        if body.has_waited() {
            admitted.recheck(&self.app).await?;
        }
        Ok(bytes)
    }

    /// Lets every poll from now on see a revision. What is on disk is so even if it cannot be shown at this moment.
    async fn show(&self, revision: Option<u64>) {
        let Some(revision) = revision else { return };
        let learnt = tokio::time::timeout(PATIENCE, self.current.learn(revision)).await;
        if let Err(error) = learnt.unwrap_or(Err(StoreError::Slow)) {
            tracing::warn!(%error, "what has been published is shown when the store answers again");
        }
    }
}

/// The store's answer, if it comes in time.
async fn in_time<T>(answer: impl Future<Output = Result<T, StoreError>>) -> Result<T, ApiError> {
    Ok(tokio::time::timeout(PATIENCE, answer).await.unwrap_or(Err(StoreError::Slow))?)
}

/// An answer in JSON.
fn json(status: StatusCode, body: Bytes) -> Answer {
    let mut answer = Response::new(Either::Left(Full::new(body)));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, JSON);
    answer
}

/// The same of a value.
fn told(status: StatusCode, value: &impl Serialize) -> Answer {
    json(status, serde_json::to_vec(value).expect("texts and numbers are always JSON").into())
}
