//! Persons' ids: minted once, kept through changes, leading on after merges, and given back by splits.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use tenure_kernel::{PersonId, RecordId};

use super::{joined::Joined, neighbourhood::Membership, pending::Pending};

#[cfg(test)]
mod tests;

/// A person's id and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Person {
    /// The id.
    pub(crate) id: PersonId,
    /// The record that it was minted for; none once that is erased.
    pub(crate) founder: Option<RecordId>,
    /// Which of the founder's persons it is, from 0.
    pub(crate) ordinal: u32,
    /// The record by which the id is known again once it has lost its records: the founder, as long as it belongs to the
    /// person, or goes where most of them go; else the smallest of those; none once that is erased.
    pub(crate) holder: Option<RecordId>,
    /// How many records it has.
    pub(crate) records: i64,
    /// Grows with every change of its records.
    pub(crate) revision: i64,
    /// Where the id leads when it has no records of its own.
    pub(crate) leads_to: Option<PersonId>,
    /// The version of that, from 1; 0: it never led anywhere.
    pub(crate) redirect_version: i64,
}

/// A person as callers see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    /// The id.
    pub(crate) id: PersonId,
    /// How many records it has.
    pub(crate) records: i64,
    /// Grows with every change of its records.
    pub(crate) revision: i64,
}

impl Standing {
    /// The revision as callers send it back.
    pub(crate) fn etag(&self) -> String {
        format!("{:x}", self.revision)
    }
}

impl From<&Person> for Standing {
    fn from(person: &Person) -> Self {
        Self { id: person.id, records: person.records, revision: person.revision }
    }
}

/// The persons that a change can touch, by id.
pub(crate) type Persons = BTreeMap<PersonId, Person>;

/// That a record belongs to another person now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Move {
    /// The record.
    pub(crate) record: RecordId,
    /// Where it was; none for a new record.
    pub(crate) from: Option<PersonId>,
    /// Where it is; none for an erased record.
    pub(crate) to: Option<PersonId>,
    /// The membership's version.
    pub(crate) version: i64,
}

/// What clusters mean for persons.
#[derive(Debug, Default)]
pub(crate) struct Settlement {
    /// The records that move, by record.
    pub(crate) moves: Vec<Move>,
    /// The persons that changed, as they are now.
    pub(crate) changed: BTreeSet<PersonId>,
    /// Those of them whose id leads elsewhere now.
    pub(crate) redirected: BTreeSet<PersonId>,
    /// All persons as they are now.
    pub(crate) persons: Persons,
    /// The pairs that joined what was apart.
    pub(crate) joined: Vec<Joined>,
    /// The records of which it is open now, or is no longer, whose they are.
    pub(crate) pending: Vec<Pending>,
}

impl Person {
    fn new(id: PersonId, founder: Option<RecordId>, ordinal: u32) -> Self {
        Self { id, founder, ordinal, holder: founder, records: 0, revision: 0, leads_to: None, redirect_version: 0 }
    }
}

/// The person that an id leads to: its own while it has records.
pub(crate) fn resolve(persons: &Persons, id: PersonId) -> Option<&Person> {
    let mut at = persons.get(&id)?;
    // An id leads to one that had records when it was made to: never in a circle.
    while at.records == 0 {
        at = persons.get(&at.leads_to?)?;
    }
    Some(at)
}

/// Whether clusters are what memberships say already.
pub(crate) fn is_settled(memberships: &BTreeMap<RecordId, Membership>, clusters: &[BTreeSet<RecordId>]) -> bool {
    let mut seen = BTreeSet::new();
    let agreed = clusters.iter().all(|cluster| {
        let mut persons = cluster.iter().map(|record| memberships.get(record).map(|membership| membership.person));
        let first = persons.next().flatten();
        first.is_some_and(|person| seen.insert(person)) && persons.all(|person| person == first)
    });
    agreed && memberships.len() == clusters.iter().map(BTreeSet::len).sum::<usize>()
}

/// Whether persons stay as they are, or gain records that belonged to nobody: no other person's id is concerned then.
pub(crate) fn only_grow(memberships: &BTreeMap<RecordId, Membership>, clusters: &[BTreeSet<RecordId>]) -> bool {
    let (mut seen, mut kept) = (BTreeSet::new(), 0);
    let whole = clusters.iter().all(|cluster| {
        let mut persons = cluster.iter().filter_map(|record| memberships.get(record)).map(|one| one.person);
        let Some(first) = persons.next() else { return true };
        kept += 1 + persons.clone().count();
        seen.insert(first) && persons.all(|person| person == first)
    });
    whole && kept == memberships.len()
}

