//! Persons' purchases: their members' days, many persons at a time.

use std::collections::{BTreeMap, BTreeSet};

use tenure_clv::Summary;
use tenure_kernel::{PersonId, RecordId, Tenant};
use tenure_store::{Query, Row, Store, StoreError, Value};

use super::{ACTIVE, MEMBERSHIPS, deal_fact, keys, narrow, record_day, record_service, standing::Barred};
use crate::domain::{
    book::Book,
    ledger::Ledger,
    service::{Served, ServiceKey},
    standing::{Audience, Bar},
    summary::{PersonSummary, RecordDay, histories, persons},
};

/// How many persons are looked through at once. Few of them may have bought in the book, so it is no smaller for a small page.
const WINDOW: i64 = 2_000;

/// Whose purchases: those of a tenant in a book through a day, as far as an audience may see whose they are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Purchases<'a> {
    pub(crate) tenant: &'a Tenant,
    pub(crate) book: Book,
    /// Days since 1970-01-01, in UTC.
    pub(crate) through: i32,
    pub(crate) audience: Audience,
}

/// Whose records are, of those whom the audience may see.
#[derive(Debug, Default)]
struct Owners {
    records: BTreeMap<RecordId, PersonId>,
    /// Who is counted, but may not be told apart.
    hidden: BTreeSet<PersonId>,
}

