//! After the runs: comparisons are made and all tables written.

use super::burden::burden;
use super::comparison::{Column, Row, Study, compare};
use super::execute::Finished;
use super::plan::Plan;
use super::protocol::Protocols;
use super::results::Results;
use super::tables;
use crate::record::{StorageError, Store};
use std::path::Path;

/// What a plan has shown.
pub struct Conclusion {
    pub results: Results,
    pub comparisons: Vec<Row>,
    /// Names of the tables written, relative to the folder.
    pub files: Vec<String>,
    /// Times to each endpoint, by endpoint, point and arm.
    pub times: tables::Times,
    /// The closing table's burden.
    pub burden: Option<Burden>,
}

/// An observable on a day.
#[derive(Clone, Debug, PartialEq)]
pub struct Burden {
    pub observable: String,
    pub column: String,
    pub day: f64,
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
    let protocols = &finished.protocols;
    let observables = if plan.kind == "sweep" { Vec::new() } else { needed(plan, protocols) };
    let results = Results::read(plan, &finished.ids, protocols, store, &observables)?;
    let column = |id: &str| {
        let mut found =
            protocols.list.iter().filter_map(|p| p.observable(id).map(|o| &p.observables[o.index()]));
        found.next().map(|o| Column { name: o.column(), limit: o.limit })
    };
    let drawn = |subject: u32, path: &str| plan.drawn(subject, path);
    let study =
        Study { results: &results, design: plan.design, seed: plan.seed, drawn: &drawn, column: &column };
    // A sweep's points are told apart by its tables; comparisons over all of them would mix them.
    let comparisons = if plan.kind == "sweep" { Vec::new() } else { compare(&plan.comparisons, &study) };
    let (files, times) = tables::write(dir, plan, finished, store, &comparisons)?;
    let shown = observables.first().and_then(|id| {
        let arms: Vec<_> = results.arms.iter().filter(|a| !a.subjects.is_empty()).collect();
        let day = results.last_common_day(&arms)?;
        Some(Burden { observable: id.clone(), column: column(id)?.name, day })
    });
    Ok(Conclusion { results, comparisons, files, times, burden: shown })
}

/// Observables that comparisons and the closing table read: the burden, then those of comparisons.
fn needed(plan: &Plan, protocols: &Protocols) -> Vec<String> {
    let first = burden(protocols, &plan.kept).map(|o| o.id.clone());
    let of_comparisons = plan.comparisons.iter().filter_map(|c| c.observable.clone());
    let mut out: Vec<String> = Vec::new();
    for id in first.into_iter().chain(of_comparisons) {
        if !out.contains(&id) {
            out.push(id);
        }
    }
    out
}
