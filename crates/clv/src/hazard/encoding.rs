//! Records as covariates: categories become columns of zeros and ones, numbers bend at knots.

use std::collections::BTreeMap;

/// A level that fewer records have than this is one with all other rare ones.
const RARE: usize = 20;

/// What a field of a record is.
#[derive(Debug, Clone, PartialEq)]
pub enum Column {
    /// One of some levels. What was not seen when learning is like the rare ones.
    Category {
        /// Its name.
        name: String,
    },
    /// A number whose effect is piecewise linear, with so many knots at equal shares of the records; none is linear.
    Number {
        /// Its name.
        name: String,
        /// At how many places the effect may bend.
        knots: usize,
    },
}

/// A field of a record.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Field<'a> {
    /// A number.
    Number(f64),
    /// A level of a category.
    Level(&'a str),
    /// Not known. Numbers then count as their mean, and that they are missing counts by itself.
    Missing,
}

/// Why records cannot be encoded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EncodingError {
    /// A record has another number of fields.
    #[error("a record has {expected} fields, not {found}")]
    Width {
        /// As many as there should be.
        expected: usize,
        /// As many as there are.
        found: usize,
    },
    /// A level where a number belongs, the other way round, or a number that is not finite.
    #[error("the field {column} is not of its kind")]
    Kind {
        /// The name of the column.
        column: String,
    },
    /// A pair of columns of which one is not there.
    #[error("there is no column {number} to combine")]
    NoColumn {
        /// Its number, from 0.
        number: usize,
    },
}

/// How records become covariates, learned from records.
#[derive(Debug, Clone, PartialEq)]
pub struct Encoding {
    parts: Vec<Part>,
    crossed: Vec<(usize, usize)>,
    names: Vec<String>,
}

#[derive(Debug, Clone, PartialEq)]
enum Part {
    /// Levels in alphabetical order; none of them is all zeros.
    Levels { name: String, levels: Vec<String> },
    /// x, and how far it lies above each knot; then whether it is missing, if any was.
    Bends { name: String, mean: f64, knots: Vec<f64>, missing: bool },
}

