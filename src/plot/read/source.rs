//! An output folder as the figures see it.

use super::{Captions, Table, captions::words};
use crate::plot::PlotError;
use crate::plot::paper::LineLook;
use std::path::{Path, PathBuf};

/// An arm with the look it keeps in all figures.
#[derive(Debug, Clone, PartialEq)]
pub struct Arm {
    pub id: String,
    pub label: String,
    pub look: LineLook,
}

/// The tables that are there.
#[derive(Debug, Clone, Default)]
pub struct Source {
    pub dir: PathBuf,
    pub runs: Option<Table>,
    pub series: Option<Table>,
    pub events: Option<Table>,
    pub survival: Option<Table>,
    pub comparisons: Option<Table>,
    pub snapshots: Option<Table>,
    pub cell_types: Option<Table>,
    pub captions: Captions,
    pub arms: Vec<Arm>,
}

impl Source {
    /// Read all tables of a folder.
    ///
    /// # Errors
    /// A table that is there and cannot be read; a folder that is not there.
    pub fn open(dir: &Path) -> Result<Self, PlotError> {
        std::fs::read_dir(dir).map_err(|source| PlotError::Read { path: dir.to_owned(), source })?;
        let mut source = Self {
            dir: dir.to_owned(),
            runs: Table::read(&dir.join("runs.csv"))?,
            series: Table::read(&dir.join("series.csv"))?,
            events: Table::read(&dir.join("events.csv"))?,
            survival: Table::read(&dir.join("survival.csv"))?,
            comparisons: Table::read(&dir.join("comparisons.csv"))?,
            snapshots: Table::read(&dir.join("snapshots/index.csv"))?,
            cell_types: Table::read(&dir.join("snapshots/cell_types.csv"))?,
            captions: Captions::read(&dir.join("figures.json"))?,
            arms: Vec::new(),
        };
        source.arms = source.find_arms();
        Ok(source)
    }

    /// Arms in the order of figures.json, then in the order of appearance.
    fn find_arms(&self) -> Vec<Arm> {
        let mut found: Vec<(String, String)> =
            self.captions.arms.iter().map(|a| (a.id.clone(), a.label.clone())).collect();
        for table in [&self.runs, &self.survival, &self.series].into_iter().flatten() {
            if let Some(column) = table.column("arm") {
                for id in table.distinct(column) {
                    if !found.iter().any(|(known, _)| *known == id) {
                        found.push((id, String::new()));
                    }
                }
            }
        }
        let arm = |(index, (id, label)): (usize, (String, String))| Arm {
            label: if label.is_empty() { words(&id) } else { label },
            id,
            look: LineLook::nth(index),
        };
        found.into_iter().enumerate().map(arm).collect()
    }

    /// Place of an arm in [`Source::arms`].
    pub fn arm_index(&self, id: &str) -> Option<usize> {
        self.arms.iter().position(|arm| arm.id == id)
    }

    /// Label of an arm; its id in words where it is unknown.
    pub fn arm_label(&self, id: &str) -> String {
        self.arm_index(id).map_or_else(|| words(id), |i| self.arms[i].label.clone())
    }

    /// Column of the tumor burden that the end of a subject is measured by: the observable of the survival endpoint,
    /// else the first observable.
    pub fn burden_column(&self) -> Option<String> {
        let series = self.series.as_ref()?;
        let named = self.captions.endpoint.get("survival").map(|e| e.observable.clone());
        named.filter(|c| series.column(c).is_some()).or_else(|| self.observables().first().cloned())
    }

    /// Columns of series.csv after the keys of a row.
    pub fn observables(&self) -> Vec<String> {
        const KEYS: [&str; 5] = ["run", "arm", "subject", "replicate", "time_day"];
        let headers = self.series.iter().flat_map(|s| s.headers.iter());
        headers.filter(|h| !KEYS.contains(&h.as_str())).cloned().collect()
    }

    /// Those of `wanted` that series.csv has.
    pub fn present(&self, wanted: &[String]) -> Vec<String> {
        let has = |c: &&String| self.series.as_ref().is_some_and(|s| s.column(c).is_some());
        wanted.iter().filter(has).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_folder_has_no_tables_and_a_missing_one_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let source = Source::open(dir.path()).unwrap();
        assert!(source.runs.is_none() && source.arms.is_empty() && source.burden_column().is_none());
        assert!(Source::open(&dir.path().join("nowhere")).is_err());
    }

    #[test]
    fn arms_follow_the_captions_then_the_tables() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("runs.csv"), "run,arm\n0,car\n1,untreated\n2,late_arm\n").unwrap();
        std::fs::write(dir.path().join("figures.json"), r#"{"arms":[{"id":"untreated","label":"Control"}]}"#)
            .unwrap();
        let source = Source::open(dir.path()).unwrap();
        let labels: Vec<&str> = source.arms.iter().map(|a| a.label.as_str()).collect();
        assert_eq!(labels, ["Control", "Car", "Late arm"]);
    }
}
