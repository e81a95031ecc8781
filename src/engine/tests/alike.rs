//! Whether two samples of runs have one distribution: mean, variance and all of it, of every number, at two times.
//!
//! z of a mean and of a variance from the pooled sample's second and fourth moments (the law under which both are the same);
//! p by Kolmogorov and Smirnov, which ties make safer. What differs by less than `ROUNDING` of its value counts as equal: the
//! engine stores traits and concentrations in single precision and solves its fields to about that.

use super::look::{Numbers, numbers};
use super::{Simulation, mean, replicate, variance};
use crate::math;
use crate::model::Setup;
use crate::random::Streams;

const ROUNDING: f64 = 1e-4;
const MOST_Z: f64 = 5.0;
const LEAST_P: f64 = 1e-6;

/// What runs show at two times.
pub type Sample = Vec<[Numbers; 2]>;

/// One number at one time, in both samples.
#[derive(Clone, Debug)]
pub struct Line {
    pub what: String,
    pub step: u32,
    /// Means.
    pub one: f64,
    pub other: f64,
    pub z: f64,
    pub z_of_variance: f64,
    pub p: f64,
    /// Smallest relative difference of the means that is found.
    pub finds: f64,
}

impl Line {
    pub fn agrees(&self) -> bool {
        self.z.abs() <= MOST_Z && self.z_of_variance.abs() <= MOST_Z && self.p > LEAST_P
    }
}

/// `n` runs of the engine; `turn` makes their seeds others.
pub fn sample(setup: &Setup, looks: [u32; 2], n: usize, turn: u64) -> Sample {
    replicate(n, |seed| {
        let mut simulation = Simulation::new(setup, Streams { seed: seed ^ turn }).unwrap();
        looks.map(|look| {
            while simulation.state.step < look {
                simulation.step().unwrap();
            }
            numbers(setup, &simulation.state)
        })
    })
}

/// A line for every number of either sample at either time; a number that is not there is zero.
pub fn lines(looks: [u32; 2], one: &Sample, other: &Sample) -> Vec<Line> {
    let mut out = Vec::new();
    for (i, step) in looks.into_iter().enumerate() {
        let mut names: Vec<&String> = one.iter().chain(other).flat_map(|r| r[i].keys()).collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            let column = |runs: &Sample| -> Vec<f64> {
                runs.iter().map(|r| r[i].get(name).copied().unwrap_or(0.0)).collect()
            };
            out.push(line(name, step, &column(one), &column(other)));
        }
    }
    out
}

/// Both samples have one distribution.
#[track_caller]
pub fn expect_alike(lines: &[Line]) {
    print(lines);
    let wrong: Vec<_> = lines.iter().filter(|l| !l.agrees()).collect();
    assert!(wrong.is_empty(), "{} of {} differ, first {:?}", wrong.len(), lines.len(), wrong[0]);
}

fn line(what: &str, step: u32, a: &[f64], b: &[f64]) -> Line {
    let n = a.len() as f64;
    let pooled = [a, b].concat();
    let m = mean(&pooled);
    let rounding = ROUNDING * pooled.iter().fold(0.0, |top: f64, v| top.max(v.abs()));
    let v = variance(&pooled);
    let fourth = pooled.iter().map(|x| (x - m) * (x - m) * (x - m) * (x - m)).sum::<f64>() / (2.0 * n);
    let error = (2.0 * v / n + rounding * rounding).sqrt();
    // Rounding moves a spread by at most its own size.
    let own = rounding * (2.0 * v.sqrt() + rounding);
    let error_of_variance = (2.0 * (fourth - v * v).max(0.0) / n + own * own).sqrt();
    let z = |difference: f64, error: f64| if error > 0.0 { difference / error } else { 0.0 };
    Line {
        what: what.into(),
        step,
        one: mean(a),
        other: mean(b),
        z: z(mean(a) - mean(b), error),
        z_of_variance: z(variance(a) - variance(b), error_of_variance),
        p: kolmogorov_smirnov(a, b, rounding),
        finds: if m == 0.0 { 0.0 } else { MOST_Z * error / m.abs() },
    }
}

/// Probability of so large a distance of two samples of one law (Smirnov 1948, Ann Math Stat 19:279). A value stands for all
/// within `grain` of it: of the distance only what no shift by so much can explain is counted.
fn kolmogorov_smirnov(a: &[f64], b: &[f64], grain: f64) -> f64 {
    let sorted = |values: &[f64]| {
        let mut out = values.to_vec();
        out.sort_by(f64::total_cmp);
        out
    };
    let (a, b) = (sorted(a), sorted(b));
    let below = |list: &[f64], x: f64| list.partition_point(|v| *v <= x) as f64 / list.len() as f64;
    let ahead = |one: &[f64], other: &[f64], x: f64| below(one, x) - below(other, x + grain);
    let far = a.iter().chain(&b).map(|x| ahead(&a, &b, *x).max(ahead(&b, &a, *x))).fold(0.0, f64::max);
    let lambda = far * (a.len() as f64 / 2.0).sqrt();
    if lambda < 0.3 {
        return 1.0;
    }
    let term = |k: u32| {
        let k = f64::from(k);
        2.0 * if k as u32 % 2 == 1 { 1.0 } else { -1.0 } * math::exp(-2.0 * k * k * lambda * lambda)
    };
    (1..=100).map(term).sum()
}

fn print(lines: &[Line]) {
    for l in lines {
        println!(
            "{:>4} {:<46} {:>11.5} {:>11.5} z {:>6.2} z(var) {:>6.2} p {:>8.1e} finds {:.1} %{}",
            l.step,
            l.what,
            l.one,
            l.other,
            l.z,
            l.z_of_variance,
            l.p,
            100.0 * l.finds,
            if l.agrees() { "" } else { "  <- DIFFERS" }
        );
    }
}
