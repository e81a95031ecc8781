//! Chance events in continuous time: when the first one comes, and how many there are.

use crate::math;

/// Time of the first event of a hazard as a fraction of the step, if it lies within the step: -ln(1 - u) / b with
/// `rate` = b dt and u uniform.
#[inline]
pub fn time_of_first(u: f64, rate: f64) -> Option<f64> {
    // -ln(1 - u) >= u, which also passes over a rate of zero.
    if u > rate || rate <= 0.0 {
        return None;
    }
    let time = -math::ln_1p(-u) / rate;
    (time < 1.0).then_some(time)
}

/// Poisson number by inverting one uniform: the smallest n with P(N <= n) > u. For a fixed u it never falls when the
/// mean rises, so a higher rate never gives fewer events.
pub fn poisson_inverse(u: f64, mean: f64) -> u64 {
    if mean <= 0.0 {
        return 0;
    }
    if mean < 30.0 {
        let mut p = math::exp(-mean);
        let mut sum = p;
        let mut n = 0u64;
        while u >= sum && n < 400 {
            n += 1;
            p *= mean / n as f64;
            sum += p;
        }
        return n;
    }
    // Start where the normal approximation points, then walk the exact distribution function.
    let z = super::normal_quantile(if u > 1e-300 { u } else { 1e-300 });
    let guess = mean + z * mean.sqrt() + (z * z - 1.0) / 6.0;
    let mut n = if guess > 0.0 { guess.floor() } else { 0.0 };
    let mut sum = super::quantile::poisson_cdf(n, mean);
    let mass = |n: f64| math::exp(n * math::ln(mean) - mean - math::lgamma(n + 1.0));
    while u >= sum {
        n += 1.0;
        let p = mass(n);
        if p <= 0.0 {
            break;
        }
        sum += p;
    }
    while n > 0.0 {
        let below = sum - mass(n);
        if u >= below {
            break;
        }
        sum = below;
        n -= 1.0;
    }
    n as u64
}

#[cfg(test)]
mod tests {
    use super::super::{Key, Purpose, Streams};
    use super::*;

    /// Share of steps with an event 1 - exp(-b), and mean time of those events, z = 5 at n = 2e5.
    #[test]
    fn first_events_follow_the_exponential_law() {
        let streams = Streams { seed: 3 };
        for rate in [0.01, 0.3, 2.0] {
            let n = 200_000;
            let times: Vec<f64> = (0..n)
                .filter_map(|i| time_of_first(streams.uniform(Key(i), 0, Purpose::of("t"), 0), rate))
                .collect();
            let p = 1.0 - math::exp(-rate);
            let se = (p * (1.0 - p) / n as f64).sqrt();
            assert!((times.len() as f64 / n as f64 - p).abs() < 5.0 * se, "rate {rate}");
            let mean = 1.0 / rate - math::exp(-rate) / p;
            let got = times.iter().sum::<f64>() / times.len() as f64;
            assert!(
                (got - mean).abs() < 5.0 * 0.3 / (times.len() as f64).sqrt(),
                "rate {rate}: {got} {mean}"
            );
            assert!(times.iter().all(|t| (0.0..1.0).contains(t)));
        }
        assert_eq!(time_of_first(0.0, 0.0), None);
    }

    /// Mean, variance and P(0) of the inverted Poisson on a grid of uniforms (no randomness: the error is the grid's).
    #[test]
    fn poisson_numbers_have_the_right_law_and_never_fall_with_the_mean() {
        for mean in [0.05, 1.0, 7.5, 29.9, 30.1, 400.0] {
            let n = 100_000;
            let draws: Vec<f64> =
                (0..n).map(|i| poisson_inverse((f64::from(i) + 0.5) / f64::from(n), mean) as f64).collect();
            let m = draws.iter().sum::<f64>() / f64::from(n);
            let v = draws.iter().map(|x| (x - m) * (x - m)).sum::<f64>() / f64::from(n);
            assert!((m - mean).abs() < 1e-3 * (1.0 + mean.sqrt()), "mean {mean}: {m}");
            assert!((v / mean - 1.0).abs() < 3e-3, "variance {mean}: {v}");
            let zeros = draws.iter().filter(|x| **x == 0.0).count() as f64 / f64::from(n);
            assert!((zeros - math::exp(-mean)).abs() < 2e-5);
        }
        for i in 0..200 {
            let u = (f64::from(i) + 0.5) / 200.0;
            let counts: Vec<u64> = (0..160).map(|m| poisson_inverse(u, f64::from(m) * 0.5)).collect();
            assert!(counts.windows(2).all(|w| w[0] <= w[1]), "u {u}");
        }
        assert_eq!(poisson_inverse(0.9999, 0.0), 0);
    }
}
