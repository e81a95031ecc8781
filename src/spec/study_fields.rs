//! Field tables of a study and of a sweep.

use super::fields::{Field, Kind, Part, field};
use crate::units::Dimension as D;

const NOTE: Field = field("note", Kind::Text, "a remark");
const SOURCE: Field = field("source", Kind::Text, "where it comes from, its tag first (S, D, K, A)");
const ENABLED: Field = field("enabled", Kind::Bool, "whether it counts").default("true");
const DRAW: Field = field("draw", Kind::Special("path = distribution"), "what differs between subjects");
const TABLE: Field = field("table", Kind::File, "CSV: row i is subject i, its headers are paths");

pub const ARM: &[Field] = &[
    field("scenario", Kind::File, "in place of the study's"),
    field("set", Kind::Special("path = value"), "what differs in this arm"),
    field("n", Kind::Whole, "subjects (parallel studies only)").positive(),
    field("control", Kind::Bool, "whether it is the control").default("false"),
    ENABLED,
    NOTE,
    SOURCE,
];

pub const CORRELATION: &[Field] = &[
    field("between", Kind::Special("[path, path]"), "two drawn paths").required(),
    field("rho", Kind::Number, "correlation of the Gaussian copula")
        .range(super::fields::Range::Bias)
        .required(),
];
pub const GROUP: &[Field] =
    &[field("n", Kind::Whole, "subjects of the group").positive().required(), DRAW, TABLE, NOTE];

pub const SUBJECTS: &[Field] = &[
    field("n", Kind::Whole, "subjects").positive().default("1"),
    field("assign", Kind::Choice(&["paired", "parallel"]), "paired: every subject in every arm")
        .default("\"paired\""),
    DRAW,
    TABLE,
    field("correlation", Kind::List(CORRELATION), "correlations between draws"),
    field("group", Kind::Things(GROUP), "linked cohorts"),
    field("trials", Kind::Whole, "how often the whole cohort is drawn anew").positive().default("1"),
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
    field("factors", Kind::Special("two dose factors"), "synergy in a sweep: in place of arms"),
    field("endpoint", Kind::Name("endpoint"), "of this endpoint"),
    field("observable", Kind::Name("observable"), "or of this observable"),
    field("at", Kind::Quantity(D::TIME), "at this time; absent: the last with all subjects"),
    field("control", Kind::Special("an arm"), "synergy: the untreated arm"),
    field(
        "null",
        Kind::Choice(&["hsa", "bliss", "loewe", "zip", "log_sum"]),
        "synergy: the law without synergy",
    ),
    field(
        "weight",
        Kind::Choice(&["none", "gehan", "tarone_ware", "fleming_harrington"]),
        "log_rank: weights",
    )
    .default("\"none\""),
    field("strata", Kind::Special("a drawn path or \"group\""), "log_rank: strata"),
    field("trial", Kind::Whole, "log_rank: share of resampled trials of n per arm with p < 0.05").positive(),
    field("ties", Kind::Choice(&["efron", "breslow"]), "cox: ties").default("\"efron\""),
    field("expect", Kind::Table(EXPECT), "band for the estimate"),
    ENABLED,
    NOTE,
    SOURCE,
];

pub const ESCALATION: &[Field] = &[
    field("kind", Kind::Choice(&["three_plus_three", "crm"]), "the rule").required(),
    field("levels", Kind::Special("a list of arms in order"), "dose levels").required(),
    field("toxicity", Kind::Name("endpoint"), "hazard, or grade with `grade` as least").required(),
    field("grade", Kind::Whole, "least grade that counts").positive(),
    field("window", Kind::Quantity(D::TIME), "how long each cohort is watched").positive().required(),
    field("cohort", Kind::Whole, "subjects per level").positive().default("3"),
    field("target", Kind::Number, "crm: share with toxicity").share(),
    NOTE,
    SOURCE,
];

