//! Claims about what must not be seen: exports, drafts, and items that are not closed.
//!
//! Knows nothing of where documents come from.

use super::tests::{DATED, all, atom, faults, found, one, rss};
use crate::article::Status;
use crate::ingest::Category;

/// An item of an export with these elements of WordPress'.
fn exported(elements: &str) -> String {
    format!("<item>{DATED}{elements}<content:encoded>机密</content:encoded></item>")
}

#[test]
fn of_a_wordpress_export_only_what_says_that_it_is_a_published_post_is_taken() {
    let gmt = "<wp:post_date_gmt>2030-01-01 00:00:00</wp:post_date_gmt>";
    let (post, publish) = ("<wp:post_type>post</wp:post_type>", "<wp:status>publish</wp:status>");
    assert_eq!(found(rss(&exported(&format!("{gmt}{publish}{post}")))).len(), 1);
    for elements in [
        post.to_owned(),
        publish.to_owned(),
        gmt.to_owned(),
        format!("{post}<wp:status/>"),
        format!("{post}<wp:status>inherit</wp:status>"),
        format!("{post}<wp:status>trash</wp:status>"),
        format!("{post}{publish}<wp:status>draft</wp:status>"),
        format!("{post}<wp:post_type>page</wp:post_type>{publish}"),
        format!("{publish}<wp:post_type>secret</wp:post_type>"),
        format!("{post}{publish}<wp:post_password>x</wp:post_password>"),
        format!("{post}<wp:post_status>publish</wp:post_status>"),
        String::new(),
    ] {
        let document = rss(&format!("<wp:wxr_version>1.2</wp:wxr_version>{}", exported(&elements)));
        let all = all(document);
        assert!(all.len() == 1 && all[0].is_err(), "{elements}: {all:?}");
    }
    let undated = format!("<item><guid>g</guid>{post}<wp:status>future</wp:status></item>");
    assert_eq!(faults(rss(&undated)), ["f.xml:2: \"g\": is planned for a time that is not understood"]);
}

#[test]
fn an_item_without_its_end_tag_is_never_taken_and_the_items_behind_it_are() {
    let wxr = "<wp:post_type>post</wp:post_type><wp:status>publish</wp:status>";
    let open = format!("<item>{DATED}{wxr}<item><guid>2</guid>{wxr}</item>");
    assert_eq!(faults(rss(&open)), ["f.xml:2: the item has no end tag; it is left out"]);
    let open = format!("<wp:wxr_version>1.2</wp:wxr_version><item>{DATED}");
    assert_eq!(faults(rss(&open)), ["f.xml:2: the item has no end tag; it is left out"]);
    let open = atom("<entry><id>a:1</id><title>t</title>");
    assert_eq!(faults(open), ["f.xml:1: the item has no end tag; it is left out"]);
    let open = rss(&format!("<item>{DATED}\n<item><guid>2</guid></item>\n<item>{DATED}</itme>\n<item>{DATED}</item>"));
    let reasons = [2, 4].map(|line| format!("f.xml:{line}: the item has no end tag; it is left out"));
    assert_eq!(faults(open.clone()), reasons);
    let ids: Vec<_> = all(open).into_iter().flatten().map(|found| found.draft.id).collect();
    assert_eq!(ids, ["2", "g"]);
}

#[test]
fn an_entry_whose_publisher_does_not_plainly_let_it_be_seen_is_held_back() {
    let entry = |more: &str| one(atom(&format!("<entry><id>a:1</id><title>t</title>{more}</entry>")));
    for draft in ["yes", "Yes", "true", "", "maybe"] {
        let held = entry(&format!("<app:control><app:draft>{draft}</app:draft></app:control>"));
        assert_eq!((held.draft.status, held.held), (Status::Draft, Some(format!("app:draft is {draft:?}"))));
    }
    for (prefix, uri) in [("app", "http://purl.org/atom/app#"), ("pub", "http://www.w3.org/2007/app")] {
        let held = entry(&format!(
            "<{prefix}:control xmlns:{prefix}=\"{uri}\"><{prefix}:draft>yes</{prefix}:draft></{prefix}:control>"
        ));
        assert!(held.held.is_some(), "{prefix}");
    }
    for shown in ["<app:control><app:draft>no</app:draft></app:control>", "<app:control/>", ""] {
        assert_eq!(entry(shown).draft.status, Status::Published, "{shown}");
    }
}

#[test]
fn of_bloggers_exports_only_posts_that_are_live_are_taken() {
    let entry = |kind: &str, more: &str| {
        format!(
            "<entry><id>tag:blogger.com,1999:blog-1.post-{kind}</id><title>{kind}</title><published>2024-01-02T09:00:00Z</published>{more}\
             <category scheme='http://schemas.google.com/g/2005#kind' term='http://schemas.google.com/blogger/2008/kind#{kind}'/>\
             <category scheme='http://www.blogger.com/atom/ns#' term='盐业'/></entry>"
        )
    };
    let draft = "<app:control><app:draft>yes</app:draft></app:control>";
    let entries = [entry("post", ""), entry("post", draft)].concat()
        + &["comment", "settings", "template", "page"].map(|kind| entry(kind, "")).concat();
    let told: Vec<_> = all(atom(&entries)).into_iter().filter_map(Result::ok).collect();
    let statuses: Vec<_> = told.iter().map(|found| found.draft.status).collect();
    assert_eq!(statuses, [Status::Published, Status::Draft]);
    assert_eq!(told[0].categories, [Category::from("盐业".to_owned())]);
    assert_eq!(faults(atom(&entries)).len(), 4, "each other kind is counted");
    let archive = "<id>tag:blogger.com,1999:blog-1.archive</id><entry><id>a:1</id><title>t</title></entry>";
    assert_eq!(faults(atom(archive)), ["f.xml:1: \"t\": does not say of which kind it is"]);
    let post = |said: &str| {
        format!(
            "<entry xmlns:b='http://schemas.google.com/blogger/2018'><id>a:1</id><title>t</title><published>2024-01-02T09:00:00Z</published>{said}</entry>"
        )
    };
    assert_eq!(found(atom(&post("<b:type>POST</b:type><b:status>LIVE</b:status>"))).len(), 1);
    assert!(one(atom(&post("<b:type>POST</b:type><b:status>SCHEDULED</b:status>"))).planned);
    for said in [
        "<b:type>POST</b:type><b:status>DRAFT</b:status>",
        "<b:type>POST</b:type><b:status>SOFT_TRASHED</b:status>",
        "<b:type>POST</b:type><b:status>LIVE</b:status><b:trashed>2024-01-02T09:00:00Z</b:trashed>",
        "<b:type>POST</b:type>",
        "<b:status>LIVE</b:status>",
        "<b:type>COMMENT</b:type><b:status>LIVE</b:status>",
        "<b:type>PAGE</b:type><b:status>LIVE</b:status>",
    ] {
        assert_eq!(faults(atom(&post(said))).len(), 1, "{said}");
        assert_eq!(all(atom(&post(said))).len(), 1, "{said}");
    }
}
