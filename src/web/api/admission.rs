//! Who may ask at all: over a way that nobody else reads, with a token that is good at this moment.
//!
//! Knows nothing of what is asked. Whoever fails is told the same whatever is wrong, and the later the more often.

use std::net::IpAddr;

use http::HeaderMap;
use http::header::AUTHORIZATION;

use super::call::Query;
use crate::net::{Limits, client};
use crate::publish::{Publisher, all_names};
use crate::token::{self, Scope};
use crate::web::app::App;
use crate::web::error::ApiError;
use crate::web::secured::{self, Listener};

/// Whose articles are meant if nothing is said.
pub const USUAL_SOURCE: &str = "local";

/// Whoever may ask.
#[derive(Clone)]
pub struct Admitted {
    /// Whether for more than reading.
    pub publishes: bool,
    /// What the token may do, in words.
    pub scope: String,
    /// On whose behalf.
    pub publisher: Publisher,
    presented: String,
}

/// Who is at the other end of a connection, and by which listener it came.
#[derive(Clone, Copy)]
pub struct Asker {
    /// A client, or the nearest proxy.
    pub peer: IpAddr,
    /// The listener.
    pub listener: Listener,
}

/// Refuses what others could read on its way.
pub fn safely(asker: Asker, headers: &HeaderMap, limits: &Limits) -> Result<(), ApiError> {
    secured::secured(asker.listener, asker.peer, headers, &limits.trusted).map_err(ApiError::Unsafe)
}

/// Looks who asks. All tokens are read at each request, so that one that has been revoked is refused at once.
pub async fn admit(app: &App, headers: &HeaderMap, peer: IpAddr, query: &Query) -> Result<Admitted, ApiError> {
    let Some(presented) = bearer(headers) else { return Err(ApiError::Token { given: false }) };
    let now = (app.clock)();
    let tokens = super::in_time(app.site.store().tokens()).await?;
    let Some(held) = token::holder(&tokens, presented, now) else {
        let address = client::address(peer, headers, &app.limits.trusted);
        tokio::time::sleep(app.auth_throttle.failed(address, presented, now)).await;
        return Err(ApiError::Token { given: true });
    };
    let within = match &held.scope {
        Scope::Within(districts) => Some(all_names(app.site.set(), districts)),
        Scope::Read | Scope::Publish => None,
    };
    let source = query.source.clone().unwrap_or_else(|| USUAL_SOURCE.to_owned());
    Ok(Admitted {
        publishes: held.scope != Scope::Read,
        scope: held.scope.to_string(),
        publisher: Publisher { source, actor: format!("token {}", held.name).into(), within },
        presented: presented.to_owned(),
    })
}

impl Admitted {
    /// Looks whether the token is still good, in the middle of a long request.
    pub async fn recheck(&self, app: &App) -> Result<(), ApiError> {
        let tokens = super::in_time(app.site.store().tokens()).await?;
        let held = token::holder(&tokens, &self.presented, (app.clock)());
        held.map(|_| ()).ok_or(ApiError::Token { given: true })
    }

    /// Whether what nobody sees yet may be seen: by whoever may publish there.
    pub fn sees(&self, districts: &[crate::article::Slug]) -> bool {
        self.publishes && self.publisher.preconditions().districts(districts).is_ok()
    }
}

/// The token of a request (RFC 6750 §2.1); `None` if there is none, or several.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}
