//! The integration tests: one binary, each test named as the claim that it makes.
//!
//! They use the library's public items, sockets and the program as it is called; `tidy` reads the sources.

mod command;
mod golden;
mod http;
mod living;
mod migration;
mod moving;
mod mutations;
mod papers;
mod revisions;
mod support;
mod tidy;
