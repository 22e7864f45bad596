//! What a provider does for us, whether it is in this process or elsewhere.

use tenure_kernel::Purpose;

use crate::domain::{
    descriptor::{Descriptor, Inputs},
    outcome::Answered,
};

/// A question to a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Tells the answers apart.
    pub id: String,
    /// What it is about.
    pub inputs: Inputs,
    /// What it is for.
    pub purposes: Vec<Purpose>,
}

/// What a provider says to a question.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The question, if it is one that was asked.
    pub id: String,
    /// What it says; `None` if that makes no sense.
    pub answered: Option<Answered>,
}

/// That a call failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Failed {
    /// It answered with an error, or could not be reached.
    #[error("the provider failed")]
    Error,
    /// It did not answer in time.
    #[error("the provider was too slow")]
    Timeout,
}

/// A provider. What it says is checked by [`crate::Guarded`], which all calls go through.
#[tonic::async_trait]
pub trait Provider: Send + Sync + 'static {
    /// What it is.
    ///
    /// # Errors
    /// When the call failed.
    async fn describe(&self) -> Result<Descriptor, Failed>;

    /// Answers questions.
    ///
    /// # Errors
    /// When the call failed.
    async fn enrich(&self, questions: &[Question]) -> Result<Vec<Answer>, Failed>;
}
