//! A frame's entries, sorted into those that can be read and those that can't.

use std::iter::Peekable;

use tenure_proto::journal::v1::JournalEntry;

use super::parking::Parking;
use crate::{Entry, entry::Envelope};

/// The entries of a frame, in order.
#[derive(Default)]
pub(crate) struct Frame {
    pub(crate) entries: Vec<Entry>,
    /// The partitions of each entry.
    routes: Vec<Vec<u8>>,
    /// Those that can't be read.
    pub(crate) broken: Vec<Parking>,
}

impl Frame {
    pub(crate) fn read(wire: Vec<JournalEntry>) -> Self {
        let mut frame = Self { entries: Vec::with_capacity(wire.len()), ..Self::default() };
        for mut entry in wire {
            match Envelope::of(&entry) {
                Ok(envelope) => {
                    frame.routes.push(std::mem::take(&mut entry.partitions));
                    frame.entries.push(envelope.open(entry));
                }
                Err(unreadable) => frame.broken.push(Parking { entry, reason: unreadable.to_string() }),
            }
        }
        frame
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.broken.is_empty()
    }

    /// An entry of the frame, to be set aside.
    pub(crate) fn parking(&self, sequence: i64, reason: String) -> Option<Parking> {
        let place = self.entries.binary_search_by_key(&sequence, |entry| entry.sequence).ok()?;
        let partitions = self.routes.get(place).cloned().unwrap_or_default();
        Some(Parking { entry: self.entries[place].to_wire(partitions), reason })
    }

    /// A frame for each entry in turn, of which the last goes on to the end.
    pub(crate) fn split(self) -> Vec<Self> {
        let mut broken = self.broken.into_iter().peekable();
        let mut parts: Vec<Self> = self
            .entries
            .into_iter()
            .zip(self.routes)
            .map(|(entry, route)| {
                let broken = before(&mut broken, entry.sequence);
                Self { entries: vec![entry], routes: vec![route], broken }
            })
            .collect();
        let rest: Vec<Parking> = broken.collect();
        if !rest.is_empty() {
            parts.push(Self { broken: rest, ..Self::default() });
        }
        parts
    }

    /// The sequence of its last entry.
    pub(crate) fn last(&self) -> Option<i64> {
        let readable = self.entries.last().map(|entry| entry.sequence);
        readable.max(self.broken.last().map(|parking| parking.entry.sequence))
    }
}

fn before(broken: &mut Peekable<impl Iterator<Item = Parking>>, sequence: i64) -> Vec<Parking> {
    std::iter::from_fn(|| broken.next_if(|parking| parking.entry.sequence < sequence)).collect()
}
