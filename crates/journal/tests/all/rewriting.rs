//! An entry can be rewritten where it stands: nothing else of it changes, and what was parked is applied as it stands now.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tenure_journal::{Following, JournalApi, entries_at, rewrite};
use tenure_kernel::Tenant;
use tenure_proto::journal::v1::{self as pb, JournalEntry};
use tenure_store::StoreError;

use crate::{
    stage::{AtWork, append_numbers, client, config, draft, journal, places, serve, source, tenant, until},
    tally::{Act, FOLLOW_A, Standing, Tally, applied, once, standing},
};

#[tokio::test(flavor = "multi_thread")]
async fn what_was_parked_is_applied_as_it_stands_now() -> Result<(), StoreError> {
    for place in places() {
        let (a, b) = (journal(&place, "a").await?, journal(&place, "b").await?);
        append_numbers(&a, 0..10).await?;
        let healed = Arc::new(AtomicBool::new(false));
        let well = healed.clone();
        let tally = Tally::new("b", FOLLOW_A).with_rule(move |_, number| {
            let refused = [3, 5].contains(&number) && !well.load(Ordering::SeqCst);
            if refused { Act::Park } else { Act::Apply }
        });
        let following = Following::open(config(b.store(), Some(&b), source(&a), 1), tally).await?;
        let peer = serve(JournalApi::default().with_projection(&following));
        let at_work = AtWork::start(&following);
        let parked = Standing { sequence: 10, applied: 8, parked: 2 };
        until("two are parked", || async { Ok(standing(b.store(), "b", "a").await? == parked) }).await?;

        let before = entries_at(a.store(), &tenant(), &[4, 5, 99]).await?;
        assert_eq!(before.iter().map(|entry| entry.sequence).collect::<Vec<_>>(), [4, 5]);
        let other: Tenant = "other".parse().unwrap();
        assert_eq!(entries_at(a.store(), &other, &[4, 5]).await?, []);
        let payload: bytes::Bytes = draft(77).payload.into();
        let tx = a.store().begin().await?;
        rewrite(&tx, vec![JournalEntry { payload: payload.clone(), ..before[0].clone() }]).await?;
        tx.commit().await?;
        let after = entries_at(a.store(), &tenant(), &[4, 5]).await?;
        assert_eq!(after, [JournalEntry { payload, ..before[0].clone() }, before[1].clone()]);

        healed.store(true, Ordering::SeqCst);
        let request = pb::ReplayParkedRequest { projection: "b".to_owned() };
        let answer = client(&peer).replay_parked(request).await.unwrap().into_inner();
        assert_eq!((answer.applied, answer.parked), (2, 0));
        assert_eq!(applied(b.store(), "b", "a").await?, once([0, 1, 2, 4, 5, 6, 7, 8, 9, 77]));
        at_work.stop().await;
    }
    Ok(())
}
