//! Tokens as they are kept: added, listed and revoked.
//!
//! Knows nothing of their texts, of which it gets digests only, or of who presents one.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::engine::begin;
use super::{Pending, Store, StoreError};
use crate::article::Time;
use crate::token::{Digest, Name, Scope, Token};

const TOKENS: &str = "SELECT name, scope, digest, created, expires, revoked FROM token ORDER BY created, name";
const UNREVOKED_TOKENS: &str = "SELECT name, scope, digest, created, expires, revoked FROM token
    WHERE revoked IS NULL";
const COUNT_TOKENS: &str = "SELECT COUNT(*) FROM token WHERE revoked IS NULL";
const TOKEN: &str = "SELECT name, scope, digest, created, expires, revoked FROM token WHERE name = ?1";
const INSERT_TOKEN: &str = "INSERT INTO token(name, scope, digest, created, expires, revoked)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
const REVOKE_TOKEN: &str = "UPDATE token SET revoked = ?2 WHERE name = ?1";

/// The most tokens that are not revoked, expired ones included: each request to the API is compared with all of them.
pub const MAX_TOKENS: usize = 256;

/// What became of a new token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It is good.
    Done,
    /// There is, or was, another of this name.
    Taken,
    /// There are [`MAX_TOKENS`] already.
    Full,
}

/// What became of a token that was to be revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revocation {
    /// It is good no more.
    Done,
    /// It was revoked at this time already.
    Before(Time),
    /// There is none of this name.
    Unknown,
}

impl Store {
    /// Adds a token, unless its name has been used or there are too many.
    pub fn add_token(&self, token: Token) -> Pending<Admission> {
        self.engine.write(move |connection| add(connection, &token))
    }

    /// Takes a token back for ever.
    pub fn revoke_token(&self, name: &Name, now: Time) -> Pending<Revocation> {
        let name = name.clone();
        self.engine.write(move |connection| revoke(connection, &name, now))
    }

    /// All tokens that are not revoked, some of which may have expired. It is to be asked at each request that brings
    /// one, so that a revocation works at once.
    pub fn tokens(&self) -> Pending<Vec<Token>> {
        self.engine.read(|connection| unrevoked(connection))
    }

    /// All tokens that there ever were, the first first.
    pub fn all_tokens(&self) -> Pending<Vec<Token>> {
        self.engine.read(|connection| all(connection))
    }
}

/// Adds a token, unless its name has been used or there are too many.
fn add(connection: &mut Connection, token: &Token) -> Result<Admission, StoreError> {
    let tx = begin(connection)?;
    let unrevoked: i64 = tx.query_row(COUNT_TOKENS, [], |row| row.get(0))?;
    if tx.query_row(TOKEN, [token.name.as_str()], |_| Ok(())).optional()?.is_some() {
        return Ok(Admission::Taken);
    }
    if unrevoked >= MAX_TOKENS as i64 {
        return Ok(Admission::Full);
    }
    let Token { name, scope, created, expires, revoked, digest } = token;
    let [expires, revoked] = [expires, revoked].map(|time| time.map(|time| time.0));
    let row = params![name.as_str(), scope.to_string(), digest.to_string(), created.0, expires, revoked];
    tx.execute(INSERT_TOKEN, row)?;
    tx.commit()?;
    Ok(Admission::Done)
}

/// Revokes the token of this name.
fn revoke(connection: &mut Connection, name: &Name, now: Time) -> Result<Revocation, StoreError> {
    let tx = begin(connection)?;
    match tx.query_row(TOKEN, [name.as_str()], |row| Ok(token(row))).optional()?.transpose()? {
        None => Ok(Revocation::Unknown),
        Some(Token { revoked: Some(time), .. }) => Ok(Revocation::Before(time)),
        Some(_) => {
            tx.execute(REVOKE_TOKEN, params![name.as_str(), now.0])?;
            tx.commit()?;
            Ok(Revocation::Done)
        }
    }
}

/// All tokens that are not revoked.
fn unrevoked(connection: &Connection) -> Result<Vec<Token>, StoreError> {
    listed(connection, UNREVOKED_TOKENS)
}

/// All tokens that there ever were, the first first.
fn all(connection: &Connection) -> Result<Vec<Token>, StoreError> {
    listed(connection, TOKENS)
}

