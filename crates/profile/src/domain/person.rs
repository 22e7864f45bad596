//! Profiles: what the records of a person say together.

use std::collections::BTreeMap;

use tenure_kernel::{PersonId, RecordId, Timestamp};

use super::{
    catalogue::Valued,
    count::Count,
    enriched::{self, Freshness, Offers},
    path::{has_many_values, is_private, is_special, is_within},
    register::Entry,
    segment::Belonging,
    summary::{Counted, Key, Summary},
};

/// A field of a profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) path: String,
    pub(crate) entry: Entry,
    /// The record that holds it.
    pub(crate) record: RecordId,
    /// Whether it is shown for due diligence only, and there instead of the other value of the same path. Only such a field may be empty:
    /// then there is none to show.
    pub(crate) aml: bool,
}

/// What is known of a person, or of a record alone.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Profile {
    /// `None` for a record alone.
    pub(crate) person: Option<PersonId>,
    /// Ascending.
    pub(crate) records: Vec<RecordId>,
    /// By path and, where a path has many values, by value.
    pub(crate) fields: Vec<Known>,
    pub(crate) counts: BTreeMap<Counted, Count>,
    /// Of a path with more values than are shown, how many there are; apart those for due diligence only.
    pub(crate) cut: BTreeMap<(String, bool), usize>,
    /// By name; none of a record alone.
    pub(crate) traits: Vec<Valued>,
    /// The segments that it is in, by name.
    pub(crate) segments: Vec<Belonging>,
    /// How its records stand with providers, if that was asked for.
    pub(crate) enrichment: Vec<Freshness>,
    /// When it may change by itself, because something planned takes effect or a window moves on; never later than it does.
    pub(crate) until: Option<Timestamp>,
}

/// What of a profile is wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// Paths, or what they begin with.
    pub(crate) paths: Vec<String>,
    /// Whether it is told how often what happened.
    pub(crate) counts: bool,
}

impl Wanted {
    /// Whether a field is wanted.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.paths.iter().any(|wanted| is_within(path, wanted))
    }
}

/// How many values of a path are shown: the newest.
const VALUES: usize = 200;

/// Leaves out the oldest values of paths that have too many, so that no answer grows without bound. They stay in the records.
fn cut(fields: &mut Vec<Known>) -> BTreeMap<(String, bool), usize> {
    let mut of: BTreeMap<(&str, bool), Vec<(&Entry, RecordId)>> = BTreeMap::new();
    for field in fields.iter().filter(|field| has_many_values(&field.path)) {
        of.entry((&field.path, field.aml)).or_default().push((&field.entry, field.record));
    }
    of.retain(|_, values| values.len() > VALUES);
    if of.is_empty() {
        return BTreeMap::new();
    }
    let mut least = BTreeMap::new();
    let mut cut = BTreeMap::new();
    for ((path, aml), mut values) in of {
        values.sort_unstable_by(|one, other| other.cmp(one));
        let (entry, record) = values[VALUES - 1];
        least.insert((path.to_owned(), aml), (entry.clone(), record));
        cut.insert((path.to_owned(), aml), values.len());
    }
    fields.retain(|field| {
        let least = least.get(&(field.path.clone(), field.aml));
        least.is_none_or(|(entry, record)| (&field.entry, &field.record) >= (entry, record))
    });
    cut
}

