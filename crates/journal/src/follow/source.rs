//! Where entries come from: the seam behind which a distributed log may one day stand.

use futures::{StreamExt, future::BoxFuture, stream::BoxStream};
use tenure_proto::journal::v1::{TailRequest, TailResponse, journal_service_client::JournalServiceClient};
use tenure_server::{MAX_MESSAGE_BYTES, Peer};
use tonic::Status;

/// A journal to read from.
pub trait Source: Send + Sync {
    /// Streams its entries from a position on.
    fn tail(
        &self,
        request: TailRequest,
    ) -> BoxFuture<'static, Result<BoxStream<'static, Result<TailResponse, Status>>, Status>>;
}

/// A journal in another service, by gRPC.
#[derive(Clone)]
pub struct PeerSource(JournalServiceClient<Peer>);

impl PeerSource {
    /// Of a peer.
    #[must_use]
    pub fn new(peer: Peer) -> Self {
        // A frame holds up to a thousand entries, each of which may be as large as an item.
        Self(JournalServiceClient::new(peer).max_decoding_message_size(8 * MAX_MESSAGE_BYTES))
    }
}

impl Source for PeerSource {
    fn tail(
        &self,
        request: TailRequest,
    ) -> BoxFuture<'static, Result<BoxStream<'static, Result<TailResponse, Status>>, Status>> {
        let mut client = self.0.clone();
        Box::pin(async move { Ok(client.tail(request).await?.into_inner().boxed()) })
    }
}
