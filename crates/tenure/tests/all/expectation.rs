//! `tenure expectation audit`: a file of surveys in, those that should not have gone out and the worth of the scores out.

use std::{fs, path::Path};

use crate::{run, text};

/// Deliveries due on 2 November 2026: a late one and one that never came, both asked about in between, and others that were kept.
const SURVEYS: &str = "\
case_id,promised_by,experienced_at,survey_sent_at,score,customer,complaint_opened_at,complaint_closed_at
late,2026-11-02,2026-11-06,2026-11-04,1,ann,,
never,2026-11-02,,2026-11-05T10:00:00+01:00,2,bob,2026-11-04,
on-the-day,2026-11-02,2026-11-02,2026-11-02,5,cas,,
kept,2026-11-02,2026-11-01,2026-11-03,4,dee,,
again,2026-11-10,2026-11-09,2026-11-10,3,dee,,
silent,2026-11-02,2026-11-01,2026-11-03,,eve,,
settled,2026-11-02,2026-11-02T09:00:00Z,2026-11-08 10:00,1,fay,2026-10-20,2026-10-25
";

fn audited(folder: &Path, args: &[&str]) -> String {
    let done = run(folder, &[&["expectation", "audit"], args].concat());
    assert!(done.status.success(), "{args:?}: {}", text(&done.stderr));
    text(&done.stdout)
}

fn refused(folder: &Path, args: &[&str]) -> String {
    let done = run(folder, &[&["expectation", "audit"], args].concat());
    assert_eq!(done.status.code(), Some(1), "{args:?}: {}", text(&done.stdout));
    assert_eq!(text(&done.stdout), "", "nothing half done");
    text(&done.stderr)
}

fn json(folder: &Path, args: &[&str]) -> serde_json::Value {
    serde_json::from_str(&audited(folder, &[args, &["--json"]].concat())).expect("JSON")
}

#[test]
fn what_should_not_have_gone_out_is_told_from_what_might() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    fs::write(folder.join("s.csv"), SURVEYS).expect("written");
    let found = json(folder, &["s.csv"]);
    assert_eq!((&found["surveys"], &found["answered"]), (&7.into(), &6.into()));
    let held = serde_json::json!([
        { "line": 2, "case_id": "late", "reasons": ["PROMISE_OVERDUE"] },
        { "line": 3, "case_id": "never", "reasons": ["OPEN_COMPLAINT", "PROMISE_OVERDUE"] },
        { "line": 6, "case_id": "again", "reasons": ["STALE", "FREQ_ANY"] },
    ]);
    assert_eq!(found["held_surveys"], held);
    let reasons = serde_json::json!({ "FREQ_ANY": 1, "OPEN_COMPLAINT": 1, "PROMISE_OVERDUE": 2, "STALE": 1 });
    assert_eq!(found["held"]["by_reason"], reasons);
    let close = |path: &str, expected: f64| {
        let value = found.pointer(path).and_then(serde_json::Value::as_f64).expect(path);
        assert!((value - expected).abs() < 1e-9, "{path}: {value}");
    };
    for (path, expected) in [
        ("/held/count", 3.0),
        ("/held/share", 3.0 / 7.0),
        ("/held/mean_score", 2.0),
        ("/held/lowest_share", 1.0 / 3.0),
        ("/held/share_of_lowest", 0.5),
        ("/let_through/count", 4.0),
        ("/let_through/answered", 3.0),
        ("/let_through/mean_score", 10.0 / 3.0),
        ("/let_through/lowest_share", 1.0 / 3.0),
        ("/all/mean_score", 16.0 / 6.0),
        ("/bounds/mean_score/worst", 13.0 / 6.0),
        ("/bounds/mean_score/best", 25.0 / 6.0),
    ] {
        close(path, expected);
    }
    assert!(found["bounds"].get("nps").is_none() && found["all"].get("nps").is_none(), "no NPS was asked");
    // Of three answers of customers in a plain state two were let through; that is drawn towards three of four: 5.75 of 8.
    let strata = serde_json::json!([
        { "stratum": "COMPLAINT_OPEN", "surveys": 1, "answered": 1, "let_through": 0, "let_through_answered": 0, "propensity": null },
        { "stratum": "PROMISE_OVERDUE", "surveys": 1, "answered": 1, "let_through": 0, "let_through_answered": 0, "propensity": null },
        { "stratum": "COMPLAINT_SETTLED", "surveys": 1, "answered": 1, "let_through": 1, "let_through_answered": 1, "propensity": 1.0 },
        { "stratum": "PLAIN", "surveys": 4, "answered": 3, "let_through": 3, "let_through_answered": 2, "propensity": 0.71875 },
    ]);
    assert_eq!(found["strata"], strata);
    close("/weighted/mean_score", (9.0 / 0.71875 + 1.0) / (2.0 / 0.71875 + 1.0));
    close("/weighted/covered_share", 4.0 / 6.0);
    assert!(found["weighted"].get("nps").is_none());
    let propensities = found["survey_propensities"].as_array().expect("a list");
    let waiting = serde_json::json!({ "line": 2, "stratum": "PROMISE_OVERDUE", "propensity": null });
    assert_eq!((propensities.len(), &propensities[0], &propensities[3]["propensity"]), (7, &waiting, &0.71875.into()));
    let said = audited(folder, &["s.csv"]);
    for line in [
        "7 surveys, answered from 1 to 5",
        "held               3  42.9 %         3   2.00  33.3 %         50.0 %",
        "  PROMISE_OVERDUE            2",
        "between 2.17 and 4.17",
        "  COMPLAINT_OPEN           1         1            0  bounds only",
        "  PLAIN                    4         3            3  0.719",
        "(66.7 % of all answers)\n  the mean would be 3.57",
    ] {
        assert!(said.contains(line), "{line}: {said}");
    }
}

