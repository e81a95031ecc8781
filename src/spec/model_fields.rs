//! Field tables of a model: what a disease or product file may hold.

use super::fields::{Field, Kind, Part, field, quantity};
use super::scenario_fields::{REGION, TRIGGER_TEXT};
use crate::units::Dimension as D;

const ENABLED: Field = field("enabled", Kind::Bool, "whether it acts").default("true");
const NOTE: Field = field("note", Kind::Text, "a remark");
const LABEL: Field = field("label", Kind::Text, "its name in figures; absent: the id in words");
const SOURCE: Field = field("source", Kind::Text, "where it comes from, its tag first (S, D, K, A)");
const MECHANISM: Field = field("mechanism", Kind::Name("mechanism"), "the switch it belongs to");
const ABSTRACT: Field =
    field("abstract", Kind::Bool, "only a parent: nothing is of exactly this kind").default("false");

pub const LATTICE: &[Field] = &[
    field("spacing", Kind::Quantity(D::LENGTH), "edge of a site").positive().default("\"20 um\""),
    field(
        "layers",
        Kind::Special("a list of names"),
        "sheets of the lattice, at most one cell per site and layer",
    )
    .required(),
    field("contact", Kind::Choice(&["face", "full"]), "which sites touch; the own site always does")
        .default("\"full\""),
];

pub const SUBSTRATE: &[Field] = &[
    field("unit", Kind::Special("a unit of concentration, pressure, or \"1\""), "unit of its concentration")
        .required(),
    quantity("diffusion", D::DIFFUSION, "absent: no field on the lattice, compartments only"),
    quantity("decay", D::RATE, "first-order loss on the lattice").default("\"0 /min\""),
    field("initial", Kind::InUnit("unit of the substrate"), "concentration at the start")
        .not_negative()
        .default("0"),
    field("boundary", Kind::Special("\"no_flux\" or a fixed value"), "what holds at the walls")
        .default("\"no_flux\""),
    field("solver", Kind::Choice(&["quasi_steady", "implicit", "explicit"]), "how its field is solved")
        .default("\"implicit\""),
    field("molar_mass", Kind::Quantity(D::MASS), "mass of one molecule, to convert mass units").positive(),
    LABEL,
    ENABLED,
    NOTE,
    SOURCE,
];

pub const MUTATION: &[Field] = &[
    field("probability", Kind::Number, "per daughter").share().required(),
    field("to", Kind::InUnit("unit of the trait"), "the value after it").required(),
];

macro_rules! trait_fields {
    ($unit:literal, $($more:expr),* $(,)?) => { &[
        field("unit", Kind::Special("a unit"), "unit of its values").default($unit),
        field("initial", Kind::Drawn("unit of the trait"), "value of a cell whose type says nothing").default("0"),
        field("min", Kind::InUnit("unit of the trait"), "lower bound").default("0"),
        field("max", Kind::InUnit("unit of the trait"), "upper bound; absent: none"),
        field("gain", Kind::InUnit("unit of the trait per time"), "base of its gain").default("0"),
        quantity("loss", D::RATE, "base of its loss").default("\"0 /min\""),
        field("inherit", Kind::Choice(&["copy", "split", "reset", "redraw", "increment"]), "what a daughter gets").default("\"copy\""),
        field("jitter", Kind::Number, "log-sd of the copying error at division").not_negative().default("0"),
        field("mutation", Kind::Table(MUTATION), "a change at division"),
        $($more,)*
        LABEL, ENABLED, NOTE, SOURCE,
    ] };
}

pub const TRAIT: &[Field] = trait_fields!("\"1\"",);
pub const ANTIGEN: &[Field] = trait_fields!(
    "\"molecules/cell\"",
    field("is_a", Kind::Name("antigen"), "the antigen it is a kind of"),
    ABSTRACT,
    field("presented_by", Kind::Name("trait antigen"), "trait or antigen of the same cell that shows it"),
    field("presented_at", Kind::InUnit("unit of the presenter"), "value at which it is shown in full")
        .positive()
        .default("1"),
);

pub const HILL: &[Field] = &[
    field("half", Kind::InUnit("unit of the signal"), "signal at which it is one half").positive().required(),
    field("power", Kind::Number, "steepness").range(super::fields::Range::AtLeastOne).required(),
];
pub const LINEAR: &[Field] = &[
    field("zero", Kind::InUnit("unit of the signal"), "signal at which it is 0").required(),
    field("one", Kind::InUnit("unit of the signal"), "signal at which it is 1").required(),
];
pub const STEP: &[Field] = &[
    field("above", Kind::InUnit("unit of the signal"), "1 above it, else 0"),
    field("below", Kind::InUnit("unit of the signal"), "1 below it, else 0"),
];
pub const WINDOW: &[Field] = &[
    field("zero", Kind::InUnit("unit of the signal"), "0 up to here").required(),
    field("one", Kind::InUnit("unit of the signal"), "1 from here").required(),
    field("one_end", Kind::InUnit("unit of the signal"), "1 up to here").required(),
    field("zero_end", Kind::InUnit("unit of the signal"), "0 from here").required(),
];

