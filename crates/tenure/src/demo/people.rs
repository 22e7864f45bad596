//! Asking identity who the records belong to, and holding that against the truth.

use std::collections::HashMap;

use futures::{StreamExt, TryStreamExt, stream};
use tenure_client::Client;
use tenure_proto::identity::v1::{GetPersonRequest, get_person_request::By};
use tenure_simulator::{Comparison, Simulation};

use super::{feed::Fed, seen::seen};

/// Look-ups under way at once.
const IN_FLIGHT: usize = 16;

pub(crate) async fn find(client: &Client, simulation: &Simulation, fed: &Fed) -> anyhow::Result<Comparison> {
    let found: Vec<(String, &(String, String))> = stream::iter(&fed.records)
        .map(|(record_id, key)| async move { anyhow::Ok((person(client, record_id, &fed.read_token).await?, key)) })
        .buffer_unordered(IN_FLIGHT)
        .try_collect()
        .await?;
    let mut groups: HashMap<String, Vec<&(String, String)>> = HashMap::new();
    for (person, key) in found {
        groups.entry(person).or_default().push(key);
    }
    let groups =
        groups.into_values().map(|keys| keys.into_iter().map(|(source, key)| (source, key)).collect::<Vec<_>>());
    Ok(simulation.truth().compare(groups))
}

async fn person(client: &Client, record_id: &str, read_token: &str) -> anyhow::Result<String> {
    let request = GetPersonRequest { by: Some(By::RecordId(record_id.to_owned())), read_after: read_token.to_owned() };
    let answer = seen(async || client.identity().get_person(request.clone()).await).await?;
    Ok(answer.person.unwrap_or_default().person_id)
}
