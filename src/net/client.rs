//! Who asks: the client's address behind the proxies that are trusted, and its network. Pure.
//!
//! Knows nothing of sockets, settings or limits. What a client says of itself is believed only as far as a trusted
//! proxy has written it down.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use http::header::FORWARDED;
use http::{HeaderMap, HeaderName};
use ipnet::IpNet;

/// What most proxies write instead of Forwarded: addresses alone, separated by commas.
pub const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// How much of an IPv4 address says whose network it is.
const IPV4_PREFIX: u8 = 24;

/// How much of an IPv6 address says whose network it is: a site is given this much and moves about within it.
const IPV6_PREFIX: u8 = 48;

/// The network that limits are counted for: an IPv4 /24 or an IPv6 /48.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Network(IpNet);

impl Network {
    /// The network that an address lies in.
    pub fn of(address: IpAddr) -> Self {
        let address = address.to_canonical();
        let prefix = if address.is_ipv4() { IPV4_PREFIX } else { IPV6_PREFIX };
        Self(IpNet::new_assert(address, prefix).trunc())
    }
}

/// Its first address and prefix, such as `203.0.113.0/24`.
impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Whether this is the address of a trusted proxy.
pub fn is_trusted(address: IpAddr, trusted: &[IpNet]) -> bool {
    let address = address.to_canonical();
    trusted.iter().any(|network| network.contains(&address))
}

/// The address of the client, of a connection from `peer`: the last one on the way here that is not a trusted proxy's.
///
/// It is the last address known where a step is hidden (`unknown`, `_name`) or unreadable.
pub fn address(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let steps = vouched(peer, headers, trusted);
    let known = steps.iter().rev().find_map(|step| step.node);
    known.unwrap_or(peer).to_canonical()
}

/// A step on the way here, as a proxy has written it down.
pub struct Step<'a> {
    /// Of Forwarded an element with all its parameters.
    pub text: &'a str,
    /// By whom the proxy was asked; `None` if that is hidden or unreadable.
    node: Option<IpAddr>,
}

/// The steps that trusted proxies vouch for, the one that `peer` has written down first; none if it is not trusted.
///
/// Each proxy adds, at the right, whom it was asked by. So the way is walked from the right as long as a trusted proxy
/// vouches for the next step. Forwarded (RFC 7239) wins over X-Forwarded-For.
pub fn vouched<'a>(peer: IpAddr, headers: &'a HeaderMap, trusted: &[IpNet]) -> Vec<Step<'a>> {
    let mut vouching = is_trusted(peer, trusted);
    if !vouching {
        return Vec::new();
    }
    let mut steps = way(headers);
    steps.reverse();
    let vouches = |step: &Step<'_>| step.node.is_some_and(|address| is_trusted(address, trusted));
    let walked = steps.iter().take_while(|step| std::mem::replace(&mut vouching, vouches(step))).count();
    steps.truncate(walked);
    steps
}

/// The steps on the way here, the first client's first.
fn way(headers: &HeaderMap) -> Vec<Step<'_>> {
    if headers.contains_key(FORWARDED) {
        // A field with a quote left open is one step that nobody can follow.
        let elements = fields(headers, &FORWARDED).flat_map(|f| outside_quotes(f, ',').unwrap_or_else(|| vec![f]));
        let node_of = |text: &str| node(&parameter(text, "for")?);
        return trimmed(elements).map(|text| Step { text, node: node_of(text) }).collect();
    }
    listed(headers, &X_FORWARDED_FOR).into_iter().map(|text| Step { text, node: node(text) }).collect()
}

/// The values of a list without quotes, in one field or several.
pub fn listed<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Vec<&'a str> {
    trimmed(fields(headers, name).flat_map(|field| field.split(','))).collect()
}

/// Each field is taken apart by itself, so that a quote left open in one does not hide what proxies added below it. A
/// field that is not even text is a step that nobody can follow.
fn fields<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    headers.get_all(name).iter().map(|value| value.to_str().unwrap_or("unknown"))
}

fn trimmed<'a>(elements: impl Iterator<Item = &'a str>) -> impl Iterator<Item = &'a str> {
    elements.map(str::trim).filter(|element| !element.is_empty())
}

/// The value of a parameter of an element of Forwarded (RFC 7239 §4); `None` if there is none or several, or if a quote
/// is left open, since a proxy that adds to that field then seems to go on with what the client wrote.
pub fn parameter(element: &str, wanted: &str) -> Option<String> {
    let pairs = outside_quotes(element, ';')?.into_iter().filter_map(|pair| pair.split_once('='));
    let mut values = pairs.filter(|(name, _)| name.trim().eq_ignore_ascii_case(wanted));
    match (values.next(), values.next()) {
        (Some((_, value)), None) => unquoted(value.trim()),
        _ => None,
    }
}

