//! Every status that leaves is one of ours: what the library says about a call it could not carry to a handler, or a
//! handler that panicked, is told in our reasons and our words.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures::FutureExt;
use http::HeaderMap;
use tenure_kernel::refusal::{Reason, Refusal};
use tonic::{Code, Status};

use super::{Layer, Next, Request, Response, body};
use crate::{refuse, status::refuse_as};

pub(super) struct Outcome;

impl Layer for Outcome {
    async fn handle(self: Arc<Self>, request: Request, next: Next) -> Response {
        let answer = AssertUnwindSafe(async move { next(request).await }).catch_unwind().await;
        let mut response = answer.unwrap_or_else(|_| panicked().into_http());
        response.extensions_mut().remove::<Status>();
        normalise(response.headers_mut());
        body::watch(response, Normalised)
    }
}

struct Normalised;

impl body::Watch for Normalised {
    fn end(&mut self, headers: &mut HeaderMap) {
        normalise(headers);
    }
}

/// The panic hook has logged where; what the panic said may be personal.
pub(super) fn panicked() -> Status {
    refuse(Refusal::new(Reason::Internal, "a handler panicked"))
}

/// The headers of a status.
pub(super) fn headers(status: &Status) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if status.add_header(&mut headers).is_err() {
        headers.insert(Status::GRPC_STATUS, http::HeaderValue::from(Code::Internal as i32));
    }
    headers
}

/// The code in headers or trailers.
pub(super) fn code(headers: &HeaderMap) -> Option<Code> {
    headers.get(Status::GRPC_STATUS).map(|value| Code::from_bytes(value.as_bytes()))
}

/// Puts our status in place of one that is not ours: ours always have details.
fn normalise(headers: &mut HeaderMap) {
    if code(headers).is_none_or(|code| code == Code::Ok) || headers.contains_key(Status::GRPC_STATUS_DETAILS) {
        return;
    }
    let Some(status) = Status::from_header_map(headers) else { return };
    headers.remove(Status::GRPC_MESSAGE);
    headers.extend(self::headers(&ours(&status)));
}

fn ours(status: &Status) -> Status {
    match status.code() {
        // The caller is gone; there is nobody to tell a reason.
        Code::Ok | Code::Cancelled => Status::new(status.code(), "cancelled"),
        // The code that gRPC prescribes for an unknown compression, so that clients can fall back.
        Code::Unimplemented if status.message().starts_with("Content is compressed with") => {
            refuse_as(Code::Unimplemented, unreadable("its compression is not supported"))
        }
        _ => refuse(refusal(status)),
    }
}

fn refusal(status: &Status) -> Refusal {
    let text = status.message();
    match status.code() {
        Code::Unimplemented => method_unknown(),
        Code::OutOfRange if text.contains("message length too large") => too_large(text),
        Code::ResourceExhausted if text.contains("decompressing: size limit") || text.contains("more than 4GB") => {
            too_large(text)
        }
        Code::Internal => internal(text),
        Code::Unknown | Code::DataLoss | Code::FailedPrecondition | Code::Ok | Code::Cancelled => {
            Refusal::new(Reason::Internal, text.to_owned())
        }
        Code::InvalidArgument | Code::OutOfRange => Refusal::new(Reason::FieldsInvalid, "the request is not valid"),
        Code::DeadlineExceeded => super::deadline::expired(),
        Code::NotFound => Refusal::not_found(),
        Code::AlreadyExists => Refusal::new(Reason::RequestIdReused, "it exists with other content"),
        Code::PermissionDenied => Refusal::new(Reason::ScopeMissing, "the credential may not do this"),
        Code::ResourceExhausted => super::limit::overloaded("calls", Duration::from_millis(500)),
        Code::Unavailable => Refusal::unavailable("service"),
        Code::Aborted => Refusal::new(Reason::EtagMismatch, "it changed meanwhile; read again and retry"),
        Code::Unauthenticated => crate::call::credential_missing(),
    }
}

pub(super) fn method_unknown() -> Refusal {
    Refusal::new(Reason::MethodUnknown, "no such RPC here")
}

/// Too large a request, or too large an answer, which is for the caller to ask for less.
fn too_large(text: &str) -> Refusal {
    let message = if text.contains("encoded message length") && !text.contains("decoded message length") {
        "the answer is too large; ask for less at once"
    } else {
        "the message is too large"
    };
    let refusal = Refusal::new(Reason::MessageTooLarge, message);
    let limit = text.split(|letter: char| !letter.is_ascii_digit()).rfind(|number| !number.is_empty());
    match limit.filter(|_| text.contains("limit")) {
        Some(limit) => refusal.with("limit_bytes", limit),
        None => refusal,
    }
}

fn unreadable(why: &'static str) -> Refusal {
    Refusal::new(Reason::MessageUnreadable, format!("the message can't be read: {why}"))
}

/// What the library calls internal is mostly the caller's doing.
fn internal(text: &str) -> Refusal {
    if let Some(rest) = text.strip_prefix("failed to decode Protobuf message: ") {
        return undecodable(rest);
    }
    match () {
        () if text.starts_with("Unexpected EOF decoding stream") => unreadable("it ends early"),
        () if text.starts_with("Missing request message") => unreadable("there is none"),
        () if text.starts_with("Error decompressing") => unreadable("it can't be decompressed"),
        () if text.starts_with("protocol error: received message with") => unreadable("its compression flag is wrong"),
        // The connection broke while the caller was sending; there is nobody to tell.
        () if text.starts_with("h2 protocol error") => Refusal::unavailable("connection"),
        () => Refusal::new(Reason::Internal, text.to_owned()),
    }
}

/// The library names messages and fields from the inside out, then says what is wrong.
fn undecodable(text: &str) -> Refusal {
    let refusal = unreadable(match () {
        () if text.contains("UTF-8") => "a text is not UTF-8",
        () if text.contains("recursion limit") => "it is nested too deeply",
        () if text.contains("underflow") || text.contains("length exceeded") => "it ends early",
        () => "it is not the protobuf message of this RPC",
    });
    let is_name = |name: &str| name.bytes().all(|letter| letter.is_ascii_alphanumeric() || letter == b'_');
    let mut fields: Vec<&str> = text
        .split(": ")
        .map_while(|part| part.split_once('.').filter(|(message, field)| is_name(message) && is_name(field)))
        .map(|(_, field)| field)
        .collect();
    fields.reverse();
    if fields.is_empty() { refusal } else { refusal.with("field", fields.join(".")) }
}
