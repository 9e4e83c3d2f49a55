//! More articles at once than an answer holds beside the document: they reach readers behind every kind of shared cache.
//!
//! Random histories seldom hold so many.

use super::reader::READERS;
use super::steps::{Labelled, Step};
use super::world::World;

/// Everything, and a combination.
const FEEDS: [usize; 2] = [0, 9];

/// Every reader polls the feeds through both caches.
fn poll_all(world: &mut World) {
    for reader in 0..READERS.len() {
        for feed in FEEDS {
            for swaps in [false, true] {
                world.take(&Step::PollThroughCache { reader, feed, swaps });
            }
        }
    }
}

#[test]
fn a_burst_beyond_what_an_answer_holds_reaches_readers_behind_caches() {
    let mut world = World::new();
    let bring =
        |count| Step::Bring { count, hours: 0, labels: Labelled::Own(15), backfill: false, newest_first: false };
    world.take(&bring(60));
    world.check(false);
    world.take(&Step::Wait(10));
    poll_all(&mut world);
    world.take(&bring(900));
    world.check(false);
    for seconds in [700, 2, 2, 700] {
        world.take(&Step::Wait(seconds));
        poll_all(&mut world);
    }
    world.settle();
}
