//! What cannot be fitted or scored is refused with every reason.

use super::{LOG, json, log, refused, table, value, write};

#[test]
fn every_bad_number_of_a_summary_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let rows = "frequency,recency,T,weight\n-1,0,40,1\n1,50,40,1\n2,x,40,1\nNaN,1,40,1\n1,0,40,1\n1.5,1,40,1\n1,1,,1\n2,3,40,-2\n1,1,inf,1\n2,3,40,1\n";
    write(folder, "s.csv", rows);
    let said = refused(folder, &["fit", "s.csv", "--model", "pareto-nbd"]);
    for wrong in [
        "9 values that cannot be used",
        "row 1: frequency is -1, not a whole number from 0 on",
        "row 2: recency 50 exceeds T 40",
        "row 3: recency is \"x\", not a number",
        "row 4: frequency is \"NaN\", not a number",
        "row 5: frequency 1, recency 0, T 40: recency must be positive exactly when the frequency is",
        "row 6: frequency is 1.5, not a whole number",
        "row 7: T is missing",
        "row 8: weight is -2, no number of customers",
        "row 9: T is \"inf\", not a number",
    ] {
        assert!(said.contains(wrong), "{wrong}: {said}");
    }
    write(folder, "b.csv", "frequency,recency,T\n3,2,6\n1,1.5,6\n");
    let said = refused(folder, &["fit", "b.csv", "--model", "bg-bb"]);
    assert!(said.contains("row 1: frequency 3, recency 2, T 6: frequency must not exceed recency"), "{said}");
    assert!(said.contains("row 2") && said.contains("must be whole"), "{said}");
}

#[test]
fn every_bad_row_of_a_log_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    write(folder, "l.csv", "klant,datum,bedrag\na,2026-02-30,1\n,2026-02-01,1\na,2026-02-01,-5\na,2026-02-01,x\n");
    let said = refused(folder, &[&["fit", "l.csv", "--model", "bg-nbd"][..], &LOG].concat());
    for wrong in [
        "row 1: \"2026-02-30\" is no date",
        "row 2: the customer is missing",
        "row 3: the amount -5 is below 0",
        "row 4: \"x\" is no amount",
    ] {
        assert!(said.contains(wrong), "{wrong}: {said}");
    }
    write(folder, "m.csv", "klant,datum,bedrag,currency\na,2026-01-01,1,EUR\na,2026-02-01,1,USD\n");
    let said = refused(folder, &[&["fit", "m.csv", "--model", "bg-nbd"][..], &LOG].concat());
    assert!(said.contains("several currencies (EUR, USD)"), "{said}");
}

#[test]
fn a_base_that_teaches_nothing_is_refused_or_labelled() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    write(folder, "zero.csv", "frequency,recency,T,monetary_value\n0,0,40,0\n0,0,30,0\n");
    for model in ["bg-nbd", "mbg-nbd", "pareto-nbd", "ggompertz-nbd", "bg-bb"] {
        let said = refused(folder, &["fit", "zero.csv", "--model", model]);
        assert!(said.contains(&format!("{model} cannot be fitted: no customer has a repeat")), "{said}");
    }
    let said = refused(folder, &["fit", "zero.csv", "--model", "gamma-gamma"]);
    assert!(said.contains("it learns from repeats with an amount above 0"), "{said}");
    write(folder, "none.csv", "frequency,recency,T\n");
    assert!(refused(folder, &["fit", "none.csv", "--model", "bg-nbd"]).contains("there are no customers in none.csv"));
    // One customer is fitted, and the fit says how little that means.
    write(folder, "one.csv", "frequency,recency,T\n3,20,40\n");
    for model in ["bg-nbd", "mbg-nbd", "pareto-nbd", "ggompertz-nbd", "bg-bb"] {
        let fit = json(folder, &["fit", "one.csv", "--model", model]);
        let warnings = fit["diagnostics"]["warnings"].to_string();
        assert!(warnings.contains("only 1 customers with repeats"), "{model}: {fit}");
        assert!(fit["standard_errors"].is_null() && warnings.contains("at the end of its range"), "{model}: {fit}");
    }
    write(folder, "stay.csv", "period,survivors\n0,100\n1,100\n2,100\n");
    for model in ["sbg", "bdw"] {
        let said = refused(folder, &["fit", "stay.csv", "--model", model]);
        assert!(said.contains("no customer left"), "{said}");
    }
}

