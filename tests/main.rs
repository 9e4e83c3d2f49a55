//! The integration tests: one binary, each test named as the claim that it makes.
//!
//! Knows nothing of the modules' insides: what is public, what goes over a socket, and the program as it is called.


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
