//! How many bytes of requests are in the process. A message weighs what its header says, before any of it is read.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body::Frame;
use tonic::{Status, body::Body};

use crate::suite::MAX_MESSAGE_BYTES;

/// A gRPC message begins with a flag and its length.
const HEADER: usize = 5;
/// How much larger a compressed message may become, for what we count.
const SWELL: usize = 16;

/// What all requests together may weigh.
#[derive(Debug)]
pub(super) struct Scale {
    most: usize,
    used: AtomicUsize,
}

impl Scale {
    pub(super) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { most, used: AtomicUsize::new(0) })
    }

    fn add(&self, bytes: usize) -> bool {
        let add = |used: usize| used.checked_add(bytes).filter(|sum| *sum <= self.most);
        self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add).is_ok()
    }
}

/// What one call weighs, until its answer has left.
#[derive(Debug)]
pub(super) struct Freight {
    scale: Arc<Scale>,
    bytes: AtomicUsize,
}

impl Freight {
    pub(super) fn new(scale: &Arc<Scale>) -> Arc<Self> {
        Arc::new(Self { scale: scale.clone(), bytes: AtomicUsize::new(0) })
    }

    /// Puts a message in the place of the one before: that one is in the handler's hands, which counts for itself.
    fn load(&self, bytes: usize) -> bool {
        self.unload();
        let fits = self.scale.add(bytes);
        if fits {
            self.bytes.store(bytes, Ordering::Relaxed);
        }
        fits
    }

    fn unload(&self) {
        self.scale.used.fetch_sub(self.bytes.swap(0, Ordering::Relaxed), Ordering::Relaxed);
    }
}

impl Drop for Freight {
    fn drop(&mut self) {
        self.unload();
    }
}

/// A request whose messages are weighed; `refuse` makes the status when there is no room.
pub(super) fn weigh(body: Body, freight: Arc<Freight>, refuse: fn() -> Status) -> Body {
    Body::new(Weighed { body, freight, refuse, header: Vec::with_capacity(HEADER), left: 0 })
}

struct Weighed {
    body: Body,
    freight: Arc<Freight>,
    refuse: fn() -> Status,
    header: Vec<u8>,
    /// Bytes of the message that are still to come.
    left: usize,
}

impl Weighed {
    /// Whether there is room for the messages that begin in these bytes.
    fn pass(&mut self, mut bytes: &[u8]) -> bool {
        while !bytes.is_empty() {
            if self.left > 0 {
                let part = self.left.min(bytes.len());
                (self.left, bytes) = (self.left - part, &bytes[part..]);
                continue;
            }
            let part = (HEADER - self.header.len()).min(bytes.len());
            self.header.extend_from_slice(&bytes[..part]);
            bytes = &bytes[part..];
            if let [flag, a, b, c, d] = self.header[..] {
                self.header.clear();
                self.left = u32::from_be_bytes([a, b, c, d]) as usize;
                // What is too large is refused by who decodes it, unread.
                let swell = if flag == 0 { 1 } else { SWELL };
                if !self.freight.load(self.left.saturating_mul(swell).min(MAX_MESSAGE_BYTES)) {
                    return false;
                }
            }
        }
        true
    }
}

impl http_body::Body for Weighed {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        if let Some(Ok(frame)) = &frame
            && let Some(bytes) = frame.data_ref()
            && !self.pass(bytes)
        {
            self.body = Body::empty();
            return Poll::Ready(Some(Err((self.refuse)())));
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn message(flag: u8, bytes: usize) -> Vec<u8> {
        let length = u32::try_from(bytes).unwrap().to_be_bytes();
        [&[flag], length.as_slice(), &vec![7; bytes]].concat()
    }

    fn weighed(scale: &Arc<Scale>) -> Weighed {
        let refuse = || Status::resource_exhausted("");
        Weighed { body: Body::empty(), freight: Freight::new(scale), refuse, header: Vec::new(), left: 0 }
    }

    proptest! {
        /// However a stream is cut, each message weighs what it says, and only while it is the last.
        #[test]
        fn weighs_each_message(sizes in prop::collection::vec(0_usize..300, 1..10), cut in 1_usize..50) {
            let scale = Scale::new(1 << 20);
            let mut body = weighed(&scale);
            let bytes: Vec<u8> = sizes.iter().flat_map(|size| message(0, *size)).collect();
            for part in bytes.chunks(cut) {
                prop_assert!(body.pass(part));
            }
            prop_assert_eq!(scale.used.load(Ordering::Relaxed), *sizes.last().unwrap());
            drop(body);
            prop_assert_eq!(scale.used.load(Ordering::Relaxed), 0);
        }
    }

    #[test]
    fn refuses_by_the_header_alone_and_gives_all_back() {
        let scale = Scale::new(1_000);
        let (mut first, mut second, mut zipped) = (weighed(&scale), weighed(&scale), weighed(&scale));
        assert!(first.pass(&message(0, 900)[..HEADER]));
        assert!(!second.pass(&message(0, 200)[..HEADER]));
        drop(first);
        let mut third = weighed(&scale);
        assert!(third.pass(&message(0, 950)));
        assert!(!zipped.pass(&message(1, 100)[..HEADER]), "it may swell");
        drop((second, third, zipped));
        assert_eq!(scale.used.load(Ordering::Relaxed), 0);
    }
}