/// A token as it is, a quoted string without its quotes and backslashes (RFC 9110 §5.6.4).
fn unquoted(value: &str) -> Option<String> {
    let Some(inner) = value.strip_prefix('"') else { return Some(value.to_owned()) };
    let mut text = String::new();
    let mut rest = inner.chars();
    loop {
        match rest.next()? {
            '\\' => text.push(rest.next()?),
            '"' => return rest.next().is_none().then_some(text),
            c => text.push(c),
        }
    }
}

/// The parts between separators, but for separators within quoted strings; `None` if a quote is left open.
fn outside_quotes(text: &str, separator: char) -> Option<Vec<&str>> {
    let (mut parts, mut from, mut quoted, mut escaped) = (Vec::new(), 0, false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            c if c == separator && !quoted => {
                parts.push(&text[from..at]);
                from = at + c.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(&text[from..]);
    (!quoted).then_some(parts)
}

/// An address, with or without a port, IPv6 in brackets if it has one (RFC 7239 §6); `None` if it is anything else.
fn node(text: &str) -> Option<IpAddr> {
    if let Some(bracketed) = text.strip_prefix('[') {
        let (address, port) = bracketed.split_once(']')?;
        let address = address.parse::<Ipv6Addr>().ok()?;
        return (port.is_empty() || port.strip_prefix(':').is_some_and(is_port)).then_some(IpAddr::V6(address));
    }
    if let Ok(address) = text.parse() {
        return Some(address);
    }
    let (address, port) = text.split_once(':')?;
    let address = address.parse::<Ipv4Addr>().ok()?;
    is_port(port).then_some(IpAddr::V4(address))
}

/// Up to five digits, or a name in place of them.
fn is_port(text: &str) -> bool {
    let digits = (1..=5).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    digits || text.starts_with('_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;
    use proptest::prelude::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    /// The client of a request from `peer`, where 10.0.0.0/8 and fd00::/8 are trusted.
    fn client(peer: &str, fields: &[(&str, &str)]) -> String {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            let name = HeaderName::try_from(*name).expect("a field name");
            headers.append(name, HeaderValue::from_str(value).expect("a field value"));
        }
        let trusted = ["10.0.0.0/8", "fd00::/8"].map(|network| network.parse().expect("a network"));
        address(ip(peer), &headers, &trusted).to_string()
    }

    fn forwarded(value: &str) -> String {
        client("10.0.0.1", &[("forwarded", value)])
    }

    fn x_forwarded_for(value: &str) -> String {
        client("10.0.0.1", &[("x-forwarded-for", value)])
    }

    #[test]
    fn a_peer_that_is_not_trusted_is_the_client_whatever_it_says() {
        let fields = [("forwarded", "for=192.0.2.1"), ("x-forwarded-for", "192.0.2.1")];
        assert_eq!(client("203.0.113.7", &fields), "203.0.113.7");
        assert_eq!(client("10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn the_last_address_that_is_not_a_trusted_proxys_is_the_clients() {
        assert_eq!(x_forwarded_for("192.0.2.1"), "192.0.2.1");
        assert_eq!(x_forwarded_for("198.51.100.9, 192.0.2.1, 10.1.1.1 ,10.2.2.2"), "192.0.2.1");
        assert_eq!(forwarded("for=198.51.100.9, for=192.0.2.1;proto=https, by=x;FOR=10.1.1.1"), "192.0.2.1");
        let lines = [("x-forwarded-for", "198.51.100.9, 192.0.2.1"), ("x-forwarded-for", "10.1.1.1")];
        assert_eq!(client("10.0.0.1", &lines), "192.0.2.1");
        // All are trusted: the request began at the first of them.
        assert_eq!(x_forwarded_for("10.3.3.3, 10.2.2.2"), "10.3.3.3");
    }

    #[test]
    fn forwarded_wins_over_x_forwarded_for() {
        let both = [("x-forwarded-for", "198.51.100.9"), ("forwarded", "for=192.0.2.1")];
        assert_eq!(client("10.0.0.1", &both), "192.0.2.1");
        let hidden = [("x-forwarded-for", "198.51.100.9"), ("forwarded", "proto=https")];
        assert_eq!(client("10.0.0.1", &hidden), "10.0.0.1");
    }

    #[test]
    fn every_spelling_of_a_node_is_understood() {
        for (value, expected) in [
            ("for=192.0.2.1:4711", "192.0.2.1"),
            ("for=\"192.0.2.1:4711\"", "192.0.2.1"),
            ("For=\"[2001:db8::17]:4711\"", "2001:db8::17"),
            ("for=\"[2001:db8::17]\"", "2001:db8::17"),
            ("for=\"192.0.2.1:_hidden\"", "192.0.2.1"),
            ("for=\"192.0\\.2.1\" ; by=\"a,b;for=c\"", "192.0.2.1"),
            (",for=192.0.2.1,,", "192.0.2.1"),
        ] {
            assert_eq!(forwarded(value), expected, "{value}");
        }
        for value in ["2001:db8::17", "[2001:db8::17]", "[2001:db8::17]:80", "[2001:db8::17]:65535"] {
            assert_eq!(x_forwarded_for(value), "2001:db8::17", "{value}");
        }
    }

    #[test]
    fn a_step_that_is_hidden_or_unreadable_ends_the_walk_at_the_last_good_address() {
        for value in [
            "unknown",
            "_gazonk",
            "\"_gazonk:80\"",
            "\"192.0.2.1",
            "192.0.2.1;for=192.0.2.2",
            "192.0.2.1:port",
            "192.0.2.1:123456",
            "\"[2001:db8::17\"",
            "\"[2001:db8::17]80\"",
            "\"[192.0.2.1]\"",
            "300.0.2.1",
            "\"192.0.2.1\"x",
            "",
        ] {
            assert_eq!(forwarded(&format!("for={value}")), "10.0.0.1", "{value}");
        }
        assert_eq!(forwarded("for=198.51.100.9, for=unknown, for=10.1.1.1"), "10.1.1.1");
        assert_eq!(x_forwarded_for("198.51.100.9, unknown, 10.1.1.1"), "10.1.1.1");
        assert_eq!(x_forwarded_for("198.51.100.9, \u{e9}, 10.1.1.1"), "10.0.0.1");
    }

    #[test]
    fn a_quote_that_a_client_leaves_open_hides_nothing_in_the_fields_below() {
        let fields = [("forwarded", "for=\"198.51.100.9"), ("forwarded", "for=192.0.2.1")];
        assert_eq!(client("10.0.0.1", &fields), "192.0.2.1");
    }

    #[test]
    fn a_quote_that_a_client_leaves_open_does_not_let_it_speak_for_the_proxy_that_adds_to_its_field() {
        for own in ["for=198.51.100.9;x=\"", "for=198.51.100.9;x=a\"", "for=198.51.100.9;\"", "\""] {
            for added in ["for=192.0.2.1", "for=\"[2001:db8::17]:4711\""] {
                assert_eq!(forwarded(&format!("{own}, {added}")), "10.0.0.1", "{own}");
            }
            assert_eq!(x_forwarded_for(&format!("{own}, 192.0.2.1")), "192.0.2.1", "{own}");
        }
    }

    #[test]
    fn an_ipv4_address_within_ipv6_counts_as_ipv4() {
        assert_eq!(client("::ffff:203.0.113.7", &[]), "203.0.113.7");
        assert_eq!(client("::ffff:10.0.0.1", &[("x-forwarded-for", "::ffff:192.0.2.1")]), "192.0.2.1");
        assert_eq!(Network::of(ip("::ffff:192.0.2.1")), Network::of(ip("192.0.2.200")));
    }

    #[test]
    fn a_network_is_an_ipv4_24_or_an_ipv6_48() {
        assert_eq!(Network::of(ip("192.0.2.1")).to_string(), "192.0.2.0/24");
        assert_eq!(Network::of(ip("2001:db8:7:1::9")).to_string(), "2001:db8:7::/48");
        assert_ne!(Network::of(ip("192.0.2.1")), Network::of(ip("192.0.3.1")));
        assert_ne!(Network::of(ip("2001:db8:7::1")), Network::of(ip("2001:db8:8::1")));
    }

    proptest! {
        #[test]
        fn no_field_makes_it_stumble(bytes in prop::collection::vec(any::<u8>(), 0..60), value in "[for=;:,\"\\\\\\[\\]0-9a_ .é]{0,60}") {
            for bytes in [&bytes[..], value.as_bytes()] {
                let Ok(value) = HeaderValue::from_bytes(bytes) else { continue };
                for name in [FORWARDED, X_FORWARDED_FOR] {
                    let headers = HeaderMap::from_iter([(name, value.clone())]);
                    address(ip("10.0.0.1"), &headers, &["0.0.0.0/0".parse().expect("a network")]);
                }
            }
        }

        #[test]
        fn whatever_a_client_writes_itself_the_address_that_the_proxy_saw_is_the_clients(
            own in "[ -~]{0,60}",
            seen in any::<[u8; 4]>().prop_map(Ipv4Addr::from).prop_filter("not trusted", |ip| ip.octets()[0] != 10),
        ) {
            prop_assert_eq!(x_forwarded_for(&format!("{own}, {seen}")), seen.to_string());
            let fields = [("forwarded", own.as_str()), ("forwarded", &format!("for={seen}"))];
            prop_assert_eq!(client("10.0.0.1", &fields), seen.to_string());
            let added = forwarded(&format!("{own}, for={seen}"));
            prop_assert!(added == seen.to_string() || added == "10.0.0.1", "{} of {}", added, own);
        }
    }
}
