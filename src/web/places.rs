//! Who is connected: places in all, by address, and for those who are only told to go; and who must make room.
//!
//! Knows nothing of what goes over a connection. Its lock is taken when a connection opens or closes, never by requests.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::limits::{Limits, counted_as};
use super::session::{Crowd, Order, Session};

/// How many connections at once are told that they are too many, or listened to after their last answer.
const FAREWELLS: usize = 64;

/// How many connections are put in order at a time for giving way, so that a flood of newcomers does not look at all
/// connections for each of its own.
const BATCH: usize = 256;

/// The number of open connections, for whoever wants to know.
#[derive(Debug, Default)]
pub struct Connections {
    open: AtomicU64,
    refused: AtomicU64,
}

impl Connections {
    /// How many are open now.
    pub fn open(&self) -> u64 {
        self.open.load(Ordering::Relaxed)
    }

    /// How many have been refused since the start because their address had too many.
    pub fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }
}

/// All places of a server.
pub struct Places {
    /// The beginning of time for its sessions.
    pub epoch: Instant,
    /// Newcomers without a place.
    pub crowd: Arc<Crowd>,
    limits: Limits,
    gauge: Arc<Connections>,
    seats: Arc<Semaphore>,
    farewells: Arc<Semaphore>,
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    sessions: HashMap<u64, Arc<Session>>,
    next: u64,
    by_address: HashMap<IpAddr, usize>,
    /// Those that were idle longest when somebody looked last, and since when; the longest at the end. Others have
    /// become idle later than all of these, so that whoever of them still is idle is the next.
    longest_idle: Vec<(u64, Arc<Session>)>,
}

impl Places {
    /// All places, empty.
    pub fn new(limits: Limits, gauge: Arc<Connections>) -> Arc<Self> {
        Arc::new(Self {
            epoch: Instant::now(),
            crowd: Arc::default(),
            seats: Arc::new(Semaphore::new(limits.connections)),
            farewells: Arc::new(Semaphore::new(FAREWELLS)),
            taken: Mutex::default(),
            gauge,
            limits,
        })
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        // Nothing is left half done in it.
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a connection from this address; `None` if there are too many.
    pub fn count(self: &Arc<Self>, address: IpAddr) -> Option<Counted> {
        if self.limits.trusts(address) {
            return Some(Counted { places: Arc::clone(self), address: None });
        }
        let address = counted_as(address);
        let mut taken = self.taken();
        let count = taken.by_address.entry(address).or_default();
        if *count >= self.limits.connections_per_address {
            self.gauge.refused.fetch_add(1, Ordering::Relaxed);
            return None;
        }
        *count += 1;
        Some(Counted { places: Arc::clone(self), address: Some(address) })
    }

    /// Waits for a free place. While there is none, whoever has been idle longest is asked to give way.
    pub async fn seat(&self) -> Option<OwnedSemaphorePermit> {
        if let Ok(seat) = Arc::clone(&self.seats).try_acquire_owned() {
            return Some(seat);
        }
        self.crowd.waiting.store(true, Ordering::SeqCst);
        let mut asked: Option<Arc<Session>> = None;
        let seat = loop {
            if asked.as_ref().is_none_or(|asked| !asked.is_asked()) {
                asked = self.make_room();
            }
            tokio::select! {
                biased;
                seat = Arc::clone(&self.seats).acquire_owned() => break seat,
                () = self.crowd.changed.notified() => {}
            }
        };
        self.crowd.waiting.store(false, Ordering::SeqCst);
        seat.ok()
    }

    /// Asks the connection that has been idle longest to give way, if any is idle.
    pub fn make_room(&self) -> Option<Arc<Session>> {
        let mut taken = self.taken();
        let session = match taken.pop_idle() {
            Some(session) => session,
            None => {
                taken.look_for_idle();
                taken.pop_idle()?
            }
        };
        session.ask(Order::GiveWay);
        Some(session)
    }

    /// Takes the place for a connection.
    pub fn take(self: &Arc<Self>, session: &Arc<Session>, counted: Counted, seat: OwnedSemaphorePermit) -> Place {
        let mut taken = self.taken();
        let number = taken.next;
        taken.next += 1;
        taken.sessions.insert(number, Arc::clone(session));
        drop(taken);
        self.gauge.open.fetch_add(1, Ordering::Relaxed);
        Place { places: Arc::clone(self), number, _counted: counted, _seat: seat }
    }

    /// Leave to spend time on a connection that will not be answered, or has been; `None` when too many have it.
    pub fn farewell(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.farewells).try_acquire_owned().ok()
    }

