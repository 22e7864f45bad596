//! The story of a customer, on the wire.

use prost::Message;
use tenure_kernel::{Refusal, Timestamp, TouchpointId};
use tenure_proto::expectation::v1::{self as pb, StoryEventKind as Kind, get_customer_story_request::By};
use tenure_server::{Violations, page_size, wire};

use super::{
    complaint::{action, standing},
    dissonance, field, matter, promise, survey,
};
use crate::{
    app::{GetCustomerStory, judge::Judged, person::Person},
    domain::{
        complaint::step::StepId,
        contact::Contact,
        promise::{Matter, hashed},
        quantity::Unit,
        standing::Standing,
    },
    store::reservation::Reservation,
};

/// Where an event stands: by time, and then by what it is.
pub(crate) type Place = (Timestamp, [u8; 16]);

pub(crate) fn get_customer_story(request: pb::GetCustomerStoryRequest) -> Result<GetCustomerStory, Refusal> {
    let mut wrong = Violations::new();
    let by = request.by.as_ref().map(|by| match by {
        By::PersonId(text) => field::By::Person(text),
        By::RecordId(text) => field::By::Record(text),
    });
    let who = field::who(&mut wrong, by);
    let size = wrong.take(page_size(request.page_size, 100, 500));
    let (Some(who), Some(page_size)) = (who, size) else {
        return Err(Refusal::fields(wrong.into_inner()));
    };
    Ok(GetCustomerStory { who, page_size, page_token: request.page_token, read_after: request.read_after })
}

/// All events, in no order.
pub(crate) fn events(
    person: &Person,
    judged: &Judged<'_>,
    reservations: &[Reservation],
) -> Vec<(Place, pb::StoryEvent)> {
    let mut story = Story { now: judged.now, events: Vec::new() };
    judged.standings.iter().for_each(|standing| story.promise(standing, judged));
    let history = &person.history;
    let unpromised = &judged.assessment.expectation_missing;
    let outcomes = history.facts.outcomes.iter().filter(|outcome| unpromised.contains(&outcome.touchpoint));
    for outcome in outcomes {
        story.add(
            Kind::Outcome,
            outcome.at,
            (Some(&outcome.matter), Some(outcome.touchpoint)),
            pb::StoryEvent::default(),
        );
    }
    history.facts.contacts.iter().for_each(|contact| story.contact(contact));
    for recovery in &history.facts.recoveries {
        let (kind, at) = match recovery.accepted_at {
            Some(at) => (Kind::RecoveryAccepted, at),
            None => (Kind::RecoveryOffered, recovery.sent_at),
        };
        story.add(kind, at, (Some(&recovery.matter), Some(recovery.touchpoint)), pb::StoryEvent::default());
    }
    for complaint in &judged.complaints {
        for (taken, state) in &complaint.steps {
            let told = match taken.id {
                StepId::Told(touchpoint) => Some(touchpoint),
                StepId::Recorded(_) => None,
            };
            let event = pb::StoryEvent {
                complaint_id: complaint.id.to_string(),
                action: Some(action::message(&taken.action)),
                complaint_state: standing::state(*state).into(),
                actor_ref: taken.actor.clone(),
                ..pb::StoryEvent::default()
            };
            story.add(Kind::ComplaintStep, taken.at, (Some(&complaint.matter), told), event);
        }
    }
    for sent in &history.sent {
        let survey = Some(pb::Survey { kind: survey::kind_message(sent.kind).into(), ..pb::Survey::default() });
        let event = pb::StoryEvent { survey, ..pb::StoryEvent::default() };
        story.add(Kind::SurveySent, sent.at, (None, Some(sent.touchpoint)), event);
    }
    for rating in &history.ratings {
        story.add(Kind::Rated, rating.at, (None, Some(rating.touchpoint)), pb::StoryEvent::default());
    }
    for one in reservations {
        let (survey, decision) = (one.entry.survey.clone(), one.entry.decision.clone());
        let event = pb::StoryEvent { survey, decision, ..pb::StoryEvent::default() };
        story.add(Kind::SurveyDecided, one.reserved_at, (None, None), event);
    }
    story.events
}

struct Story {
    now: Timestamp,
    events: Vec<(Place, pb::StoryEvent)>,
}

impl Story {
    /// Adds what has happened by now.
    fn add(
        &mut self,
        kind: Kind,
        at: Timestamp,
        (about, touchpoint): (Option<&Matter>, Option<TouchpointId>),
        event: pb::StoryEvent,
    ) {
        if at > self.now {
            return;
        }
        let event = pb::StoryEvent {
            event_time: Some(wire::to_wire(at)),
            kind: kind.into(),
            matter: about.map(matter::message),
            touchpoint_id: touchpoint.map(|id| id.to_string()).unwrap_or_default(),
            ..event
        };
        // What the event is, whatever is made of it meanwhile.
        let promise = event.promise.as_ref().map(|promise| pb::Promise {
            promise_id: promise.promise_id.clone(),
            due_time: promise.due_time,
            quantity: promise.quantity,
            ..pb::Promise::default()
        });
        let named = pb::StoryEvent { gap: None, promise, ..event.clone() };
        let id = hashed("story", &[&named.encode_to_vec()]);
        self.events.push(((at, id), event));
    }

    fn promise(&mut self, standing: &Standing, judged: &Judged<'_>) {
        let message = promise::message(standing);
        let products = judged.assessment.products.iter();
        let mut factors = products.flat_map(|product| product.factors.iter().map(move |factor| (product, factor)));
        let own = factors.find(|(_, factor)| {
            factor.promise == Some(standing.promise.id) && factor.touchpoint == standing.promise.touchpoint
        });
        let (assessment, weights) = (&judged.assessment, &judged.rules.weights);
        let gap = own.map(|(product, factor)| dissonance::factor(factor, product, assessment, weights));
        let about = |touchpoint| (Some(&standing.promise.matter), touchpoint);
        let event = pb::StoryEvent { promise: Some(message), ..pb::StoryEvent::default() };
        let (made, broken) = (standing.promise.made_at, standing.broken_at);
        self.add(Kind::PromiseMade, made, about(Some(standing.promise.touchpoint)), event.clone());
        let event = pb::StoryEvent { gap, ..event };
        if let Some(broken) = broken {
            self.add(Kind::PromiseBroken, broken, about(None), event.clone());
        }
        if let Some(settled) = standing.settled_at {
            let outcome = standing.outcome.as_ref().map(|outcome| outcome.touchpoint);
            self.add(Kind::PromiseSettled, settled, about(outcome), event);
        }
    }

    fn contact(&mut self, contact: &Contact) {
        let waited = contact.wait.and_then(|wait| wait.in_unit(Unit::Second));
        #[expect(clippy::cast_possible_truncation, reason = "it came as whole seconds")]
        let wait_seconds = waited.map_or(0, |seconds| seconds as i64);
        let transfers = contact.transfers.and_then(|transfers| i32::try_from(transfers).ok()).unwrap_or_default();
        let event = pb::StoryEvent { wait_seconds, transfers, ..pb::StoryEvent::default() };
        self.add(Kind::Contact, contact.at, (contact.matter.as_ref(), Some(contact.touchpoint)), event);
    }
}
