//! The collector behind its gRPC service, on real databases of both kinds.

#[cfg(test)]
mod amendments;
#[cfg(test)]
mod catalogue;
#[cfg(test)]
mod concurrency;
#[cfg(test)]
mod conservation;
#[cfg(test)]
mod erasure;
#[cfg(test)]
mod export;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod forgetting;
#[cfg(test)]
mod ids;
#[cfg(test)]
mod outcomes;
#[cfg(test)]
mod privacy;
#[cfg(test)]
mod progress;
#[cfg(test)]
mod quarantine;
#[cfg(test)]
mod record;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod schemas;
#[cfg(test)]
mod stream;
#[cfg(test)]
mod validation;