#[test]
fn an_nps_has_an_interval_and_bounds_and_nothing_has_none() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let mut rows = "case_id;promised_by;experienced_at;survey_sent_at;score\n".to_owned();
    let answers = [(50, 10), (30, 8), (20, 3)];
    for (number, score) in answers.iter().flat_map(|(count, score)| (0..*count).map(move |one| (one, score))) {
        rows.push_str(&format!("{score}-{number};2026-11-02;2026-11-01;2026-11-03;{score}\n"));
    }
    for number in 0..25 {
        rows.push_str(&format!("late-{number};2026-11-02;;2026-11-03;0\n"));
    }
    fs::write(folder.join("n.csv"), &rows).expect("written");
    let found = json(folder, &["n.csv", "--survey", "nps"]);
    let tenth = |path: &str| {
        let value = found.pointer(path).and_then(serde_json::Value::as_f64).expect(path);
        (value * 10.0).round() / 10.0
    };
    assert_eq!((tenth("/let_through/nps/score"), tenth("/let_through/nps/half_width")), (30.0, 15.3));
    assert_eq!((tenth("/bounds/nps/worst"), tenth("/bounds/nps/best")), (4.0, 44.0));
    assert_eq!(tenth("/held/nps/score"), -100.0);
    assert_eq!((tenth("/weighted/nps/score"), tenth("/weighted/nps/half_width")), (30.0, 15.3), "of those like them");
    assert_eq!(tenth("/weighted/covered_share"), 0.8);
    let said = audited(folder, &["n.csv", "--survey", "nps"]);
    assert!(said.contains("NPS, let through  +30 ± 15.3") && said.contains("between +4 and +44"), "{said}");
    assert!(said.contains("the NPS would be +30 ± 15.3"), "{said}");
    // The usual scale is not guessed at: 10 is no number of stars.
    assert!(refused(folder, &["n.csv"]).contains("line 2: column score: is not from 1 to 5"));
    fs::write(folder.join("none.csv"), rows.lines().next().expect("a header")).expect("written");
    let none = json(folder, &["none.csv", "--survey", "nps"]);
    assert_eq!((&none["surveys"], &none["all"]["nps"]["score"]), (&0.into(), &serde_json::Value::Null));
    assert_eq!(
        (&none["all"]["mean_score"], &none["bounds"]["mean_score"]),
        (&serde_json::Value::Null, &serde_json::Value::Null)
    );
    assert_eq!((&none["weighted"], &none["strata"]), (&serde_json::Value::Null, &serde_json::json!([])));
    assert!(audited(folder, &["none.csv"]).contains("0 surveys"));
}

/// Deliveries of nine days around the due one, and what customers answered who had it when they were asked.
fn answers(count: i64, ratio: f64) -> String {
    let mut rows = "case_id,promised_by,experienced_at,survey_sent_at,score\n".to_owned();
    for number in 0..count {
        let days = number % 9 - 4;
        let steps = (days.abs() as f64 / 2.0).min(3.0).powf(0.88);
        let score = 50.0 + if days <= 0 { 10.0 * steps } else { -10.0 * ratio * steps };
        let score = (score + [3.0, -1.0, 2.0, -4.0][(number / 9 % 4) as usize]).round();
        rows.push_str(&format!("c{number},2026-11-10,2026-11-{:02},2026-11-20,{score}\n", 10 + days));
    }
    // Who still waited says nothing of how a gap is felt afterwards.
    rows + "w,2026-11-10,2026-11-22,2026-11-20,0\n"
}

