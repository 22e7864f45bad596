//! Who has no certificate, a foreign one, or another secret, is not let in.

use std::process::Command;

use tenure::Service;
use tenure_proto::journal::v1::{TailRequest, journal_service_client::JournalServiceClient};
use tenure_server::{Peer, ServiceCredential, config::PeerTls};
use tenure_tests::cluster::{Cluster, Shape, binary};
use tonic::{Code, Status};

/// Tries to follow the collector, as services do.
async fn follow(peer: Peer, credential: &ServiceCredential) -> Result<(), Status> {
    let mut client = JournalServiceClient::new(peer.with_credential(credential));
    let request = TailRequest { journal: "collector".to_owned(), ..TailRequest::default() };
    client.tail(request).await.map(|_| ())
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_are_refused() {
    let Some(cluster) = Cluster::start(Shape { replicas: 1, ..Shape::default() }).await else { return };
    let addresses = cluster.addresses(Service::Collector);
    let (uris, ours, credential) = (cluster.uris(&addresses), cluster.peer_tls(), cluster.credential());
    let by = |tls: &PeerTls| Peer::balanced(&uris, tls).expect("certificates");
    follow(by(&ours), &credential).await.expect("one of ours may");

    let folder = tempfile::tempdir().expect("a folder");
    let made = Command::new(binary()).arg("dev-certs").arg("--out").arg(folder.path()).status().expect("the command");
    assert!(made.success());
    let foreign = |name: &str| folder.path().join(name).display().to_string();
    let no_certificate = PeerTls { cert_file: String::new(), key_file: String::new(), ..ours.clone() };
    let foreign_certificate =
        PeerTls { cert_file: foreign("client.pem"), key_file: foreign("client.key"), ..ours.clone() };
    let foreign_root = PeerTls { ca_file: foreign("ca.pem"), ..ours.clone() };
    let other_name = PeerTls { domain: "elsewhere.example".to_owned(), ..ours.clone() };
    for tls in [no_certificate, foreign_certificate, foreign_root, other_name] {
        let refused = follow(by(&tls), &credential).await.expect_err("no way in");
        assert_eq!(refused.code(), Code::Unavailable, "{tls:?}");
    }
    let clear = Peer::connect(&format!("http://{}", addresses[0])).expect("an address");
    assert_eq!(follow(clear, &credential).await.expect_err("no way in").code(), Code::Unavailable);

    let other = ServiceCredential::from_secret(&"another secret".replace(' ', "-").repeat(3)).expect("a secret");
    assert_eq!(follow(by(&ours), &other).await.expect_err("unknown").code(), Code::Unauthenticated);
    cluster.stop().await;
}
