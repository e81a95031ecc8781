//! What a value can be drawn from. Every draw inverts one uniform, so that paired arms share their luck and a shifted
//! distribution shifts the draw; nothing depends on how many numbers a method happens to use.

use super::quantile::{beta_cdf, beta_quantile, normal_cdf, normal_quantile};
use crate::math;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Distribution {
    Constant(f64),
    Uniform {
        low: f64,
        high: f64,
    },
    /// Uniform in the logarithm.
    LogUniform {
        low: f64,
        high: f64,
    },
    Normal {
        mean: f64,
        sd: f64,
    },
    /// `median * exp(sigma z)`.
    Lognormal {
        median: f64,
        sigma: f64,
    },
    /// On \[0, 1\], by mean and standard deviation.
    Beta {
        mean: f64,
        sd: f64,
    },
    /// 1 with probability p, else 0.
    Bernoulli {
        p: f64,
    },
    /// Values with weights, in the order given.
    Choice {
        values: Vec<f64>,
        weights: Vec<f64>,
    },
    /// Rows of a column, equally likely.
    Table {
        values: Vec<f64>,
    },
}

/// A distribution with a share of zeros and bounds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Draw {
    pub distribution: Distribution,
    /// Share of draws that are not zero.
    pub present: f64,
    /// Bounds of the nonzero draws: redrawn by quantile, not clipped.
    pub min: Option<f64>,
    pub max: Option<f64>,
}

impl Distribution {
    /// The value below which a share `u` lies; rises with `u` (choice and table: goes through the entries in the order
    /// given).
    pub fn quantile(&self, u: f64) -> f64 {
        // The middle of the first and last of 2^53 cells keeps the tails finite.
        let inner = if u < 1e-16 {
            1e-16
        } else if u > 1.0 - 1e-16 {
            1.0 - 1.2e-16
        } else {
            u
        };
        match self {
            Self::Constant(value) => *value,
            Self::Uniform { low, high } => low + (high - low) * u,
            Self::LogUniform { low, high } => low * math::exp(u * math::ln(high / low)),
            Self::Normal { mean, sd } => mean + sd * normal_quantile(inner),
            Self::Lognormal { median, sigma } => median * math::exp(sigma * normal_quantile(inner)),
            Self::Beta { mean, sd } => {
                let (a, b) = beta_shape(*mean, *sd);
                beta_quantile(u, a, b)
            }
            Self::Bernoulli { p } => f64::from(u8::from(u >= 1.0 - p)),
            Self::Choice { values, weights } => {
                let entries = values.iter().copied().zip(weights.iter().copied());
                pick(entries.clone(), entries.map(|e| e.1).sum(), u)
            }
            Self::Table { values } => {
                let row = (u * values.len() as f64) as usize;
                values.get(row).or(values.last()).copied().unwrap_or(0.0)
            }
        }
    }

    /// Share of values at most `x`.
    pub fn cdf(&self, x: f64) -> f64 {
        let clip = |v: f64| if v > 0.0 { if v < 1.0 { v } else { 1.0 } } else { 0.0 };
        let step = |reached: bool| f64::from(u8::from(reached));
        match self {
            Self::Constant(value) => step(x >= *value),
            Self::Uniform { low, high } | Self::LogUniform { low, high } if low == high => step(x >= *low),
            Self::Uniform { low, high } => clip((x - low) / (high - low)),
            Self::LogUniform { low, high } if x > 0.0 => clip(math::ln(x / low) / math::ln(high / low)),
            Self::Normal { mean, sd } if *sd > 0.0 => normal_cdf((x - mean) / sd),
            Self::Normal { mean, .. } => step(x >= *mean),
            Self::Lognormal { median, sigma } if x > 0.0 && *sigma > 0.0 => {
                normal_cdf(math::ln(x / median) / sigma)
            }
            Self::Lognormal { median, .. } => step(x > 0.0 && x >= *median),
            Self::LogUniform { .. } => 0.0,
            Self::Beta { mean, sd } => {
                let (a, b) = beta_shape(*mean, *sd);
                beta_cdf(x, a, b)
            }
            Self::Bernoulli { p } => {
                if x >= 1.0 {
                    1.0
                } else {
                    step(x >= 0.0) * (1.0 - p)
                }
            }
            Self::Choice { values, weights } => {
                let within: f64 = values.iter().zip(weights).filter(|(v, _)| **v <= x).map(|(_, w)| w).sum();
                within / weights.iter().sum::<f64>()
            }
            Self::Table { values } => values.iter().filter(|v| **v <= x).count() as f64 / values.len() as f64,
        }
    }

