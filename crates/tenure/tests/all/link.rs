//! `tenure link`: files in, clusters out.

use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path};

use crate::{run, text};

/// Ninety people; every third is twice more: with a typo, and under initials and another address.
fn people() -> Vec<[String; 8]> {
    let given = ["Johannes", "Cornelia", "Pieter", "Willemina", "Hendrik", "Sanne", "Youssef", "Fatima", "Tess"];
    let start = ["Kor", "Ver", "Schel", "Oud", "Nij", "Hol", "Bui", "Lan", "Ster", "Wes"];
    let mut rows = Vec::new();
    for person in 0..90_usize {
        let name = given[person * 7 % given.len()];
        let surname =
            format!("{}{}", start[person % 10], ["kamp", "huis", "veld", "berg", "steeg"][person * 3 / 10 % 5]);
        let born = format!("19{:02}-{:02}-{:02}", 30 + person * 11 % 69, 1 + person % 12, 13 + person % 15);
        let mail = format!("{}.{}@example.org", name.to_lowercase(), surname.to_lowercase());
        let phone = format!("06{:08}", 10_000_019 * (person + 1) % 89_999_999 + 10_000_000);
        let mut add = |name: &str, surname: &str, mail: &str, phone: &str, house: usize| {
            let id = format!("r{}", rows.len() * 37 % 1_000);
            let cells = [&id, &person.to_string(), name, surname, &born, mail, phone, &house.to_string()];
            rows.push(cells.map(ToOwned::to_owned));
        };
        add(name, &surname, &mail, &phone, person);
        if person % 3 == 0 {
            add(name, &surname.replacen('e', "a", 1), &mail, "", person);
            add(&format!("{}.", &name[..1]), &surname, "", &format!("+31{}", &phone[1..]), person + 7);
        }
    }
    rows
}

const HEADERS: [&str; 8] =
    ["rec_id", "wie", "voornaam", "achternaam", "geboortedatum", "email", "telefoon", "huisnummer"];

fn csv(rows: &[[String; 8]], delimiter: &str) -> String {
    let lines = rows.iter().map(|row| row.join(delimiter));
    std::iter::once(HEADERS.join(delimiter)).chain(lines).fold(String::new(), |mut text, line| {
        let _ = writeln!(text, "{line}");
        text
    })
}

/// Runs a verb and gives what it printed.
fn link(folder: &Path, args: &[&str]) -> String {
    let done = run(folder, &[&["link"], args, &["--quiet"]].concat());
    assert!(done.status.success(), "{args:?}: {}", text(&done.stderr));
    text(&done.stdout)
}

fn json(folder: &Path, args: &[&str]) -> serde_json::Value {
    serde_json::from_str(&link(folder, args)).expect("JSON")
}

/// Which records are together, by the ids in the file.
fn groups(file: &Path) -> Vec<Vec<String>> {
    let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in fs::read_to_string(file).expect("clusters").lines().skip(1) {
        let (id, cluster) = line.split_once(',').expect("two columns");
        groups.entry(cluster.to_owned()).or_default().push(id.to_owned());
    }
    let mut groups: Vec<_> = groups.into_values().collect();
    groups.iter_mut().for_each(|group| group.sort());
    groups.sort();
    groups
}

#[test]
fn a_file_is_deduplicated_measured_and_explained() {
    let folder = tempfile::tempdir().expect("a folder");
    let (folder, rows) = (folder.path(), people());
    fs::write(folder.join("people.csv"), csv(&rows, ",")).expect("written");
    let report = json(folder, &["dedupe", "people.csv", "--out", "c.csv", "--truth", "wie", "--json"]);
    assert_eq!(report["records"], rows.len());
    assert!(report["pairwise"]["f1"].as_f64().expect("F1") > 0.95, "{report}");
    assert_eq!(report["columns"][0]["roles"]["wie"], "ignored", "the truth is no evidence");
    let written = fs::read_to_string(folder.join("c.csv")).expect("clusters");
    assert!(written.starts_with("rec_id,cluster_id\nr0,"), "in the order of the input: {written}");
    // What another tool found is measured alike.
    let again = json(folder, &["evaluate", "people.csv", "--truth", "wie", "--clusters", "c.csv", "--json"]);
    assert_eq!(again["pairwise"], report["pairwise"]);
    let said = link(folder, &["explain", "people.csv", "--left", "r0", "--right", "r37", "--svg", "w.svg"]);
    assert!(said.contains("email: same") && said.contains("in one cluster"), "{said}");
    let picture = fs::read_to_string(folder.join("w.svg")).expect("a picture");
    assert!(picture.starts_with("<svg") && picture.contains("r0 and r37"));
}

