//! How far followers are, as it is for one tenant alone: what they applied and parked of others does not move. Where the target shares the
//! work among more ranges, each range is divided: its parts are as far as it was.

use std::{collections::BTreeMap, ops::RangeInclusive};

use anyhow::{Context as _, bail};
use prost::Message as _;
use ring::digest::{SHA256, digest};
use tenure_kernel::{Tenant, partition};
use tenure_proto::journal::v1::JournalEntry;
use tenure_store::{Column, Query as _, Value};

use super::{cell, stores::Databases};

/// Which checkpoint: of which service and projection, which generation, journal and range.
type Place = (&'static str, String, i64, String, i64);

/// What a follower had of the tenant's entries in a part of its range.
struct Had {
    part: i64,
    partitions: RangeInclusive<u8>,
    through: i64,
    entries: i64,
    parked: i64,
}

impl Had {
    /// Whether an entry with these partitions goes there.
    fn gets(&self, route: &[u8]) -> bool {
        route.is_empty() || route.iter().any(|one| self.partitions.contains(one))
    }
}

/// What all followers had.
pub(super) struct Positions {
    tenant: Tenant,
    /// Into how many ranges they shall divide their work; none: as they do.
    ranges: Option<u16>,
    had: BTreeMap<Place, Vec<Had>>,
}

impl Positions {
    pub(super) fn new(tenant: &Tenant, ranges: Option<u16>) -> Self {
        Self { tenant: tenant.clone(), ranges, had: BTreeMap::new() }
    }

    /// Finds the checkpoints.
    pub(super) async fn read(&mut self, databases: &Databases) -> anyhow::Result<()> {
        for database in &databases.services {
            let sql = "SELECT c.projection, c.generation, c.journal, c.range_index, c.sequence, p.ranges
                FROM checkpoint c JOIN projection p ON p.name = c.projection";
            for row in database.store.all(sql, vec![]).await? {
                let (range, ranges): (i64, i64) = (row.get(3)?, row.get(5)?);
                let place = (database.name, row.get(0)?, row.get(1)?, row.get(2)?, range);
                self.add(place, row.get(4)?, u16::try_from(ranges)?)?;
            }
        }
        Ok(())
    }

    /// A checkpoint, where the work is divided into so many ranges.
    fn add(&mut self, place: Place, through: i64, ranges: u16) -> anyhow::Result<()> {
        let wanted = self.ranges.unwrap_or(ranges);
        if !wanted.is_multiple_of(ranges) {
            bail!("{} divides its work into {ranges} ranges: {wanted} is no multiple of it", place.1);
        }
        let (first, parts) = (u16::try_from(place.4)?, wanted / ranges);
        let part = |part: u16| Had {
            part: part.into(),
            partitions: partition::range(part, wanted),
            through,
            entries: 0,
            parked: 0,
        };
        self.had.insert(place, (first * parts..(first + 1) * parts).map(part).collect());
        Ok(())
    }

    /// Counts an entry of the tenant in a journal.
    pub(super) fn entry(&mut self, journal: &str, columns: &[Column], row: &[Value]) -> anyhow::Result<()> {
        let (sequence, route) = (cell::int(columns, row, "sequence")?, cell::bytes(columns, row, "partitions")?);
        for ((.., followed, _), parts) in &mut self.had {
            for had in parts.iter_mut().filter(|had| followed == journal && sequence <= had.through && had.gets(route))
            {
                had.entries += 1;
            }
        }
        Ok(())
    }

    /// A parked entry, if it is the tenant's, in each part that it goes to; there it counts.
    pub(super) fn parked(
        &mut self,
        service: &'static str,
        columns: &[Column],
        row: &[Value],
    ) -> anyhow::Result<Vec<Vec<Value>>> {
        let entry = JournalEntry::decode(cell::bytes(columns, row, "entry")?).context("a parked entry")?;
        if entry.tenant != self.tenant.as_str() {
            return Ok(Vec::new());
        }
        // Of a generation that is being discarded it need not move.
        let Some(parts) = self.had.get_mut(&place(service, columns, row)?) else { return Ok(Vec::new()) };
        let mut rows = Vec::new();
        for had in parts.iter_mut().filter(|had| had.gets(&entry.partitions)) {
            had.parked += 1;
            let mut part = row.to_vec();
            if !rows.is_empty() {
                let id = [cell::bytes(columns, row, "parked_id")?, &had.part.to_be_bytes()].concat();
                part[cell::place(columns, "parked_id")?] = digest(&SHA256, &id).as_ref()[..16].to_vec().into();
            }
            part[cell::place(columns, "range_index")?] = had.part.into();
            rows.push(part);
        }
        Ok(rows)
    }

    /// A checkpoint's parts, with what they count of the tenant alone. Nobody's steps count before a process takes the lease.
    pub(super) fn checkpoint(
        &self,
        service: &'static str,
        columns: &[Column],
        row: &[Value],
    ) -> anyhow::Result<Vec<Vec<Value>>> {
        let parts = self.had.get(&place(service, columns, row)?).context("a checkpoint moved meanwhile")?;
        let part = |had: &Had| -> anyhow::Result<Vec<Value>> {
            let mut part = row.to_vec();
            let (applied, parked) = (had.entries - had.parked, had.parked);
            for (name, number) in
                [("range_index", had.part), ("applied", applied), ("parked", parked), ("lease_epoch", 0)]
            {
                part[cell::place(columns, name)?] = number.into();
            }
            Ok(part)
        };
        parts.iter().map(part).collect()
    }

    /// A projection, with as many ranges as there shall be.
    pub(super) fn projection(&self, columns: &[Column], row: &mut [Value]) -> anyhow::Result<()> {
        if let Some(ranges) = self.ranges {
            row[cell::place(columns, "ranges")?] = i64::from(ranges).into();
        }
        Ok(())
    }
}

fn place(service: &'static str, columns: &[Column], row: &[Value]) -> anyhow::Result<Place> {
    let text = |name: &str| cell::text(columns, row, name).map(str::to_owned);
    let int = |name: &str| cell::int(columns, row, name);
    Ok((service, text("projection")?, int("generation")?, text("journal")?, int("range_index")?))
}

#[cfg(test)]
mod tests {
    use tenure_store::Kind;

    use super::*;

    fn columns(named: &[(&str, Kind)]) -> Vec<Column> {
        named.iter().map(|(name, kind)| Column { name: (*name).to_owned(), kind: *kind }).collect()
    }

    /// The first cells of a checkpoint and of what is parked at it.
    fn at(range: i64) -> Vec<Value> {
        vec!["value".into(), 1_i64.into(), "collector".into(), range.into()]
    }

    const AT: [(&str, Kind); 4] =
        [("projection", Kind::Text), ("generation", Kind::Int), ("journal", Kind::Text), ("range_index", Kind::Int)];

    #[test]
    fn a_range_is_divided_and_each_part_counts_what_goes_there() {
        let mut positions = Positions::new(&"acme".parse().expect("a tenant"), Some(4));
        for range in 0..2 {
            positions.add(("value", "value".to_owned(), 1, "collector".to_owned(), range), 9, 2).expect("divided");
        }
        let entries = columns(&[("sequence", Kind::Int), ("partitions", Kind::Bytes)]);
        // Two of the first quarter, one of the first and the third, one of all, one that was not reached.
        for (sequence, route) in [(1_i64, vec![0_u8]), (3, vec![63]), (5, vec![1, 130]), (8, vec![]), (10, vec![0])] {
            positions.entry("collector", &entries, &[sequence.into(), route.into()]).expect("counted");
        }
        let parking = columns(&[&AT[..], &[("parked_id", Kind::Bytes), ("entry", Kind::Bytes)]].concat());
        let mut parked = Vec::new();
        for (tenant, range, partitions) in [("acme", 0, vec![1, 130]), ("acme", 1, vec![]), ("other", 0, vec![])] {
            let entry = JournalEntry { tenant: tenant.to_owned(), partitions, ..JournalEntry::default() };
            let row = [at(range), vec![vec![7_u8; 16].into(), entry.encode_to_vec().into()]].concat();
            parked.extend(positions.parked("value", &parking, &row).expect("parked"));
        }
        assert_eq!(parked.iter().map(|row| row[3].clone()).collect::<Vec<_>>(), [0_i64, 2, 3].map(Value::from));
        assert_ne!(parked[1][4], parked[2][4], "each has an id of its own");
        let counted =
            columns(&[&AT[..], &[("applied", Kind::Int), ("parked", Kind::Int), ("lease_epoch", Kind::Int)]].concat());
        let mut parts = Vec::new();
        for range in 0..2 {
            let row = [at(range), vec![77_i64.into(), 77_i64.into(), 7_i64.into()]].concat();
            parts.extend(positions.checkpoint("value", &counted, &row).expect("divided"));
        }
        let counts: Vec<Vec<Value>> = parts.iter().map(|row| row[3..].to_vec()).collect();
        let expected = [[0, 3, 1, 0], [1, 1, 0, 0], [2, 1, 1, 0], [3, 0, 1, 0]];
        assert_eq!(counts, expected.map(|row: [i64; 4]| row.map(Value::from).to_vec()));
    }

    #[test]
    fn ranges_are_divided_into_whole_parts() {
        let mut positions = Positions::new(&"acme".parse().expect("a tenant"), Some(8));
        let place = || ("value", "value".to_owned(), 1, "collector".to_owned(), 0);
        let refused = positions.add(place(), 9, 3).expect_err("no multiple").to_string();
        assert_eq!(refused, "value divides its work into 3 ranges: 8 is no multiple of it");
        positions.add(place(), 9, 8).expect("as they are");
    }
}
