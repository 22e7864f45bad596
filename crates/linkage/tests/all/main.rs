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
mod live;
#[cfg(test)]
mod namesakes;
#[cfg(test)]
mod one_by_one;
#[cfg(test)]
mod order;
#[cfg(test)]
mod packed;