#[test]
fn a_mean_that_does_not_exist_is_no_value() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let mut rows = String::from("frequency,recency,T,monetary_value\n");
    for number in 0..150 {
        let (x, recency) = (1 + number % 3, 5 + number % 30);
        // Spends over six orders of magnitude.
        rows.push_str(&format!("{x},{recency},40,{}\n", 10f64.powf(f64::from(number) / 25.0)));
    }
    rows.push_str(&"0,0,40,0\n".repeat(200));
    write(folder, "heavy.csv", &rows);
    let fit = json(folder, &["fit", "heavy.csv", "--model", "bg-nbd", "--out", "fit.json"]);
    let spend = &fit["margin"];
    assert!(spend["parameters"]["q"].as_f64().expect("q") <= 1.0, "{spend}");
    assert!(spend["diagnostics"]["warnings"].to_string().contains("the mean over the base is undefined"), "{spend}");
    let sums = json(folder, &["score", "heavy.csv", "--fit", "fit.json", "--horizon", "52", "--out", "s.csv"]);
    let scores = table(&folder.join("s.csv"));
    assert_eq!(
        scores["clv"].iter().filter(|clv| clv.is_empty()).count() as u64,
        sums["without_value"].as_u64().expect("a number")
    );
    assert!(scores["clv"][349].is_empty() && sums["without_value"].as_u64() >= Some(200));
}

/// Two in three leave at the first renewal and hardly anybody later: no beta-discrete-Weibull is likeliest.
#[test]
fn a_search_that_does_not_converge_is_labelled_and_scores_nobody() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    write(folder, "cliff.csv", "period,survivors\n0,285\n1,98\n2,96\n3,95\n");
    let fit = ["fit", "cliff.csv", "--model", "bdw", "--out", "fit.json"];
    assert!(refused(folder, &fit).contains("the search did not converge: do not use this fit of bdw"));
    let kept: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(folder.join("fit.json")).expect("a fit")).expect("JSON");
    let diagnostics = &kept["diagnostics"];
    assert_eq!(
        (&kept["converged"], &diagnostics["warnings"][0]),
        (&false.into(), &"the search did not converge".into())
    );
    assert!(diagnostics["gradient_norm"].as_f64().expect("a norm") > 1e-7, "{kept}");
    let scores = ["score", "cliff.csv", "--fit", "fit.json", "--horizon", "9", "--out", "s.csv"];
    assert!(refused(folder, &scores).contains("the fit of bdw did not converge: its parameters mean nothing"));
    assert!(!folder.join("s.csv").exists());
    // The model with one parameter less has a likeliest one.
    assert_eq!(json(folder, &["fit", "cliff.csv", "--model", "sbg"])["converged"], true);
}

#[test]
fn a_fit_that_did_not_converge_scores_nobody() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    write(folder, "log.csv", &log());
    let args = ["fit", "log.csv", "--model", "bg-nbd", "--out", "fit.json"];
    let mut fit = json(folder, &[&args[..], &LOG].concat());
    let score = [&["score", "log.csv", "--fit", "f.json", "--horizon", "9", "--out", "s.csv"][..], &LOG].concat();
    fit["converged"] = false.into();
    write(folder, "f.json", &fit.to_string());
    assert!(refused(folder, &score).contains("the fit of bg-nbd did not converge"));
    fit["converged"] = true.into();
    fit["parameters"]["alpha"] = (-1.0).into();
    write(folder, "f.json", &fit.to_string());
    assert!(refused(folder, &score).contains("parameter alpha is outside its range"));
    fit["parameters"].as_object_mut().expect("parameters").remove("b");
    write(folder, "f.json", &fit.to_string());
    assert!(refused(folder, &score).contains("the fit of bg-nbd has no parameter b"));
}

