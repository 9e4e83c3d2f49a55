//! A store of an earlier wellhead is brought up to date, and says the same as before.
//!
//! Knows nothing of how; the earlier store is made by the earlier migrations themselves.

use wellhead::article::{Key, Time};
use wellhead::feed::FeedKey;
use wellhead::store::Store;

use crate::support::tables;

const EARLIER: [&str; 2] =
    [include_str!("../src/store/engine/migrations/0001.sql"), include_str!("../src/store/engine/migrations/0002.sql")];

/// Three articles as they were stored then: one with a correction's note in its text, one without, and one withdrawn.
fn earlier_store(path: &std::path::Path) -> [Key; 3] {
    let store = tables(path);
    EARLIER.iter().for_each(|migration| store.execute_batch(migration).expect("a migration"));
    store.pragma_update(None, "user_version", 2).expect("a version");
    store
        .execute_batch(
            "INSERT INTO revision VALUES (1, 1000, 7), (2, 1001, 8);
             INSERT INTO fingerprint VALUES (1, 'then', 1);
             INSERT INTO feed VALUES (1, 'feed', 3, 1, 900, 3, 2);",
        )
        .expect("rows");
    let keys = ["a", "b", "c"].map(|own_id| Key::derive("local", own_id));
    let note = "更正：<井深>与\"卤\"。";
    let noted = "<p><strong>更正：&lt;井深&gt;与&quot;卤&quot;。</strong></p>\n<p>井。</p>\n";
    let details = serde_json::json!({ "note": note }).to_string();
    let rows = [
        ("a", 900, 950, details.as_str(), format!("{note} 井。"), noted, None),
        ("b", 800, 800, "{}", "灯。".to_owned(), "<p>灯。</p>\n", None),
        ("c", 700, 960, "{}", "桥。".to_owned(), "<p>桥。</p>\n", Some("撤")),
    ];
    for (nth, (own_id, published, updated, details, summary, html, notice)) in rows.iter().enumerate() {
        let row = nth as i64 + 1;
        store
            .execute(
                "INSERT INTO article VALUES (?1, ?2, 'local', ?3, 'tag:' || ?3, 'hash', 1, ?4, ?5, 10, 0, '', '', NULL,
                'title', ?6, ?7, ?8, ?9)",
                (row, keys[nth].as_str(), own_id, published, updated, summary, details, html, notice),
            )
            .expect("an article");
        store.execute("INSERT INTO entry VALUES (1, ?1, ?1, 2, 2, 1)", [row]).expect("an entry");
    }
    keys
}

#[test]
fn an_earlier_store_is_brought_up_to_date_and_says_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("wellhead.db");
    let keys = earlier_store(&path);
    let store = Store::open(&path.to_string_lossy(), "now", Time(2000)).expect("it is understood");
    let stored = |key| store.dossier(key).wait().expect("an answer").expect("an article");
    let [noted, plain, withdrawn] = keys.each_ref().map(stored);
    assert_eq!(
        (noted.article.content.summary.as_str(), noted.article.content.html.as_str()),
        ("井。", "<p>井。</p>\n")
    );
    assert_eq!(noted.article.content.note.as_deref(), Some("更正：<井深>与\"卤\"。"));
    assert_eq!((noted.said_updated, plain.said_updated), (Some(Time(950)), None));
    assert_eq!(
        (plain.article.content.html.as_str(), plain.article.content.summary.as_str()),
        ("<p>灯。</p>\n", "灯。")
    );
    assert_eq!((withdrawn.article.withdrawn.as_deref(), withdrawn.said_updated), (Some("撤"), None));
    assert!([noted, plain, withdrawn].iter().all(|stored| !stored.embargoed && !stored.purged));
    let document = store.document(&FeedKey::All, None).wait().expect("a document");
    assert_eq!((document.articles.len(), document.revision.number, document.newest_page), (3, 2, None));
    let overview = store.overview(&FeedKey::All).wait().expect("an overview");
    assert_eq!((overview.days, overview.entries), (vec![(0, 2)], 2), "of the first day of 1970, one withdrawn");
    assert_eq!(store.history(&keys[0]).wait().expect("an answer"), Some(Vec::new()), "nothing was written down then");
}
