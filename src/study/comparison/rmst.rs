//! Difference of restricted mean times to an endpoint; the horizon is `at`, else the last day all arms were watched.

use super::Input;
use crate::stats::compare::rmst_difference;
use crate::stats::{Estimate, Observation};

pub fn run(input: &mut Input) -> Result<Estimate, String> {
    let [a, b] = &input.times()?[..] else { return Err("needs two arms".to_string()) };
    let longest = |times: &[Vec<Observation>]| {
        times.iter().flatten().map(|o| o.time).fold(0.0, |m, t| if t > m { t } else { m })
    };
    let (la, lb) = (longest(a), longest(b));
    let watched = if la < lb { la } else { lb };
    let horizon = *input.day.get_or_insert(watched);
    let plan = input.plan;
    rmst_difference(a, b, horizon, plan, &mut || input.uniform()).map_err(|e| e.to_string())
}
