//! The reader-safe limiter: how many full answers a client may have that makes no use of those it was given.
//!
//! Knows nothing of requests, answers or clocks: it is told who asks, what was named, what would be given, and when.
//!
//! What counts is a full answer (200 or 226) to a request that names no revision of ours, or one that its client should
//! have left behind. A reader that names what it was last given is never limited, however often the feed changes; nor
//! is a 304, which costs less than a 429. It is counted by cells, one for each network,
//! User-Agent and resource, so that nobody's polling of one feed touches another feed, network or program.
//!
//! The rate is GCRA's, in whole seconds and exact fractions of an hour. It is written here, in a dozen lines, because
//! governor reads the time from a clock of its own, once at its birth and at each question, while here `now` is an
//! argument; and because what a cell has been given must change in the same step as its rate.

use std::num::NonZeroU32;

use super::cells::Cells;
use crate::article::Time;
use crate::net::client::Network;
use crate::resource::Resource;

/// Whether limits are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Nothing is counted.
    Off,
    /// All is counted and nothing refused: the log says what would be.
    #[default]
    Observe,
    /// What is too much is answered with 429.
    Enforce,
}

/// Who asks, and for what.
#[derive(Clone, Copy, Debug, Hash)]
pub struct Caller<'a> {
    /// The client's network.
    pub network: Network,
    /// Its User-Agent as it was sent; empty without one.
    pub user_agent: &'a [u8],
    /// What it asks for.
    pub resource: &'a Resource,
}

/// What a full answer would be an answer to.
#[derive(Clone, Copy, Debug)]
pub struct Exchange {
    /// The latest revision of this store that the request names, by tag or by exact date; `None` if it names none.
    pub named: Option<u64>,
    /// The revision whose validators the answer would carry.
    pub given: u64,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Answer.
    Pass,
    /// Answer, and note that it would have been refused.
    Observed,
    /// 429.
    Refused {
        /// Seconds from now until the next one passes, at least 1.
        retry_after: u32,
    },
}

/// How many cells are kept, of about 200 bytes each; beyond, those least used are forgotten, which forgives.
const CELLS: usize = 65_536;

/// How many revisions a cell remembers to have given and not yet seen named.
const REMEMBERED: usize = 8;

/// A tick is a second divided by the answers in an hour: a full answer costs as many ticks as an hour has seconds.
const COST: i64 = 3600;

/// Counts full answers.
pub struct Limiter {
    mode: Mode,
    rate: Rate,
    cells: Cells<Cell>,
}

impl Limiter {
    /// A limiter of `per_hour` full answers an hour in each cell; as many may come at once.
    pub fn new(mode: Mode, per_hour: NonZeroU32) -> Self {
        Self { mode, rate: Rate(i64::from(per_hour.get())), cells: Cells::new(CELLS) }
    }

    /// Whether a full answer may be given, which is then held to be given. Not to be asked for a HEAD or a 304.
    pub fn ask(&self, caller: &Caller<'_>, exchange: Exchange, now: Time) -> Verdict {
        if self.mode == Mode::Off {
            return Verdict::Pass;
        }
        self.cells.change(caller, |cell| cell.ask(self.rate, self.mode, exchange, now))
    }
}

/// Full answers an hour, and at once.
#[derive(Clone, Copy)]
struct Rate(i64);

impl Rate {
    fn ticks(self, time: Time) -> i64 {
        // Only rates and dates that nobody has are out of range; they stop at its end.
        time.0.saturating_mul(self.0)
    }

    fn seconds(self, ticks: i64) -> u32 {
        u32::try_from(ticks.div_euclid(self.0) + i64::from(ticks.rem_euclid(self.0) > 0)).unwrap_or(u32::MAX)
    }

    /// What all the answers of an hour cost.
    fn most(self) -> i64 {
        self.0 * COST
    }
}

/// What is known of one network's one User-Agent at one resource.
#[derive(Clone, Copy, Default)]
struct Cell {
    /// When all that was counted is forgotten, in ticks.
    clear_at: i64,
    /// The latest revision that was named.
    furthest: u64,
    /// The revisions that were given to readers who have not come back with them yet.
    out: [Given; REMEMBERED],
}

