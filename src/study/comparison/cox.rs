//! Hazard ratio of the first arm over the reference by Cox regression, with Wald interval and p.

use super::Input;
use crate::stats::cox::cox;
use crate::stats::{Estimate, Observation, Ties};

pub fn run(input: &mut Input) -> Result<Estimate, String> {
    let times = input.times()?;
    input.some_event(&times)?;
    let [arm, reference] = &times[..] else { return Err("needs two arms".to_string()) };
    let (ties, word) = match input.spec.ties.as_str() {
        "breslow" => (Ties::Breslow, "Breslow"),
        _ => (Ties::Efron, "Efron"),
    };
    let both: Vec<Observation> = arm.iter().chain(reference).flatten().copied().collect();
    let treated = arm.iter().map(Vec::len).sum::<usize>();
    let covariate: Vec<f64> = (0..both.len()).map(|i| f64::from(u8::from(i < treated))).collect();
    let fit = cox(&both, &covariate, ties).map_err(|e| e.to_string())?;
    let (ratio, low, high) = fit.hazard_ratio(input.plan.level).map_err(|e| e.to_string())?;
    Ok(Estimate {
        value: Some(ratio),
        lower: Some(low),
        upper: Some(high),
        p: Some(fit.p),
        n: arm.len(),
        method: format!("hazard ratio, Cox regression, {word} ties, Wald interval"),
    })
}
