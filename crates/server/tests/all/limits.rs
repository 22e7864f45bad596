//! How long and how much at once.

use std::time::Duration;

use tenure_proto::{
    collector::v1::{RecordTouchpointsRequest, collector_service_client::CollectorServiceClient},
    journal::v1::{TailRequest, journal_service_client::JournalServiceClient},
    value::v1::{self as value, value_service_client::ValueServiceClient},
};
use tenure_server::{Peer, QuotaConfig, ServerConfig, config::TenantQuotaConfig};
use tokio::task::JoinHandle;
use tonic::{Request, Status, Streaming};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

use crate::{
    reading::{reason, spell},
    ways::{LIST_MODELS, Server, ask, authorized, frame, send_raw, soon, word},
};

async fn tail(peer: Peer, key: &str) -> Result<Streaming<tenure_proto::journal::v1::TailResponse>, Status> {
    JournalServiceClient::new(peer).tail(authorized(TailRequest::default(), key)).await.map(tonic::Response::into_inner)
}

/// Calls of a tenant that have reached their handlers and stay there.
async fn many_waiting(server: &Server, peer: &Peer, count: usize) -> Vec<JoinHandle<Result<String, Status>>> {
    let mut calls = Vec::new();
    for _ in 0..count {
        calls.push(waiting(server, peer.clone()).await);
    }
    calls
}

/// Lets calls go and waits for their end.
async fn let_go(server: &Server, calls: Vec<JoinHandle<Result<String, Status>>>) {
    server.dummy.released.add_permits(calls.len());
    for call in calls {
        soon(call).await.unwrap().unwrap();
    }
}

/// A request with metadata "tenure-priority".
fn said<T>(mut request: Request<T>, priority: &'static str) -> Request<T> {
    request.metadata_mut().insert("tenure-priority", priority.parse().unwrap());
    request
}

/// A call that has reached its handler and stays there.
async fn waiting(server: &Server, peer: Peer) -> JoinHandle<Result<String, Status>> {
    let call = tokio::spawn(ask(peer, server.request(word("wait"))));
    soon(server.dummy.entered.acquire()).await.unwrap().forget();
    call
}

#[tokio::test]
async fn a_call_ends_at_its_callers_deadline() {
    let server = Server::start().await;
    let bearer = format!("Bearer {}", server.key);
    for peer in server.ways() {
        let headers = [("authorization", bearer.as_str()), ("grpc-timeout", "50m")];
        let body = frame(&[0x12, 4, b'w', b'a', b'i', b't']);
        let status = soon(send_raw(peer, LIST_MODELS, &headers, body)).await.unwrap();
        insta::assert_snapshot!("deadline", spell(&status));
    }
}

#[tokio::test]
async fn a_call_without_a_deadline_gets_one() {
    let server = Server::with(ServerConfig { default_deadline_ms: 50, ..ServerConfig::default() }).await;
    for peer in server.ways() {
        let status = soon(ask(peer, server.request(word("wait")))).await.unwrap_err();
        insta::assert_snapshot!("deadline", spell(&status));
    }
}

#[tokio::test]
async fn no_time_at_all_never_reaches_the_handler() {
    let server = Server::start().await;
    let bearer = format!("Bearer {}", server.key);
    let headers = [("authorization", bearer.as_str()), ("grpc-timeout", "1n")];
    let body = frame(&[0x12, 4, b'w', b'a', b'i', b't']);
    let status = soon(send_raw(server.in_process.clone(), LIST_MODELS, &headers, body)).await.unwrap();
    assert_eq!(reason(&status), "DEADLINE");
    assert_eq!(server.dummy.entered.available_permits(), 0);
}

#[tokio::test]
async fn no_caller_gets_more_time_than_the_most() {
    let config = ServerConfig { default_deadline_ms: 50, max_deadline_ms: 50, ..ServerConfig::default() };
    let server = Server::with(config).await;
    for peer in server.ways() {
        let mut request = server.request(word("wait"));
        request.metadata_mut().insert("grpc-timeout", "1H".parse().unwrap());
        let status = soon(ask(peer, request)).await.unwrap_err();
        insta::assert_snapshot!("deadline", spell(&status));
    }
}

#[tokio::test]
async fn a_time_past_all_clocks_is_the_most() {
    let server = Server::start().await;
    for peer in server.ways() {
        let mut request = server.request(word("who"));
        request.metadata_mut().insert("grpc-timeout", "99999999H".parse().unwrap());
        soon(ask(peer, request)).await.unwrap();
    }
}