    /// Share of values below `x`: the distribution function from the left.
    fn below(&self, x: f64) -> f64 {
        match self.entries() {
            Some(entries) => {
                let (mut all, mut below) = (0.0, 0.0);
                for (value, weight) in entries {
                    all += weight;
                    below += if value < x { weight } else { 0.0 };
                }
                below / all
            }
            None => self.cdf(x),
        }
    }

    /// Values and weights of a law with separate values; one value where the parameters leave no spread.
    fn entries(&self) -> Option<Vec<(f64, f64)>> {
        match self {
            Self::Constant(value) => Some(vec![(*value, 1.0)]),
            Self::Uniform { low, high } | Self::LogUniform { low, high } if low == high => {
                Some(vec![(*low, 1.0)])
            }
            Self::Normal { mean, sd: 0.0 } => Some(vec![(*mean, 1.0)]),
            Self::Lognormal { median, sigma: 0.0 } => Some(vec![(*median, 1.0)]),
            Self::Bernoulli { p } => Some(vec![(0.0, 1.0 - p), (1.0, *p)]),
            Self::Choice { values, weights } => {
                Some(values.iter().copied().zip(weights.iter().copied()).collect())
            }
            Self::Table { values } => Some(values.iter().map(|v| (*v, 1.0)).collect()),
            _ => None,
        }
    }

    /// Smallest and largest value; ends that are only approached, and infinite ones, included.
    fn support(&self) -> [f64; 2] {
        match self {
            Self::Uniform { low, high } | Self::LogUniform { low, high } => [*low, *high],
            Self::Lognormal { sigma, .. } if *sigma > 0.0 => [0.0, f64::INFINITY],
            Self::Normal { sd, .. } if *sd > 0.0 => [f64::NEG_INFINITY, f64::INFINITY],
            Self::Beta { .. } => [0.0, 1.0],
            _ => {
                let entries = self.entries().unwrap_or_default();
                let values = entries.iter().filter(|e| e.1 > 0.0).map(|e| e.0);
                values.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], v| {
                    [if v < low { v } else { low }, if v > high { v } else { high }]
                })
            }
        }
    }

    /// What is wrong with the parameters, in words.
    pub fn validate(&self) -> Result<(), String> {
        let need = |good: bool, text: &str| if good { Ok(()) } else { Err(text.to_string()) };
        match self {
            Self::Constant(_) => Ok(()),
            Self::Uniform { low, high } => need(low <= high, "low must not exceed high"),
            Self::LogUniform { low, high } => need(*low > 0.0 && low <= high, "needs 0 < low <= high"),
            Self::Normal { sd, .. } => need(*sd >= 0.0, "sd must not be negative"),
            Self::Lognormal { median, sigma } => {
                need(*median > 0.0 && *sigma >= 0.0, "needs median > 0 and sigma >= 0")
            }
            Self::Beta { mean, sd } => need(
                *mean > 0.0 && *mean < 1.0 && *sd > 0.0 && sd * sd < mean * (1.0 - mean),
                "needs 0 < mean < 1 and 0 < sd^2 < mean (1 - mean)",
            ),
            Self::Bernoulli { p } => need((0.0..=1.0).contains(p), "p must lie in 0..1"),
            Self::Choice { values, weights } => need(
                !values.is_empty()
                    && values.len() == weights.len()
                    && weights.iter().all(|w| *w >= 0.0)
                    && weights.iter().sum::<f64>() > 0.0,
                "needs as many weights as values, none negative, not all zero",
            ),
            Self::Table { values } => need(!values.is_empty(), "the table has no rows"),
        }
    }
}

/// The entry in which the share `u` of the weight `all` ends; the last one with any weight where rounding passes it.
fn pick(entries: impl Iterator<Item = (f64, f64)>, all: f64, u: f64) -> f64 {
    let (mut left, mut last) = (u * all, 0.0);
    for (value, weight) in entries {
        if weight > 0.0 {
            last = value;
        }
        left -= weight;
        if left < 0.0 {
            return value;
        }
    }
    last
}

