//! What stewards decided: that records are one person's, or two persons'.

/// What clustering asks of decisions. Records are named by their place. What records that nothing speaks of have to do with
/// each other is never asked.
pub trait Verdicts {
    /// Pairs that are held together before anything is weighed, in the order in which they are.
    fn held(&self) -> &[(u32, u32)];

    /// Pairs whose clusters are put together, whole, once everything is weighed, in the order in which they are.
    fn merged(&self) -> &[(u32, u32)];

    /// Whether anything was decided about a record.
    fn speaks_of(&self, record: u32) -> bool;

    /// Whether no weight may bring two records together.
    fn parted(&self, left: u32, right: u32) -> bool;

    /// Whether two records stand against the clusters that they are in being held together or merged.
    fn apart(&self, left: u32, right: u32) -> bool;
}

/// Decisions that have no order: that two records are two persons' comes before that they are one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Decisions {
    held: Vec<(u32, u32)>,
    same: Vec<(u32, u32)>,
    different: Vec<(u32, u32)>,
    spoken: Vec<u32>,
}

impl Decisions {
    /// Pairs of records that are one person's, and pairs that are not.
    pub fn new(same: impl IntoIterator<Item = (u32, u32)>, different: impl IntoIterator<Item = (u32, u32)>) -> Self {
        let (same, different) = (ordered(same), ordered(different));
        Self { spoken: records(same.iter().chain(&different)), same, different, held: Vec::new() }
    }

    /// With pairs that a statement left on one side: they stay together whatever the weights say.
    #[must_use]
    pub fn holding(self, held: impl IntoIterator<Item = (u32, u32)>) -> Self {
        let held = ordered(held);
        Self { spoken: records(self.same.iter().chain(&self.different).chain(&held)), held, ..self }
    }
}

fn ordered(pairs: impl IntoIterator<Item = (u32, u32)>) -> Vec<(u32, u32)> {
    let mut pairs: Vec<_> = pairs.into_iter().map(|(left, right)| (left.min(right), left.max(right))).collect();
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

fn records<'a>(pairs: impl Iterator<Item = &'a (u32, u32)>) -> Vec<u32> {
    let mut records: Vec<u32> = pairs.flat_map(|(left, right)| [*left, *right]).collect();
    records.sort_unstable();
    records.dedup();
    records
}

impl Verdicts for Decisions {
    fn held(&self) -> &[(u32, u32)] {
        &self.held
    }

    fn merged(&self) -> &[(u32, u32)] {
        &self.same
    }

    fn speaks_of(&self, record: u32) -> bool {
        self.spoken.binary_search(&record).is_ok()
    }

    fn parted(&self, left: u32, right: u32) -> bool {
        self.different.binary_search(&(left.min(right), left.max(right))).is_ok()
    }

    fn apart(&self, left: u32, right: u32) -> bool {
        self.parted(left, right)
    }
}
