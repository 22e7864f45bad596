//! The catalogue is that of the contract, also in what the contract says in words.

use std::collections::BTreeMap;

use prost::Message;
use prost_types::{FileDescriptorProto, FileDescriptorSet, SourceCodeInfo};
use tenure_collector::domain::{
    catalogue::{AmountRule, TYPES, find},
    subject::LAST_ROLE,
    touchpoint::LAST_CHANNEL,
};
use tenure_proto::collector::v1::{Channel, IdentifierKind, SubjectRole, TouchpointType};

fn file(name: &str) -> FileDescriptorProto {
    let set = FileDescriptorSet::decode(tenure_proto::FILE_DESCRIPTOR_SET).unwrap();
    set.file.into_iter().find(|file| file.name() == format!("tenure/collector/v1/{name}.proto")).unwrap()
}

fn comment<'a>(info: &'a SourceCodeInfo, path: &[i32]) -> &'a str {
    info.location.iter().find(|place| place.path == path).unwrap().leading_comments().trim()
}

#[test]
fn every_type_of_the_contract_is_in_the_catalogue() {
    let file = file("touchpoint_type");
    let values = &file.enum_type[0].value;
    assert_eq!(values.len() - 1, TYPES.len());
    for value in values.iter().filter(|value| value.number() != 0) {
        let rule = find(value.number()).unwrap();
        let name = value.name().trim_start_matches("TOUCHPOINT_TYPE_").to_lowercase().replacen('_', ".", 1);
        assert_eq!(rule.name, name);
        assert_eq!(TouchpointType::try_from(rule.number).unwrap().as_str_name(), value.name());
    }
    assert!(find(0).is_none() && find(1).is_none() && find(901).is_none() && find(-1).is_none());
}

#[test]
fn types_have_an_amount_where_the_contract_says_what_it_means() {
    let file = file("touchpoint_type");
    let info = file.source_code_info.as_ref().unwrap();
    for (place, value) in file.enum_type[0].value.iter().enumerate().skip(1) {
        let comment = comment(info, &[5, 0, 2, i32::try_from(place).unwrap()]);
        let expected = match find(value.number()).unwrap().amount {
            AmountRule::Required => comment.contains("Amount, required: "),
            AmountRule::Optional => comment.contains("Amount, optional: "),
            AmountRule::None => !comment.contains("Amount"),
        };
        assert!(expected, "{}: {comment}", value.name());
    }
}

/// Each detail's comment ends with the names of its types: "Deliveries: DELIVERY_*."
#[test]
fn types_have_the_detail_that_the_contract_says() {
    let file = file("detail");
    let info = file.source_code_info.as_ref().unwrap();
    let mut patterns: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (place, message) in file.message_type.iter().enumerate() {
        let Some(group) = message.name().strip_suffix("Detail") else { continue };
        let comment = comment(info, &[4, i32::try_from(place).unwrap()]);
        let names = comment.trim_end_matches('.').rsplit(": ").next().unwrap();
        patterns.insert(group.to_lowercase(), names.split(", ").map(str::to_owned).collect());
    }
    let fits = |name: &str, pattern: &String| match (pattern.strip_suffix('*'), pattern.strip_prefix('*')) {
        (Some(start), _) => name.starts_with(start),
        (None, Some(end)) => name.ends_with(end),
        (None, None) => name == pattern,
    };
    for rule in TYPES {
        let name = rule.name.to_uppercase().replace('.', "_");
        let groups = patterns.iter().filter(|(_, patterns)| patterns.iter().any(|pattern| fits(&name, pattern)));
        let groups: Vec<_> = groups.map(|(group, _)| group.as_str()).collect();
        assert_eq!(groups, [rule.group.field()], "{name}");
    }
}

#[test]
fn the_numbers_of_roles_channels_and_kinds_are_those_of_the_contract() {
    assert!(SubjectRole::try_from(LAST_ROLE).is_ok() && SubjectRole::try_from(LAST_ROLE + 1).is_err());
    assert!(Channel::try_from(LAST_CHANNEL).is_ok() && Channel::try_from(LAST_CHANNEL + 1).is_err());
    for kind in tenure_kernel::identifier::IdentifierKind::ALL {
        let wire = IdentifierKind::try_from(kind.number()).unwrap();
        assert_eq!(wire.as_str_name(), format!("IDENTIFIER_KIND_{}", kind.as_str().to_uppercase()));
    }
}