/// Gives every cluster a person's id. `memberships` are those of every record of the persons concerned; records in none of
/// the clusters are gone. `persons` holds those persons and, unless they [`only_grow`], all that the records founded or hold, and
/// where these lead.
pub(crate) fn settle(
    memberships: &BTreeMap<RecordId, Membership>,
    clusters: &[BTreeSet<RecordId>],
    persons: Persons,
    mint: impl Fn(RecordId, u32) -> PersonId,
) -> Settlement {
    let former: BTreeMap<PersonId, Option<PersonId>> =
        persons.keys().map(|id| (*id, resolve(&persons, *id).map(|person| person.id))).collect();
    let heirs = heirs(memberships, clusters, &persons);
    let mut settlement = Settlement { persons, ..Settlement::default() };
    let names = settlement.name(memberships, clusters, &heirs, mint);
    settlement.move_records(memberships, clusters, &names);
    settlement.count(memberships, clusters, &names);
    settlement.retire(memberships, &heirs, clusters, &names);
    settlement.follow_holders(memberships, clusters, &names, &former);
    settlement
}

/// Of each person the cluster that its id goes to: the one with most of its records, then the one with its holder, then
/// the one with the smallest record.
fn heirs(
    memberships: &BTreeMap<RecordId, Membership>,
    clusters: &[BTreeSet<RecordId>],
    persons: &Persons,
) -> BTreeMap<PersonId, usize> {
    let mut parts: BTreeMap<PersonId, BTreeMap<usize, usize>> = BTreeMap::new();
    for (place, cluster) in clusters.iter().enumerate() {
        for membership in cluster.iter().filter_map(|record| memberships.get(record)) {
            *parts.entry(membership.person).or_default().entry(place).or_default() += 1;
        }
    }
    let heir = |(person, parts): (PersonId, BTreeMap<usize, usize>)| {
        let holder = persons.get(&person).and_then(|person| person.holder);
        let held = |place: usize| holder.is_some_and(|holder| clusters[place].contains(&holder));
        let best = parts.into_iter().max_by_key(|(place, count)| (*count, held(*place), Reverse(*place)));
        best.map(|(place, _)| (person, place))
    };
    parts.into_iter().filter_map(heir).collect()
}

impl Settlement {
    fn person(&mut self, id: PersonId) -> &mut Person {
        self.persons.entry(id).or_insert_with(|| Person::new(id, None, 0))
    }

    /// A cluster takes the id of the person that brings most records into it, then the smallest; else an id that one of its
    /// records holds; else a new one.
    fn name(
        &mut self,
        memberships: &BTreeMap<RecordId, Membership>,
        clusters: &[BTreeSet<RecordId>],
        heirs: &BTreeMap<PersonId, usize>,
        mint: impl Fn(RecordId, u32) -> PersonId,
    ) -> Vec<PersonId> {
        let mut claims: BTreeMap<usize, Vec<PersonId>> = BTreeMap::new();
        for (person, place) in heirs {
            claims.entry(*place).or_default().push(*person);
        }
        let brought = |cluster: &BTreeSet<RecordId>, person: PersonId| {
            cluster.iter().filter(|record| memberships.get(record).is_some_and(|one| one.person == person)).count()
        };
        let mut names = Vec::with_capacity(clusters.len());
        for (place, cluster) in clusters.iter().enumerate() {
            let claims = claims.remove(&place).unwrap_or_default();
            let survivor = claims.into_iter().max_by_key(|person| (brought(cluster, *person), Reverse(*person)));
            let name = survivor.or_else(|| self.reopened(cluster)).unwrap_or_else(|| self.minted(cluster, &mint));
            names.push(name);
        }
        names
    }

    /// An id without records that a record of the cluster holds: not one that leads to another such id, which it was
    /// merged into before.
    fn reopened(&self, cluster: &BTreeSet<RecordId>) -> Option<PersonId> {
        let lost = |person: &&Person| {
            person.records == 0
                && person.leads_to.is_some()
                && person.holder.is_some_and(|holder| cluster.contains(&holder))
        };
        let lost: BTreeMap<PersonId, &Person> =
            self.persons.values().filter(lost).map(|person| (person.id, person)).collect();
        let merged_before = |person: &Person| person.leads_to.is_some_and(|to| lost.contains_key(&to));
        lost.values().find(|person| !merged_before(person)).map(|person| person.id)
    }

