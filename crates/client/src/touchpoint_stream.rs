//! Streaming touchpoints in.

mod link;

use std::collections::VecDeque;

use prost::Message;
use tenure_proto::collector::v1::{Outcome, Touchpoint};
use tokio::time::sleep;

use crate::{ClientError, CollectorClient, Settings, StreamSettings};
use link::Link;

/// A request is closed before it gets larger than this, in bytes; a touchpoint is at most 64 KiB.
const REQUEST_BYTES: usize = 8 * 1024 * 1024;

/// Touchpoints on their way in, over `StreamTouchpoints`.
///
/// They go in requests of [`StreamSettings::batch`], of which [`StreamSettings::window`] may be under way. When the
/// connection breaks, or the server says that it is overloaded, it connects again and resends what was not acknowledged. That
/// is safe, as the collector takes an event in once; what was stored before the break is then reported as a duplicate.
///
/// ```no_run
/// # use tenure_client::{Client, ClientError, StreamSettings};
/// # use tenure_proto::collector::v1::Touchpoint;
/// # async fn example(client: Client, touchpoints: Vec<Touchpoint>) -> Result<(), ClientError> {
/// let mut stream = client.touchpoint_stream(StreamSettings::default());
/// for touchpoint in touchpoints {
///     if let Some(acknowledged) = stream.send(touchpoint).await? {
///         println!("{} are durable", acknowledged.outcomes.len());
///     }
/// }
/// while let Some(acknowledged) = stream.next().await? {
///     println!("{} are durable", acknowledged.outcomes.len());
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct TouchpointStream {
    client: CollectorClient,
    backoff: Settings,
    settings: StreamSettings,
    filling: Vec<Touchpoint>,
    filling_bytes: usize,
    /// Full requests, oldest first, sent or not.
    unacknowledged: VecDeque<Vec<Touchpoint>>,
    link: Option<Link>,
    /// Whether a request was ever acknowledged.
    worked: bool,
    /// Attempts that failed since the last acknowledgement.
    failed: u32,
}

/// That a request is durable.
#[derive(Debug, Clone, PartialEq)]
pub struct Acknowledgement {
    /// An outcome for each touchpoint, in the order of sending: the first of all acknowledgements together is that of the
    /// first touchpoint sent.
    pub outcomes: Vec<Outcome>,
    /// For `read_after`: a read with it has seen every touchpoint so far.
    pub read_token: String,
}

impl TouchpointStream {
    pub(crate) fn new(client: CollectorClient, backoff: Settings, settings: StreamSettings) -> Self {
        Self {
            client,
            backoff,
            settings: StreamSettings { window: settings.window.max(1), batch: settings.batch.max(1), ..settings },
            filling: Vec::new(),
            filling_bytes: 0,
            unacknowledged: VecDeque::new(),
            link: None,
            worked: false,
            failed: 0,
        }
    }

    /// Sends a touchpoint, as soon as its request is full. When the window is full it first waits for the oldest request, and
    /// returns its acknowledgement. A call that is dropped while it waits loses its touchpoint, and nothing else.
    ///
    /// # Errors
    /// When the server refuses the stream, or can't be reached however often it was tried. What was acknowledged so far is
    /// durable; the rest may be sent again.
    pub async fn send(&mut self, touchpoint: Touchpoint) -> Result<Option<Acknowledgement>, ClientError> {
        let bytes = touchpoint.encoded_len();
        let mut acknowledged = None;
        if self.filling.len() >= self.settings.batch || self.filling_bytes + bytes > REQUEST_BYTES {
            acknowledged = self.close().await?;
        }
        self.filling.push(touchpoint);
        self.filling_bytes += bytes;
        Ok(acknowledged)
    }

    /// Sends what is left and waits for the oldest request; `None` when all is acknowledged.
    ///
    /// # Errors
    /// As [`Self::send`].
    pub async fn next(&mut self) -> Result<Option<Acknowledgement>, ClientError> {
        if !self.filling.is_empty()
            && let Some(acknowledged) = self.close().await?
        {
            return Ok(Some(acknowledged));
        }
        if self.unacknowledged.is_empty() {
            return Ok(None);
        }
        self.acknowledgement().await.map(Some)
    }

    /// Closes the request that is filling, after waiting for room in the window.
    async fn close(&mut self) -> Result<Option<Acknowledgement>, ClientError> {
        let full = self.unacknowledged.len() >= self.settings.window;
        let acknowledged = if full { Some(self.acknowledgement().await?) } else { None };
        self.unacknowledged.push_back(std::mem::take(&mut self.filling));
        self.filling_bytes = 0;
        // Should this fail, the next wait finds out why.
        if self.connected().await.is_err() {
            self.link = None;
        }
        Ok(acknowledged)
    }

    /// Waits for the oldest request. Connects again as often as it may.
    async fn acknowledgement(&mut self) -> Result<Acknowledgement, ClientError> {
        loop {
            match self.attempt().await {
                Ok(acknowledged) => {
                    self.unacknowledged.pop_front();
                    (self.worked, self.failed) = (true, 0);
                    return Ok(acknowledged);
                }
                Err(error) => self.recover(error).await?,
            }
        }
    }

    async fn attempt(&mut self) -> Result<Acknowledgement, ClientError> {
        let oldest = self.unacknowledged.front().map_or(0, Vec::len);
        let patience = self.settings.patience;
        self.connected().await?.receive(oldest, patience).await
    }

    /// The stream, with every full request on its way.
    async fn connected(&mut self) -> Result<&mut Link, ClientError> {
        let link = match &mut self.link {
            Some(link) => link,
            none => none.insert(Link::open(&mut self.client, &self.unacknowledged, &self.settings).await?),
        };
        link.send(&self.unacknowledged)?;
        Ok(link)
    }

    /// Waits until it may be tried again, or gives up.
    async fn recover(&mut self, error: ClientError) -> Result<(), ClientError> {
        self.link = None;
        self.failed += 1;
        let attempts = if self.worked { self.settings.attempts } else { self.backoff.attempts };
        if !error.is_transient() || self.failed >= attempts {
            return Err(error);
        }
        sleep(self.backoff.delay(self.failed, &error)).await;
        Ok(())
    }
}
