//! Shares of subjects with their interval.

use super::{StatsError, tails::two_sided_z};

/// Score interval of a share `k` of `n` (Wilson 1927), with `z` of the level:
/// `(p + z^2/2n -+ z sqrt(p (1 - p)/n + z^2/4n^2)) / (1 + z^2/n)`. It stays within [0, 1] and is not empty at 0 or n.
pub fn wilson(k: usize, n: usize, level: f64) -> Result<(f64, f64), StatsError> {
    if n == 0 {
        return Err(StatsError::TooFew { what: "share", needed: 1, given: 0 });
    }
    if k > n {
        return Err(StatsError::OutOfRange { what: "count of a share", range: "[0, n]", value: k as f64 });
    }
    let z = two_sided_z(level)?;
    let (n, k) = (n as f64, k as f64);
    let p = k / n;
    let center = p + z * z / (2.0 * n);
    let half = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + z * z / n;
    // The ends at k = 0 and k = n are exact; rounding would leave them at 1e-17 from it.
    let lower = if k == 0.0 { 0.0 } else { (center - half) / scale };
    let upper = if k == n { 1.0 } else { (center + half) / scale };
    Ok((lower, upper))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilson_agrees_with_its_formula() {
        // The formula evaluated apart, in double precision.
        let (low, high) = wilson(7, 20, 0.95).unwrap();
        assert!((low - 0.1811918241).abs() < 1e-9, "{low}");
        assert!((high - 0.5671457233).abs() < 1e-9, "{high}");
        assert_eq!(wilson(0, 5, 0.95).unwrap().0, 0.0);
        assert_eq!(wilson(5, 5, 0.95).unwrap().1, 1.0);
        assert!(wilson(0, 0, 0.95).is_err() && wilson(3, 2, 0.95).is_err());
    }
}
