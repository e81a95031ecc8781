//! Results of a plan, arm by arm and subject by subject: what comparisons and the closing table read.

use super::plan::Plan;
use crate::record::{EndpointValue, Outcome, RunId, RunRecord, StorageError, Store};
use crate::stats::Observation;
use std::collections::BTreeMap;

/// What is kept in memory of one run.
#[derive(Clone, Debug)]
pub struct RunResult {
    pub endpoints: BTreeMap<String, EndpointValue>,
    pub time_day: Vec<f64>,
    /// Columns asked for.
    pub series: BTreeMap<String, Vec<f64>>,
    pub outcome: Outcome,
    pub state_hash: String,
    pub cells_max: u64,
    pub unseen: bool,
}

/// One arm: its runs by subject, replicates together.
#[derive(Clone, Debug)]
pub struct ArmResult {
    pub id: String,
    /// By subject, each a list of replicates; indices into `Results::runs`.
    pub subjects: Vec<Vec<usize>>,
}

#[derive(Clone, Debug)]
pub struct Results {
    pub runs: Vec<RunResult>,
    pub arms: Vec<ArmResult>,
}

impl Results {
    /// Reads the runs of a plan from the store, keeping the series of `columns`. Failed and missing runs are left out.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn read(
        plan: &Plan,
        ids: &[Option<RunId>],
        store: &Store,
        columns: &[String],
    ) -> Result<Results, StorageError> {
        let mut results = Results {
            runs: Vec::new(),
            arms: plan.arms.iter().map(|a| ArmResult { id: a.id.clone(), subjects: Vec::new() }).collect(),
        };
        let mut place: BTreeMap<(usize, u32), usize> = BTreeMap::new();
        for (run, id) in plan.runs.iter().zip(ids) {
            let Some(record) = id.as_ref().map(|id| store.read(id)).transpose()?.flatten() else { continue };
            if matches!(record.outcome, Outcome::Failed { .. }) {
                continue;
            }
            let subjects = &mut results.arms[run.arm].subjects;
            let slot = *place.entry((run.arm, run.subject)).or_insert_with(|| {
                subjects.push(Vec::new());
                subjects.len() - 1
            });
            subjects[slot].push(results.runs.len());
            results.runs.push(RunResult::of(record, columns));
        }
        Ok(results)
    }

    pub fn arm(&self, id: &str) -> Option<&ArmResult> {
        self.arms.iter().find(|a| a.id == id)
    }

    /// Times to an endpoint, by subject. None where the endpoint is no time.
    pub fn times(&self, arm: &ArmResult, endpoint: &str) -> Option<Vec<Vec<Observation>>> {
        let one = |run: &usize| match self.runs[*run].endpoints.get(endpoint)? {
            EndpointValue::Time { day, reached } | EndpointValue::Visit { day, reached, .. } => {
                Some(Observation { time: *day, event: *reached })
            }
            EndpointValue::Value(_) | EndpointValue::Category(_) => None,
        };
        arm.subjects.iter().map(|runs| runs.iter().map(one).collect()).collect()
    }

    /// Values of a column on a day, by subject. None where the run had ended by then: it counts as at or above the
    /// endpoint in every rank statistic.
    pub fn values(&self, arm: &ArmResult, column: &str, day: f64) -> Vec<Vec<Option<f64>>> {
        let one = |run: &usize| self.runs[*run].at(column, day);
        arm.subjects.iter().map(|runs| runs.iter().map(one).collect()).collect()
    }

    /// The last recorded day on which every run of these arms is still under observation.
    pub fn last_common_day(&self, arms: &[&ArmResult]) -> Option<f64> {
        let last = |run: &usize| self.runs[*run].time_day.last().copied();
        let ends =
            arms.iter().flat_map(|a| a.subjects.iter().flatten()).map(last).collect::<Option<Vec<_>>>()?;
        ends.into_iter().reduce(|a, b| if a < b { a } else { b })
    }
}

impl RunResult {
    fn of(record: RunRecord, columns: &[String]) -> RunResult {
        let series = columns
            .iter()
            .filter_map(|name| {
                let column = record.series.column(name)?;
                Some((name.clone(), record.series.values.iter().map(|row| row[column]).collect()))
            })
            .collect();
        RunResult {
            endpoints: record.endpoints.into_iter().map(|e| (e.id, e.value)).collect(),
            time_day: record.series.time_day,
            series,
            outcome: record.outcome,
            state_hash: record.state_hash,
            cells_max: record.cells_max,
            unseen: record.unseen_below.is_some(),
        }
    }

    /// Value on the last record time at or before a day; none after the end of the run.
    pub fn at(&self, column: &str, day: f64) -> Option<f64> {
        if self.time_day.last().is_none_or(|last| *last < day - 1e-6) {
            return None;
        }
        let i = self.time_day.partition_point(|t| *t <= day + 1e-6).checked_sub(1)?;
        self.series.get(column).map(|s| s[i]).filter(|v| v.is_finite())
    }
}
