//! Synergy of a combination on a burden: how far it lies beyond what its parts promise.

use super::compare::Resampling;
use super::{Estimate, StatsError, all_finite};
use crate::math;

/// What "no interaction" means, from the surviving fractions `S_x = N_x / N_control`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Null {
    /// Log-kills add: excess = `log10(1 / S_combination) - sum over parts log10(1 / S_part)`, in decades.
    /// It is Bliss independence on the logarithmic scale; positive is synergy.
    LogSum,
    /// Bliss independence on the linear scale: excess effect = `prod S_part - S_combination`.
    Bliss,
    /// The best single part: excess log-kill over the largest of the parts, in decades.
    Hsa,
}

/// The excess with its interval, and how many values stood below the detection limit.
#[derive(Debug, Clone, PartialEq)]
pub struct Synergy {
    pub estimate: Estimate,
    /// Values below the detection limit, which entered as the limit. With any in the combination, the excess is a
    /// lower bound.
    pub below_limit: usize,
}

/// Excess of the `combination` over its `parts` against the `control`, on a burden per subject and replicate.
///
/// Center: each run enters as `log10(max(N, limit))`; replicates are averaged within their subject and subjects
/// by their mean, so the surviving fractions are geometric means and, in paired arms, what subjects have in
/// common cancels. Means of logarithms are chosen over medians because they add exactly (the excess of the mean is
/// the mean of the excesses) and because they have a smooth bootstrap with few subjects. `limit` > 0 is the
/// smallest burden that counts as seen. Interval by subject.
///
/// # Errors
/// A missing value (the run had ended by then), a negative burden, a limit that is not positive, unequal numbers of
/// subjects in a paired plan.
pub fn synergy(
    combination: &[Vec<Option<f64>>],
    parts: &[&[Vec<Option<f64>>]],
    control: &[Vec<Option<f64>>],
    null: Null,
    limit: f64,
    plan: Resampling,
    uniform: &mut impl FnMut() -> f64,
) -> Result<Synergy, StatsError> {
    if !(limit > 0.0 && limit.is_finite()) {
        return Err(StatsError::OutOfRange { what: "detection limit", range: "(0, inf)", value: limit });
    }
    if parts.is_empty() {
        return Err(StatsError::TooFew { what: "parts of a combination", needed: 1, given: 0 });
    }
    let mut below_limit = 0;
    let mut arms = vec![logarithms(combination, limit, &mut below_limit)?];
    for part in parts {
        arms.push(logarithms(part, limit, &mut below_limit)?);
    }
    arms.push(logarithms(control, limit, &mut below_limit)?);
    let sizes: Vec<usize> = arms.iter().map(Vec::len).collect();
    let what = match null {
        Null::LogSum => "excess log10 kill over the sum of the parts",
        Null::Bliss => "excess effect over Bliss independence",
        Null::Hsa => "excess log10 kill over the best part",
    };
    let estimate = plan.estimate(what, &sizes, uniform, |draws| {
        let mut centers = Vec::with_capacity(arms.len());
        for (arm, draw) in arms.iter().zip(draws) {
            let chosen: Vec<f64> = draw.iter().map(|&i| arm[i]).collect();
            centers.push(super::moments::mean(&chosen).ok()?);
        }
        excess(&centers, null)
    })?;
    Ok(Synergy { estimate, below_limit })
}

/// `centers`: mean log10 burden of the combination, the parts, the control.
fn excess(centers: &[f64], null: Null) -> Option<f64> {
    let (&control, rest) = centers.split_last()?;
    let (&combination, parts) = rest.split_first()?;
    let kill = control - combination;
    let kills = parts.iter().map(|part| control - part);
    Some(match null {
        Null::LogSum => kill - kills.sum::<f64>(),
        Null::Hsa => kill - kills.fold(f64::NEG_INFINITY, |best, k| if k > best { k } else { best }),
        Null::Bliss => math::pow(10.0, -kills.sum::<f64>()) - math::pow(10.0, -kill),
    })
}

