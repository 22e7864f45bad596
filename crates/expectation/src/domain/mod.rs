//! What was promised, what became of it, how much it hurts, and whether to ask about it. Pure: no IO, nothing of the wire or
//! the store.

pub(crate) mod attribute;
pub(crate) mod audit;
pub(crate) mod calendar;
pub(crate) mod calibration;
pub(crate) mod clock;
pub(crate) mod complaint;
pub(crate) mod consent;
pub(crate) mod contact;
mod disconfirmation;
pub(crate) mod dissonance;
mod effort;
pub(crate) mod factor;
mod frequency;
mod gap;
pub(crate) mod group_loyalty;
pub(crate) mod guard;
pub(crate) mod history;
pub(crate) mod invite;
pub(crate) mod loyalty;
pub(crate) mod majority;
pub(crate) mod outlook;
pub(crate) mod promise;
pub(crate) mod quantity;
pub(crate) mod recovery;
pub(crate) mod standing;
pub(crate) mod subscale;
pub(crate) mod survey;
pub(crate) mod systemic;
pub(crate) mod timer;
pub(crate) mod weights;
pub(crate) mod window;

#[cfg(test)]
mod dissonance_table;
#[cfg(test)]
mod guard_laws;
#[cfg(test)]
mod guard_table;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod promise_rules;
#[cfg(test)]
mod promise_table;
#[cfg(test)]
mod scene;