/// A revision that readers hold, and how many do.
#[derive(Clone, Copy, Default)]
struct Given {
    revision: u64,
    readers: u32,
}

impl Cell {
    fn ask(&mut self, rate: Rate, mode: Mode, exchange: Exchange, now: Time) -> Verdict {
        let counted = if self.is_progress(exchange.named) { Ok(()) } else { self.count(rate, now) };
        if let (Err(retry_after), Mode::Enforce) = (counted, mode) {
            return Verdict::Refused { retry_after };
        }
        self.give(exchange.given);
        if counted.is_ok() { Verdict::Pass } else { Verdict::Observed }
    }

    /// Whether the request comes from a reader that keeps what it is sent.
    ///
    /// Several readers may share a cell, an office's for instance: each may name what it was given once. And what this
    /// server does not remember, or another gave, is progress if it is later than anything named before. A reader that
    /// never takes over what it is given runs out of both. If it shares a cell, it also uses up what is the others',
    /// since nothing tells them apart: that is the one case in which a correct poll is counted.
    fn is_progress(&mut self, named: Option<u64>) -> bool {
        let Some(named) = named else { return false };
        let held = self.out.iter_mut().find(|given| given.revision == named && given.readers > 0);
        let later = named > self.furthest;
        self.furthest = self.furthest.max(named);
        match held {
            Some(given) => {
                given.readers -= 1;
                true
            }
            None => later,
        }
    }

    /// Remembers that a reader now holds this revision; if there is no room, the oldest is forgotten.
    fn give(&mut self, revision: u64) {
        let place = match self.out.iter_mut().position(|given| given.revision == revision) {
            Some(place) => place,
            None => self.least(),
        };
        let given = &mut self.out[place];
        if given.revision != revision {
            *given = Given { revision, readers: 0 };
        }
        given.readers = given.readers.saturating_add(1);
    }

    /// Where nothing is remembered, or what is oldest.
    fn least(&self) -> usize {
        let worth = |given: &Given| if given.readers == 0 { 0 } else { given.revision };
        let places = self.out.iter().enumerate().min_by_key(|(_, given)| worth(given));
        places.map_or(0, |(place, _)| place)
    }

