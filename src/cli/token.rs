//! `wellhead token`: who may publish over HTTP.
//!
//! Knows nothing of requests, and forgets a new token's text as soon as it is printed.

use std::collections::BTreeSet;
use std::io::Write;

use anyhow::bail;
use clap::Subcommand;

use super::Done;
use super::output::{out, row, tell};
use crate::article::{Slug, Time};
use crate::feed::{Axis, FeedSet};
use crate::store::{Admission, MAX_TOKENS, Revocation, Store};
use crate::token::{Digest, Lifetime, Name, Scope, Secret, Token};

/// What can be done to tokens.
#[derive(Subcommand)]
pub enum Action {
    /// Make a token and print it, this once: only a hash of it is kept
    Add {
        /// What it is called, in articles' histories too: letters, digits and -_.; nothing else is ever called so
        #[arg(value_name = "NAME", value_parser = Name::parse)]
        name: Name,
        /// What it is for: read, publish, or publish:DISTRICT+DISTRICT to publish in these districts only
        #[arg(long, value_name = "SCOPE", value_parser = Scope::parse)]
        scope: Scope,
        /// How long it is good: days (90d), hours (12h) or never
        #[arg(long, value_name = "TIME", default_value = "90d", value_parser = Lifetime::parse)]
        expires: Lifetime,
    },
    /// List all tokens: name, scope, when made, when they end, and whether they are valid, expired or revoked
    List,
    /// Take a token back, at once and for ever
    Revoke {
        #[arg(value_name = "NAME", value_parser = Name::parse)]
        name: Name,
    },
}

/// Does it, and says what became of it.
pub fn run(action: Action, set: anyhow::Result<FeedSet>, store: &Store, now: Time) -> anyhow::Result<Done> {
    match action {
        Action::Add { name, scope, expires } => add(name, present(&set?, scope)?, expires, store, now),
        Action::List => list(store, now),
        Action::Revoke { name } => revoke(&name, store, now),
    }
}

/// The scope by the names that its districts have today; a token for a district that is nowhere would be for nothing.
fn present(set: &FeedSet, scope: Scope) -> anyhow::Result<Scope> {
    let Scope::Within(districts) = scope else { return Ok(scope) };
    let today = districts.iter().map(|slug| set.present_slug(Axis::District, slug).clone());
    let today: BTreeSet<Slug> = today.collect();
    let defined: Vec<&str> = set.districts.iter().map(|def| def.slug.as_str()).collect();
    match today.iter().find(|slug| !defined.contains(&slug.as_str())) {
        Some(slug) => bail!("there is no district {slug}; there are these: {}", defined.join(", ")),
        None => Ok(Scope::Within(today)),
    }
}

fn add(name: Name, scope: Scope, lifetime: Lifetime, store: &Store, now: Time) -> anyhow::Result<Done> {
    let secret = Secret::generate()?;
    let (expires, digest) = (lifetime.end(now), Digest::of(secret.text()));
    let until = expires.map_or_else(|| "until it is revoked".to_owned(), |time| format!("until {time}"));
    let told = format!("token {name}, scope {scope}, good {until}; it is shown this once and cannot be shown again");
    let token = Token { name, scope, created: now, expires, revoked: None, digest };
    match store.add_token(token.clone()).wait()? {
        Admission::Taken => {
            bail!("there is or was a token {}: articles' histories name it, so choose another name", token.name)
        }
        Admission::Full => {
            bail!(
                "there are {MAX_TOKENS} tokens that are not revoked, and no room for more: revoke some, expired ones too"
            )
        }
        Admission::Done => {}
    }
    // Alone on standard output, so that a script can take it from there.
    writeln!(out(), "{}", secret.text())?;
    tell(told);
    Ok(Done::All)
}

fn list(store: &Store, now: Time) -> anyhow::Result<Done> {
    let mut out = out();
    for token in store.all_tokens().wait()? {
        let Token { name, scope, created, expires, .. } = &token;
        let expires = expires.map_or_else(|| "never".to_owned(), |time| time.to_string());
        let (name, scope, created) = (name.to_string(), scope.to_string(), created.to_string());
        writeln!(out, "{}", row([&name, &scope, &created, &expires, token.state(now).name()]))?;
    }
    Ok(Done::All)
}

fn revoke(name: &Name, store: &Store, now: Time) -> anyhow::Result<Done> {
    let mut out = out();
    match store.revoke_token(name, now).wait()? {
        Revocation::Done => writeln!(out, "{name}: revoked")?,
        Revocation::Before(time) => writeln!(out, "{name}: it was revoked before, at {time}")?,
        Revocation::Unknown => bail!("there is no token {name}"),
    }
    Ok(Done::All)
}
