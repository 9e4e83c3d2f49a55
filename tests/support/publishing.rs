//! Publishing as a CMS does it: requests with a token and a body.
//!
//! Knows nothing of what an article should say or become.

use serde_json::Value;
use wellhead::article::Time;
use wellhead::token::{Digest, Name, Scope, Secret, Token};

use super::served::Served;
use super::wire::{Response, request};

/// Whoever publishes with a token of its own.
pub struct Publishing {
    pub name: Name,
    pub token: String,
}

impl Served {
    /// A token of this scope, which is good for an hour.
    pub fn publishing(&self, scope: &str) -> Publishing {
        let secret = Secret::generate().expect("chance");
        let now = (self.app().clock)();
        // Names are never given again; part of the secret makes one.
        let name =
            Name::parse(&format!("{}-{}", scope.replace([':', '+'], "-"), &secret.text()[3..11])).expect("a name");
        let token = Token {
            name: name.clone(),
            scope: Scope::parse(scope).expect("a scope"),
            created: now,
            expires: Some(Time(now.0 + 3600)),
            revoked: None,
            digest: Digest::of(secret.text()),
        };
        self.other_store().add_token(token).wait().expect("the store answers");
        Publishing { name, token: secret.text().to_owned() }
    }

    /// Takes a token back, as another process would.
    pub fn revoke(&self, publishing: &Publishing) {
        self.other_store().revoke_token(&publishing.name, (self.app().clock)()).wait().expect("the store answers");
    }
}

impl Publishing {
    /// With a token that nobody has given.
    pub fn with(token: String) -> Self {
        Self { name: Name::parse("none").expect("a name"), token }
    }

    /// A request's bytes, with its body's length.
    pub fn request(&self, method: &str, path: &str, fields: &[&str], body: &str) -> String {
        let token = format!("Authorization: Bearer {}", self.token);
        let length = format!("Content-Length: {}", body.len());
        let own: &[&str] = if body.is_empty() { &[&token] } else { &[&token, &length] };
        request(method, path, &[fields, own].concat()) + body
    }

    /// Sends a request on a connection of its own.
    pub fn send(&self, served: &Served, method: &str, path: &str, fields: &[&str], body: &str) -> Response {
        let mut wire = served.wire();
        wire.send(self.request(method, path, &[fields, &["Connection: close"]].concat(), body));
        wire.response_to(method)
    }

    /// Puts an article.
    pub fn put(&self, served: &Served, id: &str, article: &Value) -> Response {
        let path = format!("/api/v1/articles/{}", encoded(id));
        self.send(served, "PUT", &path, &["Content-Type: application/json"], &article.to_string())
    }

    /// Reads something.
    pub fn get(&self, served: &Served, path: &str) -> Response {
        self.send(served, "GET", path, &[], "")
    }
}

fn encoded(id: &str) -> String {
    percent_encoding::utf8_percent_encode(id, percent_encoding::NON_ALPHANUMERIC).to_string()
}