impl Encoding {
    /// Learns levels and knots from records with a field for each column. `crossed` names pairs of columns (from 0) whose
    /// covariates are also multiplied with each other, so that the effect of one may depend on the other.
    ///
    /// # Errors
    /// When a record has another number of fields, or a field is not of its column's kind.
    pub fn learn(
        columns: &[Column],
        records: &[Vec<Field<'_>>],
        crossed: &[(usize, usize)],
    ) -> Result<Self, EncodingError> {
        if let Some(record) = records.iter().find(|record| record.len() != columns.len()) {
            return Err(EncodingError::Width { expected: columns.len(), found: record.len() });
        }
        if let Some(number) = crossed.iter().flat_map(|(left, right)| [*left, *right]).find(|one| *one >= columns.len())
        {
            return Err(EncodingError::NoColumn { number });
        }
        let learned = |(at, column): (usize, &Column)| Part::learn(column, records.iter().map(|record| record[at]));
        let parts = columns.iter().enumerate().map(learned).collect::<Result<Vec<_>, _>>()?;
        let mut names: Vec<String> = parts.iter().flat_map(Part::names).collect();
        for (left, right) in crossed {
            for one in parts[*left].names() {
                names.extend(parts[*right].names().into_iter().map(|other| format!("{one} x {other}")));
            }
        }
        Ok(Self { parts, crossed: crossed.to_vec(), names })
    }

    /// What each covariate is.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// How many covariates there are.
    pub fn width(&self) -> usize {
        self.names.len()
    }

    /// The covariates of a record.
    ///
    /// # Errors
    /// Like [`Self::learn`].
    pub fn encode(&self, record: &[Field<'_>]) -> Result<Vec<f64>, EncodingError> {
        if record.len() != self.parts.len() {
            return Err(EncodingError::Width { expected: self.parts.len(), found: record.len() });
        }
        let mut covariates = Vec::with_capacity(self.width());
        let mut places = Vec::with_capacity(record.len());
        for (part, field) in self.parts.iter().zip(record) {
            let from = covariates.len();
            part.encode(*field, &mut covariates)?;
            places.push(from..covariates.len());
        }
        for (left, right) in &self.crossed {
            for one in places[*left].clone() {
                for other in places[*right].clone() {
                    covariates.push(covariates[one] * covariates[other]);
                }
            }
        }
        Ok(covariates)
    }
}

impl Part {
    fn learn<'a>(column: &Column, fields: impl Iterator<Item = Field<'a>>) -> Result<Self, EncodingError> {
        match column {
            Column::Category { name } => {
                let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
                for field in fields {
                    match field {
                        Field::Level(level) => *counts.entry(level).or_default() += 1,
                        Field::Missing => {}
                        Field::Number(_) => return Err(EncodingError::Kind { column: name.clone() }),
                    }
                }
                let kept = counts.into_iter().filter(|(_, count)| *count >= RARE);
                Ok(Self::Levels { name: name.clone(), levels: kept.map(|(level, _)| level.to_owned()).collect() })
            }
            Column::Number { name, knots } => {
                let (mut values, mut missing) = (Vec::new(), false);
                for field in fields {
                    match field {
                        Field::Number(value) if value.is_finite() => values.push(value),
                        Field::Missing => missing = true,
                        _ => return Err(EncodingError::Kind { column: name.clone() }),
                    }
                }
                values.sort_unstable_by(f64::total_cmp);
                let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
                Ok(Self::Bends { name: name.clone(), mean, knots: inner(&values, *knots), missing })
            }
        }
    }

    fn names(&self) -> Vec<String> {
        match self {
            Self::Levels { name, levels } => levels.iter().map(|level| format!("{name}={level}")).collect(),
            Self::Bends { name, knots, missing, .. } => {
                let above = knots.iter().map(|knot| format!("{name}>{knot}"));
                let lacking = missing.then(|| format!("{name} missing"));
                std::iter::once(name.clone()).chain(above).chain(lacking).collect()
            }
        }
    }

    fn encode(&self, field: Field<'_>, covariates: &mut Vec<f64>) -> Result<(), EncodingError> {
        match (self, field) {
            (Self::Levels { levels, .. }, Field::Level(_) | Field::Missing) => {
                let is = |level: &String| f64::from(u8::from(field == Field::Level(level)));
                covariates.extend(levels.iter().map(is));
                Ok(())
            }
            (Self::Bends { mean, knots, missing, .. }, Field::Number(_) | Field::Missing) => {
                let value = if let Field::Number(value) = field { value } else { *mean };
                covariates.push(value);
                covariates.extend(knots.iter().map(|knot| (value - knot).max(0.0)));
                covariates.extend(missing.then(|| f64::from(u8::from(field == Field::Missing))));
                Ok(())
            }
            (Self::Levels { name, .. } | Self::Bends { name, .. }, _) => {
                Err(EncodingError::Kind { column: name.clone() })
            }
        }
    }
}

/// So many different values at equal shares of sorted ones, none at either end.
fn inner(sorted: &[f64], knots: usize) -> Vec<f64> {
    let (Some(first), Some(last)) = (sorted.first(), sorted.last()) else { return Vec::new() };
    let at = |number: usize| sorted[(sorted.len() * number / (knots + 1)).min(sorted.len() - 1)];
    let mut found: Vec<f64> = (1..=knots).map(at).filter(|knot| knot > first && knot < last).collect();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns() -> Vec<Column> {
        vec![Column::Category { name: "kind".to_owned() }, Column::Number { name: "age".to_owned(), knots: 1 }]
    }

    fn records() -> Vec<Vec<Field<'static>>> {
        let one = |number: usize| {
            let kind = if number == 0 { "rare" } else { ["a", "b"][number % 2] };
            vec![Field::Level(kind), if number == 1 { Field::Missing } else { Field::Number(number as f64) }]
        };
        (0..60).map(one).collect()
    }

    #[test]
    fn categories_and_numbers_become_covariates() {
        let encoding = Encoding::learn(&columns(), &records(), &[(0, 1)]).unwrap();
        let names = encoding.names().join(" ");
        assert!(names.starts_with("kind=a kind=b age age>30 age missing kind=a x age kind=a x age>30"), "{names}");
        let covariates = encoding.encode(&[Field::Level("b"), Field::Number(40.0)]).unwrap();
        assert_eq!(covariates, [0.0, 1.0, 40.0, 10.0, 0.0, 0.0, 0.0, 0.0, 40.0, 10.0, 0.0]);
        let unknown = encoding.encode(&[Field::Level("new"), Field::Missing]).unwrap();
        assert_eq!((&unknown[..2], unknown[4]), (&[0.0, 0.0][..], 1.0));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let encoding = Encoding::learn(&columns(), &records(), &[]).unwrap();
        assert_eq!(encoding.encode(&[Field::Missing]), Err(EncodingError::Width { expected: 2, found: 1 }));
        let wrong = [[Field::Number(1.0), Field::Number(1.0)], [Field::Level("a"), Field::Level("old")]];
        for (record, column) in wrong.iter().zip(["kind", "age"]) {
            assert_eq!(encoding.encode(record), Err(EncodingError::Kind { column: column.to_owned() }));
        }
        assert_eq!(Encoding::learn(&columns(), &records(), &[(0, 2)]), Err(EncodingError::NoColumn { number: 2 }));
    }
}
