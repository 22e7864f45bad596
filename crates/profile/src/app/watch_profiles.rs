//! Follows what changes of profiles.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use futures::{Stream, StreamExt as _, stream};
use tenure_journal::Journal;
use tenure_kernel::{Clock, PersonId, Refusal, Tenant};
use tenure_keyring::Keyring;
use tenure_proto::profile::v1::{PersonChanged, ProfilesChanged};
use tenure_store::Store;

use super::{batch_get_profiles::batch_get_profiles, enrich::Providers, traits::Traits};
use crate::{
    domain::{person::Profile, windowed::Names},
    store::trait_definition,
};

/// Whose changes, and from where.
#[derive(Debug, Clone)]
pub(crate) struct Watched {
    pub(crate) after: String,
    /// None: everybody.
    pub(crate) persons: BTreeSet<PersonId>,
    /// Only who comes into it or leaves it.
    pub(crate) segment: Option<String>,
}

/// What changed, or nothing where only the position moved on.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// What changed of each, and the profile as it is now; none of who is gone.
    pub(crate) changes: Vec<(PersonChanged, Option<Profile>)>,
    pub(crate) noticed: Option<prost_types::Timestamp>,
    /// The position.
    pub(crate) read_token: String,
}

/// Changes of persons who are watched.
type Heard = tenure_journal::Told<ProfilesChanged>;

/// What watching works with. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Watches {
    pub(crate) store: Store,
    pub(crate) keyring: Keyring,
    pub(crate) journal: Journal,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) names: Names,
    pub(crate) providers: Providers,
}

impl Watches {
    /// All changes behind a token, then as they come; first of all the position that it begins at. Where a page of the journal ends with
    /// other entries, the position alone is told.
    ///
    /// # Errors
    /// What [`Journal::position`] says of the token.
    pub(crate) async fn watch_profiles(
        &self,
        tenant: &Tenant,
        watched: Watched,
    ) -> Result<impl Stream<Item = Result<Told, Refusal>> + Send + use<>, Refusal> {
        let begin = match watched.after.as_str() {
            "" => self.journal.head().await?,
            token => self.journal.position(token).await?,
        };
        let first = Told { read_token: self.journal.token(begin), ..Told::default() };
        let wanted = move |mut changed: ProfilesChanged| {
            changed.persons.retain(|one| is_watched(one, &watched));
            (!changed.persons.is_empty()).then_some(changed)
        };
        let heard = tenure_journal::told(self.journal.clone(), tenant.clone(), begin, wanted);
        let (watches, tenant) = (self.clone(), tenant.clone());
        let told = heard.then(move |heard| {
            let (watches, tenant) = (watches.clone(), tenant.clone());
            async move { watches.tell(&tenant, heard?).await }
        });
        Ok(stream::once(async move { Ok(first) }).chain(told))
    }

    /// Reads the profiles of those of whom something changed.
    async fn tell(&self, tenant: &Tenant, heard: Heard) -> Result<Told, Refusal> {
        let read_token = heard.read_token;
        let (persons, noticed) = heard.message.map_or_else(Default::default, |(changed, at)| (changed.persons, at));
        let ids: Vec<PersonId> = persons.iter().filter_map(id).collect();
        if ids.is_empty() {
            let changes = persons.into_iter().map(|gone| (gone, None)).collect();
            return Ok(Told { changes, noticed, read_token });
        }
        let catalogue = Arc::new(trait_definition::all(&self.store, tenant).await?);
        let (traits, now) = (Traits { catalogue, names: self.names }, self.clock.now());
        let found =
            batch_get_profiles(&self.store, &self.keyring, tenant, &ids, (&traits, &self.providers, now)).await?;
        let mut profiles: BTreeMap<PersonId, Profile> =
            found.into_iter().filter_map(|(_, profile)| Some((profile.person?, profile))).collect();
        let told = |changed: PersonChanged| {
            let profile = id(&changed).and_then(|person| profiles.remove(&person));
            (changed, profile)
        };
        Ok(Told { changes: persons.into_iter().map(told).collect(), noticed, read_token })
    }
}

/// Who changed, of those who are still there.
fn id(changed: &PersonChanged) -> Option<PersonId> {
    PersonId::from_slice(&changed.person_id).ok().filter(|_| !changed.gone)
}

fn is_watched(changed: &PersonChanged, watched: &Watched) -> bool {
    let of = watched.persons.is_empty()
        || PersonId::from_slice(&changed.person_id).is_ok_and(|person| watched.persons.contains(&person));
    let moved = |segment: &String| {
        changed.gone || changed.entered_segments.contains(segment) || changed.left_segments.contains(segment)
    };
    of && watched.segment.as_ref().is_none_or(moved)
}
