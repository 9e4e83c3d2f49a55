//! What a server shows after another process has changed the store, and when the store is away (rules 7 and 8).
//!
//! Knows nothing of how a server notices by itself: the tests call `refresh`, or do not.

use wellhead::store::Revision;

use crate::support::served::{BORN, NOW, Served, another, first_page, http_date};

/// The last revision in the store.
fn last_revision(served: &Served) -> Revision {
    let change = served.other_store().changes_after(0).wait().expect("the store answers");
    *change.revisions.last().expect("a store is born with a revision")
}

fn tag(revision: Revision) -> String {
    format!("W/\"{}-{:08x}\"", revision.number, revision.nonce)
}

#[test]
fn what_another_process_imports_shows_after_a_refresh() {
    let served = Served::start();
    let before = served.get("/feed.atom", &[]);
    assert_eq!(served.import(&another("second")).new, 1);
    let lagging = served.get("/feed.atom", &[]);
    assert_eq!((lagging.fields(&[]), lagging.body), (before.fields(&[]), before.body.clone()));
    served.refresh();
    for path in ["/feed.atom", "/districts/daan.json", "/topics/salt.rss", "/districts/daan/topics/salt.atom", "/"] {
        assert!(served.get(path, &[]).text().contains("大安盐井 second"), "{path}");
    }
    served.set_clock(NOW + 10);
    let after = served.get("/feed.atom", &[]);
    assert_eq!(after.expect("etag"), tag(last_revision(&served)));
    assert_eq!(after.expect("last-modified"), http_date(NOW + 1));
}

#[test]
fn a_feed_that_nothing_joined_keeps_its_validators() {
    let served = Served::start();
    let before = served.get("/districts/yantan.atom", &[]);
    served.import(&another("second"));
    served.refresh();
    let after = served.get("/districts/yantan.atom", &[]);
    assert_eq!((after.fields(&[]), after.body), (before.fields(&[]), before.body));
}

#[test]
fn a_later_tag_makes_a_lagging_server_look_by_itself() {
    let served = Served::start();
    let old = served.get("/feed.atom", &[]).expect("etag").to_owned();
    served.import(&another("second"));
    let new = tag(last_revision(&served));
    served.set_clock(NOW + 10);
    let response = served.get("/feed.atom", &[&format!("If-None-Match: {new}")]);
    assert_eq!((response.status, response.expect("etag")), (304, new.as_str()));
    assert_eq!(response.expect("last-modified"), http_date(NOW + 1).as_str());
    // It has learnt it for everybody.
    assert_eq!(served.get("/feed.atom", &[&format!("If-None-Match: {old}")]).status, 200);
    assert!(served.get("/feed.atom", &[]).text().contains("大安盐井 second"));
}

#[test]
fn a_later_tag_of_another_history_makes_it_look_and_gets_the_new_document() {
    let served = Served::start();
    served.import(&another("second"));
    let revision = last_revision(&served);
    let foreign = tag(Revision { nonce: !revision.nonce, ..revision });
    let response = served.get("/feed.atom", &[&format!("If-None-Match: {foreign}")]);
    assert_eq!((response.status, response.expect("etag")), (200, tag(revision).as_str()));
    assert!(response.text().contains("大安盐井 second"));
}

#[test]
fn a_document_read_ahead_of_what_the_server_knows_has_its_own_validators() {
    let served = Served::start();
    served.import(&another("second"));
    // Nothing of this feed is in memory yet, so that the store is read.
    let response = served.get("/topics/salt.json", &[]);
    assert!(response.text().contains("大安盐井 second"));
    assert_eq!(response.expect("etag"), tag(last_revision(&served)));
    let again = served.get("/topics/salt.json", &[&format!("If-None-Match: {}", response.expect("etag"))]);
    assert_eq!((again.status, again.expect("etag")), (304, response.expect("etag")));
}

