//! The journal on real databases.

#[cfg(test)]
mod appending;
#[cfg(test)]
mod claims;
#[cfg(test)]
mod entries;
#[cfg(test)]
mod following;
#[cfg(test)]
mod leases;
#[cfg(test)]
mod moved;
#[cfg(test)]
mod operating;
#[cfg(test)]
mod parking;
#[cfg(test)]
mod reading_after;
#[cfg(test)]
mod rebuilding;
#[cfg(test)]
mod reconciling;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod rewriting;
#[cfg(test)]
mod stage;
#[cfg(test)]
mod swapping;
#[cfg(test)]
mod tailing;
#[cfg(test)]
mod tally;
#[cfg(test)]
mod timers;
