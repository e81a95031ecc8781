//! Excess of a combination (first arm) over its parts (the other arms) against a control, on a burden.
//! Zero burden enters as the detection limit, and how often it did is told.

use super::Input;
use crate::stats::Estimate;
use crate::stats::synergy::{Null, synergy};

pub fn run(input: &mut Input) -> Result<Estimate, String> {
    let null = match input.spec.null.as_str() {
        "log_sum" => Null::LogSum,
        "bliss" => Null::Bliss,
        "hsa" => Null::Hsa,
        other => return Err(format!("null {other} is not built yet")),
    };
    let control = input.control.ok_or("needs a control")?;
    let limit = input.limit.ok_or("its observable needs a detection limit")?;
    let (combination, control) = (input.values(input.arms[0])?, input.values(control)?);
    let parts: Vec<_> = input.arms[1..].iter().map(|arm| input.values(arm)).collect::<Result<_, _>>()?;
    let slices: Vec<_> = parts.iter().map(Vec::as_slice).collect();
    let plan = input.plan;
    let made = synergy(&combination, &slices, &control, null, limit, plan, &mut || input.uniform())
        .map_err(|e| e.to_string())?;
    let mut estimate = made.estimate;
    if made.below_limit > 0 {
        estimate.method += &format!("; {} values below the detection limit", made.below_limit);
    }
    Ok(estimate)
}
