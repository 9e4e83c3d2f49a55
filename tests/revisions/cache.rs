//! Shared caches between readers and a server, as they are: they know nothing of RFC 3229, and keep what they may.
//!
//! Knows nothing of feeds: it reads header fields and hands bodies on.

use std::collections::HashMap;

use http::{HeaderMap, HeaderValue, Request, StatusCode};
use wellhead::article::Time;

/// A response that a cache or a server gives.
pub type Reply = (StatusCode, HeaderMap, Vec<u8>);

/// One cache for all addresses.
#[derive(Debug, Default)]
pub struct Cache {
    /// Whether it asks with the validators of its own copy, whoever asks and whatever else is asked for, as nginx with
    /// `proxy_cache_revalidate`, Squid and Traffic Server do. If not, it asks without conditions, as nginx does by
    /// itself; what is asked for with `A-IM`, which is in Vary, it passes on as it is.
    swaps: bool,
    stored: HashMap<String, Stored>,
}

#[derive(Debug)]
struct Stored {
    reply: Reply,
    at: Time,
    /// Seconds for which it is fresh.
    fresh: i64,
}

impl Cache {
    pub fn new(swaps: bool) -> Self {
        Self { swaps, stored: HashMap::new() }
    }

    /// Answers a request, from its copy or by asking the server.
    pub fn answer(&mut self, now: Time, request: &Request<()>, server: impl Fn(&Request<()>) -> Reply) -> Reply {
        let path = request.uri().path().to_owned();
        let varied = request.headers().contains_key("a-im");
        let stored = self.stored.get_mut(&path);
        if let Some(stored) = stored.as_ref().filter(|stored| !varied && now.0 < stored.at.0 + stored.fresh) {
            return stored.told(request);
        }
        let mut asked = request.clone();
        match stored.as_ref().filter(|_| self.swaps) {
            Some(stored) => stored.put_validators(asked.headers_mut()),
            None if varied => {}
            None => remove_conditions(asked.headers_mut()),
        }
        let reply = server(&asked);
        if let Some(stored) = stored.filter(|_| self.swaps && reply.0 == StatusCode::NOT_MODIFIED) {
            stored.freshen(&reply.1, now);
            return stored.told(request);
        }
        match max_age(&reply.1).filter(|_| !varied && reply.0 == StatusCode::OK) {
            Some(fresh) => {
                self.stored.insert(path.clone(), Stored { reply, at: now, fresh });
                self.stored[&path].told(request)
            }
            None => reply,
        }
    }
}

impl Stored {
    /// What a client with such conditions is told (RFC 9110 §13.2.2): a cache compares tags as texts.
    fn told(&self, request: &Request<()>) -> Reply {
        let (_, own, body) = &self.reply;
        let asked = request.headers();
        let same = match asked.get("if-none-match") {
            Some(tag) => Some(tag) == own.get("etag"),
            None => date(asked, "if-modified-since")
                .zip(date(own, "last-modified"))
                .is_some_and(|(asked, own)| asked >= own),
        };
        if same {
            (StatusCode::NOT_MODIFIED, own.clone(), Vec::new())
        } else {
            (StatusCode::OK, own.clone(), body.clone())
        }
    }

    fn put_validators(&self, asked: &mut HeaderMap) {
        remove_conditions(asked);
        for (condition, validator) in [("if-none-match", "etag"), ("if-modified-since", "last-modified")] {
            if let Some(value) = self.reply.1.get(validator) {
                asked.insert(condition, value.clone());
            }
        }
    }

    /// The copy is good for as long again (RFC 9111 §4.3.4).
    fn freshen(&mut self, headers: &HeaderMap, now: Time) {
        self.at = now;
        if let Some(date) = headers.get("last-modified") {
            self.reply.1.insert("last-modified", date.clone());
        }
    }
}

fn remove_conditions(headers: &mut HeaderMap) {
    headers.remove("if-none-match");
    headers.remove("if-modified-since");
}

/// For how many seconds anybody may be told this; `None` if no cache may store it.
fn max_age(headers: &HeaderMap) -> Option<i64> {
    let policy = headers.get("cache-control")?.to_str().expect("text");
    let seconds = policy.split(", ").find_map(|part| part.strip_prefix("max-age="))?;
    policy.starts_with("public").then(|| seconds.parse().expect("a number"))
}

fn date(headers: &HeaderMap, name: &str) -> Option<std::time::SystemTime> {
    headers
        .get(name)
        .map(HeaderValue::to_str)
        .map(|text| httpdate::parse_http_date(text.expect("text")).expect("a date"))
}
