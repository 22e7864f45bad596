//! The canonical export: a tenant's domain state as sorted lines, the same whatever order the entries came in.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::{PersonId, RecordId};

use super::{
    bucket::{Bucket, Buckets, Extent, Series},
    summary::{Counted, Summary},
};

/// A tenant's state.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) memberships: BTreeMap<RecordId, PersonId>,
    pub(crate) summaries: BTreeMap<RecordId, Summary>,
    pub(crate) buckets: BTreeMap<RecordId, Buckets>,
    pub(crate) erased: BTreeSet<RecordId>,
}

impl State {
    /// Its lines. Each begins with the smallest record of the person, since the person's own id depends on the order; recorded
    /// times are left out.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut smallest: BTreeMap<PersonId, RecordId> = BTreeMap::new();
        for (record, person) in &self.memberships {
            smallest.entry(*person).or_insert(*record);
        }
        let mut lines: Vec<String> = self.erased.iter().map(|record| format!("{record} erased")).collect();
        for (record, person) in &self.memberships {
            lines.push(format!("{} member {record}", smallest.get(person).unwrap_or(record)));
        }
        for (record, summary) in &self.summaries {
            let person = self.memberships.get(record).and_then(|person| smallest.get(person)).unwrap_or(record);
            lines.extend(told(summary).map(|told| format!("{person} {record} {told}")));
        }
        for (record, buckets) in &self.buckets {
            let person = self.memberships.get(record).and_then(|person| smallest.get(person)).unwrap_or(record);
            lines.extend(counted(buckets).map(|counted| format!("{person} {record} {counted}")));
        }
        lines.sort_unstable();
        lines
    }
}

fn told(summary: &Summary) -> impl Iterator<Item = String> {
    let fields = summary.entries().map(|(key, entry, planned)| {
        let (path, kind) = (&key.path, if planned { "planned" } else { "field" });
        let kind = if key.aml { format!("aml {kind}") } else { kind.to_owned() };
        let (at, source, touchpoint) = (entry.effective_at.0, &entry.source, entry.touchpoint);
        format!("{kind} {path}={:?} at {at} from {source} by {touchpoint}", entry.value)
    });
    let counts = summary.counts.iter().map(|(what, count)| {
        let Counted { kind, aml } = what;
        let aml = if *aml { " aml" } else { "" };
        format!("count {kind}{aml}: {} from {} through {}", count.count, count.first.0, count.last.0)
    });
    fields.chain(counts)
}

fn counted(buckets: &Buckets) -> impl Iterator<Item = String> {
    buckets.0.iter().flat_map(|(series, hours)| {
        hours.iter().map(move |(hour, bucket)| {
            let Bucket { count, first, last, amount, handled, waited } = bucket;
            let Series { kind, channel, products, line, currency } = series;
            let sized = [("amount", amount), ("handled", handled), ("waited", waited)].into_iter().filter_map(told_of);
            format!(
                "bucket {kind} {channel} {products:?} {line:?} {currency:?} at {hour}: {count} from {} through {}{}",
                first.0,
                last.0,
                sized.collect::<String>()
            )
        })
    })
}

fn told_of((name, extent): (&str, &Option<Extent>)) -> Option<String> {
    extent.as_ref().map(|extent| {
        let Extent { sum, least, most, last } = extent;
        format!(", {name} {sum} {least} {most}, last {} at {}", last.1, last.0.0)
    })
}