#[test]
fn a_new_article_has_a_page_at_once() {
    let served = Served::start();
    served.import(&another("second"));
    let page = format!("/articles/{}", wellhead::article::Key::derive("local", "second"));
    assert_eq!(served.get(&page, &[]).status, 200, "no refresh is needed: nothing of it is in memory");
    served.refresh();
    assert!(served.get(&page, &[]).text().contains("大安盐井 second"));
}

#[test]
fn what_changes_nothing_makes_no_revision() {
    let served = Served::start();
    served.import(&another("second"));
    let revision = last_revision(&served);
    assert_eq!(served.import(&another("second")).unchanged, 1);
    assert_eq!(last_revision(&served), revision);
}

const AWAY: &str = "ALTER TABLE revision RENAME TO gone_revision; ALTER TABLE entry RENAME TO gone_entry;
                    ALTER TABLE article RENAME TO gone_article;";
const BACK: &str = "ALTER TABLE gone_revision RENAME TO revision; ALTER TABLE gone_entry RENAME TO entry;
                    ALTER TABLE gone_article RENAME TO article;";

#[test]
fn without_the_store_what_is_in_memory_is_served() {
    let served = Served::start();
    let before = served.get("/feed.atom", &[]);
    served.sabotage(AWAY);
    let after = served.get("/feed.atom", &[]);
    assert_eq!((after.status, after.fields(&[]), &after.body), (200, before.fields(&[]), &before.body));
    assert_eq!(served.get("/feed.rss", &[&format!("If-None-Match: {}", before.expect("etag"))]).status, 304);
}

#[test]
fn without_the_store_an_outdated_copy_beats_an_error() {
    let served = Served::start();
    let before = served.get("/feed.atom", &[]);
    let page = served.get(&first_page(), &[]);
    served.import(&another("second"));
    served.refresh();
    served.sabotage(AWAY);
    let after = served.get("/feed.atom", &[]);
    assert_eq!((after.status, after.fields(&[]), &after.body), (200, before.fields(&[]), &before.body));
    assert_eq!(served.get(&first_page(), &[]).body, page.body);
    served.sabotage(BACK);
    assert!(served.get("/feed.atom", &[]).text().contains("大安盐井 second"));
}

#[test]
fn without_the_store_a_client_that_names_something_keeps_it() {
    let served = Served::start();
    let old = served.get("/feed.atom", &[]).expect("etag").to_owned();
    served.import(&another("second"));
    served.refresh();
    served.sabotage(AWAY);
    let response = served.get("/feed.atom", &[&format!("If-None-Match: {old}")]);
    assert_eq!((response.status, response.expect("etag")), (304, old.as_str()), "late, never lost");
    let since = http_date(BORN + 2);
    let response = served.get("/feed.atom", &[&format!("If-Modified-Since: {since}")]);
    assert_eq!((response.status, response.expect("last-modified")), (304, since.as_str()));
    assert_eq!(response.expect("cache-control"), "public, max-age=600, stale-if-error=86400");
    assert_eq!(response.expect("vary"), "Accept-Encoding, A-IM, Sec-Fetch-Dest");
    served.sabotage(BACK);
    assert_eq!(served.get("/feed.atom", &[&format!("If-None-Match: {old}")]).status, 200);
}

#[test]
fn without_the_store_a_later_tag_is_repeated_to_whoever_names_it() {
    let served = Served::start();
    served.import(&another("second"));
    let new = tag(last_revision(&served));
    served.sabotage(AWAY);
    let response = served.get("/feed.atom", &[&format!("If-None-Match: {new}")]);
    assert_eq!((response.status, response.expect("etag"), response.header("last-modified")), (304, new.as_str(), None));
}

#[test]
fn without_the_store_and_without_a_copy_a_client_is_asked_to_come_back() {
    let served = Served::start();
    served.sabotage(AWAY);
    let response = served.get("/feed.atom", &[]);
    assert_eq!((response.status, response.expect("retry-after")), (503, "60"));
    assert_eq!(response.expect("cache-control"), "no-store");
    served.sabotage(BACK);
    assert_eq!(served.get("/feed.atom", &[]).status, 200);
}
