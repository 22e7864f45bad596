//! An identity service that follows a journal which the test writes as the collector would.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use futures::future::BoxFuture;
use futures::stream::BoxStream;
use prost::{Message, Name};
use tenure_identity::{Identity, Migrator, Parts};
use tenure_journal::{Draft, Journal, JournalApi, Route, Source};
use tenure_kernel::{
    EntryId, IdSource, RandomIds, RecordId, SystemClock, Tenant, Timestamp, TouchpointId, identifier::IdentifierKind,
};
use tenure_keyring::{Kek, Keyring};
use tenure_proto::{
    collector::v1::{
        Amendment, Identifier, RecordedSubject, RecordsErased, SubjectAttributes, SubjectPrivate, Touchpoint,
        TouchpointRecorded, amendment::Kind,
    },
    identity::v1::{
        GetPersonRequest, IdentifierQuery, MembershipsChanged, Person, ResolveIdentityRequest, get_person_request::By,
        identity_service_client::IdentityServiceClient,
    },
    journal::v1::{TailRequest, TailResponse, journal_service_server::JournalService},
};
use tenure_server::{Caller, Credentials, PageTokens, Peer, ServerBuilder, ServerConfig, Stack};
use tenure_store::{MigrationTrait, MigratorTrait, testing::TestPlace};
use tokio::{task::JoinHandle, time::Instant};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Status};

pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

struct CollectorTables;

impl MigratorTrait for CollectorTables {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![tenure_journal::migration()]
    }
}

/// A journal of this process.
struct Local(JournalApi);

impl Source for Local {
    fn tail(
        &self,
        request: TailRequest,
    ) -> BoxFuture<'static, Result<BoxStream<'static, Result<TailResponse, Status>>, Status>> {
        let api = self.0.clone();
        Box::pin(async move { Ok(api.tail(Request::new(request)).await?.into_inner()) })
    }
}

/// The bearer is the tenant.
struct Bearers;

impl Credentials for Bearers {
    fn identify(&self, bearer: &str) -> Option<tenure_server::Identity> {
        let scopes = ["*".to_owned()].into();
        let tenant = bearer.parse().ok()?;
        Some(tenure_server::Identity::Tenant(Caller { tenant, principal: "test".to_owned(), scopes }))
    }
}

pub(crate) struct Stage {
    pub(crate) identity: Identity,
    place: TestPlace,
    pub(crate) keyring: Keyring,
    pub(crate) collector: Journal,
    stack: Stack,
    stop: CancellationToken,
    running: JoinHandle<()>,
}

async fn journal(place: &TestPlace) -> Journal {
    let store = place.open::<CollectorTables>("collector").await;
    Journal::open("collector", store, &RandomIds::default()).await.expect("a journal")
}

