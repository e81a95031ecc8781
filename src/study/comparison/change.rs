//! Difference and ratio of an observable on a day (or of an endpoint that is a value), first arm against reference, by
//! medians. What counts for runs that have ended: `study::after`.

use super::Input;
use crate::stats::Estimate;
use crate::stats::compare::{self, Center};

pub fn difference(input: &mut Input) -> Result<Estimate, String> {
    let [a, b] = &input.values()?[..] else { return Err("needs two arms".to_string()) };
    let plan = input.plan;
    compare::difference(a, b, Center::Median, plan, &mut || input.uniform()).map_err(|e| e.to_string())
}

pub fn ratio(input: &mut Input) -> Result<Estimate, String> {
    let [a, b] = &input.values()?[..] else { return Err("needs two arms".to_string()) };
    let plan = input.plan;
    compare::ratio(a, b, Center::Median, plan, &mut || input.uniform()).map_err(|e| e.to_string())
}
