//! Results of a plan, arm by arm and subject by subject: what comparisons and the closing table read.

use super::after::{self, Side};
use super::plan::Plan;
use super::protocol::{Protocol, Protocols};
use crate::observe::censored_column;
use crate::record::{EndpointValue, Outcome, RunId, RunRecord, StorageError, Store};
use crate::stats::known::SAME_DAY;
use crate::stats::{Known, Left, Seen};
use std::collections::BTreeMap;

/// What is kept in memory of one run.
#[derive(Clone, Debug, Default)]
pub struct RunResult {
    pub endpoints: BTreeMap<String, EndpointValue>,
    pub time_day: Vec<f64>,
    /// By id, the observables that were asked for.
    pub series: BTreeMap<String, Course>,
    /// Last day that was watched.
    pub end_day: f64,
    pub state_hash: String,
    pub cells_max: u64,
    pub unseen: bool,
}

/// A recorded observable of one run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Course {
    /// By time of record; NaN is missing.
    pub values: Vec<f64>,
    /// By time of record: -1 or 1 where a reading lay below or above its range; empty where it cannot.
    pub censored: Vec<f64>,
    pub unit: String,
    /// What the end of the run says about later days, and the bound where it names one.
    pub after: Option<(Side, Option<f64>)>,
}

/// One arm and its subjects.
#[derive(Clone, Debug, Default)]
pub struct ArmResult {
    pub id: String,
    /// Ascending by number; those without a finished run are absent.
    pub subjects: Vec<SubjectResult>,
}

/// A subject of an arm.
#[derive(Clone, Debug, Default)]
pub struct SubjectResult {
    pub subject: u32,
    /// Replicate and index into `Results::runs`.
    pub runs: Vec<(u32, usize)>,
}

#[derive(Clone, Debug, Default)]
pub struct Results {
    pub runs: Vec<RunResult>,
    /// Without subjects for a sweep, whose points are told apart by its tables.
    pub arms: Vec<ArmResult>,
}

impl Results {
    /// Reads the runs of a plan from the store, keeping the series of these observables. Failed and missing runs are left
    /// out.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn read(
        plan: &Plan,
        ids: &[Option<RunId>],
        protocols: &Protocols,
        store: &Store,
        observables: &[String],
    ) -> Result<Results, StorageError> {
        let arm = |a: &super::plan::Arm| ArmResult { id: a.id.clone(), subjects: Vec::new() };
        let mut results = Results { runs: Vec::new(), arms: plan.arms.iter().map(arm).collect() };
        for (i, (run, id)) in plan.runs.iter().zip(ids).enumerate() {
            let Some(record) = id.as_ref().map(|id| store.read(id)).transpose()?.flatten() else { continue };
            if matches!(record.outcome, Outcome::Failed { .. }) {
                continue;
            }
            if plan.kind != "sweep" {
                results.arms[run.arm].add(run.subject, run.replicate, results.runs.len());
            }
            results.runs.push(RunResult::of(protocols.of(i), record, observables));
        }
        Ok(results)
    }

    pub fn arm(&self, id: &str) -> Option<&ArmResult> {
        self.arms.iter().find(|a| a.id == id)
    }

    /// The runs of an arm.
    pub fn of_arm(&self, arm: &ArmResult) -> impl Iterator<Item = &RunResult> {
        arm.subjects.iter().flat_map(|s| &s.runs).map(|(_, run)| &self.runs[*run])
    }

    /// The last recorded day on which every run of these arms is still watched.
    pub fn last_common_day(&self, arms: &[&ArmResult]) -> Option<f64> {
        let last = |run: &RunResult| run.time_day.last().copied();
        let ends = arms.iter().flat_map(|a| self.of_arm(a)).map(last).collect::<Option<Vec<_>>>()?;
        ends.into_iter().reduce(|a, b| if a < b { a } else { b })
    }
}

impl ArmResult {
    /// Adds a run of a subject; subjects come in ascending order.
    pub fn add(&mut self, subject: u32, replicate: u32, run: usize) {
        match self.subjects.last_mut() {
            Some(last) if last.subject == subject => last.runs.push((replicate, run)),
            _ => self.subjects.push(SubjectResult { subject, runs: vec![(replicate, run)] }),
        }
    }
}

