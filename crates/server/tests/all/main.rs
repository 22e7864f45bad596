//! The server as its callers see it, over TCP and in process.

#[cfg(test)]
mod admission;
#[cfg(test)]
mod balancing;
#[cfg(test)]
mod configuration;
#[cfg(test)]
mod dummy;
#[cfg(test)]
mod journeys;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod outcomes;
#[cfg(test)]
mod reading;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod stopping;
#[cfg(test)]
mod telemetry;
#[cfg(test)]
mod ways;
