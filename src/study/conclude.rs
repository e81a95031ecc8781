//! After the runs: comparisons are made and all tables written.

use super::comparison::{Row, compare};
use super::execute::Finished;
use super::plan::Plan;
use super::results::Results;
use super::tables;
use crate::model::Setup;
use crate::record::{StorageError, Store};
use std::path::Path;

/// What a plan has shown.
pub struct Conclusion {
    pub results: Results,
    pub comparisons: Vec<Row>,
    /// Names of the tables written, relative to the folder.
    pub files: Vec<String>,
    /// Column and day of the burden in the closing table.
    pub burden: Option<(String, f64)>,
}

/// Reads the finished runs, makes the comparisons and writes every table.
///
/// # Errors
/// Storage trouble.
pub fn conclude(
    dir: &Path,
    plan: &Plan,
    finished: &Finished,
    store: &Store,
) -> Result<Conclusion, StorageError> {
    let Some(setup) = &finished.setup else {
        let results = Results { runs: Vec::new(), arms: Vec::new() };
        return Ok(Conclusion { results, comparisons: Vec::new(), files: Vec::new(), burden: None });
    };
    let columns = needed(plan, setup);
    let results = Results::read(plan, &finished.ids, store, &columns)?;
    let column = |id: &str| {
        let observable = setup.observables.iter().find(|o| o.id == id)?;
        Some((observable.column(), observable.limit))
    };
    // A sweep's points are told apart by its tables; comparisons over all of them would mix them.
    let comparisons = if plan.kind == "sweep" {
        Vec::new()
    } else {
        compare(&plan.comparisons, &results, plan.design, plan.seed, &column)
    };
    let files = tables::write(dir, plan, setup, &finished.ids, store, &comparisons)?;
    let burden = columns.first().and_then(|column| {
        let arms: Vec<_> = results.arms.iter().filter(|a| !a.subjects.is_empty()).collect();
        Some((column.clone(), results.last_common_day(&arms)?))
    });
    Ok(Conclusion { results, comparisons, files, burden })
}

/// Columns that comparisons and the closing table read: the first recorded observable, then those of comparisons.
fn needed(plan: &Plan, setup: &Setup) -> Vec<String> {
    let first = setup.recording.observables.first().map(|o| setup.observables[o.index()].column());
    let of_comparisons = plan.comparisons.iter().filter_map(|c| {
        let observable = setup.observables.iter().find(|o| Some(&o.id) == c.observable.as_ref())?;
        Some(observable.column())
    });
    let mut out: Vec<String> = Vec::new();
    for column in first.into_iter().chain(of_comparisons) {
        if !out.contains(&column) {
            out.push(column);
        }
    }
    out
}
