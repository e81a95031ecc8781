//! Cox regression with one covariate, by Newton's method on the partial likelihood.

use super::compare::replicated;
use super::observation::checked;
use super::tails::{normal_two_sided, two_sided_z};
use super::{Estimate, Observation, StatsError, all_finite};
use crate::math;

/// How subjects with equal event times share the likelihood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ties {
    /// Efron 1977: the default of R, close to exact.
    Efron,
    /// Breslow 1974: the simplest, biased toward zero with many ties.
    Breslow,
}

/// Fitted log hazard ratio per unit of the covariate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CoxFit {
    pub coefficient: f64,
    pub std_error: f64,
    /// Log partial likelihood at 0 and at the maximum.
    pub log_likelihood_null: f64,
    pub log_likelihood: f64,
    /// Score statistic `U(0)^2 / I(0)`.
    pub score: f64,
    /// Two-sided Wald p value.
    pub p: f64,
}

impl CoxFit {
    /// Hazard ratio per unit of the covariate and its interval, `exp(b -+ z se)`.
    pub fn hazard_ratio(&self, level: f64) -> Result<(f64, f64, f64), StatsError> {
        let z = two_sided_z(level)?;
        let at = |shift: f64| math::exp(self.coefficient + shift * z * self.std_error);
        Ok((at(0.0), at(-1.0), at(1.0)))
    }
}

/// Largest coefficient that is believed; beyond it the likelihood has no maximum (one arm without events).
const LIMIT: f64 = 20.0;

/// Fit `h(t | x) = h0(t) exp(b x)` to observations with one covariate `x` each.
///
/// # Errors
/// No information (no events, or a covariate that does not vary among those at risk), and a likelihood that rises
/// without end because one side has no events.
pub fn cox(observations: &[Observation], covariate: &[f64], ties: Ties) -> Result<CoxFit, StatsError> {
    if observations.len() != covariate.len() || observations.len() < 2 {
        return Err(StatsError::TooFew {
            what: "Cox regression",
            needed: 2.max(observations.len()),
            given: covariate.len(),
        });
    }
    checked("Cox regression", observations)?;
    all_finite("covariate", covariate)?;
    let mut order: Vec<usize> = (0..observations.len()).collect();
    // Latest first: the risk set grows while the list is read.
    order.sort_by(|&a, &b| observations[b].time.total_cmp(&observations[a].time));
    let rows: Vec<(Observation, f64)> = order.iter().map(|&i| (observations[i], covariate[i])).collect();

    let start = likelihood(&rows, 0.0, ties);
    if start.information <= 0.0 {
        let why = "no event carries information about the covariate";
        return Err(StatsError::NoConvergence { what: "Cox regression", why });
    }
    let (mut b, mut now) = (0.0, start);
    for _ in 0..100 {
        let mut step = now.score / now.information;
        let mut next = likelihood(&rows, b + step, ties);
        // The log likelihood is concave: halving a step that overshoots always helps.
        while next.value < now.value && step.abs() > 1e-14 {
            step *= 0.5;
            next = likelihood(&rows, b + step, ties);
        }
        (b, now) = (b + step, next);
        if b.abs() > LIMIT || now.information <= 0.0 {
            let why = "the likelihood rises without end (one side has no events)";
            return Err(StatsError::NoConvergence { what: "Cox regression", why });
        }
        if step.abs() <= 1e-13 * (1.0 + b.abs()) {
            break;
        }
    }
    let std_error = 1.0 / now.information.sqrt();
    Ok(CoxFit {
        coefficient: b,
        std_error,
        log_likelihood_null: start.value,
        log_likelihood: now.value,
        score: start.score * start.score / start.information,
        p: normal_two_sided(b / std_error)?,
    })
}

#[derive(Clone, Copy)]
struct Likelihood {
    value: f64,
    score: f64,
    information: f64,
}

/// Sums of `exp(b x)`, `x exp(b x)`, `x^2 exp(b x)` over a set of subjects.
#[derive(Clone, Copy, Default)]
struct Moments(f64, f64, f64);

impl Moments {
    fn add(&mut self, weight: f64, x: f64) {
        self.0 += weight;
        self.1 += weight * x;
        self.2 += weight * x * x;
    }
}

