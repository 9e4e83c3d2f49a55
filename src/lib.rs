//! wellhead publishes a newsroom's article store as RSS, Atom and JSON feeds: never miss, never resend.
//!
//! The modules stand here in dependency order; each uses only what is listed above it. Two spines run through them:
//! the write spine (`ingest` → `intake` → `store`) and the read spine (`resource` → `site` → `render` →
//! `representation` → `web` or `export`).

pub mod article;
pub mod cache;
pub mod cli;
pub mod config;
pub mod demo;
pub mod export;
pub mod feed;
pub mod ingest;
pub mod intake;
pub mod ledger;
pub mod page;
pub mod render;
pub mod representation;
pub mod resource;
pub mod site;
pub mod store;
pub mod web;
