//! Does the runs of a plan: what the store has is not run again, what is missing is, and every finished run is kept.

use super::DAY;
use super::plan::Plan;
use super::protocol::Protocols;
use super::simulate::simulate;
use crate::model::Setup;
use crate::par;
use crate::record::{Outcome, RunId, RunRecord, Series, StorageError, Store, run_identity};
use crate::spec::Problem;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};

/// What is told while runs are done.
pub trait Progress {
    /// `done` of `total` runs are finished, `reused` of them were in the store.
    fn advance(&mut self, done: usize, total: usize, reused: usize);
}

/// Outcome of executing a plan.
#[derive(Clone, Debug, Default)]
pub struct Finished {
    /// By planned run: its identity, where it was done.
    pub ids: Vec<Option<RunId>>,
    /// Runs that broke: index and what was found.
    pub failed: Vec<(usize, String)>,
    /// Runs that an interruption kept from being done.
    pub missing: usize,
    /// What is measured in each run.
    pub protocols: Protocols,
}

/// Why a plan could not be executed.
#[derive(Debug)]
pub enum Trouble {
    /// A run's document cannot be compiled (found before anything is run).
    Input(Vec<Problem>),
    Storage(StorageError),
}

/// Compiles every run, does those that the store lacks on `threads` threads (0: all), and appends them to the store.
/// Runs done at the same time share the threads; how many there are never shows in a result.
///
/// A run in which the program itself breaks (a panic) is failed like one in which a number does; the others go on. It is
/// not kept, so that the same command does it again, with a mended program.
///
/// # Errors
/// Documents that cannot be compiled, before any run; storage trouble, after which finished runs are kept.
pub fn execute(
    plan: &Plan,
    store: &mut Store,
    threads: usize,
    stop: &AtomicBool,
    progress: &mut dyn Progress,
) -> Result<Finished, Trouble> {
    execute_with(plan, store, threads, stop, progress, &simulate)
}

/// What does one run: setup, seed, pictures, and whether to end early.
type Simulate<'a> = &'a (dyn Fn(&Setup, u64, bool, &dyn Fn() -> bool) -> RunRecord + Sync);

fn execute_with(
    plan: &Plan,
    store: &mut Store,
    threads: usize,
    stop: &AtomicBool,
    progress: &mut dyn Progress,
    simulate: Simulate,
) -> Result<Finished, Trouble> {
    let threads = if threads == 0 { par::processors() } else { threads };
    let mut finished = Finished { ids: vec![None; plan.runs.len()], ..Finished::default() };
    let mut identities = Vec::with_capacity(plan.runs.len());
    for run in &plan.runs {
        let setup = plan.compile(run).map_err(Trouble::Input)?;
        identities.push(run_identity(&(&setup, run.pictures), run.seed));
        finished.protocols.push(&setup);
    }
    // Equal runs of two arms or points are one run.
    let mut wanted: Vec<usize> = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for (i, id) in identities.iter().enumerate() {
        if !store.contains(id) && seen.insert(*id) {
            wanted.push(i);
        }
    }
    let total = plan.runs.len();
    let reused = total - wanted.len();
    progress.advance(reused, total, reused);
    let workers = threads.min(wanted.len()).max(1);
    let inner = (threads / workers).max(1);
    let interrupted = || stop.load(Ordering::Relaxed);
    let mut trouble = None;
    let mut done = reused;
    par::workers(
        workers,
        inner,
        wanted.len(),
        stop,
        |job| {
            let run = &plan.runs[wanted[job]];
            let setup = plan.compile(run)?;
            // Whatever a broken run leaves half done is dropped with it.
            let go = AssertUnwindSafe(|| {
                let mut record = simulate(&setup, run.seed, run.pictures.any(), &interrupted);
                run.pictures.keep(&setup, &mut record);
                record
            });
            Ok(catch_unwind(go).map_err(|panic| broken(&setup, run.seed, &*panic)))
        },
        |job, result| match result {
            Ok(Err(record)) => {
                store.remember(&identities[wanted[job]], record);
                done += 1;
                progress.advance(done, total, reused);
            }
            Ok(Ok(record)) if record.outcome == Outcome::Interrupted => {}
            Ok(Ok(record)) => {
                let id = identities[wanted[job]];
                // Synced at once: a finished run is minutes of work, a sync is milliseconds.
                if let Err(e) = store.append(&id, &record).and_then(|()| store.sync()) {
                    stop.store(true, Ordering::Relaxed);
                    trouble.get_or_insert(Trouble::Storage(e));
                }
                done += 1;
                progress.advance(done, total, reused);
            }
            Err(problems) => {
                stop.store(true, Ordering::Relaxed);
                trouble.get_or_insert(Trouble::Input(problems));
            }
        },
    );
    if let Some(trouble) = trouble {
        return Err(trouble);
    }
    for (i, id) in identities.into_iter().enumerate() {
        if !store.contains(&id) {
            finished.missing += 1;
            continue;
        }
        finished.ids[i] = Some(id);
        if let Some(record) = store.read(&id).map_err(Trouble::Storage)?
            && let Outcome::Failed { step, what } = record.outcome
        {
            finished.failed.push((i, format!("day {} (step {step}): {what}", day(record.end_day))));
        }
    }
    Ok(finished)
}

