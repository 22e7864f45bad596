//! The gRPC face.

pub(crate) mod convert;
pub(crate) mod grpc;
