//! What a firm's own targets are held against: what was done with a complaint, and when it was the customer's turn.

use tenure_kernel::Timestamp;

use super::{
    Complaint, State,
    step::{Action, StepId},
};
use crate::domain::clock::service::{Goal, Pause, Work};

/// A question that waits for an answer.
struct Asked {
    from: Timestamp,
    replied: Option<Timestamp>,
}

impl Complaint {
    /// What counts for a goal.
    pub(crate) fn work(&self, goal: Goal) -> Work {
        let (pauses, replies) = self.pauses();
        let acknowledges =
            |action: &Action| matches!(action, Action::Acknowledge { .. } | Action::Respond(_) | Action::Accept);
        let done = match goal {
            // That it is reopened takes back no acknowledgement.
            Goal::Acknowledge => {
                self.steps.iter().find(|(step, _)| acknowledges(&step.action)).map(|(step, _)| step.at)
            }
            Goal::Respond => [self.responded_at, self.accepted_at].into_iter().flatten().min(),
        };
        let started = match goal {
            Goal::Acknowledge => self.received_at,
            Goal::Respond => self.reopened_at.unwrap_or(self.received_at),
        };
        Work { started, pauses, replies, done, ended: self.ended_at }
    }

    /// When the firm said that it waits for the customer, and when sources told that the customer had replied. What ends the
    /// waiting for the firm is the answer that it noted, or its next step.
    fn pauses(&self) -> (Vec<Pause>, Vec<Timestamp>) {
        let (mut pauses, mut replies, mut waits) = (Vec::new(), Vec::new(), None::<Asked>);
        for (step, state) in &self.steps {
            let noted = matches!(step.id, StepId::Recorded(_));
            match &step.action {
                Action::Ask { .. } if *state == State::AwaitingCustomer => {
                    let again = waits.as_ref().is_none_or(|asked| asked.replied.is_some());
                    if again {
                        pauses.extend(waits.take().map(|asked| asked.until(step.at)));
                        waits = Some(Asked { from: step.at, replied: None });
                    }
                }
                Action::Answer if noted => {
                    let asked = waits.take();
                    pauses.extend(asked.map(|asked| Pause { from: asked.from, until: Some(step.at) }));
                }
                Action::Answer => {
                    replies.push(step.at);
                    if let Some(asked) = &mut waits {
                        asked.replied = asked.replied.or(Some(step.at));
                    }
                }
                action if leaves(action) => pauses.extend(waits.take().map(|asked| asked.until(step.at))),
                _ => {}
            }
        }
        pauses.extend(waits.map(|asked| Pause { from: asked.from, until: asked.replied }));
        (pauses, replies)
    }
}

impl Asked {
    /// Over with the reply, or with what was done next.
    fn until(self, next: Timestamp) -> Pause {
        Pause { from: self.from, until: Some(self.replied.unwrap_or(next)) }
    }
}

/// Whether who does this waits for the customer no longer.
fn leaves(action: &Action) -> bool {
    !matches!(
        action,
        Action::Receive(_)
            | Action::Acknowledge { .. }
            | Action::Assess(_)
            | Action::Hold { .. }
            | Action::Ask { .. }
            | Action::Pay { .. }
            | Action::Unmerge
    )
}
