//! A model, whatever it is of.

use tenure_kernel::{ModelId, Timestamp};

use super::{
    book::Book,
    contract_model::ContractModel,
    model::Model,
    promotion::{Compared, Subject},
};

/// A model of purchases or of contracts.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum AnyModel {
    Purchases(Box<Model>),
    Contracts(Box<ContractModel>),
}

impl AnyModel {
    pub(crate) fn id(&self) -> ModelId {
        match self {
            Self::Purchases(model) => model.id,
            Self::Contracts(model) => model.id,
        }
    }

    pub(crate) fn version(&self) -> i32 {
        match self {
            Self::Purchases(model) => model.version,
            Self::Contracts(model) => model.version,
        }
    }

    pub(crate) fn book(&self) -> Book {
        match self {
            Self::Purchases(model) => model.book,
            Self::Contracts(model) => model.book,
        }
    }

    pub(crate) fn fitted_at(&self) -> Timestamp {
        match self {
            Self::Purchases(model) => model.fitted_at,
            Self::Contracts(model) => model.fitted_at,
        }
    }

    /// How it compared with the promoted one when it was fitted.
    pub(crate) fn compared(&self) -> &Compared {
        match self {
            Self::Purchases(model) => &model.looked_back.compared,
            Self::Contracts(model) => &model.looked_back.compared,
        }
    }

    pub(crate) fn subject(&self) -> Subject {
        match self {
            Self::Purchases(_) => Subject::Purchases,
            Self::Contracts(_) => Subject::Contracts,
        }
    }

    /// If it is of purchases.
    pub(crate) fn purchases(self) -> Option<Model> {
        match self {
            Self::Purchases(model) => Some(*model),
            Self::Contracts(_) => None,
        }
    }

    /// If it is of contracts.
    pub(crate) fn contracts(self) -> Option<ContractModel> {
        match self {
            Self::Purchases(_) => None,
            Self::Contracts(model) => Some(*model),
        }
    }
}
