//! The lines of the log: what `tracing` writes, and the ids of trace and span.

use std::fmt;

use tracing::{Event, Subscriber};
use tracing_subscriber::{
    fmt::{
        FmtContext, FormatEvent, FormatFields,
        format::{Format, Json, Writer},
    },
    registry::LookupSpan,
};

use super::context::ids;

/// A line to read, which ends with the ids of span and trace.
pub(super) struct Text(pub(super) Format);

/// A JSON object, which starts with the ids of trace and span and the service's name.
pub(super) struct Object {
    pub(super) format: Format<Json>,
    /// Of letters, digits and dots: it needs no escaping.
    pub(super) service: String,
}

impl<S, N> FormatEvent<S, N> for Text
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let line = line(&self.0, context, event)?;
        match ids() {
            Some((trace, span)) => writeln!(writer, "{} span_id={span} trace_id={trace}", line.trim_end()),
            None => writer.write_str(&line),
        }
    }
}

impl<S, N> FormatEvent<S, N> for Object
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let line = line(&self.format, context, event)?;
        let Some(rest) = line.strip_prefix('{') else { return writer.write_str(&line) };
        writer.write_char('{')?;
        if let Some((trace, span)) = ids() {
            write!(writer, "\"trace_id\":\"{trace}\",\"span_id\":\"{span}\",")?;
        }
        write!(writer, "\"service.name\":\"{}\",{rest}", self.service)
    }
}

fn line<S, N, F>(format: &F, context: &FmtContext<'_, S, N>, event: &Event<'_>) -> Result<String, fmt::Error>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    let mut line = String::new();
    format.format_event(context, Writer::new(&mut line), event)?;
    Ok(line)
}
