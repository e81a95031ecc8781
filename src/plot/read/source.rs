//! An output folder as the figures see it.

use super::factors::{Factor, brief, factors};
use super::{Captions, Table, captions::words};
use crate::plot::PlotError;
use crate::plot::paper::LineLook;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// An arm with the look it keeps in all figures.
#[derive(Debug, Clone, PartialEq)]
pub struct Arm {
    pub id: String,
    pub label: String,
    pub look: LineLook,
}

/// The tables that are there, without the runs that failed: those have no result.
#[derive(Debug, Default)]
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
    /// What has a curve of its own: the arms; in a sweep every arm at every point of the design.
    pub groups: Vec<Arm>,
    /// By run, its group.
    members: BTreeMap<String, usize>,
    /// By arm and the texts of its factors, the group.
    points: BTreeMap<Vec<String>, usize>,
    /// Whether some subject has several runs in one group.
    replicated: bool,
    /// What is wrong with tables that are there and cannot be read; they count as absent.
    pub damaged: Vec<PlotError>,
}

impl Source {
    /// Read all tables of a folder. One that is damaged is left out and told in `damaged`, so that it costs only the figures
    /// that are made of it.
    ///
    /// # Errors
    /// A folder that is not there, or whose `runs.csv` or `figures.json` cannot be read: they say whose the rows of all
    /// other tables are, which runs failed and how the others ended, so that without them a figure would be a wrong one.
    pub fn open(dir: &Path) -> Result<Self, PlotError> {
        std::fs::read_dir(dir).map_err(|source| PlotError::Read { path: dir.to_owned(), source })?;
        let mut damaged = Vec::new();
        let mut read = |name: &str| {
            Table::read(&dir.join(name)).unwrap_or_else(|error| {
                damaged.push(error);
                None
            })
        };
        let mut source = Self {
            dir: dir.to_owned(),
            runs: Table::read(&dir.join("runs.csv"))?,
            captions: Captions::read(&dir.join("figures.json"))?,
            series: read("series.csv"),
            events: read("events.csv"),
            survival: read("survival.csv"),
            comparisons: read("comparisons.csv"),
            snapshots: read("snapshots/index.csv"),
            ..Self::default()
        };
        let names = dir.join("snapshots/cell_types.csv");
        source.cell_types = read("snapshots/cell_types.csv");
        // Pictures whose numbers have lost their names are not shown.
        if source.cell_types.is_none() && names.is_file() {
            source.snapshots = None;
        }
        source.damaged = damaged;
        source.leave_out_failed();
        source.arms = source.find_arms();
        source.find_groups();
        source.replicated = source.has_replicates();
        Ok(source)
    }

    fn leave_out_failed(&mut self) {
        let Some(runs) = &mut self.runs else { return };
        let failed: BTreeSet<String> = (0..runs.len())
            .filter(|&r| runs.named(r, "outcome") == "failed")
            .map(|r| runs.named(r, "run").to_owned())
            .collect();
        for table in [&mut self.runs, &mut self.series, &mut self.events, &mut self.snapshots] {
            table.iter_mut().for_each(|t| t.retain("run", |run| !failed.contains(run)));
        }
    }

    fn has_replicates(&self) -> bool {
        let Some(runs) = &self.runs else { return false };
        let mut seen = BTreeSet::new();
        (0..runs.len()).any(|r| {
            let subject = runs.named(r, "subject");
            let group = self.group_of(runs.named(r, "run"), runs.named(r, "arm"));
            !subject.is_empty() && !seen.insert((group, subject))
        })
    }

    /// Groups in the order of the runs.
    fn find_groups(&mut self) {
        let factors = factors(self);
        let (Some(runs), false) = (&self.runs, factors.is_empty()) else {
            self.groups = self.arms.clone();
            return;
        };
        let names = brief(&factors);
        for row in 0..runs.len() {
            let next = self.groups.len();
            let place = *self.points.entry(self.point(runs, row, &factors)).or_insert(next);
            self.members.insert(runs.named(row, "run").to_owned(), place);
            if place == next {
                let arm = runs.named(row, "arm");
                let value = |(f, name): (&Factor, &String)| {
                    let level = f.level(runs.text(row, f.column)).map_or(String::new(), |l| f.label(l));
                    format!("{name}\u{a0}{level}\u{a0}{}", f.unit).trim_end().to_owned()
                };
                let values: Vec<String> = factors.iter().zip(&names).map(value).collect();
                let several = self.arms.len() > 1;
                let label =
                    several.then(|| self.arm_label(arm)).into_iter().chain(values).collect::<Vec<_>>();
                self.groups.push(Arm {
                    id: arm.to_owned(),
                    label: label.join(", "),
                    look: LineLook::nth(next),
                });
            }
        }
    }

