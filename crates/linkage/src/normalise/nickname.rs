//! Names that one person goes by: roepnamen, short forms, forms of other languages.

use std::{collections::HashMap, sync::OnceLock};

/// One class a line: the full name, then what its bearers are called. A short form may be in many classes.
const CLASSES: &str = include_str!("nicknames.txt");

/// The most classes of one name that are kept.
pub const MOST: usize = 6;

/// Numbers of the classes of a name.
fn classes() -> &'static HashMap<&'static str, Vec<u16>> {
    static KNOWN: OnceLock<HashMap<&'static str, Vec<u16>>> = OnceLock::new();
    KNOWN.get_or_init(|| {
        let mut known: HashMap<&str, Vec<u16>> = HashMap::new();
        for (class, line) in lines().enumerate() {
            for name in line.split(' ') {
                let of_name = known.entry(name).or_default();
                if of_name.len() < MOST && !of_name.contains(&(class as u16 + 1)) {
                    of_name.push(class as u16 + 1);
                }
            }
        }
        known
    })
}

fn lines() -> impl Iterator<Item = &'static str> {
    CLASSES.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// The classes of a folded name, 0 where there are no more. Two names are forms of one when they share a class.
#[must_use]
pub fn classes_of(name: &str) -> [u16; MOST] {
    let mut found = [0; MOST];
    let known = classes().get(name).into_iter().flatten();
    found.iter_mut().zip(known).for_each(|(place, class)| *place = *class);
    found
}

/// The full name of a class, such as "johannes".
#[must_use]
pub fn root(class: u16) -> Option<&'static str> {
    static ROOTS: OnceLock<Vec<&'static str>> = OnceLock::new();
    let roots = ROOTS.get_or_init(|| lines().filter_map(|line| line.split(' ').next()).collect());
    roots.get(usize::from(class.checked_sub(1)?)).copied()
}
