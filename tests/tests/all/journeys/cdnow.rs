//! A real transaction log, from the CSV file to fitted parameters.

use std::{collections::HashMap, io::Write as _, path::PathBuf};

use prost_types::Timestamp;
use tenure::{
    Service,
    import::{ImportArgs, run},
};
use tenure_proto::{
    collector::v1::GetIntakeStatisticsRequest,
    value::v1::{
        FitModelRequest, GetBaseValueRequest, ListPurchaseSummariesRequest, PurchaseModelKind, PurchaseSummary,
    },
};
use tenure_store::testing::TestPlace;
use tenure_tests::{caller::Caller, door::Door, host::Host};

/// 1997-09-30, the end of the calibration period.
const PERIOD_END: Timestamp = Timestamp { seconds: 875_577_600, nanos: 0 };
const LOG_END: Timestamp = Timestamp { seconds: 899_251_200, nanos: 0 };

fn data(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("TENURE_DATA")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"), PathBuf::from);
    let file = folder.join("value").join(name);
    if !file.exists() {
        // Not captured, as what a test prints is: a skipped test must be seen.
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED: data set {name} absent; set TENURE_DATA to the folder of the public data sets"
        );
        return None;
    }
    Some(file)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cdnow_log_gives_the_published_figures() {
    let Some(set) = Set::find() else { return };
    for place in TestPlace::each() {
        let served = Host::start(place).await.serve().await;
        cdnow(&set, &served.door(), &mut served.caller("cdnow")).await;
        served.stop().await;
    }
}

/// The data set.
pub(super) struct Set {
    log: PathBuf,
    summaries: PathBuf,
}

impl Set {
    /// Where it is; `None`, said loudly, where it is not.
    pub(super) fn find() -> Option<Self> {
        Some(Self { log: data("cdnow_master.csv")?, summaries: data("cdnow_full_cal_holdout.csv")? })
    }
}

/// The journey, of tenant "cdnow".
pub(super) async fn cdnow(set: &Set, door: &Door, caller: &mut Caller) {
    let folder = tempfile::tempdir().expect("a folder");
    let mapping = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../crates/tenure/mappings/cdnow.toml");
    let key_file = folder.path().join("api-key");
    std::fs::write(&key_file, door.key("cdnow")).expect("written");
    let tls = |file: &String| door.is_tls().then(|| PathBuf::from(file));
    let args = || ImportArgs {
        file: set.log.clone(),
        mapping: mapping.clone(),
        endpoint: door.uris(Service::Collector)[0].clone(),
        ca_file: tls(&door.tls.ca_file),
        client_cert_file: tls(&door.tls.cert_file),
        client_key_file: tls(&door.tls.key_file),
        key_file: Some(key_file.clone()),
        errors: Some(folder.path().join("errors.csv")),
        dry_run: false,
    };
    let first = run(args()).await.expect("imported");
    assert_eq!((first.received, first.accepted, first.duplicate), (69_659, 69_659, 0));
    let again = run(args()).await.expect("imported again");
    assert_eq!((again.received, again.accepted, again.duplicate), (69_659, 0, 69_659), "a repeat adds nothing");

    let counts = caller.collector.get_intake_statistics(GetIntakeStatisticsRequest::default()).await.expect("counts");
    let counts = counts.into_inner();
    assert_eq!((counts.received, counts.accepted, counts.duplicate), (2 * 69_659, 69_659, 69_659));

    fitted(caller, &first.read_token).await;
    total(caller).await;
    every_customer(caller, &set.summaries).await;
}

async fn fitted(caller: &mut Caller, read_token: &str) {
    let request = FitModelRequest {
        request_id: "fit".to_owned(),
        currency_code: "USD".to_owned(),
        period_end: Some(PERIOD_END),
        read_after: read_token.to_owned(),
        kind: PurchaseModelKind::BgNbd.into(),
        ..Default::default()
    };
    let model = caller.value.fit_model(request).await.expect("fitted").into_inner().model.expect("a model");
    assert_eq!(model.customers, 23_570);
    let parameters = model.purchases.expect("a part").parameters;
    for (found, (name, published)) in
        parameters.iter().zip([("r", 0.2516), ("alpha", 4.789), ("a", 0.7234), ("b", 2.1611)])
    {
        let off = (found.value - published).abs();
        assert!(found.name == name && off < 5e-4 * f64::max(published, 0.2), "{parameters:?}");
    }
}

async fn total(caller: &mut Caller) {
    let request = GetBaseValueRequest {
        currency_code: "USD".to_owned(),
        as_of: Some(LOG_END),
        top_size: 3,
        ..GetBaseValueRequest::default()
    };
    let base = caller.value.get_base_value(request).await.expect("a base").into_inner();
    assert_eq!((base.customers, base.total_minor_units), (23_570, 250_031_563));
    assert_eq!(base.top.len(), 3);
}

async fn every_customer(caller: &mut Caller, file: &std::path::Path) {
    let published = std::fs::read_to_string(file).expect("readable");
    // The file names customers by number; the service knows records by ids that only the collector can derive. So the sets of
    // summaries are compared, each as often as it occurs.
    let mut expected: HashMap<(i64, i64, i64), i64> = HashMap::new();
    for line in published.lines().skip(1) {
        let fields: Vec<f64> = line.split(',').map(|field| field.parse().expect("a number")).collect();
        *expected.entry(days(fields[1] as i64, fields[2], fields[3])).or_default() += 1;
    }
    let mut count = 0;
    for summary in summaries(caller).await {
        let key = days(i64::from(summary.frequency), summary.recency_weeks, summary.age_weeks);
        *expected.entry(key).or_default() -= 1;
        count += 1;
    }
    assert_eq!(count, 23_570);
    let wrong: Vec<_> = expected.into_iter().filter(|(_, left)| *left != 0).collect();
    assert!(wrong.is_empty(), "{} cells differ, such as {:?}", wrong.len(), wrong.first());
}

fn days(frequency: i64, recency_weeks: f64, age_weeks: f64) -> (i64, i64, i64) {
    (frequency, (recency_weeks * 7.0).round() as i64, (age_weeks * 7.0).round() as i64)
}

async fn summaries(caller: &mut Caller) -> Vec<PurchaseSummary> {
    let (mut all, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = ListPurchaseSummariesRequest {
            currency_code: "USD".to_owned(),
            as_of: Some(PERIOD_END),
            page_size: 5_000,
            page_token,
            ..ListPurchaseSummariesRequest::default()
        };
        let page = caller.value.list_purchase_summaries(request).await.expect("a page").into_inner();
        all.extend(page.summaries);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return all;
        }
    }
}
