//! Parts of an export for the wire, what is held as JSON.

use std::sync::LazyLock;

use prost_reflect::{DescriptorPool, DynamicMessage, SerializeOptions};
use tenure_kernel::{Reason, RecordId, Refusal};
use tenure_proto::{
    FILE_DESCRIPTOR_SET,
    profile::v1::{self as pb, export_person_response::Part as Wire},
};
use tenure_server::wire;

use crate::app::{export_person::Part, peers::Item};

/// The contract, which tells how its messages are written as JSON.
static CONTRACT: LazyLock<Option<DescriptorPool>> = LazyLock::new(|| DescriptorPool::decode(FILE_DESCRIPTOR_SET).ok());

/// A part of an export.
///
/// # Errors
/// `INTERNAL` for what is no message of the contract.
pub(crate) fn part(part: Part) -> Result<pb::ExportPersonResponse, Refusal> {
    let part = match part {
        Part::Manifest { person, records, at } => Wire::Manifest(pb::ExportManifest {
            person_id: person.to_string(),
            record_ids: records.iter().map(RecordId::to_string).collect(),
            export_time: Some(wire::to_wire(at)),
        }),
        Part::Item(item) => Wire::Item(pb::ExportedItem {
            service: item.service.to_owned(),
            message_name: item.message_name.to_owned(),
            json: json(&item).ok_or_else(|| Refusal::new(Reason::Internal, "no message of the contract"))?,
        }),
        Part::End(items) => Wire::End(pb::ExportEnd { items: i64::try_from(items).unwrap_or(i64::MAX) }),
    };
    Ok(pb::ExportPersonResponse { part: Some(part) })
}

fn json(item: &Item) -> Option<String> {
    let descriptor = CONTRACT.as_ref()?.get_message_by_name(item.message_name)?;
    let message = DynamicMessage::decode(descriptor, item.message.as_slice()).ok()?;
    let mut json = Vec::new();
    let mut writer = serde_json::Serializer::new(&mut json);
    message.serialize_with_options(&mut writer, &SerializeOptions::new().use_proto_field_name(true)).ok()?;
    String::from_utf8(json).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_is_written_with_the_names_of_the_contract() {
        let withheld = pb::Withheld { paths: vec!["life.vulnerability".to_owned()], ..Default::default() };
        let held = pb::Profile { person_id: "person_1".to_owned(), withheld: vec![withheld], ..Default::default() };
        let item = Item::new("profile", "tenure.profile.v1.Profile", &held);
        let expected = r#"{"person_id":"person_1","withheld":[{"paths":["life.vulnerability"]}]}"#;
        assert_eq!(json(&item).as_deref(), Some(expected));
        assert_eq!(json(&Item::new("profile", "tenure.profile.v1.Nothing", &held)), None);
    }
}
