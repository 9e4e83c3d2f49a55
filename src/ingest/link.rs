//! Links as readers can follow them: absolute, with a scheme that is allowed, spelled as RFC 3986 wants it.
//!
//! Knows nothing of the HTML that they stand in, and never follows one.

use url::Url;

/// Where links may lead.
pub(super) const SCHEMES: [&str; 4] = ["http", "https", "mailto", "tel"];

/// Whether a link is a relative one, or an absolute one with a scheme that is allowed.
pub(super) fn may_lead_somewhere(link: &str) -> bool {
    match Url::parse(link) {
        Ok(url) => SCHEMES.contains(&url.scheme()),
        Err(error) => error == url::ParseError::RelativeUrlWithoutBase,
    }
}

/// The link as an absolute URI in ASCII (RFC 3986), or `None` if it leads nowhere a reader could follow.
///
/// A name and a password must not be published (RFC 9110 §4.2.4) and are taken out of it.
/// A bare fragment leads into the document it stands in, which is not told by its address.
pub(super) fn absolute(base: &Url, link: &str) -> Option<String> {
    let link = link.trim();
    if link.is_empty() || link.starts_with('#') {
        return None;
    }
    let mut url = base.join(link).ok().filter(|url| SCHEMES.contains(&url.scheme()))?;
    if has_credentials(&url) {
        url.set_username("").ok()?;
        url.set_password(None).ok()?;
    }
    Some(strict(url.as_str()))
}

/// Whether a link names somebody, or says a password.
pub(super) fn has_credentials(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

/// Whether a `%` begins anything but two hexadecimal digits (RFC 3986 §2.1): then it can only mean itself.
pub(super) fn has_bare_percent(url: &str) -> bool {
    url.match_indices('%').any(|(at, _)| is_bare_percent(url, at))
}

fn is_bare_percent(url: &str, at: usize) -> bool {
    let digits = url.as_bytes().get(at + 1..at + 3);
    !digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
}

/// The WHATWG's URLs leave some characters bare that RFC 3986 wants encoded.
fn strict(url: &str) -> String {
    if !url.contains(['|', '[', ']', '^', '`', '{', '}', '\\', '"', '<', '>']) && !has_bare_percent(url) {
        return url.to_owned();
    }
    let host_ends =
        url.find("://").map_or(0, |at| url[at + 3..].find(['/', '?', '#']).map_or(url.len(), |end| at + 3 + end));
    let (host, rest) = url.split_at(host_ends);
    let mut strict = host.to_owned();
    for (at, c) in rest.char_indices() {
        match c {
            '%' if is_bare_percent(rest, at) => strict.push_str("%25"),
            '|' | '[' | ']' | '^' | '`' | '{' | '}' | '\\' | '"' | '<' | '>' => {
                strict.push_str(&format!("%{:02X}", u32::from(c)));
            }
            _ => strict.push(c),
        }
    }
    strict
}
