//! The RPCs that show all that is held of a person, and who read what is sensitive.

use futures::{StreamExt as _, stream::BoxStream};
use tenure_kernel::Refusal;
use tenure_proto::profile::v1 as pb;
use tenure_server::{Call, refuse};
use tonic::Status;

use super::{
    convert::{disclosed, exported, profile, request as wanted},
    grpc::ProfileApi,
};
use crate::{
    app::{audit::Shown, export_person::ExportPerson, look_back::Past, peers::Item},
    domain::history::{Moment, Question},
};

/// The parts of an export.
pub(crate) type Parts = BoxStream<'static, Result<pb::ExportPersonResponse, Status>>;

impl ProfileApi {
    pub(super) async fn export_all(&self, call: &Call, request: &pb::ExportPersonRequest) -> Result<Parts, Refusal> {
        let past = self.past(call, wanted::export(request)?, &request.read_after).await?;
        let own = self.own(call, &past, &request.read_after).await?;
        let export = ExportPerson {
            peers: self.peers.clone(),
            tenant: call.tenant()?.clone(),
            person: past.person(),
            records: past.records().collect(),
            at: self.clock.now(),
        };
        let shown = Shown { rpc: "ExportPerson", persons: vec![export.person], records: Vec::new() };
        self.audit.note(call, shown).await?;
        Ok(export.parts(own).map(|part| part.and_then(exported::part).map_err(refuse)).boxed())
    }

    /// What this service holds: the profile as the customer may see it, and all that was ever said.
    async fn own(&self, call: &Call, past: &Past, read_after: &str) -> Result<Vec<Item>, Refusal> {
        let now = self.clock.now();
        let traits = self.traits(call.tenant()?, read_after).await?;
        let mut today = profile::to_wire(past.profile(Moment { effective: now, known: None }, &traits));
        disclosed::disclose(&mut today, tenure_kernel::Purpose::Privacy, now);
        let mut own = vec![Item::new("profile", "tenure.profile.v1.Profile", &today)];
        let said = past.explain(&Question { paths: &|_| true, aml: false }, now);
        let item = |one| Item::new("profile", "tenure.profile.v1.FieldHistory", one);
        own.extend(profile::histories(said).iter().map(item));
        Ok(own)
    }

    pub(super) async fn reads(
        &self,
        call: &Call,
        request: &pb::ListSensitiveReadsRequest,
    ) -> Result<pb::ListSensitiveReadsResponse, Refusal> {
        let (of, size) = wanted::reads(request)?;
        let page = self.audit.list(call, of, (size, &request.page_token)).await?;
        Ok(pb::ListSensitiveReadsResponse { reads: page.reads, next_page_token: page.next_page_token })
    }
}
