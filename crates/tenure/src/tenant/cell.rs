//! What stands in a row, by the name of its column.

use anyhow::{Context as _, bail};
use tenure_store::{Column, Value};

pub(super) fn int(columns: &[Column], row: &[Value], name: &str) -> anyhow::Result<i64> {
    match cell(columns, row, name)? {
        Value::BigInt(Some(number)) => Ok(*number),
        _ => bail!("{name} is no number"),
    }
}

pub(super) fn text<'a>(columns: &[Column], row: &'a [Value], name: &str) -> anyhow::Result<&'a str> {
    match cell(columns, row, name)? {
        Value::String(Some(text)) => Ok(text),
        _ => bail!("{name} is no text"),
    }
}

pub(super) fn bytes<'a>(columns: &[Column], row: &'a [Value], name: &str) -> anyhow::Result<&'a [u8]> {
    match cell(columns, row, name)? {
        Value::Bytes(Some(bytes)) => Ok(bytes),
        _ => bail!("{name} is no bytes"),
    }
}

/// The place of a column.
pub(super) fn place(columns: &[Column], name: &str) -> anyhow::Result<usize> {
    columns.iter().position(|column| column.name == name).with_context(|| format!("there is no column {name}"))
}

fn cell<'a>(columns: &[Column], row: &'a [Value], name: &str) -> anyhow::Result<&'a Value> {
    row.get(place(columns, name)?).with_context(|| format!("the row has no {name}"))
}