const HILL_FIELD: Field = field("hill", Kind::Table(HILL), "rises as (s/half)^power / (1 + (s/half)^power)");
const LINEAR_FIELD: Field =
    field("linear", Kind::Table(LINEAR), "rises, or falls, in a straight line between two signals");
const STEP_FIELD: Field = field("step", Kind::Table(STEP), "0 or 1");
const WINDOW_FIELD: Field = field("window", Kind::Table(WINDOW), "1 within, 0 outside, straight between");

/// The four responses, by key.
pub const RESPONSES: &[Field] = &[HILL_FIELD, LINEAR_FIELD, STEP_FIELD, WINDOW_FIELD];

pub const RECEPTOR: &[Field] = &[
    field("binds", Kind::Names("antigen substrate"), "antigens, or one substrate").required(),
    field("clonal", Kind::Bool, "each cell binds one of the list, fixed at birth and inherited")
        .default("false"),
    HILL_FIELD,
    LINEAR_FIELD,
    STEP_FIELD,
    WINDOW_FIELD,
    field("copies", Kind::Name("trait antigen"), "trait of the bearer that counts copies"),
    field("copies_at", Kind::InUnit("unit of `copies`"), "copies at which exposure is as measured")
        .positive()
        .default("1"),
    quantity("uptake", D::RATE, "ligand consumed at `copies_at` (substrates only)").default("\"0 /min\""),
    ENABLED,
    NOTE,
    SOURCE,
];

pub const MOVE: &[Field] = &[
    quantity("speed", D::SPEED, "speed of crawling").default("\"0 um/min\""),
    quantity("persistence", D::TIME, "how long a direction is kept").default("\"0 min\""),
    field("toward", Kind::Map(&Kind::Number), "bias toward rising concentration, -1..1, by substrate")
        .range(super::fields::Range::Bias),
    field(
        "contrast",
        Kind::Number,
        "relative difference of concentration over one site that is followed in full; less in proportion",
    )
    .not_negative()
    .default("0.01"),
];
pub const SUPPLY: &[Field] = &[
    quantity("rate", D::RATE, "how fast the site is pulled to `to`").required(),
    field("to", Kind::InUnit("unit of the substrate"), "concentration in the vessel")
        .not_negative()
        .required(),
];
const RATE: Kind = Kind::Quantity(D::RATE);

pub const CELL_TYPE: &[Field] = &[
    field("is_a", Kind::Name("cell_type"), "the type it is a kind of; its keys are inherited"),
    ABSTRACT,
    field("layer", Kind::Special("a layer of the lattice"), "the layer it lives in"),
    field("receptors", Kind::Names("receptor"), "receptors it bears"),
    field(
        "antigens",
        Kind::Map(&Kind::Drawn("unit of the antigen")),
        "antigens it carries, with their initial values",
    ),
    field(
        "traits",
        Kind::Map(&Kind::Drawn("unit of the trait")),
        "traits it carries, with their initial values",
    ),
    field("push", Kind::Whole, "sites a dividing cell may shift others").most(10_000.0).default("0"),
    quantity("remains", D::TIME, "how long a dead cell stays").default("\"0 min\""),
    quantity("divide", D::RATE, "division"),
    field("die", Kind::Map(&RATE), "death, by cause").not_negative(),
    field("convert", Kind::Map(&RATE), "change into another type, by type").not_negative(),
    field("move", Kind::Table(MOVE), "movement"),
    field(
        "secrete",
        Kind::Map(&Kind::InUnit("molecules per time, or unit of the substrate per time")),
        "secretion, by substrate",
    )
    .not_negative(),
    field("uptake", Kind::Map(&RATE), "uptake, by substrate").not_negative(),
    field("supply", Kind::Things(SUPPLY), "supply, by substrate: rate x (to - c)"),
    field(
        "gain",
        Kind::Map(&Kind::InUnit("unit of the trait per time")),
        "gain of traits, in place of the trait's base",
    ),
    field("loss", Kind::Map(&RATE), "loss of traits, in place of the trait's base").not_negative(),
    LABEL,
    ENABLED,
    NOTE,
    SOURCE,
];

