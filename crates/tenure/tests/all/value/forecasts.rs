//! `tenure value score`, `backtest` and `compare`.

use super::{LOG, json, log, numbers, public, table, value, write};

fn files(folder: &std::path::Path) {
    write(folder, "log.csv", &log());
    let args = ["fit", "log.csv", "--model", "pareto-nbd", "--until", "2021-06-30", "--out", "fit.json"];
    value(folder, &[&args[..], &LOG].concat());
}

/// Scores the log, and gives the columns.
fn score(folder: &std::path::Path, more: &[&str]) -> std::collections::BTreeMap<String, Vec<String>> {
    let args = ["score", "log.csv", "--fit", "fit.json", "--until", "2021-06-30", "--out", "s.csv"];
    value(folder, &[&args[..], &LOG, more].concat());
    table(&folder.join("s.csv"))
}

#[test]
fn everybody_is_scored() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    files(folder);
    let scores = score(folder, &["--horizon", "26"]);
    assert_eq!(scores.keys().collect::<Vec<_>>(), ["clv", "customer", "expected_purchases", "p_alive"]);
    assert_eq!(scores["customer"].len(), 600);
    assert_eq!(scores["customer"][0], "k0");
    let (alive, expected, clv) =
        (numbers(&scores["p_alive"]), numbers(&scores["expected_purchases"]), numbers(&scores["clv"]));
    assert!(
        alive.iter().all(|p| (0.0..=1.0).contains(p))
            && expected.iter().chain(&clv).all(|n| *n >= 0.0 && n.is_finite())
    );
    // A file that looks as the one that was fitted is read alike.
    value(folder, &["score", "log.csv", "--fit", "fit.json", "--horizon", "26", "--out", "alike.csv"]);
    assert_eq!(table(&folder.join("alike.csv")), scores);
    let longer = numbers(&score(folder, &["--horizon", "52"])["expected_purchases"]);
    assert!(expected.iter().zip(&longer).all(|(short, long)| short < long));
    // Value is what the parts say it is.
    let args = ["--horizon", "26", "--parts", "--margin-share", "0.4", "--cost-to-serve", "0.5"];
    let parts = score(folder, &args);
    let (discounted, brings) = (numbers(&parts["discounted_purchases"]), numbers(&parts["margin_per_purchase"]));
    let (cost, after) = (numbers(&parts["cost"]), numbers(&parts["clv"]));
    for number in 0..600 {
        let value = discounted[number] * brings[number] - cost[number];
        assert!((after[number] - value).abs() < 1e-9 && discounted[number] < expected[number]);
    }
    assert!(cost[0] < 13.0 && cost[0] > 12.0, "26 weeks at a half, discounted: {}", cost[0]);
    assert!(after.iter().any(|value| *value < 0.0), "who costs more than they bring has a value below 0");
    assert!(
        parts["margin_known"].iter().any(|known| known == "base"),
        "who has no repeat is said to have the mean of all"
    );
}

#[test]
fn intervals_hold_one_customer_and_all_of_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    files(folder);
    let scores = score(folder, &["--horizon", "26", "--interval", "0.9"]);
    let column = |name: &str| numbers(&scores[name]);
    let expected = column("expected_purchases");
    for (number, expected) in expected.iter().enumerate() {
        assert!(column("expected_low")[number] <= *expected && *expected <= column("expected_high")[number]);
        assert!(column("purchases_low")[number] <= column("purchases_high")[number]);
        if number == 20 {
            break;
        }
    }
    let args = ["score", "log.csv", "--fit", "fit.json", "--horizon", "26", "--until", "2021-06-30", "--out", "s.csv"];
    let sums = json(folder, &[&args[..], &LOG, &["--interval", "0.9"]].concat());
    let [low, high] = ["0", "1"]
        .map(|at| sums["interval"]["purchases"][at.parse::<usize>().expect("a place")].as_f64().expect("a number"));
    let total: f64 = expected.iter().sum();
    assert!(low < total && total < high && (sums["expected_purchases"].as_f64().expect("a sum") - total).abs() < 1e-6);
    // What is uncertain about the parameters does not cancel.
    let narrow = sums["interval"]["expected"][1].as_f64().expect("a number") - total;
    assert!(narrow > 0.0 && narrow < high - total);
}

#[test]
fn a_margin_may_be_told_and_a_summary_may_be_without_names() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    files(folder);
    write(folder, "summary.csv", "frequency,recency,T\n2,30.43,38.86\n0,0,38.86\n");
    let args = ["score", "summary.csv", "--fit", "fit.json", "--horizon", "39", "--out", "s.csv"];
    value(folder, &[&args[..], &["--margin", "10", "--discount", "0"]].concat());
    let scores = table(&folder.join("s.csv"));
    assert_eq!(scores["customer"], ["1", "2"]);
    let (expected, clv) = (numbers(&scores["expected_purchases"]), numbers(&scores["clv"]));
    assert!((clv[0] - 10.0 * expected[0]).abs() < 1e-9 && (clv[1] - 10.0 * expected[1]).abs() < 1e-9);
    let fitted = json(folder, &[&["fit", "log.csv", "--model", "mbg-nbd", "--out", "m.json"][..], &LOG[..5]].concat());
    assert!(fitted["margin"].is_null());
    value(folder, &["score", "summary.csv", "--fit", "m.json", "--horizon", "39", "--out", "n.csv"]);
    assert!(!table(&folder.join("n.csv")).contains_key("clv"), "without a margin there is no value");
}

