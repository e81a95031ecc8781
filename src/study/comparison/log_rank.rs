//! Log-rank test over the arms; with `trial` = n the share of resampled trials of n subjects per arm with p < 0.05.

use super::Input;
use crate::stats::compare::{log_rank_test, log_rank_trial};
use crate::stats::{Estimate, Weight};

pub fn run(input: &mut Input) -> Result<Estimate, String> {
    let weight = match input.spec.weight.as_str() {
        "gehan" => Weight::Gehan,
        "tarone_ware" => Weight::TaroneWare,
        "fleming_harrington" => Weight::FlemingHarrington { rho: 1.0 },
        _ => Weight::None,
    };
    let times: Vec<_> = input.arms.iter().map(|arm| input.times(arm)).collect::<Result<_, _>>()?;
    let arms: Vec<_> = times.iter().map(Vec::as_slice).collect();
    let plan = input.plan;
    let made = match input.spec.trial {
        Some(n) => log_rank_trial(&arms, weight, n as usize, plan, &mut || input.uniform()),
        None => log_rank_test(&arms, weight),
    };
    made.map_err(|e| e.to_string())
}
