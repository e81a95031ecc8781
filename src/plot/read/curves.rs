//! The series of all runs as curves, with what happened to runs that have ended.

use super::Source;
use crate::stats::quantile::rank_quantile;
use std::collections::BTreeMap;

/// One run and its recorded values of one column.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    pub arm: usize,
    pub subject: String,
    pub points: Vec<(f64, f64)>,
    /// Day on which the subject reached the end of the study's survival endpoint.
    pub died: Option<f64>,
}

impl Run {
    /// Value on `day`: between two records by straight line, after the last record as it was left.
    ///
    /// `None` before the first record and after the subject's death: dead subjects rank above every number.
    pub fn at(&self, day: f64) -> Option<f64> {
        let after = self.points.partition_point(|p| p.0 < day);
        match (self.points.get(after), after.checked_sub(1).map(|i| self.points[i])) {
            (Some(&(t, v)), _) if t == day => Some(v),
            (Some(_), None) => None,
            (Some(&(t1, v1)), Some((t0, v0))) => Some(v0 + (v1 - v0) * (day - t0) / (t1 - t0)),
            (None, Some((_, v))) => self.died.is_none_or(|d| day <= d).then_some(v),
            (None, None) => None,
        }
    }

    /// Whether the subject is alive on `day`.
    pub fn alive(&self, day: f64) -> bool {
        self.died.is_none_or(|d| day <= d)
    }
}

/// Curves of one column.
#[derive(Debug, Clone, PartialEq)]
pub struct Curves {
    pub runs: Vec<Run>,
    /// All recorded days, ascending.
    pub days: Vec<f64>,
}

/// Quantiles of an arm on a day; `None` where the quantile lies above every number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    pub day: f64,
    pub low: Option<f64>,
    pub middle: Option<f64>,
    pub high: Option<f64>,
}

impl Curves {
    /// Curves of `column`; `None` where the tables are absent or the column has no numbers.
    pub fn read(source: &Source, column: &str) -> Option<Self> {
        let series = source.series.as_ref()?;
        let (run, arm) = (series.column("run")?, series.column("arm"));
        let (subject, time, value) =
            (series.column("subject"), series.column("time_day")?, series.column(column)?);
        let deaths = deaths(source);
        let mut runs: Vec<Run> = Vec::new();
        let mut places: BTreeMap<String, usize> = BTreeMap::new();
        for row in 0..series.len() {
            let (Some(day), Some(v)) = (series.number(row, time), series.number(row, value)) else {
                continue;
            };
            let id = series.text(row, run);
            let place = match places.get(id) {
                Some(&place) => place,
                None => {
                    let arm = source.arm_index(arm.map_or("", |c| series.text(row, c)))?;
                    let subject = subject.map_or("", |c| series.text(row, c)).to_owned();
                    runs.push(Run { arm, subject, points: Vec::new(), died: deaths.get(id).copied() });
                    places.insert(id.to_owned(), runs.len() - 1);
                    runs.len() - 1
                }
            };
            runs[place].points.push((day, v));
        }
        if runs.is_empty() {
            return None;
        }
        for run in &mut runs {
            run.points.sort_by(|a, b| a.0.total_cmp(&b.0));
        }
        // What lies before anything is there (pools fill for weeks before the first cell is placed) is no part of a curve.
        let something = |r: &Run| r.points.iter().find(|p| p.1 != 0.0).map(|p| p.0);
        let begin = runs.iter().filter_map(something).reduce(|a, b| if a < b { a } else { b });
        let before = |r: &Run| r.points.iter().rev().find(|p| Some(p.0) < begin).map(|p| p.0);
        if let Some(begin) = begin.map(|begin| runs.first().and_then(before).unwrap_or(begin)) {
            for run in &mut runs {
                run.points.retain(|p| p.0 >= begin);
            }
        }
        let mut days: Vec<f64> = runs.iter().flat_map(|r| r.points.iter().map(|p| p.0)).collect();
        days.sort_by(f64::total_cmp);
        days.dedup();
        Some(Self { runs, days })
    }

    pub fn of_arm(&self, arm: usize) -> impl Iterator<Item = &Run> {
        self.runs.iter().filter(move |run| run.arm == arm)
    }

