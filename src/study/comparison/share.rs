//! One arm: the share of subjects that reach an endpoint by a day.

use super::Input;
use crate::stats::Estimate;
use crate::stats::compare::share;

pub fn run(input: &mut Input) -> Result<Estimate, String> {
    let at = input.day.ok_or("needs a day in `at`")?;
    let times = input.times()?;
    let plan = input.plan;
    share(times.first().ok_or("needs an arm")?, at, plan, &mut || input.uniform()).map_err(|e| e.to_string())
}