#[tokio::test]
async fn a_stream_has_no_deadline_but_its_callers() {
    let server = Server::with(ServerConfig { default_deadline_ms: 50, ..ServerConfig::default() }).await;
    for peer in server.ways() {
        let mut lasting = tail(peer.clone(), &server.other_key).await.unwrap();
        assert!(soon(lasting.message()).await.unwrap().is_some());
        let mut request = authorized(TailRequest::default(), &server.other_key);
        request.metadata_mut().insert("grpc-timeout", "2S".parse().unwrap());
        let mut limited = JournalServiceClient::new(peer).tail(request).await.unwrap().into_inner();
        assert!(soon(limited.message()).await.unwrap().is_some());
        let status = soon(limited.message()).await.unwrap_err();
        insta::assert_snapshot!("deadline", spell(&status));
        let quiet = tokio::time::timeout(Duration::from_millis(20), lasting.message()).await;
        assert!(quiet.is_err(), "the other stream goes on, though it began before");
    }
}

#[tokio::test]
async fn what_is_left_of_the_time_is_passed_on() {
    let server = Server::with(ServerConfig {
        default_deadline_ms: 3_600_000,
        max_deadline_ms: 3_600_000,
        ..ServerConfig::default()
    })
    .await;
    for peer in server.ways() {
        let told = soon(ask(peer.clone(), server.request(word("peer left")))).await.unwrap();
        assert!(told.parse::<u64>().unwrap() > 3_000, "the server's own: {told}");
        let mut request = server.request(word("peer left"));
        request.metadata_mut().insert("grpc-timeout", "60S".parse().unwrap());
        let told = soon(ask(peer.clone(), request)).await.unwrap();
        assert!(told.parse::<u64>().unwrap() < 60, "the caller's: {told}");
        let mut request = server.request(word("peer who"));
        request.metadata_mut().insert("purpose", "analytics".parse().unwrap());
        let told = soon(ask(peer, request)).await.unwrap();
        assert_eq!(told, "service tenure for none until true in none");
    }
}

#[tokio::test]
async fn too_many_calls_are_refused_at_once() {
    let server = Server::with(ServerConfig { max_concurrent_calls: 1, ..ServerConfig::default() }).await;
    for peer in server.ways() {
        let held = waiting(&server, peer.clone()).await;
        let status = ask(peer.clone(), server.request(word(""))).await.unwrap_err();
        insta::assert_snapshot!("overloaded", spell(&status));
        // Neither our services nor probes of health are in the way of callers, or callers in theirs.
        ask(peer.clone().with_credential(&server.service), Request::new(word(""))).await.unwrap();
        HealthClient::new(peer.clone()).check(HealthCheckRequest::default()).await.unwrap();
        server.dummy.released.add_permits(1);
        held.await.unwrap().unwrap();
        ask(peer, server.request(word(""))).await.unwrap();
    }
}

#[tokio::test]
async fn a_caller_that_leaves_makes_room() {
    let server = Server::with(ServerConfig { max_concurrent_calls: 1, ..ServerConfig::default() }).await;
    for peer in server.ways() {
        waiting(&server, peer.clone()).await.abort();
        soon(async {
            while ask(peer.clone(), server.request(word(""))).await.is_err() {
                tokio::task::yield_now().await;
            }
        })
        .await;
    }
}

#[tokio::test]
async fn a_call_may_call_its_own_services_when_callers_fill_the_server() {
    let server = Server::with(ServerConfig { max_concurrent_calls: 1, ..ServerConfig::default() }).await;
    for peer in server.ways() {
        soon(ask(peer, server.request(word("peer who")))).await.unwrap();
    }
}

#[tokio::test]
async fn streams_have_a_limit_of_their_own() {
    let config = ServerConfig { max_concurrent_calls: 1, max_concurrent_streams: 1, ..ServerConfig::default() };
    let server = Server::with(config).await;
    for peer in server.ways() {
        let mut held = tail(peer.clone(), &server.other_key).await.unwrap();
        assert!(soon(held.message()).await.unwrap().is_some());
        let status = tail(peer.clone(), &server.other_key).await.unwrap_err();
        insta::assert_snapshot!("overloaded_by_streams", spell(&status));
        ask(peer.clone(), server.request(word(""))).await.expect("a stream takes no place of a call");
        let services = peer.clone().with_credential(&server.service);
        for _ in 0..3 {
            let followed = JournalServiceClient::new(services.clone()).tail(TailRequest::default()).await;
            followed.expect("as many streams between services as there are followers");
        }
        drop(held);
        soon(async {
            while tail(peer.clone(), &server.other_key).await.is_err() {
                tokio::task::yield_now().await;
            }
        })
        .await;
    }
}

#[tokio::test]
async fn many_calls_share_a_connection() {
    let config = ServerConfig { max_streams_per_connection: 100, latency_target_ms: 0, ..ServerConfig::default() };
    let server = Server::with(config).await;
    let client = ValueServiceClient::new(server.tcp.clone());
    let calls = (0..400).map(|_| {
        let mut client = client.clone();
        let request = server.request(word("tenant"));
        async move { client.list_models(request).await }
    });
    for answer in soon(futures::future::join_all(calls)).await {
        assert_eq!(answer.unwrap().into_inner().next_page_token, "acme");
    }
}

