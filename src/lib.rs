//! wellhead publishes a newsroom's article store as RSS, Atom and JSON feeds: never miss, never resend.
//!
//! The modules stand here in dependency order; each uses only what is listed above it. Two spines run through them:
//! the write spine (`ingest` → `intake` → `store`) and the read spine (`resource` → `site` → `render` →
//! `representation` → `web` or `export`).

// What benches and tests share is public to no one else.
#![deny(unreachable_pub)]

pub mod regular;
pub mod printable;
pub mod media;
pub mod article;
pub mod token;
pub mod feed;
pub mod page;
pub mod view;
pub mod resource;
pub mod ingest;
pub mod render;
pub mod fingerprint;
#[allow(unreachable_pub)]
pub mod store;
pub mod representation;
pub mod meters;
pub mod cache;
pub mod ledger;
pub mod intake;
pub mod edit;
pub mod publish;
pub mod living;
pub mod reclassify;
pub mod check;
pub mod site;
pub mod export;
#[allow(unreachable_pub)]
pub mod net;
#[allow(unreachable_pub)]
pub mod web;
#[allow(unreachable_pub)]
pub mod server;
pub mod demo;
pub mod config;
#[allow(unreachable_pub)]
pub mod cli;
