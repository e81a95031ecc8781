//! Hazard ratio of the first arm over the reference by Cox regression.

use super::Input;
use crate::stats::cox::hazard_ratio;
use crate::stats::{Estimate, Ties};

pub fn run(input: &mut Input) -> Result<Estimate, String> {
    let times = input.times()?;
    input.some_event(&times)?;
    let [arm, reference] = &times[..] else { return Err("needs two arms".to_string()) };
    let ties = if input.spec.ties == "breslow" { Ties::Breslow } else { Ties::Efron };
    hazard_ratio(arm, reference, ties, input.plan.level).map_err(|e| e.to_string())
}
