//! The RPCs.

use std::sync::Arc;

use futures::FutureExt as _;
use tenure_journal::ReadAfter;
use tenure_kernel::{Clock, PersonId, Refusal, Tenant, Timestamp};
use tenure_keyring::Keyring;
use tenure_proto::profile::v1::{self as pb, profile_service_server::ProfileService};
use tenure_server::{Call, refuse, wire};
use tenure_store::Store;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};

use super::{
    convert::{
        definition, disclosed, list, profile,
        request::{self as wanted, Ask},
        segment,
        trait_value::NAMES,
    },
    export,
    rights::RightsApi,
    watch::Changes,
};
use crate::{
    app::{
        audit::{Audit, Shown},
        batch_get_profiles::batch_get_profiles,
        enrich::Providers,
        export_records::export_records,
        get_profile::{Found, get_profile},
        list_profiles::Lists,
        look_back::{Past, look_back},
        peers::Peers,
        register::Register,
        traits::Traits,
        watch_profiles::Watches,
    },
    defined,
    domain::{
        consent::is_on_consent,
        disclosure::{self, Category},
        history::{self, Moment},
    },
    hot::{Asked, Hot, Load, Question, Read},
    store::trait_definition,
};

/// `tenure.profile.v1.ProfileService`.
pub(crate) struct ProfileApi {
    pub(crate) store: Store,
    pub(crate) keyring: Keyring,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) read_after: ReadAfter,
    pub(crate) hot: Arc<Hot>,
    pub(crate) register: Register,
    pub(crate) lists: Lists,
    pub(crate) watches: Watches,
    pub(crate) rights: RightsApi,
    pub(crate) audit: Arc<Audit>,
    pub(crate) peers: Peers,
    pub(crate) providers: Providers,
}

impl ProfileApi {
    /// The traits of a tenant, as a read must see them.
    pub(super) async fn traits(&self, tenant: &Tenant, read_after: &str) -> Result<Traits, Refusal> {
        Ok(Traits { catalogue: self.register.definitions.of(tenant, read_after).await?, names: NAMES })
    }

    async fn profile(
        &self,
        call: &Call,
        (asked, not_before): (Asked, Option<Timestamp>),
        read_after: &str,
    ) -> Result<pb::GetProfileResponse, Refusal> {
        let tenant = call.tenant()?;
        self.read_after.wait(read_after, call.deadline()).await?;
        let traits = self.traits(tenant, read_after).await?;
        let (now, change) = (self.clock.now(), traits.catalogue.change);
        let question = Question { tenant, asked, now, read_after, change, not_before };
        self.hot.answer(question, self.load(tenant, traits)).await
    }

    /// Reads who was warm anew when something of it was written, one after another.
    pub(crate) async fn keep_warm(&self, stop: &CancellationToken) {
        let warming = async {
            while let Some(cooled) = self.hot.cooled().await {
                // Whoever asks next finds out what is wrong.
                let Ok(traits) = self.traits(&cooled.tenant, "").await else { continue };
                let of = (self.clock.now(), traits.catalogue.change);
                self.hot.warm(&cooled, of, &self.load(&cooled.tenant, traits)).await;
            }
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = warming => {}
        }
    }

    /// Reads a person of a tenant from the database.
    fn load(&self, tenant: &Tenant, traits: Traits) -> impl Load {
        let (store, keyring, providers) = (self.store.clone(), self.keyring.clone(), self.providers.clone());
        let (clock, tenant) = (self.clock.clone(), tenant.clone());
        let with = Arc::new((store, keyring, tenant, traits, providers));
        move |person: PersonId| {
            let (with, now) = (with.clone(), clock.now());
            async move {
                let (store, keyring, tenant, traits, providers) = with.as_ref();
                Ok(match get_profile(store, keyring, tenant, person, (traits, providers, now)).await? {
                    Found::Person(found) => {
                        let (until, read_time) = (found.until, Some(wire::to_wire(now)));
                        let answer = pb::GetProfileResponse { profile: Some(profile::to_wire(found)), read_time };
                        Read::Profile(Box::new(answer), until)
                    }
                    Found::Redirected(next) => Read::Elsewhere(next),
                    Found::Nobody => Read::Nobody,
                })
            }
            .boxed()
        }
    }

