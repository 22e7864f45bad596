//! One touchpoint, followed from the call through every service.

use std::collections::{HashMap, HashSet};

use tenure::Service;
use tenure_proto::{
    collector::v1::{IdentifierKind, RecordTouchpointsRequest},
    profile::v1::{GetProfileRequest, get_profile_request::By},
    value::v1::{ScoreCustomerRequest, score_customer_request},
};
use tenure_tests::{
    caller::Caller,
    sink::Span,
    touchpoints::{purchase, with_identifier},
};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";

/// Records one purchase in the trace of a caller, and waits until all have followed it.
pub(super) async fn send_one(caller: &mut Caller) {
    let seen = with_identifier(purchase("shop", "order-1", "c1", 1, 4_200), IdentifierKind::CustomerNumber, "c-1");
    let mut request = tonic::Request::new(RecordTouchpointsRequest { touchpoints: vec![seen], validate_only: false });
    request.metadata_mut().insert("traceparent", format!("00-{TRACE}-{CALLER}-01").parse().expect("a header"));
    let answer = caller.collector.record_touchpoints(request).await.expect("recorded").into_inner();
    let record = answer.outcomes[0].record_id.clone();
    let profile = GetProfileRequest {
        by: Some(By::RecordId(record.clone())),
        read_after: answer.read_token.clone(),
        ..Default::default()
    };
    caller.profile.get_profile(profile).await.expect("a profile");
    let score = ScoreCustomerRequest {
        by: Some(score_customer_request::By::RecordId(record)),
        currency_code: "EUR".to_owned(),
        read_after: answer.read_token,
        ..ScoreCustomerRequest::default()
    };
    // Without a model there is no score; but by then value has followed.
    let _ = caller.value.score_customer(score).await;
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Everything that follows from a call: parts of its span, and of those that are linked to it or that it is linked to.
fn followed<'a>(spans: &'a [Span], start: &'a Span) -> Vec<&'a Span> {
    let mut reached = HashSet::from([start.id.as_slice()]);
    loop {
        let before = reached.len();
        for span in spans {
            let caused = reached.contains(span.parent.as_slice())
                || span.links.iter().any(|cause| reached.contains(cause.as_slice()));
            if caused {
                reached.insert(&span.id);
            }
            if reached.contains(span.id.as_slice()) && span.kind == SERVER {
                // Work shared with other calls hangs on one of them; the others are linked to it.
                reached.extend(span.links.iter().map(Vec::as_slice));
            }
        }
        if reached.len() == before {
            return spans.iter().filter(|span| reached.contains(span.id.as_slice())).collect();
        }
    }
}

const SERVER: i32 = 2;
const CLIENT: i32 = 3;
const PRODUCER: i32 = 4;
const CONSUMER: i32 = 5;

/// The chain is unbroken: the call, its entry, and each follower of the journals, each with statements of its database.
pub(super) fn assert_unbroken(spans: &[Span], cache: bool) {
    let of_call = |span: &&Span| span.kind == SERVER && hex(&span.trace) == TRACE && hex(&span.parent) == CALLER;
    let call = spans.iter().find(of_call).expect("the call's span is in the caller's trace");
    assert_eq!(call.name, "tenure.collector.v1.CollectorService/RecordTouchpoints");
    let chain = followed(spans, call);
    let has = |kind: i32, wanted: &[(&str, &str)]| {
        chain.iter().filter(|span| span.kind == kind).any(|span| {
            wanted.iter().all(|(key, value)| span.attributes.get(*key).is_some_and(|is| is.ends_with(value)))
        })
    };
    let told = || chain.iter().map(|span| format!("{} {}\n", span.service, span.name)).collect::<String>();
    assert!(has(PRODUCER, &[("messaging.destination.name", "collector")]), "the entry is sent:\n{}", told());
    assert!(has(PRODUCER, &[("messaging.destination.name", "identity")]), "identity concludes:\n{}", told());
    for service in Service::ALL {
        // A purchase states nothing of rights and complains of nothing, which is all that is followed of these.
        let quiet = [Service::Profile, Service::Expectation];
        for journal in service.upstreams().iter().filter(|journal| !quiet.contains(journal)) {
            let wanted =
                [("messaging.consumer.group.name", service.name()), ("messaging.destination.name", journal.name())];
            assert!(has(CONSUMER, &wanted), "{service} follows {journal}:\n{}", told());
        }
        assert!(has(CLIENT, &[("db.namespace", service.name())]), "{service} has statements:\n{}", told());
    }
    assert!(!cache || has(CLIENT, &[("db.system.name", "redis")]), "the cache is seen:\n{}", told());
}

/// No span is part of one that nobody sent, but for those of the caller.
pub(super) fn assert_no_orphans(spans: &[Span]) {
    let known: HashMap<&[u8], &Span> = spans.iter().map(|span| (span.id.as_slice(), span)).collect();
    let orphans: Vec<String> = spans
        .iter()
        .filter(|span| !span.parent.is_empty() && hex(&span.parent) != CALLER)
        .filter(|span| !known.contains_key(span.parent.as_slice()))
        .map(|span| format!("{} {}", span.service, span.name))
        .collect();
    assert!(orphans.is_empty(), "{orphans:?}");
}
