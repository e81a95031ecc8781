//! Tail probabilities and quantiles of the normal and chi-square laws, through `statrs`.
//!
//! These numbers stand in tables and figures only; no simulation result depends on them, which is why the
//! platform's elementary functions inside `statrs` are acceptable here.

use super::StatsError;
use statrs::distribution::{ChiSquared, ContinuousCDF, Normal};

/// Upper tail `P(X >= x)` of the chi-square law with `df` degrees of freedom.
///
/// With `df = 0` (nothing to compare) the law is a point mass at zero and the answer is 1.
pub fn chi_square_upper(x: f64, df: usize) -> Result<f64, StatsError> {
    if x.is_nan() {
        return Err(StatsError::NotFinite { what: "chi-square statistic", index: 0, value: x });
    }
    if df == 0 || x <= 0.0 {
        return Ok(1.0);
    }
    let law = ChiSquared::new(df as f64).map_err(|_| StatsError::OutOfRange {
        what: "degrees of freedom",
        range: "[1, inf)",
        value: df as f64,
    })?;
    Ok(law.sf(x))
}

/// Quantile of the standard normal law, `p` in (0, 1).
pub fn normal_quantile(p: f64) -> Result<f64, StatsError> {
    if !(p > 0.0 && p < 1.0) {
        return Err(StatsError::OutOfRange { what: "probability", range: "(0, 1)", value: p });
    }
    Ok(Normal::standard().inverse_cdf(p))
}

/// Two-sided tail `P(|Z| >= |z|)` of the standard normal law.
pub fn normal_two_sided(z: f64) -> Result<f64, StatsError> {
    if z.is_nan() {
        return Err(StatsError::NotFinite { what: "z statistic", index: 0, value: z });
    }
    Ok(2.0 * Normal::standard().sf(z.abs()))
}

/// `z` such that a standard normal lies in `[-z, z]` with probability `level`; 1.959964 at 0.95.
pub fn two_sided_z(level: f64) -> Result<f64, StatsError> {
    super::proper_level(level)?;
    normal_quantile(0.5 + 0.5 * level)
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

    #[test]
    fn degenerate_and_bad_input() {
        assert_eq!(chi_square_upper(0.0, 0).unwrap(), 1.0);
        assert_eq!(chi_square_upper(0.0, 1).unwrap(), 1.0);
        assert!(chi_square_upper(f64::NAN, 1).is_err());
        assert!(normal_quantile(0.0).is_err() && normal_quantile(1.0).is_err());
        assert!(two_sided_z(1.0).is_err());
    }
}
