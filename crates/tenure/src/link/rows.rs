//! The rows of a file, whatever its form: CSV with comma, semicolon or tab; Parquet.

use std::{
    borrow::Cow,
    fs::File,
    io::{BufRead as _, BufReader, Read},
    ops::ControlFlow,
    path::Path,
};

use anyhow::Context as _;
use csv::ByteRecord;
use indicatif::ProgressBar;
use parquet::{
    file::reader::{FileReader as _, SerializedFileReader},
    record::Field,
};

/// What a Parquet file begins with.
const PARQUET: &[u8] = b"PAR1";

/// Takes a row, and says whether more are wanted.
pub(crate) type Take<'a> = dyn FnMut(&[Cow<'_, str>]) -> ControlFlow<()> + 'a;

/// Gives every row of a file to `row`, as text, until it wants no more; returns the headers. A row may have fewer cells than there are headers.
pub(crate) fn rows(path: &Path, progress: &ProgressBar, row: &mut Take<'_>) -> anyhow::Result<Vec<String>> {
    let open = || File::open(path).with_context(|| format!("can't read {}", path.display()));
    let mut file = BufReader::with_capacity(1 << 16, progress.wrap_read(open()?));
    let start = file.fill_buf().with_context(|| format!("can't read {}", path.display()))?;
    if start.starts_with(PARQUET) {
        return parquet_rows(open()?, row).with_context(|| format!("{}", path.display()));
    }
    let delimiter = delimiter(start);
    csv_rows(&mut file, delimiter, row).with_context(|| format!("{}", path.display()))
}

fn csv_rows(file: &mut dyn Read, delimiter: u8, row: &mut Take<'_>) -> anyhow::Result<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(file);
    let headers: Vec<String> = cells(reader.byte_headers().context("the header")?).map(Cow::into_owned).collect();
    let mut one = ByteRecord::new();
    while reader.read_byte_record(&mut one)? {
        if row(&cells(&one).collect::<Vec<_>>()).is_break() {
            break;
        }
    }
    Ok(headers.iter().map(|name| name.trim_start_matches('\u{feff}').trim().to_owned()).collect())
}

/// Cells that are no UTF-8 are read as well as can be.
fn cells(row: &ByteRecord) -> impl Iterator<Item = Cow<'_, str>> {
    row.iter().map(String::from_utf8_lossy)
}

/// What parts the cells: what is most frequent in the first line of comma, semicolon and tab.
pub(crate) fn delimiter(start: &[u8]) -> u8 {
    let line = start.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |delimiter: u8| line.iter().filter(|byte| **byte == delimiter).count();
    [b'\t', b';', b','].into_iter().max_by_key(|delimiter| count(*delimiter)).unwrap_or(b',')
}

fn parquet_rows(file: File, row: &mut Take<'_>) -> anyhow::Result<Vec<String>> {
    let reader = SerializedFileReader::new(file)?;
    let schema = reader.metadata().file_metadata().schema();
    let headers = schema.get_fields().iter().map(|field| field.name().to_owned()).collect();
    for one in reader.get_row_iter(None)? {
        let one = one?;
        if row(&one.get_column_iter().map(|(_, field)| text(field)).collect::<Vec<_>>()).is_break() {
            break;
        }
    }
    Ok(headers)
}

/// A value as it would stand in a CSV file. Whole numbers stay whole: a column with gaps is often kept as floating.
fn text(field: &Field) -> Cow<'_, str> {
    let number = |value: f64| match value {
        value if value.is_nan() => String::new(),
        value if value.fract() == 0.0 && value.abs() < 1e15 => format!("{value:.0}"),
        value => value.to_string(),
    };
    match field {
        Field::Null => Cow::Borrowed(""),
        Field::Str(text) => Cow::Borrowed(text),
        Field::Bytes(bytes) => Cow::Owned(String::from_utf8_lossy(bytes.data()).into_owned()),
        Field::Float(value) => Cow::Owned(number(f64::from(*value))),
        Field::Double(value) => Cow::Owned(number(*value)),
        other => Cow::Owned(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::{ControlFlow, Cow, delimiter, rows};
    use parquet::{
        data_type::{ByteArray, ByteArrayType, DoubleType, Int32Type},
        file::writer::SerializedFileWriter,
        schema::parser::parse_message_type,
    };
    use std::{fs::File, sync::Arc};

    #[test]
    fn what_parts_cells_is_seen_in_the_header() {
        for (line, expected) in [("a,b\n1;2;3", b','), ("a;b,c;d\n", b';'), ("a\tb\tc,d", b'\t'), ("", b',')] {
            assert_eq!(delimiter(line.as_bytes()), expected, "{line}");
        }
    }

    #[test]
    fn parquet_reads_as_csv_would() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("people");
        let schema =
            "message people { optional binary name (UTF8); optional int32 born (DATE); optional double postcode; }";
        let schema = Arc::new(parse_message_type(schema).expect("a schema"));
        let mut file =
            SerializedFileWriter::new(File::create(&path).expect("made"), schema, Arc::default()).expect("a writer");
        let mut group = file.next_row_group().expect("a group");
        let mut column = group.next_column().expect("a column").expect("name");
        let names = [ByteArray::from("Zoë"), ByteArray::from("Jan, de")];
        column.typed::<ByteArrayType>().write_batch(&names, Some(&[1, 1]), None).expect("written");
        column.close().expect("closed");
        let mut column = group.next_column().expect("a column").expect("born");
        column.typed::<Int32Type>().write_batch(&[539], Some(&[1, 0]), None).expect("written");
        column.close().expect("closed");
        let mut column = group.next_column().expect("a column").expect("postcode");
        column.typed::<DoubleType>().write_batch(&[1234.0, 0.5], Some(&[1, 1]), None).expect("written");
        column.close().expect("closed");
        group.close().expect("closed");
        file.close().expect("closed");
        let mut found = Vec::new();
        let mut keep = |cells: &[Cow<'_, str>]| {
            found.push(cells.join("|"));
            ControlFlow::Continue(())
        };
        let headers = rows(&path, &indicatif::ProgressBar::hidden(), &mut keep).expect("read");
        assert_eq!(headers, ["name", "born", "postcode"]);
        assert_eq!(found, ["Zoë|1971-06-24|1234", "Jan, de||0.5"]);
    }
}
