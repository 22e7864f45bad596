//! The service on the wire.

pub(crate) mod convert;
mod export;
pub(crate) mod grpc;
pub(crate) mod rights;
pub(crate) mod watch;
