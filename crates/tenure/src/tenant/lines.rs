//! Rows as lines of JSON, bytes as base64.

use std::{
    fs::File,
    io::{BufRead as _, BufReader, BufWriter, Write as _},
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use ring::digest::{Context as Digest, SHA256};
use serde_json::{Map, Value as Json};
use tenure_store::{Column, Kind, Value};

use super::{folder, manifest::Sum};

/// Writes a file, and sums it up.
pub(super) struct Writer {
    file: BufWriter<File>,
    digest: Digest,
    rows: u64,
}

impl Writer {
    pub(super) fn create(path: &Path) -> anyhow::Result<Self> {
        Ok(Self { file: BufWriter::new(folder::create(path)?), digest: Digest::new(&SHA256), rows: 0 })
    }

    pub(super) fn push(&mut self, columns: &[Column], row: &[Value]) -> anyhow::Result<()> {
        let mut line = Map::new();
        for (column, value) in columns.iter().zip(row) {
            let value = json(value).with_context(|| format!("{} holds what no line can say", column.name))?;
            line.insert(column.name.clone(), value);
        }
        let mut text = serde_json::to_vec(&line)?;
        text.push(b'\n');
        self.digest.update(&text);
        self.file.write_all(&text)?;
        self.rows += 1;
        Ok(())
    }

    /// Ends it; durable when it answers.
    pub(super) fn end(self) -> anyhow::Result<Sum> {
        self.file.into_inner()?.sync_all()?;
        Ok(Sum { rows: self.rows, sha256: hex(self.digest) })
    }
}

/// Reads a file, row by row, and sums it up.
pub(super) struct Reader<'a> {
    path: PathBuf,
    file: BufReader<File>,
    columns: &'a [Column],
    digest: Digest,
    rows: u64,
}

impl<'a> Reader<'a> {
    pub(super) fn open(path: PathBuf, columns: &'a [Column]) -> anyhow::Result<Self> {
        let file = File::open(&path).with_context(|| format!("{}", path.display()))?;
        Ok(Self { path, file: BufReader::new(file), columns, digest: Digest::new(&SHA256), rows: 0 })
    }

    /// The next rows, at most so many; none: there are no more.
    pub(super) fn page(&mut self, limit: i64) -> anyhow::Result<Vec<Vec<Value>>> {
        let mut rows = Vec::new();
        let mut line = Vec::new();
        for _ in 0..limit {
            line.clear();
            if self.file.read_until(b'\n', &mut line).with_context(|| format!("{}", self.path.display()))? == 0 {
                break;
            }
            self.digest.update(&line);
            self.rows += 1;
            // Without what stands in it: it may be personal.
            let row = row(self.columns, &line);
            rows.push(
                row.with_context(|| format!("{}: line {} is no row of the table", self.path.display(), self.rows))?,
            );
        }
        Ok(rows)
    }

    /// What it was, once all of it is read.
    pub(super) fn end(self) -> Sum {
        Sum { rows: self.rows, sha256: hex(self.digest) }
    }
}

fn row(columns: &[Column], line: &[u8]) -> Option<Vec<Value>> {
    let mut line: Map<String, Json> = serde_json::from_slice(line).ok()?;
    let row =
        columns.iter().map(|column| value(column.kind, line.remove(&column.name)?)).collect::<Option<Vec<_>>>()?;
    line.is_empty().then_some(row)
}

fn json(value: &Value) -> Option<Json> {
    Some(match value {
        Value::Bytes(Some(bytes)) => STANDARD.encode(bytes).into(),
        Value::BigInt(Some(number)) => (*number).into(),
        Value::String(Some(text)) => text.as_str().into(),
        Value::Bool(Some(truth)) => (*truth).into(),
        _ => return None,
    })
}

fn value(kind: Kind, json: Json) -> Option<Value> {
    Some(match (kind, json) {
        (Kind::Bytes, Json::String(text)) => STANDARD.decode(text).ok()?.into(),
        (Kind::Int, Json::Number(number)) => number.as_i64()?.into(),
        (Kind::Text, Json::String(text)) => text.into(),
        (Kind::Bool, Json::Bool(truth)) => truth.into(),
        _ => return None,
    })
}

fn hex(digest: Digest) -> String {
    digest.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns() -> Vec<Column> {
        let column = |(name, kind): (&str, Kind)| Column { name: name.to_owned(), kind };
        [("id", Kind::Bytes), ("count", Kind::Int), ("name", Kind::Text), ("fine", Kind::Bool)].map(column).into()
    }

    #[test]
    fn rows_are_read_as_they_were_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.jsonl");
        let rows: Vec<Vec<Value>> = vec![
            vec![vec![0_u8, 255].into(), i64::MIN.into(), "é\n\"\u{1}".into(), true.into()],
            vec![Vec::<u8>::new().into(), i64::MAX.into(), "".into(), false.into()],
        ];
        let mut writer = Writer::create(&path).expect("a file");
        rows.iter().for_each(|row| writer.push(&columns(), row).expect("written"));
        let sum = writer.end().expect("ended");
        let columns = columns();
        let mut reader = Reader::open(path.clone(), &columns).expect("a file");
        assert_eq!([reader.page(1), reader.page(9), reader.page(9)].map(|page| page.expect("a page")).concat(), rows);
        assert_eq!(reader.end(), sum);
        assert!(Writer::create(&path).is_err(), "nothing is overwritten");
    }

    #[test]
    fn what_is_no_row_is_refused() {
        let right = r#"{"id":"AA==","count":1,"name":"a","fine":true}"#;
        assert!(row(&columns(), right.as_bytes()).is_some());
        for (from, to) in
            [("AA==", "AA="), ("1", "1.5"), ("\"a\"", "null"), ("true", "1"), ("}", ",\"more\":1}"), ("{", "")]
        {
            assert_eq!(row(&columns(), right.replacen(from, to, 1).as_bytes()), None, "{to}");
        }
    }
}
