//! What the surveys of a file asked, and from what to what they were answered.

use anyhow::bail;
use clap::{Args, ValueEnum};
use serde::Serialize;
use tenure_expectation::audit::{Scale, SurveyKind};

/// What the surveys of a file asked.
#[derive(Debug, Args)]
pub(crate) struct Asked {
    /// What the surveys asked.
    #[arg(long, value_enum, default_value_t = Survey::Csat)]
    pub(crate) survey: Survey,
    /// The worst and the best answer, such as 1-5 [default: 1-5, and 0-10 for NPS, which has no other].
    #[arg(long)]
    scale: Option<String>,
}

/// What a survey asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Survey {
    /// How satisfied are you with this?
    Csat,
    /// How easy was it?
    Ces,
    /// Would you recommend us, after this?
    #[value(alias = "nps")]
    TransactionalNps,
    /// Would you recommend us, on the whole?
    RelationalNps,
    /// How satisfied are you with how we handled your complaint?
    ComplaintCsat,
}

impl Survey {
    pub(crate) fn kind(self) -> SurveyKind {
        match self {
            Self::Csat => SurveyKind::Csat,
            Self::Ces => SurveyKind::Ces,
            Self::TransactionalNps => SurveyKind::TransactionalNps,
            Self::RelationalNps => SurveyKind::RelationalNps,
            Self::ComplaintCsat => SurveyKind::ComplaintCsat,
        }
    }
}

impl Asked {
    /// From what to what they were answered.
    pub(crate) fn scale(&self) -> anyhow::Result<Scale> {
        let usual = Scale::of(self.survey.kind());
        let Some(told) = self.scale.as_deref() else { return Ok(usual) };
        let parts =
            told.split_once('-').and_then(|(lowest, highest)| Some((lowest.parse().ok()?, highest.parse().ok()?)));
        let Some(scale) = parts.and_then(|(lowest, highest)| Scale::new(lowest, highest)) else {
            bail!(
                "--scale: \"{told}\" is no scale; it has the worst and the best answer, such as 1-5 or 0-10, up to 1000"
            )
        };
        if usual == Scale::NPS && scale != usual {
            bail!("--scale: an NPS survey is answered from 0 to 10, not from {told}");
        }
        Ok(scale)
    }
}
