//! What the profile service says of persons: the port behind which it is, in this process or another.

use std::collections::BTreeMap;

use tenure_kernel::{PersonId, Purpose, Reason, Refusal, Tenant};
use tenure_proto::profile::v1::{BatchGetProfilesRequest, PlacedProfile, profile_service_client::ProfileServiceClient};
use tenure_server::{MAX_MESSAGE_BYTES, Peer, on_behalf};
use tonic::{Code, Status};

use crate::domain::attribute::Attribute;

/// How many persons the profile service takes at once.
const PERSONS: usize = 100;
/// What it is read for.
const PURPOSE: Purpose = Purpose::Analytics;

/// The profile service.
#[derive(Clone)]
pub(crate) struct Profiles(ProfileServiceClient<Peer>);

impl Profiles {
    pub(crate) fn new(peer: Peer) -> Self {
        Self(ProfileServiceClient::new(peer).max_decoding_message_size(MAX_MESSAGE_BYTES))
    }

    /// The values of an attribute by person; of whom nothing is said there are none.
    pub(crate) async fn values(
        &self,
        tenant: &Tenant,
        persons: &[PersonId],
        attribute: &Attribute,
    ) -> Result<BTreeMap<PersonId, Vec<String>>, Refusal> {
        let mut values = BTreeMap::new();
        for some in persons.chunks(PERSONS) {
            let ask = BatchGetProfilesRequest {
                person_ids: some.iter().map(ToString::to_string).collect(),
                paths: vec![attribute.prefix().to_owned()],
                ..Default::default()
            };
            let answer = self.0.clone().batch_get_profiles(on_behalf(tenant, PURPOSE, ask)).await;
            let profiles = answer.map_err(|status| refusal(&status))?.into_inner().profiles;
            values.extend(profiles.into_iter().filter_map(|one| said(some, one, attribute)));
        }
        Ok(values)
    }
}

fn said(asked: &[PersonId], one: PlacedProfile, attribute: &Attribute) -> Option<(PersonId, Vec<String>)> {
    let person = asked.get(usize::try_from(one.place).ok()?)?;
    let fields = one.profile?.fields;
    Some((*person, attribute.values(fields.iter().map(|field| (field.path.as_str(), field.value.as_str())))))
}

/// Whatever keeps the profile service from answering, nothing of ours is wrong.
fn refusal(status: &Status) -> Refusal {
    tracing::warn!(code = ?status.code(), "the profile service does not answer");
    match status.code() {
        Code::DeadlineExceeded => {
            Refusal::new(Reason::Deadline, "the profile service did not answer in time").with("resource", "profile")
        }
        _ => Refusal::unavailable("profile"),
    }
}
