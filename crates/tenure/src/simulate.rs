//! `tenure simulate`: a base with a known truth, as files.

use std::{
    fs,
    io::{BufWriter, Write as _},
    path::PathBuf,
};

use anyhow::Context as _;
use clap::Args;
use prost::Message as _;
use tenure_simulator::{Settings, Simulation};

use crate::command::print;

/// What to make.
#[derive(Debug, Args)]
pub(crate) struct SimulateArgs {
    /// How many customers.
    #[arg(long, default_value_t = 1_000)]
    customers: u32,
    /// The seed: the same makes the same bytes.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The folder for `touchpoints.binpb` (tenure.collector.v1.Touchpoint, each preceded by its length as a varint) and
    /// `truth.csv` (which record belongs to which customer, and what they bought).
    #[arg(long, default_value = "simulated")]
    out: PathBuf,
}

pub(crate) fn run(args: &SimulateArgs) -> anyhow::Result<()> {
    let settings = Settings { customers: args.customers, seed: args.seed, ..Settings::default() };
    let simulation = Simulation::new(&settings)?;
    fs::create_dir_all(&args.out).with_context(|| format!("{}", args.out.display()))?;
    write_touchpoints(&simulation, args)?;
    write_truth(&simulation, args)?;
    let totals = simulation.truth().totals();
    print(&format!("{} touchpoints of {} customers in {}", totals.received, totals.customers, args.out.display()));
    Ok(())
}

fn write_touchpoints(simulation: &Simulation, args: &SimulateArgs) -> anyhow::Result<()> {
    let mut file = BufWriter::new(fs::File::create(args.out.join("touchpoints.binpb"))?);
    let mut buffer = Vec::new();
    for touchpoint in simulation.touchpoints() {
        buffer.clear();
        touchpoint.encode_length_delimited(&mut buffer)?;
        file.write_all(&buffer)?;
    }
    Ok(file.flush()?)
}

fn write_truth(simulation: &Simulation, args: &SimulateArgs) -> anyhow::Result<()> {
    let mut file = csv::Writer::from_path(args.out.join("truth.csv"))?;
    file.write_record(["customer", "household", "source", "key", "purchases", "minor_units", "alive"])?;
    for customer in simulation.truth().customers() {
        for record in &customer.records {
            file.write_record([
                customer.number.as_str(),
                &customer.household.to_string(),
                record.source.name(),
                &record.key,
                &customer.accepted_purchases.count.to_string(),
                &customer.accepted_purchases.minor_units.to_string(),
                &customer.alive.to_string(),
            ])?;
        }
    }
    Ok(file.flush()?)
}
