//! Random numbers one after another, and what is drawn from them by the textbook.

use crate::engine::tests::plain::Plain;
use crate::math;
use crate::random::{Distribution, Draw};

pub struct Dice(pub Plain);

impl Dice {
    pub fn uniform(&mut self) -> f64 {
        self.0.uniform()
    }

    pub fn chance(&mut self, p: f64) -> bool {
        self.uniform() < p
    }

    /// One of 0 .. n.
    pub fn below(&mut self, n: usize) -> usize {
        (self.uniform() * n as f64) as usize
    }

    /// An index with probability in proportion to its weight; none where all weights are zero.
    pub fn weighted(&mut self, weights: &[f64]) -> Option<usize> {
        let mut rest = self.uniform() * weights.iter().sum::<f64>();
        for (i, weight) in weights.iter().enumerate() {
            rest -= weight;
            if rest < 0.0 {
                return Some(i);
            }
        }
        weights.iter().rposition(|w| *w > 0.0)
    }

    /// Waiting time of a hazard; infinite where it is zero.
    pub fn waiting(&mut self, rate: f64) -> f64 {
        if rate > 0.0 { self.0.exponential(rate) } else { f64::INFINITY }
    }

    /// Arrivals of a Poisson process in a unit of time.
    pub fn poisson(&mut self, mean: f64) -> u32 {
        let (mut n, mut time) = (0, self.waiting(mean));
        while time < 1.0 {
            n += 1;
            time += self.waiting(mean);
        }
        n
    }

    /// Standard normal (Box and Muller 1958, Ann Math Stat 29:610).
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * math::ln(1.0 - self.uniform())).sqrt();
        radius * math::cos(2.0 * std::f64::consts::PI * self.uniform())
    }

    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for i in (1..list.len()).rev() {
            list.swap(i, self.below(i + 1));
        }
    }

    pub fn draw(&mut self, draw: &Draw) -> f64 {
        if !self.chance(draw.present) {
            return 0.0;
        }
        loop {
            let value = self.value(&draw.distribution);
            if draw.min.is_none_or(|m| value >= m) && draw.max.is_none_or(|m| value <= m) {
                return value;
            }
        }
    }

    fn value(&mut self, law: &Distribution) -> f64 {
        match law {
            Distribution::Constant(value) => *value,
            Distribution::Uniform { low, high } => low + (high - low) * self.uniform(),
            Distribution::LogUniform { low, high } => low * math::pow(high / low, self.uniform()),
            Distribution::Normal { mean, sd } => mean + sd * self.normal(),
            Distribution::Lognormal { median, sigma } => median * math::exp(sigma * self.normal()),
            Distribution::Bernoulli { p } => f64::from(u8::from(self.chance(*p))),
            Distribution::Choice { values, weights } => self.weighted(weights).map_or(0.0, |i| values[i]),
            Distribution::Table { values } => values[self.below(values.len())],
            // Johnk 1964, Metrika 8:5.
            Distribution::Beta { mean, sd } => {
                let total = mean * (1.0 - mean) / (sd * sd) - 1.0;
                loop {
                    let x = math::pow(self.uniform(), 1.0 / (mean * total));
                    let y = math::pow(self.uniform(), 1.0 / ((1.0 - mean) * total));
                    if x + y <= 1.0 && x + y > 0.0 {
                        return x / (x + y);
                    }
                }
            }
        }
    }
}

/// What `reset` gives a daughter: the constant, or the median.
pub fn median(draw: &Draw) -> f64 {
    match draw.distribution {
        Distribution::Constant(value) => value,
        Distribution::Uniform { low, high } => 0.5 * (low + high),
        Distribution::Normal { mean, .. } => mean,
        Distribution::Lognormal { median, .. } => median,
        _ => panic!("no scenario resets from this law"),
    }
}
