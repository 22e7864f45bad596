//! A tenant on a suite of its own.

use tenure_proto::{
    collector::v1::{Outcome, RecordTouchpointsRequest, SubjectAttributes, Touchpoint},
    identity::v1::{GetPersonRequest, Person, get_person_request},
    profile::v1::{GetProfileRequest, Profile, get_profile_request},
};
use tenure_store::testing::TestPlace;
use tenure_tests::{caller::Caller, host::Host, touchpoints::with_attributes};

pub(super) struct Stage {
    pub(super) host: Host,
    pub(super) caller: Caller,
}

/// What was recorded.
pub(super) struct Recorded {
    pub(super) outcomes: Vec<Outcome>,
    pub(super) records: Vec<String>,
    pub(super) token: String,
}

impl Stage {
    pub(super) async fn start() -> Self {
        let host = Host::start(TestPlace::sqlite()).await;
        let caller = host.caller("acme");
        Self { host, caller }
    }

    pub(super) async fn record(&mut self, touchpoints: Vec<Touchpoint>) -> Recorded {
        let request = RecordTouchpointsRequest { touchpoints, validate_only: false };
        let answer = self.caller.collector.record_touchpoints(request).await.expect("recorded").into_inner();
        let records = answer.outcomes.iter().map(|outcome| outcome.record_id.clone()).collect();
        Recorded { outcomes: answer.outcomes, records, token: answer.read_token }
    }

    /// The profile of a record's person.
    pub(super) async fn profile(&mut self, record: &str, read_after: &str) -> Profile {
        let by = Some(get_profile_request::By::RecordId(record.to_owned()));
        let ask = GetProfileRequest { by, read_after: read_after.to_owned(), ..Default::default() };
        self.caller.profile.get_profile(ask).await.expect("a profile").into_inner().profile.expect("a profile")
    }

    pub(super) async fn person(&mut self, record: &str, read_after: &str) -> Person {
        let by = Some(get_person_request::By::RecordId(record.to_owned()));
        let ask = GetPersonRequest { by, read_after: read_after.to_owned() };
        self.caller.identity.get_person(ask).await.expect("a person").into_inner().person.expect("a person")
    }

    pub(super) async fn stop(self) {
        self.host.stop().await;
    }
}

/// The values of a path.
pub(super) fn values<'a>(profile: &'a Profile, path: &str) -> Vec<&'a str> {
    profile.fields.iter().filter(|field| field.path == path).map(|field| field.value.as_str()).collect()
}

/// How many touchpoints there are.
pub(super) fn count(profile: &Profile) -> i64 {
    profile.touchpoints.iter().map(|one| one.count).sum()
}

pub(super) fn named(touchpoint: Touchpoint, given_name: &str) -> Touchpoint {
    let name = SubjectAttributes { given_name: given_name.to_owned(), ..SubjectAttributes::default() };
    with_attributes(touchpoint, name)
}