/// Hazard ratio of an arm over its reference with Wald interval and p. It counts runs: subjects with replicates are
/// refused.
///
/// # Errors
/// As [`cox`].
pub fn hazard_ratio(
    arm: &[Vec<Observation>],
    reference: &[Vec<Observation>],
    ties: Ties,
    level: f64,
) -> Result<Estimate, StatsError> {
    if replicated(&[arm, reference]) {
        return Err(StatsError::Replicated);
    }
    let (treated, others) = (arm.concat(), reference.concat());
    let covariate = [vec![1.0; treated.len()], vec![0.0; others.len()]].concat();
    let both = [treated, others].concat();
    let fit = cox(&both, &covariate, ties)?;
    let (ratio, low, high) = fit.hazard_ratio(level)?;
    Ok(Estimate {
        value: Some(ratio),
        lower: Some(low),
        upper: Some(high),
        p: Some(fit.p),
        n: arm.len(),
        method: format!("hazard ratio, Cox regression, {ties:?} ties, Wald interval"),
    })
}

fn likelihood(rows: &[(Observation, f64)], b: f64, ties: Ties) -> Likelihood {
    let mut sum = Likelihood { value: 0.0, score: 0.0, information: 0.0 };
    let mut risk = Moments::default();
    for tied in rows.chunk_by(|a, b| a.0.time == b.0.time) {
        let (mut failed, mut deaths) = (Moments::default(), 0_usize);
        for &(observation, x) in tied {
            let weight = math::exp(b * x);
            risk.add(weight, x);
            if observation.event {
                failed.add(weight, x);
                deaths += 1;
                sum.value += b * x;
                sum.score += x;
            }
        }
        for k in 0..deaths {
            let share = if ties == Ties::Efron { k as f64 / deaths as f64 } else { 0.0 };
            let s0 = risk.0 - share * failed.0;
            let mean = (risk.1 - share * failed.1) / s0;
            sum.value -= math::ln(s0);
            sum.score -= mean;
            sum.information += (risk.2 - share * failed.2) / s0 - mean * mean;
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::super::observation::data::{maintained, not_maintained, placebo, six_mp};
    use super::*;

    fn fit(zero: &[Observation], one: &[Observation], ties: Ties) -> Result<CoxFit, StatsError> {
        let x: Vec<f64> = zero.iter().map(|_| 0.0).chain(one.iter().map(|_| 1.0)).collect();
        cox(&[zero, one].concat(), &x, ties)
    }

    fn close(a: f64, b: f64, tolerance: f64) {
        assert!((a / b - 1.0).abs() < tolerance, "{a} against {b}");
    }

    #[test]
    fn freireich_agrees_with_r() {
        let efron = fit(&placebo(), &six_mp(), Ties::Efron).unwrap();
        close(efron.coefficient, -1.57212514882907, 1e-9);
        close(efron.std_error, 0.412396717709455, 1e-9);
        close(efron.log_likelihood_null, -93.1842699968477, 1e-10);
        close(efron.log_likelihood, -85.0084245773716, 1e-10);
        close(efron.score, 17.2465367957166, 1e-10);
        let (ratio, low, high) = efron.hazard_ratio(0.95).unwrap();
        close(ratio, 0.207603524841537, 1e-9);
        close(low, 0.0925128372620035, 1e-9);
        close(high, 0.465872897234473, 1e-9);
        let breslow = fit(&placebo(), &six_mp(), Ties::Breslow).unwrap();
        close(breslow.coefficient, -1.50919141258588, 1e-9);
        close(breslow.std_error, 0.409564406366741, 1e-9);
        close(breslow.score, 15.9305395640327, 1e-10);
    }

    #[test]
    fn aml_agrees_with_r() {
        let efron = fit(&maintained(), &not_maintained(), Ties::Efron).unwrap();
        close(efron.coefficient, 0.915532575014718, 1e-8);
        close(efron.std_error, 0.511934275172005, 1e-8);
        let breslow = fit(&maintained(), &not_maintained(), Ties::Breslow).unwrap();
        close(breslow.coefficient, 0.9042197236857, 1e-8);
    }

    #[test]
    fn no_information_is_an_error_not_a_number() {
        let lost = [Observation::censored(3.0), Observation::censored(4.0)];
        assert!(matches!(fit(&lost, &lost, Ties::Efron), Err(StatsError::NoConvergence { .. })));
        assert!(matches!(fit(&six_mp(), &lost[..0], Ties::Efron), Err(StatsError::NoConvergence { .. })));
        let cured = vec![Observation::censored(100.0); 10];
        assert!(matches!(fit(&placebo(), &cured, Ties::Efron), Err(StatsError::NoConvergence { .. })));
        assert!(cox(&lost, &[1.0], Ties::Efron).is_err());
        assert!(cox(&lost, &[1.0, f64::NAN], Ties::Efron).is_err());
    }
}
