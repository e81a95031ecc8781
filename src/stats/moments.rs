//! Mean and variance that survive large offsets (two passes, corrected).

use super::{StatsError, all_finite};

/// Arithmetic mean, `m = sum x_i / n`, summed around the first value so that a large common offset costs no digits.
pub fn mean(values: &[f64]) -> Result<f64, StatsError> {
    let Some(&origin) = values.first() else {
        return Err(StatsError::TooFew { what: "mean", needed: 1, given: 0 });
    };
    all_finite("mean", values)?;
    let n = values.len() as f64;
    let first = origin + values.iter().map(|v| v - origin).sum::<f64>() / n;
    // A second pass removes the rounding of the first.
    Ok(first + values.iter().map(|v| v - first).sum::<f64>() / n)
}

/// Unbiased variance, `s^2 = [sum (x_i - m)^2 - (sum (x_i - m))^2 / n] / (n - 1)`.
///
/// The second term is zero in exact arithmetic and corrects the rounding of `m` (Chan, Golub and LeVeque 1983).
pub fn variance(values: &[f64]) -> Result<f64, StatsError> {
    if values.len() < 2 {
        return Err(StatsError::TooFew { what: "variance", needed: 2, given: values.len() });
    }
    let m = mean(values)?;
    let n = values.len() as f64;
    let (mut squares, mut residual) = (0.0, 0.0);
    for v in values {
        let d = v - m;
        squares += d * d;
        residual += d;
    }
    Ok((squares - residual * residual / n) / (n - 1.0))
}

/// Sample standard deviation, the root of [`variance`].
pub fn standard_deviation(values: &[f64]) -> Result<f64, StatsError> {
    Ok(variance(values)?.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nist_numacc1_is_exact() {
        let data = [10000001.0, 10000003.0, 10000002.0];
        assert_eq!(mean(&data).unwrap(), 10000002.0);
        assert_eq!(standard_deviation(&data).unwrap(), 1.0);
    }

    #[test]
    fn nist_numacc4_keeps_its_digits() {
        // 10000000.2, then 500 pairs (10000000.1, 10000000.3): mean 10000000.2, standard deviation 0.1.
        let mut data = vec![10000000.2];
        for _ in 0..500 {
            data.push(10000000.1);
            data.push(10000000.3);
        }
        assert!((mean(&data).unwrap() - 10000000.2).abs() < 1e-8);
        // The inputs themselves carry 1e-9 of rounding, so the deviation agrees to 1e-8 only.
        assert!((standard_deviation(&data).unwrap() - 0.1).abs() < 1e-8);
    }

    #[test]
    fn bad_input_is_an_error() {
        assert!(matches!(mean(&[]), Err(StatsError::TooFew { .. })));
        assert!(matches!(variance(&[1.0]), Err(StatsError::TooFew { .. })));
        assert!(matches!(mean(&[1.0, f64::NAN]), Err(StatsError::NotFinite { index: 1, .. })));
    }
}
