//! Which content coding a request gets (RFC 9110 §12.5.3): pure.
//!
//! Knows nothing of bodies.

use http::HeaderMap;
use http::header::ACCEPT_ENCODING;

/// A content coding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// As rendered.
    Identity,
    /// Compressed.
    Gzip,
}

/// Compressed if the client takes it at least as gladly as not.
///
/// A client that refuses both gets identity all the same: an answer it may not want beats 406 on a live feed (rule 8).
pub fn choose(headers: &HeaderMap) -> Coding {
    let mut gzip = None;
    let mut identity = None;
    let mut any = None;
    for value in headers.get_all(ACCEPT_ENCODING) {
        for member in value.to_str().unwrap_or_default().split(',') {
            let mut parts = member.split(';');
            let name = parts.next().unwrap_or_default().trim();
            let quality = parts.find_map(quality).unwrap_or(1000);
            match name.to_ascii_lowercase().as_str() {
                "gzip" | "x-gzip" => gzip = Some(quality),
                "identity" => identity = Some(quality),
                "*" => any = Some(quality),
                _ => {}
            }
        }
    }
    let gzip = gzip.or(any).unwrap_or(0);
    // Identity needs no mention to be acceptable, but then anything that is mentioned is liked better.
    let identity = identity.unwrap_or(0);
    if gzip > 0 && gzip >= identity { Coding::Gzip } else { Coding::Identity }
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
    fn gzip_goes_to_those_who_take_it() {
        let cases = [
            ("gzip", Coding::Gzip),
            ("br, gzip;q=0.5", Coding::Gzip),
            ("*", Coding::Gzip),
            ("gzip;q=0", Coding::Identity),
            ("gzip;q=0, *", Coding::Identity),
            ("identity", Coding::Identity),
            ("identity;q=1, gzip;q=0.2", Coding::Identity),
            ("identity;q=0, gzip;q=0.001", Coding::Gzip),
            ("GZIP ; Q=0.3", Coding::Gzip),
            ("br", Coding::Identity),
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