    /// As of another moment than now: never kept.
    async fn profile_at(
        &self,
        call: &Call,
        (asked, moment): (Asked, Moment),
        read_after: &str,
    ) -> Result<pb::GetProfileResponse, Refusal> {
        let past = self.past(call, asked, read_after).await?;
        let traits = self.traits(call.tenant()?, read_after).await?;
        let (profile, now) = (profile::to_wire(past.profile(moment, &traits)), self.clock.now());
        Ok(pb::GetProfileResponse { profile: Some(profile), read_time: Some(wire::to_wire(now)) })
    }

    async fn several(
        &self,
        call: &Call,
        request: &pb::BatchGetProfilesRequest,
    ) -> Result<pb::BatchGetProfilesResponse, Refusal> {
        let (persons, wanted) = wanted::several(request)?;
        self.read_after.wait(&request.read_after, call.deadline()).await?;
        let _permit = self.hot.reading()?;
        let (tenant, now) = (call.tenant()?, self.clock.now());
        let traits = self.traits(tenant, &request.read_after).await?;
        let with = (&traits, &self.providers, now);
        let found = batch_get_profiles(&self.store, &self.keyring, tenant, &persons, with).await?;
        let persons = found.iter().filter_map(|(_, profile)| profile.person).collect();
        self.audit.note_if_sensitive(call, Shown { rpc: "BatchGetProfiles", persons, records: Vec::new() }).await?;
        Ok(profile::placed(found, wanted.as_ref(), (call.purpose()?, now)))
    }

    async fn listed(&self, call: &Call, request: pb::ListProfilesRequest) -> Result<pb::ListProfilesResponse, Refusal> {
        let (ask, wanted) = list::list(request)?;
        let (tenant, purpose, now) = (call.tenant()?, call.purpose()?, self.clock.now());
        let _permit = self.hot.reading()?;
        let catalogue = Arc::new(trait_definition::all(&self.store, tenant).await?);
        let traits = Traits { catalogue, names: NAMES };
        let show = |found| profile::listed(found, wanted.as_ref(), purpose, now);
        let page = self.lists.list_profiles(call, &ask, (&traits, &self.providers, now), show).await?;
        let persons = page.shown.iter().filter_map(|profile: &pb::Profile| profile.person_id.parse().ok()).collect();
        self.audit.note_if_sensitive(call, Shown { rpc: "ListProfiles", persons, records: Vec::new() }).await?;
        Ok(pb::ListProfilesResponse { profiles: page.shown, next_page_token: page.next, complete: page.complete })
    }

    pub(super) async fn past(&self, call: &Call, asked: Asked, read_after: &str) -> Result<Past, Refusal> {
        self.read_after.wait(read_after, call.deadline()).await?;
        let _permit = self.hot.reading()?;
        look_back(&self.store, &self.keyring, call.tenant()?, asked).await
    }

    async fn explain(
        &self,
        call: &Call,
        request: &pb::ExplainFieldRequest,
    ) -> Result<pb::ExplainFieldResponse, Refusal> {
        let (asked, path) = wanted::field(request)?;
        let (purpose, now) = (call.purpose()?, self.clock.now());
        let past = self.past(call, asked, &request.read_after).await?;
        let shown = Shown { rpc: "ExplainField", persons: vec![past.person()], records: Vec::new() };
        self.audit.note_if_sensitive(call, shown).await?;
        let traits = self.traits(call.tenant()?, &request.read_after).await?;
        let today = profile::to_wire(past.profile(Moment { effective: now, known: None }, &traits));
        let hidden = disclosed::hides(&today, path, purpose, now);
        let paths = |said: &str| !hidden && said == path;
        let aml = disclosure::sees(purpose, Category::Aml);
        Ok(profile::explained(past.explain(&history::Question { paths: &paths, aml }, now)))
    }

