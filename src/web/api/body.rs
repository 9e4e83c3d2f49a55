//! A request's body as it arrives: its type, its limits, and how long it may keep us waiting.
//!
//! Knows nothing of what is in it.

use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::FutureExt;
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};

use crate::net::InFlight;
use crate::net::Limits;
use crate::web::error::{ApiError, WebError};

/// How fast a body comes while it is waited for.
struct Pace {
    /// How long is waited before the rate is looked at.
    window: Duration,
    /// The bytes that must come in that time.
    least: u64,
    waited: Duration,
    bytes: u64,
}

impl Pace {
    fn of(limits: &Limits) -> Self {
        let (window, least) = limits.measure(limits.body_read_timeout);
        Self { window, least, waited: Duration::ZERO, bytes: 0 }
    }

    /// Notes that these bytes have been waited for; says whether too few have come. What the server does with bytes takes
    /// none of the client's time.
    fn is_too_slow(&mut self, waited: Duration, bytes: usize) -> bool {
        self.waited += waited;
        self.bytes += bytes as u64;
        if self.waited < self.window {
            return false;
        }
        let slow = self.bytes < self.least;
        (self.waited, self.bytes) = (Duration::ZERO, 0);
        slow
    }
}

/// A body that is read as it comes.
pub struct Arriving<'a> {
    body: Incoming,
    patience: Duration,
    pace: Pace,
    in_flight: &'a InFlight,
    /// Whether anything of it had to be waited for since that was last asked.
    waited: bool,
}

impl<'a> Arriving<'a> {
    /// It may keep us waiting no longer, and come no slower, than these limits allow.
    pub fn new(body: Incoming, limits: &Limits, in_flight: &'a InFlight) -> Self {
        Self { body, patience: limits.body_read_timeout, pace: Pace::of(limits), in_flight, waited: false }
    }

    /// The next bytes; `None` at the end.
    pub async fn next(&mut self) -> Result<Option<Bytes>, ApiError> {
        loop {
            let mut frame = self.body.frame();
            let begun = Instant::now();
            let frame = match (&mut frame).now_or_never() {
                Some(frame) => frame,
                None => {
                    self.waited = true;
                    let frame = tokio::time::timeout(self.patience, frame).await;
                    frame.map_err(|_| ApiError::Web(WebError::Timeout))?
                }
            };
            let Some(frame) = frame else {
                self.in_flight.has_read();
                return Ok(None);
            };
            self.in_flight.goes_on();
            let data = frame.map_err(|error| ApiError::Broken(error.to_string()))?.into_data();
            if self.pace.is_too_slow(begun.elapsed(), data.as_ref().map_or(0, Bytes::len)) {
                return Err(ApiError::Web(WebError::Timeout));
            }
            // Trailers say nothing here.
            if let Ok(bytes) = data {
                return Ok(Some(bytes));
            }
        }
    }

    /// Whether anything had to be waited for since this was last asked: meanwhile a token may have been revoked.
    pub fn has_waited(&mut self) -> bool {
        std::mem::take(&mut self.waited)
    }

    /// All of it, if it has no more bytes than this.
    pub async fn whole(&mut self, limit: usize) -> Result<Vec<u8>, ApiError> {
        if self.body.size_hint().lower() > limit as u64 {
            return Err(ApiError::TooLarge(limit));
        }
        let mut whole = Vec::new();
        while let Some(bytes) = self.next().await? {
            if whole.len() + bytes.len() > limit {
                return Err(ApiError::TooLarge(limit));
            }
            whole.extend_from_slice(&bytes);
        }
        Ok(whole)
    }
}

/// Whether a body is of one of these types, in UTF-8 and as it is: compressed it could be of any size.
pub fn is_of(headers: &HeaderMap, types: &'static [&'static str]) -> Result<(), ApiError> {
    if headers.get_all(CONTENT_ENCODING).iter().any(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Err(ApiError::Coding);
    }
    let mut values = headers.get_all(CONTENT_TYPE).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return Err(ApiError::MediaType(types)) };
    let mut parts = value.to_str().unwrap_or_default().split(';').map(str::trim);
    let named = parts.next().is_some_and(|named| types.iter().any(|known| known.eq_ignore_ascii_case(named)));
    let is_utf_8 = |parameter: &str| match parameter.split_once('=') {
        Some((name, value)) if name.trim().eq_ignore_ascii_case("charset") => {
            value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
        }
        _ => true,
    };
    if named && parts.all(is_utf_8) { Ok(()) } else { Err(ApiError::MediaType(types)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn a_body_may_come_in_pieces_but_not_slower_than_the_lowest_rate() {
        let limits = Limits { lowest_rate: 100, ..Limits::DEFAULT };
        let mut pace = Pace::of(&limits);
        assert!(!pace.is_too_slow(Duration::from_secs(59), 1), "a minute is not over");
        assert!(pace.is_too_slow(Duration::from_secs(1), 1));
        let mut pace = Pace::of(&limits);
        assert!((0..600).all(|_| !pace.is_too_slow(Duration::from_secs(1), 100)));
    }

    #[test]
    fn a_body_says_what_it_is_and_comes_as_it_is() {
        let of = |fields: &[(http::HeaderName, &'static str)]| {
            let fields = fields.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value)));
            is_of(&HeaderMap::from_iter(fields), &["application/json"])
        };
        for right in ["application/json", "Application/JSON; charset=UTF-8", "application/json;charset=\"utf-8\";v=1"] {
            assert!(of(&[(CONTENT_TYPE, right)]).is_ok(), "{right}");
        }
        for wrong in ["", "text/plain", "application/json; charset=gbk", "application/jsonp"] {
            assert!(matches!(of(&[(CONTENT_TYPE, wrong)]), Err(ApiError::MediaType(_))), "{wrong}");
        }
        assert!(matches!(of(&[]), Err(ApiError::MediaType(_))));
        let compressed = of(&[(CONTENT_TYPE, "application/json"), (CONTENT_ENCODING, "gzip")]);
        assert!(matches!(compressed, Err(ApiError::Coding)));
        assert!(of(&[(CONTENT_TYPE, "application/json"), (CONTENT_ENCODING, "identity")]).is_ok());
    }
}
