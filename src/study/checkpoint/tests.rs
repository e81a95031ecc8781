//! A run split anywhere is the same run; one tumor forked is each of its arms; what does not fit is refused.

use super::super::simulate::{Done, Task, simulate};
use super::super::{Plan, SizeOptions};
use super::*;
use crate::par::Pool;
use crate::record::{Outcome, RunRecord, run_identity};
use std::cell::Cell;

/// The scenario of the golden hashes with endpoints of every kind, a lagged and noisy reading, pictures and a dose that
/// waits for what is measured.
const EVERYTHING: &str = r#"kind = "scenario"
extends = "BITS/plain.toml"
[observable]
scan = { kind = "reading", terms = { tumor_cells = 1 }, lag = "5 h", noise = { cv = 0.1 }, detect = ["10 cells", "700 cells"] }
[endpoint]
cross = { kind = "cross", observable = "tumor_cells", above = "620 cells", for = "2 h" }
fall = { kind = "cross", observable = "scan", below = "580 cells", visits = { every = "7 h" } }
change = { kind = "change", observable = "tumor_cells", from = "nadir", fold = 1.02 }
luck = { kind = "hazard", rate = "1 /day" }
first = { kind = "first", of = ["cross", "luck"] }
all = { kind = "all", of = ["cross", "change"], for = "1 h" }
response = { kind = "response", observable = "scan", complete = "10 cells", partial = 0.7, progress = 1.2, visits = { every = "9 h" } }
peak = { kind = "summary", observable = "tumor_cells", take = "max" }
slope = { kind = "summary", observable = "tumor_cells", take = "rate" }
area = { kind = "summary", observable = "scan", take = "auc", from = "3 h", to = "40 h" }
grade = { kind = "grade", of = "peak", cuts = ["600 cells", "610 cells"] }
misfit = { kind = "misfit", observable = "tumor_cells", data = "data.csv", x = "time_h", y = "n" }
[record]
snapshots = { every = "20 h" }
"#;

struct World {
    dir: tempfile::TempDir,
    plan: Plan,
}

impl World {
    /// The scenario with more text, and overrides.
    fn new(more: &str, set: &[&str]) -> World {
        let dir = tempfile::tempdir().unwrap();
        let bits = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/bits");
        let path = dir.path().join("s.toml");
        std::fs::write(&path, EVERYTHING.replace("BITS", bits) + more).unwrap();
        std::fs::write(dir.path().join("data.csv"), "time_h,n\n5,600\n11.5,590\n30,500\n").unwrap();
        let set: Vec<String> = set.iter().map(|s| s.to_string()).collect();
        let document = spec::load(&path, &set).unwrap_or_else(|p| panic!("{}", spec::render(&p)));
        let plan = Plan::of_scenario(document, SizeOptions::default()).unwrap();
        World { dir, plan }
    }

    fn folder(&self) -> &Path {
        self.dir.path()
    }

    /// Does the run of the plan, until it has passed `borders` borders of steps.
    fn go(&self, threads: usize, borders: u32) -> Done {
        let run = &self.plan.runs[0];
        let (setup, seed) = self.plan.prepare(run).unwrap_or_else(|p| panic!("{}", spec::render(&p)));
        let id = run_identity(&(&setup, run.pictures), seed);
        let keeping = Keeping::new(&self.plan, run, &setup, seed, id, self.folder());
        Pool::new(threads).install(|| {
            let left = Cell::new(borders);
            let interrupted = || {
                let stop = left.get() == 0;
                left.set(left.get().saturating_sub(1));
                stop
            };
            let task = Task {
                setup: &setup,
                seed,
                pictures: true,
                check: false,
                keeping: Some(&keeping),
                interrupted: &interrupted,
            };
            simulate(&task).unwrap()
        })
    }

    /// The one checkpoint that was left to go on from.
    fn left(&self) -> PathBuf {
        let files = std::fs::read_dir(self.folder().join("runs")).unwrap();
        files.map(|e| e.unwrap().path()).next().unwrap()
    }
}

/// NaN is not equal to itself; bytes are.
fn bytes(record: &RunRecord) -> Vec<u8> {
    assert_ne!(record.outcome, Outcome::Interrupted);
    postcard::to_stdvec(record).unwrap()
}