#[test]
fn neither_the_truth_nor_the_ids_nor_the_order_matter() {
    let folder = tempfile::tempdir().expect("a folder");
    let (folder, mut rows) = (folder.path(), people());
    fs::write(folder.join("a.csv"), csv(&rows, ",")).expect("written");
    link(folder, &["dedupe", "a.csv", "--out", "a.out", "--truth", "wie"]);
    rows.reverse();
    rows.iter_mut().for_each(|row| row[1] = "nobody".to_owned());
    fs::write(folder.join("b.csv"), csv(&rows, ";")).expect("written");
    link(folder, &["dedupe", "b.csv", "--out", "b.out", "--truth", "wie", "--threads", "3"]);
    assert_eq!(groups(&folder.join("a.out")), groups(&folder.join("b.out")));
}

#[test]
fn pairs_are_chosen_judged_and_learned_from() {
    let folder = tempfile::tempdir().expect("a folder");
    let (folder, rows) = (folder.path(), people());
    fs::write(folder.join("p.csv"), csv(&rows, ",")).expect("written");
    link(folder, &["train", "p.csv", "--choose", "40", "--to-judge", "pairs.csv", "--truth", "wie"]);
    let truth: BTreeMap<&str, &str> = rows.iter().map(|row| (row[0].as_str(), row[1].as_str())).collect();
    let pairs = fs::read_to_string(folder.join("pairs.csv")).expect("pairs");
    let mut judged = String::from("left_id,right_id,is_match\n");
    for line in pairs.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let _ = writeln!(judged, "{},{},{}", cells[0], cells[1], u8::from(truth[cells[0]] == truth[cells[1]]));
    }
    fs::write(folder.join("judged.csv"), judged).expect("written");
    let report = json(
        folder,
        &[
            "dedupe",
            "p.csv",
            "--labels",
            "judged.csv",
            "--save-model",
            "m.json",
            "--out",
            "1.csv",
            "--truth",
            "wie",
            "--json",
        ],
    );
    assert!(report["labels"].as_u64().expect("labels") >= 30, "{report}");
    link(folder, &["dedupe", "p.csv", "--model", "m.json", "--out", "2.csv", "--truth", "wie"]);
    assert_eq!(groups(&folder.join("1.csv")), groups(&folder.join("2.csv")), "a model that is kept weighs the same");
    // What somebody decided holds whatever the weights say.
    fs::write(folder.join("d.csv"), "left_id,right_id,is_match\nr0,r37,0\nr0,r111,1\n").expect("written");
    link(folder, &["dedupe", "p.csv", "--decisions", "d.csv", "--out", "3.csv", "--truth", "wie"]);
    let groups = groups(&folder.join("3.csv"));
    let of = |id: &str| groups.iter().find(|group| group.iter().any(|one| one == id)).expect("a group");
    assert!(of("r0") != of("r37") && of("r0") == of("r111"));
}

#[test]
fn one_file_is_matched_with_another() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let (left, right): (Vec<_>, Vec<_>) = people().into_iter().partition(|row| !row[2].ends_with('.'));
    fs::write(folder.join("l.csv"), csv(&left, ",")).expect("written");
    fs::write(folder.join("r.csv"), csv(&right, "\t")).expect("written");
    link(folder, &["match", "l.csv", "r.csv", "--out", "m.csv", "--truth", "wie"]);
    let right: Vec<&str> = right.iter().map(|row| row[0].as_str()).collect();
    for group in groups(&folder.join("m.csv")) {
        let of_right = group.iter().filter(|id| right.contains(&id.as_str())).count();
        assert!(of_right <= 1 && group.len() - of_right <= 1, "nobody is twice in one file: {group:?}");
    }
}

#[test]
fn what_is_wrong_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    fs::write(folder.join("p.csv"), csv(&people(), ",")).expect("written");
    fs::write(folder.join("x.csv"), "a,b\n1,2\n").expect("written");
    fs::write(folder.join("e.csv"), "rec_id,surname\n").expect("written");
    fs::write(folder.join("m.json"), "{}").expect("written");
    let cases: [(&[&str], &str); 7] = [
        (&["dedupe", "none.csv"], "can't read none.csv"),
        (&["dedupe", "p.csv", "--truth", "waar"], "there is no column \"waar\""),
        (&["dedupe", "x.csv"], "none of the columns is recognised"),
        (&["dedupe", "e.csv"], "there are no records"),
        (&["dedupe", "p.csv", "--model", "m.json"], "the model m.json"),
        (&["explain", "p.csv", "--left", "r0", "--right", "nobody"], "no record has the id \"nobody\""),
        (&["evaluate", "p.csv"], "--truth COLUMN"),
    ];
    for (args, said) in cases {
        let done = run(folder, &[&["link"], args, &["--quiet"]].concat());
        assert!(!done.status.success() && text(&done.stderr).contains(said), "{args:?}: {}", text(&done.stderr));
    }
}
