//! Following journals: an entry and its effect commit together, and each takes effect exactly once.

mod checkpoint;
mod cursor;
mod discard;
mod followed;
mod follower;
mod frame;
mod gathered;
mod holding;
mod lease;
mod observed;
pub(crate) mod operated;
mod parking;
mod projection;
mod read_after;
mod rebuild;
mod reconcile;
mod replay;
mod source;
mod supervisor;
mod timing;

pub use discard::discard_rows;
pub use followed::Followed;
pub use operated::Operate;
pub use projection::{Applied, Batch, Follow, Projection, Reconciled};
pub use read_after::ReadAfter;
pub(crate) use reconcile::Reconciling;
pub use source::{PeerSource, Source};
pub use supervisor::{FollowConfig, Following};
