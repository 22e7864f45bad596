//! Unary calls: credential, deadline, repeats, request ids, errors.

use std::{collections::BTreeSet, time::Duration};

use prost::Message;
use tenure_client::{Client, ClientError, Settings, Violation};
use tenure_kernel::Reason;
use tenure_proto::{
    collector::v1::GetIntakeStatisticsRequest,
    value::v1::{FitModelRequest, FitModelResponse, ListModelsRequest, ListModelsResponse, Model},
};
use tokio::time::Instant;
use tonic::{Code, IntoRequest, Request, Status};
use tonic_types::{ErrorDetails, FieldViolation, StatusExt};

use crate::fake::{broken_reply, reply, scripted};

fn answer() -> FitModelResponse {
    let model = Model { currency_code: "EUR".into(), ..Model::default() };
    FitModelResponse { model: Some(model), ..Default::default() }
}

fn overloaded(after: Option<Duration>) -> Status {
    let mut details = ErrorDetails::with_error_info("OVERLOADED", "tenure.dev", [("resource".into(), "store".into())]);
    if after.is_some() {
        details.set_retry_info(after);
    }
    Status::with_error_details(Code::ResourceExhausted, "too much", details)
}

async fn fit(client: &Client, request: impl IntoRequest<FitModelRequest>) -> Result<FitModelResponse, ClientError> {
    Ok(client.value().fit_model(request).await?.into_inner())
}

#[tokio::test(start_paused = true)]
async fn what_is_urgent_says_so_in_every_attempt() {
    let (client, calls) = scripted(|number, _| async move {
        if number == 0 { Status::unavailable("starting").into_http() } else { reply(&answer()) }
    });
    assert_eq!(fit(&client, tenure_client::urgent(FitModelRequest::default())).await, Ok(answer()));
    let said: Vec<_> = calls.lock().unwrap().iter().map(|call| call.headers["tenure-priority"].clone()).collect();
    assert_eq!(said, ["urgent", "urgent"]);
}

#[tokio::test(start_paused = true)]
async fn a_call_is_repeated_with_the_same_new_id() {
    let (client, calls) = scripted(|number, _| async move {
        match number {
            0 => Status::unavailable("starting").into_http(),
            1 => overloaded(Some(Duration::from_secs(2))).into_http(),
            2 => broken_reply(&answer(), &Status::unavailable("stopping")),
            _ => reply(&answer()),
        }
    });
    let begun = Instant::now();
    assert_eq!(fit(&client, FitModelRequest::default()).await, Ok(answer()));
    assert!(begun.elapsed() >= Duration::from_secs(2), "waits as long as the server asks");

    let calls = calls.lock().unwrap();
    let ids: BTreeSet<_> =
        calls.iter().map(|call| FitModelRequest::decode(call.message.clone()).unwrap().request_id).collect();
    assert_eq!((calls.len(), ids.len()), (4, 1));
    assert!(ids.iter().all(|id| id.len() == 32 && id.bytes().all(|letter| letter.is_ascii_hexdigit())), "{ids:?}");
    for call in calls.iter() {
        assert_eq!(call.path, "/tenure.value.v1.ValueService/FitModel");
        assert_eq!(call.headers["authorization"], "Bearer k1.secret");
        assert!(call.headers.contains_key("grpc-timeout"));
    }
}

#[tokio::test(start_paused = true)]
async fn each_call_gets_an_id_of_its_own_and_the_callers_id_holds() {
    let (client, calls) = scripted(|_, _| async { reply(&answer()) });
    let own = FitModelRequest { request_id: "mine".into(), ..Default::default() };
    for request in [FitModelRequest::default(), FitModelRequest::default(), own] {
        fit(&client, request).await.unwrap();
    }
    let calls = calls.lock().unwrap();
    let ids: Vec<_> =
        calls.iter().map(|call| FitModelRequest::decode(call.message.clone()).unwrap().request_id).collect();
    assert_ne!(ids[0], ids[1]);
    assert_eq!(ids[2], "mine");
}

#[tokio::test(start_paused = true)]
async fn what_a_repeat_can_not_help_is_not_repeated() {
    for status in [Status::invalid_argument("wrong"), Status::internal("ours"), overloaded(None)] {
        let code = status.code();
        let (client, calls) = scripted(move |_, _| {
            let status = status.clone();
            async move { status.into_http() }
        });
        let error = fit(&client, FitModelRequest::default()).await.unwrap_err();
        assert_eq!((error.code, calls.lock().unwrap().len()), (code, 1));
    }
}

#[tokio::test(start_paused = true)]
async fn repeats_have_an_end_and_a_budget() {
    let (client, calls) = scripted(|_, _| async { Status::unavailable("down").into_http() });
    let settings = Settings { deadline: Duration::from_secs(60), attempts: 3, ..Settings::default() };
    let client = client.with_settings(settings);
    let count = || calls.lock().unwrap().len();
    assert_eq!(fit(&client, FitModelRequest::default()).await.unwrap_err().code, Code::Unavailable);
    assert_eq!(count(), 3);
    for _ in 0..499 {
        fit(&client, FitModelRequest::default()).await.unwrap_err();
    }
    let repeats = count() - 500;
    assert!((50..=10 + 50).contains(&repeats), "{repeats} repeats of 500 calls");
}

