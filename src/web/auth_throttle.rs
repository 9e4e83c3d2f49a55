//! Slows down clients that go on failing with one token: the more failures, the longer each further one waits for its answer.
//!
//! Knows nothing of requests, tokens or clocks: it is told who failed with what, and when. A client that succeeds is never
//! slowed down, even at an address from which others guess.

use std::net::IpAddr;
use std::time::Duration;

use super::cells::Cells;
use crate::article::Time;
use crate::net::limits::counted_as;

/// The number of cells that are kept, of about 100 bytes each; beyond, those least used are forgotten, which forgives.
const CELLS: usize = 16_384;

/// The number of characters of a token that tell one guesser's cell from another's at the same address.
const TOLD_APART: usize = 8;

/// The failures that are answered at once: a token that was pasted wrongly, or one that has just expired.
const FREE: u32 = 3;

/// The wait of the first failure after those; each further one waits twice as long.
const FIRST: Duration = Duration::from_millis(100);

/// The longest that a failure waits.
const LONGEST: Duration = Duration::from_secs(5);

/// The seconds after its last failure at which a cell is forgotten.
const REMEMBERED: i64 = 600;

/// Counts failures to authenticate, by address and the beginning of the token together.
pub struct AuthThrottle {
    cells: Cells<Cell>,
}

impl Default for AuthThrottle {
    fn default() -> Self {
        Self { cells: Cells::new(CELLS) }
    }
}

impl AuthThrottle {
    /// Counts a failure, and tells how long its answer is to be held back.
    pub fn failed(&self, address: IpAddr, presented: &str, now: Time) -> Duration {
        let beginning = presented.char_indices().nth(TOLD_APART).map_or(presented, |(at, _)| &presented[..at]);
        self.cells.change((counted_as(address), beginning), |cell| cell.fail(now))
    }
}

/// The failures from one address with one beginning of a token.
#[derive(Clone, Copy, Default)]
struct Cell {
    failures: u32,
    /// When the last one was, in seconds.
    last: i64,
}

impl Cell {
    fn fail(&mut self, now: Time) -> Duration {
        let over = now.0.saturating_sub(self.last) >= REMEMBERED;
        self.failures = if over { 1 } else { self.failures.saturating_add(1) };
        self.last = now.0;
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

    fn fail(throttle: &AuthThrottle, now: Time) -> u128 {
        throttle.failed(ip("192.0.2.1"), TOKEN, now).as_millis()
    }

    /// A throttle that knows of ten failures of one cell, the last at the start.
    fn after_ten() -> AuthThrottle {
        let throttle = AuthThrottle::default();
        for _ in 0..10 {
            fail(&throttle, START);
        }
        throttle
    }

    #[test]
    fn three_failures_are_free_and_further_ones_wait_twice_as_long_each_up_to_five_seconds() {
        let throttle = AuthThrottle::default();
        let waits: Vec<u128> = (0..12).map(|n| fail(&throttle, START.plus(n))).collect();
        assert_eq!(waits, [0, 0, 0, 100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000]);
        for _ in 0..100 {
            assert_eq!(fail(&throttle, START), 5000);
        }
    }

    #[test]
    fn ten_minutes_without_a_failure_are_forgotten() {
        let throttle = after_ten();
        assert_eq!(fail(&throttle, START.plus(599)), 5000);
        assert_eq!(fail(&throttle, START.plus(599 + 599)), 5000, "they count from the last one");
        let waits = [(); 4].map(|()| fail(&throttle, START.plus(599 + 599 + 600)));
        assert_eq!(waits, [0, 0, 0, 100]);
    }

    #[test]
    fn a_clock_that_is_put_back_forgives_nothing_and_breaks_nothing() {
        let throttle = after_ten();
        assert_eq!(fail(&throttle, START.plus(-100_000)), 5000);
        assert_eq!(fail(&throttle, Time(i64::MIN)), 5000);
        assert_eq!(fail(&throttle, Time(i64::MAX)), 0);
    }

    #[test]
    fn another_address_or_another_beginning_is_untouched() {
        let throttle = after_ten();
        let first = |address: &str, presented: &str| throttle.failed(ip(address), presented, START).is_zero();
        assert!(first("192.0.2.2", TOKEN) && first("2001:db8::1", TOKEN));
        assert!(first("192.0.2.1", "wh_ABCDX") && first("192.0.2.1", "wh_ABCD") && first("192.0.2.1", ""));
        assert!(!first("192.0.2.1", "wh_ABCDE and anything else"), "only eight characters tell apart");
    }

    #[test]
    fn an_address_counts_as_it_does_for_connections() {
        let throttle = after_ten();
        assert!(!throttle.failed(ip("::ffff:192.0.2.1"), TOKEN, START).is_zero());
        for n in 0..10 {
            throttle.failed(ip(&format!("2001:db8::{n}")), TOKEN, START);
        }
        assert!(!throttle.failed(ip("2001:db8:0:0:ffff::1"), TOKEN, START).is_zero());
        assert!(throttle.failed(ip("2001:db8:0:1::1"), TOKEN, START).is_zero());
    }

    #[test]
    fn a_beginning_is_eight_characters_of_any_script() {
        let throttle = AuthThrottle::default();
        let fail = |presented: &str| throttle.failed(ip("192.0.2.1"), presented, START);
        for n in 0..3 {
            fail(&format!("盐井盐井盐井盐井{n}"));
        }
        assert_eq!(fail("盐井盐井盐井盐井").as_millis(), 100);
    }
}
