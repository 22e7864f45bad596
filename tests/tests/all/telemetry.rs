//! Traces, metrics and logs of real processes, as a receiver of OTLP gets them.

mod chain;
mod embedded;
mod names;
mod processes;
