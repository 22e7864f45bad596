//! Mappings, files and whole imports.

mod collector;
mod files;
mod mappings;
mod ready;
mod runs;

use super::lines::{Line, Lines};

/// The lines of a text under a mapping.
fn lines<'a>(mapping: &str, text: &'a (impl AsRef<[u8]> + ?Sized)) -> Lines<&'a [u8]> {
    Lines::new(text.as_ref(), &mapping.parse().unwrap()).unwrap()
}

fn all(mut lines: Lines<&[u8]>) -> Vec<Line> {
    std::iter::from_fn(|| lines.next().unwrap()).collect()
}