impl Purchases<'_> {
    /// The persons with a purchase behind a person id (`None`: from the first on), `limit` at most, by person id.
    ///
    /// Three look-ups in place of a join over all of them: where PostgreSQL's statistics know nothing of the tenant or of the
    /// generation, it took minutes to join those of 20,000 persons. A list of keys is looked up whatever the statistics say.
    pub(crate) async fn page(
        &self,
        store: &Store,
        mut after: Option<PersonId>,
        limit: usize,
    ) -> Result<Vec<PersonSummary>, StoreError> {
        let mut found = Vec::new();
        while found.len() < limit {
            let (some, last) = self.window(store, after).await?;
            found.extend(some);
            if last.is_none() {
                break;
            }
            after = last;
        }
        found.truncate(limit);
        Ok(found)
    }

    /// Those with a purchase of the next persons behind one, and the last that was looked through; `None`: there are no more.
    pub(crate) async fn window(
        &self,
        store: &Store,
        after: Option<PersonId>,
    ) -> Result<(Vec<PersonSummary>, Option<PersonId>), StoreError> {
        let Some(last) = self.last_of(store, after).await? else { return Ok((Vec::new(), None)) };
        let owners = self.owners(store, after, last).await?.records;
        Ok((self.merged(store, &owners).await?, Some(last)))
    }

    /// The same as of several days, none of which is after `through`.
    pub(crate) async fn window_as_of<const N: usize>(
        &self,
        store: &Store,
        after: Option<PersonId>,
        as_of: &[i32],
    ) -> Result<(Vec<[Option<Summary>; N]>, Option<PersonId>), StoreError> {
        let Some(last) = self.last_of(store, after).await? else { return Ok((Vec::new(), None)) };
        let owners = self.owners(store, after, last).await?.records;
        Ok((histories(&self.sorted_days(store, &owners).await?, as_of), Some(last)))
    }

    /// Both.
    pub(crate) async fn window_with_past<const N: usize>(
        &self,
        store: &Store,
        after: Option<PersonId>,
        as_of: &[i32],
    ) -> Result<(Vec<(PersonSummary, [Option<Summary>; N])>, Option<PersonId>), StoreError> {
        let Some(last) = self.last_of(store, after).await? else { return Ok((Vec::new(), None)) };
        let owners = self.owners(store, after, last).await?.records;
        let days = self.sorted_days(store, &owners).await?;
        // Everybody of the days bought something by then, so both are of the same persons.
        let both = self.with_services(store, &owners, &days).await?.into_iter().zip(histories(&days, as_of));
        Ok((both.collect(), Some(last)))
    }

    async fn sorted_days(
        &self,
        store: &Store,
        owners: &BTreeMap<RecordId, PersonId>,
    ) -> Result<Vec<RecordDay>, StoreError> {
        let mut days = self.days(store, owners).await?;
        days.sort_unstable_by_key(|day| (day.person, day.record, day.day));
        Ok(days)
    }

    /// The first day that anybody bought on.
    pub(crate) async fn first_day(&self, store: &Store) -> Result<Option<i32>, StoreError> {
        let sql = format!(
            "SELECT MIN(day) FROM record_day /* whole */
             WHERE tenant = ? AND generation = {ACTIVE} AND currency = ? AND line = ? AND day <= ?"
        );
        let mut values: Vec<Value> = vec![self.tenant.as_str().into()];
        values.extend(self.bounds());
        let row = store.first(&sql, values).await?;
        let day: Option<i64> = row.map_or(Ok(None), |row| row.get(0))?;
        day.map(|day| narrow(day, "record_day.day")).transpose()
    }

    /// The first day that a contract began on.
    pub(crate) async fn first_contract(&self, store: &Store) -> Result<Option<i32>, StoreError> {
        deal_fact::first_contract(store, self.tenant, self.book.line, self.through).await
    }

    /// Those with a purchase, each with what was told of them, if that is wanted, in order; nothing else is read.
    pub(crate) async fn window_with_deals(
        &self,
        store: &Store,
        after: Option<PersonId>,
        wanted: bool,
    ) -> Result<(Vec<Ledger>, Option<PersonId>), StoreError> {
        let Some(last) = self.last_of(store, after).await? else { return Ok((Vec::new(), None)) };
        let Owners { records, hidden } = self.owners(store, after, last).await?;
        let persons = self.merged(store, &records).await?;
        let none = BTreeMap::new();
        let asked = if wanted { &records } else { &none };
        let mut told = deal_fact::of_persons(store, self.tenant, self.through, asked).await?;
        let ledger = |summary: PersonSummary| Ledger {
            person: summary.person,
            hidden: hidden.contains(&summary.person),
            told: told.remove(&summary.person).unwrap_or_default(),
            summary: Some(summary),
            days: Vec::new(),
            services: Vec::new(),
        };
        Ok((persons.into_iter().map(ledger).collect(), Some(last)))
    }

    /// All that is known of the next persons behind one, and the last that was looked through; `None`: there are no more.
    pub(crate) async fn ledgers(
        &self,
        store: &Store,
        after: Option<PersonId>,
    ) -> Result<(Vec<Ledger>, Option<PersonId>), StoreError> {
        let Some(last) = self.last_of(store, after).await? else { return Ok((Vec::new(), None)) };
        let owners = self.owners(store, after, last).await?;
        Ok((self.ledgers_of_owners(store, owners).await?, Some(last)))
    }

    /// All that is known of some persons, by person id; those who are nobody are left out.
    async fn ledgers_of(&self, store: &Store, wanted: &BTreeSet<PersonId>) -> Result<Vec<Ledger>, StoreError> {
        let members = MEMBERSHIPS.members(store, self.tenant, wanted).await?;
        self.ledgers_of_owners(store, Owners { records: owners_of(members), hidden: BTreeSet::new() }).await
    }

    async fn ledgers_of_owners(&self, store: &Store, owners: Owners) -> Result<Vec<Ledger>, StoreError> {
        let Owners { records: owners, hidden } = &owners;
        let days = self.sorted_days(store, owners).await?;
        let served = record_service::through(store, self.tenant, self.book, self.through, owners.keys()).await?;
        let mut services = by_person(owners, served);
        let mut told = deal_fact::of_persons(store, self.tenant, self.through, owners).await?;
        let mut summaries: BTreeMap<PersonId, PersonSummary> =
            persons(&days, &services, self.through).into_iter().map(|summary| (summary.person, summary)).collect();
        let people: BTreeSet<PersonId> = owners.values().copied().collect();
        let ledgers = people.into_iter().map(|person| {
            let from = days.partition_point(|day| day.person < person);
            let own = days[from..].iter().take_while(|day| day.person == person);
            Ledger {
                person,
                hidden: hidden.contains(&person),
                summary: summaries.remove(&person),
                days: own.map(|day| (day.day, day.total)).collect(),
                services: services.remove(&person).unwrap_or_default(),
                told: told.remove(&person).unwrap_or_default(),
            }
        });
        Ok(ledgers.collect())
    }

    /// The last of the next persons, with a purchase or without; `None`: there are no more.
    async fn last_of(&self, store: &Store, after: Option<PersonId>) -> Result<Option<PersonId>, StoreError> {
        let sql = format!(
            "SELECT person_id FROM (
               SELECT DISTINCT person_id FROM membership
               WHERE tenant = ? AND generation = {ACTIVE} AND person_id > ? ORDER BY person_id LIMIT ?) AS next
             ORDER BY person_id DESC LIMIT 1"
        );
        let row = store.first(&sql, vec![self.tenant.as_str().into(), bytes(after).into(), WINDOW.into()]).await?;
        row.map(|row| Ok(PersonId(row.id(0)?))).transpose()
    }

    /// The records of the persons behind one and up to another, of those whom the audience may see.
    async fn owners(&self, store: &Store, after: Option<PersonId>, last: PersonId) -> Result<Owners, StoreError> {
        let sql = format!(
            "SELECT record_id, person_id FROM membership
             WHERE tenant = ? AND generation = {ACTIVE} AND person_id > ? AND person_id <= ?"
        );
        let values = vec![self.tenant.as_str().into(), bytes(after).into(), last.0.to_vec().into()];
        let rows = store.all(&sql, values).await?;
        let mut records: BTreeMap<RecordId, PersonId> = rows
            .iter()
            .map(|row| Ok((RecordId(row.id(0)?), PersonId(row.id(1)?))))
            .collect::<Result<_, StoreError>>()?;
        let barred = Barred::among(store, self.tenant, &records).await?;
        let unseen = barred.persons(self.audience);
        records.retain(|_, person| !unseen.contains(person));
        let hidden = barred.persons(Audience { tells_apart: true, ..self.audience });
        Ok(Owners { records, hidden })
    }

    /// What keeps the audience from some persons.
    pub(crate) async fn barred(
        &self,
        store: &Store,
        persons: &BTreeSet<PersonId>,
    ) -> Result<BTreeMap<PersonId, Bar>, StoreError> {
        let members = MEMBERSHIPS.members(store, self.tenant, persons).await?;
        let barred = Barred::among(store, self.tenant, &owners_of(members)).await?;
        let bar = |person: &PersonId| Some((*person, barred.bar(*person, self.audience)?));
        Ok(persons.iter().filter_map(bar).collect())
    }

    async fn days(&self, store: &Store, owners: &BTreeMap<RecordId, PersonId>) -> Result<Vec<RecordDay>, StoreError> {
        let sql = format!(
            "SELECT record_id, day, purchases, minor_units, known_minor, margin_minor FROM record_day
             WHERE tenant = ? AND generation = {ACTIVE} AND currency = ? AND line = ? AND day <= ? AND record_id {{keys}}"
        );
        let mut values: Vec<Value> = vec![self.tenant.as_str().into()];
        values.extend(self.bounds());
        let rows = store.by_keys(&sql, values, keys(owners.keys())).await?;
        let days = rows.iter().map(|row| {
            let record = RecordId(row.id(0)?);
            owners.get(&record).map(|person| day(row, *person)).transpose()
        });
        days.filter_map(Result::transpose).collect()
    }

    /// Some persons' purchases, whoever may see them, by person id: those without any have none, those who are nobody are left out.
    async fn of_all(&self, store: &Store, wanted: &BTreeSet<PersonId>) -> Result<Vec<PersonSummary>, StoreError> {
        let members = MEMBERSHIPS.members(store, self.tenant, wanted).await?;
        let known: Vec<PersonId> = members.keys().copied().collect();
        let found = self.merged(store, &owners_of(members)).await?;
        let mut bought: BTreeMap<PersonId, PersonSummary> = found.into_iter().map(|one| (one.person, one)).collect();
        let of = |person| bought.remove(&person).or_else(|| PersonSummary::unknown(person, self.through));
        Ok(known.into_iter().filter_map(of).collect())
    }

    /// The same, each with all else that is known of them if that is wanted.
    pub(crate) async fn known_of(
        &self,
        store: &Store,
        persons: &BTreeSet<PersonId>,
        wanted: bool,
    ) -> Result<Vec<(PersonSummary, Option<Ledger>)>, StoreError> {
        if !wanted {
            return Ok(self.of_all(store, persons).await?.into_iter().map(|bought| (bought, None)).collect());
        }
        let ledgers = self.ledgers_of(store, persons).await?;
        let known = |ledger: Ledger| Some((ledger.bought(self.through)?, Some(ledger)));
        Ok(ledgers.into_iter().filter_map(known).collect())
    }

    /// The persons of records. Facts never move, so that whose records they are says who was merged, at one moment.
    async fn merged(
        &self,
        store: &Store,
        owners: &BTreeMap<RecordId, PersonId>,
    ) -> Result<Vec<PersonSummary>, StoreError> {
        let days = self.sorted_days(store, owners).await?;
        self.with_services(store, owners, &days).await
    }

    async fn with_services(
        &self,
        store: &Store,
        owners: &BTreeMap<RecordId, PersonId>,
        days: &[RecordDay],
    ) -> Result<Vec<PersonSummary>, StoreError> {
        // Of those who bought nothing nobody asks.
        let buyers: BTreeSet<PersonId> = days.iter().map(|day| day.person).collect();
        let asked = owners.iter().filter(|(_, person)| buyers.contains(person)).map(|(record, _)| record);
        let served = record_service::through(store, self.tenant, self.book, self.through, asked).await?;
        Ok(persons(days, &by_person(owners, served), self.through))
    }

    fn bounds(&self) -> [Value; 3] {
        [self.book.currency.code().into(), self.book.line.code().into(), i64::from(self.through).into()]
    }
}