pub const FEATURE: &[Field] = &[
    field("observable", Kind::Name("observable"), "what is measured").required(),
    field("at", Kind::Quantity(D::TIME), "when").required(),
    field("missing", Kind::Number, "share that is missing").share().default("0"),
    ENABLED,
    NOTE,
    SOURCE,
];

pub const PREDICTOR: &[Field] = &[
    field("features", Kind::Special("a list of features and covariates"), "what may be used").required(),
    field("outcome", Kind::Name("endpoint"), "what is predicted").required(),
    field("landmark", Kind::Quantity(D::TIME), "when it is predicted").required(),
    field("train", Kind::Special("a list of groups"), "groups to learn from").required(),
    field("test", Kind::Special("a list of groups"), "groups to test on").required(),
    ENABLED,
    NOTE,
    SOURCE,
];

pub const STUDY: &[Field] = &[
    field("scenario", Kind::File, "the scenario").required(),
    field("replicates", Kind::Whole, "runs per subject and arm").positive().default("1"),
    field("seed", Kind::Whole, "master seed; absent: the scenario's"),
    field("arm", Kind::Things(ARM), "arms"),
    field("subjects", Kind::Table(SUBJECTS), "the cohort"),
    field("comparison", Kind::Things(COMPARISON), "comparisons"),
    field("escalation", Kind::Table(ESCALATION), "dose escalation"),
    field("feature", Kind::Things(FEATURE), "columns of features.csv"),
    field("predictor", Kind::Things(PREDICTOR), "what a predictor may use"),
];

/// The tables of named things of studies and sweeps.
pub const PARTS_OF_A_STUDY: &[Part] = &[
    Part { name: "arm", fields: ARM, text: "one treatment" },
    Part { name: "comparison", fields: COMPARISON, text: "a statistic over arms" },
    Part { name: "feature", fields: FEATURE, text: "a measured column for prediction" },
    Part { name: "predictor", fields: PREDICTOR, text: "what a predictor may use" },
    Part { name: "factor", fields: FACTOR, text: "what a sweep varies" },
];

pub const DESIGNS: &[&str] =
    &["grid", "one_at_a_time", "latin_hypercube", "sobol", "random", "table", "morris", "saltelli"];

pub const DESIGN: &[Field] = &[
    field("kind", Kind::Choice(DESIGNS), "how points are chosen").required(),
    field(
        "points",
        Kind::Whole,
        "number of points (of trajectories for morris, of base points for saltelli)",
    )
    .positive(),
    field("seed", Kind::Whole, "seed of random designs").default("1"),
    field("file", Kind::File, "table: CSV, a column per factor"),
];

pub const FACTOR_RANGE: &[Field] = &[
    field("from", Kind::InUnit("unit of the path"), "first value").required(),
    field("to", Kind::InUnit("unit of the path"), "last value").required(),
    field("points", Kind::Whole, "number of values").positive(),
    field("spacing", Kind::Choice(&["linear", "log"]), "even in the value or in its logarithm")
        .default("\"linear\""),
];

pub const FACTOR: &[Field] = &[
    field("path", Kind::Special("a path, or \"arm\""), "what it varies"),
    field("paths", Kind::Special("a list of paths"), "or several, moved together"),
    field("values", Kind::Special("a list of values"), "its values"),
    field("range", Kind::Table(FACTOR_RANGE), "or a range of them"),
    field("dist", Kind::Special("a distribution"), "or a distribution, its keys beside it"),
    ENABLED,
    NOTE,
    SOURCE,
];

pub const SWEEP: &[Field] = &[
    field("base", Kind::File, "scenario or study").required(),
    field("replicates", Kind::Whole, "runs per point").positive().default("1"),
    field("seed", Kind::Whole, "master seed; absent: the base's"),
    field("design", Kind::Table(DESIGN), "how points are chosen").required(),
    field("factor", Kind::Things(FACTOR), "what is varied").required(),
    field("endpoints", Kind::Names("endpoint"), "endpoints kept; absent: all"),
    field("observables", Kind::Names("observable"), "observables kept; absent: all"),
    field("comparison", Kind::Things(COMPARISON), "comparisons"),
];
