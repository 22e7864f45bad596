//! A collector that keeps event ids, and breaks off as it is told.

use std::{
    collections::{BTreeSet, VecDeque},
    pin::Pin,
    sync::{Arc, Mutex},
};

use futures::{Stream, StreamExt};
use tenure_client::Client;
use tenure_proto::collector::v1::{
    self as wire, Outcome, StreamTouchpointsRequest, StreamTouchpointsResponse,
    collector_service_server::{CollectorService, CollectorServiceServer},
    outcome::Status as Became,
};
use tokio::{net::TcpListener, sync::mpsc, sync::watch};
use tokio_stream::wrappers::{ReceiverStream, TcpListenerStream};
use tonic::{Request, Response, Status, Streaming, transport::Server};

/// How one stream goes wrong: after so many acknowledgements.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    after: i64,
    kind: Kind,
}

#[derive(Debug, Clone)]
enum Kind {
    Refuse(Status),
    /// Stores a request, and breaks off before it says so.
    LostAcknowledgement,
    End,
    Silence,
    Lie,
}

impl Fault {
    fn new(after: usize, kind: Kind) -> Self {
        Self { after: i64::try_from(after).unwrap(), kind }
    }

    pub(crate) fn refuse(after: usize, status: Status) -> Self {
        Self::new(after, Kind::Refuse(status))
    }

    pub(crate) fn lost_acknowledgement(after: usize) -> Self {
        Self::new(after, Kind::LostAcknowledgement)
    }

    pub(crate) fn end(after: usize) -> Self {
        Self::new(after, Kind::End)
    }

    pub(crate) fn silence(after: usize) -> Self {
        Self::new(after, Kind::Silence)
    }

    pub(crate) fn lie(after: usize) -> Self {
        Self::new(after, Kind::Lie)
    }
}

#[derive(Debug, Default)]
struct State {
    stored: BTreeSet<String>,
    faults: VecDeque<Fault>,
    streams: usize,
    most_under_way: i64,
}

/// The collector; clones are the same one.
#[derive(Debug, Clone)]
pub(crate) struct Collector {
    state: Arc<Mutex<State>>,
    hung_up: watch::Sender<u32>,
}

impl Default for Collector {
    fn default() -> Self {
        Self::failing([])
    }
}

impl Collector {
    /// Each stream takes a fault from the list until there is none left.
    pub(crate) fn failing(faults: impl IntoIterator<Item = Fault>) -> Self {
        let state = State { faults: faults.into_iter().collect(), ..State::default() };
        Self { state: Arc::new(Mutex::new(state)), hung_up: watch::Sender::new(0) }
    }

    pub(crate) fn client(&self) -> Client {
        let server =
            CollectorServiceServer::new(self.clone()).max_decoding_message_size(tenure_client::MAX_MESSAGE_BYTES);
        Client::with_service(server, "key").unwrap()
    }

    pub(crate) async fn serve(self, listener: TcpListener) {
        let server = Server::builder().add_service(CollectorServiceServer::new(self));
        server.serve_with_incoming(TcpListenerStream::new(listener)).await.unwrap();
    }

    /// Drops every stream without a word.
    pub(crate) fn hang_up(&self) {
        self.hung_up.send_modify(|times| *times += 1);
    }

    pub(crate) fn stored(&self) -> usize {
        self.state.lock().unwrap().stored.len()
    }

    pub(crate) fn streams(&self) -> usize {
        self.state.lock().unwrap().streams
    }

    pub(crate) fn most_under_way(&self) -> i64 {
        self.state.lock().unwrap().most_under_way
    }

    fn store(&self, request: &StreamTouchpointsRequest) -> StreamTouchpointsResponse {
        let mut state = self.state.lock().unwrap();
        let outcomes = request.touchpoints.iter().map(|touchpoint| {
            let new = state.stored.insert(touchpoint.event_id.clone());
            let status = if new { Became::Accepted } else { Became::Duplicate };
            Outcome { status: status.into(), touchpoint_id: touchpoint.event_id.clone(), ..Outcome::default() }
        });
        let outcomes = outcomes.collect();
        let read_token = state.stored.len().to_string();
        StreamTouchpointsResponse { acknowledged_through: request.client_sequence, outcomes, read_token }
    }

