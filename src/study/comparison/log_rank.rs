//! Log-rank test over the arms, within strata of equal drawn values where `strata` names a path; with `trial` = n the
//! share of resampled trials of n subjects per arm with p < 0.05.

use super::Input;
use crate::stats::trial::{Cohorts, log_rank_test, log_rank_trial};
use crate::stats::{Estimate, Weight};

pub fn run(input: &mut Input) -> Result<Estimate, String> {
    let weight = match input.spec.weight.as_str() {
        "gehan" => Weight::Gehan,
        "tarone_ware" => Weight::TaroneWare,
        "fleming_harrington" => Weight::FlemingHarrington { rho: 1.0 },
        _ => Weight::None,
    };
    let times = input.times()?;
    input.some_event(&times)?;
    let arms: Vec<_> = times.iter().map(Vec::as_slice).collect();
    let strata = strata(input)?;
    let cohorts = Cohorts { arms: &arms, strata: &strata };
    let plan = input.plan;
    let made = match input.spec.trial {
        Some(n) => log_rank_trial(cohorts, weight, n as usize, plan, &mut || input.uniform()),
        None => log_rank_test(cohorts, weight),
    };
    made.map_err(|e| e.to_string())
}

/// By arm and subject the number of the stratum: subjects that drew the same value are one. Empty without strata.
fn strata(input: &mut Input) -> Result<Vec<Vec<usize>>, String> {
    let Some(path) = input.spec.strata.clone() else { return Ok(Vec::new()) };
    let value = |subject: &u32| {
        (input.drawn)(*subject, &path).ok_or_else(|| format!("{path} is not drawn for each subject"))
    };
    let drawn: Vec<Vec<f64>> = input
        .subjects()?
        .iter()
        .map(|arm| arm.iter().map(value).collect::<Result<_, _>>())
        .collect::<Result<_, _>>()?;
    let mut levels: Vec<f64> = drawn.iter().flatten().copied().collect();
    levels.sort_by(f64::total_cmp);
    levels.dedup();
    let place = |v: &f64| levels.partition_point(|level| level < v);
    let strata = drawn.iter().map(|arm| arm.iter().map(place).collect()).collect();
    input.notes.push(format!("stratified by {path}"));
    Ok(strata)
}
