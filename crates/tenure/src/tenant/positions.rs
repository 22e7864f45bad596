//! How far followers are, as it is for one tenant alone: what they applied and parked of others does not move.

use std::{collections::BTreeMap, ops::RangeInclusive};

use anyhow::Context as _;
use prost::Message as _;
use tenure_kernel::{Tenant, partition};
use tenure_proto::journal::v1::JournalEntry;
use tenure_store::{Column, Query as _, Value};

use super::{cell, stores::Databases};

/// Which checkpoint: of which service and projection, which generation, journal and range.
type Place = (&'static str, String, i64, String, i64);

/// What a follower had of the tenant's entries.
struct Had {
    partitions: RangeInclusive<u8>,
    through: i64,
    entries: i64,
    parked: i64,
}

/// What all followers had.
pub(super) struct Positions {
    tenant: Tenant,
    had: BTreeMap<Place, Had>,
}

impl Positions {
    pub(super) async fn read(databases: &Databases, tenant: &Tenant) -> anyhow::Result<Self> {
        let mut had = BTreeMap::new();
        for database in &databases.services {
            let sql = "SELECT c.projection, c.generation, c.journal, c.range_index, c.sequence, p.ranges
                FROM checkpoint c JOIN projection p ON p.name = c.projection";
            for row in database.store.all(sql, vec![]).await? {
                let range: i64 = row.get(3)?;
                let place = (database.name, row.get(0)?, row.get(1)?, row.get(2)?, range);
                let (index, count) = (u16::try_from(range)?, u16::try_from(row.get::<i64>(5)?)?);
                let partitions = partition::range(index, count);
                had.insert(place, Had { partitions, through: row.get(4)?, entries: 0, parked: 0 });
            }
        }
        Ok(Self { tenant: tenant.clone(), had })
    }

    /// Counts an entry of the tenant in a journal.
    pub(super) fn entry(&mut self, journal: &str, columns: &[Column], row: &[Value]) -> anyhow::Result<()> {
        let (sequence, route) = (cell::int(columns, row, "sequence")?, cell::bytes(columns, row, "partitions")?);
        for ((.., followed, _), had) in &mut self.had {
            let reached = followed == journal && sequence <= had.through;
            if reached && (route.is_empty() || route.iter().any(|one| had.partitions.contains(one))) {
                had.entries += 1;
            }
        }
        Ok(())
    }

    /// Whether a parked entry is the tenant's; then it counts.
    pub(super) fn parked(&mut self, service: &'static str, columns: &[Column], row: &[Value]) -> anyhow::Result<bool> {
        let entry = JournalEntry::decode(cell::bytes(columns, row, "entry")?).context("a parked entry")?;
        if entry.tenant != self.tenant.as_str() {
            return Ok(false);
        }
        if let Some(had) = self.had.get_mut(&place(service, columns, row)?) {
            had.parked += 1;
        }
        Ok(true)
    }

    /// A checkpoint, with what it counts of the tenant alone. Nobody's steps count before a process takes the lease.
    pub(super) fn checkpoint(
        &self,
        service: &'static str,
        columns: &[Column],
        row: &mut [Value],
    ) -> anyhow::Result<()> {
        let had = self.had.get(&place(service, columns, row)?).context("a checkpoint moved meanwhile")?;
        for (name, number) in [("applied", had.entries - had.parked), ("parked", had.parked), ("lease_epoch", 0)] {
            row[cell::place(columns, name)?] = number.into();
        }
        Ok(())
    }
}

fn place(service: &'static str, columns: &[Column], row: &[Value]) -> anyhow::Result<Place> {
    let text = |name: &str| cell::text(columns, row, name).map(str::to_owned);
    let int = |name: &str| cell::int(columns, row, name);
    Ok((service, text("projection")?, int("generation")?, text("journal")?, int("range_index")?))
}
