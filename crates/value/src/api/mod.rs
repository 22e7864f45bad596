//! The service on the wire.

mod convert;
mod grpc;

pub(crate) use grpc::ValueApi;
