//! Runs taken up again: what a checkpoint holds, where it lies, and whether a scenario can go on from it.
//!
//! A run leaves two kinds. What it needs to be continued by the same command lies in `runs/`, under the run's identity,
//! replaced as time passes and removed when the run is done. What was asked for at simulated times stays in
//! `checkpoints/`, under a name that people can read, and any scenario that fits may start from it.

use super::DAY;
use super::plan::{Plan, PlannedRun};
use super::simulate::Origin;
use crate::engine::{State, acted, gone, misfits, too_late};
use crate::model::Setup;
use crate::observe::Recorder;
use crate::record::{CheckpointError, RunId, StorageError, Store, open_checkpoint, write_checkpoint};
use crate::spec::{self, Document, Problem, Severity};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Folder of the checkpoints that stay, in a folder of results.
pub const FOLDER: &str = "checkpoints";

/// Bytes that the record of a run may have beside its state, before compression.
const MOST_RECORDED: u64 = 1 << 30;

/// What a checkpoint is about.
#[derive(Serialize, Deserialize)]
pub struct About {
    /// The run that left it.
    run: RunId,
    /// Seed of its streams, and of the plan that it belonged to.
    seed: u64,
    plan_seed: u64,
    step: u32,
    state_hash: [u8; 32],
    /// What has acted so far: it must still be there.
    acted: BTreeSet<String>,
    /// Its arm, and its scenario as one document.
    arm: String,
    document: String,
    setup: Setup,
}

/// State and record at the border of a step.
#[derive(Serialize, Deserialize)]
struct Body {
    state: State,
    recorded: Vec<u8>,
}

/// The same to be written, without a copy.
#[derive(Serialize)]
struct Written<'a> {
    state: &'a State,
    recorded: &'a [u8],
}

/// Where a run keeps checkpoints, and when.
pub struct Keeping {
    id: RunId,
    seed: u64,
    plan_seed: u64,
    /// To go on from, and how often it is written.
    pub resume: PathBuf,
    pub wall: Option<Duration>,
    /// Times (min from day 0) and files of those that stay.
    pub kept: Vec<(f64, PathBuf)>,
    arm: String,
    scenario: Document,
    set: Vec<spec::Override>,
}

impl Keeping {
    /// `id`: the identity of the run; `dir`: the folder of results.
    pub fn new(plan: &Plan, run: &PlannedRun, setup: &Setup, seed: u64, id: RunId, dir: &Path) -> Keeping {
        let (clock, asked) = (&setup.clock, setup.recording.checkpoints);
        let mut kept = Vec::new();
        if let Some(every) = asked.every {
            // Before day 0 only compartments run. A run from a checkpoint has the earlier ones beside that.
            let from = setup.start.as_ref().map_or(clock.start, |s| s.time).max(0.0);
            let first = (from / every + 1e-9).floor() as i64 + 1;
            let times = (first..).map(|n| n as f64 * every);
            for time in times.take_while(|t| *t <= clock.end + 1e-6) {
                kept.push((time, dir.join(FOLDER).join(name(plan, run, time))));
            }
        }
        let (scenario, set) = plan.written(run);
        Keeping {
            id,
            seed,
            plan_seed: plan.seed,
            resume: Store::checkpoint(dir, &id),
            wall: asked.wall.map(|min| Duration::from_secs_f64(60.0 * min)),
            kept,
            arm: plan.arms[run.arm].id.clone(),
            scenario,
            set,
        }
    }

    /// Writes a checkpoint of this run.
    ///
    /// # Errors
    /// The disk.
    pub fn write(
        &self,
        path: &Path,
        setup: &Setup,
        state: &State,
        recorder: &mut Recorder,
    ) -> Result<(), StorageError> {
        let too_large = || StorageError::new("write", path, std::io::ErrorKind::FileTooLarge.into());
        let recorded = recorder.remembered().ok_or_else(too_large)?;
        let about = About {
            run: self.id,
            seed: self.seed,
            plan_seed: self.plan_seed,
            step: state.step,
            state_hash: state.hash(),
            acted: acted(setup, state),
            arm: self.arm.clone(),
            document: spec::resolved_with(&self.scenario, &self.set),
            setup: setup.clone(),
        };
        write_checkpoint(path, &about, &Written { state, recorded: &recorded })
    }

    /// Where an earlier command left the run; none where it left nothing.
    ///
    /// # Errors
    /// Why what it left is not believed.
    pub fn left_off(&self) -> Result<Option<Origin>, String> {
        if !self.resume.exists() {
            return Ok(None);
        }
        let origin = read(&self.resume).map_err(|e| e.to_string())?;
        if origin.run != self.id {
            return Err(format!("{} is of another run", self.resume.display()));
        }
        Ok(Some(origin))
    }

