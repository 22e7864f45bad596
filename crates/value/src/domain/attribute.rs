//! Attributes of the profile that customers may be grouped by.

/// What paths begin with that say nothing of who somebody is.
const ROOTS: [&str; 6] = ["consent", "contract", "life", "loyalty", "objection", "preference"];
/// Personal, but too coarse to tell anybody by.
const COARSE: [&str; 2] = ["language", "address.country_code"];
/// Of a special kind: not for analytics.
const SPECIAL: [&str; 1] = ["life.vulnerability"];
/// Stands for any one part of a path.
const ANY: &str = "*";
/// Parts that a path has at most: a purpose's consent by channel has three.
const PARTS: usize = 4;

/// A path of the profile, parts of which may be any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Attribute(String);

impl Attribute {
    /// From a path, if groups by it tell of nobody.
    pub(crate) fn parse(path: &str) -> Option<Self> {
        let parts: Vec<&str> = path.split('.').collect();
        let spelled = parts.iter().all(|part| !part.is_empty() && (*part == ANY || !part.contains('*')));
        let known = COARSE.contains(&path) || (ROOTS.contains(&parts[0]) && (2..=PARTS).contains(&parts.len()));
        let attribute = Self(path.to_owned());
        let special = SPECIAL.iter().any(|special| attribute.fits(special));
        (spelled && known && !special).then_some(attribute)
    }

    /// What all paths begin with that fit it, as the profile is asked for it.
    pub(crate) fn prefix(&self) -> &str {
        let any = self.0.split('.').position(|part| part == ANY);
        let end = any.and_then(|any| self.0.match_indices('.').nth(any.saturating_sub(1)).map(|(dot, _)| dot));
        &self.0[..end.unwrap_or(self.0.len())]
    }

    /// Whether it means a path.
    pub(crate) fn fits(&self, path: &str) -> bool {
        let (mut own, mut other) = (self.0.split('.'), path.split('.'));
        loop {
            match (own.next(), other.next()) {
                (None, None) => return true,
                (Some(part), Some(other)) if part == ANY || part == other => {}
                _ => return false,
            }
        }
    }

    /// The different values of the fields that it means, in order.
    pub(crate) fn values<'a>(&self, fields: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<String> {
        let mut values: Vec<String> =
            fields.filter(|(path, _)| self.fits(path)).map(|(_, value)| value.to_owned()).collect();
        values.sort_unstable();
        values.dedup();
        values
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_tells_of_nobody_is_an_attribute() {
        let fine = ["language", "address.country_code", "life.deceased", "contract.*.product", "loyalty.tier"];
        for path in fine.into_iter().chain(["loyalty.*.tier", "consent.marketing.email", "contract.p-1.status"]) {
            assert!(Attribute::parse(path).is_some(), "{path}");
        }
        let personal = ["name.family_name", "birth_date", "address.city", "address", "contact.email", "identifier.*.*"];
        let special = ["life.vulnerability", "life.*", "*.vulnerability", "*"];
        let misspelled = ["", "life", "life.", ".tier", "contract..product", "contract.p*.product", "life.a.b.c.d"];
        for path in personal.into_iter().chain(special).chain(misspelled) {
            assert_eq!(Attribute::parse(path), None, "{path}");
        }
    }

    #[test]
    fn any_part_may_stand_for_one() {
        let products = Attribute::parse("contract.*.product").unwrap();
        assert_eq!(products.prefix(), "contract");
        assert!(products.fits("contract.p-1.product") && !products.fits("contract.product"));
        assert!(!products.fits("contract.p-1.status") && !products.fits("contract.p-1.product.more"));
        let fields = [("contract.b.product", "loan"), ("contract.a.product", "card"), ("contract.c.product", "loan")];
        let other = [("contract.a.status", "active")];
        assert_eq!(products.values(fields.into_iter().chain(other)), ["card", "loan"]);
        let tier = Attribute::parse("loyalty.gold.*").unwrap();
        assert_eq!((tier.prefix(), Attribute::parse("language").unwrap().prefix()), ("loyalty.gold", "language"));
    }
}
