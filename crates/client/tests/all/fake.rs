//! Servers in this process: one that answers by a script, and a collector.

use std::{
    convert::Infallible,
    future::Future,
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, Full};
use prost::Message;
use tenure_client::Client;
use tonic::{Status, body::Body};
use tower::service_fn;

/// What a server got.
#[derive(Debug, Clone)]
pub(crate) struct Got {
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    /// The message without its prefix.
    pub(crate) message: Bytes,
}

/// A server that notes what it gets and answers by a function of how many calls came before.
pub(crate) fn scripted<F, A>(answer: F) -> (Client, Arc<Mutex<Vec<Got>>>)
where
    F: Fn(usize, Got) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = Response<Body>> + Send,
{
    let calls = Arc::new(Mutex::new(Vec::new()));
    let noted = calls.clone();
    let service = service_fn(move |request: Request<Body>| {
        let (answer, noted) = (answer.clone(), noted.clone());
        async move {
            let (parts, body) = request.into_parts();
            let message = body.collect().await.unwrap().to_bytes().slice(5..);
            let got = Got { path: parts.uri.path().to_owned(), headers: parts.headers, message };
            let number = {
                let mut noted = noted.lock().unwrap();
                noted.push(got.clone());
                noted.len() - 1
            };
            Ok::<_, Infallible>(answer(number, got).await)
        }
    });
    (Client::with_service(service, "k1.secret").unwrap(), calls)
}

/// A message with status OK.
pub(crate) fn reply(message: &impl Message) -> Response<Body> {
    reply_with(message, HeaderMap::from_iter([(http::HeaderName::from_static("grpc-status"), "0".parse().unwrap())]))
}

/// A message, and then a status that is not good.
pub(crate) fn broken_reply(message: &impl Message, status: &Status) -> Response<Body> {
    let mut trailers = HeaderMap::new();
    status.add_header(&mut trailers).unwrap();
    reply_with(message, trailers)
}

fn reply_with(message: &impl Message, trailers: HeaderMap) -> Response<Body> {
    let message = message.encode_to_vec();
    let length = u32::try_from(message.len()).unwrap().to_be_bytes();
    let frame = [&[0], length.as_slice(), &message].concat();
    let body = Full::<Bytes>::from(frame).with_trailers(async move { Some(Ok(trailers)) });
    Response::builder().header("content-type", "application/grpc").body(Body::new(body)).unwrap()
}
