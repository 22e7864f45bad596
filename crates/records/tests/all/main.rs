//! Tables of records.

#[cfg(test)]
mod tables;
