//! Share of resamples in which the first arm has the strictly largest median.

use super::Input;
use crate::stats::Estimate;
use crate::stats::compare::rank_first;

pub fn run(input: &mut Input) -> Result<Estimate, String> {
    let times = input.paired_times()?;
    let arms: Vec<_> = times.iter().map(Vec::as_slice).collect();
    let plan = input.plan;
    rank_first(&arms, plan, &mut || input.uniform()).map_err(|e| e.to_string())
}
