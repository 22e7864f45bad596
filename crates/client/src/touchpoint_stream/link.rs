//! One stream of requests and acknowledgements, until it breaks.

use std::{collections::VecDeque, time::Duration};

use tenure_kernel::Reason;
use tenure_proto::collector::v1::{StreamTouchpointsRequest, StreamTouchpointsResponse, Touchpoint};
use tokio::{
    sync::mpsc,
    time::{error::Elapsed, timeout},
};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Status, Streaming};

use super::Acknowledgement;
use crate::{
    ClientError, CollectorClient, StreamSettings,
    error::{status, unreachable},
};

/// A stream that is open. Its requests are numbered from 1.
#[derive(Debug)]
pub(super) struct Link {
    requests: mpsc::Sender<StreamTouchpointsRequest>,
    responses: Streaming<StreamTouchpointsResponse>,
    sent: i64,
    acknowledged: i64,
}

impl Link {
    /// Opens a stream, with everything that waits already in it: a server may answer nothing before the first request.
    pub(super) async fn open(
        client: &mut CollectorClient,
        waiting: &VecDeque<Vec<Touchpoint>>,
        settings: &StreamSettings,
    ) -> Result<Self, ClientError> {
        // One more than the window, so that there always is room.
        let (requests, queue) = mpsc::channel(settings.window + 1);
        let sent = queue_up(&requests, waiting, 0)?;
        let opened = timeout(settings.patience, client.stream_touchpoints(ReceiverStream::new(queue)));
        let responses = opened.await.map_err(silent)??.into_inner();
        Ok(Self { requests, responses, sent, acknowledged: 0 })
    }

    /// Sends what was not sent on this stream, of everything that is not acknowledged.
    pub(super) fn send(&mut self, unacknowledged: &VecDeque<Vec<Touchpoint>>) -> Result<(), ClientError> {
        let under_way = usize::try_from(self.sent - self.acknowledged).unwrap_or_default();
        if under_way < unacknowledged.len() {
            let waiting = unacknowledged.iter().skip(under_way);
            self.sent = queue_up(&self.requests, waiting, self.sent)?;
        }
        Ok(())
    }

    /// Waits for the acknowledgement of the oldest request, which has `count` touchpoints.
    pub(super) async fn receive(&mut self, count: usize, patience: Duration) -> Result<Acknowledgement, ClientError> {
        let response = timeout(patience, self.responses.message()).await.map_err(silent)??;
        let Some(response) = response else { return Err(unreachable("it ended the stream").into()) };
        self.acknowledged += 1;
        if response.acknowledged_through != self.acknowledged || response.outcomes.len() != count {
            return Err(status(Code::Internal, Reason::Internal, "the server acknowledged what was not sent").into());
        }
        Ok(Acknowledgement { outcomes: response.outcomes, read_token: response.read_token })
    }
}

/// Puts requests into the queue and returns the number of the last one.
fn queue_up<'a>(
    requests: &mpsc::Sender<StreamTouchpointsRequest>,
    waiting: impl IntoIterator<Item = &'a Vec<Touchpoint>>,
    mut sent: i64,
) -> Result<i64, Status> {
    for touchpoints in waiting {
        let request = StreamTouchpointsRequest { client_sequence: sent + 1, touchpoints: touchpoints.clone() };
        requests.try_send(request).map_err(|_| unreachable("it takes no more of the stream"))?;
        sent += 1;
    }
    Ok(sent)
}

fn silent(_: Elapsed) -> Status {
    unreachable("it does not answer")
}
