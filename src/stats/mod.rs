//! Statistics: pure functions on slices, with exact oracles as tests.
//!
//! Nothing here reads a file, knows an arm by name or owns a random generator: randomness arrives as a
//! function that returns uniforms in [0, 1), so the caller's key decides every draw. Errors are values.
//! May not enter: any module above level 0 of the house.

pub mod binomial;
pub mod bootstrap;
pub mod compare;
pub mod cox;
pub mod kaplan_meier;
pub mod known;
pub mod log_rank;
pub mod moments;
pub mod observation;
pub mod quantile;
pub mod rmst;
pub mod synergy;
pub mod tails;
pub mod trial;

pub use bootstrap::{Bootstrap, Design};
pub use compare::{Center, Estimate};
pub use cox::{CoxFit, Ties};
pub use kaplan_meier::{KaplanMeier, KmRow};
pub use known::{Known, Left, Seen, ranks};
pub use log_rank::{LogRank, Weight, log_rank, log_rank_stratified};
pub use observation::Observation;

/// What can be wrong with the numbers handed to an estimator.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum StatsError {
    /// An estimator needs at least one value.
    #[error("{what} needs at least {needed} values, got {given}")]
    TooFew { what: &'static str, needed: usize, given: usize },
    /// A value is NaN or infinite.
    #[error("{what}: value {index} is not a finite number ({value})")]
    NotFinite { what: &'static str, index: usize, value: f64 },
    /// A time or an amount is below zero.
    #[error("{what}: value {index} is negative ({value})")]
    Negative { what: &'static str, index: usize, value: f64 },
    /// Arms that are compared subject by subject must have the same number of subjects.
    #[error("a paired comparison needs equal numbers of subjects, got {left} and {right}")]
    Unpaired { left: usize, right: usize },
    /// A number that must exist is missing (the run had ended before that day).
    #[error("{what}: subject {subject} has no value on this day; choose an earlier day")]
    Missing { what: &'static str, subject: usize },
    /// A test that counts runs, of subjects that have several.
    #[error(
        "subjects have several replicates, which a log-rank test would take for independent mice; give it one replicate \
         per subject and more subjects"
    )]
    Replicated,
    /// A level, probability or weight lies outside its range.
    #[error("{what} must lie in {range}, got {value}")]
    OutOfRange { what: &'static str, range: &'static str, value: f64 },
    /// An iteration did not settle.
    #[error("{what} did not converge: {why}")]
    NoConvergence { what: &'static str, why: &'static str },
}

/// Refuse NaN and infinities, naming the first offender.
pub(crate) fn all_finite(what: &'static str, values: &[f64]) -> Result<(), StatsError> {
    match values.iter().position(|v| !v.is_finite()) {
        Some(index) => Err(StatsError::NotFinite { what, index, value: values[index] }),
        None => Ok(()),
    }
}

/// Refuse a confidence level outside (0, 1).
pub(crate) fn proper_level(level: f64) -> Result<(), StatsError> {
    if level > 0.0 && level < 1.0 {
        Ok(())
    } else {
        Err(StatsError::OutOfRange { what: "confidence level", range: "(0, 1)", value: level })
    }
}
