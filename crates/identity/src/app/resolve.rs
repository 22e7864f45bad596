//! Takes in what a batch says, compares whom it concerns, and decides who is who.

use std::collections::BTreeSet;

use tenure_journal::Timer;
use tenure_kernel::{RecordId, Tenant, Timestamp, record::IdSecret};
use tenure_store::{StoreError, Tx};

use super::{
    desk::Desk,
    evaluate::evaluate,
    observe::{Observation, observe},
    portray::portray,
    settle::Touched,
};
use crate::{
    config::{EVALUATED, REDONE},
    store::redo::{self, Work},
};

/// What the timer that has put-off work done is for.
pub(crate) const REDO: &str = "redo";

/// Takes an observation in; answers whose person may have to change. What does not fit the transaction is put off, except
/// while a generation is `building`: nobody waits for that.
pub(crate) async fn resolve(
    desk: &mut Desk<'_>,
    observation: Observation,
    building: bool,
    now: Timestamp,
) -> Result<Touched, StoreError> {
    let observed = observe(desk, observation).await?;
    let portrayed = portray(desk, &observed).await?;
    let mut touched = Touched { records: observed.records, gone: observed.gone };
    touched.records.extend(&portrayed.changed);
    let dirty: Work = portrayed.dirty.into_iter().map(|record| (record, None)).collect();
    let evaluated = evaluate(desk, dirty).await?;
    touched.records.extend(evaluated.touched);
    if building {
        while let Some(records) = redo(desk, EVALUATED).await? {
            touched.records.extend(records);
        }
    } else if evaluated.put_off {
        wake(desk, now).await?;
    }
    Ok(touched)
}

/// Does some of what was put off, at most for `limit` records; answers whose person may have to change, or `None` when nothing
/// was put off.
pub(crate) async fn redo(desk: &mut Desk<'_>, limit: usize) -> Result<Option<BTreeSet<RecordId>>, StoreError> {
    let work = redo::take(desk.tx, desk.place, limit).await?;
    if work.is_empty() {
        return Ok(None);
    }
    Ok(Some(evaluate(desk, work).await?.touched))
}

/// As [`redo`] when the timer fires: it is set again until nothing is put off.
pub(crate) async fn redo_some(desk: &mut Desk<'_>, now: Timestamp) -> Result<Touched, StoreError> {
    let Some(records) = redo(desk, REDONE).await? else { return Ok(Touched::default()) };
    wake(desk, now).await?;
    Ok(Touched { records, gone: BTreeSet::new() })
}

/// Sets the timer. Needs the tenant's lock.
pub(crate) async fn wake(desk: &Desk<'_>, now: Timestamp) -> Result<(), StoreError> {
    wake_for(desk.tx, desk.place.tenant, (REDO, &desk.ids), now).await
}

/// Sets the tenant's timer of a kind, unless it is set: then whoever fires it, or is about to and waits for the tenant's lock, sees to what
/// is written under that lock. Needs the lock.
pub(crate) async fn wake_for(
    tx: &Tx,
    tenant: &Tenant,
    (kind, ids): (&str, &IdSecret),
    now: Timestamp,
) -> Result<(), StoreError> {
    let id = ids.derive(kind, &[]);
    if Timer::is_set(tx, tenant, id).await? {
        return Ok(());
    }
    let (tenant, kind) = (tenant.clone(), kind.to_owned());
    Timer::set(tx, vec![Timer { tenant, id, kind, partition: 0, due_at: now, payload: Vec::new() }]).await
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tenure_store::{Query, testing::TestPlace};
    use tokio::time::timeout;

    use super::*;
    use crate::Migrator;

    #[tokio::test(flavor = "multi_thread")]
    async fn who_puts_work_off_never_waits_for_who_does_it() -> Result<(), StoreError> {
        // On SQLite there is one writer at a time.
        let Some(place) = TestPlace::postgres() else { return Ok(()) };
        let (store, ids) = (place.open::<Migrator>("identity").await, IdSecret::new(&[1; 32]));
        let tenant: Tenant = "acme".parse().map_err(|_| StoreError::Row("tenant".to_owned()))?;
        let due = async || Timer::due(&store, &tenant, Timestamp(1)).await;
        let tx = store.begin().await?;
        wake_for(&tx, &tenant, (REDO, &ids), Timestamp(1)).await?;
        tx.commit().await?;
        assert_eq!(due().await?, 1);
        // Whoever fires it has taken its row, and waits for the lock of the one who puts off.
        let firing = store.begin().await?;
        firing.execute("DELETE FROM timer", vec![]).await?;
        let tx = store.begin().await?;
        let woken = timeout(Duration::from_secs(20), wake_for(&tx, &tenant, (REDO, &ids), Timestamp(1))).await;
        assert!(woken.is_ok(), "both would wait for each other");
        tx.commit().await?;
        wake_for(&firing, &tenant, (REDO, &ids), Timestamp(1)).await?;
        firing.commit().await?;
        assert_eq!(due().await?, 1, "set again by who fired it");
        Ok(())
    }
}
