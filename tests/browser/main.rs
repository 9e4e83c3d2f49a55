//! Pages in a real browser, as people use them: `tests/all` installs Chromium and its driver and runs these.
//!
//! Knows nothing of what a server answers beyond what a browser makes of it.

mod access;
mod driver;
mod newsroom;
mod people;
mod scripts;
#[allow(dead_code)]
#[path = "../support/mod.rs"]
mod support;