impl Profile {
    /// The merge of the members' summaries as of a moment. The members come in any order: of two entries of a field the
    /// greater one wins, and the counts of records have no touchpoint in common.
    pub(crate) fn of(person: Option<PersonId>, members: &BTreeMap<RecordId, Summary>, now: Timestamp) -> Self {
        let mut best: BTreeMap<&Key, (&Entry, RecordId)> = BTreeMap::new();
        let mut counts: BTreeMap<Counted, Count> = BTreeMap::new();
        let (mut until, mut offers) = (None, Offers::default());
        for (record, summary) in members {
            for (key, register) in &summary.registers {
                if enriched::is_about(&key.path) {
                    register.as_of(now).into_iter().for_each(|entry| offers.offer(&key.path, entry, *record, now));
                } else if let Some(entry) = register.as_of(now) {
                    best.entry(key)
                        .and_modify(|there| *there = (*there).max((entry, *record)))
                        .or_insert((entry, *record));
                }
                until = [until, register.next_change(now)].into_iter().flatten().min();
            }
            for (what, count) in &summary.counts {
                counts.entry(*what).and_modify(|there| *there = there.plus(*count)).or_insert(*count);
            }
        }
        let shown = |key: &Key, found: (&Entry, RecordId)| match key.aml {
            false => !found.0.value.is_empty(),
            true => best.get(&Key { aml: false, ..key.clone() }).is_none_or(|other| *other < found),
        };
        let known = best.iter().filter(|(key, found)| shown(key, **found));
        let known = known.map(|(key, (entry, record))| Known {
            path: key.path.clone(),
            entry: (*entry).clone(),
            record: *record,
            aml: key.aml,
        });
        let mut fields: Vec<Known> = known.collect();
        until = [until, offers.until].into_iter().flatten().min();
        let said = |(path, entry, record): (&str, &Entry, RecordId)| Known {
            path: path.to_owned(),
            entry: entry.clone(),
            record,
            aml: false,
        };
        fields.extend(offers.holding().map(said));
        // Those of a path stay in their order.
        fields.sort_by(|one, other| one.path.cmp(&other.path));
        let cut = cut(&mut fields);
        let (traits, segments, enrichment) = (Vec::new(), Vec::new(), Vec::new());
        let records = members.keys().copied().collect();
        Self { person, records, fields, counts, cut, traits, segments, enrichment, until }
    }

    /// The fields that traits and segments may be worked out from: those of no personal or special kind, until they end by themselves.
    pub(crate) fn open_fields(&self, now: Timestamp) -> BTreeMap<&str, &str> {
        let open = self.open().filter(|known| known.entry.expires_at.is_none_or(|until| now < until));
        open.map(|known| (known.path.as_str(), known.entry.value.as_str())).collect()
    }

    /// When one of these next ends by itself.
    pub(crate) fn next_end(&self, now: Timestamp) -> Option<Timestamp> {
        self.open().filter_map(|known| known.entry.expires_at).filter(|until| now < *until).min()
    }

    fn open(&self) -> impl Iterator<Item = &Known> {
        self.fields.iter().filter(|known| !known.aml && !is_private(&known.path) && !is_special(&known.path))
    }
}

#[cfg(test)]
mod tests {
    use tenure_kernel::TouchpointId;

    use super::*;
    use crate::domain::fact::{Field, Method, Statement};

    #[test]
    fn of_very_many_values_the_newest_are_shown_whatever_order_they_came_in() {
        let say = |at: i64| {
            let field =
                Field { path: "contact.email".to_owned(), value: format!("{at}@example.nl"), ..Field::default() };
            let statement = Statement {
                effective_at: Timestamp(at),
                planned: false,
                recorded_at: Timestamp(at),
                source_rank: 0,
                source: "shop".to_owned(),
                method: Method::System,
                aml: false,
                fields: vec![field],
            };
            (TouchpointId(u128::try_from(at).unwrap_or_default().to_be_bytes()), statement)
        };
        let shown = |order: &mut dyn Iterator<Item = i64>, records: u8| {
            let mut members: BTreeMap<RecordId, Summary> = BTreeMap::new();
            for at in order {
                let (touchpoint, statement) = say(at);
                let record = RecordId([u8::try_from(at % i64::from(records)).unwrap_or_default(); 16]);
                members.entry(record).or_default().add_statement(touchpoint, &statement);
            }
            Profile::of(None, &members, Timestamp(1_000_000))
        };
        let (one, other) = (shown(&mut (0..5_000), 3), shown(&mut (0..5_000).rev(), 3));
        assert_eq!(one, other);
        assert_eq!(
            (one.fields.len(), &one.cut),
            (VALUES, &BTreeMap::from([(("contact.email".to_owned(), false), 5_000)]))
        );
        assert!(one.fields.iter().all(|known| known.entry.effective_at >= Timestamp(4_800)));
        let few = shown(&mut (0..200), 1);
        assert_eq!((few.fields.len(), few.cut.len()), (VALUES, 0));
    }
}
