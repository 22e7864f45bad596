//! What all pages of a list or stream of scores have in common.

use tenure_kernel::{ModelId, Refusal, Tenant, Timestamp};

use super::App;
use crate::domain::{any_model::AnyModel, book::Book, worth::Scorers};

/// The models, day and rates that a list or stream began with, and has also when it is taken up again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fixed {
    pub(super) purchases: Option<ModelId>,
    pub(super) contracts: Option<ModelId>,
    pub(super) through: i32,
    /// Their version; 0: none were registered.
    pub(super) rates: i32,
}

/// No model.
const NONE: [u8; 16] = [0; 16];

impl Fixed {
    pub(super) fn write(&self) -> Vec<u8> {
        let id = |model: Option<ModelId>| model.map_or(NONE, |model| model.0);
        let ids = [id(self.purchases), id(self.contracts)].concat();
        [ids.as_slice(), &self.through.to_be_bytes(), &self.rates.to_be_bytes()].concat()
    }

    /// From the beginning of a cursor of ours, whose tag was checked; with the rest of it.
    pub(super) fn read(bytes: &[u8]) -> (Self, &[u8]) {
        let (purchases, rest) = bytes.split_first_chunk::<16>().unwrap_or((&NONE, &[]));
        let (contracts, rest) = rest.split_first_chunk::<16>().unwrap_or((&NONE, &[]));
        let (day, rest) = rest.split_first_chunk::<4>().unwrap_or((&[0; 4], &[]));
        let (rates, rest) = rest.split_first_chunk::<4>().unwrap_or((&[0; 4], &[]));
        let id = |bytes: &[u8; 16]| (*bytes != NONE).then_some(ModelId(*bytes));
        let (through, rates) = (i32::from_be_bytes(*day), i32::from_be_bytes(*rates));
        (Self { purchases: id(purchases), contracts: id(contracts), through, rates }, rest)
    }
}

impl App {
    /// What a list goes on with, or begins with: the promoted models, the day asked for and the newest rates.
    pub(super) async fn fixed(
        &self,
        tenant: &Tenant,
        begun: Option<Fixed>,
        (book, as_of): (Book, Option<Timestamp>),
    ) -> Result<(Scorers, Fixed), Refusal> {
        let Some(fixed) = begun else {
            let scorers = self.scorers(tenant, book).await?;
            let fixed = Fixed {
                purchases: scorers.purchases.as_ref().map(|(model, _)| model.id),
                contracts: scorers.contracts.as_ref().map(|(model, _)| model.id),
                through: self.day_behind(as_of, scorers.period_end()),
                rates: scorers.rates_version(),
            };
            return Ok((scorers, fixed));
        };
        let purchases = self.model(tenant, fixed.purchases).await?.and_then(AnyModel::purchases);
        let contracts = self.model(tenant, fixed.contracts).await?.and_then(AnyModel::contracts);
        let rates = self.rates_of(tenant, book.currency, fixed.rates).await?;
        Ok((Scorers::new(purchases, contracts, rates), fixed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_reads_as_it_was_written_and_leaves_the_rest() {
        let model = |byte| Some(ModelId([byte; 16]));
        for (purchases, contracts) in [(model(3), model(4)), (model(3), None), (None, model(4))] {
            let fixed = Fixed { purchases, contracts, through: -5, rates: 4 };
            let written = [fixed.write(), vec![7, 8]].concat();
            assert_eq!(Fixed::read(&written), (fixed, [7, 8].as_slice()));
        }
    }
}
