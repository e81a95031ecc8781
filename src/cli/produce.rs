//! From a plan to a folder of results: what run, compare and sweep have in common.
//!
//! The order matters: everything that can be wrong with the input is found before the folder is touched.

use super::options::Common;
use super::outcome::Failure;
use super::progress::Bar;
use super::summary;
use crate::model::Setup;
use crate::record::{
    ClaimState, FolderIdentity, Manifest, ManifestOutcome, RESULTS_EPOCH, Store, claim, hash_bytes, hex,
    inspect, run_identity, write_atomic,
};
use crate::study::{Plan, Trouble, conclude, estimate, execute};
use signal_hook::consts::{SIGINT, SIGTERM};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// What was run, written out in full.
const RESOLVED: &str = "resolved.toml";

/// Does what a plan says, in `dir`.
pub fn produce(plan: &Plan, dir: &Path, common: &Common) -> Result<(), Failure> {
    let begin = Instant::now();
    let identity = identity(plan, common)?;
    let expected = estimate(plan, common.threads).map_err(Failure::Input)?;
    if common.dry_run {
        eprint!("{}", summary::estimate(&expected, dir));
        return Ok(());
    }
    expected.fits().map_err(Failure::Usage)?;
    if !common.force {
        inspect(dir, &identity)?;
    }
    let claimed = claim(dir, &identity, common.force)?;
    if !common.quiet {
        let state = match claimed.state {
            ClaimState::Fresh => "",
            ClaimState::Continue => ", going on where it stopped",
            ClaimState::Finished => ", done before: only tables and figures are drawn again",
        };
        eprintln!("{} runs into {}{state}", plan.runs.len(), dir.display());
    }
    let mut manifest =
        Manifest::begin(identity, std::env::args().collect(), common.threads, seconds_since_1970());
    manifest.files = claimed.previous.map(|m| m.files).unwrap_or_default();
    manifest.files.push(RESOLVED.to_string());
    manifest.write(dir)?;
    write_atomic(&dir.join(RESOLVED), plan.resolved().as_bytes())?;

    let (stop, signal) = listen()?;
    let mut bar = Bar::new(common.quiet);
    let mut store = Store::open(dir)?;
    let done = execute(plan, &mut store, common.threads, &stop, &mut bar);
    bar.finish();
    let finished = done.map_err(|trouble| match trouble {
        Trouble::Input(problems) => Failure::Input(problems),
        Trouble::Storage(e) => Failure::Storage(e),
    })?;

    let conclusion = conclude(dir, plan, &finished, &store)?;
    manifest.files.extend(conclusion.files.iter().cloned());
    if !common.no_figures {
        let figures = crate::plot::draw_all(dir).map_err(Failure::Figures)?;
        manifest.files.extend(
            figures.iter().filter_map(|f| Some(f.strip_prefix(dir).ok()?.to_string_lossy().into_owned())),
        );
    }
    manifest.files.sort();
    manifest.files.dedup();
    let signal = signal.load(Ordering::Relaxed);
    manifest.outcome = match (finished.missing, finished.failed.is_empty()) {
        (0, true) => ManifestOutcome::Finished,
        (0, false) => ManifestOutcome::Failed,
        _ => ManifestOutcome::Interrupted,
    };
    manifest.runs_ok = plan.runs.len() - finished.missing - finished.failed.len();
    manifest.runs_failed = finished.failed.len();
    manifest.end_unix_s = Some(seconds_since_1970());
    manifest.write(dir)?;

    if !common.quiet {
        eprint!("{}", summary::conclusion(plan, &conclusion, &finished, dir));
    }
    if common.json {
        println!("{}", summary::json(plan, dir, &finished, &conclusion, begin.elapsed().as_secs_f64()));
    }
    if finished.missing > 0 && signal > 0 {
        return Err(Failure::Interrupted(signal as i32));
    }
    if !finished.failed.is_empty() {
        return Err(Failure::Failed(format!("{} runs failed; they are listed above", finished.failed.len())));
    }
    Ok(())
}

/// Whose the folder is: the setups of all arms and points (for the first subject, whatever the end of the clock), the
/// overrides, the seed and the epoch.
fn identity(plan: &Plan, common: &Common) -> Result<FolderIdentity, Failure> {
    let mut text = String::new();
    let mut until = 0.0f64;
    for run in plan.runs.iter().filter(|r| r.subject == 1 && r.replicate == 1) {
        let mut setup: Setup = plan.compile(run).map_err(Failure::Input)?;
        if setup.clock.end > until {
            until = setup.clock.end;
        }
        setup.clock.end = 0.0;
        text += &hex(&run_identity(&setup, 0));
    }
    let count = |of: &dyn Fn(&crate::study::PlannedRun) -> u32| plan.runs.iter().map(of).max().unwrap_or(0);
    let arms: Vec<&str> = plan.arms.iter().map(|a| a.id.as_str()).collect();
    Ok(FolderIdentity {
        kind: plan.kind.to_string(),
        document: hash_bytes(text.as_bytes()),
        overrides: common.set.clone(),
        seed: plan.seed,
        epoch: RESULTS_EPOCH,
        parts: [("arms".to_string(), arms.join(" ")), ("factors".to_string(), plan.factors.join(" "))].into(),
        extent: [
            ("subjects".to_string(), count(&|r| r.subject).to_string()),
            ("replicates".to_string(), count(&|r| r.replicate).to_string()),
            ("until".to_string(), until.to_string()),
        ]
        .into(),
    })
}

/// A flag that SIGINT and SIGTERM set, and which signal it was.
fn listen() -> Result<(Arc<AtomicBool>, Arc<AtomicUsize>), Failure> {
    let (stop, which) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&stop))
            .and_then(|_| signal_hook::flag::register_usize(signal, Arc::clone(&which), signal as usize))
            .map_err(|e| Failure::Failed(format!("signals cannot be heard: {e}")))?;
    }
    Ok((stop, which))
}

fn seconds_since_1970() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs())
}
