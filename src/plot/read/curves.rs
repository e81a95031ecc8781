//! The series of all runs as curves, with what is known of runs that have ended.

use super::{Source, captions::Side};
use crate::stats::quantile::rank_quantile;
use crate::stats::{Known, Left, Seen, ranks};
use std::collections::BTreeMap;

/// One run and its recorded values of one column.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Place among the groups of the source.
    pub group: usize,
    /// Where there is a number, from where the curve begins: what is drawn.
    pub points: Vec<(f64, f64)>,
    /// All days of record, ascending, and their values; NaN is missing.
    days: Vec<f64>,
    values: Vec<f64>,
    /// Last day that was watched.
    watched: f64,
    left: Option<Left>,
}

impl Run {
    /// What is known on a day, by the same rule as in comparisons.
    pub fn at(&self, day: f64) -> Known {
        Seen { days: &self.days, values: &self.values, until: self.watched, left: self.left }.on(day)
    }
}

/// Curves of one column.
#[derive(Debug, Clone, PartialEq)]
pub struct Curves {
    pub runs: Vec<Run>,
    /// All recorded days, ascending.
    pub days: Vec<f64>,
}

/// Quartiles of a group on a day on which its median is a number; the upper one is `None` where it lies above every
/// number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    pub day: f64,
    pub low: f64,
    pub middle: f64,
    pub high: Option<f64>,
}

impl Curves {
    /// Curves of `column`; `None` where the tables are absent or the column has no numbers.
    pub fn read(source: &Source, column: &str) -> Option<Self> {
        let series = source.series.as_ref()?;
        let (run, arm) = (series.column("run")?, series.column("arm"));
        let (time, value) = (series.column("time_day")?, series.column(column)?);
        let ends = ends(source, column);
        let mut runs: Vec<Run> = Vec::new();
        let mut places: BTreeMap<&str, usize> = BTreeMap::new();
        for row in 0..series.len() {
            let Some(day) = series.number(row, time) else { continue };
            let id = series.text(row, run);
            let place = match places.get(id) {
                Some(&place) => place,
                None => {
                    let group = source.group_of(id, arm.map_or("", |c| series.text(row, c)))?;
                    let (watched, left) = ends.get(id).copied().unwrap_or((f64::NEG_INFINITY, None));
                    let (points, days, values) = Default::default();
                    runs.push(Run { group, points, days, values, watched, left });
                    places.insert(id, runs.len() - 1);
                    runs.len() - 1
                }
            };
            let of = &mut runs[place];
            let number = series.number(row, value);
            of.points.extend(number.map(|v| (day, v)));
            // Tables of this program are in order of time; others may not be.
            let at = of.days.partition_point(|d| *d <= day);
            of.days.insert(at, day);
            of.values.insert(at, number.unwrap_or(f64::NAN));
        }
        // A run without any number is not one of this column.
        runs.retain(|r| !r.points.is_empty());
        if runs.is_empty() {
            return None;
        }
        for run in &mut runs {
            run.points.sort_by(|a, b| a.0.total_cmp(&b.0));
            let last = run.days.last().copied().unwrap_or(run.watched);
            if run.watched < last {
                run.watched = last;
            }
        }
        // Pools fill for weeks before day 0; a curve begins there only where there is something.
        let something = |r: &Run| r.points.iter().find(|p| p.1 != 0.0).map(|p| p.0);
        let begin = runs.iter().filter_map(something).fold(0.0, |a, b| if b < a { b } else { a });
        for run in &mut runs {
            run.points.retain(|p| p.0 >= begin);
        }
        let mut days: Vec<f64> = runs.iter().flat_map(|r| r.points.iter().map(|p| p.0)).collect();
        days.sort_by(f64::total_cmp);
        days.dedup();
        Some(Self { runs, days })
    }

    pub fn of_group(&self, group: usize) -> impl Iterator<Item = &Run> {
        self.runs.iter().filter(move |run| run.group == group)
    }

    /// Days on which a group is looked at: those of its own records, and of others once it has none any more. Between two
    /// records of a run nothing new is known of it.
    fn days_of(&self, group: usize) -> Vec<f64> {
        let mut own: Vec<f64> = self.of_group(group).flat_map(|r| r.days.iter().copied()).collect();
        own.sort_by(f64::total_cmp);
        let last = own.last().copied().unwrap_or(f64::NEG_INFINITY);
        let looked = |day: &f64| *day > last || own.binary_search_by(|d| d.total_cmp(day)).is_ok();
        self.days.iter().copied().filter(looked).collect()
    }

