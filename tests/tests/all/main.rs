//! Tests of the whole workspace.

#[cfg(test)]
mod architecture;
#[cfg(test)]
mod definitions;
#[cfg(test)]
mod deploy;
#[cfg(test)]
mod distributed;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod foreign;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod journeys;
#[cfg(test)]
mod pains;
#[cfg(test)]
mod telemetry;