/// Shape parameters a, b of a beta distribution with this mean and standard deviation.
fn beta_shape(mean: f64, sd: f64) -> (f64, f64) {
    let total = mean * (1.0 - mean) / (sd * sd) - 1.0;
    (mean * total, (1.0 - mean) * total)
}

impl Draw {
    pub fn constant(value: f64) -> Draw {
        Draw::of(Distribution::Constant(value))
    }

    pub fn of(distribution: Distribution) -> Draw {
        Draw { distribution, present: 1.0, min: None, max: None }
    }

    pub fn is_constant(&self) -> bool {
        matches!(self.distribution, Distribution::Constant(_)) && self.present == 1.0
    }

    /// The value for two uniforms: the first chooses the value, the second whether it is there at all. Both bounds are
    /// allowed values: a law of separate values is drawn from those of its entries that lie within.
    pub fn sample(&self, u: [f64; 2]) -> f64 {
        if u[1] >= self.present {
            return 0.0;
        }
        if self.min.is_none() && self.max.is_none() {
            return self.distribution.quantile(u[0]);
        }
        if let Some(entries) = self.distribution.entries() {
            let within = entries.into_iter().filter(|e| self.admits(e.0));
            return pick(within.clone(), within.map(|e| e.1).sum(), u[0]);
        }
        let low = self.min.map_or(0.0, |m| self.distribution.below(m));
        let high = self.max.map_or(1.0, |m| self.distribution.cdf(m));
        self.distribution.quantile(low + (high - low) * u[0])
    }

    /// Between which values every draw lies; ends that are only approached, and infinite ones, included.
    pub fn support(&self) -> [f64; 2] {
        let [mut low, mut high] = self.distribution.support();
        if let Some(min) = self.min.filter(|m| *m > low) {
            low = min;
        }
        if let Some(max) = self.max.filter(|m| *m < high) {
            high = max;
        }
        if self.present < 1.0 {
            low = if low > 0.0 { 0.0 } else { low };
            high = if high < 0.0 { 0.0 } else { high };
        }
        [low, high]
    }

    fn admits(&self, value: f64) -> bool {
        self.min.is_none_or(|min| value >= min) && self.max.is_none_or(|max| value <= max)
    }

    /// What is wrong with the parameters, in words.
    pub fn validate(&self) -> Result<(), String> {
        self.distribution.validate()?;
        if !(0.0..=1.0).contains(&self.present) {
            return Err("present must lie in 0..1".to_string());
        }
        if let (Some(min), Some(max)) = (self.min, self.max)
            && min > max
        {
            return Err("min must not exceed max".to_string());
        }
        let low = self.min.map_or(0.0, |m| self.distribution.below(m));
        let high = self.max.map_or(1.0, |m| self.distribution.cdf(m));
        // A single point of a continuous law has no share of its own, but is one value.
        let point = self.min == self.max && self.distribution.entries().is_none() && low > 0.0 && low < 1.0;
        if high > low || point { Ok(()) } else { Err("no value lies between min and max".to_string()) }
    }
}

