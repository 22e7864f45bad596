//! Linkage from outside: public sets with a truth, orders, bad input.

#[cfg(test)]
mod accuracy;
#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod datasets;
#[cfg(test)]
mod explanation;
#[cfg(test)]
mod labels;
#[cfg(test)]
mod order;
