//! What the language knows, by list: the same tables that documents are read with, as rows for people.

use super::compile::{BEHAVIORS, SIGNALS};
use super::documents::{self, DocumentKind};
use super::fields::{Field, Kind, built};
use super::model_fields::RESPONSES;
use super::scenario_fields::{DISTRIBUTION, REGION, TRIGGER};
use crate::units::UNITS;

/// Word and explanation.
type Rows = &'static [(&'static str, &'static str)];

/// Words that a field allows, explained. A test holds the words against the field tables.
const WORDS: &[(&str, &str, &str, Rows)] = &[
    (
        "interactions",
        "interaction",
        "kind",
        &[
            ("kill", "hits add to a damage trait of the target; it dies at `lethal`"),
            ("engulf", "the target disappears into the actor"),
            ("touch", "only to_target, to_self and take: stimulation, suppression, trogocytosis"),
        ],
    ),
    (
        "flows",
        "flow",
        "kind",
        &[
            ("move", "pool to pool, consumed; also differentiation and priming"),
            ("grow", "self-renewal of a pool, up to a capacity"),
            ("lose", "death or clearance from a pool"),
            ("make", "`from` produces `to` without being used up; without `from` a constant source"),
            ("enter", "cells from a compartment into the tissue, at `via` cells"),
            ("leave", "cells from the tissue into a compartment, a hazard per cell"),
            ("exchange", "a substrate both ways between tissue and compartment, at `via` cells"),
        ],
    ),
    (
        "solvers",
        "substrate",
        "solver",
        &[
            ("quasi_steady", "the field is in balance at every step: fast molecules"),
            ("implicit", "any step is stable; the default"),
            ("explicit", "takes its own sub-steps at 0.9 of its stability limit"),
        ],
    ),
    (
        "inheritance",
        "trait",
        "inherit",
        &[
            ("copy", "both daughters get the parent's value"),
            ("split", "half each"),
            ("reset", "the initial value of the type"),
            ("redraw", "a new draw from the distribution"),
            ("increment", "one more per division"),
        ],
    ),
];

const DISTRIBUTION_WORDS: Rows = &[
    ("uniform", "low, high"),
    ("log_uniform", "low, high: even in the logarithm"),
    ("normal", "mean, sd"),
    ("lognormal", "median, sigma (sd of the logarithm)"),
    ("beta", "mean, sd, between 0 and 1"),
    ("bernoulli", "p: 1 with this probability, else 0"),
    ("choice", "values, weights"),
    ("table", "file, column: rows of a CSV file"),
];

const TRIGGERS: Rows = &[
    ("\"12 day\"", "a time"),
    ("[\"7 day\", \"14 day\"]", "a list of times"),
    ("{ every, from, times }", "a period"),
    ("{ after, delay }", "after a dose, removal or endpoint"),
    ("{ when, above or below, every, delay, times }", "when an observable is above or below a value"),
];

const DOCUMENTS: Rows = &[
    ("model", "a disease model, or a product that extends one"),
    ("scenario", "one situation that can be run: a model, places, doses, a clock"),
    ("study", "arms, subjects and comparisons over scenarios"),
    ("sweep", "a design over paths of a scenario or study"),
];

/// Tables that are no named things, with their fields.
fn tables() -> Vec<(&'static str, &'static [Field])> {
    let mut out: Vec<(&'static str, &'static [Field])> =
        documents::parts().map(|p| (p.name, p.fields)).collect();
    for kind in DocumentKind::ALL {
        for field in kind.body().filter(|f| f.built) {
            if let Kind::Table(fields) = field.kind
                && out.iter().all(|t| t.0 != field.key)
            {
                out.push((field.key, fields));
            }
        }
    }
    out.extend([("region", REGION), ("trigger", TRIGGER), ("distribution", DISTRIBUTION)]);
    out
}

/// Names of all lists.
pub fn lists() -> Vec<String> {
    let own =
        ["signals", "behaviors", "responses", "distributions", "triggers", "units", "documents", "tables"];
    let mut names: Vec<String> = own.iter().map(ToString::to_string).collect();
    names.extend(WORDS.iter().map(|w| w.0.to_string()));
    names.extend(tables().iter().map(|t| t.0.to_string()));
    names.sort();
    names
}

