//! The log-rank test over arms of subjects, within strata where there are any, and how often small trials would find it.

use super::bootstrap::{check_design, draw_subjects};
use super::compare::{Resampling, check_times, replicated, sizes};
use super::{Design, Estimate, LogRank, Observation, StatsError, Weight, log_rank_stratified};

/// Arms of subjects and what each subject's stratum is.
#[derive(Debug, Clone, Copy)]
pub struct Cohorts<'a> {
    /// By arm and subject, the replicates.
    pub arms: &'a [&'a [Vec<Observation>]],
    /// By arm and subject, the number of the stratum; empty: all in one.
    pub strata: &'a [Vec<usize>],
}

impl Cohorts<'_> {
    fn stratum(&self, arm: usize, subject: usize) -> usize {
        self.strata.get(arm).map_or(0, |of| of[subject])
    }

    fn number_of_strata(&self) -> usize {
        self.strata.iter().flatten().map(|s| s + 1).max().unwrap_or(1)
    }

    /// The test of observations that are told by arm and stratum.
    fn test(
        &self,
        observations: impl Iterator<Item = (usize, usize, Observation)>,
        weight: Weight,
    ) -> Result<LogRank, StatsError> {
        let mut strata = vec![vec![Vec::new(); self.arms.len()]; self.number_of_strata()];
        for (arm, stratum, observation) in observations {
            strata[stratum][arm].push(observation);
        }
        let slices: Vec<Vec<&[Observation]>> =
            strata.iter().map(|stratum| stratum.iter().map(Vec::as_slice).collect()).collect();
        log_rank_stratified(&slices, weight)
    }

    fn check(&self) -> Result<(), StatsError> {
        for (arm, strata) in self.arms.iter().zip(self.strata) {
            if arm.len() != strata.len() {
                return Err(StatsError::Unpaired { left: arm.len(), right: strata.len() });
            }
        }
        check_times(self.arms)
    }
}

/// Log-rank test of two or more arms; the value is the chi-square statistic.
///
/// # Errors
/// Times that are negative or no numbers, arms without anybody, strata that do not fit the arms, subjects with several
/// replicates: their runs are not independent, and the test counts runs.
pub fn log_rank_test(cohorts: Cohorts, weight: Weight) -> Result<Estimate, StatsError> {
    cohorts.check()?;
    if replicated(cohorts.arms) {
        return Err(StatsError::Replicated);
    }
    let everyone = cohorts.arms.iter().enumerate().flat_map(|(a, arm)| {
        arm.iter()
            .enumerate()
            .flat_map(move |(s, runs)| runs.iter().map(move |run| (a, cohorts.stratum(a, s), *run)))
    });
    let test = cohorts.test(everyone, weight)?;
    let within = match cohorts.number_of_strata() {
        1 => String::new(),
        n => format!(" within {n} strata"),
    };
    let method = format!(
        "log-rank chi-square{within}, {} degree{} of freedom",
        test.df,
        if test.df == 1 { "" } else { "s" }
    );
    let n = cohorts.arms.first().map_or(0, |arm| arm.len());
    Ok(Estimate { value: Some(test.chi_square), lower: None, upper: None, p: Some(test.p), n, method })
}

/// Chance that a trial of `per_arm` subjects per arm would find a difference: the share of resampled trials with
/// log-rank p < 0.05. Arms are drawn independently of each other, as in a real trial, and one replicate of each
/// drawn subject is followed, so that a trial may be made of subjects with several, which all data together may not be
/// tested for: then there is no p. The interval is Wilson's for the number of resampled trials; p is that of all data.
///
/// # Errors
/// As of [`log_rank_test`], replicates aside; a trial of nobody.
pub fn log_rank_trial(
    cohorts: Cohorts,
    weight: Weight,
    per_arm: usize,
    plan: Resampling,
    uniform: &mut impl FnMut() -> f64,
) -> Result<Estimate, StatsError> {
    let (p, n) = match log_rank_test(cohorts, weight) {
        Ok(whole) => (whole.p, whole.n),
        Err(StatsError::Replicated) => (None, cohorts.arms.first().map_or(0, |arm| arm.len())),
        Err(error) => return Err(error),
    };
    check_design(&sizes(cohorts.arms), Design::Parallel)?;
    if per_arm == 0 {
        return Err(StatsError::TooFew { what: "subjects per arm of a trial", needed: 1, given: 0 });
    }
    let mut subjects = vec![0; per_arm];
    let mut replicate = [0];
    let mut found = 0;
    for _ in 0..plan.resamples {
        let mut followed = Vec::with_capacity(per_arm * cohorts.arms.len());
        for (a, arm) in cohorts.arms.iter().enumerate() {
            draw_subjects(arm.len(), uniform, &mut subjects);
            for &subject in &subjects {
                draw_subjects(arm[subject].len(), uniform, &mut replicate);
                let run = arm[subject].get(replicate[0]);
                followed.extend(run.map(|run| (a, cohorts.stratum(a, subject), *run)));
            }
        }
        found += usize::from(cohorts.test(followed.into_iter(), weight)?.p < 0.05);
    }
    let (lower, upper) = super::binomial::wilson(found, plan.resamples, plan.level)?;
    let trials = plan.resamples;
    Ok(Estimate {
        value: Some(found as f64 / trials as f64),
        lower: Some(lower),
        upper: Some(upper),
        p,
        n,
        method: format!("share of {trials} resampled trials of {per_arm} per arm with log-rank p < 0.05"),
    })
}

