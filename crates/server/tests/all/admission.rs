//! Who may call what.

use tenure_proto::{
    journal::v1::{TailRequest, journal_service_client::JournalServiceClient},
    value::v1::value_service_client::ValueServiceClient,
};
use tenure_server::Peer;
use tonic::{Code, Request};

use crate::{
    reading::{reason, spell},
    ways::{LIST_MODELS, Server, ask, authorized, frame, send_raw, soon, word},
};

#[tokio::test]
async fn without_a_credential() {
    let server = Server::start().await;
    for peer in server.ways() {
        let status = ask(peer.clone(), Request::new(word(""))).await.unwrap_err();
        insta::assert_snapshot!("credential_missing", spell(&status));
        for value in ["", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz", &server.key] {
            let sent = send_raw(peer.clone(), LIST_MODELS, &[("authorization", value)], frame(&[])).await.unwrap();
            assert_eq!(reason(&sent), "CREDENTIAL_MISSING", "{value}");
        }
    }
}

#[tokio::test]
async fn with_an_unknown_credential() {
    let server = Server::start().await;
    for peer in server.ways() {
        let status = ask(peer, authorized(word(""), "tenure_0000")).await.unwrap_err();
        insta::assert_snapshot!("credential_unknown", spell(&status));
    }
}

#[tokio::test]
async fn without_the_scope() {
    let server = Server::start().await;
    for peer in server.ways() {
        let status = ask(peer.clone(), authorized(word(""), &server.other_key)).await.unwrap_err();
        insta::assert_snapshot!("scope_missing", spell(&status));
        // "*" does not open the journal, which is not a tenant's alone.
        let tail = server.request(TailRequest::default());
        let status = JournalServiceClient::new(peer).tail(tail).await.unwrap_err();
        assert_eq!(reason(&status), "SCOPE_MISSING");
    }
}

#[tokio::test]
async fn an_unknown_rpc_is_refused_whoever_asks() {
    let server = Server::start().await;
    let bearer = format!("Bearer {}", server.key);
    for peer in server.ways() {
        // One that is nowhere, one whose service is not here, one of a service that is.
        for path in ["/", "/a/b", "/tenure.profile.v1.ProfileService/GetProfile", "/tenure.value.v1.ValueService/No"] {
            let status =
                send_raw(peer.clone(), path, &[("authorization", &bearer), ("purpose", "service")], frame(&[]))
                    .await
                    .unwrap();
            insta::assert_snapshot!("method_unknown", spell(&status));
        }
    }
}

#[tokio::test]
async fn a_handler_learns_who_calls_and_never_the_key() {
    let server = Server::start().await;
    for peer in server.ways() {
        let mut request = server.request(word("who"));
        request.metadata_mut().insert("purpose", "complaint".parse().unwrap());
        assert_eq!(ask(peer.clone(), request).await.unwrap(), "acme/web-shop for complaint until true in none");
        assert_eq!(ask(peer.clone(), server.request(word("key"))).await.unwrap(), "None");
        let bearer = format!("bearer {}", server.key);
        let lower = send_raw(peer.clone(), LIST_MODELS, &[("authorization", &bearer)], frame(&[])).await;
        assert_eq!(lower.unwrap().code(), Code::Ok);
        let mut request = server.request(word("who"));
        request.metadata_mut().insert("purpose", "curiosity".parse().unwrap());
        insta::assert_snapshot!("purpose_unknown", spell(&ask(peer, request).await.unwrap_err()));
    }
}

#[tokio::test]
async fn a_service_may_everything_but_works_for_no_tenant() {
    let server = Server::start().await;
    for peer in server.ways().map(|peer| peer.with_credential(&server.service)) {
        assert_eq!(
            ask(peer.clone(), Request::new(word("who"))).await.unwrap(),
            "service tenure for none until true in none"
        );
        let status = ask(peer.clone(), Request::new(word("tenant"))).await.unwrap_err();
        insta::assert_snapshot!("no_tenant", spell(&status));
        let mut tail = JournalServiceClient::new(peer).tail(TailRequest::default()).await.unwrap().into_inner();
        assert!(soon(tail.message()).await.unwrap().is_some());
    }
}

#[tokio::test]
async fn a_service_works_for_the_tenant_that_it_names() {
    let server = Server::start().await;
    for peer in server.ways().map(|peer| peer.with_credential(&server.service)) {
        let globex = "globex".parse().unwrap();
        let request = |message| tenure_server::on_behalf(&globex, tenure_kernel::Purpose::Analytics, message);
        assert_eq!(ask(peer.clone(), request(word("tenant"))).await.unwrap(), "globex");
        let who = ask(peer.clone(), request(word("who"))).await.unwrap();
        assert!(who.starts_with("service tenure for analytics until true"), "{who}");
        let mut odd = Request::new(word("tenant"));
        odd.metadata_mut().insert("tenure-tenant", "No Tenant".parse().unwrap());
        assert_eq!(reason(&ask(peer, odd).await.unwrap_err()), "FIELDS_INVALID");
    }
    // A tenant's caller is of its own tenant, whatever it says.
    for peer in server.ways() {
        let mut foreign = server.request(word("tenant"));
        foreign.metadata_mut().insert("tenure-tenant", "globex".parse().unwrap());
        assert_eq!(ask(peer, foreign).await.unwrap(), "acme");
    }
}

#[tokio::test]
async fn a_request_keeps_the_credential_it_carries() {
    let server = Server::start().await;
    let peer = server.in_process.clone().with_credential(&server.service);
    assert_eq!(ask(peer, server.request(word("tenant"))).await.unwrap(), "acme");
}

#[tokio::test]
async fn a_peer_that_is_not_there_yet_is_unavailable() {
    let (peer, slot) = Peer::later();
    let status = ask(peer.clone(), Request::new(word(""))).await.unwrap_err();
    insta::assert_snapshot!("peer_later", spell(&status));
    let server = Server::start().await;
    slot.fill(tower_stack(&server));
    assert_eq!(ask(peer, server.request(word("tenant"))).await.unwrap(), "acme");
}

/// Any service of the right shape is a stack.
fn tower_stack(server: &Server) -> tenure_server::Stack {
    let peer = server.in_process.clone();
    tenure_server::Stack::new(tower::service_fn(move |request| {
        let answer = tower::ServiceExt::oneshot(peer.clone(), request);
        async move { Ok(answer.await.unwrap()) }
    }))
}

#[tokio::test]
async fn a_peer_where_nobody_listens_is_unavailable() {
    // The port of a listener that is gone again.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let uri = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let status = ValueServiceClient::new(Peer::connect(&uri).unwrap()).list_models(word("")).await.unwrap_err();
    insta::assert_snapshot!("peer_absent", spell(&status));
    assert!(Peer::connect("not a uri").is_err());
}
