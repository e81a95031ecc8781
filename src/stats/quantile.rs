//! Quantiles, medians and their intervals, also where some subjects have left because they were worst off.

use super::{StatsError, all_finite, proper_level, tails::fair_binomial_cdf};

/// Sorted copy; the values are finite, so the total order is the numeric one (with -0 before +0).
fn sorted(values: &[f64]) -> Vec<f64> {
    let mut copy = values.to_vec();
    copy.sort_by(f64::total_cmp);
    copy
}

/// Quantile `q` in [0, 1] of finite values by linear interpolation between order statistics
/// (`h = (n - 1) q`; Hyndman and Fan type 7, the default of R and NumPy).
pub fn quantile(values: &[f64], q: f64) -> Result<f64, StatsError> {
    all_finite("quantile", values)?;
    quantile_sorted(&sorted(values), q)
}

/// [`quantile`] of values that are already sorted and may end in `+inf` (or begin with `-inf`).
pub fn quantile_sorted(ascending: &[f64], q: f64) -> Result<f64, StatsError> {
    if ascending.is_empty() {
        return Err(StatsError::TooFew { what: "quantile", needed: 1, given: 0 });
    }
    if !(0.0..=1.0).contains(&q) {
        return Err(StatsError::OutOfRange { what: "quantile", range: "[0, 1]", value: q });
    }
    let h = (ascending.len() - 1) as f64 * q;
    let low = h.floor() as usize;
    let (share, a) = (h - low as f64, ascending[low]);
    if share == 0.0 {
        return Ok(a);
    }
    let b = ascending[low + 1];
    // A mean of a number and an infinity is the infinity; inf - inf must not arise.
    Ok(if a.is_infinite() || a == b { a } else { a + share * (b - a) })
}

/// Median of finite values.
pub fn median(values: &[f64]) -> Result<f64, StatsError> {
    quantile(values, 0.5)
}

/// Quantile by rank where `None` marks a subject whose value lies above every number (a mouse that has reached
/// its endpoint and left). `Ok(None)` says that the quantile itself lies above every number.
///
/// It never uses the unknown values, only their rank, so it equals the quantile of the complete data as long as
/// it is a number. Two neighbors of which one is `None` average to `None`.
pub fn rank_quantile(values: &[Option<f64>], q: f64) -> Result<Option<f64>, StatsError> {
    let known: Vec<f64> = values.iter().flatten().copied().collect();
    all_finite("rank quantile", &known)?;
    let mut ranked = sorted(&known);
    ranked.resize(values.len(), f64::INFINITY);
    let value = quantile_sorted(&ranked, q)?;
    Ok(value.is_finite().then_some(value))
}

/// Median by rank; see [`rank_quantile`].
pub fn rank_median(values: &[Option<f64>]) -> Result<Option<f64>, StatsError> {
    rank_quantile(values, 0.5)
}

/// Distribution-free interval of the median from order statistics.
///
/// With `B ~ Binomial(n, 1/2)` and the largest `k` such that `P(B < k) <= (1 - level) / 2`, the interval is
/// `[x_(k), x_(n - k + 1)]` and covers with at least `level`. `None` for an end where no order statistic is far
/// enough out (n < 6 at 0.95) or where the order statistic is itself above every number.
pub fn median_interval(values: &[Option<f64>], level: f64) -> Result<(Option<f64>, Option<f64>), StatsError> {
    proper_level(level)?;
    let known: Vec<f64> = values.iter().flatten().copied().collect();
    all_finite("median interval", &known)?;
    let mut ranked = sorted(&known);
    let n = values.len();
    ranked.resize(n, f64::INFINITY);
    let tail = (1.0 - level) / 2.0;
    let k = (1..=n / 2).take_while(|&k| fair_binomial_cdf(k - 1, n) <= tail).last();
    let Some(k) = k else {
        return Ok((None, None));
    };
    let number = |v: f64| v.is_finite().then_some(v);
    Ok((number(ranked[k - 1]), number(ranked[n - k])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_follow_type_seven() {
        // R: quantile(c(3, 1, 4, 1, 5, 9, 2, 6), c(.25, .5, .9))
        let data = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0];
        assert_eq!(quantile(&data, 0.25).unwrap(), 1.75);
        assert_eq!(median(&data).unwrap(), 3.5);
        assert!((quantile(&data, 0.9).unwrap() - 6.9).abs() < 1e-12);
        assert_eq!((quantile(&data, 0.0).unwrap(), quantile(&data, 1.0).unwrap()), (1.0, 9.0));
    }

    #[test]
    fn ended_runs_rank_above_every_number() {
        let full = [Some(1.0), Some(2.0), Some(3.0), Some(4.0), Some(5.0)];
        let left = [Some(1.0), Some(2.0), Some(3.0), None, None];
        assert_eq!(rank_median(&left).unwrap(), rank_median(&full).unwrap());
        assert_eq!(rank_median(&[Some(1.0), None]).unwrap(), None);
        assert_eq!(rank_median(&[Some(1.0), Some(2.0), Some(4.0), None]).unwrap(), Some(3.0));
        assert_eq!(rank_median(&[None, None]).unwrap(), None);
        assert!(rank_median(&[]).is_err());
        assert!(rank_median(&[Some(f64::INFINITY)]).is_err());
    }

    #[test]
    fn median_interval_uses_the_binomial_ranks() {
        // n = 10: P(B < 2) = 11/1024 = 0.0107 <= 0.025 < P(B < 3) = 56/1024, hence ranks 2 and 9.
        let data: Vec<_> = (1..=10).map(|i| Some(f64::from(i))).collect();
        assert_eq!(median_interval(&data, 0.95).unwrap(), (Some(2.0), Some(9.0)));
        // n = 6 is the smallest that reaches 0.95: 1/64 <= 0.025.
        assert_eq!(median_interval(&data[..6], 0.95).unwrap(), (Some(1.0), Some(6.0)));
        assert_eq!(median_interval(&data[..5], 0.95).unwrap(), (None, None));
        let mut left = data.clone();
        left[8] = None;
        left[9] = None;
        assert_eq!(median_interval(&left, 0.95).unwrap(), (Some(2.0), None));
    }
}
