//! The one place that turns what went wrong into a status code.
//!
//! Knows nothing of what was asked for; the text says what can be done about it.

use http::StatusCode;

/// A request that cannot be answered with what it asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WebError {
    /// No or several hosts (RFC 9112 §3.2).
    #[error("a request needs exactly one Host header field")]
    Host,
    /// Nothing is published there.
    #[error("nothing is published at this address")]
    NotFound,
    /// Neither GET nor HEAD.
    #[error("only GET and HEAD are answered here")]
    Method,
    /// The address is too long.
    #[error("the address is too long")]
    UriTooLong,
    /// The header section is too long.
    #[error("the header fields are too long or too many")]
    HeadersTooLarge,
    /// The limiter refuses.
    #[error("too many whole feeds for one client; please send If-None-Match with the ETag of the last answer")]
    TooOften {
        /// Seconds until the next one is answered.
        retry_after: u32,
    },
    /// The header section did not arrive in time (RFC 9110 §15.5.9).
    #[error("the request did not arrive in time")]
    Timeout,
    /// The client has more connections than it may (RFC 6585 §4).
    #[error("there are too many connections from this address; please try again in a minute")]
    TooMany,
    /// The store does not answer and nothing is remembered.
    #[error("the article store does not answer; please try again in a minute")]
    Away,
}

impl WebError {
    /// Its status.
    pub fn status(self) -> StatusCode {
        match self {
            Self::Host => StatusCode::BAD_REQUEST,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::UriTooLong => StatusCode::URI_TOO_LONG,
            Self::HeadersTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::TooOften { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Timeout => StatusCode::REQUEST_TIMEOUT,
            Self::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Self::Away => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}
