//! What slows those who guess at tokens: the more failures, the longer each further one waits for its answer.
//!
//! Knows nothing of requests, tokens or clocks: it is told who failed with what, and when. Who succeeds is never slowed,
//! even at an address from which others guess.

use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::time::Duration;

use quick_cache::sync::{Cache, EntryAction, EntryResult};

use super::limits::counted_as;
use crate::article::Time;

/// How many cells are kept, of about 100 bytes each; beyond, those least used are forgotten, which forgives.
const CELLS: usize = 16_384;

/// How much of what is presented tells one guesser's cell from another's at the same address, in characters.
const TOLD_APART: usize = 8;

/// How many failures are answered at once: a token that was pasted wrongly, or one that has just expired.
const FREE: u32 = 3;

/// How long the first failure after those waits; each further one waits twice as long.
const FIRST: Duration = Duration::from_millis(100);

/// The longest that a failure waits.
const LONGEST: Duration = Duration::from_secs(5);

/// How long after its last failure a cell is forgotten, in seconds.
const REMEMBERED: i64 = 600;

/// Counts failures to authenticate, by address and the beginning of the token together.
pub struct Brakes {
    /// Keyed anew in each process, so that nobody can aim at another's cell.
    seed: RandomState,
    cells: Cache<u64, Cell>,
}

impl Default for Brakes {
    fn default() -> Self {
        Self { seed: RandomState::new(), cells: Cache::new(CELLS) }
    }
}

impl Brakes {
    /// Counts a failure, and tells how long its answer is to be held back.
    pub fn failed(&self, address: IpAddr, presented: &str, now: Time) -> Duration {
        let beginning = presented.char_indices().nth(TOLD_APART).map_or(presented, |(at, _)| &presented[..at]);
        let key = self.seed.hash_one((counted_as(address), beginning));
        match self.cells.entry(&key, None, |_, cell| EntryAction::Retain(cell.fail(now))) {
            EntryResult::Retained(delay) => delay,
            EntryResult::Vacant(place) => {
                let mut cell = Cell { failures: 0, last: now };
                let delay = cell.fail(now);
                // There may be no room left at this moment: then it is as if the cell had been forgotten at once.
                let _ = place.insert(cell);
                delay
            }
            // Cells are never taken out here, and waiting for one has no limit.
            EntryResult::Removed(..) | EntryResult::Replaced(..) | EntryResult::Timeout => Duration::ZERO,
        }
    }
}

/// What is known of those who fail from one address with one beginning.
#[derive(Clone, Copy)]
struct Cell {
    failures: u32,
    last: Time,
}

impl Cell {
    fn fail(&mut self, now: Time) -> Duration {
        let over = now.0.saturating_sub(self.last.0) >= REMEMBERED;
        self.failures = if over { 1 } else { self.failures.saturating_add(1) };
        self.last = now;
        match self.failures.checked_sub(FREE + 1) {
            None => Duration::ZERO,
            Some(doublings) => FIRST.saturating_mul(2_u32.saturating_pow(doublings)).min(LONGEST),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Time = Time(1_800_000_000);
    const TOKEN: &str = "wh_ABCDEFGH";

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    fn fail(brakes: &Brakes, now: Time) -> u128 {
        brakes.failed(ip("192.0.2.1"), TOKEN, now).as_millis()
    }

    /// Brakes that know of ten failures of one cell, the last at the start.
    fn after_ten() -> Brakes {
        let brakes = Brakes::default();
        for _ in 0..10 {
            fail(&brakes, START);
        }
        brakes
    }

    #[test]
    fn three_failures_are_free_and_further_ones_wait_twice_as_long_each_up_to_five_seconds() {
        let brakes = Brakes::default();
        let waits: Vec<u128> = (0..12).map(|n| fail(&brakes, START.plus(n))).collect();
        assert_eq!(waits, [0, 0, 0, 100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000]);
        for _ in 0..100 {
            assert_eq!(fail(&brakes, START), 5000);
        }
    }

    #[test]
    fn ten_minutes_without_a_failure_are_forgotten() {
        let brakes = after_ten();
        assert_eq!(fail(&brakes, START.plus(599)), 5000);
        assert_eq!(fail(&brakes, START.plus(599 + 599)), 5000, "they count from the last one");
        let waits = [(); 4].map(|()| fail(&brakes, START.plus(599 + 599 + 600)));
        assert_eq!(waits, [0, 0, 0, 100]);
    }

    #[test]
    fn a_clock_that_is_put_back_forgives_nothing_and_breaks_nothing() {
        let brakes = after_ten();
        assert_eq!(fail(&brakes, START.plus(-100_000)), 5000);
        assert_eq!(fail(&brakes, Time(i64::MIN)), 5000);
        assert_eq!(fail(&brakes, Time(i64::MAX)), 0);
    }

    #[test]
    fn another_address_or_another_beginning_is_untouched() {
        let brakes = after_ten();
        let first = |address: &str, presented: &str| brakes.failed(ip(address), presented, START).is_zero();
        assert!(first("192.0.2.2", TOKEN) && first("2001:db8::1", TOKEN));
        assert!(first("192.0.2.1", "wh_ABCDX") && first("192.0.2.1", "wh_ABCD") && first("192.0.2.1", ""));
        assert!(!first("192.0.2.1", "wh_ABCDE and anything else"), "only eight characters tell apart");
    }

    #[test]
    fn an_address_counts_as_it_does_for_connections() {
        let brakes = after_ten();
        assert!(!brakes.failed(ip("::ffff:192.0.2.1"), TOKEN, START).is_zero());
        for n in 0..10 {
            brakes.failed(ip(&format!("2001:db8::{n}")), TOKEN, START);
        }
        assert!(!brakes.failed(ip("2001:db8:0:0:ffff::1"), TOKEN, START).is_zero());
        assert!(brakes.failed(ip("2001:db8:0:1::1"), TOKEN, START).is_zero());
    }

    #[test]
    fn a_beginning_is_eight_characters_of_any_script() {
        let brakes = Brakes::default();
        let fail = |presented: &str| brakes.failed(ip("192.0.2.1"), presented, START);
        for n in 0..3 {
            fail(&format!("盐井盐井盐井盐井{n}"));
        }
        assert_eq!(fail("盐井盐井盐井盐井").as_millis(), 100);
    }

    #[test]
    fn memory_is_bounded_however_many_fail() {
        let brakes = Brakes::default();
        for n in 0..2 * CELLS {
            brakes.failed(ip("192.0.2.1"), &format!("{n:08}"), START);
        }
        assert!(brakes.cells.len() <= CELLS);
    }
}