    async fn consent(
        &self,
        call: &Call,
        request: &pb::CheckConsentRequest,
    ) -> Result<pb::CheckConsentResponse, Refusal> {
        let now = self.clock.now();
        let (asked, moment, to) = wanted::consent(request, now)?;
        let answer = match moment {
            None => self.profile(call, (asked, None), &request.read_after).await?,
            Some(moment) => self.profile_at(call, (asked, moment), &request.read_after).await?,
        };
        let profile = answer.profile.unwrap_or_default();
        Ok(disclosed::consents(&profile, &to, moment.map_or(now, |moment| moment.effective)))
    }

    async fn ledger(
        &self,
        call: &Call,
        request: &pb::GetConsentLedgerRequest,
    ) -> Result<pb::GetConsentLedgerResponse, Refusal> {
        let past = self.past(call, wanted::ledger(request)?, &request.read_after).await?;
        let question = history::Question { paths: &is_on_consent, aml: false };
        Ok(profile::ledger(past.explain(&question, self.clock.now())))
    }

    async fn export(&self, call: &Call, request: &pb::ExportRecordsRequest) -> Result<Vec<pb::Profile>, Refusal> {
        let records = wanted::records(request)?;
        let profiles = export_records(&self.store, &self.keyring, call.tenant()?, &records, self.clock.now()).await?;
        let shown = profiles.iter().flat_map(|profile| profile.records.iter().copied()).collect();
        self.audit.note(call, Shown { rpc: "ExportRecords", persons: Vec::new(), records: shown }).await?;
        Ok(profiles.into_iter().map(profile::to_wire).collect())
    }
}

#[tonic::async_trait]
impl ProfileService for ProfileApi {
    async fn get_profile(
        &self,
        request: Request<pb::GetProfileRequest>,
    ) -> Result<Response<pb::GetProfileResponse>, Status> {
        let (call, request) = (Call::of(&request)?, request.into_inner());
        let now = self.clock.now();
        let Ask { asked, moment, wanted, not_before } = wanted::asked(&request, now).map_err(refuse)?;
        let purpose = call.purpose().map_err(refuse)?;
        let answer = match moment {
            None => self.profile(&call, (asked, not_before), &request.read_after).await,
            Some(moment) => self.profile_at(&call, (asked, moment), &request.read_after).await,
        };
        let mut answer = answer.map_err(refuse)?;
        if let Some(found) = &mut answer.profile {
            let persons = found.person_id.parse().ok().into_iter().collect();
            let shown = Shown { rpc: "GetProfile", persons, records: Vec::new() };
            self.audit.note_if_sensitive(&call, shown).await.map_err(refuse)?;
            disclosed::disclose(found, purpose, moment.map_or(now, |moment| moment.effective));
            profile::narrow(found, wanted.as_ref());
        }
        Ok(Response::new(answer))
    }

    async fn batch_get_profiles(
        &self,
        request: Request<pb::BatchGetProfilesRequest>,
    ) -> Result<Response<pb::BatchGetProfilesResponse>, Status> {
        let (call, request) = (Call::of(&request)?, request.into_inner());
        self.several(&call, &request).await.map(Response::new).map_err(refuse)
    }

    async fn explain_field(
        &self,
        request: Request<pb::ExplainFieldRequest>,
    ) -> Result<Response<pb::ExplainFieldResponse>, Status> {
        let (call, request) = (Call::of(&request)?, request.into_inner());
        self.explain(&call, &request).await.map(Response::new).map_err(refuse)
    }

    async fn define_trait(
        &self,
        request: Request<pb::DefineTraitRequest>,
    ) -> Result<Response<pb::DefineTraitResponse>, Status> {
        let (call, request) = (Call::of(&request)?, request.into_inner());
        let ask = definition::define(request).map_err(refuse)?;
        let (one, read_token) = self.register.define_trait(&call, ask).await.map_err(refuse)?;
        let definition = Some(defined::definition_message(&one));
        Ok(Response::new(pb::DefineTraitResponse { definition, read_token }))
    }

