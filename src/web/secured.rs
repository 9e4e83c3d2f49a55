//! Whether a request for the API comes in such a way that nobody on the network could read its token. Pure.
//!
//! Knows nothing of tokens or sockets. That something was encrypted is believed of trusted proxies alone, since we speak
//! plain HTTP ourselves.

use std::net::{IpAddr, Ipv6Addr};

use http::header::{FORWARDED, VIA};
use http::{HeaderMap, HeaderName};
use ipnet::IpNet;

use crate::net::client::{X_FORWARDED_FOR, is_trusted, listed, parameter, vouched};

/// In which most proxies say by which scheme they were asked.
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// What some proxies write beside, or instead of, the client's address.
const X_REAL_IP: HeaderName = HeaderName::from_static("x-real-ip");

/// Any of these tells that a proxy stands in front.
const BY_PROXIES: [HeaderName; 5] = [FORWARDED, X_FORWARDED_FOR, X_FORWARDED_PROTO, X_REAL_IP, VIA];

/// The listener by which a request came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listener {
    /// The one for readers, in front of which a proxy may stand.
    Public,
    /// The one for operators.
    Admin {
        /// Whether it listens on a loopback address, so that nobody but this machine reaches it.
        loopback: bool,
    },
}

/// Why a token must not come so, and what is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsafe {
    /// It came over a network as it is.
    #[error(
        "plain HTTP over a network shows the token to others: ask over https; if {0} is the proxy in front, name it with \
         --trusted-proxy"
    )]
    Plain(IpAddr),
    /// Somebody on this machine passes on what others ask.
    #[error(
        "a proxy on this machine stands in front, but {0} is not trusted: name it with --trusted-proxy {0}. To publish from \
         this machine itself, ask the admin listener"
    )]
    Unnamed(IpAddr),
    /// A trusted proxy does not tell.
    #[error(
        "the proxy does not say by which scheme it was asked: have it write X-Forwarded-Proto, or proto in each element of \
         Forwarded. To publish from this machine itself, ask the admin listener"
    )]
    Unsaid,
    /// A trusted proxy was asked by another scheme.
    #[error("the proxy was not asked over https, which shows the token to others: ask over https")]
    NotHttps,
}