    /// Counts an answer; if it is one too many, nothing is counted, and the error says in how many seconds it is not.
    fn count(&mut self, rate: Rate, now: Time) -> Result<(), u32> {
        let now = rate.ticks(now);
        // A clock that was put back owes nobody more than a full hour's wait.
        let spent = self.clear_at.saturating_sub(now).clamp(0, rate.most());
        let over = spent + COST - rate.most();
        let spent = if over > 0 { spent } else { spent + COST };
        self.clear_at = now.saturating_add(spent);
        if over > 0 { Err(rate.seconds(over)) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::Key;
    use crate::feed::FeedKey;
    use crate::resource::Format;
    use proptest::prelude::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    const FEED: Resource = Resource::Feed(FeedKey::All, Format::Atom);
    const START: Time = Time(1_800_000_000);

    fn limiter(per_hour: u32) -> Limiter {
        Limiter::new(Mode::Enforce, NonZeroU32::new(per_hour).expect("not zero"))
    }

    fn caller<'a>(address: [u8; 4], user_agent: &'a str, resource: &'a Resource) -> Caller<'a> {
        Caller { network: Network::of(address.into()), user_agent: user_agent.as_bytes(), resource }
    }

    fn reader() -> Caller<'static> {
        caller([192, 0, 2, 1], "reader/1", &FEED)
    }

    /// Asks as a poller that keeps nothing.
    fn blindly(limiter: &Limiter, caller: &Caller<'_>, now: Time) -> Verdict {
        limiter.ask(caller, Exchange { named: None, given: 7 }, now)
    }

    fn named(limiter: &Limiter, named: u64, given: u64) -> Verdict {
        limiter.ask(&reader(), Exchange { named: Some(named), given }, START)
    }

    fn exhausted() -> Limiter {
        let limiter = limiter(12);
        while blindly(&limiter, &reader(), START) == Verdict::Pass {}
        limiter
    }

    fn is_refused(verdict: Verdict) -> bool {
        matches!(verdict, Verdict::Refused { .. })
    }

    #[test]
    fn a_poller_without_validators_every_minute_gets_twelve_an_hour() {
        let limiter = limiter(12);
        let poll = |minute: i64| blindly(&limiter, &reader(), START.plus(60 * minute));
        let passed = |from, to| (from..to).filter(|minute| poll(*minute) == Verdict::Pass).count();
        assert_eq!(poll(0), Verdict::Pass);
        // The burst, and one every five minutes.
        assert_eq!(passed(1, 60), 11 + 11);
        assert_eq!(passed(60, 120), 12);
    }

    #[test]
    fn another_feed_network_or_user_agent_is_untouched() {
        let limiter = exhausted();
        let rss = Resource::Feed(FeedKey::All, Format::Rss);
        let article = Resource::article(Key::derive("a", "b"));
        for other in [
            caller([192, 0, 3, 1], "reader/1", &FEED),
            caller([192, 0, 2, 1], "reader/2", &FEED),
            caller([192, 0, 2, 1], "", &FEED),
            caller([192, 0, 2, 1], "reader/1", &rss),
            caller([192, 0, 2, 1], "reader/1", &article),
        ] {
            assert_eq!(blindly(&limiter, &other, START), Verdict::Pass, "{other:?}");
        }
        assert!(is_refused(blindly(&limiter, &caller([192, 0, 2, 99], "reader/1", &FEED), START)));
    }

    #[test]
    fn a_reader_that_names_what_it_was_given_is_answered_even_where_nothing_is_left() {
        let limiter = exhausted();
        // The pollers were given 7 twelve times, so it may come back twelve times.
        for n in 0..12 {
            assert_eq!(named(&limiter, 7, 8 + n / 2), Verdict::Pass);
        }
        assert!(is_refused(named(&limiter, 7, 14)));
        assert_eq!(named(&limiter, 13, 14), Verdict::Pass);
        assert_eq!(named(&limiter, 8, 14), Verdict::Pass);
    }

    #[test]
    fn a_reader_that_never_updates_its_validator_is_counted() {
        let limiter = limiter(12);
        let passed = (0..100).filter(|n| named(&limiter, 3, 4 + n) == Verdict::Pass).count();
        // The first time it was right to name it.
        assert_eq!(passed, 1 + 12);
        assert_eq!(named(&limiter, 4, 200), Verdict::Pass);
    }

    #[test]
    fn a_reader_that_this_server_does_not_remember_is_held_to_make_progress() {
        let limiter = exhausted();
        assert_eq!(named(&limiter, 5, 8), Verdict::Pass);
        assert_eq!(named(&limiter, 6, 8), Verdict::Pass);
        assert!(is_refused(named(&limiter, 4, 8)));
    }

    #[test]
    fn observing_answers_everything_and_off_counts_nothing() {
        for (mode, last) in [(Mode::Off, Verdict::Pass), (Mode::Observe, Verdict::Observed)] {
            let limiter = Limiter { mode, ..limiter(1) };
            assert_eq!(blindly(&limiter, &reader(), START), Verdict::Pass);
            assert_eq!(blindly(&limiter, &reader(), START), last);
            // What is answered all the same can be named the next time.
            assert_eq!(named(&limiter, 7, 8), Verdict::Pass);
            assert_eq!(named(&limiter, 7, 8), Verdict::Pass);
            assert_eq!(named(&limiter, 7, 8), last);
        }
    }

    #[test]
    fn a_clock_that_is_put_back_costs_an_hour_at_most() {
        let limiter = exhausted();
        let before = START.plus(-100_000_000);
        assert_eq!(blindly(&limiter, &reader(), before), Verdict::Refused { retry_after: 300 });
        assert_eq!(blindly(&limiter, &reader(), before.plus(300)), Verdict::Pass);
    }

    #[test]
    fn a_cell_is_small() {
        assert!(size_of::<(u64, Cell)>() <= 160);
    }

    #[test]
    fn threads_that_ask_at_once_share_one_allowance() {
        let (limiter, passed) = (limiter(50), AtomicUsize::new(0));
        let ask = || {
            let answers = (0..100).map(|_| blindly(&limiter, &reader(), START));
            passed.fetch_add(answers.filter(|verdict| *verdict == Verdict::Pass).count(), Ordering::Relaxed);
        };
        std::thread::scope(|scope| (0..4).for_each(|_| drop(scope.spawn(ask))));
        assert_eq!(passed.into_inner(), 50);
    }

    /// What happens at a feed, with the seconds that pass before.
    #[derive(Clone, Debug)]
    enum Step {
        /// So many revisions come at once.
        Publish(u64),
        /// One of the readers asks.
        Poll(usize),
        /// Somebody asks who keeps nothing.
        Blind,
        /// Somebody asks who names a foreign or an ancient revision.
        Stuck,
    }

    fn step() -> impl Strategy<Value = (i64, Step)> {
        let kind = prop_oneof![
            (1u64..4).prop_map(Step::Publish),
            (0usize..REMEMBERED).prop_map(Step::Poll),
            Just(Step::Blind),
            Just(Step::Stuck)
        ];
        (prop_oneof![3 => Just(0i64), 1 => 0i64..1000], kind)
    }

    proptest! {
        #[test]
        fn a_reader_that_always_names_what_it_was_last_given_is_never_refused(
            steps in prop::collection::vec(step(), 1..400),
            alone in any::<bool>(),
            per_hour in 1u32..20,
        ) {
            let limiter = limiter(per_hour);
            let (mut now, mut current) = (START, 1000);
            // With others in its cell, or without; those who misbehave are elsewhere.
            let mut readers = if alone { vec![None] } else { vec![None; REMEMBERED] };
            for (seconds, step) in steps {
                now = now.plus(seconds);
                let elsewhere = caller([192, 0, 2, 1], "other/1", &FEED);
                match step {
                    Step::Publish(count) => current += count,
                    Step::Blind => drop(limiter.ask(&elsewhere, Exchange { named: None, given: current }, now)),
                    Step::Stuck => drop(limiter.ask(&elsewhere, Exchange { named: Some(3), given: current }, now)),
                    Step::Poll(n) => {
                        let count = readers.len();
                        let held = &mut readers[n % count];
                        if *held == Some(current) {
                            continue;
                        }
                        let verdict = limiter.ask(&reader(), Exchange { named: *held, given: current }, now);
                        // The first answer, to whoever has nothing to name yet, is counted.
                        prop_assert!(verdict == Verdict::Pass || (held.is_none() && !alone), "{verdict:?}");
                        if verdict == Verdict::Pass {
                            *held = Some(current);
                        }
                    }
                }
            }
        }

        #[test]
        fn who_comes_back_after_exactly_retry_after_passes_and_a_second_earlier_does_not(
            per_hour in 1u32..10_000,
            pauses in prop::collection::vec(0i64..400, 0..60),
        ) {
            let limiter = limiter(per_hour);
            let mut now = START;
            for pause in pauses {
                while blindly(&limiter, &reader(), now) == Verdict::Pass {}
                let Verdict::Refused { retry_after } = blindly(&limiter, &reader(), now) else { panic!("it was refused") };
                prop_assert!((1..=3600).contains(&retry_after));
                let early = now.plus(i64::from(retry_after) - 1);
                prop_assert!(is_refused(blindly(&limiter, &reader(), early)));
                now = early.plus(1);
                prop_assert_eq!(blindly(&limiter, &reader(), now), Verdict::Pass);
                now = now.plus(pause);
            }
        }

        #[test]
        fn no_time_makes_it_stumble(times in prop::collection::vec(any::<i64>(), 0..50), per_hour in 1u32..) {
            let limiter = limiter(per_hour);
            for time in times {
                blindly(&limiter, &reader(), Time(time));
            }
        }
    }
}
