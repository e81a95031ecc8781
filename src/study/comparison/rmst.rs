//! Difference of restricted mean times to an endpoint; the horizon is `at`, else the last day all arms were watched.

use super::Input;
use crate::stats::Estimate;
use crate::stats::compare::rmst_difference;

pub fn run(input: &mut Input) -> Result<Estimate, String> {
    let [arm, reference] = input.arms[..] else { return Err("needs two arms".to_string()) };
    let (a, b) = (input.times(arm)?, input.times(reference)?);
    let longest = |times: &[Vec<crate::stats::Observation>]| {
        times.iter().flatten().map(|o| o.time).fold(0.0, |m, t| if t > m { t } else { m })
    };
    let (la, lb) = (longest(&a), longest(&b));
    let horizon = match input.spec.at {
        Some(at) => at / super::DAY,
        None => {
            if la < lb {
                la
            } else {
                lb
            }
        }
    };
    rmst_difference(&a, &b, horizon, input.plan.level).map_err(|e| e.to_string())
}