/// Mean log10 burden of each subject, values below the limit entering as the limit.
fn logarithms(arm: &[Vec<Option<f64>>], limit: f64, below_limit: &mut usize) -> Result<Vec<f64>, StatsError> {
    let mut subjects = Vec::with_capacity(arm.len());
    for (subject, runs) in arm.iter().enumerate() {
        let values: Option<Vec<f64>> = runs.iter().copied().collect();
        let values =
            values.filter(|v| !v.is_empty()).ok_or(StatsError::Missing { what: "synergy", subject })?;
        all_finite("synergy", &values)?;
        if let Some(&value) = values.iter().find(|&&v| v < 0.0) {
            return Err(StatsError::Negative { what: "synergy", index: subject, value });
        }
        let logs: Vec<f64> = values
            .iter()
            .map(|&v| {
                *below_limit += usize::from(v < limit);
                math::log10(if v < limit { limit } else { v })
            })
            .collect();
        subjects.push(super::moments::mean(&logs)?);
    }
    Ok(subjects)
}

#[cfg(test)]
mod tests {
    use super::super::Design;
    use super::super::bootstrap::tests::uniforms;
    use super::*;

    const PLAN: Resampling = Resampling { design: Design::Paired, resamples: 500, level: 0.95 };

    fn arm(values: &[f64]) -> Vec<Vec<Option<f64>>> {
        values.iter().map(|&v| vec![Some(v)]).collect()
    }

    fn run(combination: &[f64], parts: [&[f64]; 2], control: &[f64], null: Null, limit: f64) -> Synergy {
        let parts = parts.map(arm);
        let parts: Vec<&[Vec<Option<f64>>]> = parts.iter().map(Vec::as_slice).collect();
        synergy(&arm(combination), &parts, &arm(control), null, limit, PLAN, &mut uniforms(9)).unwrap()
    }

    #[test]
    fn independent_parts_have_no_excess_in_any_subject() {
        // Parts leave 0.5 and 0.7, the combination 0.35, the product.
        let control = [1e4, 3e5, 2e6, 5e4];
        let scaled = |f: f64| control.map(|n| n * f);
        let log = run(&scaled(0.35), [&scaled(0.5), &scaled(0.7)], &control, Null::LogSum, 1.0);
        for v in [log.estimate.value, log.estimate.lower, log.estimate.upper] {
            assert!(v.unwrap().abs() < 1e-12);
        }
        let bliss = run(&scaled(0.35), [&scaled(0.5), &scaled(0.7)], &control, Null::Bliss, 1.0);
        assert!(bliss.estimate.value.unwrap().abs() < 1e-12);
        let best = run(&scaled(0.35), [&scaled(0.5), &scaled(0.7)], &control, Null::Hsa, 1.0);
        assert!((best.estimate.value.unwrap() - math::log10(0.5 / 0.35)).abs() < 1e-12);
    }

    #[test]
    fn the_excess_is_in_decades_and_positive_for_synergy() {
        // Each part kills one decade, the combination three: excess 1.
        let s = run(&[1e3, 2e3], [&[1e5, 2e5], &[1e5, 2e5]], &[1e6, 2e6], Null::LogSum, 1.0);
        assert!((s.estimate.value.unwrap() - 1.0).abs() < 1e-12);
        assert_eq!(s.below_limit, 0);
    }

    #[test]
    fn the_detection_limit_floors_and_is_counted() {
        let s = run(&[0.0, 0.0], [&[1e5, 1e5], &[1e5, 1e5]], &[1e6, 1e6], Null::LogSum, 10.0);
        // log-kill of the combination is capped at 5 decades: 5 - 2.
        assert!((s.estimate.value.unwrap() - 3.0).abs() < 1e-12);
        assert_eq!(s.below_limit, 2);
    }

    #[test]
    fn misuse_is_an_error() {
        let (a, missing) = (arm(&[1.0, 2.0]), vec![vec![Some(1.0)], vec![None]]);
        let call = |c: &[Vec<Option<f64>>], limit| {
            synergy(c, &[&a], &a, Null::LogSum, limit, PLAN, &mut uniforms(1))
        };
        assert!(matches!(call(&missing, 1.0), Err(StatsError::Missing { subject: 1, .. })));
        assert!(matches!(call(&arm(&[1.0, -2.0]), 1.0), Err(StatsError::Negative { .. })));
        assert!(matches!(call(&arm(&[1.0]), 1.0), Err(StatsError::Unpaired { .. })));
        assert!(call(&a, 0.0).is_err());
        assert!(synergy(&a, &[], &a, Null::LogSum, 1.0, PLAN, &mut uniforms(1)).is_err());
    }
}
