//! The comparisons of a study on per-subject data, each with its interval by subject.
//!
//! An arm is a slice of subjects; a subject is the list of its replicates (one entry where a subject runs once).
//! Replicates of one subject are not independent mice: where there are any, every interval resamples subjects, and what
//! would count runs (a p value, a log-rank test) is left out. What the comparisons are called in a file is no matter of
//! this module.

use super::bootstrap::check_design;
use super::kaplan_meier::KaplanMeier;
use super::quantile::rank_median;
use super::rmst::restricted_mean;
use super::tails::{normal_two_sided, two_sided_z};
use super::{Bootstrap, Design, Observation, StatsError, Weight, all_finite, log_rank, proper_level};

/// One row of a table of comparisons.
#[derive(Debug, Clone, PartialEq)]
pub struct Estimate {
    /// `None`: without meaning for these data (a median that was not reached).
    pub value: Option<f64>,
    pub lower: Option<f64>,
    pub upper: Option<f64>,
    pub p: Option<f64>,
    /// Subjects of the first arm.
    pub n: usize,
    /// How value and interval came about, as one would write it in a legend.
    pub method: String,
}

/// How intervals are made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Resampling {
    pub design: Design,
    pub resamples: usize,
    /// Confidence level, 0.95 by custom.
    pub level: f64,
}

impl Resampling {
    pub(crate) fn words(&self, what: &str) -> String {
        let design = match self.design {
            Design::Paired => "paired",
            Design::Parallel => "parallel",
        };
        format!("{what}, {design} bootstrap by subject ({} resamples)", self.resamples)
    }

    /// Evaluate `statistic` on all subjects and on resamples of them.
    pub(crate) fn estimate(
        &self,
        what: &str,
        sizes: &[usize],
        uniform: &mut impl FnMut() -> f64,
        mut statistic: impl FnMut(&[Vec<usize>]) -> Option<f64>,
    ) -> Result<Estimate, StatsError> {
        proper_level(self.level)?;
        check_design(sizes, self.design)?;
        let everyone: Vec<Vec<usize>> = sizes.iter().map(|&n| (0..n).collect()).collect();
        let value = statistic(&everyone).filter(|v| v.is_finite());
        let boot = Bootstrap::run(sizes, self.design, self.resamples, uniform, statistic)?;
        let (lower, upper) = boot.interval(self.level)?;
        Ok(Estimate { value, lower, upper, p: None, n: sizes[0], method: self.words(what) })
    }
}

/// The center of an observable over subjects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Center {
    /// Mean of the subjects' means.
    Mean,
    /// Median of the subjects' values by rank; `None` lies above every number (see [`Known`](super::Known)).
    Median,
}

/// Why a p value is left out.
const DEPENDENT: &str = "replicates of one subject are not independent";

/// Whether some subject has several replicates: whatever takes every run for a mouse of its own is then too sure.
pub(super) fn replicated<T>(arms: &[&[Vec<T>]]) -> bool {
    arms.iter().flat_map(|arm| arm.iter()).any(|runs| runs.len() > 1)
}

/// Subjects of an arm below which its standard error is too uncertain for a normal interval.
const FEW: usize = 10;

/// Why a ratio has no value where its reference is zero.
const ZERO_REFERENCE: &str = "no ratio: the reference is 0";

/// Ratio of two centers of which either may lie above every number. Over such a reference it is no number either, and
/// ranks below all: as the 0 of the division it would be the end of an interval. NaN counts as undefined.
fn quotient(a: f64, b: f64) -> f64 {
    if b == f64::INFINITY && a < b { f64::NEG_INFINITY } else { a / b }
}

fn pooled<T: Copy>(arm: &[Vec<T>], subjects: &[usize]) -> Vec<T> {
    subjects.iter().flat_map(|&i| arm[i].iter().copied()).collect()
}

/// Median survival of the chosen subjects; infinite where it is not reached, so that it can be ranked.
fn median_survival(arm: &[Vec<Observation>], subjects: &[usize]) -> Option<f64> {
    let km = KaplanMeier::fit(&pooled(arm, subjects), 0.95).ok()?;
    Some(km.median().unwrap_or(f64::INFINITY))
}

