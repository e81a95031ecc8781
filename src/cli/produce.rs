//! From a plan to a folder of results: what run, compare and sweep have in common.
//!
//! The order matters: everything that can be wrong with the input is found before the folder is touched. For that the
//! documents of every subject are compiled; replicates of a subject are one document.

use super::options::Common;
use super::outcome::Failure;
use super::progress::Bar;
use super::{difference, summary, words};
use crate::model::Setup;
use crate::par;
use crate::record::{
    Claim, ClaimState, Difference, FolderIdentity, Manifest, ManifestOutcome, RESULTS_EPOCH, Refusal, Store,
    claim, hash_bytes, hex, inspect, remove_stale, run_identity, write_atomic,
};
use crate::study::{Plan, Trouble, conclude, estimate, execute};
use signal_hook::consts::{SIGINT, SIGTERM};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Minutes per day.
const MINUTES: f64 = 1440.0;

/// Does what a plan says, in `dir`.
pub fn produce(mut plan: Plan, dir: &Path, common: &Common) -> Result<(), Failure> {
    plan.check = common.check;
    let plan = &plan;
    let begin = Instant::now();
    let threads = if common.threads == 0 { par::processors() } else { usize::from(common.threads) };
    let documents = plan.resolved();
    let identity = identity(plan, &common.set, &documents)?;
    let expected = estimate(plan, threads, !common.no_figures).map_err(Failure::Input)?;
    let standing = inspect(dir, &identity).map_err(|refusal| explained(refusal, &documents));
    if common.dry_run {
        eprint!("{}", summary::estimate(&expected, dir));
        return told(standing, common.force);
    }
    expected.fits(common.max_memory).map_err(Failure::Usage)?;
    if !common.force {
        standing?;
    }
    let claimed = claim(dir, &identity, common.force)?;
    let mut manifest = Manifest::begin(identity, std::env::args().collect(), threads, seconds_since_1970());
    let before = claimed.previous.map(|m| m.files).unwrap_or_default();
    let made: Vec<String> = documents.iter().map(|(name, _)| name.clone()).collect();
    manifest.files = listed(&[&before, &made]);
    manifest.write(dir)?;
    for (name, text) in &documents {
        write_atomic(&dir.join(name), text.as_bytes())?;
    }

    let (stop, signal) = listen()?;
    let mut bar = Bar::new(common.quiet, format!("into {}", dir.display()));
    let mut store = Store::open(dir)?;
    if let Some(what) = summary::lost(store.report()).filter(|_| !common.quiet) {
        eprintln!("{what}");
    }
    let done = execute(plan, &mut store, threads, &stop, &mut bar);
    bar.finish();
    let finished = done.map_err(|trouble| match trouble {
        Trouble::Input(problems) => Failure::Input(problems),
        Trouble::Storage(e) => Failure::Storage(e),
    })?;

    let conclusion = conclude(dir, plan, &finished, &store)?;
    // Should drawing fail, what it may have drawn is listed all the same.
    manifest.files = listed(&[&before, &made, &finished.checkpoints, &conclusion.files]);
    manifest.write(dir)?;
    // Without new figures the old ones go: they would show other tables than those beside them.
    let mut figures: Vec<String> = Vec::new();
    let told = if common.no_figures {
        let old = before.iter().any(|f| f.starts_with("figures/"));
        old.then(|| {
            format!("figures of the tables before are removed; tme plot {} draws new ones", dir.display())
        })
    } else {
        let drawn = crate::plot::draw_all(dir).map_err(Failure::Figures)?;
        let name = |f: &PathBuf| Some(f.strip_prefix(dir).ok()?.to_string_lossy().into_owned());
        figures.extend(drawn.files.iter().filter_map(name));
        drawn.left_out
    };
    manifest.files = listed(&[&made, &finished.checkpoints, &conclusion.files, &figures]);
    remove_stale(dir, &before, &manifest.files)?;
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
    if finished.missing == 0 {
        store.tidy();
    }

    if !common.quiet {
        let what = if common.no_figures { "Tables" } else { "Tables and figures" };
        eprint!("{}", summary::conclusion(plan, &conclusion, &format!("{what} are in {}", dir.display())));
        told.iter().for_each(|what| eprintln!("{what}"));
    }
    eprint!("{}", summary::failures(plan, &finished));
    if common.json {
        println!("{}", summary::json(plan, dir, &finished, &conclusion, begin.elapsed().as_secs_f64()));
    }
    if finished.missing > 0 && signal > 0 {
        return Err(Failure::Interrupted(signal as i32));
    }
    if !finished.failed.is_empty() {
        let failed = words::counted(finished.failed.len(), "run");
        return Err(Failure::Failed(format!("{failed} failed; see above. All others are done")));
    }
    Ok(())
}

