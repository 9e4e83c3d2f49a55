//! What a client may hold, and for how long: every limit on connections and requests, with its default.
//!
//! Knows nothing of how a limit is kept, or of where its value was written.

use std::net::IpAddr;
use std::time::Duration;

use ipnet::IpNet;

use super::client;

/// The limits on connections and requests.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Connections open at once. A newcomer beyond them takes the place of the one that has been idle longest, or waits
    /// while all have a request in flight.
    pub connections: usize,
    /// Connections open at once from one IPv4 address or IPv6 /64; further ones are answered with 429.
    pub connections_per_address: usize,
    /// Whose connections are not counted by address: proxies, which bring many clients.
    pub trusted: Vec<IpNet>,
    /// The longest path and query, in bytes; a longer one is answered with 414.
    pub max_uri: usize,
    /// The largest header section, in bytes; a larger one is answered with 431.
    pub max_header_bytes: usize,
    /// The most header fields; more are answered with 431.
    pub max_header_fields: usize,
    /// How long a request's header section may take to arrive, from the first byte that comes while no other request is
    /// being answered; then it is answered with 408. Also how long a new connection may be silent; then it is closed.
    pub header_read_timeout: Duration,
    /// How long nothing of a body that is wanted may come; then it is answered with 408.
    pub body_read_timeout: Duration,
    /// How long a connection may be open without a request in flight; then it is closed, over HTTP/2 with GOAWAY.
    pub idle_timeout: Duration,
    /// How long a client may take nothing of what is to be sent to it; then its connection is reset. A connection that
    /// has been asked to end (over HTTP/2 with GOAWAY) ends within this time, or within twice this time if requests are
    /// in flight.
    pub write_timeout: Duration,
    /// Bytes of a body that a client must take, or send if one is awaited, in a second: on average over twice the write or
    /// the body timeout, which is a minute by default. A slower client's connection is reset, or its request answered
    /// with 408.
    pub lowest_rate: u32,
    /// Requests at once on one HTTP/2 connection; further ones are refused with REFUSED_STREAM.
    pub http2_streams: u32,
    /// Requests that an HTTP/2 client may reset before they are looked at; then it is sent away with
    /// ENHANCE_YOUR_CALM. (Of errors of its own on streams it may make 1,024, as hyper has it.)
    pub http2_resets: usize,
}

/// Over how many times its timeout the rate of a body is measured: a minute by default.
const MEASURED: u32 = 2;

impl Limits {
    /// Enough for a newsroom's readers on a small machine.
    pub const DEFAULT: Self = Self {
        connections: 8192,
        connections_per_address: 4096,
        trusted: Vec::new(),
        max_uri: 8 * 1024,
        max_header_bytes: 16 * 1024,
        max_header_fields: 100,
        header_read_timeout: Duration::from_secs(10),
        body_read_timeout: Duration::from_secs(30),
        idle_timeout: Duration::from_secs(60),
        write_timeout: Duration::from_secs(30),
        // Slower than any network that people use, and as slow as Apache's mod_reqtimeout allows by default.
        lowest_rate: 500,
        http2_streams: 100,
        http2_resets: 20,
    };

    /// The time over which the rate of a body with this timeout is measured, and the fewest bytes that must go in it.
    pub fn measure(&self, timeout: Duration) -> (Duration, u64) {
        let time = timeout * MEASURED;
        (time, u64::from(self.lowest_rate) * time.as_millis() as u64 / 1000)
    }

    /// Whether this address is a proxy's.
    pub fn trusts(&self, address: IpAddr) -> bool {
        client::is_trusted(address, &self.trusted)
    }

    /// The longest request line: a path and query of `max_uri`, and the rest of the line, with an authority.
    pub(super) fn request_line(&self) -> usize {
        self.max_uri + 1024
    }

    /// What a request may make us hold before it is understood: a little more than is allowed, so that most of what is
    /// too much can still be read to its end.
    pub(super) fn read_buffer(&self) -> usize {
        // hyper's least is 8 KiB.
        self.request_line() + self.max_header_bytes + 8 * 1024
    }
}

/// Whose connections count together: an IPv4 address, or an IPv6 /64, which is what one subscriber is given.
pub fn counted_as(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() >> 64 << 64).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn ipv6_counts_by_its_first_64_bits_and_ipv4_whole() {
        assert_eq!(counted_as(address("2001:db8:1:2:3:4:5:6")), counted_as(address("2001:db8:1:2::")));
        assert_ne!(counted_as(address("2001:db8:1:2::")), counted_as(address("2001:db8:1:3::")));
        assert_ne!(counted_as(address("192.0.2.1")), counted_as(address("192.0.2.2")));
        assert_eq!(counted_as(address("::ffff:192.0.2.1")), address("192.0.2.1"));
    }

    #[test]
    fn a_trusted_net_is_known_by_its_ipv4_addresses_however_they_are_written() {
        let limits = Limits { trusted: vec!["10.0.0.0/8".parse().expect("a net")], ..Limits::DEFAULT };
        assert!(limits.trusts(address("10.1.2.3")) && limits.trusts(address("::ffff:10.1.2.3")));
        assert!(!limits.trusts(address("11.1.2.3")) && !limits.trusts(address("::1")));
    }
}
