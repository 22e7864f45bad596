//! The service as operators and callers see it.

use std::sync::Arc;

use tenure_journal::{Following, Journal, JournalApi};
use tenure_kernel::Reason;
use tenure_proto::journal::v1::{
    self as pb, journal_service_client::JournalServiceClient, journal_service_server::JournalServiceServer,
};
use tenure_server::{ApiKeys, Peer, ServerBuilder, ServerConfig};
use tenure_store::{StoreError, testing::TestPlace};
use tonic::{Code, Request, Status};

use crate::{
    stage::{AtWork, append_numbers, client, config, journal, places, serve, source, until},
    tailing::reason,
    tally::{Act, FOLLOW_A, Standing, Tally, standing},
};

async fn two_projections(a: &Journal, b: &Journal) -> Result<(Following<Tally>, Following<Tally>), StoreError> {
    let parks = Tally::new("b", FOLLOW_A).with_rule(|_, number| if number < 25 { Act::Park } else { Act::Apply });
    let first = Following::open(config(b.store(), Some(b), source(a), 4), parks).await?;
    let second = Following::open(config(b.store(), None, source(a), 3), Tally::new("other", FOLLOW_A)).await?;
    Ok((first, second))
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_paged_and_complete() -> Result<(), StoreError> {
    for place in places() {
        let (a, b) = (journal(&place, "a").await?, journal(&place, "b").await?);
        append_numbers(&a, 0..40).await?;
        let (first, second) = two_projections(&a, &b).await?;
        let peer = serve(JournalApi::default().with_projection(&first).with_projection(&second));
        let at_work = [AtWork::start(&first), AtWork::start(&second)];
        let expected = Standing { sequence: 40, applied: 15, parked: 25 };
        until("all is seen", || async { Ok(standing(b.store(), "b", "a").await? == expected) }).await?;
        for size in [1, 2, 7, 100] {
            let (mut token, mut followers) = (String::new(), Vec::new());
            loop {
                let request = pb::ListFollowersRequest { page_size: size, page_token: token };
                let page = client(&peer).list_followers(request).await.unwrap().into_inner();
                assert!(page.followers.len() <= size as usize && !page.followers.is_empty());
                followers.extend(page.followers.into_iter().map(|one| (one.projection, one.journal, one.range)));
                token = page.next_page_token;
                if token.is_empty() {
                    break;
                }
            }
            let ranges = [("b", 4), ("other", 3)]
                .into_iter()
                .flat_map(|(name, count)| (0..count).map(move |range| (name, range)));
            let expected: Vec<_> = ranges.map(|(name, range)| (name.to_owned(), "a".to_owned(), range)).collect();
            assert_eq!(followers, expected);
        }
        for size in [1, 5, 25, 100] {
            let (mut token, mut sequences) = (String::new(), Vec::new());
            loop {
                let request = pb::ListParkedRequest { projection: "b".to_owned(), page_size: size, page_token: token };
                let page = client(&peer).list_parked(request).await.unwrap().into_inner();
                assert!(page.entries.len() <= size as usize && !page.entries.is_empty());
                sequences.extend(page.entries.iter().map(|entry| entry.sequence));
                token = page.next_page_token;
                if token.is_empty() {
                    break;
                }
            }
            assert_eq!(sequences, (1..=25).collect::<Vec<_>>(), "pages of {size}");
        }
        for one in at_work {
            one.stop().await;
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_what_is_not_there() -> Result<(), StoreError> {
    let place = TestPlace::sqlite();
    let (a, b) = (journal(&place, "a").await?, journal(&place, "b").await?);
    let (first, _) = two_projections(&a, &b).await?;
    let peer = serve(JournalApi::default().with_projection(&first));
    let mut client = client(&peer);
    for token in ["x", "-1", "1.x"] {
        let request = pb::ListFollowersRequest { page_size: 0, page_token: token.to_owned() };
        assert_eq!(refused(client.list_followers(request).await), Reason::PageTokenInvalid.as_str(), "{token}");
        let request = pb::ListParkedRequest { projection: "b".to_owned(), page_size: 0, page_token: token.to_owned() };
        assert_eq!(refused(client.list_parked(request).await), Reason::PageTokenInvalid.as_str(), "{token}");
    }
    let request = pb::ListFollowersRequest { page_size: 1_001, page_token: String::new() };
    assert_eq!(refused(client.list_followers(request).await), Reason::FieldsInvalid.as_str());
    let unknown = Reason::ProjectionUnknown.as_str();
    let projection = "x".to_owned();
    let request = pb::ListParkedRequest { projection: projection.clone(), ..pb::ListParkedRequest::default() };
    assert_eq!(refused(client.list_parked(request).await), unknown);
    let request = pb::ReplayParkedRequest { projection: projection.clone() };
    assert_eq!(refused(client.replay_parked(request).await), unknown);
    let request = pb::RebuildProjectionRequest { projection };
    assert_eq!(refused(client.rebuild_projection(request).await), unknown);
    // It began with four ranges.
    let error = Following::open(config(b.store(), None, source(&a), 5), Tally::new("b", FOLLOW_A)).await;
    assert!(error.is_err_and(|error| error.to_string().contains("4 ranges")));
    Ok(())
}

fn refused<T>(answer: Result<T, Status>) -> String {
    answer.err().map(|status| reason(&status)).expect("refused")
}

/// The SHA-256 of "test". The star stands for every scope but those of journals.
const KEYS: &str = r#"
[[key]]
sha256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
tenant = "acme"
principal = "web-shop"
scopes = ["*"]
"#;

#[tokio::test(flavor = "multi_thread")]
async fn callers_of_a_tenant_see_no_journal() -> Result<(), StoreError> {
    let place = TestPlace::sqlite();
    let journal = journal(&place, "a").await?;
    append_numbers(&journal, 0..3).await?;
    let server = ServerBuilder::new(ServerConfig::default(), Arc::new(ApiKeys::parse(KEYS).unwrap()))
        .add_service(JournalServiceServer::new(JournalApi::default().with_journal(journal)))
        .routes();
    let mut client = JournalServiceClient::new(Peer::in_process(server));
    fn with_key<T>(message: T) -> Request<T> {
        let mut request = Request::new(message);
        request.metadata_mut().insert("authorization", "Bearer test".parse().unwrap());
        request
    }
    let tail = pb::TailRequest { journal: "a".to_owned(), ..pb::TailRequest::default() };
    let statuses = [
        client.tail(with_key(tail.clone())).await.err(),
        client.list_followers(with_key(pb::ListFollowersRequest::default())).await.err(),
        client.list_parked(with_key(pb::ListParkedRequest::default())).await.err(),
        client.replay_parked(with_key(pb::ReplayParkedRequest::default())).await.err(),
        client.rebuild_projection(with_key(pb::RebuildProjectionRequest::default())).await.err(),
    ];
    for status in statuses {
        let status = status.expect("refused");
        assert_eq!((status.code(), reason(&status).as_str()), (Code::PermissionDenied, Reason::ScopeMissing.as_str()));
    }
    assert_eq!(refused(client.tail(tail).await), Reason::CredentialMissing.as_str());
    Ok(())
}
