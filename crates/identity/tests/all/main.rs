//! The identity service on real databases, fed through a collector's journal.

#[cfg(test)]
mod at_once;
#[cfg(test)]
mod browsing;
#[cfg(test)]
mod crowds;
#[cfg(test)]
mod erasure;
#[cfg(test)]
mod explaining;
#[cfg(test)]
mod linking;
#[cfg(test)]
mod lookup;
#[cfg(test)]
mod modelling;
#[cfg(test)]
mod pending;
#[cfg(test)]
mod permutation;
#[cfg(test)]
mod rebuilding;
#[cfg(test)]
mod redoing;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod reviewing;
#[cfg(test)]
mod sets;
#[cfg(test)]
mod stage;
#[cfg(test)]
mod stewarding;
#[cfg(test)]
mod tenants;
#[cfg(test)]
mod watching;