    /// Median and quartiles of an arm by rank, dead subjects above every number.
    pub fn spread(&self, arm: usize) -> Vec<Spread> {
        self.days
            .iter()
            .filter_map(|&day| {
                let values: Vec<Option<f64>> = self
                    .of_arm(arm)
                    .filter(|run| run.points.first().is_some_and(|p| p.0 <= day))
                    .map(|run| run.at(day))
                    .collect();
                let at = |q| rank_quantile(&values, q).ok().flatten();
                (!values.is_empty()).then(|| Spread { day, low: at(0.25), middle: at(0.5), high: at(0.75) })
            })
            .collect()
    }

    /// Median over the subjects alive, with the share that is: for columns that do not rank with death.
    pub fn median_alive(&self, arm: usize) -> Vec<(f64, f64, f64)> {
        let all = self.of_arm(arm).count();
        self.days
            .iter()
            .filter_map(|&day| {
                let values: Vec<Option<f64>> = self
                    .of_arm(arm)
                    .filter(|r| r.alive(day))
                    .map(|r| r.at(day))
                    .filter(Option::is_some)
                    .collect();
                let middle = rank_quantile(&values, 0.5).ok().flatten()?;
                Some((day, middle, values.len() as f64 / all as f64))
            })
            .collect()
    }

    /// The last recorded day on which every run of every arm is alive.
    pub fn last_complete_day(&self) -> Option<f64> {
        self.days.iter().rev().copied().find(|&day| self.runs.iter().all(|run| run.at(day).is_some()))
    }

    /// Smallest positive and largest value.
    pub fn range(&self) -> Option<(f64, f64)> {
        let values = || self.runs.iter().flat_map(|r| r.points.iter().map(|p| p.1));
        let high = values().fold(f64::NEG_INFINITY, |a, v| if v > a { v } else { a });
        let low = values().filter(|v| *v > 0.0).fold(f64::INFINITY, |a, v| if v < a { v } else { a });
        (low.is_finite() && high.is_finite()).then_some((low, high))
    }
}

/// Day of death per run, from runs.csv.
fn deaths(source: &Source) -> BTreeMap<String, f64> {
    let mut out = BTreeMap::new();
    let Some(runs) = &source.runs else { return out };
    for row in 0..runs.len() {
        if runs.named_number(row, "survival_event") == Some(1.0)
            && let Some(day) = runs.named_number(row, "survival_day")
        {
            out.insert(runs.named(row, "run").to_owned(), day);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn source(dir: &Path) -> Source {
        let runs = "run,arm,subject,survival_day,survival_event\n0,a,0,2,1\n1,a,1,4,0\n2,a,2,4,0\n";
        let series = "run,arm,subject,replicate,time_day,v\n0,a,0,0,0,1\n0,a,0,0,2,9\n\
                      1,a,1,0,0,1\n1,a,1,0,2,3\n2,a,2,0,0,1\n2,a,2,0,4,5\n";
        std::fs::write(dir.join("runs.csv"), runs).unwrap();
        std::fs::write(dir.join("series.csv"), series).unwrap();
        Source::open(dir).unwrap()
    }

    #[test]
    fn the_dead_rank_above_and_the_rest_carry_on() {
        let dir = tempfile::tempdir().unwrap();
        let curves = Curves::read(&source(dir.path()), "v").unwrap();
        assert_eq!(curves.days, [0.0, 2.0, 4.0]);
        assert_eq!(curves.runs[0].at(4.0), None);
        assert_eq!(curves.runs[1].at(4.0), Some(3.0));
        assert_eq!(curves.runs[2].at(2.0), Some(3.0));
        let last = curves.spread(0)[2];
        // Values 3, 5 and a dead subject: the median is 5, the upper quartile above every number.
        assert_eq!((last.middle, last.high), (Some(5.0), None));
        assert_eq!(curves.last_complete_day(), Some(2.0));
        let (day, median, share) = curves.median_alive(0)[2];
        assert_eq!((day, median), (4.0, 4.0));
        assert!((share - 2.0 / 3.0).abs() < 1e-12);
        assert!(Curves::read(&source(dir.path()), "absent").is_none());
    }
}
