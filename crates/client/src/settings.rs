//! What can be set.

use std::time::Duration;

/// How long calls may take and how they are repeated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// How long a unary call may take, its repeats included, when the request has no timeout of its own. 10 s.
    pub deadline: Duration,
    /// How often a call is tried at most, from 1. 5.
    pub attempts: u32,
    /// The longest wait before the first repeat; the limit doubles with each further one. 100 ms.
    pub backoff: Duration,
    /// What that limit never exceeds. 5 s.
    pub backoff_limit: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(10),
            attempts: 5,
            backoff: Duration::from_millis(100),
            backoff_limit: Duration::from_secs(5),
        }
    }
}

/// How touchpoints are streamed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamSettings {
    /// How many requests may be under way without acknowledgement, from 1. 4.
    pub window: usize,
    /// How many touchpoints go into a request, 1 to 500. 500.
    pub batch: usize,
    /// How long to wait for an acknowledgement before the connection is taken for dead. 60 s.
    pub patience: Duration,
    /// How often to connect again in a row, once a stream has worked. Before that [`Settings::attempts`] holds. 12.
    pub attempts: u32,
}

impl Default for StreamSettings {
    fn default() -> Self {
        Self { window: 4, batch: 500, patience: Duration::from_secs(60), attempts: 12 }
    }
}
