//! The server over its sockets: what each request is answered with, byte by byte where it matters.
//!
//! Knows nothing of the command line, of how a feed's text reads, or of what stands behind `web::run`.

mod conditional;
mod archives;
mod catch_up;
mod content;
mod connections;
mod cors;
mod definitions;
mod freshness;
mod http2;
mod limiter;
mod limits;
mod media;
mod moved;
mod operators;
mod pages;
mod paths;
mod publishing;
mod publishing_many;
mod publishing_rights;
mod requests;
