//! Writes every table of a folder from the store, whole and in canonical order.
//!
//! Runs may follow different protocols: headers are the union over all of them, cells are found by name, and what a run
//! does not have is an empty cell.

mod captions;
mod comparisons;
mod endpoints;
mod features;
mod runs;
mod snapshots;
mod survival;

pub use runs::Times;

use super::comparison::Row;
use super::execute::Finished;
use super::plan::Plan;
use crate::record::{StorageError, Store, write_atomic};
use std::path::Path;

/// Writes all tables; the result lists their names relative to the folder, and the times that runs.csv holds.
///
/// # Errors
/// Storage trouble; earlier tables stay as they were.
pub fn write(
    dir: &Path,
    plan: &Plan,
    finished: &Finished,
    store: &Store,
    comparisons: &[Row],
) -> Result<(Vec<String>, Times), StorageError> {
    let mut files: Vec<String> = ["runs.csv", "series.csv", "events.csv"].map(String::from).to_vec();
    let times = runs::write(dir, plan, finished, store, &mut files)?;
    if !times.is_empty() {
        survival::write(dir, plan, &times)?;
        files.push("survival.csv".to_string());
    }
    if plan.draws().next().is_some() {
        features::write(dir, plan, finished, store)?;
        files.push("features.csv".to_string());
    }
    if !comparisons.is_empty() {
        comparisons::write(dir, comparisons)?;
        files.push("comparisons.csv".to_string());
    }
    let captions = captions::captions(plan, &finished.protocols, comparisons);
    let bytes = serde_json::to_vec_pretty(&captions).unwrap_or_default();
    write_atomic(&dir.join("figures.json"), &bytes)?;
    files.push("figures.json".to_string());
    Ok((files, times))
}
