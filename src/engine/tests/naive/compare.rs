//! Whether two engines agree in distribution: mean, variance and the whole distribution of every number, at two times.
//!
//! z of a mean and of a variance from the pooled sample's second and fourth moments (the law under which both are the same);
//! p by Kolmogorov and Smirnov, which ties make safer. What differs by less than `ROUNDING` of its value counts as equal: the
//! engine stores traits and concentrations in single precision and solves its fields to about that.

use super::look::{self, Numbers};
use super::world::{Flaw, World};
use crate::engine::Simulation;
use crate::engine::tests::{mean, replicate, variance};
use crate::math;
use crate::model::Setup;
use crate::random::Streams;

const ROUNDING: f64 = 1e-4;
const MOST_Z: f64 = 5.0;
const LEAST_P: f64 = 1e-6;

/// One number at one time, in both engines.
#[derive(Clone, Debug)]
pub struct Line {
    pub what: String,
    pub step: u32,
    pub engine: f64,
    pub naive: f64,
    pub z: f64,
    pub z_of_variance: f64,
    pub p: f64,
    /// Smallest relative difference of the means that is found.
    pub finds: f64,
}

impl Line {
    fn agrees(&self) -> bool {
        self.z.abs() <= MOST_Z && self.z_of_variance.abs() <= MOST_Z && self.p > LEAST_P
    }
}

/// Runs `n` of each engine with seeds of their own and looks at two times.
pub fn compare(setup: &Setup, looks: [u32; 2], n: usize, flaw: Flaw) -> Vec<Line> {
    let engine = replicate(n, |seed| {
        let mut simulation = Simulation::new(setup, Streams { seed }).unwrap();
        looks.map(|look| {
            while simulation.state.step < look {
                simulation.step().unwrap();
            }
            look::of_engine(setup, &simulation.state)
        })
    });
    let naive = replicate(n, |seed| {
        let mut world = World::new(setup, !seed, flaw);
        looks.map(|look| {
            while world.step < look {
                world.step();
            }
            look::of_naive(&world)
        })
    });
    let mut lines = Vec::new();
    for (i, step) in looks.into_iter().enumerate() {
        let at = |runs: &[[Numbers; 2]]| runs.iter().map(|r| r[i].clone()).collect::<Vec<_>>();
        let (engine, naive) = (at(&engine), at(&naive));
        let mut names: Vec<&String> = engine.iter().chain(&naive).flat_map(|r| r.keys()).collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            let column = |runs: &[Numbers]| -> Vec<f64> {
                runs.iter().map(|r| r.get(name).copied().unwrap_or(0.0)).collect()
            };
            lines.push(line(name, step, &column(&engine), &column(&naive)));
        }
    }
    lines
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
        engine: mean(a),
        naive: mean(b),
        z: z(mean(a) - mean(b), error),
        z_of_variance: z(variance(a) - variance(b), error_of_variance),
        p: kolmogorov_smirnov(a, b, rounding),
        finds: if m == 0.0 { 0.0 } else { MOST_Z * error / m.abs() },
    }
}

/// Probability of so large a distance of two samples of one law (Smirnov 1948, Ann Math Stat 19:279), with values taken to
/// the next multiple of `grain`.
fn kolmogorov_smirnov(a: &[f64], b: &[f64], grain: f64) -> f64 {
    let sorted = |values: &[f64]| {
        // An odd factor, so that the values that counts and shares take do not lie between two multiples.
        let mut out: Vec<f64> = values.iter().map(|v| (v / (grain * 1.013_7)).round()).collect();
        out.sort_by(f64::total_cmp);
        out
    };
    if grain == 0.0 {
        return 1.0;
    }
    let (a, b) = (sorted(a), sorted(b));
    // What both hold to rounding has no distribution to compare.
    if a.iter().chain(&b).all(|v| (v - a[0]).abs() <= 10.0) {
        return 1.0;
    }
    let share = |list: &[f64], x: f64| list.partition_point(|v| *v <= x) as f64 / list.len() as f64;
    let far = a.iter().chain(&b).map(|x| (share(&a, *x) - share(&b, *x)).abs()).fold(0.0, f64::max);
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
            "{:>4} {:<46} engine {:>11.5} naive {:>11.5} z {:>6.2} z(var) {:>6.2} p {:>8.1e} finds {:.1} %{}",
            l.step,
            l.what,
            l.engine,
            l.naive,
            l.z,
            l.z_of_variance,
            l.p,
            100.0 * l.finds,
            if l.agrees() { "" } else { "  <- DIFFERS" }
        );
    }
}

/// How many times as many runs as usual: `TME_SAMPLES`, for the campaign.
fn samples(n: usize) -> usize {
    let times = std::env::var("TME_SAMPLES").map_or(1, |t| t.parse().expect("TME_SAMPLES is a whole number"));
    n * times
}

/// One line for the report of the campaign.
fn summary(scenario: &str, n: usize, lines: &[Line]) -> String {
    let most = |of: fn(&Line) -> f64| lines.iter().map(of).fold(0.0, f64::max);
    let mut found: Vec<f64> = lines.iter().filter(|l| l.finds > 0.0).map(|l| l.finds).collect();
    found.sort_by(f64::total_cmp);
    format!(
        "naive: {scenario} | {n} | {} | {:.2} | {:.2} | {:.1e} | {:.2} to {:.2} %",
        lines.len(),
        most(|l| l.z.abs()),
        most(|l| l.z_of_variance.abs()),
        lines.iter().map(|l| l.p).fold(1.0, f64::min),
        100.0 * found[found.len() / 10],
        100.0 * found[found.len() / 2],
    )
}

/// Both engines agree on everything, and did more than nothing: `must` names what has to have happened at least once in
/// twenty runs.
#[track_caller]
pub fn agree(scenario: &str, setup: &Setup, looks: [u32; 2], n: usize, must: &[&str]) {
    let n = samples(n);
    let lines = compare(setup, looks, n, Flaw::None);
    print(&lines);
    println!("{}", summary(scenario, n, &lines));
    for what in must {
        let seen = lines.iter().filter(|l| l.what == *what).map(|l| l.engine).fold(0.0, f64::max);
        assert!(seen > 0.05, "{what} has hardly happened: {seen} per run");
    }
    let wrong: Vec<_> = lines.iter().filter(|l| !l.agrees()).collect();
    assert!(wrong.is_empty(), "{} of {} differ, first {:?}", wrong.len(), lines.len(), wrong[0]);
}

/// The comparison finds a flaw of the naive engine, in one of these numbers.
#[track_caller]
pub fn refuse(setup: &Setup, looks: [u32; 2], n: usize, flaw: Flaw, by: &str) {
    let lines = compare(setup, looks, n, flaw);
    print(&lines);
    assert!(lines.iter().any(|l| l.what == by && !l.agrees()), "{flaw:?} is not found in {by}");
}
