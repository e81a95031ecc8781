//! Field tables of a study and of a sweep.

use super::fields::{Field, Kind, Part, field};
use crate::units::Dimension as D;

/// Most runs of one command: what a plan and its tables can hold.
pub const MOST_RUNS: f64 = 1e6;
/// Most values of one factor.
pub const MOST_LEVELS: f64 = 1000.0;

const NOTE: Field = field("note", Kind::Text, "a remark");
const SOURCE: Field = field("source", Kind::Text, "where it comes from, its tag first (S, D, K, A)");
const ENABLED: Field = field("enabled", Kind::Bool, "whether it counts").default("true");
const DRAW: Field = field("draw", Kind::Special("path = distribution"), "what differs between subjects");
const TABLE: Field = field("table", Kind::File, "CSV: row i is subject i, its headers are paths").unbuilt();

pub const ARM: &[Field] = &[
    field("scenario", Kind::File, "in place of the study's"),
    field("set", Kind::Special("path = value"), "what differs in this arm"),
    field("n", Kind::Whole, "subjects of one arm, in parallel studies").unbuilt(),
    field("control", Kind::Bool, "whether it is the control").default("false"),
    field("label", Kind::Text, "its name in figures; absent: the id in words"),
    ENABLED,
    NOTE,
    SOURCE,
];

pub const SUBJECTS: &[Field] = &[
    field("n", Kind::Whole, "subjects").positive().most(MOST_RUNS).default("1"),
    field("assign", Kind::Choice(&["paired"]), "paired: every subject in every arm")
        .later(&["parallel"])
        .default("\"paired\""),
    DRAW,
    TABLE,
    field("correlation", Kind::Special("a list of { between, rho }"), "correlations between draws").unbuilt(),
    field("group", Kind::Special("named tables"), "linked cohorts").unbuilt(),
    field("trials", Kind::Whole, "how often the whole cohort is drawn anew").unbuilt(),
    NOTE,
];

pub const EXPECT: &[Field] = &[
    field("low", Kind::InUnit("unit of the estimate"), "lower end of the band"),
    field("high", Kind::InUnit("unit of the estimate"), "upper end of the band"),
    field("role", Kind::Choice(&["fit", "input", "check", "prediction"]), "what the band is for")
        .default("\"check\""),
    SOURCE,
];

pub const COMPARISON_KINDS: &[&str] = &[
    "value",
    "share",
    "median_ratio",
    "difference",
    "ratio",
    "rmst",
    "log_rank",
    "cox",
    "rank_first",
    "synergy",
];

pub const COMPARISON: &[Field] = &[
    field("kind", Kind::Choice(COMPARISON_KINDS), "which statistic").required(),
    field("arms", Kind::Special("a list of arms; the last is the reference"), "what is compared"),
    field("factors", Kind::Special("two dose factors"), "synergy in a sweep: in place of arms").unbuilt(),
    field("endpoint", Kind::Name("endpoint"), "of this endpoint"),
    field("observable", Kind::Name("observable"), "or of this observable"),
    field("at", Kind::Quantity(D::TIME), "at this time; absent: the last with all subjects"),
    field("control", Kind::Special("an arm"), "synergy: the untreated arm"),
    field("null", Kind::Choice(&["log_sum", "bliss", "hsa"]), "synergy: the law without synergy")
        .later(&["loewe", "zip"]),
    field(
        "weight",
        Kind::Choice(&["none", "gehan", "tarone_ware", "fleming_harrington"]),
        "log_rank: weights",
    )
    .default("\"none\""),
    field("strata", Kind::Special("a drawn path"), "log_rank: strata"),
    field("trial", Kind::Whole, "log_rank: share of resampled trials of n per arm with p < 0.05")
        .positive()
        .most(10_000.0),
    field("ties", Kind::Choice(&["efron", "breslow"]), "cox: ties").default("\"efron\""),
    field("expect", Kind::Table(EXPECT), "band for the estimate"),
    ENABLED,
    NOTE,
    SOURCE,
];

pub const STUDY: &[Field] = &[
    field("scenario", Kind::File, "the scenario").required(),
    field("replicates", Kind::Whole, "runs per subject and arm").positive().most(MOST_RUNS).default("1"),
    field("seed", Kind::Whole, "master seed; absent: the scenario's"),
    field("arm", Kind::Things(ARM), "arms"),
    field("subjects", Kind::Table(SUBJECTS), "the cohort"),
    field("comparison", Kind::Things(COMPARISON), "comparisons"),
    field("escalation", Kind::Special("a table"), "dose escalation").unbuilt(),
    field("feature", Kind::Special("named tables"), "columns of features.csv").unbuilt(),
    field("predictor", Kind::Special("named tables"), "what a predictor may use").unbuilt(),
];

/// The tables of named things of studies and sweeps.
pub const PARTS_OF_A_STUDY: &[Part] = &[
    Part { name: "arm", fields: ARM, text: "one treatment" },
    Part { name: "comparison", fields: COMPARISON, text: "a statistic over arms" },
    Part { name: "factor", fields: FACTOR, text: "what a sweep varies" },
];

/// Designs that the language has and this version does not build.
const LATER_DESIGNS: &[&str] =
    &["one_at_a_time", "latin_hypercube", "sobol", "random", "table", "morris", "saltelli"];

pub const DESIGN: &[Field] = &[
    field("kind", Kind::Choice(&["grid"]), "how points are chosen").later(LATER_DESIGNS).required(),
    field("points", Kind::Whole, "number of points").unbuilt(),
    field("seed", Kind::Whole, "seed of random designs").unbuilt(),
    field("file", Kind::File, "table: CSV, a column per factor").unbuilt(),
];

pub const FACTOR_RANGE: &[Field] = &[
    field("from", Kind::InUnit("unit of the path"), "first value").required(),
    field("to", Kind::InUnit("unit of the path"), "last value").required(),
    field("points", Kind::Whole, "number of values").positive().most(MOST_LEVELS),
    field("spacing", Kind::Choice(&["linear", "log"]), "even in the value or in its logarithm")
        .default("\"linear\""),
];

pub const FACTOR: &[Field] = &[
    field("path", Kind::Special("a path, or \"arm\""), "what it varies"),
    field("paths", Kind::Special("a list of paths"), "or several, moved together"),
    field("values", Kind::Special("a list of values"), "its values"),
    field("range", Kind::Table(FACTOR_RANGE), "or a range of them"),
    field("dist", Kind::Special("a distribution"), "a distribution, its keys beside it").unbuilt(),
    ENABLED,
    NOTE,
    SOURCE,
];

pub const SWEEP: &[Field] = &[
    field("base", Kind::File, "scenario or study").required(),
    field("replicates", Kind::Whole, "runs per point").positive().most(MOST_RUNS).default("1"),
    field("seed", Kind::Whole, "master seed; absent: the base's"),
    field("design", Kind::Table(DESIGN), "how points are chosen; absent: a grid"),
    field("factor", Kind::Things(FACTOR), "what is varied").required(),
    field("endpoints", Kind::Names("endpoint"), "endpoints kept; absent: all"),
    field("observables", Kind::Names("observable"), "observables kept; absent: all"),
    field("comparison", Kind::Special("named tables"), "comparisons of a sweep").unbuilt(),
];
