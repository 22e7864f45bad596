//! A proxy in front of Redis that can fail in every way.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// What the proxy does to what comes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Open,
    /// Every answer comes so much later.
    Slow(Duration),
    /// Connections end, and new ones end at once.
    Cut,
    /// Connections stay, and nothing comes through.
    Hole,
}

pub(crate) struct Proxy {
    pub(crate) address: String,
    way: watch::Sender<Way>,
}

impl Proxy {
    /// In front of an address.
    pub(crate) async fn before(upstream: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let (way, mut ways) = watch::channel(Way::Open);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                ways.mark_unchanged();
                let (upstream, ways) = (upstream.clone(), ways.clone());
                tokio::spawn(carry(client, upstream, ways));
            }
        });
        Self { address, way }
    }

    pub(crate) fn set(&self, way: Way) {
        self.way.send_replace(way);
    }
}

/// Carries a connection until the way changes, which ends it: a client finds a new way on a new connection.
async fn carry(mut client: TcpStream, upstream: String, mut ways: watch::Receiver<Way>) {
    let way = *ways.borrow_and_update();
    let carrying = async {
        match way {
            Way::Cut => {}
            Way::Hole => std::future::pending().await,
            Way::Open => {
                let Ok(mut server) = TcpStream::connect(upstream).await else { return };
                let _ = copy_bidirectional(&mut client, &mut server).await;
            }
            Way::Slow(by) => {
                let Ok(server) = TcpStream::connect(upstream).await else { return };
                slowly(&mut client, server, by).await;
            }
        }
    };
    tokio::select! {
        () = carrying => {}
        changed = ways.changed() => {
            if changed.is_ok() && *ways.borrow() == Way::Hole {
                // What is open stays open, and silent.
                let _ = ways.changed().await;
            }
        }
    }
}

async fn slowly(client: &mut TcpStream, server: TcpStream, by: Duration) {
    let (mut from_client, mut to_client) = client.split();
    let (mut from_server, mut to_server) = server.into_split();
    let answers = async {
        let mut bytes = vec![0; 65_536];
        while let Ok(read @ 1..) = from_server.read(&mut bytes).await {
            tokio::time::sleep(by).await;
            if to_client.write_all(&bytes[..read]).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = answers => {}
        _ = tokio::io::copy(&mut from_client, &mut to_server) => {}
    }
}
