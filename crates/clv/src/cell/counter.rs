//! Counts equal histories as they come, so that a base need not be held to be counted.

use super::{Cell, WeightedCell, sorted};

/// No cell is here.
const EMPTY: u32 = u32::MAX;

/// Histories with the number of customers who share them, times compared to the last bit. Memory is taken for different
/// histories only.
#[derive(Debug, Clone, Default)]
pub struct CellCounter {
    cells: Vec<WeightedCell>,
    /// Where in `cells` a history is, by its hash: open addressing, at most half full.
    places: Vec<u32>,
}

impl CellCounter {
    /// Adds customers with one history. At most 2^31 different ones are told apart.
    pub fn add(&mut self, cell: Cell, weight: u64) {
        if weight == 0 {
            return;
        }
        if 2 * (self.cells.len() + 1) > self.places.len() {
            self.grow();
        }
        let place = self.place(&cell);
        match self.places[place] {
            EMPTY => {
                self.places[place] = self.cells.len() as u32;
                self.cells.push(WeightedCell { cell, weight });
            }
            known => self.cells[known as usize].weight += weight,
        }
    }

    /// Different histories so far.
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// What was counted, sorted: it depends on the customers and not on their order.
    pub fn into_cells(self) -> Vec<WeightedCell> {
        sorted(&self.cells)
    }

    /// Where a history is, or would be.
    fn place(&self, cell: &Cell) -> usize {
        let mask = self.places.len() - 1;
        let mut place = hash(cell) as usize & mask;
        while self.places[place] != EMPTY && self.cells[self.places[place] as usize].cell != *cell {
            place = (place + 1) & mask;
        }
        place
    }

    fn grow(&mut self) {
        self.places = vec![EMPTY; (4 * self.cells.len()).next_power_of_two().max(1 << 10)];
        for number in 0..self.cells.len() {
            let place = self.place(&self.cells[number].cell);
            self.places[place] = number as u32;
        }
    }
}

fn hash(cell: &Cell) -> u64 {
    // Adding 0 makes -0 and 0, which are equal, one.
    let times = [(cell.recency + 0.0).to_bits(), (cell.age + 0.0).to_bits()];
    let mixed = times.into_iter().fold(u64::from(cell.frequency), |hash, bits| {
        (hash.rotate_left(23) ^ bits).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    });
    mixed ^ (mixed >> 32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn everybody_is_counted_once(histories in prop::collection::vec((0u32..4, 1u8..5, 5u8..9, 0u64..4), 0..4_000)) {
            let mut counter = CellCounter::default();
            let mut all: Vec<(u32, u8, u8)> = Vec::new();
            for (x, recency, age, weight) in &histories {
                let recency = if *x == 0 { 0 } else { *recency };
                counter.add(Cell::new(*x, f64::from(recency), f64::from(*age)).unwrap(), *weight);
                all.extend((0..*weight).map(|_| (*x, recency, *age)));
            }
            all.sort_unstable();
            let equal: Vec<_> = all.chunk_by(|left, right| left == right).collect();
            prop_assert_eq!(counter.len(), equal.len());
            for (cell, equal) in counter.into_cells().iter().zip(equal) {
                let (x, recency, age) = equal[0];
                prop_assert_eq!(cell.weight, equal.len() as u64);
                prop_assert_eq!(cell.cell, Cell::new(x, f64::from(recency), f64::from(age)).unwrap());
            }
        }
    }

    #[test]
    fn zero_has_no_sign() {
        let mut counter = CellCounter::default();
        counter.add(Cell::new(0, 0.0, 3.0).unwrap(), 1);
        counter.add(Cell::new(0, -0.0, 3.0).unwrap(), 1);
        assert_eq!((counter.is_empty(), counter.len()), (false, 1));
    }
}
