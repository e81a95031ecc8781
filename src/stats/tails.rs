//! Tail probabilities and quantiles of the normal, chi-square and fair binomial laws.
//!
//! These numbers stand in tables, so they are made of `math` alone: the same bytes on every machine. `statrs`, which
//! rests on the platform's elementary functions, is their oracle in tests.

use super::StatsError;
use crate::math;
use crate::random::{normal_cdf, normal_quantile as quantile};

/// Upper tail `P(X >= x)` of the chi-square law with `df` degrees of freedom.
///
/// With whole degrees of freedom the tail is a finite sum (Abramowitz and Stegun 26.4.4 and 26.4.5): with h = x / 2,
/// even df `exp(-h) sum_{k < df/2} h^k / k!`, odd df `erfc(sqrt h) + exp(-h) sum_{k < (df-1)/2} h^(k+1/2) / Gamma(k + 3/2)`.
/// All terms are positive, so nothing cancels. With `df = 0` (nothing to compare) the law is a point mass at zero and
/// the answer is 1.
///
/// # Errors
/// A statistic that is not a number.
pub fn chi_square_upper(x: f64, df: usize) -> Result<f64, StatsError> {
    if x.is_nan() {
        return Err(StatsError::NotFinite { what: "chi-square statistic", index: 0, value: x });
    }
    if df == 0 || x <= 0.0 {
        return Ok(1.0);
    }
    if x.is_infinite() {
        return Ok(0.0);
    }
    let h = 0.5 * x;
    // The first term of either sum, the step from one term to the next, and what stands before the sum.
    let (mut tail, mut term, first) = if df.is_multiple_of(2) {
        (0.0, math::exp(-h), 0.0)
    } else {
        let root = h.sqrt();
        (math::erfc(root), math::exp(-h) * root * std::f64::consts::FRAC_2_SQRT_PI, 0.5)
    };
    for k in 1..=df / 2 {
        tail += term;
        term *= h / (k as f64 + first);
    }
    // The sum rounds; a probability stays one.
    Ok(if tail < 1.0 { tail } else { 1.0 })
}

/// Quantile of the standard normal law, `p` in (0, 1).
///
/// # Errors
/// A probability outside (0, 1).
pub fn normal_quantile(p: f64) -> Result<f64, StatsError> {
    if !(p > 0.0 && p < 1.0) {
        return Err(StatsError::OutOfRange { what: "probability", range: "(0, 1)", value: p });
    }
    Ok(quantile(p))
}

/// Two-sided tail `P(|Z| >= |z|)` of the standard normal law.
///
/// # Errors
/// A statistic that is not a number.
pub fn normal_two_sided(z: f64) -> Result<f64, StatsError> {
    if z.is_nan() {
        return Err(StatsError::NotFinite { what: "z statistic", index: 0, value: z });
    }
    Ok(2.0 * normal_cdf(-z.abs()))
}

/// `z` such that a standard normal lies in `[-z, z]` with probability `level`; 1.959964 at 0.95.
///
/// # Errors
/// A level outside (0, 1).
pub fn two_sided_z(level: f64) -> Result<f64, StatsError> {
    super::proper_level(level)?;
    normal_quantile(0.5 + 0.5 * level)
}

