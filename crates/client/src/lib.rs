#![doc = include_str!("../README.md")]

mod client;
mod contract;
mod error;
mod paging;
mod priority;
mod request_id;
mod retry;
mod settings;
mod timeout;
mod touchpoint_stream;
mod transport;

pub use client::{
    Client, CollectorClient, ExpectationClient, IdentityClient, JournalClient, MAX_MESSAGE_BYTES, ProfileClient,
    ValueClient,
};
pub use error::{ClientError, Violation};
pub use paging::Items;
pub use priority::urgent;
pub use settings::{Settings, StreamSettings};
pub use tenure_kernel::Purpose;
pub use touchpoint_stream::{Acknowledgement, TouchpointStream};
pub use transport::Transport;
