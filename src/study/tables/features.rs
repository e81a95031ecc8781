//! features.csv: what the subject of each run drew, covariates included.

use super::runs::factor;
use crate::record::format::Csv;
use crate::record::{StorageError, Store, Table};
use crate::study::execute::Finished;
use crate::study::plan::Plan;
use crate::units;
use std::path::Path;

pub fn write(dir: &Path, plan: &Plan, finished: &Finished, store: &Store) -> Result<(), StorageError> {
    let columns = ["run", "arm", "subject", "replicate"].map(String::from);
    let drawn = plan.draws().map(|draw| units::column(draw.path(), draw.unit()));
    let mut table = Table::new(columns.into_iter().chain(drawn));
    for (i, (run, id)) in plan.runs.iter().zip(&finished.ids).enumerate() {
        if !id.as_ref().is_some_and(|id| store.contains(id)) {
            continue;
        }
        let arm = plan.arms[run.arm].id.as_str();
        let mut cells = vec![i.into(), arm.into(), run.subject.into(), run.replicate.into()];
        cells.extend(plan.drawn_by(run.subject).iter().map(|value| factor(value)));
        table.rows.push(cells);
    }
    table.write(&dir.join("features.csv"), &Csv)
}
