//! Values as they were typed, made comparable. Nothing here fails: what cannot be read is missing, or kept as plain text.

pub mod address;
pub mod date;
pub mod email;
pub mod gender;
pub mod iban;
pub mod name;
pub mod nickname;
pub mod number;
pub mod organisation;
pub mod phone;

#[cfg(test)]
mod tests;
