//! Replicas that share calls out among them.

use std::{io, net::SocketAddr, sync::Arc};

use tenure_server::{Credentials, Peer, ServerConfig, ServiceCredential, config::PeerTls};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use tonic::{Code, Request};

use crate::{
    dummy::Dummy,
    ways::{ask, build, soon, word},
};

struct Replica {
    dummy: Dummy,
    address: SocketAddr,
    shutdown: CancellationToken,
    serving: JoinHandle<io::Result<()>>,
}

impl Replica {
    async fn start(credential: &ServiceCredential, address: &str) -> Self {
        let (later, _) = Peer::later();
        let dummy = Dummy::new(later);
        let credentials: Vec<Arc<dyn Credentials>> = vec![Arc::new(credential.clone())];
        let suite = build(ServerConfig::default(), credentials, &dummy);
        let listener = TcpListener::bind(address).await.unwrap();
        let (address, shutdown) = (listener.local_addr().unwrap(), CancellationToken::new());
        let serving = tokio::spawn(suite.serve(listener, shutdown.clone()));
        Self { dummy, address, shutdown, serving }
    }

    async fn stop(self) {
        self.shutdown.cancel();
        soon(self.serving).await.unwrap().unwrap();
    }
}

async fn three() -> (Vec<Replica>, Peer) {
    let credential = ServiceCredential::random().unwrap();
    let mut replicas = Vec::new();
    for _ in 0..3 {
        replicas.push(Replica::start(&credential, "127.0.0.1:0").await);
    }
    let uris: Vec<_> = replicas.iter().map(|replica| format!("http://{}", replica.address)).collect();
    let peer = Peer::balanced(&uris, &PeerTls::default()).unwrap().with_credential(&credential);
    (replicas, peer)
}

/// How many calls wait at each replica.
fn waiting(replicas: &[Replica]) -> Vec<usize> {
    replicas.iter().map(|replica| replica.dummy.entered.available_permits()).collect()
}

fn are_alike(waiting: &[usize]) -> bool {
    waiting.iter().max().unwrap() - waiting.iter().min().unwrap() <= 1
}

#[tokio::test]
async fn each_call_goes_to_the_replica_with_the_fewest_under_way() {
    let (replicas, peer) = three().await;
    let mut calls = Vec::new();
    let one_more = async |calls: &mut Vec<_>| {
        calls.push(tokio::spawn(ask(peer.clone(), Request::new(word("wait")))));
        while waiting(&replicas).iter().sum::<usize>() < calls.len() {
            tokio::task::yield_now().await;
        }
    };
    // Those that are found first get the calls until all are.
    soon(async {
        while waiting(&replicas).contains(&0) || !are_alike(&waiting(&replicas)) {
            one_more(&mut calls).await;
        }
    })
    .await;
    for _ in 0..30 {
        soon(one_more(&mut calls)).await;
        assert!(are_alike(&waiting(&replicas)), "{:?}", waiting(&replicas));
    }
    replicas.iter().for_each(|replica| replica.dummy.released.add_permits(calls.len()));
    for call in calls {
        soon(call).await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_replica_that_ends_is_left_out() {
    let (mut replicas, peer) = three().await;
    for _ in 0..2 {
        replicas.pop().unwrap().stop().await;
        // It said so before it ended, so no call is lost to it.
        for _ in 0..50 {
            soon(ask(peer.clone(), Request::new(word("")))).await.unwrap();
        }
    }
    replicas.pop().unwrap().stop().await;
    let refused = soon(ask(peer, Request::new(word("")))).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable, "at once, not after a long wait");
}

#[tokio::test]
async fn a_replica_that_comes_back_is_taken_in() {
    let credential = ServiceCredential::random().unwrap();
    let first = Replica::start(&credential, "127.0.0.1:0").await;
    let address = first.address.to_string();
    let peer =
        Peer::balanced(&[format!("http://{address}")], &PeerTls::default()).unwrap().with_credential(&credential);
    soon(ask(peer.clone(), Request::new(word("")))).await.unwrap();
    first.stop().await;
    let again = Replica::start(&credential, &address).await;
    soon(async {
        while ask(peer.clone(), Request::new(word(""))).await.is_err() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    again.stop().await;
}

#[tokio::test]
async fn a_name_stands_for_all_of_its_machines() {
    let credential = ServiceCredential::random().unwrap();
    let replica = Replica::start(&credential, "127.0.0.1:0").await;
    let uri = format!("http://localhost:{}", replica.address.port());
    let peer = Peer::balanced(&[uri], &PeerTls::default()).unwrap().with_credential(&credential);
    for _ in 0..20 {
        soon(ask(peer.clone(), Request::new(word("")))).await.unwrap();
    }
    replica.stop().await;
}

#[test]
fn addresses_that_can_not_be_used_are_told() {
    let refused = |uris: &[&str]| {
        let uris: Vec<_> = uris.iter().map(|uri| (*uri).to_owned()).collect();
        Peer::balanced(&uris, &PeerTls::default()).unwrap_err().to_string()
    };
    assert_eq!(refused(&[]), "there is no address");
    assert!(refused(&["http://me:hunter2@a:1"]).starts_with("is no address"));
    assert_eq!(refused(&["https://a:1"]), "tls.ca_file: must be set for https");
    assert!(Peer::check("http://10.0.0.1:1", false).is_err() && Peer::check("http://10.0.0.1:1", true).is_ok());
    assert!(Peer::check("https://10.0.0.1:1", false).is_ok() && Peer::check("http://localhost:1", false).is_ok());
}