    /// Reads requests ahead into a queue, as a network does, and answers the oldest.
    async fn talk(self, mut requests: Streaming<StreamTouchpointsRequest>, answers: mpsc::Sender<Answer>) {
        let fault = self.state.lock().unwrap().faults.pop_front();
        let mut expected = 1;
        let mut ahead = VecDeque::new();
        loop {
            while let Some(Some(Ok(request))) = futures::FutureExt::now_or_never(requests.next()) {
                ahead.push_back(request);
            }
            let waiting = i64::try_from(ahead.len()).unwrap();
            {
                let mut state = self.state.lock().unwrap();
                state.most_under_way = state.most_under_way.max(waiting);
            }
            let request = match ahead.pop_front() {
                Some(request) => request,
                None => match requests.next().await {
                    Some(Ok(request)) => request,
                    _ => return,
                },
            };
            assert_eq!(request.client_sequence, expected, "numbered from 1");
            expected += 1;
            let failing = fault.as_ref().filter(|fault| fault.after < request.client_sequence);
            match failing.map(|fault| &fault.kind) {
                None => drop(answers.send(Ok(self.store(&request))).await),
                Some(Kind::Refuse(status)) => return drop(answers.send(Err(status.clone())).await),
                Some(Kind::LostAcknowledgement) => {
                    self.store(&request);
                    return drop(answers.send(Err(Status::unavailable("broken"))).await);
                }
                Some(Kind::End) => return,
                Some(Kind::Silence) => return std::future::pending().await,
                Some(Kind::Lie) => {
                    let lie = StreamTouchpointsResponse { acknowledged_through: 7, ..self.store(&request) };
                    return drop(answers.send(Ok(lie)).await);
                }
            }
        }
    }
}

type Answer = Result<StreamTouchpointsResponse, Status>;

macro_rules! unneeded {
    ($($method:ident($request:ident) -> $response:ident;)*) => {
        #[tonic::async_trait]
        impl CollectorService for Collector {
            type StreamTouchpointsStream = Pin<Box<dyn Stream<Item = Answer> + Send>>;

            async fn stream_touchpoints(
                &self,
                request: Request<Streaming<StreamTouchpointsRequest>>,
            ) -> Result<Response<Self::StreamTouchpointsStream>, Status> {
                self.state.lock().unwrap().streams += 1;
                let (answers, stream) = mpsc::channel(1);
                let talk = tokio::spawn(self.clone().talk(request.into_inner(), answers));
                let mut hung_up = self.hung_up.subscribe();
                tokio::spawn(async move {
                    let _ = hung_up.changed().await;
                    talk.abort();
                });
                Ok(Response::new(ReceiverStream::new(stream).boxed()))
            }

            $(
                async fn $method(&self, _: Request<wire::$request>) -> Result<Response<wire::$response>, Status> {
                    Err(Status::unimplemented("not needed here"))
                }
            )*
        }
    };
}

unneeded! {
    record_touchpoints(RecordTouchpointsRequest) -> RecordTouchpointsResponse;
    list_quarantined(ListQuarantinedRequest) -> ListQuarantinedResponse;
    replay_quarantined(ReplayQuarantinedRequest) -> ReplayQuarantinedResponse;
    report_source_progress(ReportSourceProgressRequest) -> ReportSourceProgressResponse;
    register_schema(RegisterSchemaRequest) -> RegisterSchemaResponse;
    list_schemas(ListSchemasRequest) -> ListSchemasResponse;
    get_intake_statistics(GetIntakeStatisticsRequest) -> GetIntakeStatisticsResponse;
    export_records(ExportRecordsRequest) -> ExportRecordsResponse;
    erase_records(EraseRecordsRequest) -> EraseRecordsResponse;
}
