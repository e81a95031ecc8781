//! Ratio of the median times to an endpoint, first arm over reference.

use super::Input;
use crate::stats::Estimate;
use crate::stats::compare::median_ratio;

pub fn run(input: &mut Input) -> Result<Estimate, String> {
    let [a, b] = &input.paired_times()?[..] else { return Err("needs two arms".to_string()) };
    let plan = input.plan;
    median_ratio(a, b, plan, &mut || input.uniform()).map_err(|e| e.to_string())
}
