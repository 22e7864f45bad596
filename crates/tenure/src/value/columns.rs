//! Which column of a file is what.

use anyhow::{Context as _, bail};

/// What a column of a summary or a survival table may be, with the names it goes by, the first being its own.
pub(crate) type Role = &'static [&'static str];

pub(crate) const CUSTOMER: Role = &["customer", "customer_id", "id", "ID"];
pub(crate) const FREQUENCY: Role = &["frequency", "x", "frequency_cal"];
pub(crate) const RECENCY: Role = &["recency", "t_x", "recency_cal"];
pub(crate) const AGE: Role = &["T", "T_cal", "n", "periods"];
pub(crate) const MONEY: Role = &["monetary_value", "zbar", "m_x", "monetary_value_cal"];
pub(crate) const WEIGHT: Role = &["weight", "weights"];
pub(crate) const PERIOD: Role = &["period", "year", "t"];
pub(crate) const SURVIVORS: Role = &["survivors", "survival", "customers", "left"];

/// The columns of a file, and what `--columns` said of them.
#[derive(Debug)]
pub(crate) struct Columns<'a> {
    headers: &'a [String],
    named: Vec<(Role, String)>,
}

impl<'a> Columns<'a> {
    /// `asked` is what `--columns` has: names in the order of `order`, or ROLE=NAME with a role of `known`.
    pub(crate) fn new(headers: &'a [String], asked: &[String], order: &[Role], known: &[Role]) -> anyhow::Result<Self> {
        let mut named = Vec::new();
        let mut places = order.iter();
        for one in asked.iter().map(|one| one.trim()) {
            // A column may have a name with an equals sign in it.
            let told = one.split_once('=').filter(|_| !headers.iter().any(|header| header == one));
            let (role, name) = match told {
                Some((role, name)) => {
                    let names = || known.iter().map(|role| role[0]).collect::<Vec<_>>().join(", ");
                    let found = known.iter().find(|known| known[0] == role);
                    (*found.with_context(|| format!("--columns: \"{role}\" is none of {}", names()))?, name)
                }
                None => (*places.next().with_context(|| format!("--columns: too many names, from \"{one}\" on"))?, one),
            };
            if named.iter().any(|(other, _)| *other == role) {
                bail!("--columns: {} is named twice", role[0]);
            }
            named.push((role, name.to_owned()));
        }
        Ok(Self { headers, named })
    }

    /// Where the column of a role is; none if it was not named and has no name of its own.
    pub(crate) fn find(&self, role: Role) -> anyhow::Result<Option<usize>> {
        match self.named.iter().find(|(named, _)| *named == role) {
            Some((_, name)) => place(self.headers, name).map(Some),
            None => Ok(role.iter().find_map(|name| self.headers.iter().position(|header| header == name))),
        }
    }

    /// Where the columns of roles are that must be there; says all that are missing at once.
    pub(crate) fn required<const N: usize>(&self, roles: [Role; N]) -> anyhow::Result<[usize; N]> {
        let mut places = [0; N];
        let mut missing = Vec::new();
        for (place, role) in places.iter_mut().zip(roles) {
            match self.find(role)? {
                Some(found) => *place = found,
                None => missing.push(role[0]),
            }
        }
        if missing.is_empty() {
            return Ok(places);
        }
        let missing = missing.join(", ");
        bail!("no column {missing}; there are {}. Say which by --columns ROLE=NAME", self.headers.join(", "))
    }
}

/// Where a column is that was asked for by its name.
pub(crate) fn place(headers: &[String], name: &str) -> anyhow::Result<usize> {
    let found = headers.iter().position(|header| header == name);
    found.with_context(|| format!("there is no column \"{name}\"; there are {}", headers.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(asked: &[&str]) -> anyhow::Result<[usize; 3]> {
        let headers = ["k", "x", "t_x", "alter"].map(str::to_owned);
        let asked: Vec<String> = asked.iter().map(|one| (*one).to_owned()).collect();
        let order = [FREQUENCY, RECENCY, AGE];
        Columns::new(&headers, &asked, &order, &[FREQUENCY, RECENCY, AGE, CUSTOMER])?
            .required([FREQUENCY, RECENCY, AGE])
    }

    #[test]
    fn columns_are_found_by_place_by_role_and_by_their_own_names() {
        assert_eq!(found(&["x", "t_x", "alter"]).expect("found"), [1, 2, 3]);
        assert_eq!(found(&["T=alter"]).expect("found"), [1, 2, 3]);
        assert_eq!(found(&["k", "T=alter"]).expect("found"), [0, 2, 3]);
    }

    #[test]
    fn what_is_wrong_is_said() {
        let cases: [(&[&str], &str); 5] = [
            (&[], "no column T; there are k, x, t_x, alter"),
            (&["T=age"], "no column \"age\""),
            (&["age=alter"], "\"age\" is none of frequency, recency, T, customer"),
            (&["x", "frequency=k"], "frequency is named twice"),
            (&["k", "x", "t_x", "alter"], "too many names, from \"alter\" on"),
        ];
        for (asked, said) in cases {
            let wrong = found(asked).expect_err("refused").to_string();
            assert!(wrong.contains(said), "{wrong}");
        }
    }
}