    /// Median and quartiles of a group by rank, on the days on which they are known: who left by growth ranks above every
    /// number, who is missing nowhere. The median, and its band with it, ends where it lies above every number, or where
    /// less than half of the group is known.
    pub fn spread(&self, group: usize) -> Vec<Spread> {
        let all = self.of_group(group).count();
        let on = |day: f64| {
            let values = ranks(self.of_group(group).map(|run| run.at(day)));
            if 2 * values.len() < all {
                return None;
            }
            let at = |q| rank_quantile(&values, q).ok().flatten();
            // Below a median that is a number lies a quartile that is one.
            let (low, middle) = (at(0.25)?, at(0.5)?);
            Some(Spread { day, low, middle, high: at(0.75) })
        };
        self.days_of(group).into_iter().filter_map(on).collect()
    }

    /// Whether any run is only known to be above its numbers after its end.
    pub fn leaves_above(&self) -> bool {
        self.runs.iter().any(|r| r.left == Some(Left::Above))
    }

    /// Median over the subjects that are watched, with the share that is: for columns that do not rank with death.
    pub fn median_alive(&self, group: usize) -> Vec<(f64, f64, f64)> {
        let all = self.of_group(group).count();
        self.days_of(group)
            .into_iter()
            .filter_map(|day| {
                let values: Vec<Option<f64>> =
                    self.of_group(group).filter_map(|r| r.at(day).value()).map(Some).collect();
                let middle = rank_quantile(&values, 0.5).ok().flatten()?;
                Some((day, middle, values.len() as f64 / all as f64))
            })
            .collect()
    }

    /// The last recorded day on which every run of every arm is still watched.
    pub fn last_complete_day(&self) -> Option<f64> {
        let seen = |day: f64| self.runs.iter().all(|run| run.at(day).value().is_some());
        self.days.iter().rev().copied().find(|&day| seen(day))
    }

    /// Smallest positive and largest value.
    pub fn range(&self) -> Option<(f64, f64)> {
        let values = || self.runs.iter().flat_map(|r| r.points.iter().map(|p| p.1));
        let high = values().fold(f64::NEG_INFINITY, |a, v| if v > a { v } else { a });
        let low = values().filter(|v| *v > 0.0).fold(f64::INFINITY, |a, v| if v < a { v } else { a });
        (low.is_finite() && high.is_finite()).then_some((low, high))
    }
}

