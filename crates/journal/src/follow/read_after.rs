//! Reading what was written: a read with a token waits until its service has followed that far.

use std::time::Duration;

use tenure_kernel::{Reason, Refusal};
use tenure_store::{Store, StoreError};
use tokio::time::Instant;

use super::{followed::Followed, projection::Follow};
use crate::{
    Journal, ReadToken,
    input::{self, Reached},
};

/// How long a read without a deadline waits.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often the table is looked at for what other processes followed.
const POLL: Duration = Duration::from_millis(20);
/// What is left of the deadline for the read itself.
const MARGIN: Duration = Duration::from_millis(50);

/// Waits for what a token names.
#[derive(Debug, Clone)]
pub struct ReadAfter {
    pub(crate) store: Store,
    pub(crate) reached: Reached,
    pub(crate) projection: &'static str,
    pub(crate) follows: &'static [Follow],
    pub(crate) journal: Option<Journal>,
}

impl ReadAfter {
    /// Waits until a read has seen what a token names; at once without one.
    ///
    /// # Errors
    /// `READ_TOKEN_INVALID`; `DEADLINE` with how many entries are still to come; `UNAVAILABLE`.
    pub async fn wait(&self, token: &str, deadline: Option<Instant>) -> Result<(), Refusal> {
        let Some(token) = ReadToken::decode(token)? else { return Ok(()) };
        if self.is_written_here(&token) {
            return Ok(());
        }
        if !self.follows.iter().any(|follow| follow.journal == token.journal) {
            return Err(Refusal::new(Reason::ReadTokenInvalid, "the read token's journal is not followed here"));
        }
        let until = deadline
            .map_or_else(|| Instant::now() + PATIENCE, |deadline| deadline.checked_sub(MARGIN).unwrap_or(deadline));
        let mut changed = self.reached.watch();
        loop {
            changed.mark_unchanged();
            let behind = self.behind(&token).await?;
            if behind == 0 {
                return Ok(());
            }
            if Instant::now() >= until {
                return Err(Refusal::new(Reason::Deadline, "the read has not seen the write yet")
                    .with("entries_behind", behind.to_string()));
            }
            tenure_server::waits();
            let _ = tokio::time::timeout(POLL, changed.changed()).await;
        }
    }

    /// Whether what a token names is seen by every read: it was written together with the entry, unless the service follows its own journal.
    fn is_written_here(&self, token: &ReadToken) -> bool {
        self.journal.as_ref().is_some_and(|own| own.name() == token.journal)
            && !self.follows.iter().any(|follow| follow.journal == token.journal)
    }

    /// How many entries are still to come, at the place that is furthest behind.
    async fn behind(&self, token: &ReadToken) -> Result<i64, StoreError> {
        Ok(self.followed().await?.behind(self.follows, token))
    }

    /// How far the service has followed by now. What is read from now on reflects at least that.
    ///
    /// # Errors
    /// When the database can't be reached.
    pub async fn followed(&self) -> Result<Followed, StoreError> {
        let positions = input::positions(&self.store, &self.reached, self.projection).await?;
        Ok(Followed::of(&positions))
    }

    /// Whether what was read at some point reflects what a token names.
    #[must_use]
    pub fn reflects(&self, followed: &Followed, token: &str) -> bool {
        match ReadToken::decode(token) {
            Ok(None) => true,
            Ok(Some(token)) if self.is_written_here(&token) => true,
            Ok(Some(token)) => {
                let known = self.follows.iter().any(|follow| follow.journal == token.journal);
                known && followed.behind(self.follows, &token) == 0
            }
            Err(_) => false,
        }
    }
}
