//! survival.csv: Kaplan-Meier curves of every endpoint that is a time, by arm.

use super::runs::Times;
use crate::record::format::Csv;
use crate::record::{Cell, StorageError, Table};
use crate::stats::KaplanMeier;
use crate::study::plan::Plan;
use std::path::Path;

pub fn write(dir: &Path, plan: &Plan, times: &Times) -> Result<(), StorageError> {
    let mut table = Table::new([
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
    ]);
    for ((endpoint, arm), observations) in times {
        let Ok(km) = KaplanMeier::fit(observations, 0.95) else { continue };
        for row in &km.rows {
            table.rows.push(vec![
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
            ]);
        }
    }
    table.write(&dir.join("survival.csv"), &Csv)
}