#[tokio::test]
async fn bulk_is_refused_before_what_people_wait_for() {
    let server = Server::with(ServerConfig { max_concurrent_calls: 4, ..ServerConfig::default() }).await;
    for peer in server.ways() {
        let held = many_waiting(&server, &peer, 2).await;
        let status = ask(peer.clone(), said(server.request(word("")), "bulk")).await.unwrap_err();
        insta::assert_snapshot!("overloaded", spell(&status));
        ask(peer.clone(), server.request(word(""))).await.expect("people wait for it");
        // Only where the contract allows it does a claim of urgency count.
        let more = many_waiting(&server, &peer, 2).await;
        let status = ask(peer.clone(), said(server.request(word("")), "urgent")).await.unwrap_err();
        assert_eq!(reason(&status), "OVERLOADED");
        let mut collector = CollectorServiceClient::new(peer.clone());
        let unclaimed = server.request(RecordTouchpointsRequest::default());
        assert_eq!(reason(&collector.record_touchpoints(unclaimed).await.unwrap_err()), "OVERLOADED");
        let claimed = said(server.request(RecordTouchpointsRequest::default()), "urgent");
        let told = collector.record_touchpoints(claimed).await.unwrap();
        assert_eq!(told.into_inner().read_token, "Urgent", "what is urgent has places of its own");
        let_go(&server, held.into_iter().chain(more).collect()).await;
        let status = ask(peer, said(server.request(word("")), "first")).await.unwrap_err();
        insta::assert_snapshot!("priority_unknown", spell(&status));
    }
}

#[tokio::test]
async fn a_tenants_flood_refuses_no_other_tenant() {
    let server = Server::with(ServerConfig { max_concurrent_calls: 4, ..ServerConfig::default() }).await;
    for peer in server.ways() {
        let flood = many_waiting(&server, &peer, 4).await;
        let status = ask(peer.clone(), server.request(word(""))).await.unwrap_err();
        assert_eq!(reason(&status), "OVERLOADED");
        ask(peer.clone(), authorized(word(""), &server.foreign_key)).await.expect("it has nothing under way");
        let_go(&server, flood).await;
    }
}

#[tokio::test]
async fn a_tenant_has_a_quota_of_its_own() {
    let tenants = [("acme".to_owned(), TenantQuotaConfig { calls_per_second: 1, touchpoints_per_second: 0 })].into();
    let quota = QuotaConfig { burst_ms: 1_000, tenants, ..QuotaConfig::default() };
    let server = Server::with(ServerConfig { quota, ..ServerConfig::default() }).await;
    ask(server.tcp.clone(), server.request(word(""))).await.expect("the first");
    let refused = async {
        loop {
            if let Err(status) = ask(server.in_process.clone(), server.request(word(""))).await {
                return status;
            }
        }
    };
    let status = soon(refused).await;
    let text = spell(&status);
    let hint = text.lines().find(|line| line.starts_with("RetryInfo")).unwrap();
    insta::assert_snapshot!("quota", text.replace(hint, "RetryInfo, once it is paid for"));
    for _ in 0..5 {
        ask(server.tcp.clone(), authorized(word(""), &server.foreign_key)).await.expect("another tenant");
        HealthClient::new(server.tcp.clone()).check(HealthCheckRequest::default()).await.expect("nobody's quota");
    }
}

#[tokio::test]
async fn requests_that_weigh_too_much_together_are_refused_unread() {
    let server = Server::with(ServerConfig { max_request_bytes: 1_000, ..ServerConfig::default() }).await;
    let large = || value::ListModelsRequest { page_token: format!("wait{}", " ".repeat(600)), ..Default::default() };
    for peer in server.ways() {
        let held = tokio::spawn(ask(peer.clone(), server.request(large())));
        soon(server.dummy.entered.acquire()).await.unwrap().forget();
        let status = ask(peer.clone(), server.request(large())).await.unwrap_err();
        insta::assert_snapshot!("overloaded_by_bytes", spell(&status));
        ask(peer.clone(), server.request(word(""))).await.expect("a small one");
        server.dummy.released.add_permits(1);
        soon(held).await.unwrap().unwrap();
        let again = tokio::spawn(ask(peer.clone(), server.request(large())));
        soon(server.dummy.entered.acquire()).await.expect("its weight is gone with it").forget();
        server.dummy.released.add_permits(1);
        soon(again).await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn slow_calls_under_way_lower_the_limit() {
    let config = ServerConfig { latency_target_ms: 1, default_deadline_ms: 60_000, ..ServerConfig::default() };
    let server = Server::with(config).await;
    let peer = server.in_process.clone();
    // Calls under way that began too long ago count, though they have not ended.
    let held = many_waiting(&server, &peer, 40).await;
    let refused = async {
        while ask(peer.clone(), server.request(word(""))).await.is_ok() {
            // More quick calls than this and the slow ones would be too few to matter, rightly.
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    soon(refused).await;
    let_go(&server, held).await;
    ask(peer.clone(), server.request(word(""))).await.expect("there is room again");
}
