//! `tenure value fit`.

use super::{LOG, json, log, public, value, write};

/// Whether parameters are those that are known, to the digits that are.
fn are(fit: &serde_json::Value, known: &[(&str, f64, f64)]) {
    for (name, expected, tolerance) in known {
        let found = fit["parameters"][name].as_f64().expect("a parameter");
        assert!((found - expected).abs() <= *tolerance, "{name}: {found} is not {expected}");
        assert!(fit["standard_errors"][name].as_f64().expect("an error") > 0.0);
    }
    assert_eq!(fit["parameters"].as_object().expect("parameters").len(), known.len());
}

fn log_likelihood(fit: &serde_json::Value) -> f64 {
    fit["log_likelihood"].as_f64().expect("a number")
}

#[test]
fn a_summary_gives_the_published_models() {
    let (Some(file), Some(money)) = (public("cdnow_sample_rfm.csv"), public("cdnow_sample_rfm_monetary.csv")) else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let fit = |model: &str| json(folder.path(), &["fit", &file, "--model", model]);
    let bg = fit("bg-nbd");
    are(&bg, &[("r", 0.243, 5e-4), ("alpha", 4.414, 5e-4), ("a", 0.793, 5e-4), ("b", 2.426, 5e-4)]);
    assert!((log_likelihood(&bg) + 9_582.425_6).abs() < 1e-3);
    assert_eq!(
        (&bg["model"], &bg["unit"], &bg["customers"], &bg["cells"]),
        (&"bg-nbd".into(), &"week".into(), &2_357.into(), &1_016.into())
    );
    assert_eq!(bg["converged"], true);
    assert!(bg["diagnostics"]["warnings"].as_array().expect("warnings").is_empty());
    assert!(bg["diagnostics"]["gradient_norm"].as_f64().expect("a norm") < 1e-8 && bg["margin"].is_null());
    are(&fit("mbg-nbd"), &[("r", 0.525, 5e-4), ("alpha", 6.183, 5e-4), ("a", 0.891, 5e-4), ("b", 1.614, 5e-4)]);
    are(&fit("pareto-nbd"), &[("r", 0.553, 5e-4), ("alpha", 10.578, 5e-4), ("s", 0.606, 5e-4), ("beta", 11.669, 2e-3)]);
    // Nobody ages, so it says what the model before says, and that it does.
    let ageing = fit("ggompertz-nbd");
    assert!((log_likelihood(&ageing) - log_likelihood(&fit("pareto-nbd"))).abs() < 1e-3 && ageing["converged"] == true);
    let warnings = ageing["diagnostics"]["warnings"].to_string();
    assert!(warnings.contains("parameter b is at the end of its range") && ageing["standard_errors"].is_null());
    let columns = ["fit", &money, "--model", "gamma-gamma", "--columns", "x,t_x,T,zbar"];
    let spend = json(folder.path(), &columns);
    are(&spend, &[("p", 6.25, 5e-3), ("q", 3.74, 5e-3), ("gamma", 15.44, 1e-2)]);
    assert!((log_likelihood(&spend) + 4_055.923_2).abs() < 1e-3 && spend["customers"] == 946);
    // With amounts a model of purchases brings the model of spend along.
    let both = json(
        folder.path(),
        &["fit", &money, "--model", "bg-nbd", "--columns", "frequency=x,recency=t_x,monetary_value=zbar"],
    );
    assert_eq!((&both["parameters"], &both["margin"]["parameters"]), (&bg["parameters"], &spend["parameters"]));
}

