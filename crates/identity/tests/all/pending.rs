//! Others are told of which records it is open whose they are, until a steward decides or more is known.

use std::collections::{BTreeMap, BTreeSet};

use prost::{Message as _, Name as _};
use tenure_kernel::{RecordId, Tenant};
use tenure_proto::identity::v1::{PendingIdentitiesChanged, Verdict, review_task::Kind};
use tenure_store::testing::TestPlace;

use crate::{
    rebuilding::rebuilt,
    reviewing::{decide, doubt, tasks, undo},
    stage::{Happening, Stage, record, tenant},
};

/// Of which records it is open, by what the journal says of a tenant; every version is said once.
pub(crate) async fn told(stage: &Stage, tenant: &Tenant) -> BTreeSet<RecordId> {
    let (mut last, mut after) = (BTreeMap::<RecordId, (i64, bool)>::new(), 0);
    loop {
        let page =
            tenure_journal::read_page(stage.identity.journal().store(), after, &[].into()).await.expect("a page");
        after = page.high_water;
        let own = page.entries.into_iter().filter(|entry| {
            entry.tenant == tenant.as_str() && entry.type_name == PendingIdentitiesChanged::full_name()
        });
        for entry in own {
            for one in PendingIdentitiesChanged::decode(entry.payload).expect("identities").identities {
                let record = RecordId::from_slice(&one.record_id).expect("16 bytes");
                let (version, pending) = last.entry(record).or_default();
                assert_eq!((one.version, one.pending), (*version + 1, !*pending), "a change, and the next");
                (*version, *pending) = (one.version, one.pending);
            }
        }
        if !page.full {
            return last.into_iter().filter(|(_, (_, pending))| *pending).map(|(record, _)| record).collect();
        }
    }
}

/// The same by what stewards are to look at.
pub(crate) async fn to_look_at(stage: &Stage, tenant: &Tenant) -> BTreeSet<RecordId> {
    let pairs = tasks(stage, tenant).await.into_iter().filter(|task| task.kind() == Kind::Pair && task.weight >= -2.0);
    pairs
        .flat_map(|task| [task.left_record_id, task.right_record_id])
        .map(|id| id.parse().expect("a record's id"))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_open_whose_records_are_until_a_steward_decides() {
    for place in TestPlace::each() {
        let (stage, acme) = doubt(place).await;
        let open = BTreeSet::from([1, 2, 3].map(record));
        assert_eq!((told(&stage, &acme).await, to_look_at(&stage, &acme).await), (open.clone(), open.clone()));
        assert_eq!(told(&stage, &tenant("other")).await, BTreeSet::new());
        let same = decide(&stage, &acme, "d1", (1, 3), Verdict::Same).await.expect("decided");
        assert_eq!(told(&stage, &acme).await, BTreeSet::new());
        undo(&stage, &acme, "u1", &same.decision_id).await;
        assert_eq!(told(&stage, &acme).await, open);
        let different = decide(&stage, &acme, "d2", (3, 2), Verdict::Different).await.expect("decided");
        assert_eq!(told(&stage, &acme).await, BTreeSet::new(), "nobody moves, and yet it is told");
        undo(&stage, &acme, "u2", &different.decision_id).await;
        rebuilt(&stage).await;
        assert_eq!(told(&stage, &acme).await, open);
        // Of an erased record nothing more is told, and the others are known for sure.
        stage.feed(&acme, &[Happening::Erased(vec![3])]).await;
        assert_eq!(told(&stage, &acme).await, BTreeSet::from([record(3)]));
        assert_eq!(to_look_at(&stage, &acme).await, BTreeSet::new());
    }
}
