//! Which content coding a request gets (RFC 9110 §12.5.3): pure.
//!
//! Knows nothing of bodies.

use http::HeaderMap;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING};

pub use crate::representation::Coding;

/// The coding that an answer has.
pub fn of(headers: &HeaderMap) -> Coding {
    let named = headers.get(CONTENT_ENCODING);
    let found = Coding::ALL.into_iter().find(|coding| named.is_some_and(|name| name == coding.name()));
    found.unwrap_or(Coding::Identity)
}

/// What a request says of each coding, in thousandths.
#[derive(Default)]
struct Accepted {
    brotli: Option<u32>,
    gzip: Option<u32>,
    identity: Option<u32>,
    any: Option<u32>,
}

/// The coding that the client likes best; of several, the smallest.
///
/// A client that refuses all of them gets identity all the same: an answer that it may not want beats 406 on a live
/// feed (rule 8; RFC 9110 allows it).
pub fn choose(headers: &HeaderMap) -> Coding {
    let mut accepted = Accepted::default();
    for value in headers.get_all(ACCEPT_ENCODING) {
        value.to_str().unwrap_or_default().split(',').for_each(|member| accepted.read(member));
    }
    let Accepted { brotli, gzip, identity, any } = accepted;
    // Identity needs no mention to be acceptable, but then anything that is mentioned is liked better.
    let identity = identity.unwrap_or(0);
    let liked = [(brotli.or(any), Coding::Brotli), (gzip.or(any), Coding::Gzip)];
    let liked = liked.map(|(quality, coding)| (quality.unwrap_or(0), coding));
    let best = liked.into_iter().reduce(|best, next| if next.0 > best.0 { next } else { best });
    best.filter(|(quality, _)| *quality > 0 && *quality >= identity).map_or(Coding::Identity, |(_, coding)| coding)
}

impl Accepted {
    fn read(&mut self, member: &str) {
        let mut parts = member.split(';');
        let name = parts.next().unwrap_or_default().trim();
        let quality = Some(parts.find_map(quality).unwrap_or(1000));
        if name.eq_ignore_ascii_case("br") {
            self.brotli = quality;
        } else if name.eq_ignore_ascii_case("gzip") || name.eq_ignore_ascii_case("x-gzip") {
            self.gzip = quality;
        } else if name.eq_ignore_ascii_case("identity") {
            self.identity = quality;
        } else if name == "*" {
            self.any = quality;
        }
    }
}

/// A `q=0.5` parameter in thousandths; what is none is passed over.
fn quality(parameter: &str) -> Option<u32> {
    let (name, value) = parameter.split_once('=')?;
    let value: f32 = if name.trim().eq_ignore_ascii_case("q") { value.trim().parse().ok()? } else { return None };
    (0.0..=1.0).contains(&value).then_some((value * 1000.0) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn the_smallest_coding_goes_to_those_who_take_it_as_gladly() {
        let cases = [
            ("gzip", Coding::Gzip),
            ("br", Coding::Brotli),
            ("br,gzip", Coding::Brotli),
            ("gzip, deflate, br, zstd", Coding::Brotli),
            ("br;q=0.5, gzip", Coding::Gzip),
            ("br;q=0, gzip;q=0.001", Coding::Gzip),
            ("*", Coding::Brotli),
            ("br;q=0, *", Coding::Gzip),
            ("gzip, *;q=0", Coding::Gzip),
            ("gzip;q=0", Coding::Identity),
            ("identity", Coding::Identity),
            ("identity;q=1, gzip;q=0.2", Coding::Identity),
            ("identity;q=0.5, gzip;q=0.5", Coding::Gzip),
            ("identity;q=0, gzip;q=0.001", Coding::Gzip),
            ("identity;q=0", Coding::Identity),
            ("*;q=0", Coding::Identity),
            ("GZIP ; Q=0.3", Coding::Gzip),
            ("x-gzip", Coding::Gzip),
            ("deflate", Coding::Identity),
            ("", Coding::Identity),
        ];
        for (field, coding) in cases {
            let mut headers = HeaderMap::new();
            headers.append(ACCEPT_ENCODING, HeaderValue::from_static(field));
            assert_eq!(choose(&headers), coding, "{field}");
        }
        assert_eq!(choose(&HeaderMap::new()), Coding::Identity);
    }
}
