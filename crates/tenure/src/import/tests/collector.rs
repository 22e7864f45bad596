//! A collector that keeps event ids and sets aside what has no amount.

use std::{
    collections::BTreeMap,
    pin::Pin,
    sync::{Arc, Mutex},
};

use futures::{Stream, StreamExt};
use tenure_proto::{
    collector::v1::{
        self as wire, Outcome, RecordTouchpointsRequest, RecordTouchpointsResponse, StreamTouchpointsRequest,
        StreamTouchpointsResponse, Touchpoint, Violation,
        collector_service_server::{CollectorService, CollectorServiceServer},
        outcome::Status as Became,
    },
    error::v1::Reason,
};
use tonic::{Request, Response, Status, Streaming, transport::Server};

/// The collector; clones are the same one.
#[derive(Debug, Clone, Default)]
pub(super) struct Collector(Arc<Mutex<BTreeMap<(String, String), Became>>>);

impl Collector {
    /// Serves on a free port, and returns the address.
    pub(super) async fn serve(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let incoming = futures::stream::unfold(listener, |listener| async {
            let accepted = listener.accept().await.and_then(|(stream, _)| stream.set_nodelay(true).map(|()| stream));
            Some((accepted, listener))
        });
        let server = Server::builder().add_service(CollectorServiceServer::new(self.clone()));
        tokio::spawn(server.serve_with_incoming(incoming));
        format!("http://{address}")
    }

    pub(super) fn stored(&self) -> usize {
        self.0.lock().unwrap().values().filter(|became| **became == Became::Accepted).count()
    }

    fn judge(&self, touchpoint: &Touchpoint, validate_only: bool) -> Outcome {
        let id = (touchpoint.source.clone(), touchpoint.event_id.clone());
        let mut seen = self.0.lock().unwrap();
        let bad = touchpoint.amount.is_none();
        let status = match (seen.contains_key(&id), bad, touchpoint.subjects[0].key.as_str()) {
            (true, ..) => Became::Duplicate,
            (_, _, "erased") => Became::Suppressed,
            (_, true, _) => Became::Quarantined,
            (_, false, _) => Became::Accepted,
        };
        if !validate_only && matches!(status, Became::Accepted | Became::Quarantined) {
            seen.insert(id, status);
        }
        let violation = Violation {
            field: "amount".into(),
            reason: Reason::AmountMissing.into(),
            description: "the type needs an amount".into(),
        };
        let set_aside = bad && status != Became::Suppressed;
        Outcome {
            status: status.into(),
            quarantine_id: if set_aside { "quarantine_1".into() } else { String::new() },
            violations: set_aside.then_some(violation).into_iter().collect(),
            ..Outcome::default()
        }
    }

    fn judge_all(&self, touchpoints: &[Touchpoint], validate_only: bool) -> Vec<Outcome> {
        touchpoints.iter().map(|touchpoint| self.judge(touchpoint, validate_only)).collect()
    }
}

macro_rules! collector {
    ($($unneeded:ident($request:ident) -> $response:ident;)*) => {
        #[tonic::async_trait]
        impl CollectorService for Collector {
            type StreamTouchpointsStream =
                Pin<Box<dyn Stream<Item = Result<StreamTouchpointsResponse, Status>> + Send>>;

            async fn record_touchpoints(
                &self,
                request: Request<RecordTouchpointsRequest>,
            ) -> Result<Response<RecordTouchpointsResponse>, Status> {
                let RecordTouchpointsRequest { touchpoints, validate_only } = request.into_inner();
                let outcomes = self.judge_all(&touchpoints, validate_only);
                Ok(Response::new(RecordTouchpointsResponse { outcomes, read_token: String::new() }))
            }

            async fn stream_touchpoints(
                &self,
                request: Request<Streaming<StreamTouchpointsRequest>>,
            ) -> Result<Response<Self::StreamTouchpointsStream>, Status> {
                if request.metadata().get("authorization").is_none_or(|value| value != "Bearer the-key") {
                    return Err(Status::unauthenticated("who are you?"));
                }
                let collector = self.clone();
                let answers = request.into_inner().map(move |request| {
                    let StreamTouchpointsRequest { client_sequence, touchpoints } = request?;
                    let outcomes = collector.judge_all(&touchpoints, false);
                    let read_token = format!("token-{client_sequence}");
                    Ok(StreamTouchpointsResponse { acknowledged_through: client_sequence, outcomes, read_token })
                });
                Ok(Response::new(answers.boxed()))
            }

            $(
                async fn $unneeded(&self, _: Request<wire::$request>) -> Result<Response<wire::$response>, Status> {
                    Err(Status::unimplemented("not needed here"))
                }
            )*
        }
    };
}

collector! {
    list_quarantined(ListQuarantinedRequest) -> ListQuarantinedResponse;
    replay_quarantined(ReplayQuarantinedRequest) -> ReplayQuarantinedResponse;
    report_source_progress(ReportSourceProgressRequest) -> ReportSourceProgressResponse;
    register_schema(RegisterSchemaRequest) -> RegisterSchemaResponse;
    list_schemas(ListSchemasRequest) -> ListSchemasResponse;
    get_intake_statistics(GetIntakeStatisticsRequest) -> GetIntakeStatisticsResponse;
    export_records(ExportRecordsRequest) -> ExportRecordsResponse;
    erase_records(EraseRecordsRequest) -> EraseRecordsResponse;
}
