//! Tokens: who may publish over HTTP or read what is not public, where, and until when.
//!
//! Knows nothing of requests, stores or clocks. But for the random bits of a new secret there is no I/O, and `now` is
//! always somebody's argument.

use std::collections::BTreeSet;
use std::fmt;

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

use crate::article::{Slug, Time};

/// The errors in a newsroom's description of a token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Misspelt {
    /// A name.
    #[error("{0:?} is no name: 1 to 64 letters, digits, hyphens, underscores and full stops of ASCII")]
    Name(String),
    /// A scope.
    #[error("{0:?} is no scope: say read, publish, or publish:daan+yantan for these districts only")]
    Scope(String),
    /// A lifetime.
    #[error("{0:?} is no lifetime: say days such as 90d, hours such as 12h (9999 at most), or never")]
    Lifetime(String),
}

/// The name of a token. Histories of articles say it, so that nobody else is ever called so.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(String);

impl Name {
    /// The longest name, in characters.
    pub const MAX_LENGTH: usize = 64;

    /// Reads a name of ASCII letters, digits, `-`, `_` and `.`.
    pub fn parse(text: &str) -> Result<Self, Misspelt> {
        let spelled = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_' | b'.');
        if (1..=Self::MAX_LENGTH).contains(&text.len()) && text.bytes().all(spelled) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Misspelt::Name(text.to_owned()))
        }
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The scope of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// To look at what everybody may see.
    Read,
    /// To look, and to publish and change anything.
    Publish,
    /// To look, and to publish and change what is in these districts only; there is at least one.
    Within(BTreeSet<Slug>),
}

impl Scope {
    /// Reads what `Display` writes; districts may stand in any order.
    pub fn parse(text: &str) -> Result<Self, Misspelt> {
        let districts = |list: &str| list.split('+').map(Slug::parse).collect::<Option<BTreeSet<_>>>();
        let scope = match text.split_once(':') {
            None if text == "read" => Some(Self::Read),
            None if text == "publish" => Some(Self::Publish),
            Some(("publish", list)) => districts(list).map(Self::Within),
            _ => None,
        };
        scope.ok_or_else(|| Misspelt::Scope(text.to_owned()))
    }
}

/// `read`, `publish`, or `publish:` and districts with `+` between them.
impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let districts = match self {
            Self::Read => return f.write_str("read"),
            Self::Publish => return f.write_str("publish"),
            Self::Within(districts) => districts,
        };
        let slugs: Vec<&str> = districts.iter().map(Slug::as_str).collect();
        write!(f, "publish:{}", slugs.join("+"))
    }
}

/// The lifetime of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifetime {
    /// This many seconds.
    Seconds(i64),
    /// Until it is revoked.
    Never,
}

impl Lifetime {
    /// Reads days (`90d`) or hours (`12h`), from 1 to 9999 of them, or `never`.
    pub fn parse(text: &str) -> Result<Self, Misspelt> {
        let misspelt = || Misspelt::Lifetime(text.to_owned());
        if text == "never" {
            return Ok(Self::Never);
        }
        let units = [('d', 24 * 3600), ('h', 3600)];
        let (digits, unit) =
            units.iter().find_map(|(unit, seconds)| Some((text.strip_suffix(*unit)?, seconds))).ok_or_else(misspelt)?;
        let plain = (1..=4).contains(&digits.len()) && digits.bytes().all(|c| c.is_ascii_digit());
        let number = digits.parse().ok().filter(|number: &i64| plain && *number > 0);
        number.map(|number| Self::Seconds(number * unit)).ok_or_else(misspelt)
    }

    /// When a token ends that is made now; `None` if it does not end.
    pub fn end(self, now: Time) -> Option<Time> {
        match self {
            Self::Seconds(seconds) => Some(now.plus(seconds)),
            Self::Never => None,
        }
    }
}

/// The operating system gives no random bits.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the system gives no random numbers")]
pub struct NoRandomness;

/// The text of a new token, which its holder sees once and nobody keeps.
pub struct Secret(String);

