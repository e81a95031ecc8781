//! One run: a setup and a seed become a record.

use super::checkpoint::{self, Keeping};
use crate::engine::{Carry, Ended, Fault, Simulation, State};
use crate::model::Setup;
use crate::observe::Recorder;
use crate::random::Streams;
use crate::record::{RunId, RunRecord, StorageError, fault};
use std::path::PathBuf;
use std::time::Instant;

/// One run to be done.
pub struct Task<'a> {
    pub setup: &'a Setup,
    pub seed: u64,
    /// Keep snapshots of the lattice.
    pub pictures: bool,
    /// Check the books after every step.
    pub check: bool,
    /// None: no checkpoints are kept, and none is looked for but the one that the setup names.
    pub keeping: Option<&'a Keeping>,
    pub interrupted: &'a dyn Fn() -> bool,
}

/// Where a run begins that does not begin at its start.
pub struct Origin {
    /// The run that left it.
    pub run: RunId,
    pub state: State,
    pub recorded: Vec<u8>,
    /// The setup that made the state.
    pub then: Setup,
    pub path: PathBuf,
}

/// What came of a task.
pub struct Done {
    pub record: RunRecord,
    /// What somebody who waits should know.
    pub notes: Vec<String>,
}

/// Simulates to the end of the clock, to an endpoint that stops the run, or until `interrupted` says so; then a
/// checkpoint is left from which the same task goes on.
///
/// # Errors
/// A checkpoint that cannot be written.
pub fn simulate(task: &Task) -> Result<Done, StorageError> {
    let mut notes = Vec::new();
    let record = match begin(task, &mut notes) {
        Ok((mut simulation, mut recorder)) => {
            if task.check {
                simulation = simulation.checked();
            }
            let ended = go(task, &mut simulation, &mut recorder)?;
            recorder.finish(task.setup, &simulation.state, ended)
        }
        // `spec` refuses what cannot begin; should something slip through, this run fails and others go on.
        Err(what) => {
            let recorder = Recorder::new(task.setup, Streams { seed: task.seed }, task.pictures);
            recorder.finish(task.setup, &State::new(task.setup), Ended::Failed(Fault { step: 0, what }))
        }
    };
    Ok(Done { record, notes })
}

fn begin<'a>(task: &Task<'a>, notes: &mut Vec<String>) -> Result<(Simulation<'a>, Recorder), String> {
    if let Some(keeping) = task.keeping {
        match keeping.left_off().and_then(|o| o.map(|o| resume(task, o)).transpose()) {
            Ok(Some(resumed)) => return Ok(resumed),
            Ok(None) => {}
            Err(why) => notes.push(format!("{why}; the run begins anew")),
        }
    }
    if let Some(start) = &task.setup.start {
        return resume(task, checkpoint::read(&start.file).map_err(|e| e.to_string())?);
    }
    let streams = Streams { seed: task.seed };
    let simulation = Simulation::from_border(task.setup, streams, State::new(task.setup));
    Ok((simulation.map_err(|e| e.to_string())?, Recorder::new(task.setup, streams, task.pictures)))
}

fn resume<'a>(task: &Task<'a>, origin: Origin) -> Result<(Simulation<'a>, Recorder), String> {
    let streams = Streams { seed: task.seed };
    let told = |what: String| format!("{}: {what}", origin.path.display());
    let carry = Carry::new(&origin.then, task.setup).map_err(|all| told(all.join("; ")))?;
    let state = carry.state(&origin.state).map_err(|all| told(all.join("; ")))?;
    let recorder =
        Recorder::resume(task.setup, streams, task.pictures, &origin.recorded, &carry).map_err(told)?;
    let simulation = Simulation::from_border(task.setup, streams, state).map_err(|e| e.to_string())?;
    Ok((simulation, recorder))
}

fn go(task: &Task, simulation: &mut Simulation, recorder: &mut Recorder) -> Result<Ended, StorageError> {
    let Some(keeping) = task.keeping else {
        return Ok(simulation.run(recorder, &mut |_, _| (task.interrupted)()));
    };
    let setup = task.setup;
    let mut trouble = None;
    let mut written = Instant::now();
    let begun_at = simulation.state.time(setup);
    let mut next = keeping.kept.iter().filter(|(time, _)| *time > begun_at + 1e-6).peekable();
    let ended = simulation.run(recorder, &mut |state, recorder| {
        fault::border();
        let mut save = |path| match keeping.write(path, setup, state, recorder) {
            Ok(()) => true,
            Err(e) => {
                trouble = Some(e);
                false
            }
        };
        while let Some((_, path)) = next.next_if(|(time, _)| *time <= state.time(setup) + 1e-6) {
            if !save(path) {
                return true;
            }
        }
        if (task.interrupted)() {
            save(&keeping.resume);
            return true;
        }
        if keeping.wall.is_some_and(|wall| written.elapsed() >= wall) {
            written = Instant::now();
            return !save(&keeping.resume);
        }
        false
    });
    trouble.map_or(Ok(ended), Err)
}