    async fn delete_trait(
        &self,
        request: Request<pb::DeleteTraitRequest>,
    ) -> Result<Response<pb::DeleteTraitResponse>, Status> {
        let (call, request) = (Call::of(&request)?, request.into_inner());
        let name = definition::delete(&request).map_err(refuse)?;
        let read_token = self.register.delete_trait(&call, name).await.map_err(refuse)?;
        Ok(Response::new(pb::DeleteTraitResponse { read_token }))
    }

    async fn list_traits(
        &self,
        request: Request<pb::ListTraitsRequest>,
    ) -> Result<Response<pb::ListTraitsResponse>, Status> {
        let (call, request) = (Call::of(&request)?, request.into_inner());
        let size = definition::list(&request).map_err(refuse)?;
        let page = self.register.list_traits(&call, size, &request.page_token).await;
        let (found, next_page_token) = page.map_err(refuse)?;
        let definitions = found.iter().map(defined::definition_message).collect();
        Ok(Response::new(pb::ListTraitsResponse { definitions, next_page_token }))
    }

    async fn define_segment(
        &self,
        request: Request<pb::DefineSegmentRequest>,
    ) -> Result<Response<pb::DefineSegmentResponse>, Status> {
        let (call, request) = (Call::of(&request)?, request.into_inner());
        let ask = segment::define(request).map_err(refuse)?;
        let (one, read_token) = self.register.define_segment(&call, ask).await.map_err(refuse)?;
        let definition = Some(defined::segment_message(&one));
        Ok(Response::new(pb::DefineSegmentResponse { definition, read_token }))
    }

    async fn delete_segment(
        &self,
        request: Request<pb::DeleteSegmentRequest>,
    ) -> Result<Response<pb::DeleteSegmentResponse>, Status> {
        let (call, request) = (Call::of(&request)?, request.into_inner());
        let name = segment::delete(&request).map_err(refuse)?;
        let read_token = self.register.delete_segment(&call, name).await.map_err(refuse)?;
        Ok(Response::new(pb::DeleteSegmentResponse { read_token }))
    }

    async fn list_segments(
        &self,
        request: Request<pb::ListSegmentsRequest>,
    ) -> Result<Response<pb::ListSegmentsResponse>, Status> {
        let (call, request) = (Call::of(&request)?, request.into_inner());
        let size = segment::list(&request).map_err(refuse)?;
        let page = self.register.list_segments(&call, size, &request.page_token).await;
        let (found, next_page_token) = page.map_err(refuse)?;
        let definitions = found.iter().map(defined::segment_message).collect();
        Ok(Response::new(pb::ListSegmentsResponse { definitions, next_page_token }))
    }

    async fn list_profiles(
        &self,
        request: Request<pb::ListProfilesRequest>,
    ) -> Result<Response<pb::ListProfilesResponse>, Status> {
        let (call, request) = (Call::of(&request)?, request.into_inner());
        self.listed(&call, request).await.map(Response::new).map_err(refuse)
    }

    type WatchProfilesStream = Changes;

    async fn watch_profiles(
        &self,
        request: Request<pb::WatchProfilesRequest>,
    ) -> Result<Response<Self::WatchProfilesStream>, Status> {
        let (call, request) = (Call::of(&request)?, request.into_inner());
        self.watched(call, request).await.map(Response::new).map_err(refuse)
    }

    async fn check_consent(
        &self,
        request: Request<pb::CheckConsentRequest>,
    ) -> Result<Response<pb::CheckConsentResponse>, Status> {
        let (call, request) = (Call::of(&request)?, request.into_inner());
        self.consent(&call, &request).await.map(Response::new).map_err(refuse)
    }

    async fn get_consent_ledger(
        &self,
        request: Request<pb::GetConsentLedgerRequest>,
    ) -> Result<Response<pb::GetConsentLedgerResponse>, Status> {
        let (call, request) = (Call::of(&request)?, request.into_inner());
        self.ledger(&call, &request).await.map(Response::new).map_err(refuse)
    }

