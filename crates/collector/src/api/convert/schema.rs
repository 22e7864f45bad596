//! Custom schemas.

use tenure_kernel::{Reason, Refusal};
use tenure_proto::collector::v1 as pb;
use tenure_server::Violations;

use crate::{domain::is_source, store::schema::Registered};

const MOST_BYTES: usize = 64 * 1024;

/// Reads the name and the text of a schema.
pub(crate) fn read(schema: Option<pb::CustomSchema>) -> Result<(String, String), Refusal> {
    let mut wrong = Violations::new();
    let Some(schema) = wrong.required("schema", schema) else {
        wrong.finish()?;
        return Ok(Default::default());
    };
    if wrong.text("schema.name", &schema.name, 64).is_some_and(|name| !is_source(name)) {
        wrong.push("schema.name", Reason::FieldMalformed, "takes a-z, 0-9, '.', '-' and '_'");
    }
    wrong.text("schema.json_schema", &schema.json_schema, MOST_BYTES);
    wrong.finish()?;
    Ok((schema.name, schema.json_schema))
}

/// A registered schema for the wire.
pub(crate) fn to_wire(registered: Registered) -> pb::CustomSchema {
    pb::CustomSchema { name: registered.name, revision: registered.revision, json_schema: registered.json }
}
