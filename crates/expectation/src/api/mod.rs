//! The service on the wire.

pub(crate) mod convert;
mod grpc;

pub(crate) use grpc::ExpectationApi;