/// Whether a request on a connection from `peer` came safely: over https all the way to a trusted proxy, or from this
/// machine itself.
///
/// A proxy need not add a single field (nginx with nothing but `proxy_pass` does not), and then its requests look like
/// those of a program on this machine. So once a loopback address is trusted, every loopback peer counts as a proxy, by
/// whichever of 127.0.0.1 and ::1 it comes; programs on this machine have the admin listener.
pub fn secured(listener: Listener, peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> Result<(), Unsafe> {
    let peer = peer.to_canonical();
    let passed_on = BY_PROXIES.iter().any(|name| headers.contains_key(name));
    let alone = listener == Listener::Admin { loopback: true } || !trusted.iter().any(holds_loopback);
    if peer.is_loopback() && alone && !passed_on {
        return Ok(());
    }
    match (is_trusted(peer, trusted), peer.is_loopback()) {
        (true, _) => all_https(&schemes(peer, headers, trusted)),
        (false, true) => Err(Unsafe::Unnamed(peer)),
        (false, false) => Err(Unsafe::Plain(peer)),
    }
}

fn holds_loopback(network: &IpNet) -> bool {
    let loopback = match network {
        IpNet::V4(_) => IpNet::new_assert(IpAddr::from([127, 0, 0, 0]), 8),
        IpNet::V6(_) => IpNet::from(IpAddr::V6(Ipv6Addr::LOCALHOST)),
    };
    network.contains(&loopback) || loopback.contains(network)
}

/// By which schemes proxies were asked on the way here, as far as trusted ones vouch for it; `None` where one does not say.
/// Forwarded (RFC 7239 §5.4) says it step by step, as it does of addresses.
fn schemes(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> Vec<Option<String>> {
    // These do not say which of them is whose; so none may be anything else, whatever Forwarded says, which a proxy that
    // does not write it passes on from anybody.
    let simple = listed(headers, &X_FORWARDED_PROTO).into_iter().map(|scheme| Some(scheme.to_owned()));
    if headers.contains_key(FORWARDED) {
        let steps = vouched(peer, headers, trusted);
        return steps.iter().map(|step| parameter(step.text, "proto")).chain(simple).collect();
    }
    simple.collect()
}

fn all_https(schemes: &[Option<String>]) -> Result<(), Unsafe> {
    if schemes.iter().flatten().any(|scheme| !scheme.eq_ignore_ascii_case("https")) {
        return Err(Unsafe::NotHttps);
    }
    if schemes.is_empty() || schemes.contains(&None) { Err(Unsafe::Unsaid) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;
    use proptest::prelude::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    /// Of a request from `peer`, where these networks are trusted.
    fn asked(peer: &str, fields: &[(&str, &str)], trusted: &[&str]) -> Result<(), Unsafe> {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            let name = HeaderName::try_from(*name).expect("a field name");
            headers.append(name, HeaderValue::from_str(value).expect("a field value"));
        }
        let trusted: Vec<IpNet> = trusted.iter().map(|network| network.parse().expect("a network")).collect();
        secured(Listener::Public, ip(peer), &headers, &trusted)
    }

    /// The same at the admin listener.
    fn administered(
        loopback: bool,
        peer: &str,
        fields: &[(&'static str, &'static str)],
        trusted: &[&str],
    ) -> Result<(), Unsafe> {
        let fields =
            fields.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        let trusted: Vec<IpNet> = trusted.iter().map(|network| network.parse().expect("a network")).collect();
        secured(Listener::Admin { loopback }, ip(peer), &fields.collect(), &trusted)
    }

    /// Of a request from a trusted proxy.
    fn proxied(fields: &[(&str, &str)]) -> Result<(), Unsafe> {
        asked("10.0.0.1", fields, &["10.0.0.0/8"])
    }

    fn forwarded(value: &str) -> Result<(), Unsafe> {
        proxied(&[("forwarded", value)])
    }

    fn proto(value: &str) -> Result<(), Unsafe> {
        proxied(&[("x-forwarded-for", "192.0.2.1"), ("x-forwarded-proto", value)])
    }

    #[test]
    fn this_machine_itself_is_safe_while_no_proxy_on_it_is_trusted() {
        for peer in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"] {
            assert_eq!(asked(peer, &[], &[]), Ok(()), "{peer}");
            assert_eq!(asked(peer, &[], &["10.0.0.0/8", "2001:db8::/32"]), Ok(()), "{peer}");
        }
    }

    #[test]
    fn a_trusted_proxy_on_this_machine_must_say_https_by_whichever_address_it_comes() {
        for trusted in ["127.0.0.1/32", "127.0.0.0/8", "0.0.0.0/0", "::1/128", "::/0"] {
            for peer in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"] {
                let peer_trusted = is_trusted(ip(peer), &[trusted.parse().expect("a network")]);
                let refused = if peer_trusted { Unsafe::Unsaid } else { Unsafe::Unnamed(ip(peer).to_canonical()) };
                assert_eq!(asked(peer, &[], &[trusted]), Err(refused), "{peer} {trusted}");
            }
        }
    }

    #[test]
    fn the_admin_listener_takes_what_comes_from_this_machine_alone() {
        let proto = |scheme| [("x-forwarded-proto", scheme)];
        for trusted in [&[][..], &["127.0.0.1/32"]] {
            assert_eq!(administered(true, "127.0.0.1", &[], trusted), Ok(()));
        }
        let (unnamed, plain) = (Unsafe::Unnamed(ip("127.0.0.1")), Unsafe::Plain(ip("192.0.2.1")));
        assert_eq!(administered(true, "127.0.0.1", &proto("https"), &[]), Err(unnamed));
        assert_eq!(administered(true, "127.0.0.1", &proto("https"), &["127.0.0.1/32"]), Ok(()));
        assert_eq!(administered(true, "127.0.0.1", &proto("http"), &["127.0.0.1/32"]), Err(Unsafe::NotHttps));
        // Where others reach it, it is as strict as the public one.
        assert_eq!(administered(false, "192.0.2.1", &[], &[]), Err(plain));
        assert_eq!(administered(false, "127.0.0.1", &[], &[]), Ok(()));
        assert_eq!(administered(false, "127.0.0.1", &[], &["127.0.0.1/32"]), Err(Unsafe::Unsaid));
    }

    #[test]
    fn a_proxy_on_this_machine_that_is_not_named_is_unsafe_whatever_it_says() {
        for peer in ["127.0.0.1", "::1", "::ffff:127.0.0.1"] {
            for field in [("forwarded", "proto=https"), ("x-forwarded-for", ""), ("x-forwarded-proto", "https")] {
                let unnamed = Err(Unsafe::Unnamed(ip(peer).to_canonical()));
                assert_eq!(asked(peer, &[field], &["10.0.0.0/8"]), unnamed, "{peer} {field:?}");
            }
        }
    }

    #[test]
    fn a_proxy_on_this_machine_that_is_named_is_believed() {
        for peer in ["127.0.0.1", "::ffff:127.0.0.1"] {
            let named = |fields| asked(peer, fields, &["127.0.0.1/32"]);
            assert_eq!(named(&[("x-forwarded-proto", "https")]), Ok(()));
            assert_eq!(named(&[("x-forwarded-proto", "http")]), Err(Unsafe::NotHttps));
            assert_eq!(named(&[("x-forwarded-for", "192.0.2.1")]), Err(Unsafe::Unsaid));
        }
    }

    #[test]
    fn anybody_else_is_unsafe_whatever_they_say() {
        for peer in ["192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1"] {
            for fields in [&[][..], &[("forwarded", "proto=https")], &[("x-forwarded-proto", "https")]] {
                let plain = Err(Unsafe::Plain(ip(peer).to_canonical()));
                assert_eq!(asked(peer, fields, &["10.0.0.0/8"]), plain, "{peer}");
            }
        }
    }

    #[test]
    fn a_trusted_proxy_must_say_by_which_scheme_it_was_asked() {
        let silent = Err(Unsafe::Unsaid);
        assert_eq!(proxied(&[]), silent);
        assert_eq!(proxied(&[("x-forwarded-for", "192.0.2.1")]), silent);
        assert_eq!(proto(""), silent);
        assert_eq!(forwarded(""), silent);
        assert_eq!(forwarded("for=192.0.2.1"), silent);
        assert_eq!(forwarded("for=192.0.2.1;proto=https;proto=https"), silent);
        assert_eq!(asked("::ffff:10.0.0.1", &[("forwarded", "proto=https")], &["10.0.0.0/8"]), Ok(()));
    }

    #[test]
    fn https_is_understood_in_every_spelling() {
        for value in ["proto=https", "for=192.0.2.1;Proto=HTTPS", "for=\"[2001:db8::1]:443\" ; proto=\"ht\\tps\""] {
            assert_eq!(forwarded(value), Ok(()), "{value}");
        }
        for value in ["https", "HTTPS", "https, https ,Https", ",https,"] {
            assert_eq!(proto(value), Ok(()), "{value}");
        }
        for value in ["http", "https, http", "http, https", "wss", "https http", "\"https\"", "\u{e9}"] {
            assert_eq!(proto(value), Err(Unsafe::NotHttps), "{value}");
            let lines = [("x-forwarded-proto", "https"), ("x-forwarded-proto", value), ("x-forwarded-proto", "https")];
            assert_eq!(proxied(&lines), Err(Unsafe::NotHttps), "{value}");
        }
    }

    #[test]
    fn every_step_that_trusted_proxies_vouch_for_must_be_over_https() {
        let way = |first: &str, second: &str| forwarded(&format!("for=192.0.2.1;{first}, for=10.2.2.2;{second}"));
        assert_eq!(way("proto=https", "proto=https"), Ok(()));
        assert_eq!(way("proto=http", "proto=https"), Err(Unsafe::NotHttps));
        assert_eq!(way("proto=https", "proto=http"), Err(Unsafe::NotHttps));
        assert_eq!(way("by=x", "proto=https"), Err(Unsafe::Unsaid));
        assert_eq!(way("proto=https", "by=x"), Err(Unsafe::Unsaid));
        assert_eq!(way("proto=http", "by=x"), Err(Unsafe::NotHttps));
    }

    #[test]
    fn what_a_client_says_beyond_the_last_trusted_proxy_counts_for_nothing() {
        assert_eq!(forwarded("for=a;proto=http, for=192.0.2.1;proto=https"), Ok(()));
        assert_eq!(forwarded("for=10.2.2.2;proto=http, for=unknown;proto=https"), Ok(()));
        assert_eq!(forwarded("for=a;proto=https, for=192.0.2.1;proto=http"), Err(Unsafe::NotHttps));
        let lines = [("forwarded", "proto=https;x=\""), ("forwarded", "for=192.0.2.1;proto=http")];
        assert_eq!(proxied(&lines), Err(Unsafe::NotHttps));
        assert_eq!(forwarded("proto=https;x=\", for=192.0.2.1;proto=http"), Err(Unsafe::Unsaid));
    }

    #[test]
    fn neither_forwarded_nor_x_forwarded_proto_can_hide_what_the_other_says() {
        let both = |forwarded, proto| proxied(&[("forwarded", forwarded), ("x-forwarded-proto", proto)]);
        assert_eq!(both("proto=https", "https"), Ok(()));
        assert_eq!(both("proto=https", "http"), Err(Unsafe::NotHttps));
        assert_eq!(both("proto=http", "https"), Err(Unsafe::NotHttps));
        assert_eq!(both("for=192.0.2.1", "https"), Err(Unsafe::Unsaid));
    }

    #[test]
    fn each_reason_says_what_is_to_be_done() {
        let said = |peer: &str, fields: &[_]| asked(peer, fields, &["10.0.0.0/8"]).map_err(|e| e.to_string());
        assert!(said("192.0.2.1", &[]).is_err_and(|e| e.contains("https; if 192.0.2.1 is the proxy")));
        let proxied = [("x-forwarded-for", "192.0.2.1")];
        assert!(said("::1", &proxied).is_err_and(|e| e.contains("--trusted-proxy ::1. ")));
        assert!(said("10.0.0.1", &proxied).is_err_and(|e| e.contains("have it write X-Forwarded-Proto")));
        assert!(said("10.0.0.1", &[("forwarded", "proto=http")]).is_err_and(|e| e.ends_with("ask over https")));
    }

    proptest! {
        #[test]
        fn nothing_that_a_client_writes_makes_its_plain_request_safe(own in "[for=proto=https;,\"\\\\ -~]{0,60}") {
            let (after, listed) = (format!("{own}, for=192.0.2.1;proto=http"), format!("{own}, http"));
            prop_assert!(forwarded(&after).is_err(), "{}", after);
            let lines = [("forwarded", own.as_str()), ("forwarded", "for=192.0.2.1;proto=http")];
            prop_assert!(proxied(&lines).is_err());
            prop_assert!(proto(&listed).is_err());
        }
    }
}