/// `P(B <= k)` for the number of heads in `n` tosses of a fair coin: `sum_{i <= k} C(n, i) / 2^n`, each term from the
/// one before. Starts at `2^-n`, which double precision holds up to n = 1022; the logarithm carries it beyond.
pub fn fair_binomial_cdf(k: usize, n: usize) -> f64 {
    if k >= n {
        return 1.0;
    }
    let log_half = -std::f64::consts::LN_2 * n as f64;
    let (mut log_term, mut sum) = (0.0, 0.0);
    for i in 0..=k {
        sum += math::exp(log_term + log_half);
        log_term += math::ln((n - i) as f64 / (i + 1) as f64);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_agree_with_r() {
        // R: pchisq(16.7929409892165, 1, lower.tail = FALSE), qnorm(0.975), pchisq(5.991464547107979, 2, lower = F)
        let p = chi_square_upper(16.7929409892165, 1).unwrap();
        assert!((p / 4.16880910933456e-05 - 1.0).abs() < 1e-10, "{p:e}");
        assert!((two_sided_z(0.95).unwrap() - 1.959963984540054).abs() < 1e-12);
        assert!((chi_square_upper(5.991464547107979, 2).unwrap() - 0.05).abs() < 1e-12);
        let (z, chi) = (2.3_f64, 2.3_f64 * 2.3);
        assert!((normal_two_sided(z).unwrap() / chi_square_upper(chi, 1).unwrap() - 1.0).abs() < 1e-10);
    }

    /// `statrs` computes the same laws by other means (incomplete gamma, inverse error function).
    #[test]
    fn statrs_is_the_oracle() {
        use statrs::distribution::{Binomial, ChiSquared, ContinuousCDF, DiscreteCDF, Normal};
        let near =
            |a: f64, b: f64, what: &str| assert!((a - b).abs() <= 1e-12 * b.abs(), "{what}: {a:e} {b:e}");
        for df in 1..=40 {
            let law = ChiSquared::new(df as f64).unwrap();
            for x in [1e-6, 0.01, 0.3, 1.0, 3.84, 6.63, 10.0, 16.79, 30.0, 55.0, 120.0, 400.0] {
                near(chi_square_upper(x, df).unwrap(), law.sf(x), &format!("chi-square {x} {df}"));
            }
        }
        let normal = Normal::standard();
        // `statrs` is good to 1e-10 only here (at z = 1); the exact tails are from mpmath, 20 digits.
        let exact = [
            (0.1, 0.920344325445942),
            (0.7, 0.483927304446146),
            (1.0, 0.3173105078629141),
            (3.0, 0.002699796063260189),
            (5.5, 3.7979124931775436e-8),
            (8.0, 1.2441921148543568e-15),
            (20.0, 5.5072482372124675e-89),
            (37.0, 1.1451142445049154e-299),
        ];
        for (z, tail) in exact {
            let got = normal_two_sided(z).unwrap();
            near(got, tail, &format!("normal {z}"));
            assert!((got / (2.0 * normal.sf(z)) - 1.0).abs() < 1e-9, "normal {z}");
            assert_eq!(normal_two_sided(-z).unwrap(), got);
        }
        for p in [1e-12, 1e-6, 0.001, 0.025, 0.2, 0.4999, 0.6, 0.95, 0.975, 0.995, 1.0 - 1e-9] {
            near(normal_quantile(p).unwrap(), normal.inverse_cdf(p), &format!("quantile {p}"));
        }
        for n in [1usize, 5, 6, 10, 41, 200, 1000] {
            let law = Binomial::new(0.5, n as u64).unwrap();
            for k in [0, n / 4, n / 3, n / 2, n] {
                near(fair_binomial_cdf(k, n), law.cdf(k as u64), &format!("binomial {k} {n}"));
            }
        }
        // Exact fractions.
        assert!((fair_binomial_cdf(2, 10) - 56.0 / 1024.0).abs() < 1e-16);
        assert!(fair_binomial_cdf(700, 1500) > 0.0);
    }

    #[test]
    fn degenerate_and_bad_input() {
        assert_eq!(chi_square_upper(f64::INFINITY, 3).unwrap(), 0.0);
        assert_eq!(chi_square_upper(0.0, 0).unwrap(), 1.0);
        assert_eq!(chi_square_upper(0.0, 1).unwrap(), 1.0);
        assert!(chi_square_upper(f64::NAN, 1).is_err());
        assert!(normal_quantile(0.0).is_err() && normal_quantile(1.0).is_err());
        assert!(two_sided_z(1.0).is_err());
    }
}
