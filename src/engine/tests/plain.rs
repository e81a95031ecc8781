//! An oracle that shares nothing with the engine: its own generator, and hits one after another in continuous time.

use crate::math;

/// SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
pub struct Plain(pub u64);

impl Plain {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn uniform(&mut self) -> f64 {
        (self.next() >> 11) as f64 / 9_007_199_254_740_992.0
    }

    pub fn exponential(&mut self, rate: f64) -> f64 {
        -math::ln(1.0 - self.uniform()) / rate
    }
}

/// Hits of 1 at a rate; the damage changes by dx/dt = gain - loss x in between and never falls below 0.
pub struct Target {
    pub rate: f64,
    pub gain: f64,
    pub loss: f64,
    pub lethal: f64,
}

impl Target {
    /// Damage after a time without hits.
    pub fn after(&self, damage: f64, time: f64) -> f64 {
        let value = if self.loss > 0.0 {
            let level = self.gain / self.loss;
            level + (damage - level) * math::exp(-self.loss * time)
        } else {
            damage + self.gain * time
        };
        if value > 0.0 { value } else { 0.0 }
    }

    /// Time of death of an unharmed target, if before `end`.
    pub fn death(&self, rng: &mut Plain, end: f64) -> Option<f64> {
        let (mut time, mut damage) = (0.0, 0.0);
        loop {
            let wait = rng.exponential(self.rate);
            time += wait;
            if time >= end {
                return None;
            }
            damage = self.after(damage, wait) + 1.0;
            if damage >= self.lethal {
                return Some(time);
            }
        }
    }

    /// Share of `n` targets that die in each of `bins` equal parts of `0..end`, and after it.
    pub fn deaths(&self, n: usize, end: f64, bins: usize) -> Vec<f64> {
        let mut rng = Plain(31);
        let mut out = vec![0.0; bins + 1];
        for _ in 0..n {
            let at = self.death(&mut rng, end).map_or(bins, |t| (t / end * bins as f64) as usize);
            out[at] += 1.0 / n as f64;
        }
        out
    }
}

/// The generator's mean and the oracle's own closed case: three hits without repair, `1 - e^-m (1 + m + m^2/2)`. n = 1e5.
#[test]
fn the_oracle_knows_the_closed_case() {
    let mut rng = Plain(1);
    let n = 100_000;
    let mean = (0..n).map(|_| rng.uniform()).sum::<f64>() / f64::from(n);
    assert!((mean - 0.5).abs() < 5.0 * (1.0 / 12.0 / f64::from(n)).sqrt());
    let target = Target { rate: 0.02, gain: 0.0, loss: 0.0, lethal: 2.2 };
    let dead = 1.0 - target.deaths(n as usize, 125.0, 1)[1];
    let exact = 1.0 - math::exp(-2.5) * (1.0 + 2.5 + 3.125);
    assert!((dead - exact).abs() < 5.0 * (exact * (1.0 - exact) / f64::from(n)).sqrt());
}
