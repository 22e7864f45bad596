//! Tables that are built in: lines of fields between tabs; empty lines and those that begin with "#" are left out.

/// The lines of a table.
pub(super) fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().map(str::trim_end).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// The rows of a table of `N` columns. A line that has another number of fields is left out; a test of each table sees to it that there
/// is none.
pub(super) fn rows<const N: usize>(text: &'static str) -> impl Iterator<Item = [&'static str; N]> {
    lines(text).filter_map(|line| <[&str; N]>::try_from(line.split('\t').collect::<Vec<_>>()).ok())
}