impl Secret {
    /// The beginning of all tokens, so that people, and programs that look for leaks, know one when they see it.
    pub const PREFIX: &str = "wh_";

    /// 256 random bits: `wh_` and 43 characters of base64url (RFC 4648 §5).
    pub fn generate() -> Result<Self, NoRandomness> {
        let mut bits = [0; 32];
        getrandom::fill(&mut bits).map_err(|_| NoRandomness)?;
        Ok(Self(format!("{}{}", Self::PREFIX, BASE64URL_NOPAD.encode(&bits))))
    }

    /// The text, for its holder alone.
    pub fn text(&self) -> &str {
        &self.0
    }
}

/// It must not get into a log.
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// The SHA-256 of a token's whole text: all that is kept of it. What has 256 random bits needs no salt and no slow hash.
#[derive(Clone, Copy, Debug)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of a text that is, or is said to be, a token.
    pub fn of(text: &str) -> Self {
        Self(Sha256::digest(text.as_bytes()).into())
    }

    /// Reads what `Display` writes; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        HEXLOWER.decode(text.as_bytes()).ok()?.try_into().ok().map(Self)
    }
}

/// 64 lower-case hexadecimal digits.
impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl ConstantTimeEq for Digest {
    fn ct_eq(&self, other: &Self) -> Choice {
        self.0.ct_eq(&other.0)
    }
}

/// In constant time, as all comparisons of digests are.
impl PartialEq for Digest {
    fn eq(&self, other: &Self) -> bool {
        self.ct_eq(other).into()
    }
}

impl Eq for Digest {}

/// The stored properties of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Its name, which no other token has or gets.
    pub name: Name,
    /// Its scope.
    pub scope: Scope,
    /// When it was made.
    pub created: Time,
    /// From when on it is good no more; `None` if it does not end by itself.
    pub expires: Option<Time>,
    /// When it was revoked, if it was.
    pub revoked: Option<Time>,
    /// The digest of its text.
    pub digest: Digest,
}

/// Whether a token is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It is.
    Valid,
    /// Its time is over.
    Expired,
    /// It was taken back.
    Revoked,
}

impl State {
    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}

impl Token {
    /// Whether it is good at this moment.
    pub fn state(&self, now: Time) -> State {
        match self {
            Self { revoked: Some(_), .. } => State::Revoked,
            Self { expires: Some(expires), .. } if *expires <= now => State::Expired,
            _ => State::Valid,
        }
    }
}

