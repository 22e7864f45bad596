//! Holds the contract to its rules, to its baseline on the wire and to its documentation.

#[cfg(test)]
mod contract;
#[cfg(test)]
mod descriptors;
#[cfg(test)]
mod docs;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod wire;
