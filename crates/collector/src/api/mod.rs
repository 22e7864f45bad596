//! The gRPC service.

mod convert;
mod grpc;
mod stream;

pub(crate) use grpc::Api;