impl RunResult {
    fn of(protocol: &Protocol, record: RunRecord, observables: &[String]) -> RunResult {
        let ended = after::ended_by(protocol, &record);
        let column = |name: &str| -> Option<Vec<f64>> {
            let column = record.series.column(name)?;
            Some(record.series.values.iter().map(|row| row[column]).collect())
        };
        let course = |id: &String| {
            let observable = protocol.observable(id)?;
            let of = &protocol.observables[observable.index()];
            let after = ended.and_then(|e| {
                let side = after::side(protocol, e, observable)?;
                Some((side, after::bound(protocol, e, observable)))
            });
            let censored = censored_column(of).and_then(|name| column(&name)).unwrap_or_default();
            let course = Course { values: column(&of.column())?, censored, unit: of.unit.clone(), after };
            Some((id.clone(), course))
        };
        RunResult {
            series: observables.iter().filter_map(course).collect(),
            endpoints: after::counted(protocol, &record).into_iter().map(|e| (e.id, e.value)).collect(),
            time_day: record.series.time_day,
            end_day: record.end_day,
            state_hash: record.state_hash,
            cells_max: record.cells_max,
            unseen: record.unseen_below.is_some(),
        }
    }

    /// What is known of an observable on a day; after the end of the run what that says (see `after`).
    pub fn known(&self, observable: &str, day: f64) -> Known {
        let Some(course) = self.series.get(observable) else { return Known::Missing };
        let left = course.after.map(|(side, bound)| match side {
            Side::Above => Left::Above,
            Side::Below => Left::Below(bound),
        });
        Seen { days: &self.time_day, values: &course.values, until: self.end_day, left }.on(day)
    }

    /// Whether the value on a day is only known to lie beyond the range of a reading.
    pub fn censored(&self, observable: &str, day: f64) -> bool {
        let course = self.series.get(observable);
        let flag = course.zip(self.record(day)).and_then(|(c, i)| c.censored.get(i));
        day <= self.end_day + SAME_DAY && flag.is_some_and(|f| *f != 0.0 && !f.is_nan())
    }

    /// Last record time at or before a day.
    fn record(&self, day: f64) -> Option<usize> {
        self.time_day.partition_point(|t| *t <= day + SAME_DAY).checked_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(end_day: f64, values: &[f64], after: Option<(Side, Option<f64>)>) -> RunResult {
        let course = Course { values: values.to_vec(), after, ..Course::default() };
        RunResult {
            time_day: (0..values.len()).map(|d| d as f64).collect(),
            series: BTreeMap::from([("n".to_string(), course)]),
            end_day,
            ..RunResult::default()
        }
    }

    #[test]
    fn growth_ranks_high_clearance_low_and_the_end_of_the_clock_not_at_all() {
        let values = [5.0, 7.0, 9.0];
        let grown = run(2.4, &values, Some((Side::Above, None)));
        let cleared = run(2.4, &values, Some((Side::Below, Some(6.0))));
        let fallen = run(2.4, &values, Some((Side::Below, None)));
        let over = run(2.4, &values, None);
        for r in [&grown, &cleared, &fallen, &over] {
            // Watched until day 2.4: what was last recorded stands.
            assert_eq!([0.0, 1.5, 2.0, 2.4].map(|d| r.known("n", d)), [5.0, 7.0, 9.0, 9.0].map(Known::Value));
            assert_eq!(r.known("n", -1.0), Known::Missing);
            assert_eq!(r.known("other", 1.0), Known::Missing);
        }
        assert_eq!(grown.known("n", 3.0), Known::Above);
        assert_eq!(cleared.known("n", 3.0), Known::AtMost(6.0));
        assert_eq!(fallen.known("n", 3.0), Known::AtMost(9.0));
        assert_eq!(over.known("n", 3.0), Known::Missing);
    }

    #[test]
    fn what_is_no_number_is_missing_and_not_high() {
        let r = run(2.0, &[5.0, f64::NAN, f64::NAN], Some((Side::Below, None)));
        assert_eq!(r.known("n", 1.0), Known::Missing);
        assert_eq!(r.known("n", 2.5), Known::AtMost(5.0));
        let r = run(2.0, &[f64::NAN; 3], Some((Side::Below, None)));
        assert_eq!(r.known("n", 2.5), Known::Missing);
    }

    #[test]
    fn censored_values_are_told() {
        let mut r = run(2.0, &[5.0, 5.0, 9.0], None);
        r.series.get_mut("n").unwrap().censored = vec![0.0, -1.0, 1.0];
        assert_eq!([0.0, 1.0, 2.0, 3.0].map(|d| r.censored("n", d)), [false, true, true, false]);
    }

    #[test]
    fn the_last_common_day_is_that_of_the_first_to_leave() {
        let runs = vec![run(4.0, &[1.0; 5], None), run(2.4, &[1.0; 3], None), run(3.0, &[1.0; 4], None)];
        let mut arms = vec![ArmResult::default(), ArmResult::default()];
        arms[0].add(1, 1, 0);
        arms[0].add(2, 1, 1);
        arms[1].add(1, 1, 2);
        let results = Results { runs, arms };
        assert_eq!(results.last_common_day(&[&results.arms[0], &results.arms[1]]), Some(2.0));
        assert_eq!(results.last_common_day(&[&results.arms[1]]), Some(3.0));
        assert_eq!(results.last_common_day(&[]), None);
    }
}