#[test]
fn answers_propose_how_much_more_a_loss_weighs_and_change_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let calibrated = |args: &[&str]| {
        let done = run(folder, &[&["expectation", "calibrate"], args].concat());
        assert!(done.status.success(), "{args:?}: {}", text(&done.stderr));
        text(&done.stdout)
    };
    fs::write(folder.join("a.csv"), answers(360, 2.0)).expect("written");
    let args = ["a.csv", "--scale", "0-100", "--json"];
    let found: serde_json::Value = serde_json::from_str(&calibrated(&args)).expect("JSON");
    let proposed = found["proposed_loss_aversion"].as_f64().expect("a proposal");
    assert!((proposed - 2.0).abs() < 0.1, "{found}");
    assert_eq!((&found["answers"], &found["late"], &found["early"]), (&360.into(), &160.into(), &160.into()));
    assert_eq!((&found["current_loss_aversion"], &found["doubts"]), (&2.25.into(), &serde_json::json!([])));
    assert!(found["interval"]["low"].as_f64() < Some(proposed) && found["interval"]["high"].as_f64() > Some(proposed));
    assert_eq!(calibrated(&args), calibrated(&args), "the seed is fixed");
    assert!(calibrated(&["a.csv", "--scale", "0-100"]).contains("nothing was changed"));
    fs::write(folder.join("f.csv"), answers(90, 2.0)).expect("written");
    let few = calibrated(&["f.csv", "--scale", "0-100"]);
    assert!(few.contains("nothing is proposed: fewer than 100 came late"), "{few}");
    let none: serde_json::Value =
        serde_json::from_str(&calibrated(&["f.csv", "--scale", "0-100", "--attribute", "claim_decision", "--json"]))
            .expect("JSON");
    assert_eq!(none["proposed_loss_aversion"], serde_json::Value::Null);
}

#[test]
fn the_order_of_lines_changes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let (header, rows) = SURVEYS.split_once('\n').expect("a header");
    let reversed: Vec<&str> = rows.lines().rev().collect();
    fs::write(folder.join("s.csv"), SURVEYS).expect("written");
    fs::write(folder.join("r.csv"), format!("{header}\n{}\n", reversed.join("\n"))).expect("written");
    assert_eq!(audited(folder, &["s.csv"]), audited(folder, &["r.csv"]));
}

#[test]
fn days_end_in_the_zone_of_the_configuration() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    // In Amsterdam the day is over by then; in New York it is not.
    let rows = "case_id,promised_by,experienced_at,survey_sent_at,score\na,2026-11-02,,2026-11-03T00:30:00Z,3\n";
    fs::write(folder.join("s.csv"), rows).expect("written");
    assert_eq!(json(folder, &["s.csv"])["held"]["count"], 1);
    fs::write(folder.join("t.toml"), "[expectation]\ntime_zone = \"America/New_York\"\n").expect("written");
    let done = run(folder, &["--config", "t.toml", "expectation", "audit", "s.csv", "--json"]);
    let found: serde_json::Value = serde_json::from_slice(&done.stdout).expect("JSON");
    assert_eq!(found["held"]["count"], 0);
}

#[test]
fn everything_that_is_wrong_with_a_file_is_said_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let rows = "\
case_id,promised_by,experienced_at,survey_sent_at,score,customer,complaint_opened_at,complaint_closed_at
,2026-11-02,,2026-11-03,3,,,
a,2026-02-30,soon,,3,,,
\"b
b\",2026-11-02,,2026-11-03,4.5,,,
c,2026-11-02,,2026-11-03,9,,2026-11-05,2026-11-04
d,2026-11-02,,2026-11-03,3,,,2026-11-04
e,,,2026-11-03,3,,,,
fine,2026-11-02,,2026-11-03,3.0
";
    fs::write(folder.join("s.csv"), rows).expect("written");
    let said = refused(folder, &["s.csv"]);
    for wrong in [
        "s.csv: 9 values that cannot be used",
        "line 2: column case_id: is missing",
        "line 3: column promised_by: \"2026-02-30\" is no time",
        "line 3: column experienced_at: \"soon\" is no time",
        "line 3: column survey_sent_at: is missing",
        "line 4: column score: \"4.5\" is no whole number",
        "line 6: column score: is not from 1 to 5",
        "line 6: column complaint_closed_at: is before the complaint was opened",
        "line 7: column complaint_closed_at: is of a complaint that was never opened",
        "line 8: 9 cells, and the header has 8",
    ] {
        assert!(said.contains(wrong), "{wrong}: {said}");
    }
    assert!(!said.contains("line 9"), "{said}");
    fs::write(folder.join("h.csv"), "case_id,promised,score,customer,customer\n").expect("written");
    let said = refused(folder, &["h.csv"]);
    assert!(said.contains("line 1: there is no column promised_by, experienced_at, survey_sent_at"), "{said}");
    fs::write(folder.join("t.csv"), format!("score,{}", SURVEYS)).expect("written");
    assert!(refused(folder, &["t.csv"]).contains("more than one column score"));
    assert!(refused(folder, &["nowhere.csv"]).contains("can't read nowhere.csv"));
    for (args, wrong) in [
        (["--scale", "5-1", "--survey", "csat"], "\"5-1\" is no scale"),
        (["--scale", "1-5", "--survey", "nps"], "an NPS survey is answered from 0 to 10"),
    ] {
        let said = refused(folder, &[&["s.csv"], &args[..]].concat());
        assert!(said.contains(wrong), "{said}");
    }
    let crowd: Vec<String> = (0..501).map(|number| format!("o{number},2026-11-02,,2026-11-03,3,x")).collect();
    let crowd = format!("case_id,promised_by,experienced_at,survey_sent_at,score,customer\n{}\n", crowd.join("\n"));
    fs::write(folder.join("c.csv"), crowd).expect("written");
    assert!(refused(folder, &["c.csv"]).contains("line 2: column customer: is that of 501 surveys; at most 500"));
}
