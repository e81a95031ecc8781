//! The bootstrap by subject: whole subjects are drawn with replacement, never their runs or days.

use super::quantile::quantile_sorted;
use super::{StatsError, proper_level};

/// How the arms of a study share their subjects, hence how resampling draws them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Design {
    /// Every subject stands in every arm: one draw of subject indices serves all arms.
    Paired,
    /// Each arm has its own subjects: each arm has its own draw.
    Parallel,
}

/// Draw `indices.len()` subjects out of `n` with replacement; `uniform` returns numbers in [0, 1).
pub fn draw_subjects(n: usize, uniform: &mut impl FnMut() -> f64, indices: &mut [usize]) {
    for index in indices {
        // The comparison guards against a caller's uniform that is exactly 1.
        *index = ((uniform() * n as f64) as usize).min(n.saturating_sub(1));
    }
}

/// The resampled values of a statistic. Values may be infinite (a median that is not reached); resamples in which
/// the statistic has no meaning (a ratio of two such medians) are counted apart.
#[derive(Debug, Clone, PartialEq)]
pub struct Bootstrap {
    /// Ascending.
    pub values: Vec<f64>,
    pub undefined: usize,
}

impl Bootstrap {
    /// Evaluate `statistic` on `resamples` draws; it receives one index list per arm, aligned for
    /// [`Design::Paired`]. `sizes` are the numbers of subjects per arm. `None` and NaN count as undefined.
    ///
    /// Each resample takes its uniforms in a fixed order (arm by arm), so equal uniforms give equal bits.
    pub fn run(
        sizes: &[usize],
        design: Design,
        resamples: usize,
        uniform: &mut impl FnMut() -> f64,
        mut statistic: impl FnMut(&[Vec<usize>]) -> Option<f64>,
    ) -> Result<Self, StatsError> {
        check_design(sizes, design)?;
        let mut draws: Vec<Vec<usize>> = sizes.iter().map(|&n| vec![0; n]).collect();
        let (mut values, mut undefined) = (Vec::with_capacity(resamples), 0);
        for _ in 0..resamples {
            match design {
                Design::Paired => {
                    draw_subjects(sizes[0], uniform, &mut draws[0]);
                    let (first, rest) = draws.split_at_mut(1);
                    rest.iter_mut().for_each(|draw| draw.copy_from_slice(&first[0]));
                }
                Design::Parallel => {
                    draws.iter_mut().zip(sizes).for_each(|(draw, &n)| draw_subjects(n, uniform, draw));
                }
            }
            match statistic(&draws) {
                Some(value) if !value.is_nan() => values.push(value),
                _ => undefined += 1,
            }
        }
        values.sort_by(f64::total_cmp);
        Ok(Self { values, undefined })
    }

    /// Percentile interval at `level`. Undefined resamples count as lying below the lower end for the lower end and
    /// above the upper for the upper, which can only widen it; an end that is not a number is `None`.
    pub fn interval(&self, level: f64) -> Result<(Option<f64>, Option<f64>), StatsError> {
        proper_level(level)?;
        if self.values.is_empty() {
            return Ok((None, None));
        }
        let tail = (1.0 - level) / 2.0;
        let number = |v: f64| v.is_finite().then_some(v);
        let mut pessimist = vec![f64::NEG_INFINITY; self.undefined];
        pessimist.extend_from_slice(&self.values);
        let lower = quantile_sorted(&pessimist, tail)?;
        pessimist.rotate_left(self.undefined);
        let known = self.values.len();
        pessimist[known..].fill(f64::INFINITY);
        let upper = quantile_sorted(&pessimist, 1.0 - tail)?;
        Ok((number(lower), number(upper)))
    }

    /// Share of all resamples whose value satisfies `test`; undefined ones do not.
    pub fn share(&self, test: impl Fn(f64) -> bool) -> f64 {
        let all = self.values.len() + self.undefined;
        if all == 0 {
            return 0.0;
        }
        self.values.iter().filter(|&&v| test(v)).count() as f64 / all as f64
    }
}