#[cfg(test)]
mod tests {
    use super::super::bootstrap::tests::uniforms;
    use super::super::observation::data::{maintained, placebo, six_mp};
    use super::*;

    const PLAN: Resampling = Resampling { design: Design::Paired, resamples: 4000, level: 0.95 };

    fn each(values: &[Observation]) -> Vec<Vec<Observation>> {
        values.iter().map(|&v| vec![v]).collect()
    }

    #[test]
    fn trials_of_different_arms_find_it_and_of_equal_arms_seldom_do() {
        let (a, b) = (each(&six_mp()), each(&placebo()));
        let trial = |arms: [&[Vec<Observation>]; 2], n| {
            let cohorts = Cohorts { arms: &arms, strata: &[] };
            log_rank_trial(cohorts, Weight::None, n, PLAN, &mut uniforms(4)).unwrap()
        };
        let power = trial([&a, &b], 21);
        assert!(power.value.unwrap() > 0.9 && power.p.unwrap() < 1e-4);
        assert!(trial([&a, &b], 5).value.unwrap() < power.value.unwrap());
        // Both arms are drawn from the same subjects: the null, size near 0.05 (asymptotic at 21 per arm).
        let size = trial([&b, &b], 21).value.unwrap();
        assert!((0.035..0.075).contains(&size), "{size}");
    }

    #[test]
    fn strata_separate_what_would_else_be_mixed() {
        // Two strata with one group each tell nothing; mixed, they look like a difference.
        let (a, b) = (each(&six_mp()), each(&placebo()));
        let arms: [&[Vec<Observation>]; 2] = [&a, &b];
        let apart = [vec![0; 21], vec![1; 21]];
        let within = |strata: &[Vec<usize>]| log_rank_test(Cohorts { arms: &arms, strata }, Weight::None);
        assert!((within(&[]).unwrap().value.unwrap() - 16.7929409892165).abs() < 1e-9);
        let none = within(&apart).unwrap();
        assert_eq!((none.value, none.p), (Some(0.0), Some(1.0)));
        assert!(none.method.contains("within 2 strata"), "{}", none.method);
        // The same arms twice, told apart: the statistic doubles.
        let (two_a, two_b) = ([a.clone(), a.clone()].concat(), [b.clone(), b.clone()].concat());
        let half: Vec<usize> = (0..42).map(|i| i / 21).collect();
        let arms: [&[Vec<Observation>]; 2] = [&two_a, &two_b];
        let strata = [half.clone(), half];
        let twice = log_rank_test(Cohorts { arms: &arms, strata: &strata }, Weight::None).unwrap();
        assert!((twice.value.unwrap() - 2.0 * 16.7929409892165).abs() < 1e-9);
        // In trials a stratum without a partner finds nothing either.
        let arms: [&[Vec<Observation>]; 2] = [&a, &b];
        let cohorts = Cohorts { arms: &arms, strata: &apart };
        let e = log_rank_trial(cohorts, Weight::None, 10, PLAN, &mut uniforms(4)).unwrap();
        assert_eq!(e.value, Some(0.0));
    }

    #[test]
    fn replicates_are_not_tested_as_mice_but_trials_follow_one_of_each() {
        // Four subjects per arm, each three times: as twelve mice the difference would be beyond doubt.
        let arm = |from: f64| -> Vec<Vec<Observation>> {
            (0..4).map(|s| vec![Observation::event(from + f64::from(s)); 3]).collect()
        };
        let (a, b) = (arm(20.0), arm(10.0));
        let arms: [&[Vec<Observation>]; 2] = [&a, &b];
        let cohorts = Cohorts { arms: &arms, strata: &[] };
        assert_eq!(log_rank_test(cohorts, Weight::None), Err(StatsError::Replicated));
        let trial = log_rank_trial(cohorts, Weight::None, 4, PLAN, &mut uniforms(4)).unwrap();
        // Nobody of a dies before all of b have: every trial finds it, replicates or not.
        let once: Vec<_> =
            arms.iter().map(|arm| arm.iter().map(|s| s[..1].to_vec()).collect::<Vec<_>>()).collect();
        let arms: [&[Vec<Observation>]; 2] = [&once[0], &once[1]];
        let single =
            log_rank_trial(Cohorts { arms: &arms, strata: &[] }, Weight::None, 4, PLAN, &mut uniforms(4));
        let single = single.unwrap();
        assert_eq!((trial.value, trial.p, trial.n), (single.value, None, 4));
        assert!(single.p.unwrap() > 1e-3, "{single:?}");
    }

    #[test]
    fn bad_cohorts_are_errors() {
        let (a, b) = (each(&maintained()), each(&placebo()));
        let arms: [&[Vec<Observation>]; 2] = [&a, &b];
        let cohorts = Cohorts { arms: &arms, strata: &[] };
        assert!(log_rank_trial(cohorts, Weight::None, 0, PLAN, &mut uniforms(1)).is_err());
        let strata = [vec![0; 2], vec![0; 21]];
        assert!(log_rank_test(Cohorts { arms: &arms, strata: &strata }, Weight::None).is_err());
        let none: [&[Vec<Observation>]; 2] = [&a, &[]];
        let cohorts = Cohorts { arms: &none, strata: &[] };
        assert!(log_rank_trial(cohorts, Weight::None, 3, PLAN, &mut uniforms(1)).is_err());
    }
}