fn told(result: Result<(Setup, u64), Vec<Problem>>) -> String {
    result.map(|_| ()).map_err(|p| spec::render(&p)).unwrap_err()
}

/// 48 steps; split at the start, in the middle and at the very end, and gone on with at another number of threads: the
/// record of the run is the same byte for byte, with all its endpoints, readings and pictures.
#[test]
fn a_run_split_at_any_border_leaves_the_same_record() {
    let whole = World::new("", &[]).go(1, u32::MAX);
    assert!(whole.record.endpoints.len() >= 12 && whole.record.snapshots.len() == 4);
    assert!(whole.record.series.values.iter().flatten().all(|v| !v.is_nan()));
    for at in [0, 1, 9, 10, 11, 30, 47, 48] {
        let world = World::new("", &[]);
        let half = world.go(2, at).record;
        assert_eq!((&half.outcome, half.steps), (&Outcome::Interrupted, at));
        let rest = world.go(3, u32::MAX);
        assert!(rest.notes.is_empty(), "{:?}", rest.notes);
        assert_eq!(rest.record.steps, 48);
        assert_eq!(bytes(&rest.record), bytes(&whole.record), "split at {at}");
    }
}

#[test]
fn a_run_split_again_and_again_leaves_the_same_record() {
    let whole = World::new("", &[]).go(1, u32::MAX);
    let world = World::new("", &[]);
    let mut rounds = 0;
    let done = loop {
        let done = world.go(1, 5);
        assert!(done.notes.is_empty(), "{:?}", done.notes);
        rounds += 1;
        if done.record.outcome != Outcome::Interrupted {
            break done;
        }
    };
    assert_eq!(rounds, 10);
    assert_eq!(bytes(&done.record), bytes(&whole.record));
}

/// A tumor grown without the dose, forked at the border at which the dose falls due, is the tumor that was to have the
/// dose from the start: arms share their luck.
#[test]
fn one_tumor_forked_is_each_of_its_arms() {
    let dose =
        "[dose]\nlate = { product = \"car_t\", amount = \"2e5 cells\", into = \"blood\", at = \"20 h\" }\n";
    let treated = World::new(dose, &[]).go(1, u32::MAX).record;
    let grown = World::new("", &["record.checkpoints.every=20 h"]);
    let untreated = grown.go(1, u32::MAX).record;
    assert_ne!(treated.state_hash, untreated.state_hash);
    let from = grown.folder().join("checkpoints/s_day_0.8333.ckpt");
    let from = format!("clock.from={:?}", from.to_str().unwrap());
    let forked = World::new(dose, &[&from]).go(2, u32::MAX).record;
    assert_eq!(bytes(&forked), bytes(&treated));
    // The other way: grown with the dose to come, and forked without it.
    let to_come = World::new(dose, &["record.checkpoints.every=20 h"]);
    to_come.go(1, u32::MAX);
    let before = to_come.folder().join("checkpoints/s_day_0.8333.ckpt");
    let before = format!("clock.from={:?}", before.to_str().unwrap());
    let without = World::new("", &[&before]).go(2, u32::MAX).record;
    assert_eq!(bytes(&without), bytes(&untreated));
    // A dose that is switched off keeps its place in the state: another hash, the same course.
    let off = World::new(dose, &[&before, "dose.late.enabled=false"]).go(2, u32::MAX).record;
    assert_eq!((&off.series, &off.events), (&untreated.series, &untreated.events));
    // Where nothing is changed it is the tumor that never stopped.
    let same = World::new("", &[&from]).go(2, u32::MAX).record;
    assert_eq!(bytes(&same), bytes(&untreated));
    // Other luck from there on: the same past, another future.
    let other = World::new("", &[&from, "clock.seed=5"]).go(2, u32::MAX).record;
    assert_ne!(other.state_hash, untreated.state_hash);
    assert_eq!(other.series.values[..2], untreated.series.values[..2]);
    assert_ne!(other.seed, untreated.seed);
    // The clock may go on.
    let longer = World::new("", &[&from, "clock.end=3 day"]).go(2, u32::MAX).record;
    assert_eq!(longer.series.values[..5], untreated.series.values[..]);
}

