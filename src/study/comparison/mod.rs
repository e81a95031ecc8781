//! Comparisons between arms. An open set: a new kind is one file and one line of the catalog, and its keys in
//! `spec/study_comparisons.rs`. No arm is known by name.

mod change;
mod cox;
mod input;
mod log_rank;
mod median_ratio;
mod rank_first;
mod rmst;
mod share;
mod synergy;
mod value;

pub use input::Input;

use super::DAY;
use super::results::{ArmResult, Results};
use crate::random::{Key, Purpose, Streams, purposes};
use crate::spec::ComparisonSpec;
use crate::stats::compare::Resampling;
use crate::stats::{Design, Estimate};

/// Resamples of every bootstrap.
const RESAMPLES: usize = 2000;

/// A kind of comparison.
pub struct Kind {
    pub name: &'static str,
    pub doc: &'static str,
    run: fn(&mut Input) -> Result<Estimate, String>,
}

pub const CATALOG: &[Kind] = &[
    Kind { name: "value", doc: "one arm: median of an endpoint, mean of an observable", run: value::run },
    Kind { name: "share", doc: "one arm: share of subjects with the endpoint by a day", run: share::run },
    Kind { name: "median_ratio", doc: "ratio of median times to an endpoint", run: median_ratio::run },
    Kind {
        name: "difference",
        doc: "difference of medians of an observable on a day",
        run: change::difference,
    },
    Kind { name: "ratio", doc: "ratio of medians of an observable on a day", run: change::ratio },
    Kind { name: "rmst", doc: "difference of restricted mean times to an endpoint", run: rmst::run },
    Kind {
        name: "log_rank",
        doc: "log-rank test, or the share of small trials it would find",
        run: log_rank::run,
    },
    Kind { name: "cox", doc: "hazard ratio of a time to an endpoint", run: cox::run },
    Kind {
        name: "rank_first",
        doc: "share of resamples in which the first arm has the largest median",
        run: rank_first::run,
    },
    Kind { name: "synergy", doc: "excess log-kill of a combination over its parts", run: synergy::run },
];

/// What all comparisons of a study share.
pub struct Study<'a> {
    pub results: &'a Results,
    pub design: Design,
    pub seed: u64,
    /// What a subject drew at a path.
    pub drawn: &'a dyn Fn(u32, &str) -> Option<f64>,
    /// From the id of an observable to its column.
    pub column: &'a dyn Fn(&str) -> Option<Column>,
}

/// An observable in the tables.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    pub name: String,
    /// Detection limit.
    pub limit: Option<f64>,
}

/// A row of comparisons.csv.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub comparison: String,
    /// The endpoint, or the column of the observable.
    pub of: String,
    pub arm: String,
    pub reference: String,
    pub estimate: Estimate,
    pub low: Option<f64>,
    pub high: Option<f64>,
    pub role: String,
    pub holds: Option<bool>,
    pub kind: String,
    /// As written, or as chosen where the kind reads a day and none is written.
    pub day: Option<f64>,
    /// All arms, the control last.
    pub arms: Vec<String>,
}

/// Makes every comparison of a study. One that cannot be made stands in the table with the reason as its method.
pub fn compare(specs: &[ComparisonSpec], study: &Study) -> Vec<Row> {
    specs.iter().map(|spec| one(spec, study)).collect()
}

fn one(spec: &ComparisonSpec, study: &Study) -> Row {
    let observed = spec.observable.as_deref().and_then(study.column);
    let of = spec.endpoint.clone().or(observed.as_ref().map(|o| o.name.clone())).unwrap_or_default();
    let mut day = spec.at.map(|at| at / DAY);
    let estimate = make(spec, study, observed.and_then(|o| o.limit), &mut day).unwrap_or_else(|why| {
        Estimate { value: None, lower: None, upper: None, p: None, n: 0, method: format!("not made: {why}") }
    });
    let (low, high) = spec.expect.as_ref().map_or((None, None), |e| (e.low, e.high));
    let holds = estimate
        .value
        .filter(|_| low.is_some() || high.is_some())
        .map(|v| low.is_none_or(|low| v >= low) && high.is_none_or(|high| v <= high));
    let reference = spec.arms.last().filter(|_| spec.arms.len() > 1);
    Row {
        comparison: spec.id.clone(),
        of,
        arm: spec.arms.first().cloned().unwrap_or_default(),
        reference: spec.control.clone().or(reference.cloned()).unwrap_or_default(),
        estimate,
        low,
        high,
        role: spec.expect.as_ref().map(|e| e.role.clone()).unwrap_or_default(),
        holds,
        kind: spec.kind.clone(),
        day,
        arms: spec.arms.iter().chain(&spec.control).cloned().collect(),
    }
}

/// Leaves in `day` the day of the comparison where it had to be chosen.
fn make(
    spec: &ComparisonSpec,
    study: &Study,
    limit: Option<f64>,
    day: &mut Option<f64>,
) -> Result<Estimate, String> {
    let kind = CATALOG
        .iter()
        .find(|k| k.name == spec.kind)
        .ok_or_else(|| format!("kind {} is not built yet", spec.kind))?;
    let arm = |id: &String| -> Result<&ArmResult, String> {
        let found = study.results.arm(id).filter(|a| !a.subjects.is_empty());
        found.ok_or_else(|| format!("arm {id} has no finished run"))
    };
    let mut input = Input {
        spec,
        results: study.results,
        arms: spec.arms.iter().map(arm).collect::<Result<_, _>>()?,
        control: spec.control.as_ref().map(arm).transpose()?,
        limit,
        day: *day,
        plan: Resampling { design: study.design, resamples: RESAMPLES, level: 0.95 },
        drawn: study.drawn,
        rng: Streams { seed: study.seed }.rng(
            Key(u64::from(Purpose::of(&spec.id).0)),
            0,
            purposes::BOOTSTRAP,
        ),
        notes: Vec::new(),
    };
    let made = (kind.run)(&mut input);
    *day = input.day;
    let mut estimate = made?;
    for note in &input.notes {
        estimate.method += &format!("; {note}");
    }
    Ok(estimate)
}

#[cfg(test)]
mod tests;
