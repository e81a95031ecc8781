//! Does the runs of a plan: what the store has is not run again, what is missing is, and every finished run is kept.

use super::plan::Plan;
use super::protocol::Protocols;
use super::simulate::simulate;
use crate::par;
use crate::record::{Outcome, RunId, StorageError, Store, run_identity};
use crate::spec::Problem;
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
/// # Errors
/// Documents that cannot be compiled, before any run; storage trouble, after which finished runs are kept.
pub fn execute(
    plan: &Plan,
    store: &mut Store,
    threads: usize,
    stop: &AtomicBool,
    progress: &mut dyn Progress,
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
            plan.compile(run).map(|setup| simulate(&setup, run.seed, run.pictures, &interrupted))
        },
        |job, result| match result {
            Ok(record) if record.outcome == Outcome::Interrupted => {}
            Ok(record) => {
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
            finished.failed.push((i, format!("step {step}: {what}")));
        }
    }
    Ok(finished)
}