    /// Asks all connections to finish what they are doing, and waits until they have.
    pub async fn empty(&self) {
        for session in self.taken().sessions.values() {
            session.ask(Order::Stop);
        }
        let all = u32::try_from(self.limits.connections).unwrap_or(u32::MAX);
        drop(self.seats.acquire_many(all).await);
    }
}

impl Taken {
    fn look_for_idle(&mut self) {
        let unasked = self.sessions.values().filter(|session| !session.is_asked());
        let idle = unasked.filter_map(|session| Some((session.idle_since()?, Arc::clone(session))));
        let mut idle: Vec<(u64, Arc<Session>)> = idle.collect();
        idle.sort_unstable_by_key(|(since, _)| *since);
        idle.truncate(BATCH);
        idle.reverse();
        self.longest_idle = idle;
    }

    fn pop_idle(&mut self) -> Option<Arc<Session>> {
        std::iter::from_fn(|| self.longest_idle.pop())
            .find(|(since, session)| session.idle_since() == Some(*since) && !session.is_asked())
            .map(|(_, session)| session)
    }
}

/// A connection that is counted by its address, until this is dropped.
pub struct Counted {
    places: Arc<Places>,
    address: Option<IpAddr>,
}

impl Drop for Counted {
    fn drop(&mut self) {
        let Some(address) = self.address else { return };
        let mut taken = self.places.taken();
        if let Some(count) = taken.by_address.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                taken.by_address.remove(&address);
            }
        }
    }
}

/// A connection's place, given back when this is dropped.
pub struct Place {
    places: Arc<Places>,
    number: u64,
    _counted: Counted,
    _seat: OwnedSemaphorePermit,
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(session) = self.places.taken().sessions.remove(&self.number) {
            session.end();
        }
        self.places.gauge.open.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::flight::Flight;
    use crate::web::session::Patience;

    fn places(limits: Limits) -> Arc<Places> {
        Places::new(limits, Arc::default())
    }

    /// A connection that began later than all before it.
    fn connect(places: &Arc<Places>) -> (Arc<Session>, Place) {
        let before = places.epoch.elapsed().as_micros();
        while places.epoch.elapsed().as_micros() == before {}
        let peer = "192.0.2.1:1".parse().expect("an address");
        let session = Session::new(peer, Patience::of(&Limits::DEFAULT), places.epoch, Arc::clone(&places.crowd));
        let counted = places.count(session.peer.ip()).expect("not too many");
        let seat = Arc::clone(&places.seats).try_acquire_owned().expect("a place");
        let place = places.take(&session, counted, seat);
        (session, place)
    }

    #[test]
    fn each_is_asked_once_and_whoever_has_been_idle_longest_first() {
        let places = places(Limits::DEFAULT);
        let mut open: Vec<_> = (0..2 * BATCH).map(|_| connect(&places)).collect();
        // Some end while they stand in line.
        let first = places.make_room().expect("somebody is idle");
        assert!(Arc::ptr_eq(&first, &open[0].0));
        drop(open.drain(1..10));
        for (session, _) in &open[1..] {
            let asked = places.make_room().expect("somebody is idle");
            assert!(Arc::ptr_eq(&asked, session));
        }
        assert!(places.make_room().is_none());
        assert_eq!(first.asked(), Some(Order::GiveWay));
        drop(open);
        assert_eq!(places.gauge.open(), 0);
    }

    #[test]
    fn a_connection_with_a_request_in_flight_is_not_asked() {
        let places = places(Limits::DEFAULT);
        let (session, _place) = connect(&places);
        let request = hyper::Request::new(http_body_util::Empty::<bytes::Bytes>::new());
        let flight = Flight::begin(&session, &request);
        assert!(places.make_room().is_none());
        let sending = flight.answered(());
        assert!(places.make_room().is_none());
        drop(sending);
        assert!(places.make_room().is_some());
    }

    #[test]
    fn addresses_are_counted_until_their_connections_end() {
        let places = places(Limits { connections_per_address: 2, ..Limits::DEFAULT });
        let count = |address: &str| places.count(address.parse().expect("an address"));
        let (first, second) = (count("2001:db8::1"), count("2001:db8::2"));
        assert!(first.is_some() && second.is_some() && count("2001:db8::3").is_none());
        assert!(count("2001:db8:0:1::1").is_some() && count("192.0.2.1").is_some());
        drop(first);
        assert!(count("2001:db8::3").is_some());
        drop(second);
        assert!(places.taken().by_address.is_empty(), "addresses are forgotten");
    }
}
