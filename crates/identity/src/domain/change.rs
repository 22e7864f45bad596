//! What a settlement means to others: changes, each of which concerns persons that no other change concerns.

use std::collections::BTreeMap;

use tenure_kernel::{PersonId, RecordId};

use super::{
    joined::Joined,
    person::{Move, Settlement},
};

/// That an id leads elsewhere, or stands for itself again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Redirect {
    /// The id.
    pub(crate) from: PersonId,
    /// Where it leads; none: it has records of its own again.
    pub(crate) to: Option<PersonId>,
    /// The redirect's version.
    pub(crate) version: i64,
}

/// Moves and redirects that belong together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Change {
    /// The moves, by record; at least one.
    pub(crate) moves: Vec<Move>,
    /// The redirects, by person.
    pub(crate) redirects: Vec<Redirect>,
    /// The pairs that joined what was apart.
    pub(crate) joined: Vec<Joined>,
}

impl Settlement {
    /// Everything as one change; none when nothing changed.
    pub(crate) fn whole(&self) -> Option<Change> {
        let redirects = self.redirected.iter().filter_map(|id| self.persons.get(id)).map(|person| Redirect {
            from: person.id,
            to: person.leads_to,
            version: person.redirect_version,
        });
        let change = Change { moves: self.moves.clone(), redirects: redirects.collect(), joined: self.joined.clone() };
        (!change.moves.is_empty()).then_some(change)
    }

    /// Everything as changes that have no person in common, by smallest record moved.
    pub(crate) fn changes(&self) -> Vec<Change> {
        let Some(whole) = self.whole() else { return Vec::new() };
        let mut groups = Groups::default();
        for one in &whole.moves {
            groups.join([one.from, one.to]);
        }
        for redirect in &whole.redirects {
            groups.join([Some(redirect.from), redirect.to]);
        }
        let mut changes: BTreeMap<PersonId, Change> = BTreeMap::new();
        let mut order = Vec::new();
        for one in whole.moves {
            let group = groups.of(one.from.or(one.to).unwrap_or_default());
            if !changes.contains_key(&group) {
                order.push(group);
            }
            changes.entry(group).or_default().moves.push(one);
        }
        for redirect in whole.redirects {
            // A redirect changes because records of its person or its holder moved: their group is there.
            changes.entry(groups.of(redirect.from)).or_default().redirects.push(redirect);
        }
        // Of the two records of a pair that joined something one moved at least.
        let homes: BTreeMap<RecordId, Option<PersonId>> = self.moves.iter().map(|one| (one.record, one.to)).collect();
        for pair in whole.joined {
            let home = [pair.left, pair.right].iter().find_map(|record| homes.get(record).copied().flatten());
            if let Some(change) = home.and_then(|home| changes.get_mut(&groups.of(home))) {
                change.joined.push(pair);
            }
        }
        order.into_iter().filter_map(|group| changes.remove(&group)).collect()
    }
}

/// Disjoint sets of persons.
#[derive(Debug, Default)]
struct Groups(BTreeMap<PersonId, PersonId>);

impl Groups {
    fn of(&self, person: PersonId) -> PersonId {
        let mut at = person;
        while let Some(next) = self.0.get(&at) {
            at = *next;
        }
        at
    }

    fn join(&mut self, persons: [Option<PersonId>; 2]) {
        if let [Some(left), Some(right)] = persons {
            let (left, right) = (self.of(left), self.of(right));
            if left != right {
                self.0.insert(left.max(right), left.min(right));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use tenure_kernel::RecordId;

    use super::*;
    use crate::domain::{neighbourhood::Membership, person};

    fn mint(founder: RecordId, ordinal: u32) -> PersonId {
        PersonId([founder.0[0] + u8::try_from(ordinal).expect("few"); 16])
    }

    #[test]
    fn what_concerns_other_persons_is_another_change() {
        let record = |number: u8| RecordId([number; 16]);
        let set = |numbers: &[u8]| numbers.iter().map(|number| record(*number)).collect::<BTreeSet<_>>();
        let first = person::settle(&BTreeMap::new(), &[set(&[10]), set(&[20]), set(&[30])], BTreeMap::new(), mint);
        assert_eq!(first.changes().len(), 3);
        let memberships = first
            .moves
            .iter()
            .map(|one| (one.record, Membership { person: one.to.expect("new"), version: one.version }))
            .collect();
        let second = person::settle(&memberships, &[set(&[10, 30]), set(&[20]), set(&[40])], first.persons, mint);
        let changes = second.changes();
        let shown: Vec<_> = changes.iter().map(|change| (change.moves.len(), change.redirects.len())).collect();
        assert_eq!(shown, [(1, 1), (1, 0)]);
        assert_eq!(changes[0].moves[0].record, record(30));
        assert_eq!(
            changes[0].redirects[0],
            Redirect { from: mint(record(30), 0), to: Some(mint(record(10), 0)), version: 1 }
        );
        assert_eq!(second.whole().expect("a change").moves.len(), 2);
    }
}