fn listed(connection: &Connection, question: &str) -> Result<Vec<Token>, StoreError> {
    let mut statement = connection.prepare_cached(question)?;
    let rows = statement.query_map([], |row| Ok(token(row)))?;
    rows.map(|row| row?).collect()
}

fn token(row: &Row<'_>) -> Result<Token, StoreError> {
    let text = |column| row.get_ref(column)?.as_str().map_err(rusqlite::Error::from);
    let time = |column| Ok::<_, StoreError>(row.get::<_, Option<i64>>(column)?.map(Time));
    Ok(Token {
        name: Name::parse(text(0)?).map_err(|_| StoreError::Damaged("token's name"))?,
        scope: Scope::parse(text(1)?).map_err(|_| StoreError::Damaged("token's scope"))?,
        digest: Digest::parse(text(2)?).ok_or(StoreError::Damaged("token's digest"))?,
        created: Time(row.get(3)?),
        expires: time(4)?,
        revoked: time(5)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;
    use crate::token::holder;

    const NOW: Time = Time(1_800_000_000);

    fn store(folder: &tempfile::TempDir) -> Store {
        Store::open(&folder.path().join("wellhead.db").to_string_lossy(), "now", NOW).expect("a store")
    }

    fn name(text: &str) -> Name {
        Name::parse(text).expect("a name")
    }

    fn token(text: &str) -> Token {
        let scope = Scope::parse("publish:daan+yantan").expect("a scope");
        let (expires, digest) = (Some(NOW.plus(10)), Digest::of(text));
        Token { name: name(text), scope, created: NOW, expires, revoked: None, digest }
    }

    fn add(store: &Store, token: Token) -> Admission {
        store.add_token(token).wait().expect("an answer")
    }

    #[test]
    fn a_token_is_kept_as_it_was_added() {
        let folder = tempfile::tempdir().expect("a folder");
        let added = [token("b"), Token { expires: None, scope: Scope::Read, created: NOW.plus(1), ..token("a") }];
        added.iter().for_each(|token| assert_eq!(add(&store(&folder), token.clone()), Admission::Done));
        assert_eq!(store(&folder).all_tokens().wait().expect("tokens"), added);
        assert_eq!(store(&folder).tokens().wait().expect("tokens").len(), 2);
    }

    #[test]
    fn a_revocation_holds_at_once_wherever_the_store_is_open() {
        let folder = tempfile::tempdir().expect("a folder");
        let (server, command) = (store(&folder), store(&folder));
        assert_eq!(add(&command, token("a")), Admission::Done);
        let good = || holder(&server.tokens().wait().expect("tokens"), "a", NOW).is_some();
        assert!(good());
        let revoke = |text, now| command.revoke_token(&name(text), now).wait().expect("an answer");
        assert_eq!(revoke("a", NOW.plus(1)), Revocation::Done);
        assert!(!good());
        assert_eq!(revoke("a", NOW.plus(2)), Revocation::Before(NOW.plus(1)));
        assert_eq!(revoke("b", NOW), Revocation::Unknown);
        assert_eq!(server.all_tokens().wait().expect("tokens"), [Token { revoked: Some(NOW.plus(1)), ..token("a") }]);
    }

    #[test]
    fn a_name_is_given_once_even_after_revocation() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = store(&folder);
        add(&store, token("a"));
        let other = Token { digest: Digest::of("other"), ..token("a") };
        assert_eq!(add(&store, other.clone()), Admission::Taken);
        store.revoke_token(&name("a"), NOW).wait().expect("an answer");
        assert_eq!(add(&store, other), Admission::Taken);
    }

    #[test]
    fn there_is_room_for_so_many_tokens_that_are_not_revoked() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = store(&folder);
        for n in 0..MAX_TOKENS {
            assert_eq!(add(&store, token(&n.to_string())), Admission::Done, "{n}");
        }
        assert_eq!(add(&store, token("more")), Admission::Full);
        assert_eq!(add(&store, token("7")), Admission::Taken);
        store.revoke_token(&name("7"), NOW).wait().expect("an answer");
        assert_eq!(add(&store, token("more")), Admission::Done);
        assert_eq!(store.tokens().wait().expect("tokens").len(), MAX_TOKENS);
    }
}
