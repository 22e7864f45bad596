//! The service on the wire.

pub(crate) mod convert;
pub(crate) mod grpc;
pub(crate) mod rights;
