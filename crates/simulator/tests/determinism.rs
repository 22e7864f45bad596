//! The same settings give the same bytes, here and on any other machine.

#![expect(clippy::unwrap_used, reason = "a test may panic, in its helpers too")]

use proptest::prelude::*;
use prost::Message as _;
use tenure_simulator::{Settings, Simulation};

/// FNV-1a, 64 bits, over the touchpoints as length-delimited protobuf.
fn fingerprint(settings: &Settings) -> u64 {
    let simulation = Simulation::new(settings).unwrap();
    simulation
        .touchpoints()
        .flat_map(|touchpoint| touchpoint.encode_length_delimited_to_vec())
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[test]
fn the_bytes_are_those_of_every_machine() {
    assert_eq!(fingerprint(&Settings { customers: 500, seed: 42, ..Settings::default() }), 16_482_846_452_313_810_698);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn the_same_seed_gives_the_same_bytes_and_another_one_others(seed: u64, customers in 1..120_u32) {
        let settings = Settings { customers, seed, ..Settings::default() };
        prop_assert_eq!(fingerprint(&settings), fingerprint(&settings));
        prop_assert_ne!(fingerprint(&settings), fingerprint(&Settings { seed: seed ^ 1, ..settings }));
    }
}

#[test]
fn touchpoints_can_be_asked_for_again() {
    let simulation = Simulation::new(&Settings { customers: 50, ..Settings::default() }).unwrap();
    let all: Vec<_> = simulation.touchpoints().collect();
    assert_eq!(all.len(), simulation.touchpoints().len());
    assert!(simulation.touchpoints().skip(10).eq(all.into_iter().skip(10)));
}

#[test]
fn settings_that_make_no_sense_are_refused() {
    assert!(Simulation::new(&Settings { customers: 0, ..Settings::default() }).is_err());
}

/// But for the last household, which may be cut, a base is the beginning of a larger one.
#[test]
fn a_larger_base_begins_alike() {
    let of_the_first = |customers| -> Vec<_> {
        let simulation = Simulation::new(&Settings { customers, ..Settings::default() }).unwrap();
        let number = |id: &str| id.split('-').nth(1).unwrap().parse::<u32>().unwrap();
        simulation.touchpoints().filter(|touchpoint| number(&touchpoint.event_id) < 95).collect()
    };
    assert!(of_the_first(100) == of_the_first(200));
}
