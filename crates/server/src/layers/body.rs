//! The body of a response, watched to its end.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body as _, Frame};
use tonic::{Status, body::Body};
use tracing::Span;

use super::{Response, outcome};

/// What a layer does with a response on its way out.
pub(super) trait Watch: Send + Unpin + 'static {
    /// The span that the body is made in.
    fn span(&self) -> Option<Span> {
        None
    }

    /// Ready when the body must end here and now.
    fn poll_cut(&mut self, _cx: &mut Context<'_>) -> Poll<Status> {
        Poll::Pending
    }

    /// The headers or trailers that hold the status are about to leave.
    fn end(&mut self, _headers: &mut HeaderMap) {}
}

/// Watches a response until its status has left.
pub(super) fn watch(mut response: Response, mut watch: impl Watch) -> Response {
    if response.body().is_end_stream() {
        watch.end(response.headers_mut());
        return response;
    }
    response.map(|body| Body::new(Watched { body, watch, done: false }))
}

struct Watched<W> {
    body: Body,
    watch: W,
    done: bool,
}

impl<W: Watch> Watched<W> {
    fn finish(&mut self, mut trailers: HeaderMap) -> Frame<Bytes> {
        self.done = true;
        // What the handler still holds is let go before the caller hears of the end.
        self.body = Body::empty();
        self.watch.end(&mut trailers);
        Frame::trailers(trailers)
    }

    fn fail(&mut self, status: &Status) -> Frame<Bytes> {
        self.finish(outcome::headers(status))
    }
}

impl<W: Watch> http_body::Body for Watched<W> {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        if self.done {
            return Poll::Ready(None);
        }
        let span = self.watch.span();
        let _entered = span.as_ref().map(Span::enter);
        if let Poll::Ready(status) = self.watch.poll_cut(cx) {
            return Poll::Ready(Some(Ok(self.fail(&status))));
        }
        let polled = catch_unwind(AssertUnwindSafe(|| Pin::new(&mut self.body).poll_frame(cx)));
        let Ok(polled) = polled else {
            return Poll::Ready(Some(Ok(self.fail(&outcome::panicked()))));
        };
        Poll::Ready(match ready!(polled) {
            Some(Ok(frame)) => match frame.into_trailers() {
                Ok(trailers) => Some(Ok(self.finish(trailers))),
                Err(frame) => Some(Ok(frame)),
            },
            Some(Err(status)) => Some(Ok(self.fail(&status))),
            None => {
                self.done = true;
                None
            }
        })
    }

    fn is_end_stream(&self) -> bool {
        self.done
    }
}