#[test]
fn what_is_asked_for_and_cannot_be_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    write(folder, "log.csv", &log());
    write(folder, "two.csv", "year,regular,high_end\n0,100,100\n1,63.1,86.9\n");
    write(folder, "late.csv", "period,survivors\n1,63\n2,46\n");
    write(folder, "rises.csv", "period,survivors\n0,63\n1,64\n");
    let cases: [(&[&str], bool, &str); 8] = [
        (&["fit", "no.csv", "--model", "bg-nbd"], false, "can't read no.csv"),
        (&["fit", "log.csv", "--model", "bg-nbd"], false, "no column frequency, recency, T; there are klant"),
        (&["fit", "log.csv", "--model", "sbg"], true, "sbg needs a survival table"),
        (&["fit", "log.csv", "--model", "bg-nbd", "--until", "July"], true, "\"July\" is no date"),
        (&["fit", "log.csv", "--log", "--model", "bg-nbd"], false, "say which column: --customer NAME"),
        (&["fit", "two.csv", "--model", "sbg"], false, "say which column has the survivors"),
        (&["fit", "late.csv", "--model", "sbg"], false, "the period is \"1\" where 0 is expected"),
        (&["fit", "rises.csv", "--model", "bdw"], false, "survivors of period 1 must not be more"),
    ];
    all_say(folder, &cases);
}

#[test]
fn what_cannot_be_scored_or_looked_back_at_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    write(folder, "log.csv", &log());
    value(folder, &[&["fit", "log.csv", "--model", "gamma-gamma", "--out", "g.json"][..], &LOG].concat());
    value(folder, &[&["fit", "log.csv", "--model", "bg-nbd", "--out", "b.json"][..], &LOG].concat());
    let cases: [(&[&str], bool, &str); 9] = [
        (&["backtest", "log.csv", "--holdout", "9"], true, "say where to cut"),
        (&["score", "log.csv", "--fit", "g.json", "--horizon", "9", "--out", "s.csv"], true, "score by another fit"),
        (
            &["score", "log.csv", "--fit", "b.json", "--horizon=-1", "--out", "s.csv"],
            true,
            "--horizon must be a number from 0",
        ),
        (
            &["score", "log.csv", "--fit", "b.json", "--horizon", "9", "--out", "s.csv", "--unit", "day"],
            true,
            "in weeks and not in days",
        ),
        (
            &[
                "score",
                "log.csv",
                "--fit",
                "b.json",
                "--horizon",
                "9",
                "--out",
                "s.csv",
                "--discount=-1",
                "--margin-share",
                "NaN",
            ],
            true,
            "--margin-share, --discount must be",
        ),
        (
            &["score", "log.csv", "--fit", "b.json", "--horizon", "9", "--out", "s.csv", "--margin", "b.json"],
            true,
            "the margin must be a fit of gamma-gamma",
        ),
        (&["backtest", "log.csv", "--calibration-end", "2030-01-01", "--holdout", "9"], true, "the log ends on"),
        (
            &["backtest", "log.csv", "--calibration-end", "2019-01-01", "--holdout", "9"],
            true,
            "nobody had bought by 2019-01-01",
        ),
        (&["compare", "log.csv", "--models", "bg-nbd,sbg"], true, "see different data"),
    ];
    all_say(folder, &cases);
}

/// Whether each is refused with these words; those of a log get its columns.
fn all_say(folder: &std::path::Path, cases: &[(&[&str], bool, &str)]) {
    for (args, is_log, said) in cases {
        let log: &[&str] = if *is_log { &LOG } else { &[] };
        let error = refused(folder, &[args, log].concat());
        assert!(error.contains(said), "{args:?}: {error}");
    }
}