pub(super) fn check_times(arms: &[&[Vec<Observation>]]) -> Result<(), StatsError> {
    arms.iter().flat_map(|arm| arm.iter()).try_for_each(|s| super::observation::checked("comparison", s))
}

pub(super) fn sizes<T>(arms: &[&[Vec<T>]]) -> Vec<usize> {
    arms.iter().map(|arm| arm.len()).collect()
}

/// Median survival of one arm with the log-log interval of the Kaplan-Meier curve; with replicates by subject.
pub fn median_value(
    arm: &[Vec<Observation>],
    plan: Resampling,
    uniform: &mut impl FnMut() -> f64,
) -> Result<Estimate, StatsError> {
    check_times(&[arm])?;
    if replicated(&[arm]) {
        let what = "Kaplan-Meier median";
        return plan.estimate(what, &[arm.len()], uniform, |draw| median_survival(arm, &draw[0]));
    }
    let km = KaplanMeier::fit(&arm.concat(), plan.level)?;
    let (lower, upper) = km.median_interval();
    let method = "Kaplan-Meier median, log-log interval".to_owned();
    Ok(Estimate { value: km.median(), lower, upper, p: None, n: arm.len(), method })
}

/// Center of an observable in one arm with its interval by subject.
pub fn observable_value(
    arm: &[Vec<Option<f64>>],
    center: Center,
    plan: Resampling,
    uniform: &mut impl FnMut() -> f64,
) -> Result<Estimate, StatsError> {
    check_values(&[arm], center)?;
    let what = if center == Center::Mean { "mean" } else { "median" };
    plan.estimate(what, &[arm.len()], uniform, |draw| center_of(arm, &draw[0], center))
}

/// Share of runs that reach the endpoint by `at`.
///
/// Where everybody was watched until then it is a plain share with the score interval of Wilson, otherwise
/// `1 - S(at)` of the Kaplan-Meier curve with its log-log band; with replicates the interval is by subject, and there is
/// none where all subjects agree.
pub fn share(
    arm: &[Vec<Observation>],
    at: f64,
    plan: Resampling,
    uniform: &mut impl FnMut() -> f64,
) -> Result<Estimate, StatsError> {
    check_times(&[arm])?;
    let all = arm.concat();
    let km = KaplanMeier::fit(&all, plan.level)?;
    if !at.is_finite() {
        return Err(StatsError::NotFinite { what: "day of a share", index: 0, value: at });
    }
    let n = arm.len();
    if replicated(&[arm]) {
        let mut estimate = plan.estimate("share of runs", &[n], uniform, |draw| {
            let km = KaplanMeier::fit(&pooled(arm, &draw[0]), plan.level).ok()?;
            Some(1.0 - km.survival_at(at))
        })?;
        // Resamples of subjects that all agree say nothing of those who were not seen.
        if estimate.lower == estimate.upper {
            (estimate.lower, estimate.upper) = (None, None);
        }
        return Ok(estimate);
    }
    if all.iter().all(|o| o.event || o.time >= at) {
        let reached = all.iter().filter(|o| o.event && o.time <= at).count();
        let (lower, upper) = super::binomial::wilson(reached, all.len(), plan.level)?;
        let value = Some(reached as f64 / all.len() as f64);
        let method = "share, Wilson interval".to_owned();
        return Ok(Estimate { value, lower: Some(lower), upper: Some(upper), p: None, n, method });
    }
    let row = km.row_at(at);
    let (lower, upper) =
        (row.and_then(|r| r.upper).map(|s| 1.0 - s), row.and_then(|r| r.lower).map(|s| 1.0 - s));
    let method = "1 - Kaplan-Meier, log-log interval".to_owned();
    Ok(Estimate { value: Some(1.0 - km.survival_at(at)), lower, upper, p: None, n, method })
}

