//! Health and reflection, which need no credential.

use futures::stream;
use tenure_kernel::Reason;
use tonic::{Code, Status};
use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient};
use tonic_reflection::pb::v1::{
    ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
    server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
};

use crate::{
    reading::reason,
    ways::{Server, soon},
};

async fn health(server: &Server, service: &str) -> Vec<Result<i32, Status>> {
    let mut answers = Vec::new();
    for peer in server.ways() {
        let request = HealthCheckRequest { service: service.to_owned() };
        answers.push(HealthClient::new(peer).check(request).await.map(|answer| answer.into_inner().status));
    }
    answers
}

#[tokio::test]
async fn each_service_tells_its_health() {
    let server = Server::start().await;
    for service in ["", "tenure.value.v1.ValueService", "tenure.journal.v1.JournalService"] {
        for answer in health(&server, service).await {
            assert_eq!(answer.unwrap(), ServingStatus::Serving as i32, "{service}");
        }
    }
    for answer in health(&server, "tenure.profile.v1.ProfileService").await {
        let status = answer.unwrap_err();
        assert_eq!((status.code(), reason(&status).as_str()), (Code::NotFound, Reason::NotFound.as_str()));
    }
}

async fn reflect(server: &Server, asked: MessageRequest) -> Vec<MessageResponse> {
    let mut answers = Vec::new();
    for peer in server.ways() {
        let request = ServerReflectionRequest { host: String::new(), message_request: Some(asked.clone()) };
        let mut client = ServerReflectionClient::new(peer).max_decoding_message_size(16 * 1024 * 1024);
        let mut stream = client.server_reflection_info(stream::iter([request])).await.unwrap().into_inner();
        answers.push(soon(stream.message()).await.unwrap().unwrap().message_response.unwrap());
    }
    answers
}

#[tokio::test]
async fn the_contract_can_be_asked_for() {
    let server = Server::start().await;
    for answer in reflect(&server, MessageRequest::ListServices(String::new())).await {
        let MessageResponse::ListServicesResponse(list) = answer else { panic!("not a list: {answer:?}") };
        let names: Vec<_> = list.service.iter().map(|service| service.name.as_str()).collect();
        for name in ["tenure.value.v1.ValueService", "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection"] {
            assert!(names.contains(&name), "{name} in {names:?}");
        }
        assert!(!names.contains(&"tenure.profile.v1.ProfileService"), "it is not here: {names:?}");
    }
    let symbol = MessageRequest::FileContainingSymbol("tenure.value.v1.ValueService.ListModels".to_owned());
    for answer in reflect(&server, symbol).await {
        assert!(matches!(answer, MessageResponse::FileDescriptorResponse(_)), "{answer:?}");
    }
}
