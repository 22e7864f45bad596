//! Services in several places as if they were in one.

use http::Request;
use tonic::{Status, body::Body};
use tower::{ServiceExt as _, service_fn};

use super::Peer;
use crate::Stack;

/// Sends each call to the service that its path begins with, such as `/tenure.collector.`, and those of no service's own, such as
/// health, to the first. Without any, all are refused as `UNIMPLEMENTED`.
#[must_use]
pub fn by_path(peers: Vec<(String, Peer)>) -> Stack {
    Stack::new(service_fn(move |request: Request<Body>| {
        let path = request.uri().path();
        let named = peers.iter().find(|(prefix, _)| path.starts_with(prefix));
        let peer = named.or(peers.first()).map(|(_, peer)| peer.clone());
        async move {
            match peer {
                Some(peer) => peer.oneshot(request).await,
                None => Ok(Status::unimplemented("there is no service").into_http()),
            }
        }
    }))
}