/// Ratio of median survival, arm over reference, with the interval by subject; the p value is the log-rank test's, and
/// left out where subjects have replicates.
///
/// A median that is not reached is infinite in a resample (see `quotient`): the interval is then open (`None`) on that
/// side, and a ratio of two such medians is undefined and widens it.
pub fn median_ratio(
    arm: &[Vec<Observation>],
    reference: &[Vec<Observation>],
    plan: Resampling,
    uniform: &mut impl FnMut() -> f64,
) -> Result<Estimate, StatsError> {
    check_times(&[arm, reference])?;
    let single = !replicated(&[arm, reference]);
    let what = if single { "ratio of medians (p: log-rank)" } else { "ratio of medians" };
    let mut estimate = plan.estimate(what, &[arm.len(), reference.len()], uniform, |draw| {
        Some(quotient(median_survival(arm, &draw[0])?, median_survival(reference, &draw[1])?))
    })?;
    let whole = |arm: &[Vec<Observation>]| KaplanMeier::fit(&arm.concat(), plan.level).map(|km| km.median());
    // A median that is not reached is at least the last day watched.
    let last = |arm: &[Vec<Observation>]| {
        arm.iter().flatten().map(|o| o.time).fold(0.0, |a, t| if t > a { t } else { a })
    };
    let known = match (whole(arm)?, whole(reference)?) {
        (Some(_), Some(0.0)) => Some(ZERO_REFERENCE.to_owned()),
        (Some(_), Some(_)) => None,
        (Some(a), None) => {
            let most = a / last(reference);
            Some(format!("the reference's median is not reached: the ratio is at most {most:.3}"))
        }
        (None, Some(b)) if b > 0.0 => {
            let least = last(arm) / b;
            Some(format!("the arm's median is not reached: the ratio is at least {least:.3}"))
        }
        (None, Some(_)) => Some(ZERO_REFERENCE.to_owned()),
        (None, None) => Some("no ratio: neither median is reached".to_owned()),
    };
    known.into_iter().for_each(|words| estimate.method += &format!("; {words}"));
    if single {
        estimate.p = Some(log_rank(&[&arm.concat(), &reference.concat()], Weight::None)?.p);
    } else {
        estimate.method += &format!("; no p: {DEPENDENT}");
    }
    Ok(estimate)
}

fn check_values(arms: &[&[Vec<Option<f64>>]], center: Center) -> Result<(), StatsError> {
    for arm in arms {
        for (subject, runs) in arm.iter().enumerate() {
            if runs.is_empty() || (center == Center::Mean && runs.iter().any(Option::is_none)) {
                return Err(StatsError::Missing { what: "observable", subject });
            }
            all_finite("observable", &runs.iter().flatten().copied().collect::<Vec<_>>())?;
        }
    }
    Ok(())
}

fn center_of(arm: &[Vec<Option<f64>>], subjects: &[usize], center: Center) -> Option<f64> {
    match center {
        Center::Mean => {
            let each = subjects.iter().map(|&i| {
                let runs = &arm[i];
                runs.iter().copied().sum::<Option<f64>>().map(|sum| sum / runs.len() as f64)
            });
            let means: Option<Vec<f64>> = each.collect();
            super::moments::mean(&means?).ok()
        }
        Center::Median => rank_median(&pooled(arm, subjects)).ok()?.or(Some(f64::INFINITY)),
    }
}

/// Why a comparison of two centers has no value.
fn no_value(what: &str, arm: &[Vec<Option<f64>>], reference: &[Vec<Option<f64>>], center: Center) -> String {
    let beyond = |arm: &[Vec<Option<f64>>]| {
        let everyone: Vec<usize> = (0..arm.len()).collect();
        center_of(arm, &everyone, center).is_none_or(f64::is_infinite)
    };
    match (beyond(arm), beyond(reference)) {
        (true, true) => format!("no {what}: both medians lie above every value"),
        (true, false) => format!("no {what}: the arm's median lies above every value"),
        (false, true) => format!("no {what}: the reference's median lies above every value"),
        (false, false) => ZERO_REFERENCE.to_owned(),
    }
}

/// Difference of an observable between an arm and the reference.
pub fn difference(
    arm: &[Vec<Option<f64>>],
    reference: &[Vec<Option<f64>>],
    center: Center,
    plan: Resampling,
    uniform: &mut impl FnMut() -> f64,
) -> Result<Estimate, StatsError> {
    check_values(&[arm, reference], center)?;
    let what = if center == Center::Mean { "difference of means" } else { "difference of medians" };
    let mut estimate = plan.estimate(what, &[arm.len(), reference.len()], uniform, |draw| {
        Some(center_of(arm, &draw[0], center)? - center_of(reference, &draw[1], center)?)
    })?;
    if estimate.value.is_none() {
        estimate.method += &format!("; {}", no_value("difference", arm, reference, center));
    }
    Ok(estimate)
}