pub const CONDITION: &[Field] = &[
    field("signal", Kind::Special("a signal"), "what is read").required(),
    HILL_FIELD,
    LINEAR_FIELD,
    STEP_FIELD,
    WINDOW_FIELD,
];

pub const RULE: &[Field] = &[
    MECHANISM,
    field("behavior", Kind::Special("a behavior"), "the number it bends").required(),
    field("cell", Kind::Name("cell_type"), "the cell whose behavior it is (cell behaviors only)"),
    field("effect", Kind::Choice(&["increase", "decrease", "scale"]), "which way").required(),
    field("to", Kind::InUnit("unit of the behavior"), "the value it tends to"),
    field("fold", Kind::Number, "the same as a multiple of the base").not_negative(),
    field("signal", Kind::Special("a signal"), "what is read"),
    HILL_FIELD,
    LINEAR_FIELD,
    STEP_FIELD,
    WINDOW_FIELD,
    field("all", Kind::List(CONDITION), "conditions that must hold together"),
    field("any", Kind::List(CONDITION), "conditions of which one must hold"),
    field("none", Kind::List(CONDITION), "conditions that must not hold"),
    field("states", Kind::Special("a list of live, dead"), "cells it acts on").default("[\"live\"]"),
    ENABLED,
    NOTE,
    SOURCE,
];

pub const GATE: &[Field] = &[
    field("all", Kind::Names("receptor"), "AND"),
    field("any", Kind::Names("receptor"), "OR"),
    field("none", Kind::Names("receptor"), "NOT"),
];

pub const INTERACTION: &[Field] = &[
    MECHANISM,
    field("kind", Kind::Choice(&["kill", "engulf", "touch"]), "what it does").required(),
    field("is_a", Kind::Name("interaction"), "the interaction it is a kind of"),
    ABSTRACT,
    field("cell", Kind::Names("cell_type"), "who acts").required(),
    field("on", Kind::Names("cell_type"), "on whom").required(),
    field("on_states", Kind::Special("a list of live, dead"), "states of the target").default("[\"live\"]"),
    field("recognize", Kind::Table(GATE), "gate over the actor's receptors; absent: always open"),
    quantity("rate", D::RATE, "events per time").required(),
    field(
        "attend",
        Kind::Choice(&["one", "all"]),
        "to the first in an order of its own, or to all that are touched (touch: all, else one)",
    ),
    quantity("cooldown", D::TIME, "handling time after an event").default("\"0 min\""),
    field("damage", Kind::Name("trait"), "trait that hits add to (kill only)"),
    field("hit", Kind::InUnit("unit of `damage`"), "damage per hit").positive().default("1"),
    field("lethal", Kind::InUnit("unit of `damage`"), "damage that kills (kill only)").positive(),
    field(
        "to_target",
        Kind::Map(&Kind::InUnit("unit of the trait")),
        "change of the target's traits per event",
    ),
    field("to_self", Kind::Map(&Kind::InUnit("unit of the trait")), "change of the actor's traits per event"),
    field("take", Kind::Map(&Kind::Number), "share of the target's value that moves to the actor per event")
        .share(),
    LABEL,
    ENABLED,
    NOTE,
    SOURCE,
];

pub const COMPARTMENT: &[Field] = &[
    field("volume", Kind::Quantity(D::VOLUME), "volume").positive().required(),
    field(
        "initial",
        Kind::Map(&Kind::InUnit("cells, molecules, or the unit of the substrate")),
        "content at the start, per clone for clonal cells",
    )
    .not_negative(),
    ENABLED,
    NOTE,
    SOURCE,
];

pub const FLOW_KINDS: &[&str] = &["move", "grow", "lose", "make", "enter", "leave", "exchange"];

pub const FLOW: &[Field] = &[
    MECHANISM,
    field("kind", Kind::Choice(FLOW_KINDS), "what it does").required(),
    field("is_a", Kind::Name("flow"), "the flow it is a kind of"),
    ABSTRACT,
    field("from", Kind::Special("place.species"), "where from; `tissue` is the lattice"),
    field("to", Kind::Special("place.species"), "where to"),
    field(
        "origin",
        Kind::Name("product"),
        "only cells that came from this product (or `native`); absent: all",
    ),
    field("rate", Kind::InUnit("per time, or amount per time"), "base rate").not_negative().required(),
    field("yield", Kind::Number, "multiplies on arrival").not_negative().default("1"),
    quantity("delay", D::TIME, "mean of the way").default("\"0 min\""),
    field("stages", Kind::Whole, "stages of the way").positive().most(1000.0).default("4"),
    field("capacity", Kind::Quantity(D::CELLS), "ceiling of growth").positive(),
    field("shared", Kind::Names("cell_type"), "species counted against the capacity; absent: itself"),
    field("via", Kind::Names("cell_type"), "door cells (enter, exchange)"),
    field("carry", Kind::Bool, "a leaving cell delivers its antigens").default("false"),
    ENABLED,
    NOTE,
    SOURCE,
];