/// By run: the last day that was watched, and where that leaves a column. Tables that do not say what ended a run (made by
/// hand) may say that a subject has died.
fn ends(source: &Source, column: &str) -> BTreeMap<String, (f64, Option<Left>)> {
    let mut out = BTreeMap::new();
    let Some(runs) = &source.runs else { return out };
    let told = runs.column("ended_by").is_some();
    let captions = &source.captions;
    for row in 0..runs.len() {
        let (day, left) = if told {
            let endpoint = runs.named(row, "ended_by");
            let side = captions.after.get(endpoint).and_then(|sides| sides.get(column));
            let bound = captions.bound.get(endpoint).and_then(|bounds| bounds.get(column));
            let left = side.map(|side| match side {
                Side::Above => Left::Above,
                Side::Below => Left::Below(bound.copied()),
            });
            (runs.named_number(row, "watched_until"), left)
        } else {
            let died = runs.named_number(row, "survival_event") == Some(1.0);
            (runs.named_number(row, "survival_day"), died.then_some(Left::Above))
        };
        if let Some(day) = day {
            out.insert(runs.named(row, "run").to_owned(), (day, left));
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
    fn the_dead_rank_above_and_the_watched_carry_on() {
        let dir = tempfile::tempdir().unwrap();
        let curves = Curves::read(&source(dir.path()), "v").unwrap();
        assert_eq!(curves.days, [0.0, 2.0, 4.0]);
        assert_eq!(curves.runs[0].at(4.0), Known::Above);
        assert_eq!(curves.runs[1].at(4.0), Known::Value(3.0));
        // No line between records: what was seen last stands, as in comparisons.
        assert_eq!(curves.runs[2].at(2.0), Known::Value(1.0));
        assert_eq!(curves.runs[1].at(5.0), Known::Missing);
        let last = curves.spread(0)[2];
        // Values 3, 5 and a dead subject: the median is 5, the upper quartile above every number.
        assert_eq!((last.middle, last.high), (5.0, None));
        assert!(curves.leaves_above());
        assert_eq!(curves.last_complete_day(), Some(2.0));
        let (day, median, share) = curves.median_alive(0)[2];
        assert_eq!((day, median), (4.0, 4.0));
        assert!((share - 2.0 / 3.0).abs() < 1e-12);
        assert!(Curves::read(&source(dir.path()), "absent").is_none());
    }

    #[test]
    fn what_the_end_says_is_read_from_the_captions() {
        let dir = tempfile::tempdir().unwrap();
        let runs = "run,arm,subject,outcome,ended_by,watched_until\n0,a,0,stopped,grown,2.5\n\
                    1,a,1,stopped,cleared,2.5\n2,a,2,stopped,dropout,2.5\n3,a,3,finished,,4\n";
        let mut series = String::from("run,arm,subject,replicate,time_day,v\n");
        for run in 0..4 {
            for day in 0..=if run < 3 { 2 } else { 4 } {
                // The last run has no value on its last day.
                let value = if run == 3 && day == 4 { String::new() } else { (run + day).to_string() };
                series += &format!("{run},a,{run},0,{day},{value}\n");
            }
        }
        let captions = r#"{"after": {"grown": {"v": "above"}, "cleared": {"v": "below"}}}"#;
        let bound = captions.replace("}}}", r#"}}, "bound": {"cleared": {"v": 0.5}}}"#);
        for (name, text) in [("runs.csv", runs), ("series.csv", &series), ("figures.json", captions)] {
            std::fs::write(dir.path().join(name), text).unwrap();
        }
        let curves = Curves::read(&Source::open(dir.path()).unwrap(), "v").unwrap();
        let on = |day: f64| curves.runs.iter().map(|r| r.at(day)).collect::<Vec<_>>();
        assert_eq!(on(2.5), [2.0, 3.0, 4.0, 5.0].map(Known::Value));
        assert_eq!(on(3.0), [Known::Above, Known::AtMost(3.0), Known::Missing, Known::Value(6.0)]);
        assert_eq!(on(4.0)[3], Known::Missing);
        // Comparisons take the threshold of what was crossed from above, and so do figures.
        std::fs::write(dir.path().join("figures.json"), bound).unwrap();
        let bounded = Curves::read(&Source::open(dir.path()).unwrap(), "v").unwrap();
        assert_eq!([2.5, 3.0].map(|day| bounded.runs[1].at(day)), [Known::Value(3.0), Known::AtMost(0.5)]);
        // 3, 6 and one above: the median is 6.
        assert_eq!(curves.spread(0).iter().find(|s| s.day == 3.0).unwrap().middle, 6.0);
        assert_eq!(curves.last_complete_day(), Some(2.0));
        // On day 4 three of four are no longer known or above: no median any more.
        assert_eq!(curves.spread(0).last().unwrap().day, 3.0);
    }

    #[test]
    fn a_group_is_looked_at_on_its_own_days() {
        let dir = tempfile::tempdir().unwrap();
        let mut series = String::from("run,arm,subject,replicate,time_day,v\n");
        (0..5).for_each(|day| series += &format!("0,fine,1,1,{day},{day}\n"));
        [0, 2].iter().for_each(|day| series += &format!("1,coarse,1,1,{day},{day}\n"));
        std::fs::write(dir.path().join("series.csv"), series).unwrap();
        let runs = "run,arm,subject,ended_by,watched_until\n0,fine,1,,4\n1,coarse,1,,3.5\n";
        std::fs::write(dir.path().join("runs.csv"), runs).unwrap();
        let curves = Curves::read(&Source::open(dir.path()).unwrap(), "v").unwrap();
        let days = |group| curves.spread(group).iter().map(|s| (s.day, s.middle)).collect::<Vec<_>>();
        assert_eq!(days(0), [0.0, 1.0, 2.0, 3.0, 4.0].map(|d| (d, d)));
        // Nothing on day 1, when coarse was not looked at; on day 3 it is still watched.
        assert_eq!(days(1), [(0.0, 0.0), (2.0, 2.0), (3.0, 2.0)]);
    }

    #[test]
    fn curves_begin_on_day_zero_or_where_there_is_something_before() {
        let dir = tempfile::tempdir().unwrap();
        let series = "run,arm,subject,replicate,time_day,late,early\n0,a,0,0,-2,0,0\n0,a,0,0,-1,0,4\n0,a,0,0,0,0,4\n\
                      0,a,0,0,1,0,4\n0,a,0,0,2,7,4\n";
        std::fs::write(dir.path().join("series.csv"), series).unwrap();
        let source = Source::open(dir.path()).unwrap();
        let days = |column| Curves::read(&source, column).unwrap().days;
        assert_eq!(days("late"), [0.0, 1.0, 2.0]);
        assert_eq!(days("early"), [-1.0, 0.0, 1.0, 2.0]);
    }
}
