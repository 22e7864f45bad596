//! Services in processes of their own, several of each.

mod starting;
