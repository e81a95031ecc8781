//! One arm by itself: the median of a time, or the mean of an observable on a day.

use super::Input;
use crate::stats::Estimate;
use crate::stats::compare::{Center, median_value, observable_value};

pub fn run(input: &mut Input) -> Result<Estimate, String> {
    let arm = *input.arms.first().ok_or("needs an arm")?;
    let made = if input.spec.endpoint.is_some() {
        median_value(&input.times(arm)?, input.plan.level)
    } else {
        let (values, plan) = (input.values(arm)?, input.plan);
        observable_value(&values, Center::Mean, plan, &mut || input.uniform())
    };
    made.map_err(|e| e.to_string())
}
