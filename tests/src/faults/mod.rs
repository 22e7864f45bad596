//! The fault harness: real processes under load, something that breaks them, and an oracle that says whether anything was
//! lost, doubled or made up. A row of the fault table is a file in [`rows`]; see docs/recipes/add-a-fault.md.

mod certificates;
pub mod client;
pub mod ledger;
pub mod load;
pub mod oracle;
pub mod postgres;
pub mod power_cut;
pub mod preload;
pub mod process;
pub mod proxy;
pub mod rows;
pub mod runner;
pub mod stage;
pub mod table;
pub mod witness;
pub mod work;
