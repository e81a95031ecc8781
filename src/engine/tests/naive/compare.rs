//! The engine beside the naive one.

use super::world::{Flaw, World};
use crate::engine::tests::alike::{Line, Sample, expect_alike, lines, sample};
use crate::engine::tests::{look, replicate};
use crate::model::Setup;

/// Runs `n` of each engine with seeds of their own and looks at two times.
fn compare(setup: &Setup, looks: [u32; 2], n: usize, flaw: Flaw) -> Vec<Line> {
    let naive: Sample = replicate(n, |seed| {
        let mut world = World::new(setup, !seed, flaw);
        looks.map(|look| {
            while world.step < look {
                world.step();
            }
            world.numbers()
        })
    });
    lines(looks, &sample(setup, looks, n, 0), &naive)
}

impl World<'_> {
    /// The same numbers as of the engine.
    fn numbers(&self) -> look::Numbers {
        let body = |c: &super::world::Cell| look::Body {
            kind: c.kind,
            layer: self.layer(c.kind),
            site: c.site,
            live: c.died.is_none(),
            clone: c.clone,
            origin: c.origin.0,
            traits: c.traits.iter().map(|(t, v)| (*t, *v)).collect(),
        };
        let mut out = look::Numbers::new();
        look::bodies(self.setup, &self.cells.iter().map(body).collect::<Vec<_>>(), &mut out);
        look::fields(self.setup, self.fields.iter().cloned(), &mut out);
        let under_way = self.chains.iter().map(|((f, _), stages)| (*f, stages.iter().sum()));
        look::pools(self.setup, self.pools.iter().map(|(p, a)| (*p, *a)), under_way, &mut out);
        // What crosses both ways is booked apart by the engine, and shows in the pools.
        out.extend(self.books.iter().filter(|b| !b.0.starts_with("crossed")).map(|(k, v)| (k.clone(), *v)));
        out
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
    println!("{}", summary(scenario, n, &lines));
    for what in must {
        let seen = lines.iter().filter(|l| l.what == *what).map(|l| l.one).fold(0.0, f64::max);
        assert!(seen > 0.05, "{what} has hardly happened: {seen} per run");
    }
    expect_alike(&lines);
}

/// The comparison finds a flaw of the naive engine, in one of these numbers.
#[track_caller]
pub fn refuse(setup: &Setup, looks: [u32; 2], n: usize, flaw: Flaw, by: &str) {
    let lines = compare(setup, looks, n, flaw);
    assert!(lines.iter().any(|l| l.what == by && !l.agrees()), "{flaw:?} is not found in {by}");
}
