//! One poll of a feed: whether anything is new to the client, and if so, what of it is sent.
//!
//! Knows nothing of paths or connections, and decides nothing by itself: `conditional` says where the client stands,
//! `site` what it lacks, `limiter` whether it has had enough.

use std::net::IpAddr;

use http::header::USER_AGENT;
use http::{Method, Request};

use super::app::App;
use super::conditional::{self, By, Conditions, Named, Verdict};
use super::encoding::{self, Coding};
use super::error::WebError;
use super::limiter::{self, Caller, Exchange};
use super::respond::{self, Answer, Head};
use crate::feed::catch_up::{Form, Since};
use crate::net::client::{self, Network};
use crate::representation::{Representation, TagKind, Validator};
use crate::store::Revision;

/// A request for a feed.
pub struct Poll<'a, B> {
    app: &'a App,
    head: &'a Head<'a>,
    request: &'a Request<B>,
    /// Who is at the other end of its connection: a client, or the nearest proxy.
    peer: Option<IpAddr>,
    conditions: Conditions<'a>,
}

impl<'a, B> Poll<'a, B> {
    /// Takes a request for a feed.
    pub fn new(app: &'a App, head: &'a Head<'a>, request: &'a Request<B>, peer: Option<IpAddr>) -> Self {
        Self { app, head, request, peer, conditions: Conditions::of(request.headers()) }
    }

    /// Answers it if everything is at hand.
    pub fn at_once(&self) -> Option<Result<Answer, WebError>> {
        match self.decide() {
            (Verdict::NotModified(kind), current) => Some(self.not_modified(current, kind)),
            (Verdict::Send { named, newest }, current) => {
                let coding = self.coding();
                let found = self.app.site.at_hand(self.head.resource, self.since(named), coding)?;
                Some(self.limit(newest, current).map(|()| self.send(&found, coding, named)))
            }
            (Verdict::Later { .. }, _) => None,
        }
    }

    /// Answers it.
    pub async fn answer(&self) -> Result<Answer, WebError> {
        let (mut decided, mut current) = self.decide();
        if matches!(decided, Verdict::Later { .. }) {
            if let Err(error) = self.app.site.refresh().await {
                tracing::warn!(%error, "the store does not answer; a client that knows more keeps what it has");
                return Ok(respond::not_modified_as_named(self.head, &self.conditions));
            }
            (decided, current) = self.decide();
        }
        match decided {
            Verdict::NotModified(kind) => self.not_modified(current, kind),
            Verdict::Send { named, newest } | Verdict::Later { named, newest } => {
                self.limit(newest, current)?;
                self.find(named).await
            }
        }
    }

    fn not_modified(&self, current: Option<Revision>, kind: TagKind) -> Result<Answer, WebError> {
        let validator = Validator::Revision(current.ok_or(WebError::Away)?);
        Ok(respond::not_modified(self.head, &validator, kind))
    }

    /// Verdict and validator, read at one moment: a 304 must never name a revision that came in between.
    fn decide(&self) -> (Verdict, Option<Revision>) {
        self.app.site.read(|ledger| {
            let current = self.head.resource.feed_key().map_or(0, |key| ledger.feed(key));
            (conditional::feed(&self.conditions, ledger, current, self.head.now), ledger.revision(current))
        })
    }

    /// Where the client stands that named a revision, and in which form it is told what it lacks (rule 8).
    fn since(&self, named: Option<Named>) -> Option<Since> {
        let Named { revision, by } = named?;
        let form = match by {
            By::Shared => Form::Shared,
            By::DateAlone { past } => Form::Dated { past },
            By::OwnTag if self.head.asks_delta && conditional::takes_delta(self.request.headers()) => Form::Delta,
            By::OwnTag => Form::Own,
        };
        Some(Since { revision, form })
    }

    /// Finds what a client lacks that stands at the revision that it named, or everything.
    async fn find(&self, named: Option<Named>) -> Result<Answer, WebError> {
        let (site, resource, coding) = (&self.app.site, self.head.resource, self.coding());
        let found = match self.since(named) {
            Some(since) => site.since(resource, since, coding).await,
            None => site.representation(resource, coding).await,
        };
        match found {
            Ok(found) => Ok(self.send(&*found.ok_or(WebError::NotFound)?, coding, named)),
            Err(error) => {
                tracing::error!(%error, path = resource.path(), "the store does not answer");
                if self.conditions.names_something() {
                    return Ok(respond::not_modified_as_named(self.head, &self.conditions));
                }
                Ok(self.send(&*site.last_good(resource).ok_or(WebError::Away)?, coding, named))
            }
        }
    }

    fn coding(&self) -> Coding {
        encoding::choose(self.request.headers())
    }

    /// Sends what was found.
    fn send(&self, found: &Representation, coding: Coding, named: Option<Named>) -> Answer {
        self.count(found);
        let answer = respond::full(self.head, found, coding);
        let base = named.filter(|_| self.conditions.names_several());
        match base.and_then(|base| self.app.site.read(|ledger| ledger.revision(base.revision))) {
            Some(base) => respond::with_base(answer, base),
            None => answer,
        }
    }

    /// Asks the limiter about a full answer, before anything is built for it.
    fn limit(&self, named: Option<u64>, current: Option<Revision>) -> Result<(), WebError> {
        let (Some(given), &Method::GET) = (current, self.request.method()) else { return Ok(()) };
        // Who does not come over a connection comes from us.
        let Some(peer) = self.peer else { return Ok(()) };
        let headers = self.request.headers();
        let caller = Caller {
            network: Network::of(client::address(peer, headers, &self.app.limits.trusted)),
            user_agent: headers.get(USER_AGENT).map_or(b"", |agent| agent.as_bytes()),
            resource: self.head.resource,
        };
        let meters = self.app.site.meters();
        match self.app.limiter.ask(&caller, Exchange { named, given: given.number }, self.head.now) {
            limiter::Verdict::Pass => {}
            limiter::Verdict::Observed => meters.observed.inc(),
            limiter::Verdict::Refused { retry_after } => {
                meters.refused.inc();
                return Err(WebError::TooOften { retry_after });
            }
        }
        Ok(())
    }

    /// Counts those who are told what they had missed.
    fn count(&self, found: &Representation) {
        let meters = self.app.site.meters();
        match found.since {
            Some(Since { form: Form::Delta, .. }) => meters.deltas.inc(),
            Some(_) => {}
            None => return,
        }
        let form = if found.coverage.all_changes { "whole" } else { "partial" };
        meters.catch_ups.with_label_values(&[form]).inc();
    }
}
