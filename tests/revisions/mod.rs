//! Never miss, never resend: random histories of imports, edits, corrections, relabellings, withdrawals, erasures,
//! embargoes, backfills and restarts, on a clock that the test moves, held against the rules of [`model`] after every step.
//!
//! Two servers stand on one store; the second may lag, and either may lose the store for a poll. The readers of
//! [`reader`] poll at any moment, at either. In the end each has every article that was in its first document or joined
//! at the head since and is still in the feed, as it stands since its last significant change; and if nothing new comes,
//! it is told nothing. After every step the three formats say the same, and the archives reach every article.
//!
//! `PROPTEST_CASES=1000 cargo test revisions` looks further.

mod bursts;
mod cache;
mod checks;
mod model;
mod moved;
mod pages;
mod reader;
mod steps;
mod world;

use proptest::prelude::*;
use wellhead::article::Key;

use steps::{Edit, Labelled, Step, beginning, step};
use world::{World, key};

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 200, ..ProptestConfig::with_cases(
        std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(20)
    ) })]

    #[test]
    fn any_history_is_published_by_the_rules(
        beginning in beginning(),
        steps in prop::collection::vec(step(), 1..24),
    ) {
        let mut world = World::new();
        world.check(false);
        for step in beginning.iter().chain(&steps) {
            world.take(step);
            if step.writes() {
                world.check(matches!(step, Step::Deploy));
            }
        }
        world.settle();
    }
}

#[test]
fn a_new_store_is_born_with_a_revision_and_only_another_fingerprint_makes_a_second() {
    let mut world = World::new();
    world.start();
    assert_eq!(world.last_revision(), 1);
    world.take(&Step::Deploy);
    assert_eq!(world.last_revision(), 2);
}

#[test]
fn importing_the_same_again_makes_no_revision() {
    let mut world = World::new();
    world.take(&Step::Bring { count: 250, hours: 0, labels: Labelled::Own(15), backfill: false, newest_first: false });
    let last = world.last_revision();
    assert_eq!(last, 3, "250 articles are two revisions");
    let all = world.said.clone();
    world.import(&all, false);
    assert_eq!(world.last_revision(), last);
}

#[test]
fn an_article_that_leaves_and_returns_has_its_old_number() {
    let mut world = World::new();
    world.take(&Step::Bring { count: 3, hours: 0, labels: Labelled::Own(5), backfill: false, newest_first: false });
    world.take(&Step::Again(vec![(0, Edit::Relabel(Labelled::Own(0)))]));
    world.take(&Step::Again(vec![(0, Edit::Relabel(Labelled::Own(5)))]));
    let key = self::key("districts/daan");
    assert_eq!(world.model.feeds[&key].entries["0"].position, 1);
    assert_eq!(world.model.feeds[&key].head, 3);
    world.check(false);
}

/// So many articles in all feeds at once, all of one hour.
fn bulk(count: usize) -> Step {
    Step::Bring { count, hours: 60, labels: Labelled::Own(15), backfill: false, newest_first: false }
}

#[test]
fn what_changed_within_48_hours_before_the_newest_change_is_shown() {
    for (seconds, shown) in [(171_000, 160), (173_500, 60)] {
        let mut world = World::new();
        for step in [bulk(100), Step::Wait(seconds), bulk(60)] {
            world.take(&step);
        }
        world.check(false);
        let key = self::key("topics/salt");
        assert_eq!(world.model.document(&key).len(), shown, "{seconds} s later");
    }
}

#[test]
fn an_old_article_is_shown_again_when_it_returns_or_is_edited_significantly_but_not_for_a_silent_fix() {
    let key = self::key("topics/salt");
    let cases = [
        (vec![Edit::Relabel(Labelled::Own(0)), Edit::Relabel(Labelled::Own(15))], true),
        (vec![Edit::Significant(1)], true),
        (vec![Edit::Silent(1)], false),
    ];
    for (edits, shown) in cases {
        let mut world = World::new();
        for step in [bulk(120), Step::Wait(200_000), bulk(5)] {
            world.take(&step);
        }
        for edit in &edits {
            world.take(&Step::Again(vec![(0, *edit)]));
            world.check(false);
        }
        assert_eq!(world.model.document(&key).contains(&"0".to_owned()), shown, "{edits:?}");
    }
}