fn owners_of(members: BTreeMap<PersonId, BTreeSet<RecordId>>) -> BTreeMap<RecordId, PersonId> {
    members.into_iter().flat_map(|(person, records)| records.into_iter().map(move |one| (one, person))).collect()
}

/// What serving took of each person, by record and day, so that no order of rows shows.
fn by_person(
    owners: &BTreeMap<RecordId, PersonId>,
    mut served: Vec<(ServiceKey, Served)>,
) -> BTreeMap<PersonId, Vec<(ServiceKey, Served)>> {
    served.sort_unstable_by_key(|(key, _)| *key);
    let mut services: BTreeMap<PersonId, Vec<(ServiceKey, Served)>> = BTreeMap::new();
    for (key, served) in served {
        if let Some(person) = owners.get(&key.record) {
            services.entry(*person).or_default().push((key, served));
        }
    }
    services
}

/// No person is before all persons. An erased record belongs to nobody, which is stored as no bytes too.
fn bytes(person: Option<PersonId>) -> Vec<u8> {
    person.map_or_else(Vec::new, |person| person.0.to_vec())
}

/// A row of record, day and total.
fn day(row: &Row, person: PersonId) -> Result<RecordDay, StoreError> {
    Ok(RecordDay {
        person,
        record: RecordId(row.id(0)?),
        day: narrow(row.get(1)?, "record_day.day")?,
        total: record_day::total(row, 2)?,
    })
}
