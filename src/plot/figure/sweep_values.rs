//! What a sweep's figures show at a point of the design: the center of an endpoint over its runs.

use crate::plot::read::factors::Factor;
use crate::plot::read::{Source, Table};
use crate::record::is_own_of_runs;
use crate::stats::quantile::{median_interval, rank_median};
use crate::stats::{KaplanMeier, Observation};

/// A quantity of runs.csv.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// Name as part of a file name and a title.
    pub id: String,
    pub label: String,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    /// Columns of the day and of the event.
    Time(usize, usize),
    Value(usize),
}

/// Center of the runs at one point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Center {
    /// Median and its interval, where an end may be open.
    Known { value: f64, lower: Option<f64>, upper: Option<f64> },
    /// The median was not reached within this time.
    Beyond { least: f64 },
}

impl Center {
    /// The number that stands for the point: the median, or what it exceeds.
    pub fn number(&self) -> f64 {
        match *self {
            Self::Known { value, .. } => value,
            Self::Beyond { least } => least,
        }
    }
}

/// Endpoints of runs.csv: times with their event, and other columns of numbers.
pub fn targets(source: &Source, factors: &[Factor]) -> Vec<Target> {
    let Some(runs) = &source.runs else { return Vec::new() };
    let mut out = Vec::new();
    let start = runs.column("seed").unwrap_or(0);
    for (column, header) in runs.headers.iter().enumerate() {
        let other = is_own_of_runs(header)
            || column < start
            || source.captions.factors.iter().flatten().any(|f| f == header)
            || factors.iter().any(|f| f.column == column)
            || ["_event", "_after"].iter().any(|s| header.ends_with(s));
        if other {
            continue;
        }
        if let Some(id) = header.strip_suffix("_day")
            && let Some(event) = runs.column(&format!("{id}_event"))
        {
            let label = format!("Median {} (days)", time_to(id));
            out.push(Target { id: id.to_owned(), label, kind: Kind::Time(column, event) });
        } else if has_spread(runs, column) {
            let label = format!("Median {}", lower_first(&source.captions.axis(header)));
            out.push(Target { id: header.clone(), label, kind: Kind::Value(column) });
        }
    }
    // By custom the main endpoint, as in the other figures and the closing table.
    out.sort_by_key(|target| target.id != "survival");
    out
}

/// Survival is a time by its name; other endpoints are times to something.
fn time_to(id: &str) -> String {
    if id == "survival" { "survival".to_owned() } else { format!("time to {}", id.replace('_', " ")) }
}

/// The text with a small first letter, for the middle of a sentence.
pub fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |c| c.to_lowercase().chain(letters).collect())
}

/// Whether a column holds at least two different numbers.
fn has_spread(runs: &Table, column: usize) -> bool {
    let mut numbers = (0..runs.len()).filter_map(|r| runs.number(r, column));
    numbers.next().is_some_and(|first| numbers.any(|v| v != first))
}

impl Target {
    /// Center over the given rows of runs.csv; `None` where none of them has the quantity.
    pub fn center(&self, runs: &Table, rows: &[usize]) -> Option<Center> {
        match self.kind {
            Kind::Time(day, event) => {
                let all: Vec<Observation> = rows
                    .iter()
                    .filter_map(|&r| {
                        Some(Observation { time: runs.number(r, day)?, event: runs.number(r, event)? > 0.5 })
                    })
                    .filter(|o| o.time >= 0.0)
                    .collect();
                let curve = KaplanMeier::fit(&all, 0.95).ok()?;
                let (lower, upper) = curve.median_interval();
                let last = curve.rows.last()?.time;
                Some(curve.median().map_or(Center::Beyond { least: last }, |value| Center::Known {
                    value,
                    lower,
                    upper,
                }))
            }
            Kind::Value(column) => {
                let all: Vec<Option<f64>> =
                    rows.iter().map(|&r| runs.number(r, column)).filter(Option::is_some).collect();
                let value = rank_median(&all).ok().flatten()?;
                let (lower, upper) = median_interval(&all, 0.95).ok()?;
                Some(Center::Known { value, lower, upper })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_found_and_their_medians_taken() {
        let dir = tempfile::tempdir().unwrap();
        let runs = "run,run_id,arm,subject,replicate,seed,rate,survival_day,survival_event,toxicity_fmol,outcome,ended_by,watched_until,unseen_below\n\
                    0,a,x,0,0,1,1,10,1,3,done,survival,10,\n1,b,x,0,1,1,1,20,1,5,done,survival,20,4\n\
                    2,c,x,0,2,1,2,30,0,9,done,,30,7\n\
                    3,d,x,0,3,1,1,5,0,99,failed,,5,\n";
        std::fs::write(dir.path().join("runs.csv"), runs).unwrap();
        let source = Source::open(dir.path()).unwrap();
        let factors = crate::plot::read::factors::factors(&source);
        let found = targets(&source, &factors);
        let ids: Vec<&str> = found.iter().map(|t| t.id.as_str()).collect();
        assert_eq!(ids, ["survival", "toxicity_fmol"]);
        assert_eq!(found[1].label, "Median toxicity (fmol)");
        let runs = source.runs.as_ref().unwrap();
        assert_eq!(found[0].center(runs, &[0, 1]).unwrap().number(), 15.0);
        assert_eq!(found[0].center(runs, &[2]), Some(Center::Beyond { least: 30.0 }));
        assert_eq!(found[1].center(runs, &[0, 1, 2]).unwrap().number(), 5.0);
        assert_eq!(found[0].center(runs, &[]), None);
        // A run that broke is not censored: it is not there.
        assert_eq!(runs.len(), 3);
    }
}
