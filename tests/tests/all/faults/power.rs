//! The layer that loses unsynced writes loses what is not synced and nothing else.

use std::{fs, process::Command, time::Duration};

use tenure_tests::faults::{
    power_cut::PowerCut,
    rows::f13_power_cut,
    table::{Kind, Played},
};

use tokio::time::timeout;

use super::case;

#[test]
fn what_a_program_syncs_is_kept_and_what_it_does_not_is_lost() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    fs::create_dir_all(&data).expect("a folder");
    let Some(power) = PowerCut::create(&data, folder.path()).expect("a layer") else {
        eprintln!("SKIPPED: a power cut (no C compiler)");
        return;
    };
    let write = |file: &str, letter: u8, conversion: &str| {
        let input = folder.path().join("input");
        fs::write(&input, vec![letter; 20_000]).expect("written");
        let arguments = [
            format!("if={}", input.display()),
            format!("of={}", data.join(file).display()),
            "bs=4096".to_owned(),
            format!("conv=notrunc{conversion}"),
        ];
        let written = Command::new("dd").args(arguments).envs(power.environment()).output().expect("dd");
        assert!(written.status.success(), "{}", String::from_utf8_lossy(&written.stderr));
    };
    write("careful", b'a', ",fsync");
    write("careless", b'a', ",fdatasync");
    write("careless", b'b', "");
    write("new", b'c', "");
    assert_eq!(fs::read(data.join("careless")).expect("read"), [b'b'; 20_000]);
    let cut = power.cut(1).expect("a cut");
    assert_eq!(fs::read(data.join("careful")).expect("read"), [b'a'; 20_000]);
    assert_eq!(fs::read(data.join("careless")).expect("read"), [b'a'; 20_000]);
    assert_eq!(fs::read(data.join("new")).expect("read"), b"");
    assert_eq!((cut.unsynced, cut.lost), (10, 10));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_postgres_that_does_not_sync_fails_the_row() {
    let played = f13_power_cut::play(case(Kind::Postgres), &["fsync = off"]);
    match timeout(Duration::from_secs(30), played).await.unwrap_or_else(|_| Err(anyhow::anyhow!("it hangs"))) {
        Ok(Played::Skipped(why)) => eprintln!("SKIPPED: a PostgreSQL that does not sync ({why})"),
        Ok(Played::Judged { verdict, .. }) => assert!(!verdict.is_sound(), "{verdict:?}"),
        // It did not come back at all.
        Err(_) => {}
    }
}
