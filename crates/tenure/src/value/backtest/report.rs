//! What a backtest found, for a person or as JSON.

use std::{collections::BTreeMap, fmt::Write as _};

use serde::Serialize;
use tenure_clv::backtest::Group;

use crate::value::{args::Unit, model::ModelName};

/// How a forecast did.
#[derive(Debug, Serialize)]
pub(crate) struct Backtest {
    pub(crate) model: ModelName,
    pub(crate) unit: Unit,
    pub(crate) calibration_end: String,
    pub(crate) holdout: f64,
    pub(crate) holdout_end: String,
    /// Those who had bought by the calibration end.
    pub(crate) customers: usize,
    /// Purchases of all of them in the holdout.
    pub(crate) predicted: f64,
    pub(crate) actual: f64,
    /// For each customer.
    pub(crate) mae: f64,
    pub(crate) rmse: f64,
    /// -0.1 is ten per cent too little.
    pub(crate) bias: Option<f64>,
    pub(crate) correlation: Option<f64>,
    /// Where all purchases should lie with 95 %.
    pub(crate) predicted_interval: Option<[f64; 2]>,
    /// Whether they do not.
    pub(crate) alarm: bool,
    pub(crate) top_share: Share,
    pub(crate) baselines: Vec<Baseline>,
    /// Ten groups by prediction, the lowest first.
    pub(crate) deciles: Vec<GroupReport>,
    /// Groups by past repeats.
    pub(crate) by_frequency: Vec<FrequencyGroup>,
    /// The same in money, where amounts are known.
    pub(crate) value: Option<Money>,
    pub(crate) log_likelihood: f64,
    pub(crate) parameters: BTreeMap<String, f64>,
    pub(crate) warnings: Vec<String>,
    /// From earlier ends.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) earlier: Vec<Backtest>,
}

/// What those with the highest predictions stand for.
#[derive(Debug, Serialize)]
pub(crate) struct Share {
    /// How many of the customers.
    pub(crate) part: f64,
    /// How much of all that happened.
    pub(crate) captured: Option<f64>,
    /// How much there was to capture.
    pub(crate) oracle: Option<f64>,
}

/// A forecast without a model.
#[derive(Debug, Serialize)]
pub(crate) struct Baseline {
    pub(crate) name: &'static str,
    pub(crate) mae: f64,
    pub(crate) rmse: f64,
    pub(crate) bias: Option<f64>,
    pub(crate) captured: Option<f64>,
}

/// Customers that are alike, by customer.
#[derive(Debug, Serialize)]
pub(crate) struct GroupReport {
    customers: usize,
    predicted: f64,
    actual: f64,
}

/// The same by past repeats.
#[derive(Debug, Serialize)]
pub(crate) struct FrequencyGroup {
    /// "0", "1", ..., "7+".
    frequency: String,
    #[serde(flatten)]
    group: GroupReport,
}

/// The forecast in money.
#[derive(Debug, Serialize)]
pub(crate) struct Money {
    pub(crate) predicted: f64,
    pub(crate) actual: f64,
    pub(crate) mae: f64,
    pub(crate) rmse: f64,
    pub(crate) bias: Option<f64>,
    pub(crate) top_share: Share,
    /// What ranking by all that was paid before captures.
    pub(crate) captured_by_past_spend: Option<f64>,
}

impl From<Group> for GroupReport {
    fn from(Group { customers, predicted, actual }: Group) -> Self {
        Self { customers, predicted, actual }
    }
}

impl FrequencyGroup {
    pub(super) fn of(frequency: u32, most: u32, group: Group) -> Self {
        let more = if frequency == most { "+" } else { "" };
        Self { frequency: format!("{frequency}{more}"), group: group.into() }
    }
}

fn percent(part: Option<f64>) -> String {
    part.map_or("-".to_owned(), |part| format!("{:+.1} %", 100.0 * part))
}

impl Backtest {
    pub(super) fn with_earlier(self, earlier: Vec<Self>) -> Self {
        Self { earlier, ..self }
    }

    /// For a person.
    pub(super) fn text(&self) -> String {
        let mut out = format!(
            "{}, learned up to {}, {} {} ahead: {} customers\n",
            self.model,
            self.calibration_end,
            self.holdout,
            self.unit.many(),
            self.customers
        );
        let _ =
            writeln!(out, "             MAE     RMSE    bias     top {:.0} % captures", 100.0 * self.top_share.part);
        let mut line = |name: &str, mae: f64, rmse: f64, bias: Option<f64>, captured: Option<f64>| {
            let captured = captured.map_or("-".to_owned(), |part| format!("{:.1} %", 100.0 * part));
            let _ = writeln!(out, "{name:12} {mae:.4}  {rmse:.4}  {:8} {captured}", percent(bias));
        };
        line(&self.model.to_string(), self.mae, self.rmse, self.bias, self.top_share.captured);
        for Baseline { name, mae, rmse, bias, captured } in &self.baselines {
            line(name, *mae, *rmse, *bias, *captured);
        }
        let _ = writeln!(out, "purchases    {:.0} predicted, {:.0} made", self.predicted, self.actual);
        if let Some([low, high]) = self.predicted_interval {
            let said = if self.alarm { "ALARM: what was made lies outside" } else { "what was made lies inside" };
            let _ = writeln!(out, "             {low:.0} to {high:.0} with 95 %; {said}");
        }
        for FrequencyGroup { frequency, group } in &self.by_frequency {
            let GroupReport { customers, predicted, actual } = group;
            let _ = writeln!(
                out,
                "{frequency:>3} repeats  {predicted:.3} predicted, {actual:.3} made, {customers} customers"
            );
        }
        if let Some(money) = &self.value {
            let _ = writeln!(
                out,
                "money        {:.2} predicted, {:.2} paid ({})",
                money.predicted,
                money.actual,
                percent(money.bias)
            );
        }
        self.warnings.iter().for_each(|warning| out.push_str(&format!("warning: {warning}\n")));
        self.earlier.iter().for_each(|earlier| out.push_str(&format!("\n{}\n", earlier.text())));
        out.trim_end().to_owned()
    }
}