/// Names of files, sorted, each once.
fn listed(lists: &[&[String]]) -> Vec<String> {
    let mut out: Vec<String> = lists.iter().flat_map(|l| l.iter().cloned()).collect();
    out.sort();
    out.dedup();
    out
}

/// A refusal over the documents names the first value that differs.
fn explained(refusal: Refusal, documents: &[(String, String)]) -> Refusal {
    match refusal {
        Refusal::Other { dir, difference: Difference::Document } => {
            let difference = difference::first(&dir, documents).unwrap_or(Difference::Document);
            Refusal::Other { dir, difference }
        }
        other => other,
    }
}

/// What a dry run says of the folder: the refusal that the command would end with, or what it would replace.
fn told(standing: Result<Claim, Refusal>, force: bool) -> Result<(), Failure> {
    match standing {
        Ok(Claim { state: ClaimState::Fresh, .. }) => {}
        Ok(Claim { state: ClaimState::Continue, .. }) => {
            eprintln!("folder  holds this study already, in part: finished runs are not done again");
        }
        Ok(Claim { state: ClaimState::Finished, .. }) => {
            eprintln!("folder  holds this study already: only tables and figures would be drawn again");
        }
        Err(Refusal::Other { difference, .. }) if force => {
            eprintln!("folder  holds other results, which --force would replace: {difference}");
        }
        Err(Refusal::Larger { what, .. }) if force => {
            eprintln!("folder  holds a larger study, which --force would replace: {what}");
        }
        Err(Refusal::Lost { .. }) if force => {
            eprintln!("folder  holds runs of tme without a manifest; --force would write one and keep them");
        }
        Err(refusal) => return Err(refusal.into()),
    }
    Ok(())
}

/// Whose the folder is: the setups of all arms and points (for the first subject, whatever the end of the clock), what
/// differs between subjects, the seed and the epoch.
pub(super) fn identity(
    plan: &Plan,
    set: &[String],
    documents: &[(String, String)],
) -> Result<FolderIdentity, Failure> {
    let mut text = String::new();
    let mut until = 0.0f64;
    for run in plan.runs.iter().filter(|r| r.replicate == 1) {
        let mut setup: Setup = plan.prepare(run).map_err(Failure::Input)?.0;
        if run.subject > 1 {
            continue;
        }
        if setup.clock.end > until {
            until = setup.clock.end;
        }
        setup.clock.end = 0.0;
        text += &hex(&run_identity(&setup, 0));
    }
    // Two distributions may agree in what the first subject draws.
    let lines = documents.iter().flat_map(|(_, text)| text.lines());
    lines.filter(|l| l.starts_with("draw = ")).for_each(|l| text += l);
    let arms: Vec<&str> = plan.arms.iter().map(|a| a.id.as_str()).collect();
    let size = plan.size();
    Ok(FolderIdentity {
        kind: plan.kind.to_string(),
        document: hash_bytes(text.as_bytes()),
        overrides: set.to_vec(),
        seed: plan.seed,
        epoch: RESULTS_EPOCH,
        parts: [("arms".to_string(), arms.join(" ")), ("factors".to_string(), plan.factors.join(" "))].into(),
        extent: [
            ("subjects".to_string(), size.subjects.to_string()),
            ("replicates".to_string(), size.replicates.to_string()),
            ("until_day".to_string(), (until / MINUTES).to_string()),
        ]
        .into(),
    })
}

/// A flag that SIGINT and SIGTERM set, and which signal it was.
pub(super) fn listen() -> Result<(Arc<AtomicBool>, Arc<AtomicUsize>), Failure> {
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
