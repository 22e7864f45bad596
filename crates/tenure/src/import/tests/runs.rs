//! Whole imports.

use std::{fmt::Write as _, fs, path::PathBuf, process::ExitCode};

use tempfile::TempDir;

use super::collector::Collector;
use crate::import::{ImportArgs, ImportReport, api_key, execute};

const MAPPING: &str = r#"
    source = "shop"
    type = "order.placed"
    key = "customer"
    occur_time = { column = "date", format = "date" }
    amount = { column = "amount", currency = "USD" }
"#;

struct Bench {
    folder: TempDir,
    collector: Collector,
    args: ImportArgs,
}

impl Bench {
    async fn new(text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| -> PathBuf {
            let path = folder.path().join(name);
            fs::write(&path, text).unwrap();
            path
        };
        let collector = Collector::default();
        let args = ImportArgs {
            file: file("orders.csv", text),
            mapping: file("orders.toml", MAPPING),
            endpoint: collector.serve().await,
            ca_file: None,
            client_cert_file: None,
            client_key_file: None,
            key_file: Some(file("key", "the-key\n")),
            errors: None,
            dry_run: false,
        };
        Self { folder, collector, args }
    }

    async fn import(&mut self, dry_run: bool) -> anyhow::Result<ImportReport> {
        self.args.dry_run = dry_run;
        execute(&self.args).await
    }

    fn errors(&self) -> Option<String> {
        fs::read_to_string(self.folder.path().join("orders.csv.errors.csv")).ok()
    }
}

/// 5,000 orders, of which every tenth repeats the one before.
fn orders() -> String {
    let mut text = "customer,date,amount\n".to_owned();
    for number in 0..5_000 {
        let number = if number % 10 == 9 { number - 1 } else { number };
        writeln!(text, "{},2026-01-{:02},{}.50", number % 700, 1 + number % 28, number % 13).unwrap();
    }
    text
}

const MIXED: &str = "customer,date,amount\n1,2026-01-01,1\n2,2026-01-01,\n3,2026-01-01\nerased,2026-01-01,1\n\
                     4,soon,x\n5,2026-01-01,1\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_second_import_adds_nothing() {
    let mut bench = Bench::new(&orders()).await;
    let first = bench.import(false).await.unwrap();
    assert_eq!((first.received, first.accepted, bench.collector.stored()), (5_000, 5_000, 5_000));
    assert_eq!((first.exit_code(), first.read_token.as_str()), (ExitCode::SUCCESS, "token-10"));
    let second = bench.import(false).await.unwrap();
    assert_eq!((second.received, second.accepted, second.duplicate), (5_000, 0, 5_000));
    assert_eq!((second.exit_code(), bench.collector.stored()), (ExitCode::SUCCESS, 5_000));
    assert_eq!(bench.errors(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_taken_in_is_named_and_the_rest_goes_in() {
    let mut bench = Bench::new(MIXED).await;
    let report = bench.import(false).await.unwrap();
    let counts = [report.received, report.accepted, report.quarantined, report.suppressed, report.unreadable];
    assert_eq!((counts, report.reported), ([4, 2, 1, 1, 2], 4));
    assert_eq!((report.exit_code(), bench.collector.stored()), (ExitCode::from(3), 2));
    insta::assert_snapshot!(bench.errors().unwrap(), @r#"
    line,reason,field,description
    4,FIELD_MALFORMED,,2 columns instead of 3
    6,TIME_INVALID,date,"not a date, YYYY-MM-DD"
    6,FIELD_MALFORMED,amount,not an amount
    3,AMOUNT_MISSING,amount,the type needs an amount
    5,SUPPRESSED,,its source record was erased
    "#);

    let shown = ImportReport { seconds: 2.0, errors: Some("orders.csv.errors.csv".into()), ..report };
    insta::assert_snapshot!(shown.to_string(), @r#"
    received               4
    accepted               2
    duplicate              0
    quarantined            1
    suppressed             1
    refused                0
    unreadable             2
    seconds             2.00
    rows/s                 3
    read token  token-1
    4 lines were not taken in; see orders.csv.errors.csv
    "#);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_in_quarantine_is_named_each_time() {
    let mut bench = Bench::new("customer,date,amount\n1,2026-01-01,\n").await;
    for (quarantined, duplicate) in [(1, 0), (0, 1)] {
        let report = bench.import(false).await.unwrap();
        assert_eq!(
            (report.quarantined, report.duplicate, report.exit_code()),
            (quarantined, duplicate, ExitCode::from(3))
        );
        assert!(bench.errors().unwrap().contains("2,AMOUNT_MISSING,amount,"));
    }
    fs::write(&bench.args.file, "customer,date,amount\n1,2026-01-01,1\n").unwrap();
    assert_eq!(bench.import(false).await.unwrap().exit_code(), ExitCode::SUCCESS);
    assert_eq!(bench.errors(), None, "an old file of errors would mislead");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_stores_nothing() {
    let mut bench = Bench::new(&orders()).await;
    let report = bench.import(true).await.unwrap();
    assert_eq!((report.received, report.accepted, bench.collector.stored()), (5_000, 5_000, 0));
    assert!(report.to_string().starts_with("dry run: nothing was stored\n"));
    fs::write(&bench.args.file, MIXED).unwrap();
    let report = bench.import(true).await.unwrap();
    assert_eq!(
        (report.accepted, report.quarantined, report.unreadable, report.exit_code()),
        (2, 1, 2, ExitCode::from(3))
    );
    assert_eq!(bench.collector.stored(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_not_work_is_said_at_once() {
    let mut bench = Bench::new(MIXED).await;
    let fails = async |bench: &mut Bench| format!("{:#}", bench.import(false).await.unwrap_err());

    fs::write(bench.folder.path().join("key"), "another").unwrap();
    let error = fails(&mut bench).await;
    assert!(error.starts_with("nothing was taken in: ") && error.contains("who are you?"), "{error}");
    assert!(!error.contains("another"));

    fs::write(&bench.args.mapping, "source = \"shop\"\ncolour = 1\n").unwrap();
    let error = fails(&mut bench).await;
    assert!(
        error.contains("orders.toml: the mapping is wrong") && error.contains("\n  colour: no such key"),
        "{error}"
    );

    bench.args.errors = Some(bench.folder.path().join("./orders.csv"));
    fs::write(&bench.args.mapping, MAPPING).unwrap();
    assert!(fails(&mut bench).await.ends_with("the errors would overwrite the input"));
    assert!(bench.args.file.exists());

    bench.args.file = bench.folder.path().join("nothing.csv");
    assert!(fails(&mut bench).await.contains("nothing.csv: No such file"));
}

#[test]
fn the_key_comes_from_the_file_before_the_environment() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key");
    fs::write(&file, " from-file\n").unwrap();
    assert_eq!(api_key(Some(&file), Some("from-environment".into())).unwrap(), "from-file");
    assert_eq!(api_key(None, Some("from-environment".into())).unwrap(), "from-environment");
    assert!(api_key(Some(&folder.path().join("none")), None).is_err());
}
