//! Working days that a tenant tells of, and the clocks that run by them.

use tenure_proto::expectation::v1 as pb;
use tenure_store::testing::TestPlace;

use crate::{
    complaints::{Desk, at, clock, customers, registration},
    entries::hour,
    stage::of,
};

/// C21: a new day off, and the clock that it replaces is kept.
#[tokio::test(flavor = "multi_thread")]
async fn clocks_are_worked_out_anew_when_a_calendar_changes() {
    for place in TestPlace::each() {
        let stage = customers(&place).await;
        let desk = Desk::of(&stage);
        let mut ask = registration("payment", 1, hour(-1));
        ask.receipt.as_mut().expect("set").regime_codes = vec!["psd2".to_owned()];
        let answer = stage.client.clone().register_complaint(of("acme", ask)).await.expect("registered").into_inner();
        let id = answer.complaint.expect("set").complaint_id;
        let before = clock(&desk.list(pb::ListComplaintsRequest::default()).await[0], "psd2_answer").clone();
        let define = async |tenant: &str, off: &[&str]| {
            let definition = pb::CalendarDefinition {
                calendar_code: "nl".to_owned(),
                off_days: off.iter().map(|day| (*day).to_owned()).collect(),
                ..Default::default()
            };
            let ask = pb::DefineCalendarRequest { definition: Some(definition) };
            let answer = stage.client.clone().define_calendar(of(tenant, ask)).await.expect("defined").into_inner();
            answer.definition.expect("set").version
        };
        define("other", &["2026-11-09"]).await;
        assert_eq!(
            desk.list(pb::ListComplaintsRequest::default()).await[0].superseded_clocks,
            [],
            "of another tenant's"
        );
        let version = define("acme", &["2026-11-10", "2026-11-09"]).await;
        assert_eq!(define("acme", &["2026-11-09", "2026-11-10"]).await, version, "the same days");
        let complaint = desk.list(pb::ListComplaintsRequest::default()).await.remove(0);
        let now = clock(&complaint, "psd2_answer");
        assert!(now.calendar_version.contains(&version), "{}", now.calendar_version);
        // By the strictest reading nothing changes, as TARGET knows no such days.
        let (target, latest) = (at(now.target_time.as_ref()), at(now.latest_time.as_ref()));
        assert_eq!(target, at(before.target_time.as_ref()));
        assert_eq!(latest.map(|at| at.0), at(before.latest_time.as_ref()).map(|at| at.0 + 2 * 86_400_000_000));
        assert!(complaint.superseded_clocks.contains(&before), "{:?}", complaint.superseded_clocks);
        assert_eq!(clock(&desk.get(&id, "complaint").await.complaint.expect("set"), "psd2_answer"), now);
        let names = stage.names().await;
        assert_eq!(names.iter().filter(|name| *name == "CalendarDefined").count(), 2, "once for each tenant");
        let described = stage.client.clone().describe_calendars(of("acme", pb::DescribeCalendarsRequest {})).await;
        let versions: Vec<_> =
            described.expect("calendars").into_inner().calendars.into_iter().map(|one| one.version).collect();
        assert_eq!(versions, [version.as_str(), "target-1", "uk-1"]);
    }
}
