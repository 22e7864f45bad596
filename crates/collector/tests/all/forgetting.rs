//! What profile finds had its time is taken out of the journal where it stands, and every follower is told.

use std::{sync::Arc, time::Duration};

use futures::{FutureExt as _, StreamExt as _, future::BoxFuture, stream::BoxStream};
use prost::{Message, Name as _};
use tenure_journal::{Draft, Journal, JournalApi, Route, Source, migration};
use tenure_kernel::{EntryId, IdSource as _, RandomIds, RecordId, Tenant, Timestamp};
use tenure_proto::{
    collector::v1 as pb,
    journal::v1::{JournalEntry, TailRequest, TailResponse, journal_service_server::JournalService as _},
    profile::v1::{ForgettingDecided, forgetting_decided},
};
use tenure_store::{MigrationTrait, MigratorTrait};
use tokio::time::{Instant, sleep};
use tonic::{Request, Status};

use crate::fixture::{NOON, World, correction, order};

struct Bare;

impl MigratorTrait for Bare {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![migration()]
    }
}

/// Profile's journal.
struct Decisions(JournalApi);

impl Source for Decisions {
    fn tail(
        &self,
        request: TailRequest,
    ) -> BoxFuture<'static, Result<BoxStream<'static, Result<TailResponse, Status>>, Status>> {
        let api = self.0.clone();
        async move { Ok(api.tail(Request::new(request)).await?.into_inner().boxed()) }.boxed()
    }
}

/// Has the collector follow a journal of profile's.
async fn deciding(world: &mut World) -> Journal {
    let store = world.place.open::<Bare>("profile").await;
    let journal = Journal::open("profile", store, &RandomIds::default()).await.unwrap();
    world.sources.insert("profile", Arc::new(Decisions(JournalApi::default().with_journal(journal.clone()))));
    world.stop().await;
    world.start().await;
    journal
}

/// Decides that facts are forgotten: of which record and fact, and where the journal tells of each.
async fn decide(journal: &Journal, run_id: &[u8], facts: &[(&pb::TouchpointRecorded, &[i64])]) {
    let fact = |(told, sequences): &(&pb::TouchpointRecorded, &[i64])| forgetting_decided::Fact {
        record_id: told.subjects[0].record_id.clone(),
        fact_id: told.fact_id.clone(),
        sequences: sequences.to_vec(),
    };
    let payload = ForgettingDecided { run_id: run_id.to_vec(), facts: facts.iter().map(fact).collect() };
    let records = payload.facts.iter().map(|one| RecordId::from_slice(&one.record_id).unwrap()).collect();
    let (id, acme): (_, Tenant) = (EntryId(RandomIds::default().next()), "acme".parse().unwrap());
    let draft = Draft::new(id, acme, Route::Records(records), &payload, Timestamp(NOON * 1_000_000));
    journal.commit(journal.store().begin().await.unwrap(), vec![draft]).await.unwrap();
}

async fn told(world: &World, count: usize) -> Vec<(JournalEntry, pb::FactsForgotten)> {
    let until = Instant::now() + Duration::from_secs(60);
    loop {
        let entries = world.journal().await.into_iter();
        let told = entries.filter(|entry| entry.type_name == pb::FactsForgotten::full_name());
        let told: Vec<_> =
            told.map(|entry| (entry.clone(), pb::FactsForgotten::decode(entry.payload).unwrap())).collect();
        if told.len() >= count {
            return told;
        }
        assert!(Instant::now() < until, "{} were told", told.len());
        sleep(Duration::from_millis(20)).await;
    }
}

/// With a reference, a note, a name and a broker.
fn full(mut touchpoint: pb::Touchpoint) -> pb::Touchpoint {
    touchpoint.correlation = Some(pb::Correlation { order_ref: "o-1".to_owned(), ..Default::default() });
    touchpoint.note = "belt terug".to_owned();
    let attributes = pb::SubjectAttributes { family_name: "Vries".to_owned(), ..Default::default() };
    touchpoint.subjects[0].attributes = Some(attributes);
    let broker = pb::Subject { role: pb::SubjectRole::Broker.into(), key: "b-7".to_owned(), ..Default::default() };
    touchpoint.subjects.push(broker);
    touchpoint
}

#[tokio::test]
async fn what_happened_goes_and_who_it_was_stays() {
    for mut world in World::each().await {
        let journal = deciding(&mut world).await;
        let all = vec![full(order("1", "jan")), full(correction("2", "1", "jan", 1)), full(order("3", "jan"))];
        world.record(all).await;
        let before = world.journal().await;
        let recorded = world.recorded().await;
        decide(&journal, &[5; 16], &[(&recorded[0], &[1, 2])]).await;
        let (entry, forgotten) = told(&world, 1).await.remove(0);
        assert_eq!((forgotten.run_id, forgotten.facts.len()), (vec![5; 16], 1));
        assert_eq!(forgotten.facts[0].sequences, [1, 2]);
        assert_eq!(entry.partitions, [recorded[0].subjects[0].record_id[0]], "to those whose fact it is");

        let after = world.journal().await;
        for (place, there) in after[..3].iter().enumerate() {
            let same = JournalEntry { payload: before[place].payload.clone(), ..there.clone() };
            assert_eq!(same, before[place], "only the payload is another");
        }
        assert_eq!(after[2], before[2], "what is not named stays as it is");
        for (place, left) in world.recorded().await[..2].iter().enumerate() {
            let was = recorded[place].touchpoint.clone().unwrap();
            let expected = pb::Touchpoint {
                source: was.source,
                occur_time: was.occur_time,
                amendment: was.amendment.map(|one| pb::Amendment { target_event_id: String::new(), ..one }),
                ..Default::default()
            };
            assert!(left.forgotten);
            assert_eq!(left.touchpoint, Some(expected));
            assert_eq!(
                (&left.touchpoint_id, &left.fact_id),
                (&recorded[place].touchpoint_id, &recorded[place].fact_id)
            );
            let jan = world.unseal(&left.subjects[0]).await.unwrap();
            assert_eq!((jan.key.as_str(), jan.note.as_str()), ("jan", ""));
            assert_eq!(jan.attributes.unwrap().family_name, "Vries");
            assert_eq!(world.unseal(&left.subjects[1]).await.unwrap().key, "b-7");
        }
        // A repeat is a duplicate for ever.
        let again = world.record(vec![full(order("1", "jan"))]).await;
        assert_eq!(again[0].status(), pb::outcome::Status::Duplicate);
    }
}

#[tokio::test]
async fn a_position_that_is_not_the_facts_is_left_alone() {
    for mut world in World::each().await {
        let journal = deciding(&mut world).await;
        world.record(vec![full(order("1", "jan")), full(order("2", "jan"))]).await;
        world.record_of("other", vec![full(order("1", "jan"))]).await;
        let (before, recorded) = (world.journal().await, world.recorded().await);
        decide(&journal, &[], &[(&recorded[0], &[2, 3, 99])]).await;
        told(&world, 1).await;
        assert_eq!(world.journal().await[..3], before[..3]);
        // And an erased record's entry loses what is in clear; what is sealed is gone already.
        world.erase(&[&RecordId::from_slice(&recorded[0].subjects[0].record_id).unwrap().to_string()]).await;
        decide(&journal, &[], &[(&recorded[0], &[1])]).await;
        told(&world, 2).await;
        let left = world.recorded().await.remove(0);
        assert!(left.forgotten && left.touchpoint.unwrap().correlation.is_none());
        assert_eq!(world.unseal(&left.subjects[0]).await, None);
    }
}