#[test]
fn a_checkpoint_knows_the_scenario_of_its_run() {
    let grown = World::new("", &["record.checkpoints.every=20 h", "dose.drug.amount=3 ng", "clock.seed=9"]);
    let whole = grown.go(1, u32::MAX).record;
    let path = grown.folder().join("checkpoints/s_day_1.6667.ckpt");
    let (arm, text) = scenario_of(&path).unwrap();
    assert_eq!(arm, "s");
    let set = vec![format!("clock.from={:?}", path.to_str().unwrap())];
    let document = spec::load_text(text, &path, &set).unwrap();
    let plan = Plan::of_scenario(document, SizeOptions::default()).unwrap();
    let again = World { dir: tempfile::tempdir().unwrap(), plan }.go(1, u32::MAX).record;
    assert_eq!(bytes(&again), bytes(&whole));
}

#[test]
fn what_does_not_fit_is_refused_by_name() {
    let grown = World::new("", &["record.checkpoints.every=20 h"]);
    grown.go(1, u32::MAX);
    let from = grown.folder().join("checkpoints/s_day_0.8333.ckpt");
    let from = format!("clock.from={:?}", from.to_str().unwrap());
    let refused = |more: &str, set: &[&str]| {
        let world = World::new(more, &[&[from.as_str()], set].concat());
        told(world.plan.prepare(&world.plan.runs[0]))
    };
    let cases: [(&str, &[&str], &str); 14] = [
        ("", &["domain.size=[\"1.3 mm\", \"1.28 mm\"]"], "the domain must be as in the checkpoint"),
        ("", &["clock.pools=30 min"], "start and steps of the clock must"),
        ("[substrate.new]\nunit = \"nM\"\n", &[], "substrates, their units and which"),
        ("[observable.new]\nkind = \"radius\"\ncells = [\"tumor\"]\n", &[], "observables must"),
        ("", &["record.every=6 h"], "what is recorded, and how often must"),
        ("", &["endpoint.cross.above=610 cells"], "endpoints must be as"),
        ("", &["clock.end=19 h"], "the clock ends before the checkpoint"),
        ("", &["dose.car_t.amount=149 cells"], "dose.car_t acts before the checkpoint only"),
        ("", &["dose.car_t.enabled=false"], "dose.car_t acts before the checkpoint only"),
        ("", &["dose.infusion.enabled=false"], "dose.infusion acts before the checkpoint only"),
        ("", &["interaction.car_kill.enabled=false"], "interaction.car_kill has acted before the checkpoint"),
        ("", &["product.car_t.viability=0.5"], "product.car_t acts before the checkpoint only"),
        ("", &["place.tumor.count=610 cells"], "place.tumor acts before the checkpoint only"),
        ("", &["compartment.blood.volume=3 mL"], "compartments and their volumes must"),
    ];
    for (more, set, what) in cases {
        let said = refused(more, set);
        assert!(said.contains(what) && said.contains("clock.from"), "{set:?}: {said}");
    }
}

/// Whatever happens to the file: the run is told to begin anew and gives the same record.
#[test]
fn a_damaged_checkpoint_is_named_and_not_believed() {
    let whole = World::new("", &[]).go(1, u32::MAX).record;
    let world = World::new("", &[]);
    world.go(1, 20);
    let path = world.left();
    let good = std::fs::read(&path).unwrap();
    for (what, bad) in [
        ("cut short", good[..60].to_vec()),
        ("not as long as it says", good[..good.len() - 1].to_vec()),
        ("no checkpoint of tme", vec![7; 4000]),
        (
            "bytes have changed",
            good.iter().enumerate().map(|(i, b)| b ^ u8::from(i == good.len() / 2)).collect(),
        ),
    ] {
        std::fs::write(&path, bad).unwrap();
        let done = world.go(1, u32::MAX);
        assert!(done.notes.len() == 1 && done.notes[0].contains(what), "{what}: {:?}", done.notes);
        assert_eq!(bytes(&done.record), bytes(&whole));
    }
    let other = World::new("", &["clock.seed=2"]);
    other.go(1, 20);
    std::fs::copy(other.left(), &path).unwrap();
    let done = world.go(1, u32::MAX);
    assert!(done.notes.len() == 1 && done.notes[0].contains("is of another run"), "{:?}", done.notes);
    assert_eq!(bytes(&done.record), bytes(&whole));
}
