//! Bootstrap once: configuration, caller, telemetry, lifecycle, health, reflection, errors as google.rpc.Status.
//!
//! A service crate writes handlers against [`Call`], [`refuse`], [`Violations`] and [`PageTokens`]; the command wires
//! handlers into a [`ServerBuilder`], runs them with [`Tasks`], and lets services reach each other through a [`Peer`].

mod base64url;
mod call;
pub mod config;
mod credentials;
mod layers;
mod lifecycle;
mod outgoing;
mod paging;
mod peer;
mod quota;
mod rpc;
mod status;
mod suite;
pub mod telemetry;
#[cfg(feature = "testing")]
pub mod testing;
pub mod wire;

pub use call::{Call, Caller, Identity};
pub use config::{ConfigError, QuotaConfig, ServerConfig};
pub use credentials::{ApiKeys, Credentials, ServiceCredential};
pub use layers::waits;
pub use lifecycle::{TaskFailed, Tasks};
pub use paging::{PageTokens, page_size};
pub use peer::{Peer, PeerSlot, by_path, on_behalf};
pub use quota::TenantQuota;
pub use rpc::Priority;
pub use status::{DOMAIN, refuse};
pub use suite::{MAX_MESSAGE_BYTES, ServerBuilder, Stack, Suite};
pub use wire::Violations;
