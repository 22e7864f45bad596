//! The public data sets; a set that is absent skips its test loudly.

use std::{collections::HashMap, io::Write as _, path::PathBuf};
use tenure_linkage::{Records, Schema, recognise};

/// A file with a truth.
pub(crate) struct Set {
    pub(crate) schema: Schema,
    pub(crate) headers: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
}

impl Set {
    /// Reads a set, or says that it is absent.
    pub(crate) fn read(name: &str) -> Option<Self> {
        let root = std::env::var_os("TENURE_DATA")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"), PathBuf::from);
        let Ok(mut reader) = csv::Reader::from_path(root.join("identity").join(name)) else {
            // Not captured, as what a test prints is: a skipped test must be seen.
            let _ = writeln!(std::io::stderr(), "SKIPPED: data set identity/{name} absent");
            return None;
        };
        let headers: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
        let rows = reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
        Some(Self::of(headers, rows))
    }

    /// A set of rows under headers; columns are recognised.
    pub(crate) fn of(headers: Vec<String>, rows: Vec<Vec<String>>) -> Self {
        let names: Vec<&str> = headers.iter().map(String::as_str).collect();
        let sample: Vec<Vec<&str>> =
            rows.iter().take(500).map(|row| row.iter().map(String::as_str).collect()).collect();
        let schema = recognise(&names, &sample, Some("ent_id"));
        Self { schema, headers, rows }
    }

    /// The records in the order of the rows.
    pub(crate) fn records(&self) -> Records {
        let id = self.column("rec_id");
        let mut records = Records::default();
        for row in &self.rows {
            records.push(&self.schema, Some(&row[id]), 0, |column| row[column].as_str());
        }
        records.finish();
        records
    }

    /// The truth of each record, in the order of the records.
    pub(crate) fn truth(&self, records: &Records) -> Vec<u32> {
        let truth = self.column("ent_id");
        let mut known = HashMap::new();
        let mut named = |record: usize| {
            let next = known.len() as u32;
            *known.entry(self.rows[records.came(record)][truth].clone()).or_insert(next)
        };
        (0..records.len()).map(&mut named).collect()
    }

    pub(crate) fn column(&self, name: &str) -> usize {
        self.headers.iter().position(|header| header == name).unwrap()
    }
}