    fn minted(&mut self, cluster: &BTreeSet<RecordId>, mint: &impl Fn(RecordId, u32) -> PersonId) -> PersonId {
        let founder = cluster.first().copied().unwrap_or_default();
        let founded = self.persons.values().filter(|person| person.founder == Some(founder));
        let ordinal = founded.map(|person| person.ordinal + 1).max().unwrap_or(0);
        let id = mint(founder, ordinal);
        self.persons.insert(id, Person::new(id, Some(founder), ordinal));
        id
    }

    fn move_records(
        &mut self,
        memberships: &BTreeMap<RecordId, Membership>,
        clusters: &[BTreeSet<RecordId>],
        names: &[PersonId],
    ) {
        let mut homes: BTreeMap<RecordId, Option<PersonId>> =
            memberships.keys().map(|record| (*record, None)).collect();
        for (cluster, name) in clusters.iter().zip(names) {
            homes.extend(cluster.iter().map(|record| (*record, Some(*name))));
        }
        for (record, to) in homes {
            let was = memberships.get(&record);
            let from = was.map(|membership| membership.person);
            if from == to {
                continue;
            }
            let version = was.map_or(0, |membership| membership.version) + 1;
            self.moves.push(Move { record, from, to, version });
            for id in [from, to].into_iter().flatten() {
                if self.changed.insert(id) {
                    self.person(id).revision += 1;
                }
            }
        }
    }

    /// Counts records anew, sees to it that one of them holds the id, and takes redirects of those back that have records
    /// again.
    fn count(
        &mut self,
        memberships: &BTreeMap<RecordId, Membership>,
        clusters: &[BTreeSet<RecordId>],
        names: &[PersonId],
    ) {
        for membership in memberships.values() {
            self.person(membership.person).records = 0;
        }
        for (cluster, name) in clusters.iter().zip(names) {
            let person = self.person(*name);
            person.records = i64::try_from(cluster.len()).unwrap_or(i64::MAX);
            if person.holder.is_none_or(|holder| !cluster.contains(&holder)) {
                person.holder = person.founder.filter(|founder| cluster.contains(founder)).or(cluster.first().copied());
                self.changed.insert(*name);
            }
            self.lead(*name, None);
        }
    }

    /// An id without records leads to where most of them went, and is held by one of those.
    fn retire(
        &mut self,
        memberships: &BTreeMap<RecordId, Membership>,
        heirs: &BTreeMap<PersonId, usize>,
        clusters: &[BTreeSet<RecordId>],
        names: &[PersonId],
    ) {
        let former: BTreeSet<PersonId> = memberships.values().map(|membership| membership.person).collect();
        for id in former {
            if self.person(id).records > 0 {
                continue;
            }
            let Some(heir) = heirs.get(&id) else { continue };
            self.lead(id, Some(names[*heir]));
            let person = self.person(id);
            if person.holder.is_none_or(|holder| !clusters[*heir].contains(&holder)) {
                let own = |record: &&RecordId| memberships.get(record).is_some_and(|one| one.person == id);
                person.holder = clusters[*heir].iter().find(own).copied();
            }
        }
    }

    /// An id that led to its holder goes on doing so when the holder moves.
    fn follow_holders(
        &mut self,
        memberships: &BTreeMap<RecordId, Membership>,
        clusters: &[BTreeSet<RecordId>],
        names: &[PersonId],
        former: &BTreeMap<PersonId, Option<PersonId>>,
    ) {
        let homes: BTreeMap<RecordId, PersonId> = clusters
            .iter()
            .zip(names)
            .flat_map(|(cluster, name)| cluster.iter().map(move |record| (*record, *name)))
            .collect();
        let retired: Vec<(PersonId, RecordId)> = self
            .persons
            .values()
            .filter(|person| person.records == 0 && person.leads_to.is_some())
            .filter_map(|person| person.holder.map(|holder| (person.id, holder)))
            .collect();
        for (id, holder) in retired {
            let was = memberships.get(&holder).map(|membership| membership.person);
            let followed = was.is_some() && former.get(&id).copied().flatten() == was && was != Some(id);
            let Some(home) = homes.get(&holder).filter(|_| followed) else { continue };
            if resolve(&self.persons, id).map(|person| person.id) != Some(*home) {
                self.lead(id, Some(*home));
            }
        }
    }

    fn lead(&mut self, id: PersonId, to: Option<PersonId>) {
        let person = self.person(id);
        if person.leads_to == to {
            return;
        }
        person.leads_to = to;
        person.redirect_version += 1;
        self.changed.insert(id);
        self.redirected.insert(id);
    }
}
