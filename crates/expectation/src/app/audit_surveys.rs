//! Looks back at surveys that were sent.

use tenure_kernel::{Reason, Refusal};
use tenure_server::Call;
use tokio::task::spawn_blocking;

use super::App;
use crate::domain::{
    audit::{Audit, Case, Scale, Terms, audit},
    survey::SurveyKind,
};

/// Which surveys.
#[derive(Debug)]
pub(crate) struct AuditSurveys {
    pub(crate) kind: SurveyKind,
    pub(crate) scale: Scale,
    pub(crate) cases: Vec<Case>,
}

impl App {
    /// What the guard would have said of surveys, and by what terms. Worked out where it holds nobody up.
    pub(crate) async fn audit_surveys(&self, call: &Call, ask: AuditSurveys) -> Result<(Audit, Terms), Refusal> {
        call.tenant()?;
        let terms = self.refolder.rules.terms(ask.kind, ask.scale);
        let working = spawn_blocking(move || (audit(&ask.cases, &terms), terms));
        working.await.map_err(|_| Refusal::new(Reason::Internal, "the audit panicked"))
    }
}
