//! A set of records in an order of its own, so that nothing depends on the order in which they came.

use crate::{
    blocking::Key,
    intern::{hash, mix},
    schema::Schema,
    table::{Generic, Table, Unpackable, tie},
};

/// Records with their ids, sorted by id and content.
#[derive(Debug, Clone, Default)]
pub struct Records {
    pub(crate) table: Table,
    ids: Vec<String>,
    /// Where each came in the input.
    came: Vec<u32>,
    /// Which file each came from.
    files: Vec<u8>,
    /// The content of each, in brief.
    contents: Vec<u64>,
}

impl Records {
    /// Makes room for so many records more, so that room need not be found again and again.
    pub fn reserve(&mut self, records: usize) {
        self.table.rows.reserve(records);
        self.ids.reserve(records);
    }

    /// Adds a record. Without an `id` the record is known by where it came, and sorted by what it says. `file` parts the
    /// records of one file from those of another where only pairs between files are wanted.
    pub fn push<'a>(&mut self, schema: &Schema, id: Option<&str>, file: u8, cell: impl Fn(usize) -> &'a str) {
        let content = (0..schema.roles().len()).fold(0, |content, column| mix(content, hash(cell(column).as_bytes())));
        self.table.push(schema, cell);
        self.add(id, file, content);
    }

    /// Adds a packed record; how many share its values is counted anew.
    ///
    /// # Errors
    ///
    /// [`Unpackable`] for what [`Table::pack`] did not write.
    pub fn push_packed(&mut self, id: &str, packed: &[u8]) -> Result<(), Unpackable> {
        self.table.push_packed(packed, Generic::default())?;
        self.add(Some(id), 0, tie(packed));
        Ok(())
    }

    fn add(&mut self, id: Option<&str>, file: u8, content: u64) {
        let came = self.ids.len();
        self.ids.push(id.unwrap_or_default().to_owned());
        self.came.push(came as u32);
        self.files.push(file);
        self.contents.push(content);
    }

    /// Brings the records into their order, and marks the contact values that too many share. To be called once, after
    /// the last record.
    pub fn finish(&mut self) {
        self.finish_for(&[]);
    }

    /// As [`Records::finish`], for keys that say otherwise how many may share a value of their own.
    pub fn finish_for(&mut self, keys: &[Key]) {
        let mut order: Vec<u32> = (0..self.ids.len() as u32).collect();
        order.sort_unstable_by(|left, right| {
            let (left, right) = (*left as usize, *right as usize);
            let by_id = (self.files[left], &self.ids[left]).cmp(&(self.files[right], &self.ids[right]));
            by_id.then(self.contents[left].cmp(&self.contents[right])).then(left.cmp(&right))
        });
        let place = |at: &u32| *at as usize;
        arrange(&mut self.table.rows, &order);
        self.files = order.iter().map(|at| self.files[place(at)]).collect();
        self.contents = Vec::new();
        self.ids = order.iter().map(|at| std::mem::take(&mut self.ids[place(at)])).collect();
        for (id, at) in self.ids.iter_mut().zip(&order) {
            if id.is_empty() {
                *id = at.to_string();
            }
        }
        self.came = order;
        self.table.mark_generic(keys);
    }

    /// How many records there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The records, to compare and weigh by place.
    #[must_use]
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// The id of a record; its row, from 0, where it has none.
    #[must_use]
    pub fn id(&self, record: usize) -> &str {
        &self.ids[record]
    }

    /// The place of the record of an id, the first of several.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<usize> {
        self.ids.iter().position(|one| one == id)
    }

    /// Where a record came in the input, from 0.
    #[must_use]
    pub fn came(&self, record: usize) -> usize {
        self.came[record] as usize
    }

    /// Which file a record came from.
    #[must_use]
    pub fn file(&self, record: usize) -> u8 {
        self.files[record]
    }
}

/// Brings values into an order, in the room that they have: the first is then that which is at the first place of `order` now.
fn arrange<T>(values: &mut [T], order: &[u32]) {
    let mut done = vec![false; order.len()];
    for start in 0..order.len() {
        let mut at = start;
        while !done[at] {
            done[at] = true;
            let from = order[at] as usize;
            if from != start {
                values.swap(at, from);
            }
            at = from;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::arrange;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn values_come_into_their_order(order in Just((0..20_u32).collect::<Vec<_>>()).prop_shuffle()) {
            let mut values: Vec<u32> = (100..120).collect();
            arrange(&mut values, &order);
            prop_assert_eq!(values, order.iter().map(|at| at + 100).collect::<Vec<_>>());
        }
    }
}
