//! The way into the collector: for real, or to see what would happen.

use tenure_client::{Client, ClientError, StreamSettings, TouchpointStream};
use tenure_proto::collector::v1::{Outcome, RecordTouchpointsRequest, Touchpoint};

const BATCH: usize = 500;

/// Where touchpoints go.
pub(super) enum Door {
    /// In.
    Stream(Box<TouchpointStream>),
    /// Up to the collector's judgement; nothing is stored.
    DryRun { client: Client, batch: Vec<Touchpoint> },
}

/// What became of some touchpoints: of the oldest ones that had no answer yet, in order.
#[derive(Default)]
pub(super) struct Answer {
    pub(super) outcomes: Vec<Outcome>,
    pub(super) read_token: String,
}

impl Door {
    pub(super) fn new(client: &Client, dry_run: bool) -> Self {
        if dry_run {
            return Self::DryRun { client: client.clone(), batch: Vec::new() };
        }
        Self::Stream(Box::new(client.touchpoint_stream(StreamSettings::default())))
    }

    /// Sends a touchpoint, and returns an answer if one was due.
    pub(super) async fn send(&mut self, touchpoint: Touchpoint) -> Result<Option<Answer>, ClientError> {
        match self {
            Self::Stream(stream) => Ok(stream.send(touchpoint).await?.map(Answer::from)),
            Self::DryRun { client, batch } => {
                batch.push(touchpoint);
                if batch.len() < BATCH { Ok(None) } else { judge(client, batch).await.map(Some) }
            }
        }
    }

    /// The next answer; `None` when all have come.
    pub(super) async fn next(&mut self) -> Result<Option<Answer>, ClientError> {
        match self {
            Self::Stream(stream) => Ok(stream.next().await?.map(Answer::from)),
            Self::DryRun { batch, .. } if batch.is_empty() => Ok(None),
            Self::DryRun { client, batch } => judge(client, batch).await.map(Some),
        }
    }
}

async fn judge(client: &Client, batch: &mut Vec<Touchpoint>) -> Result<Answer, ClientError> {
    let request = RecordTouchpointsRequest { touchpoints: std::mem::take(batch), validate_only: true };
    let outcomes = client.collector().record_touchpoints(request).await?.into_inner().outcomes;
    Ok(Answer { outcomes, read_token: String::new() })
}

impl From<tenure_client::Acknowledgement> for Answer {
    fn from(from: tenure_client::Acknowledgement) -> Self {
        Self { outcomes: from.outcomes, read_token: from.read_token }
    }
}
