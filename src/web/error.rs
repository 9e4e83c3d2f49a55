//! The one place that turns what went wrong into a status code.
//!
//! Knows nothing of what was asked for; the text says what can be done about it.

use http::{HeaderName, StatusCode};

use super::secured::Unsafe;
use crate::article::Slug;
use crate::ingest::json::Misread;
use crate::ingest::refusal::Refusals;
use crate::store::StoreError;
use crate::store::command::Rejection;

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
    /// A media folder's disk does not answer, or too many media files are open.
    #[error("the file cannot be read at this moment; please try again in a minute")]
    MediaAway,
    /// A range of a file that lies behind its end (RFC 9110 §15.5.17).
    #[error("the file has no such range")]
    Range {
        /// The bytes that it has.
        length: u64,
    },
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
            Self::Away | Self::MediaAway => StatusCode::SERVICE_UNAVAILABLE,
            Self::Range { .. } => StatusCode::RANGE_NOT_SATISFIABLE,
        }
    }
}

/// A request to publish that cannot be done.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// It is none that anybody could answer.
    #[error(transparent)]
    Web(#[from] WebError),
    /// Others could read its token on the way.
    #[error("{0}")]
    Unsafe(Unsafe),
    /// There is nothing at this path.
    #[error("there is nothing at this address; a slash within an article's id is written %2F")]
    Nowhere,
    /// There is no such article.
    #[error("there is no article of this id in this source")]
    Unknown,
    /// The path takes only these methods.
    #[error("only {0} can be asked here")]
    Method(&'static str),
    /// It has no token that is good at this moment.
    #[error("this needs a token that is good: send \"Authorization: Bearer\" and what `wellhead token add` printed")]
    Token {
        /// Whether there was any.
        given: bool,
    },
    /// Its token only reads.
    #[error("this token may only read")]
    ReadOnly,
    /// The article is, or would be, in these districts.
    #[error("{}", outside(districts, scope))]
    Outside {
        /// The article's.
        districts: Vec<Slug>,
        /// Those of the token.
        scope: String,
    },
    /// A parameter cannot be understood.
    #[error("{0}")]
    Query(String),
    /// A tag is none.
    #[error("{0}: {1:?} is no entity tag; one stands in quotes, as ETag gave it")]
    Tag(HeaderName, String),
    /// The body is no JSON.
    #[error("the body is no JSON: {0}")]
    Misread(Misread),
    /// The body did not come whole.
    #[error("the body did not come whole: {0}")]
    Broken(String),
    /// The body is of another type.
    #[error("the body must be {}, in UTF-8: say so with Content-Type", .0.join(" or "))]
    MediaType(&'static [&'static str]),
    /// The body is compressed.
    #[error("the body must not be compressed")]
    Coding,
    /// The body is too long.
    #[error("the body is longer than {0} bytes")]
    TooLarge(usize),
    /// A change must say what it changes.
    #[error("say with If-Match which state of the article you have read (its ETag), or * for whichever it is")]
    Unconditional,
    /// A line is too long.
    #[error("the line is longer than {0} bytes")]
    LongLine(usize),
    /// Readers know another article by its id.
    #[error("readers know an article that came from a feed by the id that this one would have")]
    Taken,
    /// What became of a batch could not be kept.
    #[error("what became of the lines could not be kept; send them again: what was published does not come twice")]
    Unkept,
    /// The article is not in the state that was asked for.
    #[error("the article is not in the state that If-Match or If-None-Match asks for: read it again")]
    Precondition,
    /// It is withdrawn.
    #[error("the article is withdrawn; POST to its /restore publishes it again, and then it can be changed")]
    Withdrawn,
    /// It is erased.
    #[error("the article has been erased for good: nothing can be done with it any more")]
    Purged,
    /// What is said of an article cannot be published.
    #[error("what was sent cannot be published as it is: {0}")]
    Refused(Refusals),
    /// There is no room for it.
    #[error("the article store is full; nothing was changed")]
    Full,
    /// Too many articles wait to be cleaned.
    #[error("too many long articles are being published at this moment; please try again in a minute")]
    Busy,
    /// The store does not answer.
    #[error("the article store does not answer; please try again in a minute. Nothing comes twice if it was done")]
    Away,
}

impl ApiError {
    /// Its status.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Web(error) => error.status(),
            Self::Query(_) | Self::Tag(..) | Self::Misread(_) | Self::Broken(_) => StatusCode::BAD_REQUEST,
            Self::Token { .. } => StatusCode::UNAUTHORIZED,
            Self::Unsafe(_) | Self::ReadOnly | Self::Outside { .. } => StatusCode::FORBIDDEN,
            Self::Nowhere | Self::Unknown => StatusCode::NOT_FOUND,
            Self::Method(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::Withdrawn | Self::Purged | Self::Taken => StatusCode::CONFLICT,
            Self::Precondition => StatusCode::PRECONDITION_FAILED,
            Self::TooLarge(_) | Self::LongLine(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::MediaType(_) | Self::Coding => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Refused(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Unconditional => StatusCode::PRECONDITION_REQUIRED,
            Self::Full | Self::Unkept => StatusCode::INSUFFICIENT_STORAGE,
            Self::Busy | Self::Away => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// Why the store did not do what a token of this scope asked for.
    pub fn rejected(rejection: Rejection, scope: &str) -> Self {
        match rejection {
            Rejection::Unknown => Self::Unknown,
            // Whoever publishes here does not move what is public.
            Rejection::Precondition | Rejection::Public => Self::Precondition,
            Rejection::Outside(districts) => Self::Outside { districts, scope: scope.to_owned() },
            Rejection::Withdrawn => Self::Withdrawn,
            Rejection::Purged => Self::Purged,
            Rejection::Taken => Self::Taken,
        }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "nothing could be published");
        if error.is_full() { Self::Full } else { Self::Away }
    }
}

fn outside(districts: &[Slug], scope: &str) -> String {
    let named: Vec<&str> = districts.iter().map(Slug::as_str).collect();
    let has = if named.is_empty() { String::new() } else { format!(": it has {}", named.join(", ")) };
    format!("all districts of the article, one at least, must be within those of this token ({scope}){has}")
}
