//! Services in processes of their own, several of each.

mod balancing;
mod draining;
mod leases;
mod restored;
mod starting;
mod strangers;

use tenure_proto::{
    collector::v1::{RecordTouchpointsRequest, RecordTouchpointsResponse},
    profile::v1::{GetProfileRequest, Profile, get_profile_request::By},
};
use tenure_tests::{caller::Caller, touchpoints::purchase};
use tonic::Status;

/// Records a purchase of somebody new.
async fn record(caller: &mut Caller, event_id: &str) -> Result<RecordTouchpointsResponse, Status> {
    let touchpoints = vec![purchase("shop", event_id, event_id, 1, 500)];
    let request = RecordTouchpointsRequest { touchpoints, validate_only: false };
    Ok(caller.collector.record_touchpoints(request).await?.into_inner())
}

/// The profile of a record that was just written, as soon as it has followed that far.
async fn profile_after(caller: &mut Caller, recorded: &RecordTouchpointsResponse) -> Result<Profile, Status> {
    let by = Some(By::RecordId(recorded.outcomes[0].record_id.clone()));
    let request = GetProfileRequest { by, read_after: recorded.read_token.clone(), ..Default::default() };
    Ok(caller.profile.get_profile(request).await?.into_inner().profile.unwrap_or_default())
}
