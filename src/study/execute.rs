//! Does the runs of a plan: what the store has is not run again, what is missing is, and every finished run is kept.

use super::DAY;
use super::checkpoint::Keeping;
use super::plan::Plan;
use super::protocol::Protocols;
use super::simulate::{Done, Task, simulate};
use crate::model::Setup;
use crate::par;
use crate::record::{Outcome, RunId, RunRecord, Series, StorageError, Store, run_identity};
use crate::spec::Problem;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

/// What is told while runs are done.
pub trait Progress {
    /// `done` of `total` runs are finished, `reused` of them were in the store.
    fn advance(&mut self, done: usize, total: usize, reused: usize);

    /// Something that whoever waits should know.
    fn note(&mut self, what: &str);
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
    /// Checkpoints that stay, relative to the folder.
    pub checkpoints: Vec<String>,
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

/// What does one run.
type Simulate<'a> = &'a (dyn Fn(&Task) -> Result<Done, StorageError> + Sync);

/// What came of a run.
enum Outcomes {
    Done(Done),
    Broken(RunRecord),
    Trouble(Trouble),
}

/// A run as it is wanted.
struct Wanted {
    run: usize,
    /// Whether the store has it, and only checkpoints are missing.
    stored: bool,
}

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
    let dir = store.folder().to_path_buf();
    let mut identities = Vec::with_capacity(plan.runs.len());
    // Equal runs of two arms or points are one run.
    let mut wanted: Vec<Wanted> = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    let mut kept: Vec<PathBuf> = Vec::new();
    for (i, run) in plan.runs.iter().enumerate() {
        let (setup, seed) = plan.prepare(run).map_err(Trouble::Input)?;
        let id = run_identity(&(&setup, run.pictures), seed);
        identities.push(id);
        finished.protocols.push(&setup);
        if !seen.insert(id) {
            continue;
        }
        let keeping = Keeping::new(plan, run, &setup, seed, id, &dir);
        let stored = store.contains(&id);
        let complete = match stored && !keeping.kept.is_empty() {
            true => store.read(&id).map_err(Trouble::Storage)?.is_none_or(|r| keeping.is_complete(r.end_day)),
            false => stored,
        };
        if !complete {
            wanted.push(Wanted { run: i, stored });
        }
        kept.extend(keeping.kept.into_iter().map(|(_, path)| path));
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
            let run = &plan.runs[wanted[job].run];
            let (setup, seed) = match plan.prepare(run) {
                Ok(prepared) => prepared,
                Err(problems) => return Outcomes::Trouble(Trouble::Input(problems)),
            };
            let keeping = Keeping::new(plan, run, &setup, seed, identities[wanted[job].run], &dir);
            let pictures = run.pictures.any();
            let task = Task {
                setup: &setup,
                seed,
                pictures,
                check: plan.check,
                keeping: Some(&keeping),
                interrupted: &interrupted,
            };
            // Whatever a broken run leaves half done is dropped with it.
            let go = AssertUnwindSafe(|| {
                let mut done = simulate(&task)?;
                run.pictures.keep(&setup, &mut done.record);
                Ok(done)
            });
            match catch_unwind(go) {
                Ok(Ok(done)) => Outcomes::Done(done),
                Ok(Err(e)) => Outcomes::Trouble(Trouble::Storage(e)),
                Err(panic) => Outcomes::Broken(broken(&setup, seed, &*panic)),
            }
        },
        |job, outcome| {
            let Wanted { run, stored } = wanted[job];
            let id = identities[run];
            match outcome {
                Outcomes::Broken(record) => store.remember(&id, record),
                Outcomes::Trouble(new) => {
                    stop.store(true, Ordering::Relaxed);
                    trouble.get_or_insert(new);
                    return;
                }
                Outcomes::Done(Done { record, notes }) => {
                    notes.iter().for_each(|note| progress.note(note));
                    if record.outcome == Outcome::Interrupted {
                        return;
                    }
                    // Synced at once: a finished run is minutes of work, a sync is milliseconds.
                    let saved = match stored {
                        true => Ok(()),
                        false => store.append(&id, &record).and_then(|()| store.sync()),
                    };
                    if let Err(e) = saved.and_then(|()| store.forget_checkpoint(&id)) {
                        stop.store(true, Ordering::Relaxed);
                        trouble.get_or_insert(Trouble::Storage(e));
                    }
                }
            }
            done += 1;
            progress.advance(done, total, reused);
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
    let name = |path: &PathBuf| Some(path.strip_prefix(&dir).ok()?.to_string_lossy().into_owned());
    finished.checkpoints = kept.iter().filter(|path| path.is_file()).filter_map(name).collect();
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
        fn note(&mut self, what: &str) {
            panic!("{what}");
        }
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
            let run = |task: &Task| {
                assert!(!(breaks && task.seed == bad), "index {} out of bounds", 7);
                simulate(task)
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
