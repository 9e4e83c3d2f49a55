//! The site over HTTP: what is asked for, under which conditions, and what is answered; and the API for publishing.
//!
//! Knows nothing of sockets. `run` is given its listener and its shutdown, so that tests own both.

pub mod secured;
pub mod error;
pub mod encoding;
pub mod conditional;
mod cells;
pub mod limiter;
pub mod auth_throttle;
pub mod admin;
pub mod api;
pub mod app;
mod archive;
mod cors;
pub mod current;
pub mod media;
mod outgoing;
pub mod poll;
mod prepared;
pub mod respond;
pub mod route;
mod service;

use std::sync::Arc;

use tokio::net::TcpListener;

use crate::net::{self, Limits};
use current::Current;
use secured::Listener;
use service::Service;

/// How many connections the admin listener has open at once; a further one takes the place of the one that has been idle
/// longest.
const ADMIN_CONNECTIONS: usize = 64;

/// Serves readers until `shutdown` ends, then lets requests in flight finish.
pub async fn run(listener: TcpListener, current: Arc<Current>, shutdown: impl Future<Output = ()>) {
    let app = current.app();
    let service = Service::new(current, Listener::Public);
    net::serve(listener, service, app.limits.clone(), Arc::clone(&app.connections), shutdown).await;
}

/// The same for operators, whose connections are few and take no reader's place.
pub async fn run_admin(listener: TcpListener, current: Arc<Current>, shutdown: impl Future<Output = ()>) {
    let loopback = listener.local_addr().is_ok_and(|own| own.ip().to_canonical().is_loopback());
    let limits = Limits { connections: ADMIN_CONNECTIONS, ..current.now().limits.clone() };
    let service = Service::new(current, Listener::Admin { loopback });
    net::serve(listener, service, limits, Arc::default(), shutdown).await;
}
