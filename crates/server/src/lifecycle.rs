//! The life of a process: its tasks, and how it stops.

use std::{
    error::Error,
    fmt,
    future::Future,
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, PoisonError},
};

use futures::FutureExt;
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    task::JoinHandle,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// The tasks of a process. When one of them fails or panics, all are told to stop.
#[derive(Debug, Clone, Default)]
pub struct Tasks {
    stopping: CancellationToken,
    tracker: TaskTracker,
    failure: Arc<Mutex<Option<TaskFailed>>>,
}

/// A task that ended the process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskFailed {
    /// The task's name.
    pub task: String,
    /// What it said, or "panicked".
    pub why: String,
}

impl fmt::Display for TaskFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "task {}: {}", self.task, self.why)
    }
}

impl Error for TaskFailed {}

impl Tasks {
    /// No tasks yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Is cancelled when the process shall stop. A task that runs on must watch it, and end in good order.
    #[must_use]
    pub fn stopping(&self) -> CancellationToken {
        self.stopping.clone()
    }

    /// Starts a task. One that fails or panics stops the process; one that ends well does not.
    pub fn spawn<E: fmt::Display>(
        &self,
        name: impl Into<String>,
        task: impl Future<Output = Result<(), E>> + Send + 'static,
    ) {
        let (tasks, name) = (self.clone(), name.into());
        self.tracker.spawn(async move {
            let why = match AssertUnwindSafe(task).catch_unwind().await {
                Ok(Ok(())) => return,
                Ok(Err(error)) => error.to_string(),
                Err(_) => "panicked".to_owned(),
            };
            tasks.fail(TaskFailed { task: name, why });
        });
    }

    /// The first failure is kept: later ones mostly follow from it.
    fn fail(&self, failure: TaskFailed) {
        tracing::error!(task = %failure.task, why = %failure.why, "a task failed; the process stops");
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(failure);
        self.stopping.cancel();
    }

    /// Runs until the process is told to stop (ctrl-c, SIGTERM or [`Self::stopping`]) or a task fails, and then until every
    /// task has ended. A second signal ends the process at once.
    ///
    /// # Errors
    /// The first task that failed.
    pub async fn run(self) -> Result<(), TaskFailed> {
        let signals = watch(self.stopping.clone());
        self.stopping.cancelled().await;
        self.tracker.close();
        self.tracker.wait().await;
        if let Some(signals) = signals {
            signals.abort();
        }
        match self.failure.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(failure) => Err(failure),
            None => Ok(()),
        }
    }
}

/// Watches for signals from now on.
fn watch(stopping: CancellationToken) -> Option<JoinHandle<()>> {
    match (signal(SignalKind::interrupt()), signal(SignalKind::terminate())) {
        (Ok(interrupt), Ok(terminate)) => Some(tokio::spawn(obey(interrupt, terminate, stopping))),
        _ => {
            tracing::warn!("signals can't be watched; stop the process with SIGKILL");
            None
        }
    }
}

/// The first signal asks every task to end, the second ends the process.
async fn obey(mut interrupt: Signal, mut terminate: Signal, stopping: CancellationToken) {
    loop {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        if stopping.is_cancelled() {
            tracing::warn!("told to stop again; ending at once");
            std::process::exit(130);
        }
        tracing::info!("told to stop; ending the work under way");
        stopping.cancel();
    }
}
