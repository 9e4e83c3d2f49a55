//! What moves between the cells of a combination, long after it was published, reaches the combination's readers.
//!
//! Knows nothing of how a feed is told of its own entries.

use super::reader::DIRECT;
use super::steps::{Edit, Labelled, Step};
use super::world::World;

/// In both districts and both topics, in one district or the other, and in a district and a topic.
const ALL: Labelled = Labelled::Own(15);
const DAAN: u8 = 1;
const YANTAN: u8 = 2;
const DAAN_LANTERN: u8 = 5;
const YANTAN_SALT: u8 = 10;

fn bring(count: usize, hours: i64, labels: Labelled) -> Step {
    Step::Bring { count, hours, labels, backfill: false, newest_first: false }
}

/// A newsroom with full archives in all feeds, whose readers have polled every feed; article 120 came after that.
fn away_since_before(labels: u8) -> World {
    let mut world = World::new();
    world.take(&bring(120, 0, ALL));
    poll_all(&mut world);
    world.take(&Step::Wait(10));
    world.take(&bring(1, 60, Labelled::Own(labels)));
    world
}

fn poll_all(world: &mut World) {
    world.take(&Step::Wait(10));
    for reader in 0..DIRECT {
        for feed in 0..world.keys.len() {
            world.take(&Step::Poll { reader, feed, second: false, away: false });
        }
    }
}

#[test]
fn a_reader_of_a_combination_that_was_away_is_told_of_what_has_moved_between_its_cells() {
    for (from, to) in [(DAAN, YANTAN), (DAAN_LANTERN, YANTAN_SALT)] {
        let mut world = away_since_before(from);
        world.take(&Step::Wait(200_000));
        world.take(&Step::Again(vec![(120, Edit::Relabel(Labelled::Own(to)))]));
        world.check(false);
        world.take(&Step::Wait(200_000));
        world.take(&bring(70, 0, ALL));
        world.check(false);
        world.settle();
    }
}

#[test]
fn a_reader_of_a_combination_is_told_of_a_correction_that_moves_an_article_between_its_cells() {
    let mut world = away_since_before(DAAN);
    poll_all(&mut world);
    world.take(&Step::Again(vec![(120, Edit::Rewrite(YANTAN))]));
    world.check(false);
    world.take(&Step::Wait(200_000));
    world.take(&bring(70, 0, ALL));
    world.check(false);
    world.settle();
}

#[test]
fn readers_of_a_feed_that_heard_of_later_changes_are_told_nothing_of_what_moves_in() {
    let mut world = away_since_before(DAAN);
    for step in [bring(1, 0, ALL), Step::Wait(200_000), bring(70, 0, ALL)] {
        world.take(&step);
    }
    world.check(false);
    poll_all(&mut world);
    world.take(&Step::Again(vec![(120, Edit::Relabel(Labelled::Own(YANTAN)))]));
    world.check(false);
    let yantan = super::world::key("districts/yantan");
    assert!(!world.model.document(&yantan).contains(&"120".to_owned()));
    let at = world.keys.iter().position(|key| *key == yantan).expect("a feed");
    world.take(&Step::Wait(10));
    assert_eq!(world.poll(0, at, 0, false), None);
    world.settle();
}
