//! What is on the wire, or in JSON, stays readable: the contract against `proto/baseline.binpb`, which holds it as it was
//! last agreed, without comments. `TENURE_UPDATE_BASELINE=1` renews it after additions, `TENURE_UPDATE_BASELINE=break` after
//! a break that is meant.

use std::{fs, path::PathBuf};

use prost::Message;
use prost_types::FileDescriptorSet;

use crate::sample::sample;
use shape::{Shape, shape};

mod shape;

/// What of the old shape can no longer be read. A field or an enum value may go if its number and its name are reserved.
fn breaks(old: &Shape, new: &Shape) -> Vec<String> {
    let mut found = Vec::new();
    for (element, was) in &old.elements {
        match new.elements.get(element) {
            Some(is) if is == was => {}
            Some(is) => found.push(format!("{element} was `{was}` and is `{is}`")),
            None if new.is_reserved(element, was) => {}
            None => found.push(format!("{element} `{was}` is gone")),
        }
    }
    found
}

/// The elements that the old shape lacks.
fn additions(old: &Shape, new: &Shape) -> Vec<String> {
    new.elements.keys().filter(|element| !old.elements.contains_key(*element)).cloned().collect()
}

/// The set without comments. It keeps what it imports, so that other tools can read it; options of our own are not known to
/// this type and fall away.
fn bare(mut set: FileDescriptorSet) -> FileDescriptorSet {
    set.file.iter_mut().for_each(|file| file.source_code_info = None);
    set
}

fn renew(path: &PathBuf, mode: &str, found: &[String], now: &FileDescriptorSet) {
    assert!(found.is_empty() || mode == "break", "not renewed, it would break:\n{}", found.join("\n"));
    fs::write(path, now.encode_to_vec()).unwrap();
}

#[test]
fn the_contract_keeps_its_baseline() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../proto/baseline.binpb");
    let now = bare(FileDescriptorSet::decode(tenure_proto::FILE_DESCRIPTOR_SET).unwrap());
    let baseline = FileDescriptorSet::decode(fs::read(&path).unwrap_or_default().as_slice()).unwrap();
    let (old, new) = (shape(&baseline), shape(&now));
    let found = breaks(&old, &new);
    if let Ok(mode) = std::env::var("TENURE_UPDATE_BASELINE") {
        return renew(&path, &mode, &found, &now);
    }
    assert!(found.is_empty(), "{} breaks:\n{}", found.len(), found.join("\n"));
    let added = additions(&old, &new);
    assert!(added.is_empty(), "renew the baseline with TENURE_UPDATE_BASELINE=1, it lacks:\n{}", added.join("\n"));
}

/// Compares the sample with the sample after a change.
fn change(from: &str, to: &str) -> (Vec<String>, Vec<String>) {
    let read = |from, to| {
        let pool = sample(from, to);
        shape(&bare(FileDescriptorSet { file: pool.file_descriptor_protos().cloned().collect() }))
    };
    let (old, new) = (read("", ""), read(from, to));
    (breaks(&old, &new), additions(&old, &new))
}

#[test]
fn each_break_is_found() {
    let changes = [
        ("string name = 2 [", "string label = 2 ["),
        ("int64 cost_minor_units = 3", "int32 cost_minor_units = 3"),
        ("int64 cost_minor_units = 3", "repeated int64 cost_minor_units = 3"),
        ("int64 cost_minor_units = 3", "optional int64 cost_minor_units = 3"),
        ("int64 cost_minor_units = 3", "int64 cost_minor_units = 9"),
        ("int64 cost_minor_units = 3", "Kind cost_minor_units = 3"),
        ("int64 cost_minor_units = 3;", ""),
        ("int64 cost_minor_units = 3;", "reserved 3;"),
        ("int64 cost_minor_units = 3;", "reserved \"cost_minor_units\";"),
        ("oneof place {", "oneof where {"),
        ("KIND_BLOOD = 1", "KIND_SALIVA = 1"),
        ("KIND_BLOOD = 1;", ""),
        ("reserved 7 to 8;", ""),
        ("reserved \"weight\";", ""),
        ("message RecordSampleResponse", "message Recorded {}\n// x\nmessage RecordSampleResponse"),
        ("rpc RecordSample(RecordSampleRequest)", "rpc RecordSample(stream RecordSampleRequest)"),
        ("returns (ListSamplesResponse)", "returns (RecordSampleResponse)"),
        ("rpc RecordSample(", "rpc ReportSample("),
        ("service SampleService", "service SamplerService"),
        ("message SampleRecorded", "message SampleNoted"),
    ];
    for (from, to) in changes {
        let (found, _) = change(from, to);
        let meant = !to.contains("Recorded {}");
        assert_eq!(!found.is_empty(), meant, "{from:?} to {to:?}: {found:?}");
    }
}

#[test]
fn a_field_that_became_another_is_told() {
    let (found, added) = change("int64 cost_minor_units = 3", "string colour = 3");
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("tenure.sample.v1.Sample 3 was") && found[0].contains("colour"), "{found:?}");
    assert!(added.is_empty());
}

#[test]
fn additions_and_reserved_removals_break_nothing() {
    let changes = [
        ("", "", 0),
        ("string name = 2 [", "string colour = 9;\nstring name = 2 [", 1),
        ("KIND_BLOOD = 1;", "KIND_BLOOD = 1;\nKIND_SALIVA = 2;", 1),
        ("int64 cost_minor_units = 3;", "reserved 3;\nreserved \"cost_minor_units\";", 2),
        ("KIND_BLOOD = 1;", "reserved 1;\nreserved \"KIND_BLOOD\";", 2),
    ];
    for (from, to, expected) in changes {
        let (found, added) = change(from, to);
        assert!(found.is_empty(), "{from:?} to {to:?}: {found:?}");
        assert_eq!(added.len(), expected, "{added:?}");
    }
}
