//! Lists persons by segment and by indexed traits.

use std::collections::BTreeMap;

use tenure_kernel::{PersonId, Reason, Refusal, Tenant, Timestamp};
use tenure_keyring::{CacheKey, Keyring};
use tenure_server::{Call, PageTokens, Violations};
use tenure_store::Store;

use super::{batch_get_profiles::batch_get_profiles, enrich::Providers, traits::Traits};
use crate::{
    domain::{
        catalogue::{Catalogue, Definition},
        condition::{Condition, kind},
        person::Profile,
    },
    store::{person_segment, person_state, person_trait},
};

const LIST: &str = "tenure.profile.v1.ProfileService/ListProfiles";
/// How many times a page's worth of persons are looked at for one page.
const LOOKS: usize = 20;

/// Whose profiles.
#[derive(Debug)]
pub(crate) struct ListProfiles {
    pub(crate) segment: Option<String>,
    /// An indexed trait, and what it must be.
    pub(crate) by: Option<(String, Condition)>,
    pub(crate) descending: bool,
    pub(crate) size: usize,
    pub(crate) page_token: String,
    /// Any encoding of all this but size and token.
    pub(crate) filter: Vec<u8>,
}

/// A page.
pub(crate) struct Listed<T> {
    pub(crate) shown: Vec<T>,
    pub(crate) next: String,
    pub(crate) complete: bool,
}

/// What listing works with.
pub(crate) struct Lists {
    pub(crate) store: Store,
    pub(crate) keyring: Keyring,
    pub(crate) tokens: PageTokens,
    /// Tokens hold the place of somebody who may not be shown.
    pub(crate) places: CacheKey,
}

/// A place in the index of values and persons; without a trait no value.
type Place = (Vec<u8>, Vec<u8>);

impl Lists {
    /// A page of the persons who fit as they are now. What `show` makes nothing of is left out, and the page filled with others.
    ///
    /// # Errors
    /// `NOT_FOUND`, `FIELDS_INVALID`, `PAGE_TOKEN_INVALID`; when the database can't be reached.
    pub(crate) async fn list_profiles<T>(
        &self,
        call: &Call,
        ask: &ListProfiles,
        (traits, providers, now): (&Traits, &Providers, Timestamp),
        show: impl Fn(Profile) -> Option<T>,
    ) -> Result<Listed<T>, Refusal> {
        let tenant = call.tenant()?;
        let by = checked(&traits.catalogue, ask)?;
        let mut place = self.place(tenant, ask)?;
        let complete = !person_state::any_before(&self.store, tenant, traits.catalogue.change).await?;
        let mut shown = Vec::new();
        for _ in 0..LOOKS {
            let found = self.after(tenant, ask, by, place.clone()).await?;
            let is_last = found.len() < ask.size;
            let ids: Vec<PersonId> = found.iter().map(|(_, person)| *person).collect();
            let profiles =
                batch_get_profiles(&self.store, &self.keyring, tenant, &ids, (traits, providers, now)).await?;
            let mut profiles: BTreeMap<usize, Profile> = profiles.into_iter().collect();
            for (index, (key, person)) in found.into_iter().enumerate() {
                if shown.len() == ask.size {
                    return self.page(tenant, ask, shown, place, complete);
                }
                place = Some((key, person.0.to_vec()));
                // An id that leads to another person by now is listed under that one.
                let profile = profiles.remove(&index).filter(|one| one.person == Some(person) && fits(one, ask));
                shown.extend(profile.and_then(&show));
            }
            if is_last {
                return self.page(tenant, ask, shown, None, complete);
            }
        }
        self.page(tenant, ask, shown, place, complete)
    }

    /// The next persons by the index.
    async fn after(
        &self,
        tenant: &Tenant,
        ask: &ListProfiles,
        by: Option<(&Definition, &Condition)>,
        place: Option<Place>,
    ) -> Result<Vec<(Vec<u8>, PersonId)>, Refusal> {
        if let Some((definition, condition)) = by {
            let (name, version, descending) = (definition.name.as_str(), definition.version, ask.descending);
            let part = person_trait::Part { name, version, keys: condition.keys(), descending };
            return Ok(person_trait::after(&self.store, tenant, &part, place, ask.size).await?);
        }
        let segment = ask.segment.as_deref().unwrap_or_default();
        let (_, person) = place.unwrap_or_default();
        let found = person_segment::after(&self.store, tenant, segment, &person, ask.size).await?;
        Ok(found.into_iter().map(|person| (Vec::new(), person)).collect())
    }

    fn page<T>(
        &self,
        tenant: &Tenant,
        ask: &ListProfiles,
        shown: Vec<T>,
        place: Option<Place>,
        complete: bool,
    ) -> Result<Listed<T>, Refusal> {
        let next = match place {
            None => String::new(),
            Some((key, person)) => {
                let sealed = self.places.seal(LIST.as_bytes(), &[person, key].concat());
                let sealed =
                    sealed.ok_or_else(|| Refusal::new(Reason::Unavailable, "a page token can't be made now"))?;
                self.tokens.encode(tenant, LIST, &ask.filter, &sealed)
            }
        };
        Ok(Listed { shown, next, complete })
    }

    fn place(&self, tenant: &Tenant, ask: &ListProfiles) -> Result<Option<Place>, Refusal> {
        if ask.page_token.is_empty() {
            return Ok(None);
        }
        let sealed = self.tokens.decode(tenant, LIST, &ask.filter, &ask.page_token)?;
        let plain = self.places.open(LIST.as_bytes(), &sealed);
        let place =
            plain.and_then(|plain| plain.split_at_checked(16).map(|(person, key)| (key.to_vec(), person.to_vec())));
        let gone =
            || Refusal::new(Reason::PageTokenInvalid, "the page token was sealed under a key that is there no more");
        place.map(Some).ok_or_else(gone)
    }
}

/// The trait that is listed by, and that all that is asked for can be.
fn checked<'a>(
    catalogue: &'a Catalogue,
    ask: &'a ListProfiles,
) -> Result<Option<(&'a Definition, &'a Condition)>, Refusal> {
    if ask.segment.as_ref().is_some_and(|segment| catalogue.segment(segment).is_none()) {
        return Err(Refusal::not_found());
    }
    let Some((name, condition)) = &ask.by else { return Ok(None) };
    let definition = catalogue.get(name).filter(|definition| definition.indexed).ok_or_else(Refusal::not_found)?;
    let of = catalogue.kind(name).ok_or_else(Refusal::not_found)?;
    let mut wrong = Violations::new();
    let bounds =
        [("equal_to", &condition.equal_to), ("at_least", &condition.at_least), ("less_than", &condition.less_than)];
    for (field, bound) in bounds {
        if let Some(other) = bound.as_ref().map(kind).filter(|kind| kind != of) {
            let what = format!("is {}; {} is needed", other.name(), of.name());
            wrong.push(format!("trait.{field}"), Reason::FieldNotAllowed, what);
        }
    }
    wrong.finish().map(|()| Some((definition, condition)))
}

/// Whether a profile is one of those asked for, as it is now.
fn fits(profile: &Profile, ask: &ListProfiles) -> bool {
    let is_in = |segment: &String| profile.segments.iter().any(|one| one.segment == *segment);
    let has = |(name, condition): &(String, Condition)| {
        let value = profile.traits.iter().find(|one| one.name == *name).and_then(|one| one.value.as_ref());
        value.is_some_and(|value| condition.holds(value))
    };
    ask.segment.as_ref().is_none_or(is_in) && ask.by.as_ref().is_none_or(has)
}