    /// Whether every checkpoint that stays and that a run of this length has passed is there, and of this run.
    pub fn is_complete(&self, end_day: f64) -> bool {
        let passed = self.kept.iter().filter(|(time, _)| *time < end_day * DAY - 1e-6);
        passed
            .into_iter()
            .all(|(_, path)| open_checkpoint::<About>(path).is_ok_and(|c| c.about.run == self.id))
    }
}

/// `car_subject_2_day_7.ckpt`: the arm, and whatever else tells the runs of the plan apart.
fn name(plan: &Plan, run: &PlannedRun, time: f64) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
    let mut out: String = plan.arms[run.arm].id.chars().map(plain).collect();
    let size = plan.size();
    for (what, number, many) in [
        ("point", run.point + 1, plan.points.len() > 1),
        ("subject", run.subject as usize, size.subjects > 1),
        ("replicate", run.replicate as usize, size.replicates > 1),
    ] {
        if many {
            out += &format!("_{what}_{number}");
        }
    }
    format!("{out}_day_{}.ckpt", (time / DAY * 1e4).round() / 1e4)
}

/// What a checkpoint holds.
///
/// # Errors
/// Why it is not believed.
pub fn read(path: &Path) -> Result<Origin, CheckpointError> {
    let checkpoint = open_checkpoint::<About>(path)?;
    let damaged = |what: String| CheckpointError::Damaged { path: path.to_path_buf(), what };
    let most = largest(&checkpoint.about.setup).saturating_add(MOST_RECORDED);
    let (about, Body { state, recorded }) = checkpoint.body(most)?;
    state.fits(&about.setup).map_err(damaged)?;
    if state.hash() != about.state_hash || state.step != about.step {
        return Err(damaged("its state is not the one it names".to_string()));
    }
    Ok(Origin { run: about.run, state, recorded, then: about.setup, path: path.to_path_buf() })
}

/// Most bytes that the state of a setup can have when it is written: every site of every layer held.
fn largest(setup: &Setup) -> u64 {
    let sites = setup.domain.as_ref().map_or(0.0, |d| d.lattice.sites() as f64);
    let traits: usize = setup.cell_types.iter().map(|t| t.traits.len()).sum();
    let cell = 40.0 + 5.0 * traits as f64;
    let amounts = 1e6;
    (sites * (setup.layers.len() as f64 * cell + 5.0 * setup.substrates.len() as f64) + amounts) as u64
}

/// Why a run cannot go on from a checkpoint.
fn unfit(about: &About, setup: &Setup) -> Vec<String> {
    let mut out = misfits(&about.setup, setup);
    out.extend(gone(&about.acted, setup));
    out.extend(too_late(&about.setup, setup, about.setup.clock.time(about.step)));
    if out.is_empty() && about.step > setup.clock.steps() {
        let day = about.setup.clock.time(about.step) / DAY;
        out.push(format!("the clock ends before the checkpoint, which is of day {day}"));
    }
    out
}

/// Completes what a scenario says of the checkpoint it starts from, and returns the seed that its run keeps where the
/// plan has the seed of the checkpoint's.
///
/// # Errors
/// A file that is no checkpoint, or one that the scenario does not fit.
pub fn look(setup: &mut Setup) -> Result<Option<(u64, u64)>, Vec<Problem>> {
    let Some(file) = setup.start.as_ref().map(|s| s.file.clone()) else { return Ok(None) };
    let wrong = |message: String| Problem::general(Severity::Error, "clock.from", message);
    let checkpoint = open_checkpoint::<About>(&file).map_err(|e| vec![wrong(e.to_string())])?;
    let found = unfit(&checkpoint.about, setup);
    if !found.is_empty() {
        return Err(found.into_iter().map(|what| wrong(format!("{}: {what}", file.display()))).collect());
    }
    if let Some(start) = &mut setup.start {
        start.id = checkpoint.id;
        start.time = setup.clock.time(checkpoint.about.step);
    }
    Ok(Some((checkpoint.about.plan_seed, checkpoint.about.seed)))
}

/// Arm and scenario of the run that left a checkpoint.
///
/// # Errors
/// A file that is no checkpoint.
pub fn scenario_of(path: &Path) -> Result<(String, String), CheckpointError> {
    let about = open_checkpoint::<About>(path)?.about;
    Ok((about.arm, about.document))
}

#[cfg(test)]
mod tests;
