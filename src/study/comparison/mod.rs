//! Comparisons between arms. An open set: a new kind is one file and one line of the catalog. No arm is known by name.

mod change;
mod log_rank;
mod median_ratio;
mod rank_first;
mod rmst;
mod share;
mod synergy;
mod value;

use super::DAY;
use super::results::{ArmResult, Results};
use crate::random::{Key, Purpose, Streams, purposes};
use crate::spec::ComparisonSpec;
use crate::stats::compare::Resampling;
use crate::stats::{Design, Estimate, Observation};

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
    Kind {
        name: "rank_first",
        doc: "share of resamples in which the first arm has the largest median",
        run: rank_first::run,
    },
    Kind { name: "synergy", doc: "excess log-kill of a combination over its parts", run: synergy::run },
];

/// What a comparison is made of.
pub struct Input<'a> {
    pub spec: &'a ComparisonSpec,
    pub results: &'a Results,
    pub arms: Vec<&'a ArmResult>,
    pub control: Option<&'a ArmResult>,
    /// Column of the observable, and its detection limit.
    pub column: Option<&'a str>,
    pub limit: Option<f64>,
    pub plan: Resampling,
    rng: crate::random::KeyedRng,
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
}

impl Input<'_> {
    /// Times to the comparison's endpoint in an arm.
    fn times(&self, arm: &ArmResult) -> Result<Vec<Vec<Observation>>, String> {
        let endpoint = self.spec.endpoint.as_deref().ok_or("needs an endpoint")?;
        self.results.times(arm, endpoint).ok_or_else(|| format!("{endpoint} is not a time"))
    }

    /// The day of the comparison: as written, else the last on which all these arms have all their subjects.
    fn day(&self) -> Result<f64, String> {
        let all: Vec<&ArmResult> = self.arms.iter().copied().chain(self.control).collect();
        let last = self.results.last_common_day(&all).ok_or("no run has been recorded")?;
        Ok(self.spec.at.map_or(last, |at| at / DAY))
    }

    /// Values of the comparison's observable on its day.
    fn values(&self, arm: &ArmResult) -> Result<Vec<Vec<Option<f64>>>, String> {
        let column = self.column.ok_or("needs an observable that is recorded")?;
        Ok(self.results.values(arm, column, self.day()?))
    }

    fn uniform(&mut self) -> f64 {
        self.rng.uniform()
    }
}

/// From the id of an observable to its column and detection limit.
pub type Column<'a> = dyn Fn(&str) -> Option<(String, Option<f64>)> + 'a;

/// Makes every comparison of a study. One that cannot be made stands in the table with the reason as its method.
/// `column`: from the id of an observable to its column and detection limit.
pub fn compare(
    specs: &[ComparisonSpec],
    results: &Results,
    design: Design,
    seed: u64,
    column: &Column,
) -> Vec<Row> {
    specs.iter().map(|spec| one(spec, results, design, seed, column)).collect()
}

fn one(spec: &ComparisonSpec, results: &Results, design: Design, seed: u64, column: &Column) -> Row {
    let observed = spec.observable.as_deref().and_then(column);
    let of = spec.endpoint.clone().or(observed.as_ref().map(|o| o.0.clone())).unwrap_or_default();
    let estimate = make(spec, results, design, seed, observed.as_ref()).unwrap_or_else(|why| Estimate {
        value: None,
        lower: None,
        upper: None,
        p: None,
        n: 0,
        method: format!("not made: {why}"),
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
    }
}

fn make(
    spec: &ComparisonSpec,
    results: &Results,
    design: Design,
    seed: u64,
    observed: Option<&(String, Option<f64>)>,
) -> Result<Estimate, String> {
    let kind = CATALOG
        .iter()
        .find(|k| k.name == spec.kind)
        .ok_or_else(|| format!("kind {} is not built yet", spec.kind))?;
    let arm = |id: &String| {
        results
            .arm(id)
            .filter(|a| !a.subjects.is_empty())
            .ok_or_else(|| format!("arm {id} has no finished run"))
    };
    let mut input = Input {
        spec,
        results,
        arms: spec.arms.iter().map(arm).collect::<Result<_, _>>()?,
        control: spec.control.as_ref().map(arm).transpose()?,
        column: observed.map(|o| o.0.as_str()),
        limit: observed.and_then(|o| o.1),
        plan: Resampling { design, resamples: RESAMPLES, level: 0.95 },
        rng: Streams { seed }.rng(Key(u64::from(Purpose::of(&spec.id).0)), 0, purposes::BOOTSTRAP),
    };
    (kind.run)(&mut input)
}
