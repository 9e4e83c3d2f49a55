//! What is asked for: a path of the API, the methods it takes, and its parameters.
//!
//! Knows nothing of how it is answered.

use http::Method;
use percent_encoding::percent_decode_str;
use url::form_urlencoded;

use super::PATH;
use crate::ingest::text;
use crate::web::error::ApiError;

/// The longest name of a source, in bytes.
pub const MAX_SOURCE: usize = 200;

/// The most articles of a page, and how many it has if nothing is said.
pub const MAX_LIMIT: u32 = 200;
pub const USUAL_LIMIT: u32 = 50;

/// A resource of the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// All articles.
    Articles,
    /// Many articles at once.
    Batch,
    /// One article, by its source's own id.
    Article(String),
    /// Its return.
    Restore(String),
    /// The description of all this.
    OpenApi,
}

impl Call {
    /// What is at a path.
    pub fn of(path: &str) -> Result<Self, ApiError> {
        // White space around an id is none of it, as in its form.
        let decoded = |id: &str| match percent_decode_str(id).decode_utf8() {
            // Clients take dots alone for steps through the path.
            Ok(id) if !["", ".", ".."].contains(&id.trim()) => Ok(id.trim().to_owned()),
            _ => Err(ApiError::Nowhere),
        };
        match path.strip_prefix(PATH).unwrap_or_default().split('/').collect::<Vec<_>>()[..] {
            ["", "openapi.json"] => Ok(Self::OpenApi),
            ["", "articles"] => Ok(Self::Articles),
            ["", "articles:batch"] => Ok(Self::Batch),
            ["", "articles", id] => decoded(id).map(Self::Article),
            ["", "articles", id, "restore"] => decoded(id).map(Self::Restore),
            _ => Err(ApiError::Nowhere),
        }
    }

    /// The value of Allow.
    pub fn methods(&self) -> &'static str {
        match self {
            Self::Articles | Self::OpenApi => "GET, HEAD",
            Self::Batch | Self::Restore(_) => "POST",
            Self::Article(_) => "GET, HEAD, PUT, PATCH, DELETE",
        }
    }

    /// Whether it can be asked for so.
    pub fn takes(&self, method: &Method) -> bool {
        self.methods().split(", ").any(|allowed| allowed == method.as_str())
    }

    /// Reads the parameters. Those of feeds are ignored if nobody knows them; here `dry_run=true` would publish.
    pub fn query(&self, method: &Method, query: Option<&str>) -> Result<Query, ApiError> {
        let reads = *method == Method::GET || *method == Method::HEAD;
        let known: &[&str] = match self {
            Self::OpenApi => &[],
            Self::Articles => &["after", "limit", "source"],
            Self::Article(_) if reads => &["source"],
            Self::Article(_) if *method == Method::DELETE => &["source", "dry-run", "note"],
            Self::Article(_) | Self::Restore(_) | Self::Batch => &["source", "dry-run"],
        };
        let mut read = Query { limit: USUAL_LIMIT, ..Query::default() };
        let mut seen = Vec::new();
        for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            if !known.contains(&&*name) || seen.contains(&name) {
                let twice = if seen.contains(&name) { "stands twice" } else { "means nothing here" };
                return Err(ApiError::Query(format!("the parameter {name:?} {twice}")));
            }
            read.set(&name, &value)?;
            seen.push(name);
        }
        Ok(read)
    }
}

/// Parameters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// Whose articles.
    pub source: Option<String>,
    /// Whether it is only to be told what would happen.
    pub dry_run: bool,
    /// A note for readers.
    pub note: Option<String>,
    /// Where a list goes on.
    pub after: i64,
    /// How many articles of it.
    pub limit: u32,
}

impl Query {
    fn set(&mut self, name: &str, value: &str) -> Result<(), ApiError> {
        let wrong = |what: &str| ApiError::Query(format!("{name}={value:?} is {what}"));
        match name {
            "source" => {
                let name = value.trim();
                if name.is_empty() || name.len() > MAX_SOURCE || !name.chars().all(text::is_clean) {
                    return Err(ApiError::Query(format!("source is a name of 1 to {MAX_SOURCE} bytes")));
                }
                self.source = Some(name.to_owned());
            }
            "dry-run" => self.dry_run = value.parse().map_err(|_| wrong("neither true nor false"))?,
            "note" => self.note = Some(value.to_owned()),
            "after" => {
                let row = value.parse().ok().filter(|row| *row >= 0);
                self.after = row.ok_or_else(|| wrong("no cursor that was given by this list"))?;
            }
            _ => {
                let limit = value.parse().ok().filter(|limit| (1..=MAX_LIMIT).contains(limit));
                self.limit = limit.ok_or_else(|| wrong(&format!("not a number from 1 to {MAX_LIMIT}")))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_may_be_any_text_once_it_is_percent_encoded() {
        let call = |path: &str| Call::of(path).ok();
        assert_eq!(call("/api/v1/articles/a%2Fb%20%E4%BA%95"), Some(Call::Article("a/b 井".to_owned())));
        assert_eq!(call("/api/v1/articles/a/restore"), Some(Call::Restore("a".to_owned())));
        assert_eq!(call("/api/v1/articles/restore"), Some(Call::Article("restore".to_owned())));
        assert_eq!(call("/api/v1/articles/%20a%20"), Some(Call::Article("a".to_owned())));
        for nowhere in [
            "/api/v1/articles/%20",
            "/api/v1/articles/%2e%2e",
            "/api/v1",
            "/api/v1/",
            "/api/v1/articles/",
            "/api/v1/articles/a/b",
            "/api/v1/articles/%ff",
        ] {
            assert_eq!(call(nowhere), None, "{nowhere}");
        }
    }

    #[test]
    fn a_parameter_that_nobody_knows_is_an_error() {
        let put = |query| Call::Article("a".to_owned()).query(&Method::PUT, Some(query));
        assert!(put("dry-run=true&source=cms").is_ok_and(|q| q.dry_run && q.source.as_deref() == Some("cms")));
        for wrong in ["dry_run=true", "dry-run=yes", "dry-run=true&dry-run=false", "source=", "note=a"] {
            assert!(put(wrong).is_err(), "{wrong}");
        }
        let list = |query| Call::Articles.query(&Method::GET, Some(query));
        assert!(list("after=7&limit=200").is_ok_and(|q| (q.after, q.limit) == (7, 200)));
        for wrong in ["after=-1", "after=x", "limit=0", "limit=201"] {
            assert!(list(wrong).is_err(), "{wrong}");
        }
    }
}
