//! What all pages of a list or stream of scores have in common.

use tenure_kernel::{ModelId, Refusal, Tenant, Timestamp};

use super::App;
use crate::domain::{book::Book, cost::Pricing, model::Model};

/// The model, day and rates that a list or stream began with, and has also when it is taken up again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fixed {
    pub(super) model: ModelId,
    pub(super) through: i32,
    /// Their version; 0: none were registered.
    pub(super) rates: i32,
}

impl Fixed {
    pub(super) fn write(&self) -> Vec<u8> {
        [self.model.0.as_slice(), &self.through.to_be_bytes(), &self.rates.to_be_bytes()].concat()
    }

    /// From the beginning of a cursor of ours, whose tag was checked; with the rest of it.
    pub(super) fn read(bytes: &[u8]) -> (Self, &[u8]) {
        let (model, rest) = bytes.split_first_chunk::<16>().unwrap_or((&[0; 16], &[]));
        let (day, rest) = rest.split_first_chunk::<4>().unwrap_or((&[0; 4], &[]));
        let (rates, rest) = rest.split_first_chunk::<4>().unwrap_or((&[0; 4], &[]));
        let (through, rates) = (i32::from_be_bytes(*day), i32::from_be_bytes(*rates));
        (Self { model: ModelId(*model), through, rates }, rest)
    }
}

impl App {
    /// What a list goes on with, or begins with: the promoted model, the day asked for and the newest rates.
    pub(super) async fn fixed(
        &self,
        tenant: &Tenant,
        begun: Option<Fixed>,
        (book, as_of): (Book, Option<Timestamp>),
    ) -> Result<(Model, Pricing, Fixed), Refusal> {
        if let Some(fixed) = begun {
            let model = self.model(tenant, fixed.model).await?;
            let pricing = self.pricing_of(tenant, &model, fixed.rates).await?;
            return Ok((model, pricing, fixed));
        }
        let model = self.promoted_model(&self.store, tenant, book).await?;
        let pricing = self.pricing(tenant, &model).await?;
        let through = self.day_of_scores(as_of, &model);
        let fixed = Fixed { model: model.id, through, rates: pricing.rates().version };
        Ok((model, pricing, fixed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_reads_as_it_was_written_and_leaves_the_rest() {
        let fixed = Fixed { model: ModelId([3; 16]), through: -5, rates: 4 };
        let written = [fixed.write(), vec![7, 8]].concat();
        assert_eq!(Fixed::read(&written), (fixed, [7, 8].as_slice()));
    }
}
