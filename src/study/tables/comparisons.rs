//! comparisons.csv.

use crate::record::format::Csv;
use crate::record::{StorageError, Table};
use crate::study::comparison::Row;
use std::path::Path;

pub fn write(dir: &Path, rows: &[Row]) -> Result<(), StorageError> {
    let mut table = Table::new([
        "comparison",
        "endpoint",
        "arm",
        "reference",
        "estimate",
        "lower",
        "upper",
        "p",
        "method",
        "n",
        "expect_low",
        "expect_high",
        "role",
        "holds",
        "kind",
        "day",
        "arms",
    ]);
    for row in rows {
        let e = &row.estimate;
        table.rows.push(vec![
            row.comparison.as_str().into(),
            row.of.as_str().into(),
            row.arm.as_str().into(),
            row.reference.as_str().into(),
            e.value.into(),
            e.lower.into(),
            e.upper.into(),
            e.p.into(),
            e.method.as_str().into(),
            e.n.into(),
            row.low.into(),
            row.high.into(),
            row.role.as_str().into(),
            row.holds.into(),
            row.kind.as_str().into(),
            row.day.into(),
            row.arms.join(" ").into(),
        ]);
    }
    table.write(&dir.join("comparisons.csv"), &Csv)
}
