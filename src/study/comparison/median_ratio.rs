//! Ratio of the median times to an endpoint, first arm over reference.

use super::Input;
use crate::stats::Estimate;
use crate::stats::compare::median_ratio;

pub fn run(input: &mut Input) -> Result<Estimate, String> {
    let [arm, reference] = input.arms[..] else { return Err("needs two arms".to_string()) };
    let (a, b, plan) = (input.times(arm)?, input.times(reference)?, input.plan);
    median_ratio(&a, &b, plan, &mut || input.uniform()).map_err(|e| e.to_string())
}