#[test]
fn opportunities_and_contracts_give_the_published_models() {
    let (Some(donations), Some(survivors)) = (public("donations_bgbb.csv"), public("sbg_paper_survival.csv")) else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let columns = "frequency,recency,periods,weights";
    let fit = json(folder, &["fit", &donations, "--model", "bg-bb", "--columns", columns, "--unit", "year"]);
    are(&fit, &[("alpha", 1.204, 5e-4), ("beta", 0.750, 5e-4), ("gamma", 0.657, 5e-4), ("delta", 2.783, 5e-4)]);
    assert!((log_likelihood(&fit) + 33_225.581_3).abs() < 1e-3);
    assert_eq!((&fit["customers"], &fit["cells"], &fit["unit"]), (&11_104.into(), &22.into(), &"year".into()));
    let table = |model: &str, column: &str, until: &str| {
        json(
            folder,
            &["fit", &survivors, "--model", model, "--columns", column, "--until", until, "--customers", "1000"],
        )
    };
    let regular = table("sbg", "year,regular", "7");
    are(&regular, &[("alpha", 0.704_1, 5e-5), ("beta", 1.182_0, 5e-5)]);
    assert!((log_likelihood(&regular) + 1_680.265).abs() < 1e-3);
    are(&table("sbg", "survivors=high_end", "7"), &[("alpha", 0.668_1, 5e-5), ("beta", 3.806_1, 5e-5)]);
    let weibull = table("bdw", "high_end", "4");
    are(&weibull, &[("alpha", 0.259_35, 1e-3), ("beta", 1.722_69, 1e-2), ("c", 1.584_27, 1e-3)]);
}

#[test]
fn a_log_is_the_summary_it_makes_and_the_unit_is_only_a_unit() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    write(folder, "log.csv", &log());
    let fit = |unit: &str, until: &str| {
        json(
            folder,
            &[&["fit", "log.csv", "--model", "pareto-nbd", "--unit", unit, "--until", until][..], &LOG].concat(),
        )
    };
    let (weeks, days) = (fit("week", "2021-06-30"), fit("day", "2021-06-30"));
    let parameter = |fit: &serde_json::Value, name: &str| fit["parameters"][name].as_f64().expect("a parameter");
    for (name, factor) in [("r", 1.0), ("alpha", 7.0), ("s", 1.0), ("beta", 7.0)] {
        let (week, day) = (parameter(&weeks, name), parameter(&days, name));
        assert!((day / week / factor - 1.0).abs() < 1e-5, "{name}: {week} {day}");
    }
    assert_eq!(weeks["margin"]["model"], "gamma-gamma");
    assert_eq!((&weeks["customers"], &weeks["margin"]["parameters"]), (&600.into(), &days["margin"]["parameters"]));
    assert!(fit("week", "2020-03-01")["cells"].as_u64() < weeks["cells"].as_u64());
    let said = value(folder, &[&["fit", "log.csv", "--model", "bg-bb", "--unit", "month"][..], &LOG].concat());
    assert!(
        said.contains("bg-bb: 600 customers") && said.contains("delta") && said.contains("log-likelihood"),
        "{said}"
    );
}

#[test]
fn weights_are_customers() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let rows = [
        (0, 0.0, 40.0),
        (1, 3.5, 40.0),
        (2, 30.0, 38.0),
        (5, 20.25, 39.0),
        (12, 39.0, 40.0),
        (1, 35.0, 37.0),
        (3, 9.0, 40.0),
    ];
    let (mut weighted, mut repeated) =
        (String::from("frequency,recency,T,weight\n"), String::from("frequency;recency;T\n"));
    for (number, (x, recency, age)) in rows.into_iter().enumerate() {
        let count = if x == 0 { 200 } else { 60 - 7 * number };
        weighted.push_str(&format!("{x},{recency},{age},{count}\n"));
        repeated.push_str(&format!("{x};{recency};{age}\n").repeat(count));
    }
    write(folder, "w.csv", &weighted);
    write(folder, "r.csv", &repeated);
    let fit = |file: &str| json(folder, &["fit", file, "--model", "bg-nbd"]);
    let (left, right) = (fit("w.csv"), fit("r.csv"));
    for key in ["parameters", "standard_errors", "log_likelihood", "customers", "cells"] {
        assert_eq!(left[key], right[key], "{key}");
    }
}