pub const PARTS: &[Field] = &[
    field("cell", Kind::Name("cell_type"), "the cell"),
    field("substrate", Kind::Name("substrate"), "or the substrate"),
    field("share", Kind::Number, "share of the amount").share().default("1"),
    field("traits", Kind::Map(&Kind::Drawn("unit of the trait")), "traits, in place of the type's"),
    field("antigens", Kind::Map(&Kind::Drawn("unit of the antigen")), "antigens, in place of the type's"),
    NOTE,
    SOURCE,
];
pub const PRODUCT: &[Field] = &[
    field("parts", Kind::Things(PARTS), "what is in it").required(),
    field("viability", Kind::Number, "share that is infused alive").share().default("1"),
    ENABLED,
    NOTE,
    SOURCE,
];

pub const MECHANISM_FIELDS: &[Field] =
    &[ENABLED, NOTE, SOURCE, field("off", Kind::Special("path = value"), "what changes when it is disabled")];

pub const WHERE: &[Field] = &[
    field("origin", Kind::Name("product"), "cells that came from this product (or `native`)"),
    field("clone", Kind::Name("antigen"), "cells whose clonal receptor binds this antigen"),
    field("state", Kind::Choice(&["live", "dead", "any"]), "live or dead").default("\"live\""),
    field("trait", Kind::Name("trait antigen"), "the trait that `above` and `below` compare"),
    field("above", Kind::InUnit("unit of the trait"), "cells above it"),
    field("below", Kind::InUnit("unit of the trait"), "cells below it"),
];
pub const NOISE: &[Field] = &[
    field("cv", Kind::Number, "relative error").not_negative().default("0"),
    field("sd", Kind::InUnit("unit of the reading"), "additive error").not_negative().default("0"),
];

pub const OBSERVABLE_KINDS: &[&str] = &[
    "count", "share", "mean", "total", "volume", "radius", "rim", "field", "pool", "events", "clones",
    "reading",
];

pub const OBSERVABLE: &[Field] = &[
    field("kind", Kind::Choice(OBSERVABLE_KINDS), "what is measured").required(),
    field("cells", Kind::Names("cell_type"), "the cells"),
    field("where", Kind::Table(WHERE), "only those"),
    field("among", Kind::Names("cell_type"), "share: of these"),
    field("trait", Kind::Name("trait antigen"), "mean, total: of this trait or antigen"),
    field("substrate", Kind::Name("substrate"), "field: of this substrate"),
    field("region", Kind::Table(REGION), "field: over this region"),
    field("compartment", Kind::Name("compartment"), "pool: in this compartment"),
    field("species", Kind::Name("cell_type substrate antigen"), "pool: of this species"),
    field("as", Kind::Choice(&["amount", "concentration"]), "pool: as which").default("\"amount\""),
    field(
        "cause",
        Kind::Special("an interaction, flow, removal, or cause of death"),
        "events: with this cause",
    ),
    field("of", Kind::Names("cell_type"), "events: of these types"),
    field("antigen", Kind::Name("antigen"), "events: through this antigen"),
    field("receptor", Kind::Name("receptor"), "clones: of this receptor"),
    field("place", Kind::Special("\"tissue\" or a compartment"), "where the cells are counted")
        .default("\"tissue\""),
    field("limit", Kind::InUnit("unit of the observable"), "detection limit").not_negative(),
    field("above", Kind::InUnit("cells"), "clones: with more cells than this").not_negative().default("0"),
    field("terms", Kind::Map(&Kind::Number), "reading: slopes by observable"),
    field("offset", Kind::InUnit("unit of the reading"), "reading: added").default("0"),
    quantity("lag", D::TIME, "reading: first-order delay").default("\"0 min\""),
    field("noise", Kind::Table(NOISE), "reading: measurement error"),
    field("floor", Kind::InUnit("unit of the reading"), "reading: lower values read as this"),
    field("detect", Kind::Special("[low, high]"), "reading: censored outside"),
    LABEL,
    ENABLED,
    NOTE,
    SOURCE,
];

pub const ENDPOINT_KINDS: &[&str] =
    &["cross", "change", "hazard", "first", "all", "response", "summary", "grade", "misfit"];