    async fn export_records(
        &self,
        request: Request<pb::ExportRecordsRequest>,
    ) -> Result<Response<pb::ExportRecordsResponse>, Status> {
        let (call, request) = (Call::of(&request)?, request.into_inner());
        let profiles = self.export(&call, &request).await.map_err(refuse)?;
        Ok(Response::new(pb::ExportRecordsResponse { profiles }))
    }

    type ExportPersonStream = export::Parts;

    async fn export_person(
        &self,
        request: Request<pb::ExportPersonRequest>,
    ) -> Result<Response<Self::ExportPersonStream>, Status> {
        let (call, request) = (Call::of(&request)?, request.into_inner());
        self.export_all(&call, &request).await.map(Response::new).map_err(refuse)
    }

    async fn list_sensitive_reads(
        &self,
        request: Request<pb::ListSensitiveReadsRequest>,
    ) -> Result<Response<pb::ListSensitiveReadsResponse>, Status> {
        let (call, request) = (Call::of(&request)?, request.into_inner());
        self.reads(&call, &request).await.map(Response::new).map_err(refuse)
    }

    async fn restrict_person(
        &self,
        request: Request<pb::RestrictPersonRequest>,
    ) -> Result<Response<pb::RestrictPersonResponse>, Status> {
        self.rights.restrict_person(request).await
    }

    async fn object_to_profiling(
        &self,
        request: Request<pb::ObjectToProfilingRequest>,
    ) -> Result<Response<pb::ObjectToProfilingResponse>, Status> {
        self.rights.object_to_profiling(request).await
    }

    async fn hold_person(
        &self,
        request: Request<pb::HoldPersonRequest>,
    ) -> Result<Response<pb::HoldPersonResponse>, Status> {
        self.rights.hold_person(request).await
    }

    async fn end_right(&self, request: Request<pb::EndRightRequest>) -> Result<Response<pb::EndRightResponse>, Status> {
        self.rights.end_right(request).await
    }

    async fn erase_person(
        &self,
        request: Request<pb::ErasePersonRequest>,
    ) -> Result<Response<pb::ErasePersonResponse>, Status> {
        self.rights.erase_person(request).await
    }

    async fn get_erasure(
        &self,
        request: Request<pb::GetErasureRequest>,
    ) -> Result<Response<pb::GetErasureResponse>, Status> {
        self.rights.get_erasure(request).await
    }

    async fn list_erasures(
        &self,
        request: Request<pb::ListErasuresRequest>,
    ) -> Result<Response<pb::ListErasuresResponse>, Status> {
        self.rights.list_erasures(request).await
    }

    async fn define_retention(
        &self,
        request: Request<pb::DefineRetentionRequest>,
    ) -> Result<Response<pb::DefineRetentionResponse>, Status> {
        self.rights.define_retention(request).await
    }

    async fn get_retention(
        &self,
        request: Request<pb::GetRetentionRequest>,
    ) -> Result<Response<pb::GetRetentionResponse>, Status> {
        self.rights.get_retention(request).await
    }

    async fn apply_retention(
        &self,
        request: Request<pb::ApplyRetentionRequest>,
    ) -> Result<Response<pb::ApplyRetentionResponse>, Status> {
        self.rights.apply_retention(request).await
    }

    async fn get_retention_run(
        &self,
        request: Request<pb::GetRetentionRunRequest>,
    ) -> Result<Response<pb::GetRetentionRunResponse>, Status> {
        self.rights.get_retention_run(request).await
    }

    async fn list_retention_runs(
        &self,
        request: Request<pb::ListRetentionRunsRequest>,
    ) -> Result<Response<pb::ListRetentionRunsResponse>, Status> {
        self.rights.list_retention_runs(request).await
    }

    async fn list_activity_counts(
        &self,
        request: Request<pb::ListActivityCountsRequest>,
    ) -> Result<Response<pb::ListActivityCountsResponse>, Status> {
        self.rights.list_activity_counts(request).await
    }
}
