//! Field tables of a scenario: the situation, and what happens when.

use super::fields::{Field, Kind, Part, Range, field, quantity};
use crate::units::Dimension as D;

/// What `record.formats` may name.
pub const SNAPSHOT_FORMATS: &[&str] = &["npy"];

const ENABLED: Field = field("enabled", Kind::Bool, "whether it acts").default("true");
const NOTE: Field = field("note", Kind::Text, "a remark");
const SOURCE: Field = field("source", Kind::Text, "where it comes from, its tag first (S, D, K, A)");
const MECHANISM: Field = field("mechanism", Kind::Name("mechanism"), "the switch it belongs to");

/// What every `at`, `visits` and `snapshots` may say.
pub const TRIGGER_TEXT: &str = "when: a time, a list of times, { every, from, times }, { after, delay } or { when, above or below, every, delay, times }";

pub const SHAPES: &[&str] = &["everywhere", "disc", "sphere", "box", "shell", "boundary", "near"];

pub const REGION: &[Field] = &[
    field("shape", Kind::Choice(SHAPES), "its form").default("\"everywhere\""),
    field("center", Kind::Lengths(D::LENGTH), "absent: the middle of the domain"),
    field("radius", Kind::Quantity(D::LENGTH), "disc, sphere, shell: outer radius; near: the distance")
        .positive(),
    quantity("inner", D::LENGTH, "shell: inner radius").default("\"0 um\""),
    field("size", Kind::Lengths(D::LENGTH), "box: edges"),
    field("cells", Kind::Names("cell_type"), "near: these cells"),
];

pub const TRIGGER: &[Field] = &[
    field("every", Kind::Quantity(D::TIME), "period").positive(),
    field("from", Kind::Quantity(D::TIME), "first time"),
    field("times", Kind::Whole, "how often at most").positive().most(100_000.0),
    field("after", Kind::Name("dose removal endpoint"), "after this dose, removal or endpoint"),
    quantity("delay", D::TIME, "this long after it").default("\"0 min\""),
    field("when", Kind::Name("observable"), "when this observable is"),
    field("above", Kind::InUnit("unit of the observable"), "above this"),
    field("below", Kind::InUnit("unit of the observable"), "below this"),
];

pub const HOST: &[Field] = &[
    field("species", Kind::Text, "mouse, human, ..."),
    field("weight", Kind::Quantity(D::MASS), "body weight").positive(),
    field("body_surface", Kind::Quantity(D::AREA), "body surface").positive(),
    NOTE,
    SOURCE,
];

pub const DOMAIN: &[Field] = &[
    field("size", Kind::Lengths(D::LENGTH), "edges of the box: two (a slice) or three").required(),
    field(
        "scale",
        Kind::Special("whole, section, or a number of at least 1"),
        "what part of the animal it is",
    )
    .default("\"whole\""),
    field("section_of", Kind::Names("cell_type"), "section: the types that define the radius"),
    NOTE,
    SOURCE,
];

pub const CLOCK: &[Field] = &[
    field("start", Kind::Quantity(D::TIME), "first time").default("\"0 day\""),
    field("end", Kind::Quantity(D::TIME), "last time").required(),
    field("step", Kind::Quantity(D::TIME), "step of cells and fields").positive().default("\"30 min\""),
    field("pools", Kind::Quantity(D::TIME), "step of the compartments; absent: the step").positive(),
    field("seed", Kind::Whole, "master seed").default("1"),
    field("from", Kind::File, "a checkpoint from which the run starts"),
    NOTE,
    SOURCE,
];

pub const PLACE: &[Field] = &[
    field("cell", Kind::Name("cell_type"), "which cells; a file may name them row by row"),
    field("count", Kind::Quantity(D::CELLS), "how many, in the animal").not_negative(),
    field("share", Kind::Number, "or: share of the sites of the region").share(),
    field("file", Kind::File, "or: a table of cells (columns x, y, z in um, type, traits)"),
    field("region", Kind::Table(REGION), "where"),
    field("pattern", Kind::Choice(&["packed", "random"]), "how").default("\"random\""),
    field("traits", Kind::Map(&Kind::Drawn("unit of the trait")), "traits, in place of the type's"),
    field("antigens", Kind::Map(&Kind::Drawn("unit of the antigen")), "antigens, in place of the type's"),
    field("at", Kind::Trigger, TRIGGER_TEXT),
    ENABLED,
    NOTE,
    SOURCE,
];

pub const DOSE: &[Field] = &[
    MECHANISM,
    field("product", Kind::Name("product"), "what is given").required(),
    field("amount", Kind::InUnit("cells, molecules or a mass; per kg or per m^2 of the host"), "how much")
        .not_negative()
        .required(),
    field("at", Kind::Trigger, TRIGGER_TEXT).required(),
    field("into", Kind::Special("a compartment, or \"tissue\""), "where").required(),
    field("region", Kind::Table(REGION), "tissue: where in it"),
    quantity("over", D::TIME, "given evenly over this time").default("\"0 min\""),
    ENABLED,
    NOTE,
    SOURCE,
];

