//! The ready mappings, on the data sets that they are for.

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    io::Write as _,
    path::{Path, PathBuf},
};

use tenure_proto::collector::v1::Touchpoint;

use crate::import::lines;

/// The touchpoints of a data set, or none where the set is absent. Every line must be read.
fn read(set: &str, mapping: &str) -> Option<Vec<Touchpoint>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let data = env::var_os("TENURE_DATA").map_or_else(|| root.join("../../../shared/data"), PathBuf::from);
    let file = data.join(set);
    if !file.exists() {
        // Not captured, as what a test prints is: a skipped test must be seen.
        let _ = writeln!(std::io::stderr(), "SKIPPED: data set {set} absent");
        return None;
    }
    let mut lines = lines::open(&file, &root.join("mappings").join(mapping)).unwrap();
    let lines = std::iter::from_fn(|| lines.next().unwrap());
    Some(lines.map(|line| line.touchpoint.unwrap_or_else(|found| panic!("line {}: {found:?}", line.number))).collect())
}

/// How many different values there are.
fn distinct<T: Ord>(touchpoints: &[Touchpoint], of: impl Fn(&Touchpoint) -> T) -> usize {
    touchpoints.iter().map(of).collect::<BTreeSet<_>>().len()
}

#[test]
fn cdnow_comes_in_to_the_cent() {
    let Some(touchpoints) = read("value/cdnow_master.csv", "cdnow.toml") else { return };
    let cents: i64 = touchpoints.iter().filter_map(|one| one.amount.as_ref()).map(|money| money.minor_units).sum();
    assert_eq!((touchpoints.len(), cents), (69_659, 250_031_563));
    assert_eq!(distinct(&touchpoints, |one| one.event_id.clone()), 69_659);
    assert_eq!(distinct(&touchpoints, |one| one.subjects[0].key.clone()), 23_570);
    let mut rows: BTreeMap<_, u32> = BTreeMap::new();
    for one in &touchpoints {
        let at = one.occur_time.as_ref().map(|at| at.seconds);
        *rows
            .entry((one.subjects[0].key.clone(), at, one.amount.as_ref().map(|money| money.minor_units)))
            .or_default() += 1;
    }
    assert!(rows.values().any(|count| *count > 1), "the log has repeats");
}

#[test]
fn the_sample_comes_in() {
    let Some(touchpoints) = read("value/cdnow_sample.csv", "cdnow-sample.toml") else { return };
    assert_eq!((touchpoints.len(), distinct(&touchpoints, |one| one.subjects[0].key.clone())), (6_919, 2_357));
}

#[test]
fn bank_customers_come_in() {
    let Some(touchpoints) = read("identity/nl_synth_20000.csv", "nl-synth.toml") else { return };
    assert_eq!((touchpoints.len(), distinct(&touchpoints, |one| one.event_id.clone())), (20_000, 20_000));
    assert_eq!(distinct(&touchpoints, |one| one.source.clone()), 6);
    assert!(touchpoints.iter().all(|one| one.subjects[0].attributes.is_some()));
}

#[test]
fn fake_people_come_in() {
    let Some(touchpoints) = read("identity/fake_1000.csv", "fake-1000.toml") else { return };
    assert_eq!((touchpoints.len(), distinct(&touchpoints, |one| one.subjects[0].key.clone())), (1_000, 1_000));
}

#[test]
fn made_up_people_come_in_from_each_file() {
    for (set, count) in [("febrl1", 1_000), ("febrl2", 5_000), ("febrl3", 5_000)] {
        let Some(touchpoints) = read(&format!("identity/{set}.csv"), "febrl.toml") else { continue };
        assert_eq!((touchpoints.len(), distinct(&touchpoints, |one| one.subjects[0].key.clone())), (count, count));
        assert!(touchpoints.iter().all(|one| one.subjects[0].identifiers.len() == 1), "{set}");
        assert!(touchpoints.iter().all(|one| one.subjects[0].attributes.is_some()), "{set}");
    }
}

#[test]
fn german_people_come_in() {
    let Some(touchpoints) = read("identity/RLdata500.csv", "rldata500.toml") else { return };
    assert_eq!((touchpoints.len(), distinct(&touchpoints, |one| one.subjects[0].key.clone())), (500, 500));
    let named = |one: &Touchpoint| one.subjects[0].attributes.as_ref().is_some_and(|of| !of.family_name.is_empty());
    assert!(touchpoints.iter().all(named));
}

#[test]
fn contracts_come_in_to_the_cent() {
    let Some(touchpoints) = read("value/telco_churn.csv", "telco-churn.toml") else { return };
    let cents: i64 = touchpoints.iter().filter_map(|one| one.amount.as_ref()).map(|money| money.minor_units).sum();
    assert_eq!((touchpoints.len(), cents), (7_043, 45_611_660));
    assert_eq!(distinct(&touchpoints, |one| one.subjects[0].key.clone()), 7_043);
}

#[test]
fn complaints_come_in() {
    let Some(touchpoints) = read("expectation/uwv_complaints_nl.csv", "uwv-complaints.toml") else { return };
    assert_eq!((touchpoints.len(), distinct(&touchpoints, |one| one.event_id.clone())), (289, 289));
    assert!(touchpoints.iter().all(|one| one.detail.is_some() && !one.note.is_empty()));
}