#[test]
fn contracts_and_opportunities_are_scored_by_period() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    write(folder, "left.csv", "jaar,over\n0,1000\n1,631\n2,468\n3,382\n4,326\n5,289\n6,262\n7,241\n");
    write(folder, "contracts.csv", "customer,T,monetary_value\na,0,100\nb,5,100\n");
    value(folder, &["fit", "left.csv", "--model", "sbg", "--unit", "year", "--out", "c.json"]);
    value(folder, &["score", "contracts.csv", "--fit", "c.json", "--horizon", "3", "--out", "c.csv"]);
    let scores = table(&folder.join("c.csv"));
    let (renewals, clv) = (numbers(&scores["expected_purchases"]), numbers(&scores["clv"]));
    assert!(renewals[0] > 1.3 && renewals[0] < renewals[1] && renewals[1] < 3.0 && clv[0] < clv[1]);
    write(
        folder,
        "gifts.csv",
        "customer,frequency,recency,T,weight\na,0,0,6,300\nb,6,6,6,50\nc,2,5,6,80\nd,1,1,6,90\ne,4,6,6,60\n",
    );
    value(folder, &["fit", "gifts.csv", "--model", "bg-bb", "--unit", "year", "--out", "g.json"]);
    value(folder, &["score", "gifts.csv", "--fit", "g.json", "--horizon", "5", "--out", "g.csv", "--interval", "0.8"]);
    let scores = table(&folder.join("g.csv"));
    let expected = numbers(&scores["expected_purchases"]);
    assert!(expected[0] < expected[2] && expected[2] < expected[1] && expected[1] < 5.0);
    assert!(numbers(&scores["purchases_high"]).iter().all(|most| *most <= 5.0));
}

#[test]
fn the_forecast_of_the_public_log_is_the_known_one() {
    let Some(file) = public("cdnow_master.csv") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let cut = ["--calibration-end", "1997-09-30", "--holdout", "39"];
    let columns = ["--log", "--customer", "customer_id", "--date", "date", "--amount", "amount_usd", "--unit", "week"];
    let found = json(folder.path(), &[&["backtest", &file][..], &columns, &cut].concat());
    let number = |name: &str| found[name].as_f64().expect("a number");
    assert!(number("mae") <= 0.794 && number("rmse") <= 1.727, "{found}");
    assert!((number("bias") + 0.129).abs() < 1e-3 && (number("actual") - 19_684.0).abs() < 0.5);
    assert!((found["top_share"]["captured"].as_f64().expect("a part") - 0.632).abs() < 1e-3);
    assert!((found["top_share"]["oracle"].as_f64().expect("a part") - 0.881).abs() < 1e-3);
    let own = &found["baselines"][0];
    assert!((own["mae"].as_f64().expect("a number") - 1.038_1).abs() < 1e-4, "{own}");
    assert_eq!(found["alarm"], true, "the bias lies outside its interval");
    assert_eq!(found["deciles"].as_array().expect("groups").len(), 10);
    assert!((found["by_frequency"][1]["actual"].as_f64().expect("a number") - 0.784).abs() < 1e-3);
    let compared =
        json(folder.path(), &[&["compare", &file, "--models", "bg-nbd,pareto-nbd"][..], &columns, &cut].concat());
    assert_eq!((&compared["best"]["aic"], &compared["best"]["mae"]), (&"bg-nbd".into(), &"pareto-nbd".into()));
    assert!((compared["models"][0]["backtest"]["mae"].as_f64().expect("a number") - 0.818_7).abs() < 1e-4);
}

#[test]
fn a_log_is_cut_more_than_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    write(folder, "log.csv", &log());
    let cut = ["backtest", "log.csv", "--calibration-end", "2021-06-30", "--holdout", "20", "--origins", "2"];
    let found = json(folder, &[&cut[..], &LOG].concat());
    assert_eq!((&found["calibration_end"], &found["holdout_end"]), (&"2021-06-30".into(), &"2021-11-17".into()));
    assert_eq!(found["earlier"][0]["calibration_end"], "2021-02-10");
    assert!(found["value"]["bias"].is_number() && found["value"]["captured_by_past_spend"].is_number());
    let said = value(folder, &[&cut[..], &LOG].concat());
    assert!(
        said.contains("own rate") && said.contains("top 20 %") && said.contains("learned up to 2021-02-10"),
        "{said}"
    );
}

#[test]
fn models_of_one_file_are_compared() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    write(folder, "left.csv", "period,survivors\n0,1000\n1,869\n2,743\n3,653\n4,593\n5,551\n6,517\n7,491\n");
    let found = json(folder, &["compare", "left.csv", "--models", "sbg,bdw"]);
    assert_eq!((&found["best"]["aic"], &found["best"]["bic"]), (&"bdw".into(), &"bdw".into()));
    let likelihood = |at: usize| found["models"][at]["log_likelihood"].as_f64().expect("a number");
    assert!(likelihood(1) >= likelihood(0), "the model with one parameter more fits no worse");
    write(folder, "log.csv", &log());
    let said = value(folder, &[&["compare", "log.csv"][..], &LOG].concat());
    assert!(said.contains("pareto-nbd") && said.contains("by AIC") && !said.contains("by MAE"), "{said}");
}
