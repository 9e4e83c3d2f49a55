//! Memory of many clients, a small cell of each, within a bound.
//!
//! Knows nothing of what is in a cell. Beyond the bound those least used are forgotten, which forgives.

use std::hash::{BuildHasher, Hash, RandomState};

use quick_cache::sync::{Cache, EntryAction, EntryResult};

/// Cells by the hash of their key.
pub struct Cells<C> {
    /// Keyed anew in each process, so that nobody can aim at another's cell.
    seed: RandomState,
    cells: Cache<u64, C>,
}

impl<C: Clone + Default> Cells<C> {
    /// At most so many cells.
    pub fn new(most: usize) -> Self {
        Self { seed: RandomState::new(), cells: Cache::new(most) }
    }

    /// Changes a client's cell while nobody else does; a new one if there is none.
    pub fn change<T>(&self, client: impl Hash, change: impl Fn(&mut C) -> T) -> T {
        let key = self.seed.hash_one(client);
        match self.cells.entry(&key, None, |_, cell| EntryAction::Retain(change(cell))) {
            EntryResult::Retained(result) => result,
            EntryResult::Vacant(place) => {
                let mut cell = C::default();
                let result = change(&mut cell);
                // There may be no room left at this moment: then it is as if the cell had been forgotten at once.
                let _ = place.insert(cell);
                result
            }
            // Cells are never taken out here, and waiting for one has no limit.
            EntryResult::Removed(..) | EntryResult::Replaced(..) | EntryResult::Timeout => change(&mut C::default()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_bounded_whatever_names_clients_take() {
        let cells = Cells::<u8>::new(1000);
        for n in 0..2000 {
            cells.change(n, |cell| *cell = 1);
        }
        assert!(cells.cells.len() <= 1000, "{}", cells.cells.len());
    }

    #[test]
    fn each_client_has_a_cell_of_its_own() {
        let cells = Cells::<u8>::new(1000);
        let count = |client: &str| {
            cells.change(client, |cell| {
                *cell += 1;
                *cell
            })
        };
        assert_eq!([count("a"), count("a"), count("b"), count("a")], [1, 2, 1, 3]);
    }
}