#[tokio::test(start_paused = true)]
async fn the_deadline_holds_for_all_attempts_together() {
    let (client, _) = scripted(|_, _| async { std::future::pending().await });
    let begun = Instant::now();
    let error = fit(&client, FitModelRequest::default()).await.unwrap_err();
    assert_eq!((error.code, error.reason), (Code::DeadlineExceeded, Some(Reason::Deadline)));
    assert_eq!(begun.elapsed().as_secs(), 10);

    let mut request = Request::new(FitModelRequest::default());
    request.set_timeout(Duration::from_secs(3));
    let begun = Instant::now();
    assert_eq!(fit(&client, request).await.unwrap_err().code, Code::DeadlineExceeded);
    assert_eq!(begun.elapsed().as_secs(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_would_outlast_the_deadline_is_not_begun() {
    let (client, calls) = scripted(|_, _| async { overloaded(Some(Duration::from_secs(11))).into_http() });
    let begun = Instant::now();
    let error = fit(&client, FitModelRequest::default()).await.unwrap_err();
    assert_eq!((error.code, calls.lock().unwrap().len()), (Code::ResourceExhausted, 1));
    assert_eq!(begun.elapsed().as_secs(), 0);
}

#[tokio::test]
async fn errors_hold_all_that_the_server_says() {
    let (client, _) = scripted(|_, _| async {
        let mut details = ErrorDetails::with_error_info("FIELDS_INVALID", "tenure.dev", [("a".into(), "b".into())]);
        details.set_bad_request(vec![FieldViolation {
            field: "currency_code".into(),
            description: "not an ISO 4217 code".into(),
            reason: "CURRENCY_INVALID".into(),
            localized_message: None,
        }]);
        Status::with_error_details(Code::InvalidArgument, "one field is invalid", details).into_http()
    });
    let error = fit(&client, FitModelRequest::default()).await.unwrap_err();
    let violation = Violation {
        field: "currency_code".into(),
        reason: Some(Reason::CurrencyInvalid),
        description: "not an ISO 4217 code".into(),
    };
    let expected = ClientError {
        code: Code::InvalidArgument,
        reason: Some(Reason::FieldsInvalid),
        message: "one field is invalid".into(),
        violations: vec![violation],
        metadata: [("a".to_owned(), "b".to_owned())].into(),
        retry_after: None,
    };
    assert_eq!(error, expected);
    assert_eq!(error.to_string(), "FIELDS_INVALID: one field is invalid; currency_code: not an ISO 4217 code");
    assert_eq!(ClientError::from(overloaded(Some(Duration::from_secs(2)))).retry_after, Some(Duration::from_secs(2)));
}

#[tokio::test]
async fn a_reason_of_another_domain_is_not_ours() {
    let details = ErrorDetails::with_error_info("NOT_FOUND", "example.com", [("a".into(), "b".into())]);
    let error = ClientError::from(Status::with_error_details(Code::NotFound, "gone", details));
    assert_eq!(
        (error.reason, error.metadata.len(), error.to_string().as_str()),
        (None, 0, "Some requested entity was not found: gone")
    );
}

#[tokio::test]
async fn a_call_keeps_the_credential_that_it_has() {
    let (client, calls) = scripted(|_, _| async { reply(&ListModelsResponse::default()) });
    let mut request = Request::new(ListModelsRequest::default());
    request.metadata_mut().insert("authorization", "Bearer other".parse().unwrap());
    client.value().list_models(request).await.unwrap();
    assert_eq!(calls.lock().unwrap()[0].headers["authorization"], "Bearer other");
    assert!(!format!("{client:?}").contains("secret"));
}

#[tokio::test]
async fn nobody_there_is_unavailable() {
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let settings = Settings { attempts: 2, backoff: Duration::from_millis(1), ..Settings::default() };
    let client = Client::connect(&format!("http://127.0.0.1:{port}"), "key").unwrap().with_settings(settings);
    let answer = client.collector().get_intake_statistics(GetIntakeStatisticsRequest::default()).await;
    let error = ClientError::from(answer.unwrap_err());
    assert_eq!((error.code, error.reason), (Code::Unavailable, Some(Reason::Unavailable)));
    assert!(error.message.starts_with("the server can't be reached: "), "{error}");
}

#[tokio::test]
async fn what_is_no_address_or_key_is_refused() {
    for (uri, key) in [("not a uri", "key"), ("http://127.0.0.1:1", "a\nkey")] {
        assert_eq!(Client::connect(uri, key).unwrap_err().code, Code::InvalidArgument);
    }
}
