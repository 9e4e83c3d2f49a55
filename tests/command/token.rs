//! `token`: what is printed of tokens, what is kept of them, and what is refused.
//!
//! Knows nothing of how a request brings one.

use wellhead::article::Time;
use wellhead::store::Store;
use wellhead::token::holder;

use super::{Newsroom, files};

impl Newsroom {
    /// Makes a token and gives back its text.
    fn token(&self, name: &str, more: &[&str]) -> String {
        let out = self.done(&[&["token", "add", name], more].concat()).out;
        out.strip_suffix('\n').expect("a line").to_owned()
    }

    /// The lines of `token list`, as columns.
    fn tokens(&self) -> Vec<Vec<String>> {
        let out = self.done(&["token", "list"]).out;
        out.lines().map(|line| line.split('\t').map(str::to_owned).collect()).collect()
    }

    /// Whose the store says this token is.
    fn holder(&self, text: &str) -> Option<String> {
        let (now, path) = (now(), self.path("wellhead.db"));
        let store = Store::open(&path.to_string_lossy(), "test", now).expect("a store");
        let tokens = store.tokens().wait().expect("tokens");
        holder(&tokens, text, now).map(|token| token.name.to_string())
    }

    /// Lets a token end at the moment at which it was made.
    fn expire(&self, name: &str) {
        let store = crate::support::tables(&self.path("wellhead.db"));
        store.execute("UPDATE token SET expires = created WHERE name = ?1", [name]).expect("a row");
    }
}

fn now() -> Time {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    Time(since.as_secs() as i64)
}

#[test]
fn a_token_is_printed_once_alone_and_kept_nowhere() {
    let newsroom = Newsroom::new();
    let ended = newsroom.done(&["token", "add", "desk", "--scope", "publish"]);
    let text = ended.out.strip_suffix('\n').expect("a line");
    let bits = data_encoding::BASE64URL_NOPAD.decode(text.strip_prefix("wh_").expect("its prefix").as_bytes());
    assert_eq!(bits.expect("base64url").len(), 32, "256 bits");
    for told in ["token desk, scope publish, good until 2", "this once"] {
        assert!(ended.err.contains(told), "{}", ended.err);
    }
    let secret = &text["wh_".len()..];
    assert!(!ended.err.contains(secret) && !newsroom.done(&["token", "list"]).out.contains(secret));
    for (name, bytes) in files(newsroom.0.path()) {
        assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "it is in {name}");
    }
    assert_eq!(newsroom.holder(text).as_deref(), Some("desk"));
    assert_ne!(newsroom.token("other", &["--scope", "publish"]), text);
}

#[test]
fn tokens_are_listed_with_their_scopes_and_states() {
    let newsroom = Newsroom::new();
    newsroom.token("a", &["--scope", "read"]);
    newsroom.token("b", &["--scope", "publish:yantan+daan", "--expires", "12h"]);
    newsroom.token("c", &["--scope", "publish", "--expires", "never"]);
    let tokens = newsroom.tokens();
    let column = |nth: usize| -> Vec<&str> { tokens.iter().map(|token| token[nth].as_str()).collect() };
    assert_eq!(column(0), ["a", "b", "c"]);
    assert_eq!(column(1), ["read", "publish:daan+yantan", "publish"]);
    let time = |text: &str| Time::parse(text).expect("a time").0;
    let lasting = |nth: usize| time(&tokens[nth][3]) - time(&tokens[nth][2]);
    assert_eq!((lasting(0), lasting(1), tokens[2][3].as_str()), (90 * 86_400, 12 * 3600, "never"));
    newsroom.expire("a");
    newsroom.done(&["token", "revoke", "b"]);
    let states: Vec<String> = newsroom.tokens().into_iter().map(|token| token[4].clone()).collect();
    assert_eq!(states, ["expired", "revoked", "valid"]);
}

#[test]
fn a_revoked_or_expired_token_is_nobodys() {
    let newsroom = Newsroom::new();
    let [old, lost, good] = ["old", "lost", "good"].map(|name| newsroom.token(name, &["--scope", "publish"]));
    newsroom.expire("old");
    assert_eq!(newsroom.done(&["token", "revoke", "lost"]).out, "lost: revoked\n");
    assert_eq!([&old, &lost, &good].map(|text| newsroom.holder(text)), [None, None, Some("good".to_owned())]);
}

#[test]
fn revoking_twice_says_so_and_revoking_what_is_not_there_fails() {
    let newsroom = Newsroom::new();
    newsroom.token("desk", &["--scope", "publish"]);
    newsroom.done(&["token", "revoke", "desk"]);
    let again = newsroom.done(&["token", "revoke", "desk"]).out;
    assert!(again.starts_with("desk: it was revoked before, at 2"), "{again}");
    let ended = newsroom.call(&["token", "revoke", "nobody"]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""));
    assert!(ended.err.contains("there is no token nobody"), "{}", ended.err);
}

#[test]
fn a_name_is_used_once_for_ever() {
    let newsroom = Newsroom::new();
    newsroom.token("desk", &["--scope", "publish"]);
    newsroom.done(&["token", "revoke", "desk"]);
    let ended = newsroom.call(&["token", "add", "desk", "--scope", "read"]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""));
    assert!(ended.err.contains("there is or was a token desk"), "{}", ended.err);
}

#[test]
fn a_district_that_is_not_defined_is_refused_with_those_that_are() {
    let newsroom = Newsroom::new();
    let ended = newsroom.call(&["token", "add", "desk", "--scope", "publish:daan+gongjing"]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""));
    assert!(ended.err.contains("there is no district gongjing; there are these: daan, yantan"), "{}", ended.err);
    assert!(newsroom.tokens().is_empty());
}

#[test]
fn a_district_is_meant_by_the_name_that_it_has_today_and_not_if_it_has_retired() {
    let newsroom = Newsroom::new();
    newsroom.write("feeds/districts/daan.toml", "title = \"大安区\"\nformerly = [\"dawan\"]\n[terms]\n\"大安\" = 4\n");
    newsroom.write("feeds/districts/yantan.toml", "title = \"沿滩区\"\nretired = 2026-01-01\n");
    newsroom.token("desk", &["--scope", "publish:dawan"]);
    assert_eq!(newsroom.tokens()[0][1], "publish:daan");
    let ended = newsroom.call(&["token", "add", "other", "--scope", "publish:yantan"]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.err.contains("there is no district yantan; there are these: daan\n"), "{}", ended.err);
}

#[test]
fn what_is_misspelt_is_wrong_usage() {
    let newsroom = Newsroom::new();
    for arguments in [
        &["add", "desk"][..],
        &["add", "--scope", "read"],
        &["add", "the desk", "--scope", "read"],
        &["add", "desk", "--scope", "write"],
        &["add", "desk", "--scope", "publish:"],
        &["add", "desk", "--scope", "read", "--expires", "0d"],
        &["add", "desk", "--scope", "read", "--expires", "tomorrow"],
        &["revoke"],
        &[],
    ] {
        let ended = newsroom.call(&[&["token"], arguments].concat());
        assert_eq!((ended.code, ended.out.as_str()), (Some(64), ""), "{arguments:?}");
    }
}
