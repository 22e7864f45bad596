//! A row of an answer, read by place.

use sea_orm::{QueryResult, TryGetable};

use crate::StoreError;

/// A row.
pub struct Row(pub(crate) QueryResult);

impl Row {
    /// The column at a place, from 0.
    ///
    /// # Errors
    /// When it has another type, or is null and `T` is not an `Option`.
    pub fn get<T: TryGetable>(&self, place: usize) -> Result<T, StoreError> {
        T::try_get_by_index(&self.0, place).map_err(|error| StoreError::Row(format!("{error:?}")))
    }

    /// An id at a place.
    ///
    /// # Errors
    /// When it is not 16 bytes.
    pub fn id(&self, place: usize) -> Result<[u8; 16], StoreError> {
        let bytes: Vec<u8> = self.get(place)?;
        bytes.as_slice().try_into().map_err(|_| StoreError::Row(format!("column {place} is not 16 bytes")))
    }
}