pub const ENDPOINT: &[Field] = &[
    field("kind", Kind::Choice(ENDPOINT_KINDS), "what it is").required(),
    field("observable", Kind::Name("observable"), "what it looks at"),
    field("above", Kind::InUnit("unit of the observable"), "cross: first time above it"),
    field("below", Kind::InUnit("unit of the observable"), "cross: first time below it"),
    quantity("for", D::TIME, "cross, all: sustained this long").default("\"0 min\""),
    field(
        "from",
        Kind::Special("baseline or nadir; a time for a summary"),
        "change: since when; summary: from when",
    ),
    field("to", Kind::Quantity(D::TIME), "summary: until when"),
    field("fold", Kind::Number, "change: this multiple (below 1: a fall)").positive(),
    field("at_least", Kind::InUnit("unit of the observable"), "change, response: and at least this")
        .not_negative()
        .default("0"),
    field("rate", Kind::Quantity(D::RATE), "hazard: base rate").not_negative(),
    field("of", Kind::Names("endpoint"), "first, all, grade: of these endpoints"),
    field("complete", Kind::InUnit("unit of the observable"), "response: complete at or below")
        .not_negative(),
    field("partial", Kind::Number, "response: partial at this fold of the baseline").positive(),
    field("progress", Kind::Number, "response: progression at this fold of the nadir").positive(),
    field(
        "take",
        Kind::Choice(&["max", "min", "mean", "last", "auc", "time_of_max", "rate"]),
        "summary: which",
    ),
    field("cuts", Kind::Special("a rising list"), "grade: borders between the grades"),
    field("data", Kind::File, "misfit: table of measurements"),
    field("rows", Kind::Map(&Kind::Text), "misfit: rows with these values, by column"),
    field("x", Kind::Text, "misfit: column of times; a suffix _min, _h or _day is its unit"),
    field("y", Kind::Text, "misfit: column of values"),
    field("sd", Kind::Text, "misfit: column of standard deviations"),
    field("visits", Kind::Trigger, TRIGGER_TEXT),
    field("after", Kind::Quantity(D::TIME), "the watch begins at this time"),
    ENABLED,
    NOTE,
    SOURCE,
];

/// The tables of named things in a model.
pub const PARTS_OF_A_MODEL: &[Part] = &[
    Part { name: "substrate", fields: SUBSTRATE, text: "a molecule with a concentration" },
    Part { name: "trait", fields: TRAIT, text: "a number each cell carries" },
    Part { name: "antigen", fields: ANTIGEN, text: "a trait that receptors bind" },
    Part { name: "receptor", fields: RECEPTOR, text: "binds antigens, or a substrate" },
    Part { name: "cell_type", fields: CELL_TYPE, text: "a kind of cell" },
    Part { name: "rule", fields: RULE, text: "bends a behavior by conditions on signals" },
    Part { name: "interaction", fields: INTERACTION, text: "what touching cells do to each other" },
    Part { name: "compartment", fields: COMPARTMENT, text: "a well-mixed part of the body" },
    Part { name: "flow", fields: FLOW, text: "moves, makes and loses content of compartments" },
    Part { name: "product", fields: PRODUCT, text: "what is infused" },
    Part { name: "mechanism", fields: MECHANISM_FIELDS, text: "a switch over things" },
    Part { name: "observable", fields: OBSERVABLE, text: "what is measured" },
    Part { name: "endpoint", fields: ENDPOINT, text: "a time or value derived from observables" },
];

pub const MODEL: &[Field] = &[
    field("lattice", Kind::Table(LATTICE), "where cells live"),
    field("substrate", Kind::Things(SUBSTRATE), "molecules with a concentration"),
    field("trait", Kind::Things(TRAIT), "numbers each cell carries"),
    field("antigen", Kind::Things(ANTIGEN), "traits that receptors bind"),
    field("receptor", Kind::Things(RECEPTOR), "receptors"),
    field("cell_type", Kind::Things(CELL_TYPE), "kinds of cells"),
    field("rule", Kind::Things(RULE), "rules"),
    field("interaction", Kind::Things(INTERACTION), "interactions"),
    field("compartment", Kind::Things(COMPARTMENT), "compartments"),
    field("flow", Kind::Things(FLOW), "flows"),
    field("product", Kind::Things(PRODUCT), "products"),
    field("mechanism", Kind::Things(MECHANISM_FIELDS), "switches"),
    field("observable", Kind::Things(OBSERVABLE), "observables"),
    field("endpoint", Kind::Things(ENDPOINT), "endpoints"),
];
