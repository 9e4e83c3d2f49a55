//! The application that requests are answered from: the site, the clock, and what is remembered of clients.
//!
//! Knows nothing of requests.

use std::sync::Arc;

use super::api::cleaning::Cleaning;
use super::auth_throttle::AuthThrottle;
use super::limiter::Limiter;
use super::media::Media;
use super::prepared::Prepared;
use crate::article::Time;
use crate::ingest::clean::Door;
use crate::intake;
use crate::net::{Connections, Limits};
use crate::site::Site;

/// The application: all that requests are answered from.
pub struct App {
    /// The site.
    pub site: Site,
    /// The clock.
    pub clock: Arc<dyn Fn() -> Time + Send + Sync>,
    /// The limits on clients.
    pub limits: Limits,
    /// The counts of connections.
    pub connections: Arc<Connections>,
    /// The limiter of clients that make no use of what they are given.
    pub limiter: Arc<Limiter>,
    /// Where what is published over HTTP is cleaned.
    pub door: Door,
    /// The places in which that is done.
    pub cleaning: Arc<Cleaning>,
    /// The throttle of clients that fail with tokens.
    pub auth_throttle: Arc<AuthThrottle>,
    /// Files that are served where nothing of ours is.
    pub media: Arc<Media>,
    /// The answers' common fields, prepared.
    pub(super) prepared: Prepared,
}

impl App {
    /// An application that has answered nothing yet.
    pub fn new(site: Site, clock: Box<dyn Fn() -> Time + Send + Sync>, limits: Limits, limiter: Limiter) -> Self {
        let (prepared, door) = (Prepared::new(&site), Door::new(intake::base(site.set())));
        let media = Arc::new(Media::new(&site.set().media));
        Self {
            site,
            media,
            clock: Arc::from(clock),
            limits,
            connections: Arc::default(),
            limiter: Arc::new(limiter),
            door,
            cleaning: Arc::default(),
            auth_throttle: Arc::default(),
            prepared,
        }
    }

    /// The same for another site: those who are connected, and what is known of them, stay.
    pub fn renewed(&self, site: Site) -> Self {
        let (prepared, door) = (Prepared::new(&site), Door::new(intake::base(site.set())));
        Self {
            site,
            clock: Arc::clone(&self.clock),
            limits: self.limits.clone(),
            connections: Arc::clone(&self.connections),
            limiter: Arc::clone(&self.limiter),
            door,
            cleaning: Arc::clone(&self.cleaning),
            auth_throttle: Arc::clone(&self.auth_throttle),
            media: Arc::clone(&self.media),
            prepared,
        }
    }
}