async fn open(place: &TestPlace, keyring: &Keyring, collector: &Journal) -> Identity {
    let source: Arc<dyn Source> = Arc::new(Local(JournalApi::default().with_journal(collector.clone())));
    let parts = Parts {
        store: place.open::<Migrator>("identity").await,
        keyring: keyring.clone(),
        clock: Arc::new(SystemClock),
        ids: Arc::new(RandomIds::default()),
        tokens: PageTokens::new([3; 32]),
        sources: BTreeMap::from([("collector", source)]),
        ranges: 3,
    };
    Identity::open(parts).await.expect("the service")
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Stage {
    pub(crate) async fn new(place: TestPlace) -> Self {
        let collector = journal(&place).await;
        let kek = Kek::new(&[7; 32]).expect("a key");
        let keyring = Keyring::open(&place.config, &place.name("keyring"), kek).await.expect("a keyring");
        let identity = open(&place, &keyring, &collector).await;
        let server = ServerBuilder::new(ServerConfig::default(), Arc::new(Bearers));
        let stack = identity.add_to(server).routes();
        let stop = CancellationToken::new();
        let running = tokio::spawn(identity.clone().run(stop.clone()));
        Self { identity, place, keyring, collector, stack, stop, running }
    }

    /// Follows nothing any more; the rest goes on.
    pub(crate) async fn stop_following(&mut self) {
        self.stop.cancel();
        (&mut self.running).await.expect("it ends in good order");
    }

    /// The collector was restored from a backup, as far as its journal's epoch says; follows again.
    pub(crate) async fn restore_collector(&mut self) {
        let store = self.collector.store();
        Journal::renew_epoch(store, &RandomIds::default()).await.expect("a new epoch");
        self.collector = journal(&self.place).await;
        self.identity = open(&self.place, &self.keyring, &self.collector).await;
        let server = ServerBuilder::new(ServerConfig::default(), Arc::new(Bearers));
        self.stack = self.identity.add_to(server).routes();
        self.stop = CancellationToken::new();
        self.running = tokio::spawn(self.identity.clone().run(self.stop.clone()));
    }

    pub(crate) fn client(&self) -> IdentityServiceClient<Peer> {
        IdentityServiceClient::new(Peer::in_process(self.stack.clone()))
    }

    /// Appends entries in one transaction and answers the token to read after.
    pub(crate) async fn append(&self, tenant: &Tenant, happenings: &[Happening]) -> String {
        self.append_of_revision(1, tenant, happenings).await
    }

    /// The same with payloads of a revision.
    pub(crate) async fn append_of_revision(&self, revision: i32, tenant: &Tenant, happenings: &[Happening]) -> String {
        let mut drafts = Vec::with_capacity(happenings.len());
        for happening in happenings {
            drafts.push(Draft { revision, ..self.draft(tenant, happening).await });
        }
        let tx = self.collector.store().begin().await.expect("a transaction");
        let sequence = self.collector.commit(tx, drafts).await.expect("appended");
        self.collector.token(sequence)
    }

    /// Appends entries and waits until they are followed.
    pub(crate) async fn feed(&self, tenant: &Tenant, happenings: &[Happening]) {
        let token = self.append(tenant, happenings).await;
        self.followed(&token).await;
    }

    pub(crate) async fn followed(&self, token: &str) {
        let wait = self.identity.following().read_after();
        // Without more patience than it has by itself, a busy machine fails the test.
        let until = Instant::now() + PATIENCE;
        while let Err(refusal) = wait.wait(token, Some(until)).await {
            assert!(Instant::now() < until, "not followed: {refusal}");
        }
    }

    pub(crate) async fn export(&self, tenant: &Tenant) -> Vec<String> {
        self.identity.canonical_export(tenant).await.expect("an export")
    }

    /// All changes of memberships in the journal "identity".
    pub(crate) async fn published(&self) -> Vec<(Vec<u8>, MembershipsChanged)> {
        let journal = self.identity.journal();
        let mut entries = Vec::new();
        let mut after = 0;
        loop {
            let page = tenure_journal::read_page(journal.store(), after, &[].into()).await.expect("a page");
            after = page.high_water;
            let changes = page.entries.into_iter().filter(|entry| entry.type_name == MembershipsChanged::full_name());
            entries.extend(changes.map(|entry| {
                (entry.entry_id, MembershipsChanged::decode(entry.payload).expect("a MembershipsChanged"))
            }));
            if !page.full {
                return entries;
            }
        }
    }

    async fn draft(&self, tenant: &Tenant, happening: &Happening) -> Draft {
        let id = EntryId(RandomIds::default().next());
        match happening {
            Happening::Erased(numbers) => {
                let records: Vec<RecordId> = numbers.iter().map(|number| record(*number)).collect();
                let payload = RecordsErased { record_ids: records.iter().map(|one| one.0.to_vec()).collect() };
                Draft::new(id, tenant.clone(), Route::Records(records), &payload, Timestamp(0))
            }
            Happening::Said(said) => {
                let records = said.subjects.iter().map(|(number, _)| record(*number)).collect();
                let payload = self.recorded(tenant, said, None).await;
                Draft::new(id, tenant.clone(), Route::Records(records), &payload, Timestamp(0))
            }
        }
    }

    /// A touchpoint about one record that says more of it than identifiers. Waits until it is followed.
    pub(crate) async fn tell(&self, tenant: &Tenant, event: u8, number: u8, attributes: SubjectAttributes) {
        let said = Said { event, amends: None, subjects: vec![(number, vec![])] };
        let payload = self.recorded(tenant, &said, Some(attributes)).await;
        let route = Route::Records(vec![record(number)]);
        let draft = Draft::new(EntryId(RandomIds::default().next()), tenant.clone(), route, &payload, Timestamp(0));
        let tx = self.collector.store().begin().await.expect("a transaction");
        let sequence = self.collector.commit(tx, vec![draft]).await.expect("appended");
        self.followed(&self.collector.token(sequence)).await;
    }

    async fn recorded(
        &self,
        tenant: &Tenant,
        said: &Said,
        attributes: Option<SubjectAttributes>,
    ) -> TouchpointRecorded {
        let ids: Vec<[u8; 16]> = said.subjects.iter().map(|(number, _)| record(*number).0).collect();
        let keys = self.keyring.data_keys(tenant, ids, true).await.expect("data keys");
        let subject = |(number, identifiers): &(u8, Vec<(IdentifierKind, &'static str)>)| {
            let identifiers = identifiers.iter().map(|(kind, value)| Identifier {
                kind: kind.number(),
                value: kind.canonical(value).expect("a valid identifier"),
                issuer: String::new(),
            });
            let (identifiers, attributes) = (identifiers.collect(), attributes.clone());
            let private = SubjectPrivate { identifiers, attributes, ..SubjectPrivate::default() };
            let sealed = keys.seal(record(*number).0, &private.encode_to_vec());
            RecordedSubject { record_id: record(*number).0.to_vec(), role: 1, sealed, majority: None }
        };
        let amendment = said.amends.map(|(target, revision, kind)| Amendment {
            kind: kind.into(),
            target_event_id: target.to_string(),
            revision,
        });
        let (seconds, nanos) = Timestamp(i64::from(said.event) * 1_000_000).to_parts();
        TouchpointRecorded {
            touchpoint_id: touchpoint(said.event).0.to_vec(),
            fact_id: touchpoint(said.amends.map_or(said.event, |(target, ..)| target)).0.to_vec(),
            subjects: said.subjects.iter().map(subject).collect(),
            touchpoint: Some(Touchpoint {
                source: "crm".to_owned(),
                event_id: said.event.to_string(),
                occur_time: Some(prost_types::Timestamp { seconds, nanos }),
                amendment,
                ..Touchpoint::default()
            }),
            ..TouchpointRecorded::default()
        }
    }

    /// How many persons an e-mail address leads to.
    pub(crate) async fn resolved(&self, tenant: &Tenant, email: &str) -> usize {
        let query = IdentifierQuery { kind: "email".to_owned(), value: email.to_owned(), issuer: String::new() };
        let request = ResolveIdentityRequest { identifiers: vec![query], ..ResolveIdentityRequest::default() };
        let answer = self.client().resolve_identity(authorized(tenant, request)).await.expect("an answer");
        answer.into_inner().candidates.len()
    }

    /// The person of a record.
    pub(crate) async fn person(&self, tenant: &Tenant, number: u8) -> Person {
        let by = By::RecordId(record(number).to_string());
        self.get(tenant, by).await.expect("a person")
    }

    pub(crate) async fn get(&self, tenant: &Tenant, by: By) -> Result<Person, Status> {
        let request = GetPersonRequest { by: Some(by), read_after: String::new() };
        let response = self.client().get_person(authorized(tenant, request)).await?;
        Ok(response.into_inner().person.expect("a person"))
    }
}

pub(crate) fn authorized<T>(tenant: &Tenant, message: T) -> Request<T> {
    let mut request = Request::new(message);
    let bearer = format!("Bearer {tenant}").parse().expect("a header");
    request.metadata_mut().insert("authorization", bearer);
    request
}

/// The reason that a call was refused for.
pub(crate) fn reason(status: &Status) -> String {
    use tonic_types::StatusExt;
    status.get_error_details().error_info().map(|info| info.reason.clone()).unwrap_or_default()
}

/// What the collector says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Happening {
    Said(Said),
    Erased(Vec<u8>),
}

/// A touchpoint: its event, what it amends, and its subjects with their identifiers, the primary one first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Said {
    pub(crate) event: u8,
    pub(crate) amends: Option<(u8, i32, Kind)>,
    pub(crate) subjects: Vec<(u8, Vec<(IdentifierKind, &'static str)>)>,
}

/// A touchpoint about one record.
pub(crate) fn said(event: u8, number: u8, identifiers: &[(IdentifierKind, &'static str)]) -> Happening {
    Happening::Said(Said { event, amends: None, subjects: vec![(number, identifiers.to_vec())] })
}

/// The same as an amendment of an event.
pub(crate) fn amending(happening: Happening, target: u8, revision: i32, kind: Kind) -> Happening {
    match happening {
        Happening::Said(said) => Happening::Said(Said { amends: Some((target, revision, kind)), ..said }),
        erased => erased,
    }
}

/// The same with another subject.
pub(crate) fn and(happening: Happening, number: u8, identifiers: &[(IdentifierKind, &'static str)]) -> Happening {
    match happening {
        Happening::Said(mut said) => {
            said.subjects.push((number, identifiers.to_vec()));
            Happening::Said(said)
        }
        erased => erased,
    }
}

/// Record ids that sort by number and spread over the partitions.
pub(crate) fn record(number: u8) -> RecordId {
    let mut id = [number; 16];
    id[0] = number.wrapping_mul(5);
    RecordId(id)
}

fn touchpoint(event: u8) -> TouchpointId {
    TouchpointId([event; 16])
}

/// Lines of a canonical export.
pub(crate) fn lines(persons: &[&[u8]]) -> Vec<String> {
    let mut lines: Vec<String> = persons
        .iter()
        .map(|numbers| {
            let mut records: Vec<RecordId> = numbers.iter().map(|number| record(*number)).collect();
            records.sort_unstable();
            let names: Vec<String> = records.iter().map(ToString::to_string).collect();
            format!("{}: {}", names[0], names.join(" "))
        })
        .collect();
    lines.sort_unstable();
    lines
}

pub(crate) fn tenant(name: &str) -> Tenant {
    name.parse().expect("a tenant")
}
