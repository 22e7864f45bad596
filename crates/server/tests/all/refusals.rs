//! What every reason looks like to a caller.

use std::time::Duration;

use tenure_kernel::{Reason, Refusal, Violation};
use tenure_server::{Violations, refuse};
use tonic::metadata::MetadataMap;
use tonic_types::StatusExt;

use crate::reading::spell;

/// One of everything that may go with a reason.
fn example(reason: Reason) -> Refusal {
    let refusal = Refusal::new(reason, format!("a message about {}", reason.as_str()));
    match reason {
        Reason::FieldsInvalid => Refusal::fields(vec![
            Violation::new("touchpoints[3].occur_time", Reason::TimeInFuture, "more than five minutes ahead"),
            Violation::new("request_id", Reason::FieldRequired, "required"),
        ]),
        Reason::NotFound => Refusal::not_found(),
        Reason::ScopeMissing => refusal.with("scope", "touchpoints.write"),
        Reason::Overloaded => refusal.retry(Duration::from_millis(500)),
        Reason::Unavailable => Refusal::unavailable("store"),
        Reason::RebuildRunning => refusal.with("resource", "profile.hot"),
        Reason::Internal => refusal.with("query", "select secret"),
        _ => refusal,
    }
}

#[test]
fn every_reason_has_its_status() {
    let all: Vec<String> = Reason::ALL.iter().map(|reason| spell(&refuse(example(*reason)))).collect();
    insta::assert_snapshot!("every_reason", all.join("\n"));
}

#[test]
fn an_internal_error_keeps_its_detail_to_itself() {
    let status = refuse(Refusal::new(Reason::Internal, "no such table: secret").with("row", "secret"));
    assert!(!format!("{status:?}").contains("secret"));
    assert!(!String::from_utf8_lossy(status.details()).contains("secret"));
}

/// Clients drop calls whose headers pass 8 KiB, and base64 makes details a third longer.
#[test]
fn a_status_fits_headers_however_much_is_wrong() {
    let mut violations = Violations::new();
    for place in 0..1_000 {
        violations.push(format!("touchpoints[{place}].occur_time"), Reason::TimeInvalid, "é".repeat(2_000));
    }
    let status = refuse(violations.finish().unwrap_err().with("long", "é".repeat(9_000)));
    let mut headers = MetadataMap::new().into_headers();
    status.add_header(&mut headers).unwrap();
    let bytes: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 32).sum();
    assert!(bytes < 8_192, "{bytes} bytes");
    let shown = status.get_details_bad_request().unwrap().field_violations.len();
    let omitted = status.get_details_error_info().unwrap().metadata["violations_omitted"].parse::<usize>().unwrap();
    assert!(shown > 5);
    assert_eq!(shown + omitted, 1_000);
}
