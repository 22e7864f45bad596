//! Between the wire and the domain, with every field violation at once.

pub(crate) mod content;
pub(crate) mod explanation;
pub(crate) mod identifier;
pub(crate) mod membership;
pub(crate) mod model;
pub(crate) mod person;
pub(crate) mod record;
pub(crate) mod request;
pub(crate) mod review;
