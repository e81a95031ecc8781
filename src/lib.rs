//! `tme`: a virtual laboratory for engineered cell therapies.
//!
//! The library is a house of floors; imports go down only (`tests/architecture.rs` holds that):
//! `cli` > `study` > `spec` > `observe` > `engine` > `model`, `field` > `lattice`, `record`, `stats` >
//! `units`, `random`, `clock`, `math`, `par`. The analysis wing (`plot`) reads tables only.
#![forbid(unsafe_code)]
// Tests may take the standard library as an oracle; results may not.
#![cfg_attr(test, allow(clippy::disallowed_methods))]

pub mod cli;
pub mod engine;
pub mod field;
pub mod lattice;
pub mod math;
pub mod model;
pub mod observe;
pub mod par;
pub mod plot;
pub mod random;
pub mod record;
pub mod spec;
pub mod stats;
pub mod study;
pub mod units;