/// The record of a run that the program did not survive.
fn broken(setup: &Setup, seed: u64, panic: &(dyn Any + Send)) -> RunRecord {
    let said = panic.downcast_ref::<&str>().map(ToString::to_string);
    let said = said.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
    let what = format!("a fault of the program, please report it: {said}");
    RunRecord {
        seed,
        outcome: Outcome::Failed { step: 0, what },
        steps: 0,
        end_day: setup.clock.start / DAY,
        state_hash: String::new(),
        cells_max: 0,
        final_weight: 1.0,
        unseen_below: None,
        endpoints: Vec::new(),
        series: Series::default(),
        events: Vec::new(),
        snapshots: Vec::new(),
    }
}

/// A day without the noise of its division by the step.
fn day(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec;
    use crate::study::SizeOptions;

    struct Nobody;

    impl Progress for Nobody {
        fn advance(&mut self, _: usize, _: usize, _: usize) {}
    }

    const SCENARIO: &str = "kind = \"scenario\"\nlattice = { layers = [\"t\"] }\n[cell_type.a]\nlayer = \"t\"\n\
        [clock]\nend = \"2 day\"\n[domain]\nsize = [\"100 um\", \"100 um\"]\n";

    #[test]
    fn a_panic_in_one_run_fails_that_run_alone_and_is_tried_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s.toml");
        std::fs::write(&path, SCENARIO).unwrap();
        let size = SizeOptions { replicates: Some(3), ..SizeOptions::default() };
        let plan = Plan::of_scenario(spec::load(&path, &[]).unwrap(), size).unwrap();
        let mut store = Store::open(dir.path()).unwrap();
        let bad = plan.runs[1].seed;
        let go = |store: &mut Store, breaks: bool| {
            let run = |setup: &Setup, seed: u64, pictures: bool, interrupted: &dyn Fn() -> bool| {
                assert!(!(breaks && seed == bad), "index {} out of bounds", 7);
                simulate(setup, seed, pictures, interrupted)
            };
            execute_with(&plan, store, 2, &AtomicBool::new(false), &mut Nobody, &run).unwrap()
        };
        let finished = go(&mut store, true);
        assert_eq!((finished.missing, finished.failed.len(), finished.failed[0].0), (0, 1, 1));
        let said = &finished.failed[0].1;
        assert!(said.contains("day 0") && said.contains("index 7 out of bounds"), "{said}");
        assert!(finished.ids.iter().all(Option::is_some), "the tables show it");
        drop(store);
        let mut store = Store::open(dir.path()).unwrap();
        assert_eq!(store.len(), 2);
        assert!(go(&mut store, false).failed.is_empty());
    }
}
