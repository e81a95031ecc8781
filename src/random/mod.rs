//! Randomness without memory: every draw is a function of (seed, identity, step, purpose).
//!
//! Nothing is stored between draws, so adding or removing a cell, a rule or a thread leaves every other draw as it was.

mod distribution;
mod hazard;
mod key;
mod philox;
mod quantile;
mod streams;

pub use distribution::{Distribution, Draw};
pub use hazard::{poisson_inverse, time_of_first};
pub use key::{Key, Purpose, derive_seed, purposes};
pub use philox::philox;
pub use quantile::{beta_cdf, beta_quantile, normal_cdf, normal_quantile};
pub use streams::{KeyedRng, MAX_STEPS, Streams};
