//! Every refusal that a caller of the journal service can get, as its full `google.rpc.Status`.

use std::{fmt::Write as _, sync::Arc};

use futures::StreamExt;
use tenure_journal::{Following, Journal, JournalApi};
use tenure_proto::journal::v1::{
    self as pb, journal_service_client::JournalServiceClient, journal_service_server::JournalServiceServer,
};
use tenure_server::{
    Caller, Credentials, Identity, Peer, ServerBuilder, ServerConfig, ServiceCredential, testing::show,
};
use tenure_store::StoreError;
use tokio::time::timeout;

use crate::{
    stage::{PATIENCE, append_numbers, client, config, journal, places, serve, source, tenant},
    tally::{FOLLOW_A, Tally},
};

type Client = JournalServiceClient<Peer>;

macro_rules! refused {
    ($text:ident, $client:expr, $name:literal, $rpc:ident, $request:expr) => {
        let status = $client.clone().$rpc($request).await.expect_err($name);
        $text.push_str(&show($name, &status));
    };
}

fn from(journal: &str, epoch: &[u8], after: i64) -> pb::TailRequest {
    pb::TailRequest { journal: journal.to_owned(), partitions: Vec::new(), epoch: epoch.to_vec(), after }
}

fn parked(projection: &str, page_size: i32, page_token: &str) -> pb::ListParkedRequest {
    pb::ListParkedRequest { projection: projection.to_owned(), page_size, page_token: page_token.to_owned() }
}

fn replay(projection: &str) -> pb::ReplayParkedRequest {
    pb::ReplayParkedRequest { projection: projection.to_owned() }
}

fn rebuild(projection: &str) -> pb::RebuildProjectionRequest {
    pb::RebuildProjectionRequest { projection: projection.to_owned() }
}

/// The journal "a" has three entries.
async fn wrong_positions(client: &Client, epoch: [u8; 16]) -> String {
    let mut text = String::new();
    refused!(text, client, "Tail: unknown journal", tail, from("x", &epoch, 0));
    refused!(text, client, "Tail: another epoch", tail, from("a", &[1; 16], 2));
    refused!(text, client, "Tail: a position without epoch", tail, from("a", &[], 2));
    refused!(text, client, "Tail: past the head", tail, from("a", &epoch, 4));
    refused!(text, client, "Tail: before the start", tail, from("a", &epoch, -1));
    text
}

async fn wrong_operations(client: &Client) -> String {
    let mut text = String::new();
    let followers = |page_size, token: &str| pb::ListFollowersRequest { page_size, page_token: token.to_owned() };
    refused!(text, client, "ListFollowers: page size", list_followers, followers(1_001, ""));
    refused!(text, client, "ListFollowers: page token", list_followers, followers(1, "x"));
    refused!(text, client, "ListParked: page size", list_parked, parked("b", -1, ""));
    refused!(text, client, "ListParked: page token", list_parked, parked("b", 1, "1.x"));
    refused!(text, client, "ListParked: unknown projection", list_parked, parked("x", 1, ""));
    refused!(text, client, "ReplayParked: unknown projection", replay_parked, replay("x"));
    refused!(text, client, "RebuildProjection: unknown projection", rebuild_projection, rebuild(""));
    // Nobody is at work: it runs until further notice.
    client.clone().rebuild_projection(rebuild("b")).await.unwrap();
    refused!(text, client, "RebuildProjection: one runs", rebuild_projection, rebuild("b"));
    text
}

/// What each RPC answers to those who may not call it, or can't be served.
async fn whatever_is_asked(client: &Client) -> String {
    let mut text = String::new();
    refused!(text, client, "Tail", tail, from("a", &[], 0));
    refused!(text, client, "ListFollowers", list_followers, pb::ListFollowersRequest::default());
    refused!(text, client, "ListParked", list_parked, parked("b", 0, ""));
    refused!(text, client, "ReplayParked", replay_parked, replay("b"));
    refused!(text, client, "RebuildProjection", rebuild_projection, rebuild("b"));
    text
}

/// Every bearer is a caller of a tenant that may do everything that the star stands for.
struct Star;

impl Credentials for Star {
    fn identify(&self, _bearer: &str) -> Option<Identity> {
        let scopes = ["*".to_owned()].into();
        Some(Identity::Tenant(Caller { tenant: tenant(), principal: "test".to_owned(), scopes }))
    }
}

/// What a stream ends with, and what is refused, when the database is gone.
async fn without_database(client: &Client, a: Journal, b: &Following<Tally>) -> String {
    let mut frames = client.clone().tail(from("a", &[], 0)).await.unwrap().into_inner();
    frames.next().await.unwrap().unwrap();
    a.store().clone().close().await;
    let ended = timeout(PATIENCE, async {
        loop {
            if let Err(status) = frames.next().await.unwrap() {
                return status;
            }
        }
    });
    let ended = show("Tail, under way", &ended.await.unwrap());
    b.journal().unwrap().store().clone().close().await;
    ended + &whatever_is_asked(client).await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_refusal_is_the_documented_one() -> Result<(), StoreError> {
    for place in places() {
        let (a, b) = (journal(&place, "a").await?, journal(&place, "b").await?);
        append_numbers(&a, 0..3).await?;
        let b = Following::open(config(b.store(), Some(&b), source(&a), 1), Tally::new("b", FOLLOW_A)).await?;
        let api = JournalApi::default().with_journal(a.clone()).with_projection(&b);
        let star = ServerBuilder::new(ServerConfig::default(), Arc::new(Star));
        let star = star.add_service(JournalServiceServer::new(api.clone())).routes();
        let client = client(&serve(api));
        let mut shown = wrong_positions(&client, a.epoch()).await;
        shown += &wrong_operations(&client).await;
        let key = ServiceCredential::random().unwrap();
        let star = JournalServiceClient::new(Peer::in_process(star).with_credential(&key));
        let _ = write!(shown, "\nWithout a scope\n\n{}", whatever_is_asked(&star).await);
        let _ = write!(shown, "\nWithout the database\n\n{}", without_database(&client, a, &b).await);
        insta::assert_snapshot!("refusals", shown);
    }
    Ok(())
}
