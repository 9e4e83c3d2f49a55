//! The open connections: how many there may be in all and by address, and which of them must make room.
//!
//! Knows nothing of what goes over a connection. Its lock is taken when a connection opens or closes, never by requests.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use super::limits::{Limits, counted_as};
use super::session::{Order, Session, WaitQueue};

/// How many connections at once are told that they are too many, or listened to after their last answer.
const LINGERING: usize = 64;

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

/// The connections of one listener.
pub struct ConnectionTable {
    /// The beginning of time for its sessions.
    pub epoch: Instant,
    /// Newcomers without a slot.
    pub queue: Arc<WaitQueue>,
    limits: Limits,
    gauge: Arc<Connections>,
    permits: Arc<Semaphore>,
    lingering: Arc<Semaphore>,
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

impl ConnectionTable {
    /// A table without connections.
    pub fn new(limits: Limits, gauge: Arc<Connections>) -> Arc<Self> {
        Arc::new(Self {
            epoch: Instant::now(),
            queue: Arc::default(),
            permits: Arc::new(Semaphore::new(limits.connections)),
            lingering: Arc::new(Semaphore::new(LINGERING)),
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
            return Some(Counted { table: Arc::clone(self), address: None });
        }
        let address = counted_as(address);
        let mut taken = self.taken();
        let count = taken.by_address.entry(address).or_default();
        if *count >= self.limits.connections_per_address {
            self.gauge.refused.fetch_add(1, Ordering::Relaxed);
            return None;
        }
        *count += 1;
        Some(Counted { table: Arc::clone(self), address: Some(address) })
    }

    /// Waits until one more connection may be open. Meanwhile the one that has been idle longest is asked to give way.
    pub async fn permit(&self) -> Option<OwnedSemaphorePermit> {
        if let Ok(permit) = Arc::clone(&self.permits).try_acquire_owned() {
            return Some(permit);
        }
        self.queue.waiting.store(true, Ordering::SeqCst);
        let mut asked: Option<Arc<Session>> = None;
        let permit = loop {
            if asked.as_ref().is_none_or(|asked| !asked.is_asked()) {
                asked = self.make_room();
            }
            tokio::select! {
                biased;
                permit = Arc::clone(&self.permits).acquire_owned() => break permit,
                () = self.queue.changed.notified() => {}
            }
        };
        self.queue.waiting.store(false, Ordering::SeqCst);
        permit.ok()
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

    /// Enters a connection.
    pub fn insert(self: &Arc<Self>, session: &Arc<Session>, counted: Counted, permit: OwnedSemaphorePermit) -> Slot {
        let mut taken = self.taken();
        let number = taken.next;
        taken.next += 1;
        taken.sessions.insert(number, Arc::clone(session));
        drop(taken);
        self.gauge.open.fetch_add(1, Ordering::Relaxed);
        Slot { table: Arc::clone(self), number, _counted: counted, _permit: permit }
    }

    /// A permit to spend time on a connection that will not be served, or has been; `None` when too many have one.
    pub fn lingering(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.lingering).try_acquire_owned().ok()
    }

    /// Asks all connections to finish what they are doing, and waits until they have.
    pub async fn empty(&self) {
        for session in self.taken().sessions.values() {
            session.ask(Order::Stop);
        }
        let all = u32::try_from(self.limits.connections).unwrap_or(u32::MAX);
        drop(self.permits.acquire_many(all).await);
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
    table: Arc<ConnectionTable>,
    address: Option<IpAddr>,
}

impl Drop for Counted {
    fn drop(&mut self) {
        let Some(address) = self.address else { return };
        let mut taken = self.table.taken();
        if let Some(count) = taken.by_address.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                taken.by_address.remove(&address);
            }
        }
    }
}

/// A connection's entry, removed when this is dropped.
pub struct Slot {
    table: Arc<ConnectionTable>,
    number: u64,
    _counted: Counted,
    _permit: OwnedSemaphorePermit,
}

impl Drop for Slot {
    fn drop(&mut self) {
        if let Some(session) = self.table.taken().sessions.remove(&self.number) {
            session.end();
        }
        self.table.gauge.open.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::in_flight::InFlight;
    use crate::net::session::Patience;

    fn table(limits: Limits) -> Arc<ConnectionTable> {
        ConnectionTable::new(limits, Arc::default())
    }

    /// A connection that begins later than all before it.
    async fn connect(table: &Arc<ConnectionTable>) -> (Arc<Session>, Slot) {
        tokio::time::advance(std::time::Duration::from_micros(1)).await;
        let peer = "192.0.2.1:1".parse().expect("an address");
        let session = Session::new(peer, Patience::of(&Limits::DEFAULT), table.epoch, Arc::clone(&table.queue));
        let counted = table.count(session.peer.ip()).expect("not too many");
        let permit = Arc::clone(&table.permits).try_acquire_owned().expect("a permit");
        let slot = table.insert(&session, counted, permit);
        (session, slot)
    }

    #[tokio::test(start_paused = true)]
    async fn each_is_asked_once_and_whoever_has_been_idle_longest_first() {
        let table = table(Limits::DEFAULT);
        let mut open = Vec::new();
        for _ in 0..2 * BATCH {
            open.push(connect(&table).await);
        }
        // Some end while they stand in line.
        let first = table.make_room().expect("somebody is idle");
        assert!(Arc::ptr_eq(&first, &open[0].0));
        drop(open.drain(1..10));
        for (session, _) in &open[1..] {
            let asked = table.make_room().expect("somebody is idle");
            assert!(Arc::ptr_eq(&asked, session));
        }
        assert!(table.make_room().is_none());
        assert_eq!(first.asked(), Some(Order::GiveWay));
        drop(open);
        assert_eq!(table.gauge.open(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_with_a_request_in_flight_is_not_asked() {
        let table = table(Limits::DEFAULT);
        let (session, _slot) = connect(&table).await;
        let request = hyper::Request::new(http_body_util::Empty::<bytes::Bytes>::new());
        let in_flight = InFlight::begin(&session, &request);
        assert!(table.make_room().is_none());
        let sending = in_flight.answered(http::Response::new(http_body_util::Full::<bytes::Bytes>::default()));
        assert!(table.make_room().is_none());
        drop(sending);
        assert!(table.make_room().is_some());
    }

    #[test]
    fn addresses_are_counted_until_their_connections_end() {
        let table = table(Limits { connections_per_address: 2, ..Limits::DEFAULT });
        let count = |address: &str| table.count(address.parse().expect("an address"));
        let (first, second) = (count("2001:db8::1"), count("2001:db8::2"));
        assert!(first.is_some() && second.is_some() && count("2001:db8::3").is_none());
        assert!(count("2001:db8:0:1::1").is_some() && count("192.0.2.1").is_some());
        drop(first);
        assert!(count("2001:db8::3").is_some());
        drop(second);
        assert!(table.taken().by_address.is_empty(), "addresses are forgotten");
    }
}