/// Ratio of an observable, arm over reference; `None` where the reference is zero.
pub fn ratio(
    arm: &[Vec<Option<f64>>],
    reference: &[Vec<Option<f64>>],
    center: Center,
    plan: Resampling,
    uniform: &mut impl FnMut() -> f64,
) -> Result<Estimate, StatsError> {
    check_values(&[arm, reference], center)?;
    let what = if center == Center::Mean { "ratio of means" } else { "ratio of medians" };
    let mut estimate = plan.estimate(what, &[arm.len(), reference.len()], uniform, |draw| {
        Some(quotient(center_of(arm, &draw[0], center)?, center_of(reference, &draw[1], center)?))
    })?;
    if estimate.value.is_none() {
        estimate.method += &format!("; {}", no_value("ratio", arm, reference, center));
    }
    Ok(estimate)
}

/// Difference of restricted mean survival up to `horizon`, normal interval and test from the two standard errors; with
/// replicates an interval by subject and no test.
///
/// Subjects of paired arms are positively correlated, and both intervals take arms for independent: they are then wider
/// than need be.
pub fn rmst_difference(
    arm: &[Vec<Observation>],
    reference: &[Vec<Observation>],
    horizon: f64,
    plan: Resampling,
    uniform: &mut impl FnMut() -> f64,
) -> Result<Estimate, StatsError> {
    let z = two_sided_z(plan.level)?;
    let what = format!("difference of restricted means to {horizon}");
    let (a, sa) = restricted_mean(&arm.concat(), horizon)?;
    let (b, sb) = restricted_mean(&reference.concat(), horizon)?;
    if replicated(&[arm, reference]) {
        // Arms need not hold the same subjects here.
        let plan = Resampling { design: Design::Parallel, ..plan };
        let mean =
            |arm: &[Vec<Observation>], draw: &[usize]| restricted_mean(&pooled(arm, draw), horizon).ok();
        let mut estimate = plan.estimate(&what, &[arm.len(), reference.len()], uniform, |draw| {
            Some(mean(arm, &draw[0])?.0 - mean(reference, &draw[1])?.0)
        })?;
        estimate.method += &format!("; no p: {DEPENDENT}");
        return Ok(estimate);
    }
    let (value, error) = (a - b, (sa * sa + sb * sb).sqrt());
    let p = if error > 0.0 { normal_two_sided(value / error)? } else { f64::from(u8::from(value == 0.0)) };
    let mut method = format!("{what}, normal interval");
    if arm.len().min(reference.len()) < FEW {
        method += &format!("; fewer than {FEW} subjects in an arm: interval and p are rough");
    }
    let (lower, upper) = (Some(value - z * error), Some(value + z * error));
    Ok(Estimate { value: Some(value), lower, upper, p: Some(p), n: arm.len(), method })
}

/// Probability that the first arm ranks first: share of resamples in which its median survival is strictly the
/// largest. Two medians that are not reached tie, and a tie is not a win.
pub fn rank_first(
    arms: &[&[Vec<Observation>]],
    plan: Resampling,
    uniform: &mut impl FnMut() -> f64,
) -> Result<Estimate, StatsError> {
    check_times(arms)?;
    let boot = Bootstrap::run(&sizes(arms), plan.design, plan.resamples, uniform, |draw| {
        let first = median_survival(arms[0], &draw[0])?;
        let beaten = arms[1..]
            .iter()
            .zip(&draw[1..])
            .all(|(arm, subjects)| median_survival(arm, subjects).is_some_and(|m| m < first));
        Some(f64::from(u8::from(beaten)))
    })?;
    Ok(Estimate {
        value: Some(boot.share(|v| v > 0.5)),
        lower: None,
        upper: None,
        p: None,
        n: arms[0].len(),
        method: plan.words("share of resamples with the strictly largest median"),
    })
}

#[cfg(test)]
#[path = "compare_tests.rs"]
mod tests;
