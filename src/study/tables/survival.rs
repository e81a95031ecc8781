//! survival.csv: Kaplan-Meier curves of every endpoint that is a time, by arm; in a sweep by point and arm.

use super::runs::{Times, factor};
use crate::record::format::Csv;
use crate::record::{Cell, StorageError, Table};
use crate::stats::KaplanMeier;
use crate::study::plan::Plan;
use std::path::Path;

pub fn write(dir: &Path, plan: &Plan, times: &Times) -> Result<(), StorageError> {
    let columns = [
        "endpoint",
        "arm",
        "time_day",
        "at_risk",
        "events",
        "censored",
        "survival",
        "std_error",
        "lower",
        "upper",
    ];
    let mut table = Table::new(columns.into_iter().map(String::from).chain(plan.factors.iter().cloned()));
    for ((endpoint, point, arm), observations) in times {
        if !plan.kept.endpoint(endpoint) {
            continue;
        }
        let Ok(km) = KaplanMeier::fit(observations, 0.95) else { continue };
        for row in &km.rows {
            let mut cells = vec![
                endpoint.as_str().into(),
                plan.arms[*arm].id.as_str().into(),
                row.time.into(),
                row.at_risk.into(),
                row.events.into(),
                row.censored.into(),
                row.survival.into(),
                Cell::from(row.std_error),
                row.lower.into(),
                row.upper.into(),
            ];
            cells.extend(plan.points[*point].values.iter().map(|v| factor(v)));
            table.rows.push(cells);
        }
    }
    table.write(&dir.join("survival.csv"), &Csv)
}
