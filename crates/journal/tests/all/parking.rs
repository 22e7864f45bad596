//! What can't be applied is set aside, counted, and applied again when asked.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use tenure_journal::{Following, JournalApi};
use tenure_proto::journal::v1 as pb;
use tenure_server::Peer;
use tenure_store::{Query, StoreError};

use crate::{
    stage::{
        AtWork, append, append_numbers, client, config, draft, journal, number, places, read_through, serve, source,
        tail, until,
    },
    tally::{Act, FOLLOW_A, Standing, Tally, applied, conclusion, once, standing},
};

async fn replay(peer: &Peer) -> (i64, i64) {
    let request = pb::ReplayParkedRequest { projection: "b".to_owned() };
    let answer = client(peer).replay_parked(request).await.unwrap().into_inner();
    (answer.applied, answer.parked)
}

async fn reasons(peer: &Peer) -> BTreeMap<i64, String> {
    let request = pb::ListParkedRequest { projection: "b".to_owned(), ..pb::ListParkedRequest::default() };
    let entries = client(peer).list_parked(request).await.unwrap().into_inner().entries;
    entries.into_iter().map(|entry| (entry.sequence, entry.reason)).collect()
}

/// Of one frame, 10 has a broken envelope, 12 panics, 20 has no payload that can be read, 25 is refused, 28 is of a revision
/// to come.
fn drafts() -> Vec<tenure_journal::Draft> {
    let mut drafts: Vec<_> = (0..30).map(draft).collect();
    drafts[20].payload = vec![255];
    drafts[28].revision = 2;
    drafts
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_entry_at_fault_is_set_aside_and_comes_back() -> Result<(), StoreError> {
    for place in places() {
        let (a, b) = (journal(&place, "a").await?, journal(&place, "b").await?);
        append(&a, drafts()).await?;
        let tx = a.store().begin().await?;
        tx.execute("UPDATE journal_entry SET tenant = '?' WHERE sequence = 11", vec![]).await?;
        tx.commit().await?;
        let healed = Arc::new(AtomicBool::new(false));
        let well = healed.clone();
        let tally = Tally::new("b", FOLLOW_A).with_rule(move |_, number| match number {
            12 if !well.load(Ordering::SeqCst) => Act::Panic,
            25 if !well.load(Ordering::SeqCst) => Act::Park,
            _ => Act::Apply,
        });
        let following = Following::open(config(b.store(), Some(&b), source(&a), 1), tally).await?;
        let peer = serve(JournalApi::default().with_projection(&following));
        let at_work = AtWork::start(&following);
        until("the frame is through", || async { Ok(standing(b.store(), "b", "a").await?.sequence == 30) }).await?;
        let standing_at = |sequence, parked| Standing { sequence, applied: sequence - parked, parked };
        assert_eq!(standing(b.store(), "b", "a").await?, standing_at(30, 5));
        let aside = BTreeSet::from([10, 12, 20, 25, 28]);
        assert_eq!(applied(b.store(), "b", "a").await?, once((0..30).filter(|number| !aside.contains(number))));
        let type_name = "tenure.journal.v1.ReadToken";
        let expected = [
            (11, "the envelope's tenant is not valid".to_owned()),
            (13, "applying it panicked".to_owned()),
            (21, format!("payload {type_name} can't be decoded")),
            (26, "told to".to_owned()),
            (29, format!("payload {type_name} has revision 2, which this program does not know")),
        ];
        assert_eq!(reasons(&peer).await, BTreeMap::from(expected));

        // What is still wrong stays, and others go on.
        assert_eq!(replay(&peer).await, (0, 5));
        append_numbers(&a, 30..40).await?;
        until("others go on", || async { Ok(standing(b.store(), "b", "a").await? == standing_at(40, 5)) }).await?;
        healed.store(true, Ordering::SeqCst);
        assert_eq!(replay(&peer).await, (2, 3));
        assert_eq!(standing(b.store(), "b", "a").await?, standing_at(40, 3));
        assert_eq!(replay(&peer).await, (0, 3));
        append_numbers(&a, 40..41).await?;
        until("it follows on", || async { Ok(standing(b.store(), "b", "a").await? == standing_at(41, 3)) }).await?;
        at_work.stop().await;
        let aside = BTreeSet::from([10, 20, 28]);
        let fine = || (0..41).filter(|number| !aside.contains(number));
        assert_eq!(applied(b.store(), "b", "a").await?, once(fine()));
        // A replay concludes as well.
        let mut frames = tail(&peer, &b, Vec::new(), 0).await;
        let mut concluded: Vec<i64> = read_through(&mut frames, b.head().await?).await.iter().map(number).collect();
        concluded.sort_unstable();
        assert_eq!(concluded, fine().filter_map(conclusion).collect::<Vec<_>>());
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn replays_beside_the_follower_lose_and_double_nothing() -> Result<(), StoreError> {
    for place in places() {
        let (a, b) = (journal(&place, "a").await?, journal(&place, "b").await?);
        let healed = Arc::new(AtomicBool::new(false));
        let well = healed.clone();
        let tally = Tally::new("b", FOLLOW_A).with_rule(move |_, number| {
            let refused = number % 4 == 0 && !well.load(Ordering::SeqCst);
            if refused { Act::Park } else { Act::Apply }
        });
        let following = Following::open(config(b.store(), Some(&b), source(&a), 2), tally).await?;
        let peer = serve(JournalApi::default().with_projection(&following));
        let at_work = AtWork::start(&following);
        for round in 0..20 {
            append_numbers(&a, round * 10..round * 10 + 10).await?;
            healed.store(round % 2 == 1, Ordering::SeqCst);
            // Followers and replays may get into each other's way; then one of them tries again.
            let request = pb::ReplayParkedRequest { projection: "b".to_owned() };
            if let Err(status) = client(&peer).replay_parked(request).await {
                assert_eq!(status.code(), tonic::Code::Unavailable);
            }
        }
        until("the follower is through", || async { Ok(standing(b.store(), "b", "a").await?.sequence == 200) }).await?;
        healed.store(true, Ordering::SeqCst);
        until("all is replayed", || async {
            replay(&peer).await;
            Ok(standing(b.store(), "b", "a").await? == Standing { sequence: 200, applied: 200, parked: 0 })
        })
        .await?;
        at_work.stop().await;
        assert_eq!(applied(b.store(), "b", "a").await?, once(0..200));
        assert!(reasons(&peer).await.is_empty());
    }
    Ok(())
}
