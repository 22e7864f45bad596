//! A receiver of OTLP in a process of its own, which counts what comes and throws it away: this program once more, started with
//! [`ARGUMENT`].

use std::{
    io::{BufRead as _, BufReader, Write as _},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use opentelemetry_proto::tonic::{
    collector::{
        logs::v1::{
            ExportLogsServiceRequest, ExportLogsServiceResponse,
            logs_service_server::{LogsService, LogsServiceServer},
        },
        metrics::v1::{
            ExportMetricsServiceRequest, ExportMetricsServiceResponse,
            metrics_service_server::{MetricsService, MetricsServiceServer},
        },
        trace::v1::{
            ExportTraceServiceRequest, ExportTraceServiceResponse,
            trace_service_server::{TraceService, TraceServiceServer},
        },
    },
    metrics::v1::{Metric, metric::Data, number_data_point::Value},
};
use tonic::{Request, Response, Status, transport::server::Server, transport::server::TcpIncoming};

pub(crate) const ARGUMENT: &str = "--receive-otlp";

/// The other process, from here.
pub(crate) struct Receiver {
    process: Child,
    ask: ChildStdin,
    answers: BufReader<ChildStdout>,
    pub(crate) endpoint: String,
}

/// What came so far.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Came {
    pub(crate) spans: u64,
    /// What the sender says that it threw away, by the time of its last metrics.
    pub(crate) dropped: u64,
}

impl Receiver {
    pub(crate) fn start() -> Self {
        let program = std::env::current_exe().expect("this program");
        let mut command = Command::new(program);
        let mut process = command.arg(ARGUMENT).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("started");
        let (ask, answers) = (process.stdin.take().expect("piped"), process.stdout.take().expect("piped"));
        let mut receiver = Self { process, ask, answers: BufReader::new(answers), endpoint: String::new() };
        receiver.endpoint = receiver.answer();
        receiver
    }

    fn answer(&mut self) -> String {
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("the receiver answers");
        line.trim_end().to_owned()
    }

    pub(crate) fn came(&mut self) -> Came {
        self.ask.write_all(b"\n").expect("the receiver is there");
        let answer = self.answer();
        let (spans, dropped) = answer.split_once(' ').expect("two numbers");
        Came { spans: spans.parse().expect("a number"), dropped: dropped.parse().expect("a number") }
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[derive(Debug, Clone, Default)]
struct Count {
    spans: Arc<AtomicU64>,
    dropped: Arc<AtomicU64>,
}

/// What the other process does: says where it listens, and for each line that it reads what came. Ends with its input.
pub(crate) async fn receive() {
    let count = Count::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    println!("http://{}", listener.local_addr().expect("an address"));
    let server = Server::builder()
        .add_service(TraceServiceServer::new(count.clone()).max_decoding_message_size(64 << 20))
        .add_service(MetricsServiceServer::new(count.clone()).max_decoding_message_size(64 << 20))
        .add_service(LogsServiceServer::new(count.clone()).max_decoding_message_size(64 << 20));
    tokio::spawn(server.serve_with_incoming(TcpIncoming::from(listener)));
    let told = tokio::task::spawn_blocking(move || {
        for _ in std::io::stdin().lines() {
            println!("{} {}", count.spans.load(Relaxed), count.dropped.load(Relaxed));
        }
    });
    told.await.expect("asked to the end");
}

#[tonic::async_trait]
impl TraceService for Count {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let of_all = request.get_ref().resource_spans.iter().flat_map(|of_one| &of_one.scope_spans);
        self.spans.fetch_add(of_all.map(|scope| scope.spans.len() as u64).sum(), Relaxed);
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

#[tonic::async_trait]
impl MetricsService for Count {
    async fn export(
        &self,
        request: Request<ExportMetricsServiceRequest>,
    ) -> Result<Response<ExportMetricsServiceResponse>, Status> {
        let scopes = request.get_ref().resource_metrics.iter().flat_map(|of_one| &of_one.scope_metrics);
        for metric in scopes.flat_map(|scope| &scope.metrics).filter(|one| one.name == "tenure.telemetry.dropped") {
            // It counts from the start of its process.
            self.dropped.fetch_max(sum(metric), Relaxed);
        }
        Ok(Response::new(ExportMetricsServiceResponse::default()))
    }
}

fn sum(metric: &Metric) -> u64 {
    let Some(Data::Sum(sum)) = &metric.data else { return 0 };
    let values = sum.data_points.iter().map(|point| match point.value {
        Some(Value::AsInt(value)) => value.unsigned_abs(),
        _ => 0,
    });
    values.sum()
}

#[tonic::async_trait]
impl LogsService for Count {
    async fn export(
        &self,
        _request: Request<ExportLogsServiceRequest>,
    ) -> Result<Response<ExportLogsServiceResponse>, Status> {
        Ok(Response::new(ExportLogsServiceResponse::default()))
    }
}