/// Arms must not be empty, and paired arms must be equally large.
pub(crate) fn check_design(sizes: &[usize], design: Design) -> Result<(), StatsError> {
    if sizes.is_empty() || sizes.contains(&0) {
        return Err(StatsError::TooFew { what: "arm", needed: 1, given: 0 });
    }
    if design == Design::Paired
        && let Some(&odd) = sizes.iter().find(|&&n| n != sizes[0])
    {
        return Err(StatsError::Unpaired { left: sizes[0], right: odd });
    }
    Ok(())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A small keyed generator for tests (SplitMix64, Steele et al. 2014).
    pub(crate) fn uniforms(seed: u64) -> impl FnMut() -> f64 {
        let mut state = seed;
        move || {
            state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut z = state;
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
        }
    }

    #[test]
    fn paired_draws_are_shared_and_parallel_draws_are_not() {
        let mut shared = 0;
        Bootstrap::run(&[20, 20], Design::Paired, 50, &mut uniforms(1), |draws| {
            assert_eq!(draws[0], draws[1]);
            shared += 1;
            Some(0.0)
        })
        .unwrap();
        assert_eq!(shared, 50);
        let mut equal = 0;
        Bootstrap::run(&[20, 20], Design::Parallel, 50, &mut uniforms(1), |draws| {
            equal += usize::from(draws[0] == draws[1]);
            Some(0.0)
        })
        .unwrap();
        assert_eq!(equal, 0);
    }

    #[test]
    fn the_mean_has_its_known_spread() {
        // Bootstrap variance of a mean is the population variance / n: 8.25 / 10 for 1..10.
        let data: Vec<f64> = (1..=10).map(f64::from).collect();
        let boot = Bootstrap::run(&[10], Design::Paired, 20_000, &mut uniforms(7), |draws| {
            Some(draws[0].iter().map(|&i| data[i]).sum::<f64>() / 10.0)
        })
        .unwrap();
        let mean = crate::stats::moments::mean(&boot.values).unwrap();
        let variance = crate::stats::moments::variance(&boot.values).unwrap();
        // z = 5: se of the mean sqrt(0.825 / 2e4), of the variance about 0.825 sqrt(2 / 2e4).
        assert!((mean - 5.5).abs() < 5.0 * (0.825_f64 / 2e4).sqrt(), "{mean}");
        assert!((variance - 0.825).abs() < 5.0 * 0.825 * (2.0_f64 / 2e4).sqrt(), "{variance}");
        let again = Bootstrap::run(&[10], Design::Paired, 20_000, &mut uniforms(7), |draws| {
            Some(draws[0].iter().map(|&i| data[i]).sum::<f64>() / 10.0)
        });
        assert_eq!(again.unwrap(), boot);
    }

    #[test]
    fn undefined_resamples_widen_the_interval() {
        let clean = Bootstrap { values: (0..=100).map(f64::from).collect(), undefined: 0 };
        let (low, high) = clean.interval(0.9).unwrap();
        assert!((low.unwrap() - 5.0).abs() < 1e-9 && (high.unwrap() - 95.0).abs() < 1e-9);
        let few = Bootstrap { undefined: 2, ..clean.clone() };
        let (low, high) = few.interval(0.9).unwrap();
        assert!(low.unwrap() < 5.0 && high.unwrap() > 95.0);
        let many = Bootstrap { undefined: 50, ..clean.clone() };
        assert_eq!(many.interval(0.9).unwrap(), (None, None));
        assert_eq!(clean.share(|v| v < 50.5), 51.0 / 101.0);
        assert_eq!(Bootstrap { values: vec![], undefined: 3 }.interval(0.9).unwrap(), (None, None));
    }

    #[test]
    fn bad_designs_are_errors() {
        let run = |sizes: &[usize], design| Bootstrap::run(sizes, design, 1, &mut uniforms(0), |_| None);
        assert!(matches!(run(&[3, 4], Design::Paired), Err(StatsError::Unpaired { left: 3, right: 4 })));
        assert!(run(&[3, 4], Design::Parallel).is_ok());
        assert!(matches!(run(&[3, 0], Design::Parallel), Err(StatsError::TooFew { .. })));
        let mut one = || 1.0;
        let mut index = [9];
        draw_subjects(4, &mut one, &mut index);
        assert_eq!(index, [3]);
    }
}
