//! What operators see, on a listener of its own: `/metrics`, `/healthz` and `/readyz`. The API answers there, too.
//!
//! Knows nothing of readers' requests but what the meters counted; it is never reachable where feeds are.

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Response, StatusCode};
use http_body_util::Full;

use super::app::App;
use super::respond::Answer;
use crate::feed::FeedKey;
use crate::ledger::Ledger;

/// Prometheus' text format.
const METRICS: HeaderValue = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

/// Answers one request for anything but the API.
pub async fn answer(app: &App, path: &str) -> Answer {
    match path {
        "/metrics" => text(StatusCode::OK, METRICS, metrics(app)),
        "/healthz" => text(StatusCode::OK, TEXT, "ok\n".to_owned()),
        "/readyz" => match app.site.refresh().await {
            Ok(()) => text(StatusCode::OK, TEXT, "ready\n".to_owned()),
            Err(error) => text(StatusCode::SERVICE_UNAVAILABLE, TEXT, format!("{error}\n")),
        },
        _ => text(StatusCode::NOT_FOUND, TEXT, "here are /metrics, /healthz, /readyz and /api/v1\n".to_owned()),
    }
}

/// Everything that was counted, and what is true at this moment.
fn metrics(app: &App) -> String {
    let meters = app.site.meters();
    meters.connections.set(number(app.connections.open()));
    meters.cache_bytes.set(number(app.site.cache_bytes()));
    let now = (app.clock)();
    app.site.read(|ledger| {
        // Pairs are left out: labels stay as few as districts and topics.
        for key in app.site.set().keys().iter().filter(|key| !matches!(key, FeedKey::Pair(..))) {
            state(app, ledger, key, now.0);
        }
    });
    meters.text()
}

fn state(app: &App, ledger: &Ledger, key: &FeedKey, now: i64) {
    let (meters, name) = (app.site.meters(), key.to_string());
    if let Some(revision) = ledger.revision(ledger.feed(key)) {
        meters.revision.with_label_values(&[&name]).set(number(revision.number));
        meters.age.with_label_values(&[&name]).set(now - revision.time.0);
    }
}

fn number(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn text(status: StatusCode, content_type: HeaderValue, body: String) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::from(body)));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, content_type);
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}
