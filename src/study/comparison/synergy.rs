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
    if input.control.is_none() {
        return Err("needs a control".to_string());
    }
    let limit = input.limit.ok_or("its observable needs a detection limit")?;
    let values = input.numbers()?;
    let slices: Vec<_> = values.iter().map(Vec::as_slice).collect();
    let [combination, parts @ .., control] = &slices[..] else { return Err("needs parts".to_string()) };
    let plan = input.plan;
    let made = synergy(combination, parts, control, null, limit, plan, &mut || input.uniform())
        .map_err(|e| e.to_string())?;
    if made.below_limit > 0 {
        input.notes.push(format!("{} values below the detection limit enter as it", made.below_limit));
    }
    Ok(made.estimate)
}
