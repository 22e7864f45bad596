//! A stream of requests, answered one by one and in order.

use std::sync::Arc;

use futures::{Stream, StreamExt, future, stream::BoxStream};
use tenure_kernel::{Reason, Refusal};
use tenure_proto::collector::v1 as pb;
use tenure_server::refuse;
use tonic::Status;

use super::convert::outcome;
use crate::app::{App, Patience, Recorded, Sender};

/// Requests of a stream under way at most. No more are read meanwhile, so that flow control slows the caller down.
const UNDER_WAY: usize = 4;

type Answer = Result<pb::StreamTouchpointsResponse, Status>;

/// Answers requests in order, each when it is durable, as everything before it is then. The first error ends the stream.
pub(super) fn answer(
    app: Arc<App>,
    sender: Sender,
    requests: impl Stream<Item = Result<pb::StreamTouchpointsRequest, Status>> + Send + 'static,
) -> BoxStream<'static, Answer> {
    let numbered = requests.scan(0, |last, request| {
        let request = request.and_then(|request| follow(last, request));
        future::ready(Some(request))
    });
    let journal = app.journal().clone();
    let written = numbered.map(move |request| record(app.clone(), sender.clone(), request)).buffered(UNDER_WAY);
    let mut highest = 0;
    let answers = written.map(move |written| {
        let Written { client_sequence, recorded } = written?;
        // Several are written at once, in any order: a token holds for all that is acknowledged with it.
        highest = highest.max(recorded.sequence);
        Ok(pb::StreamTouchpointsResponse {
            acknowledged_through: client_sequence,
            outcomes: recorded.outcomes.into_iter().map(outcome::to_wire).collect(),
            read_token: journal.token(highest),
        })
    });
    let mut ended = false;
    let until_error = answers.take_while(move |answer| {
        let go_on = !ended;
        ended = answer.is_err();
        future::ready(go_on)
    });
    until_error.boxed()
}

/// Whether a request's number comes after the last one.
fn follow(last: &mut i64, request: pb::StreamTouchpointsRequest) -> Result<pb::StreamTouchpointsRequest, Status> {
    if request.client_sequence <= *last {
        let refusal = Refusal::field("client_sequence", Reason::FieldOutOfRange, "must ascend from 1");
        return Err(refuse(refusal));
    }
    *last = request.client_sequence;
    Ok(request)
}

/// A request that is durable.
struct Written {
    client_sequence: i64,
    recorded: Recorded,
}

async fn record(
    app: Arc<App>,
    sender: Sender,
    request: Result<pb::StreamTouchpointsRequest, Status>,
) -> Result<Written, Status> {
    let pb::StreamTouchpointsRequest { client_sequence, touchpoints } = request?;
    let recorded = app.record(sender, touchpoints, Patience::Wait).await.map_err(refuse)?;
    Ok(Written { client_sequence, recorded })
}