    /// What tells a row's group: its arm and the texts of the factors that vary.
    fn point(&self, table: &Table, row: usize, factors: &[Factor]) -> Vec<String> {
        let of = factors.iter().map(|f| table.named(row, &f.header).to_owned());
        std::iter::once(table.named(row, "arm").to_owned()).chain(of).collect()
    }

    /// What a group is called.
    pub fn group_word(&self) -> &'static str {
        if self.points.is_empty() { "arm" } else { "point of the sweep" }
    }

    /// What a curve, a point or a number at risk stands for: a subject where each has one run in its group, else a run.
    pub fn member_word(&self) -> &'static str {
        if self.replicated { "run" } else { "subject" }
    }

    /// Group of a run, whose row in some table also names the arm.
    pub fn group_of(&self, run: &str, arm: &str) -> Option<usize> {
        if self.points.is_empty() { self.arm_index(arm) } else { self.members.get(run).copied() }
    }

    /// By row of a table with arms and factors, its group.
    pub fn groups_of(&self, table: &Table) -> Vec<Option<usize>> {
        let factors = if self.points.is_empty() { Vec::new() } else { factors(self) };
        let of = |row| match factors.is_empty() {
            true => self.arm_index(table.named(row, "arm")),
            false => self.points.get(&self.point(table, row, &factors)).copied(),
        };
        (0..table.len()).map(of).collect()
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

    /// Column that stands for a run: the one that figures.json names, else the observable of the survival endpoint, else
    /// the first observable.
    pub fn burden_column(&self) -> Option<String> {
        let series = self.series.as_ref()?;
        let survival = self.captions.endpoint.get("survival").and_then(|e| e.observable.clone());
        let named = self.captions.main.clone().or(survival);
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
    fn every_point_of_a_sweep_is_a_group() {
        let dir = tempfile::tempdir().unwrap();
        let runs = "run,arm,subject,replicate,seed,dose.a_cells,cell.b.push,survival_day,survival_event\n\
                    0,x,1,1,s,100,0,1,1\n1,x,1,2,s,100,0,2,1\n2,x,1,1,s,100,3,1,1\n3,x,1,1,s,1e6,0,1,1\n";
        let captions = r#"{"factors": ["dose.a_cells", "cell.b.push"], "units": {"dose.a_cells": "cells"}}"#;
        std::fs::write(dir.path().join("runs.csv"), runs).unwrap();
        std::fs::write(dir.path().join("figures.json"), captions).unwrap();
        let source = Source::open(dir.path()).unwrap();
        let labels: Vec<String> = source.groups.iter().map(|g| g.label.replace('\u{a0}', " ")).collect();
        assert_eq!(labels, ["a 100 cells, push 0", "a 100 cells, push 3", "a 10^{6} cells, push 0"]);
        let of = |run| source.group_of(run, "x");
        assert_eq!(["0", "1", "2", "3", "9"].map(of), [Some(0), Some(0), Some(1), Some(2), None]);
        let table = Table::parse(b"arm,cell.b.push,dose.a_cells\nx,3,100\nx,0,7\n").unwrap();
        assert_eq!(source.groups_of(&table), [Some(1), None]);
        assert_eq!(source.arms.len(), 1);
    }

    #[test]
    fn failed_runs_are_left_out_of_every_table() {
        let dir = tempfile::tempdir().unwrap();
        let runs = "run,arm,subject,outcome\n0,a,1,finished\n1,a,2,failed\n2,b,1,failed\n";
        let rows = "run,arm,time_day,v\n0,a,0,1\n1,a,0,7\n1,a,1,9\n2,b,0,5\n";
        for (name, text) in [("runs.csv", runs), ("series.csv", rows), ("events.csv", rows)] {
            std::fs::write(dir.path().join(name), text).unwrap();
        }
        let source = Source::open(dir.path()).unwrap();
        for table in [&source.runs, &source.series, &source.events] {
            let table = table.as_ref().unwrap();
            assert_eq!(table.distinct(0), ["0"]);
        }
    }

    #[test]
    fn subjects_are_counted_where_each_has_one_run_else_runs() {
        let dir = tempfile::tempdir().unwrap();
        let word = |rows: &str| {
            std::fs::write(dir.path().join("runs.csv"), format!("run,arm,subject,replicate\n{rows}"))
                .unwrap();
            Source::open(dir.path()).unwrap().member_word()
        };
        assert_eq!(word("0,a,1,1\n1,a,2,1\n2,b,1,1\n"), "subject");
        assert_eq!(word("0,a,1,1\n1,a,1,2\n2,b,1,1\n"), "run");
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
