//! Difference and ratio of an observable on a day, first arm against reference, by medians: a run that has ended counts
//! as above every number.

use super::Input;
use crate::stats::Estimate;
use crate::stats::compare::{self, Center};

pub fn difference(input: &mut Input) -> Result<Estimate, String> {
    let [arm, reference] = input.arms[..] else { return Err("needs two arms".to_string()) };
    let (a, b, plan) = (input.values(arm)?, input.values(reference)?, input.plan);
    compare::difference(&a, &b, Center::Median, plan, &mut || input.uniform()).map_err(|e| e.to_string())
}

pub fn ratio(input: &mut Input) -> Result<Estimate, String> {
    let [arm, reference] = input.arms[..] else { return Err("needs two arms".to_string()) };
    let (a, b, plan) = (input.values(arm)?, input.values(reference)?, input.plan);
    compare::ratio(&a, &b, Center::Median, plan, &mut || input.uniform()).map_err(|e| e.to_string())
}
