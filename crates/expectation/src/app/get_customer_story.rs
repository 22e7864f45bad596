//! Tells the story of a customer.

use tenure_kernel::Refusal;
use tenure_proto::expectation::v1::StoryEvent;
use tenure_server::Call;

use super::{
    App, Paged, feeds,
    person::{self, Who},
};
use crate::{
    api::convert::story::{self, Place},
    store::reservation,
};

const STORY: &str = "tenure.expectation.v1.ExpectationService/GetCustomerStory";

/// Whose story.
#[derive(Debug, Clone)]
pub(crate) struct GetCustomerStory {
    pub(crate) who: Who,
    pub(crate) page_size: usize,
    pub(crate) page_token: String,
    pub(crate) read_after: String,
}

impl App {
    /// A page of the story, the newest first.
    pub(crate) async fn get_customer_story(
        &self,
        call: &Call,
        ask: GetCustomerStory,
    ) -> Result<Paged<StoryEvent>, Refusal> {
        let tenant = call.tenant()?;
        let bound = format!("{:?}", ask.who).into_bytes();
        let before = match ask.page_token.as_str() {
            "" => None,
            token => read_place(&self.tokens.decode(tenant, STORY, &bound, token)?),
        };
        self.read_after.wait(&ask.read_after, call.deadline()).await?;
        let (_, records) = person::find(&self.store, tenant, ask.who).await?;
        let reservations = reservation::of_records(&self.store, tenant, &records).await?;
        let person = person::load(&self.store, tenant, records).await?;
        let feeds = feeds(&self.store, tenant).await?;
        let rules = self.rules(&self.store, tenant).await?;
        let judged = rules.judge(&person, &feeds, self.refolder.now());
        let mut events = story::events(&person, &judged, &reservations);
        events.sort_unstable_by_key(|(place, _)| std::cmp::Reverse(*place));
        events.retain(|(place, _)| before.is_none_or(|before| *place < before));
        let token = |(place, _): &(Place, StoryEvent)| self.tokens.encode(tenant, STORY, &bound, &write_place(*place));
        Ok(Paged::of(events, ask.page_size, token).map(|(_, event)| event))
    }
}

fn write_place((at, id): Place) -> Vec<u8> {
    [at.0.to_be_bytes().as_slice(), &id].concat()
}

/// A place of ours; its tag was checked.
fn read_place(bytes: &[u8]) -> Option<Place> {
    let (at, id) = bytes.split_first_chunk::<8>()?;
    Some((tenure_kernel::Timestamp(i64::from_be_bytes(*at)), id.try_into().ok()?))
}
