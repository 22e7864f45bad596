//! Wire to domain and back.

pub(crate) mod activity;
pub(crate) mod change;
pub(crate) mod definition;
pub(crate) mod disclosed;
pub(crate) mod enrichment;
pub(crate) mod exported;
pub(crate) mod kind;
pub(crate) mod list;
pub(crate) mod measure;
pub(crate) mod profile;
pub(crate) mod request;
pub(crate) mod retention;
pub(crate) mod right;
pub(crate) mod segment;
pub(crate) mod subject;
pub(crate) mod touchpoint;
pub(crate) mod trait_value;

use crate::domain::fact::Field;

fn field(path: impl Into<String>, value: impl Into<String>) -> Field {
    Field { path: path.into(), value: value.into(), ..Field::default() }
}
