//! Loads everything that a change can reach: a query or two a round, however many records.
//!
//! Every query looks rows up by a list of keys, which the store has PostgreSQL do by an index whatever its statistics say.

use std::collections::BTreeSet;

use tenure_kernel::RecordId;
use tenure_store::{StoreError, Tx};

use super::{Place, decision, edge, membership};
use crate::domain::neighbourhood::Neighbourhood;

/// So many rounds find most of whom anybody hangs together with. What reaches further is walked at once: a chain of thousands would
/// else take as many rounds.
const NEAR: usize = 3;

/// Explores until nothing new turns up.
pub(crate) async fn explore(tx: &Tx, place: Place<'_>, around: &mut Neighbourhood) -> Result<(), StoreError> {
    for round in 0.. {
        let mut frontier: BTreeSet<RecordId> = around.frontier().into_iter().collect();
        if frontier.is_empty() {
            break;
        }
        if round >= NEAR {
            for record in edge::reached(tx, place, &frontier).await? {
                around.reach(record);
            }
            frontier.extend(around.frontier());
        }
        // Decisions speak of records that belong to somebody.
        let homeless = frontier.iter().filter(|record| !around.memberships.contains_key(record)).copied().collect();
        let (members, decisions) = membership::around(tx, place.tenant, &homeless).await?;
        for (record, membership) in members {
            around.belongs(record, membership);
        }
        let decisions = decisions.into_iter().filter(|id| !around.decisions.contains_key(id)).collect();
        for decision in decision::load(tx, place.tenant, decisions).await? {
            around.decided(decision);
        }
        for (pair, stored) in edge::with_marks(tx, place, &frontier).await? {
            around.holds(pair, stored);
        }
    }
    Ok(())
}