impl rand_distr::Distribution<f64> for Draw {
    fn sample<R: rand::Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        let mut unit = || (rng.next_u64() >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0);
        let value = unit();
        Draw::sample(self, [value, unit()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Key, Purpose, Streams};

    fn all() -> Vec<Distribution> {
        vec![
            Distribution::Uniform { low: -1.0, high: 3.0 },
            Distribution::LogUniform { low: 0.1, high: 50.0 },
            Distribution::Normal { mean: 2.0, sd: 0.7 },
            Distribution::Lognormal { median: 2e4, sigma: 0.8 },
            Distribution::Beta { mean: 0.1, sd: 0.08 },
            Distribution::Beta { mean: 0.6, sd: 0.2 },
        ]
    }

    /// The distribution function undoes the quantile, in the middle and far in both tails.
    #[test]
    fn quantiles_invert_the_distribution_function() {
        for d in all() {
            assert_eq!(d.validate(), Ok(()));
            for u in [1e-12, 1e-6, 0.01, 0.3, 0.5, 0.77, 0.999, 1.0 - 1e-9] {
                let back = d.cdf(d.quantile(u));
                assert!((back - u).abs() < 1e-9 * u + 1e-13, "{d:?} {u} {back}");
            }
        }
    }

    /// Mean of 2e5 keyed draws against the samplers of rand_distr's family (by their exact moments), z = 5.
    #[test]
    fn draws_have_the_right_moments() {
        let streams = Streams { seed: 11 };
        let e2 = math::exp(2.0 * 0.8 * 0.8);
        let exact = [
            (Distribution::Uniform { low: -1.0, high: 3.0 }, 1.0, 16.0 / 12.0),
            (Distribution::Normal { mean: 2.0, sd: 0.7 }, 2.0, 0.49),
            (
                Distribution::Lognormal { median: 2.0, sigma: 0.8 },
                2.0 * math::exp(0.32),
                4.0 * (e2 - math::exp(0.64)),
            ),
            (Distribution::Beta { mean: 0.3, sd: 0.1 }, 0.3, 0.01),
            (Distribution::Bernoulli { p: 0.3 }, 0.3, 0.21),
            (
                Distribution::Choice { values: vec![1.0, 2.0, 5.0], weights: vec![1.0, 1.0, 2.0] },
                3.25,
                3.1875,
            ),
        ];
        for (d, mean, variance) in exact {
            let n = 200_000;
            let draw = Draw::of(d.clone());
            let sum: f64 = (0..n)
                .map(|i| draw.sample([0, 1].map(|s| streams.uniform(Key(i), 0, Purpose::of("moments"), s))))
                .sum();
            let se = (variance / n as f64).sqrt();
            assert!((sum / n as f64 - mean).abs() < 5.0 * se, "{d:?}: {} {mean}", sum / n as f64);
        }
    }

    #[test]
    fn bounds_redraw_by_quantile_and_present_sets_the_share_of_zeros() {
        let draw = Draw {
            distribution: Distribution::Normal { mean: 0.0, sd: 1.0 },
            present: 0.25,
            min: Some(0.5),
            max: Some(2.0),
        };
        assert_eq!(draw.sample([0.4, 0.3]), 0.0);
        assert!((draw.sample([0.0, 0.1]) - 0.5).abs() < 1e-9);
        assert!((draw.sample([1.0, 0.1]) - 2.0).abs() < 1e-9);
        // No lump at the bounds: the median of the truncated law.
        let middle = 0.5 * (normal_cdf(0.5) + normal_cdf(2.0));
        assert!((draw.sample([0.5, 0.1]) - normal_quantile(middle)).abs() < 1e-9);
        assert!(Draw { max: Some(0.0), ..draw.clone() }.validate().is_err());
        assert!(Draw::of(Distribution::Beta { mean: 0.5, sd: 0.6 }).validate().is_err());
    }

    #[test]
    fn no_draw_lies_outside_its_support() {
        let bounded = |min, max, present| Draw {
            distribution: Distribution::Normal { mean: 1.0, sd: 1.0 },
            present,
            min,
            max,
        };
        assert_eq!(bounded(None, None, 1.0).support(), [f64::NEG_INFINITY, f64::INFINITY]);
        assert_eq!(bounded(Some(2.0), Some(3.0), 1.0).support(), [2.0, 3.0]);
        assert_eq!(bounded(Some(2.0), Some(3.0), 0.5).support(), [0.0, 3.0]);
        assert_eq!(bounded(None, Some(-1.0), 0.5).support(), [f64::NEG_INFINITY, 0.0]);
        let of = |d: Distribution| Draw::of(d).support();
        assert_eq!(of(Distribution::Lognormal { median: 2.0, sigma: 0.1 }), [0.0, f64::INFINITY]);
        assert_eq!(of(Distribution::Lognormal { median: 2.0, sigma: 0.0 }), [2.0, 2.0]);
        assert_eq!(
            of(Distribution::Choice { values: vec![5.0, 1.0, 9.0], weights: vec![1.0, 1.0, 0.0] }),
            [1.0, 5.0]
        );
        assert_eq!(of(Distribution::Bernoulli { p: 1.0 }), [1.0, 1.0]);
        for d in all() {
            let [low, high] = of(d.clone());
            for u in [0.0, 1e-12, 0.5, 1.0 - 1e-12] {
                let x = d.quantile(u);
                assert!(x >= low && x <= high, "{d:?} {u} {x}");
            }
        }
    }

    /// Both ends count, whatever the order of the entries; the shares are those of what is left.
    #[test]
    fn separate_values_keep_the_ends_of_their_bounds() {
        let choice = Distribution::Choice { values: vec![3.0, 1.0, 2.0], weights: vec![1.0, 1.0, 2.0] };
        let draw =
            |distribution: &Distribution, min, max| Draw { min, max, ..Draw::of(distribution.clone()) };
        let shares = |d: &Draw, values: &[f64]| -> Vec<f64> {
            assert_eq!(d.validate(), Ok(()));
            let n = 1200;
            let drawn: Vec<f64> =
                (0..n).map(|i| d.sample([(f64::from(i) + 0.5) / f64::from(n), 0.0])).collect();
            values.iter().map(|v| drawn.iter().filter(|x| *x == v).count() as f64 / f64::from(n)).collect()
        };
        let (third, all) = (1.0 / 3.0, [1.0, 2.0, 3.0]);
        assert_eq!(shares(&draw(&choice, Some(2.0), None), &all), [0.0, 2.0 * third, third]);
        assert_eq!(shares(&draw(&choice, None, Some(2.0)), &all), [third, 2.0 * third, 0.0]);
        assert_eq!(shares(&draw(&choice, Some(1.0), Some(1.0)), &all), [1.0, 0.0, 0.0]);
        assert_eq!(shares(&draw(&choice, None, None), &all), [0.25, 0.5, 0.25]);
        let table = Distribution::Table { values: vec![5.0, 1.0, 9.0, 5.0] };
        assert_eq!(shares(&draw(&table, Some(5.0), Some(8.0)), &[1.0, 5.0, 9.0]), [0.0, 1.0, 0.0]);
        let coin = Distribution::Bernoulli { p: 0.25 };
        assert_eq!(shares(&draw(&coin, Some(1.0), None), &[0.0, 1.0]), [0.0, 1.0]);
        assert_eq!(shares(&draw(&coin, Some(0.0), None), &[0.0, 1.0]), [0.75, 0.25]);
        // Nothing within: refused.
        for (law, min, max) in [
            (&choice, Some(2.1), Some(2.9)),
            (&coin, Some(0.2), Some(0.8)),
            (&Distribution::Uniform { low: 0.0, high: 1.0 }, Some(2.0), None),
            (&Distribution::Choice { values: vec![1.0, 2.0], weights: vec![1.0, 0.0] }, Some(2.0), None),
        ] {
            assert!(draw(law, min, max).validate().is_err(), "{law:?}");
        }
        let exact = Distribution::Normal { mean: 2.0, sd: 0.0 };
        assert_eq!(draw(&exact, Some(2.0), Some(3.0)).validate(), Ok(()));
        assert_eq!(draw(&exact, Some(2.0), Some(3.0)).sample([0.3, 0.0]), 2.0);
        let one = Distribution::Uniform { low: 2.0, high: 2.0 };
        assert_eq!((draw(&one, None, Some(2.0)).validate(), one.cdf(1.9), one.cdf(2.0)), (Ok(()), 0.0, 1.0));
    }

    /// Our inversion and rand_distr's sampler agree in distribution: largest distance of the empirical from our
    /// distribution function below the 1e-6 point of Kolmogorov's law, 2.69 / sqrt(n).
    #[test]
    fn rand_distr_is_the_oracle() {
        use rand_distr::Distribution as _;
        let n = 50_000;
        let mut rng = Streams { seed: 5 }.rng(Key(1), 0, Purpose::of("oracle"));
        let (a, b) = beta_shape(0.3, 0.15);
        let normal = rand_distr::Normal::new(2.0, 0.7).unwrap();
        let lognormal = rand_distr::LogNormal::new(math::ln(2.0), 0.8).unwrap();
        let beta = rand_distr::Beta::new(a, b).unwrap();
        let check = |mut values: Vec<f64>, d: Distribution| {
            values.sort_by(f64::total_cmp);
            let far = values
                .iter()
                .enumerate()
                .map(|(i, v)| (d.cdf(*v) - (i as f64 + 0.5) / f64::from(n)).abs())
                .fold(0.0, f64::max);
            assert!(far < 2.69 / f64::from(n).sqrt(), "{d:?}: {far}");
        };
        check((0..n).map(|_| normal.sample(&mut rng)).collect(), Distribution::Normal { mean: 2.0, sd: 0.7 });
        check(
            (0..n).map(|_| lognormal.sample(&mut rng)).collect(),
            Distribution::Lognormal { median: 2.0, sigma: 0.8 },
        );
        check((0..n).map(|_| beta.sample(&mut rng)).collect(), Distribution::Beta { mean: 0.3, sd: 0.15 });
    }
}
