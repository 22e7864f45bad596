//! What a fit prints as JSON, and a score reads again.

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize, Serializer};
use tenure_clv::Fit;

use super::{
    args::{ReadAs, Unit},
    model::{Fitted, ModelName},
};

/// One fit.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct FitFile {
    pub(crate) model: ModelName,
    /// The unit of time of the parameters.
    pub(crate) unit: Unit,
    /// By their names in the literature.
    pub(crate) parameters: BTreeMap<String, f64>,
    /// Of the parameters; null where the likelihood is flat or a parameter is at the end of its range.
    pub(crate) standard_errors: Option<BTreeMap<String, f64>>,
    /// Natural logarithm, over all customers.
    pub(crate) log_likelihood: f64,
    #[serde(serialize_with = "whole")]
    pub(crate) customers: f64,
    /// Different histories among them.
    pub(crate) cells: usize,
    pub(crate) converged: bool,
    pub(crate) diagnostics: Diagnostics,
    /// Of the parameters in the order of `parameter_order`, row by row; null like the standard errors.
    pub(crate) covariance: Option<Vec<Vec<f64>>>,
    pub(crate) parameter_order: Vec<String>,
    /// How the file was read.
    #[serde(default)]
    pub(crate) read_as: ReadAs,
    /// How much customers spend on a purchase, if the file says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) margin: Option<Box<FitFile>>,
}

/// How far to trust it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Diagnostics {
    /// Largest derivative by a log-parameter, for each customer.
    pub(crate) gradient_norm: f64,
    pub(crate) iterations: u32,
    pub(crate) condition_number: Option<f64>,
    /// Akaike's criterion, less is better.
    pub(crate) aic: f64,
    /// Schwarz's criterion, less is better.
    pub(crate) bic: f64,
    /// Seconds that the fit took; reading the file comes before.
    pub(crate) seconds: f64,
    /// What a reader should know.
    pub(crate) warnings: Vec<String>,
}

/// What was fitted to.
#[derive(Debug, Clone)]
pub(crate) struct Fitting {
    pub(crate) model: ModelName,
    pub(crate) unit: Unit,
    pub(crate) customers: f64,
    pub(crate) cells: usize,
    pub(crate) seconds: f64,
    pub(crate) notes: Vec<String>,
}

impl FitFile {
    pub(crate) fn of(fit: &Fit<Fitted>, fitting: Fitting) -> Self {
        let names = fitting.model.parameters();
        let by_name =
            |numbers: &[f64]| names.iter().map(|name| (*name).to_owned()).zip(numbers.iter().copied()).collect();
        let count = names.len() as f64;
        let mut warnings: Vec<String> = fit.warnings.iter().map(ToString::to_string).collect();
        warnings.extend(fitting.notes);
        Self {
            model: fitting.model,
            unit: fitting.unit,
            parameters: by_name(&fit.model.vector()),
            standard_errors: fit.standard_errors.as_deref().map(by_name),
            log_likelihood: fit.log_likelihood,
            customers: fitting.customers,
            cells: fitting.cells,
            converged: fit.converged,
            diagnostics: Diagnostics {
                gradient_norm: fit.gradient_norm,
                iterations: fit.iterations,
                condition_number: fit.condition_number,
                aic: 2.0 * (count - fit.log_likelihood),
                bic: count * fitting.customers.ln() - 2.0 * fit.log_likelihood,
                seconds: fitting.seconds,
                warnings,
            },
            covariance: fit.covariance.clone(),
            parameter_order: names.iter().map(|name| (*name).to_owned()).collect(),
            read_as: ReadAs::default(),
            margin: None,
        }
    }

    /// Reads what `tenure value fit --json` printed.
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read(path).with_context(|| format!("can't read the fit {}", path.display()))?;
        serde_json::from_slice(&text).with_context(|| format!("the fit {}", path.display()))
    }

    /// The model.
    ///
    /// # Errors
    /// When the search had not converged, or a parameter is missing or out of its range.
    pub(crate) fn fitted(&self) -> anyhow::Result<Fitted> {
        if !self.converged {
            bail!("the fit of {} did not converge: its parameters mean nothing", self.model);
        }
        let names = self.model.parameters();
        let missing: Vec<&str> = names.iter().copied().filter(|name| !self.parameters.contains_key(*name)).collect();
        if !missing.is_empty() {
            bail!("the fit of {} has no parameter {}", self.model, missing.join(", "));
        }
        let vector: Vec<f64> = names.iter().map(|name| self.parameters[*name]).collect();
        Fitted::new(self.model, &vector).with_context(|| format!("the fit of {}", self.model))
    }

    /// For a person.
    pub(crate) fn text(&self) -> String {
        let mut lines = vec![format!(
            "{}: {} customers, {} different histories, time in {}",
            self.model,
            self.customers,
            self.cells,
            self.unit.many()
        )];
        for name in &self.parameter_order {
            let error = self
                .standard_errors
                .as_ref()
                .map_or("no standard error".to_owned(), |errors| format!("standard error {:.6}", errors[name]));
            lines.push(format!("  {name:6} {:14.6}   {error}", self.parameters[name]));
        }
        let Diagnostics { gradient_norm, iterations, aic, bic, seconds, warnings, .. } = &self.diagnostics;
        lines.push(format!("log-likelihood {:.4}, AIC {aic:.1}, BIC {bic:.1}", self.log_likelihood));
        let ended = if self.converged { "converged" } else { "NOT CONVERGED" };
        lines.push(format!("{ended} in {iterations} steps, {seconds:.3} s; gradient {gradient_norm:.1e} a customer"));
        lines.extend(warnings.iter().map(|warning| format!("warning: {warning}")));
        lines.extend(self.margin.iter().map(|margin| format!("\n{}", margin.text())));
        lines.join("\n")
    }
}

/// A number of customers without a decimal point, if it is whole.
fn whole<S: Serializer>(number: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    if number.fract() == 0.0 && (0.0..9e15).contains(number) {
        serializer.serialize_u64(*number as u64)
    } else {
        serializer.serialize_f64(*number)
    }
}