#[test]
fn backfill_joins_at_the_tail_and_moves_no_document_that_is_full() {
    let mut world = World::new();
    for step in [bulk(120), Step::Wait(200_000), bulk(5)] {
        world.take(&step);
    }
    world.check(false);
    let key = self::key("topics/salt");
    let revision = world.model.feed_revision(&key);
    world.take(&Step::Bring { count: 70, hours: 900, labels: Labelled::Own(15), backfill: true, newest_first: false });
    world.check(false);
    assert_eq!((world.model.feeds[&key].tail, world.model.feed_revision(&key)), (-69, revision));
}

#[test]
fn the_open_page_is_shown_however_many_older_articles_change() {
    let mut world = World::new();
    for step in [bulk(120), Step::Wait(200_000)] {
        world.take(&step);
    }
    world.take(&Step::Again((0..60).map(|which| (which, Edit::Significant(1))).collect()));
    world.check(false);
    let key = self::key("topics/salt");
    let document = world.model.document(&key);
    assert_eq!(document.len(), 80);
    assert!(document.contains(&"100".to_owned()), "the first of the open page");
}

#[test]
fn a_backfill_fills_a_short_document_with_its_newest() {
    let mut world = World::new();
    world.take(&bulk(10));
    world.take(&Step::Bring { count: 150, hours: 900, labels: Labelled::Own(15), backfill: true, newest_first: false });
    world.check(false);
    let key = self::key("topics/salt");
    let document = world.model.document(&key);
    assert_eq!(document.len(), 50);
    assert!(document.contains(&"159".to_owned()) && !document.contains(&"10".to_owned()));
}

#[test]
fn a_document_that_shows_the_same_moves_all_the_same_when_its_archives_begin() {
    let mut world = World::new();
    world.take(&bulk(99));
    world.check(false);
    let key = key("topics/salt");
    let (shown, revision) = (world.model.document(&key), world.model.feed_revision(&key));
    let labels = Labelled::Own(15);
    world.take(&Step::Bring { count: 50, hours: 900, labels, backfill: true, newest_first: false });
    assert_eq!((world.model.document(&key), world.model.archives(&key)), (shown, vec![0, 1]));
    assert!(world.model.feed_revision(&key) > revision, "there is a link to the archives now");
    world.check(false);
}

#[test]
fn what_is_released_late_joins_at_the_head_however_old_it_says_it_is() {
    let mut world = World::new();
    let announce = Step::Announce { count: 1, ahead: 10, labels: Labelled::Own(15) };
    // The first is withdrawn while the second, three days newer, appears.
    for step in [announce.clone(), Step::Turn(0), Step::Wait(300_000), announce, Step::Wait(20), Step::Release] {
        world.take(&step);
    }
    assert_eq!(world.model.document(&key("feed")), ["1"]);
    for step in [Step::Turn(0), Step::Release] {
        world.take(&step);
    }
    world.check(false);
    let places = world.app().site.store().places(&Key::derive("local", "0")).wait().expect("an answer");
    assert!(places.len() == 9 && places.iter().all(|place| place.position == 2), "{places:?}");
}

#[test]
fn changed_rules_move_what_they_have_placed_and_nothing_that_has_brought_its_labels() {
    let mut world = World::new();
    for labels in [Labelled::Own(5), Labelled::Ruled(5), Labelled::Ruled(15)] {
        world.take(&Step::Bring { count: 2, hours: 0, labels, backfill: false, newest_first: false });
    }
    world.check(false);
    world.take(&Step::Reclassify);
    world.check(false);
    assert_eq!(world.model.held(&key("districts/daan")).into_keys().collect::<Vec<_>>(), ["0", "1", "4", "5"]);
    assert_eq!(world.model.held(&key("districts/yantan")).into_keys().collect::<Vec<_>>(), ["2", "3", "4", "5"]);
}