/// The token whose text is presented, if it is good now.
///
/// The digest of what is presented is compared with every token's, each in constant time and without an early end, so
/// that the time it takes says nothing of whether a token is unknown, expired or revoked, or how much of it is right.
pub fn holder<'a>(tokens: &'a [Token], presented: &str, now: Time) -> Option<&'a Token> {
    let digest = Digest::of(presented);
    // One more than its place; 0 for nobody's.
    let mut found = 0;
    for (place, token) in (1u64..).zip(tokens) {
        let valid = Choice::from(u8::from(token.state(now) == State::Valid));
        found.conditional_assign(&place, token.digest.ct_eq(&digest) & valid);
    }
    tokens.get(usize::try_from(found.checked_sub(1)?).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: Time = Time(1_800_000_000);

    fn name(text: &str) -> Name {
        Name::parse(text).expect("a name")
    }

    fn token(text: &str, expires: Option<Time>, revoked: Option<Time>) -> Token {
        let digest = Digest::of(text);
        Token { name: name(text), scope: Scope::Publish, created: NOW.plus(-100), expires, revoked, digest }
    }

    fn slugs(texts: &[&str]) -> Vec<Slug> {
        texts.iter().map(|text| Slug::parse(text).expect("a slug")).collect()
    }

    #[test]
    fn a_secret_is_new_each_time_and_has_256_bits() {
        let secrets = [(); 2].map(|()| Secret::generate().expect("random bits"));
        assert_ne!(secrets[0].text(), secrets[1].text());
        for secret in &secrets {
            let encoded = secret.text().strip_prefix("wh_").expect("its prefix");
            assert_eq!(
                (encoded.len(), BASE64URL_NOPAD.decode(encoded.as_bytes()).map(|bits| bits.len())),
                (43, Ok(32))
            );
        }
    }

    #[test]
    fn a_secret_is_not_in_what_is_printed_of_it_for_developers() {
        let secret = Secret::generate().expect("random bits");
        assert_eq!(format!("{secret:?}"), "Secret(…)");
    }

    #[test]
    fn a_digest_is_the_sha_256_of_the_whole_text() {
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(Digest::of("abc").to_string(), abc);
        assert_eq!(Digest::parse(abc), Some(Digest::of("abc")));
        assert_ne!(Digest::of("abc"), Digest::of("abd"));
        for bad in ["", &abc[1..], &abc.to_uppercase(), &format!("{abc}00"), &abc.replace('b', "x")] {
            assert_eq!(Digest::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_token_is_found_wherever_it_stands_and_nothing_else_is() {
        let tokens = ["a", "b", "c"].map(|text| token(text, None, None));
        for token in &tokens {
            assert_eq!(holder(&tokens, token.name.as_str(), NOW), Some(token));
        }
        for wrong in ["", "d", "A", "ab", "a "] {
            assert_eq!(holder(&tokens, wrong, NOW), None, "{wrong:?}");
        }
        assert_eq!(holder(&[], "a", NOW), None);
    }

    #[test]
    fn an_expired_or_revoked_token_is_nobodys() {
        let tokens = [
            token("over", Some(NOW), None),
            token("lasting", Some(NOW.plus(1)), None),
            token("taken-back", Some(NOW.plus(1)), Some(NOW.plus(-1))),
        ];
        let found = tokens.each_ref().map(|token| holder(&tokens, token.name.as_str(), NOW).is_some());
        assert_eq!(found, [false, true, false]);
        let states = tokens.each_ref().map(|token| token.state(NOW).name());
        assert_eq!(states, ["expired", "valid", "revoked"]);
    }

    #[test]
    fn scopes_are_written_in_one_way() {
        let within = Scope::parse("publish:yantan+daan+yantan").expect("a scope");
        assert_eq!(within, Scope::Within(slugs(&["daan", "yantan"]).into_iter().collect()));
        assert_eq!(within.to_string(), "publish:daan+yantan");
        let wrong =
            ["", "Read", "read:daan", "publish:", "publish:daan+", "publish:大安", "publish daan", "publish:a:b"];
        for bad in wrong {
            assert_eq!(Scope::parse(bad), Err(Misspelt::Scope(bad.to_owned())));
        }
    }

    #[test]
    fn lifetimes_are_days_hours_or_without_end() {
        let ends = |text: &str| Lifetime::parse(text).expect("a lifetime").end(NOW);
        assert_eq!(ends("90d"), Some(NOW.plus(90 * 86_400)));
        assert_eq!(ends("12h"), Some(NOW.plus(12 * 3600)));
        assert_eq!(ends("never"), None);
        for bad in
            ["", "d", "0d", "90", "90 d", "-1d", "+1d", "1.5d", "10000d", "99999999999999999999h", "90D", "Never"]
        {
            assert_eq!(Lifetime::parse(bad), Err(Misspelt::Lifetime(bad.to_owned())));
        }
    }

    #[test]
    fn names_are_plain() {
        for good in ["a", "-", "Desk_2.daan-night", &"a".repeat(64)] {
            assert_eq!(name(good).to_string(), good);
        }
        for bad in ["", "a b", "大安", "a\tb", "a/b", &"a".repeat(65)] {
            assert_eq!(Name::parse(bad), Err(Misspelt::Name(bad.to_owned())));
        }
    }

    proptest! {
        #[test]
        fn every_scope_is_read_as_it_was_written(districts in prop::collection::btree_set("[a-z0-9]{1,9}", 1..9)) {
            let districts = districts.iter().map(|text| Slug::parse(text).expect("a slug")).collect();
            for scope in [Scope::Read, Scope::Publish, Scope::Within(districts)] {
                prop_assert_eq!(Scope::parse(&scope.to_string()), Ok(scope));
            }
        }
    }
}