pub const REMOVAL: &[Field] = &[
    MECHANISM,
    field("cells", Kind::Names("cell_type"), "which cells").required(),
    field("from", Kind::Special("compartments, or \"tissue\"; one or a list"), "where from").required(),
    field("share", Kind::Number, "share that is removed").share().required(),
    field("region", Kind::Table(REGION), "tissue: only here"),
    quantity("margin", D::LENGTH, "tissue: everything this near to the listed cells too").default("\"0 um\""),
    field("at", Kind::Trigger, TRIGGER_TEXT).required(),
    ENABLED,
    NOTE,
    SOURCE,
];

pub const RECORD: &[Field] = &[
    field("every", Kind::Quantity(D::TIME), "time between rows of series.csv")
        .positive()
        .default("\"1 day\""),
    field("observables", Kind::Names("observable"), "what is recorded; absent: all"),
    field("events", Kind::Quantity(D::TIME), "bin of events.csv").positive().default("\"1 day\""),
    field("snapshots", Kind::Trigger, TRIGGER_TEXT),
    field("formats", Kind::Special("a list of npy"), "how snapshots are written")
        .later(&["vtk", "zarr"])
        .default("[\"npy\"]"),
    field("checkpoints", Kind::Table(CHECKPOINTS), "when a run is kept to be taken up again"),
    NOTE,
];

const CHECKPOINTS: &[Field] = &[
    field("every", Kind::Quantity(D::TIME), "simulated time between checkpoints that stay (checkpoints/)")
        .positive(),
    field(
        "wall",
        Kind::Quantity(D::TIME),
        "time by the clock on the wall between checkpoints that last until the run is done",
    )
    .positive()
    .default("\"10 min\""),
    NOTE,
];

pub const STOP: &[Field] =
    &[field("endpoints", Kind::Names("endpoint"), "the run ends when one of these occurs"), NOTE];

/// The tables of named things that only a scenario has.
pub const PARTS_OF_A_SCENARIO: &[Part] = &[
    Part { name: "place", fields: PLACE, text: "cells put on the lattice" },
    Part { name: "dose", fields: DOSE, text: "a product given at a time" },
    Part { name: "removal", fields: REMOVAL, text: "surgery or depletion" },
];

/// What a scenario has besides the tables of a model.
pub const SCENARIO: &[Field] = &[
    field("host", Kind::Table(HOST), "the animal or patient"),
    field("domain", Kind::Table(DOMAIN), "the lattice; absent: compartments only"),
    field("clock", Kind::Table(CLOCK), "times and steps").required(),
    field("place", Kind::Things(PLACE), "cells at the start"),
    field("dose", Kind::Things(DOSE), "doses"),
    field("removal", Kind::Things(REMOVAL), "removals"),
    field("record", Kind::Table(RECORD), "what is written, and how often"),
    field("stop", Kind::Table(STOP), "what ends a run"),
];

/// Parameters of a distribution; `dist` says which of them it needs.
pub const DISTRIBUTION: &[Field] = &[
    field("dist", Kind::Choice(DISTRIBUTIONS), "its kind").required(),
    field("low", Kind::InUnit("unit of the value"), "uniform, log_uniform: lower end"),
    field("high", Kind::InUnit("unit of the value"), "uniform, log_uniform: upper end"),
    field("mean", Kind::InUnit("unit of the value"), "normal, beta: mean"),
    field("sd", Kind::InUnit("unit of the value"), "normal, beta: standard deviation").positive(),
    field("median", Kind::InUnit("unit of the value"), "lognormal: median").positive(),
    field("sigma", Kind::Number, "lognormal: sd of the logarithm").not_negative(),
    field("p", Kind::Number, "bernoulli: probability of 1").share(),
    field("values", Kind::Special("a list of values"), "choice: the values"),
    field("weights", Kind::Special("a list of numbers"), "choice: their weights; absent: equal"),
    field("file", Kind::File, "table: a CSV file"),
    field("column", Kind::Text, "table: the column"),
    field("present", Kind::Number, "share that is not zero").range(Range::Share).default("1"),
    field("min", Kind::InUnit("unit of the value"), "smallest; redrawn by quantile, not clipped"),
    field("max", Kind::InUnit("unit of the value"), "largest; redrawn by quantile, not clipped"),
    NOTE,
    SOURCE,
];

pub const DISTRIBUTIONS: &[&str] =
    &["uniform", "log_uniform", "normal", "lognormal", "beta", "bernoulli", "choice", "table"];
