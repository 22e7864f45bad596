//! Asking value what the base is worth, and profile who the best customers are.

use tenure_client::Client;
use tenure_kernel::Timestamp;
use tenure_proto::{
    collector::v1::TouchpointType,
    profile::v1::{GetProfileRequest, get_profile_request::By},
    value::v1::{
        CostRate, CustomerScore, FitModelRequest, GetBaseValueRequest, GetBaseValueResponse, Model,
        RegisterCostRatesRequest,
    },
};
use tenure_simulator::{LINES, Settings};
use tonic::Code;

use super::{feed::Fed, seen::seen};

const CURRENCY: &str = "EUR";
const TOP: i32 = 5;

/// A customer worth much.
pub(crate) struct Best {
    pub(crate) person_id: String,
    pub(crate) name: String,
    pub(crate) score: CustomerScore,
}

/// What the base is worth.
pub(crate) struct Worth {
    pub(crate) model: Model,
    pub(crate) base: GetBaseValueResponse,
    pub(crate) top: Vec<Best>,
    /// What it is worth by product line; a line that few buy has no model.
    pub(crate) lines: Vec<(&'static str, GetBaseValueResponse)>,
}

pub(crate) async fn ask(client: &Client, settings: &Settings, fed: &Fed) -> anyhow::Result<Worth> {
    let (seconds, nanos) = Timestamp::from_day(settings.end_day - 1).to_parts();
    let last_day = prost_types::Timestamp { seconds, nanos };
    let fit = FitModelRequest {
        request_id: "demo".to_owned(),
        currency_code: CURRENCY.to_owned(),
        period_end: Some(last_day),
        read_after: fed.read_token.clone(),
        ..Default::default()
    };
    let model = seen(async || client.value().fit_model(fit.clone()).await).await?.model.unwrap_or_default();
    client.value().register_cost_rates(rates()).await?;
    let base = GetBaseValueRequest {
        currency_code: CURRENCY.to_owned(),
        as_of: Some(last_day),
        top_size: TOP,
        ..GetBaseValueRequest::default()
    };
    let mut base = client.value().get_base_value(base).await?.into_inner();
    let mut top = Vec::new();
    for score in std::mem::take(&mut base.top) {
        let person_id = score.summary.as_ref().map(|summary| summary.person_id.clone()).unwrap_or_default();
        let name = name(client, &person_id, &fed.read_token).await?;
        top.push(Best { person_id, name, score });
    }
    let mut lines = Vec::new();
    for line in LINES {
        lines.extend(of_line(client, last_day, line).await?.map(|worth| (line, worth)));
    }
    Ok(Worth { model, base, top, lines })
}

/// What a product line is worth by a model of its own; `None`: too few buy it to learn from.
async fn of_line(
    client: &Client,
    last_day: prost_types::Timestamp,
    line: &str,
) -> anyhow::Result<Option<GetBaseValueResponse>> {
    let fit = FitModelRequest {
        request_id: format!("demo-{line}"),
        currency_code: CURRENCY.to_owned(),
        period_end: Some(last_day),
        line_code: line.to_owned(),
        ..Default::default()
    };
    match client.value().fit_model(fit).await {
        Ok(_) => {}
        Err(status) if status.code() == Code::FailedPrecondition => return Ok(None),
        Err(status) => return Err(status.into()),
    }
    let base = GetBaseValueRequest {
        currency_code: CURRENCY.to_owned(),
        as_of: Some(last_day),
        line_code: line.to_owned(),
        ..GetBaseValueRequest::default()
    };
    Ok(Some(client.value().get_base_value(base).await?.into_inner()))
}

/// What a shop might reckon with.
fn rates() -> RegisterCostRatesRequest {
    let rate = |kind: TouchpointType, minor_units, hourly_minor_units| CostRate {
        r#type: kind.into(),
        minor_units,
        hourly_minor_units,
        ..CostRate::default()
    };
    RegisterCostRatesRequest {
        request_id: "demo".to_owned(),
        currency_code: CURRENCY.to_owned(),
        earned_part: Some(0.30),
        rates: vec![
            rate(TouchpointType::CallEnded, 100, 4_200),
            rate(TouchpointType::ComplaintReceived, 1_500, 0),
            rate(TouchpointType::ReturnReceived, 700, 0),
            // What was sold comes back with it.
            CostRate { paid_part: Some(0.30), ..rate(TouchpointType::RefundIssued, 100, 0) },
        ],
    }
}

async fn name(client: &Client, person_id: &str, read_token: &str) -> anyhow::Result<String> {
    let request = GetProfileRequest {
        by: Some(By::PersonId(person_id.to_owned())),
        read_after: read_token.to_owned(),
        ..Default::default()
    };
    let profile = seen(async || client.profile().get_profile(request.clone()).await).await?.profile.unwrap_or_default();
    let part = |path: &str| profile.fields.iter().find(|field| field.path == path).map(|field| field.value.as_str());
    let parts = ["name.given_name", "name.family_name_prefix", "name.family_name"].into_iter().filter_map(part);
    Ok(parts.collect::<Vec<_>>().join(" "))
}
