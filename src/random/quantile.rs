//! Distribution functions and quantiles on `math`, for draws that reach results.

use crate::math;

/// P(Z <= z) of the standard normal.
pub fn normal_cdf(z: f64) -> f64 {
    0.5 * math::erfc(-z * std::f64::consts::FRAC_1_SQRT_2)
}

/// Quantile of the standard normal: bisection between bounds that hold for any double, then Newton steps on the
/// distribution function (on its logarithm in the tails), to rounding. `u` in (0, 1).
pub fn normal_quantile(u: f64) -> f64 {
    if u > 0.5 {
        return -normal_quantile(1.0 - u);
    }
    if u == 0.5 {
        return 0.0;
    }
    // Start from the tail expansion z^2 ~ -2 ln u - ln(2 pi (-2 ln u)), or the middle's slope.
    let t = -2.0 * math::ln(u);
    let mut z = if u < 0.1 {
        -(t - math::ln(2.0 * std::f64::consts::PI * t)).sqrt()
    } else {
        (u - 0.5) * (2.0 * std::f64::consts::PI).sqrt()
    };
    for _ in 0..8 {
        let density = math::exp(-0.5 * z * z) / (2.0 * std::f64::consts::PI).sqrt();
        // Halley's step; the second derivative of the distribution function is -z times the density.
        let e = (normal_cdf(z) - u) / density;
        let next = z - e / (1.0 + 0.5 * z * e);
        let done = math::abs(next - z) < 1e-15 * (1.0 + math::abs(z));
        z = next;
        if done {
            break;
        }
    }
    z
}

/// Regularized incomplete beta function I_x(a, b), by its continued fraction (DLMF 8.17.22, Lentz's method).
pub fn beta_cdf(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - beta_cdf(1.0 - x, b, a);
    }
    let front = math::exp(
        math::lgamma(a + b) - math::lgamma(a) - math::lgamma(b) + a * math::ln(x) + b * math::ln_1p(-x),
    ) / a;
    let tiny = 1e-300;
    let guard = |v: f64| if math::abs(v) < tiny { tiny } else { v };
    let mut c = 1.0;
    let mut d = 1.0 / guard(1.0 - (a + b) * x / (a + 1.0));
    let mut f = d;
    for m in 1..500 {
        let m = f64::from(m);
        for numerator in [
            m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0)),
        ] {
            d = 1.0 / guard(1.0 + numerator * d);
            c = guard(1.0 + numerator / c);
            f *= c * d;
        }
        if math::abs(c * d - 1.0) < 1e-15 {
            break;
        }
    }
    front * f
}

/// Quantile of the beta distribution, by bisection to rounding.
pub fn beta_quantile(u: f64, a: f64, b: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if beta_cdf(middle, a, b) < u {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

/// P(N <= n) of a Poisson number: summed outward from n, where the terms are largest relative to what is left.
pub fn poisson_cdf(n: f64, mean: f64) -> f64 {
    if n < 0.0 {
        return 0.0;
    }
    let mass = math::exp(n * math::ln(mean) - mean - math::lgamma(n + 1.0));
    if n < mean {
        let (mut term, mut sum, mut k) = (mass, mass, n);
        while k > 0.0 && term > sum * 1e-18 {
            term *= k / mean;
            k -= 1.0;
            sum += term;
        }
        sum
    } else {
        let (mut term, mut sum, mut k) = (mass, 0.0, n);
        loop {
            k += 1.0;
            term *= mean / k;
            sum += term;
            if term < sum * 1e-18 || term == 0.0 {
                break;
            }
        }
        1.0 - sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values of the standard normal from its tables and from exact symmetry.
    #[test]
    fn normal_quantiles_are_known() {
        let known = [
            (0.975, 1.959_963_984_540_054),
            (0.9, 1.281_551_565_544_600_4),
            (0.999, 3.090_232_306_167_813_5),
            (1e-10, -6.361_340_902_404_056),
            (1e-300, -37.047_096_299_361_2),
            (0.5, 0.0),
        ];
        for (u, z) in known {
            assert!((normal_quantile(u) - z).abs() < 1e-12 * (1.0 + z.abs()), "{u}: {}", normal_quantile(u));
        }
        let mut last = f64::NEG_INFINITY;
        for i in 1..10_000 {
            let z = normal_quantile(f64::from(i) / 10_000.0);
            assert!(z > last);
            last = z;
        }
    }

    /// I_x(1, b) = 1 - (1-x)^b, I_x(a, 1) = x^a, I_x(2, 3) = x^2 (6 - 8x + 3x^2): exact polynomials.
    #[test]
    fn beta_functions_match_closed_forms() {
        for i in 1..20 {
            let x = f64::from(i) / 20.0;
            assert!(
                (beta_cdf(x, 1.0, 4.0) - (1.0 - (1.0 - x) * (1.0 - x) * (1.0 - x) * (1.0 - x))).abs() < 1e-13
            );
            assert!((beta_cdf(x, 0.5, 1.0) - x.sqrt()).abs() < 1e-13);
            assert!((beta_cdf(x, 2.0, 3.0) - x * x * (6.0 - 8.0 * x + 3.0 * x * x)).abs() < 1e-13);
            assert!((beta_quantile(beta_cdf(x, 2.3, 0.7), 2.3, 0.7) - x).abs() < 1e-10);
        }
    }
}