/// The rows of a list: a word and what it means. The name of a table lists its keys.
pub fn list(name: &str) -> Option<Vec<(String, String)>> {
    let rows = |rows: Rows| rows.iter().map(|(a, b)| (a.to_string(), b.to_string())).collect::<Vec<_>>();
    if let Some(words) = WORDS.iter().find(|w| w.0 == name) {
        return Some(rows(words.3));
    }
    Some(match name {
        "signals" => SIGNALS
            .iter()
            .map(|s| (s.pattern.to_string(), format!("{} ({}; for {})", s.text, s.unit, s.seen_by())))
            .collect(),
        "behaviors" => BEHAVIORS.iter().map(|b| (b.0.to_string(), format!("{} ({})", b.2, b.1))).collect(),
        "responses" => {
            RESPONSES.iter().map(|f| (format!("{} = {{ {} }}", f.key, keys(f)), f.text.to_string())).collect()
        }
        "distributions" => rows(DISTRIBUTION_WORDS),
        "triggers" => rows(TRIGGERS),
        "documents" => rows(DOCUMENTS),
        "tables" => documents::parts().map(|p| (p.name.to_string(), p.text.to_string())).collect(),
        "units" => UNITS.iter().map(|u| (u.name.to_string(), u.dimension.describe())).collect(),
        _ => tables().into_iter().find(|t| t.0 == name).map(|t| built(t.1).map(row).collect())?,
    })
}

fn keys(field: &Field) -> String {
    match field.kind {
        Kind::Table(fields) => built(fields).map(|f| f.key).collect::<Vec<_>>().join(", "),
        _ => String::new(),
    }
}

/// One key of a table: what it means, its type, whether it is needed, its default.
fn row(field: &Field) -> (String, String) {
    let mut text = format!("{} ({}", field.text, kind(field.kind));
    if field.required {
        text += "; required";
    }
    if !field.default.is_empty() {
        text += &format!("; default {}", field.default);
    }
    (field.key.to_string(), text + ")")
}

/// A kind of value in words.
pub fn kind(kind: Kind) -> String {
    match kind {
        Kind::Quantity(d) => d.describe(),
        Kind::Number => "a number".to_string(),
        Kind::Whole => "a whole number".to_string(),
        Kind::Bool => "true or false".to_string(),
        Kind::Text => "text".to_string(),
        Kind::File => "a path".to_string(),
        Kind::InUnit(unit) => format!("a value: {unit}"),
        Kind::Drawn(unit) => format!("a value or a distribution: {unit}"),
        Kind::Choice(words) => words.join(", "),
        Kind::Name(part) => part.split(' ').collect::<Vec<_>>().join(" or "),
        Kind::Names(part) => {
            format!("one or several of {}", part.split(' ').collect::<Vec<_>>().join(" or "))
        }
        Kind::Lengths(d) => format!("a list: {}", d.describe()),
        Kind::Map(inner) => format!("name = {}", self::kind(*inner)),
        Kind::Things(_) => "named tables".to_string(),
        Kind::Table(fields) => {
            format!("{{ {} }}", built(fields).map(|f| f.key).collect::<Vec<_>>().join(", "))
        }
        Kind::List(_) => "a list of tables".to_string(),
        Kind::Trigger => "a trigger".to_string(),
        Kind::Special(words) => words.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::documents::lookup;
    use super::super::scenario_fields::DISTRIBUTIONS;
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn words_are_those_that_documents_may_hold() {
        for (name, part, key, rows) in WORDS {
            let Some(Kind::Choice(words)) = lookup(DocumentKind::Scenario, &[part, "any", key]) else {
                panic!("{part}.{key} is no choice");
            };
            assert_eq!(rows.iter().map(|r| r.0).collect::<Vec<_>>(), words, "{name}");
        }
        assert_eq!(DISTRIBUTION_WORDS.iter().map(|r| r.0).collect::<Vec<_>>(), DISTRIBUTIONS);
        assert_eq!(
            DOCUMENTS.iter().map(|r| r.0).collect::<Vec<_>>(),
            DocumentKind::ALL.map(DocumentKind::name)
        );
    }

    #[test]
    fn every_list_has_rows_and_no_name_stands_twice() {
        let names = lists();
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
        for name in names {
            let rows = list(&name).unwrap();
            assert!(!rows.is_empty() && rows.iter().all(|r| !r.0.is_empty() && !r.1.is_empty()), "{name}");
        }
        assert!(list("poems").is_none());
        // What is not built is not advertised.
        let words = |name: &str| {
            list(name).unwrap().into_iter().map(|r| format!("{} {}", r.0, r.1)).collect::<Vec<_>>()
        };
        for name in ["escalation", "feature", "predictor"] {
            assert!(list(name).is_none() && !words("tables").iter().any(|w| w.starts_with(name)), "{name}");
        }
        for (name, word) in [
            ("comparison", "loewe"),
            ("subjects", "table"),
            ("subjects", "parallel"),
            ("record", "vtk"),
            ("design", "sobol"),
            ("factor", "dist"),
        ] {
            assert!(!words(name).iter().any(|w| w.contains(word)), "{name} {word}: {:?}", words(name));
        }
        let push = list("cell_type").unwrap().into_iter().find(|r| r.0 == "push").unwrap();
        assert_eq!(push.1, "sites a dividing cell may shift others (a whole number; default 0)");
    }
}
