//! From a line to a touchpoint.

use prost::Message;
use prost_types::Timestamp;
use tenure_kernel::{Reason, Violation, money};
use tenure_proto::collector::v1::{
    CaseDetail, Correlation, Identifier, Money, Subject, SubjectAttributes, SubjectRole, Touchpoint, touchpoint::Detail,
};

use super::{
    amount::minor_units,
    event_id::EventIds,
    mapping::{Amount, Mapping, OccurTime, Set},
    row::Row,
};

/// The largest touchpoint that the collector takes, in bytes.
const TOUCHPOINT_BYTES: usize = 64 * 1024;

impl Mapping {
    /// The touchpoint of a line.
    ///
    /// # Errors
    /// Everything that keeps it from being one. What the line *means* is for the collector to judge.
    pub(super) fn touchpoint(&self, row: &Row<'_>, ids: &mut EventIds) -> Result<Touchpoint, Vec<Violation>> {
        let mut violations = Vec::new();
        let mut take = |violation| violations.push(violation);
        let source = self.source.pick(row, Reason::FieldMalformed).map_err(&mut take);
        let kind = self.kind.pick(row, Reason::TypeUnknown).map_err(&mut take);
        let occur_time = self.occur_time.read(row).map_err(&mut take);
        let amount = self.amount.as_ref().map_or(Ok(None), |amount| amount.read(row)).map_err(&mut take);
        let channel = self.channel.as_ref().map_or(Ok(None), |channel| channel.pick(row, Reason::FieldMalformed));
        let channel = channel.map_err(&mut take);
        let line =
            self.line.as_ref().map_or(Ok(None), |code| code.pick(row, Reason::FieldMalformed)).map_err(&mut take);
        let category = self.case_category.as_ref().map_or(Ok(None), |code| code.pick(row, Reason::FieldMalformed));
        let category = category.map_err(&mut take);
        let (Ok(source), Ok(kind), Ok(occur_time), Ok(amount), Ok(channel), Ok(line), Ok(category)) =
            (source, kind, occur_time, amount, channel, line, category)
        else {
            return Err(violations);
        };
        let source = source.unwrap_or_default();
        let event_id = match self.event_id {
            Some(column) => row.cell(column).to_owned(),
            None => ids.next(&source, &row.cells),
        };
        let touchpoint = Touchpoint {
            source,
            event_id,
            r#type: kind.map(Into::into).unwrap_or_default(),
            occur_time,
            channel: channel.map(Into::into).unwrap_or_default(),
            line_code: line.unwrap_or_default(),
            subjects: vec![self.subject(row)],
            amount,
            correlation: filled::<Correlation>(&self.correlation, row),
            note: self.note.map(|column| row.cell(column).to_owned()).unwrap_or_default(),
            detail: category.map(|category_code| Detail::Case(CaseDetail { category_code, ..CaseDetail::default() })),
            ..Touchpoint::default()
        };
        if touchpoint.encoded_len() > TOUCHPOINT_BYTES {
            return Err(vec![Violation::new("", Reason::ItemTooLarge, "larger than 64 KiB")]);
        }
        Ok(touchpoint)
    }

    fn subject(&self, row: &Row<'_>) -> Subject {
        let identifiers = self.identifiers.iter().filter(|identifier| !row.cell(identifier.column).is_empty());
        let identifiers = identifiers.map(|identifier| Identifier {
            kind: identifier.kind.number(),
            value: row.cell(identifier.column).to_owned(),
            issuer: identifier.issuer.clone(),
        });
        Subject {
            role: SubjectRole::Primary.into(),
            key: self.key.map(|column| row.cell(column).to_owned()).unwrap_or_default(),
            identifiers: identifiers.collect(),
            attributes: filled::<SubjectAttributes>(&self.attributes, row),
        }
    }
}

/// A message from the cells that are not empty; none if all are.
fn filled<T: Default>(columns: &[(Set<T>, usize)], row: &Row<'_>) -> Option<T> {
    let mut message = None;
    for (set, column) in columns.iter().filter(|(_, column)| !row.cell(*column).is_empty()) {
        set(message.get_or_insert_with(T::default), row.cell(*column).to_owned());
    }
    message
}

impl OccurTime {
    fn read(&self, row: &Row<'_>) -> Result<Option<Timestamp>, Violation> {
        match self {
            Self::Constant(at) => Ok(Some(*at)),
            Self::Column { column, format } => {
                let at = format.read(row.cell(*column));
                at.map(Some).ok_or_else(|| row.violation(*column, Reason::TimeInvalid, format.expected()))
            }
        }
    }
}

impl Amount {
    /// The amount; none when the cell is empty, which the collector judges by the type.
    fn read(&self, row: &Row<'_>) -> Result<Option<Money>, Violation> {
        let cell = row.cell(self.column);
        if cell.is_empty() {
            return Ok(None);
        }
        let wrong = |reason, what| row.violation(self.column, reason, what);
        let currency = self.currency.pick(row, Reason::CurrencyInvalid)?;
        let currency_code = currency.ok_or_else(|| wrong(Reason::CurrencyInvalid, "an amount without currency"))?;
        let decimals = money::decimals(&currency_code).unwrap_or_default();
        let minor_units = minor_units(cell, decimals, self.decimal_mark);
        let minor_units = minor_units.map_err(|what| wrong(Reason::FieldMalformed, what))?;
        Ok(Some(Money { currency_code, minor_units }))
    }
}
