//! The four kinds of documents and the fields at the top of each.

use super::fields::{Field, Kind, Part, field};
use super::model_fields::{MODEL, PARTS_OF_A_MODEL};
use super::scenario_fields::{PARTS_OF_A_SCENARIO, SCENARIO};
use super::study_fields::{PARTS_OF_A_STUDY, STUDY, SWEEP};

/// What a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DocumentKind {
    Model,
    Scenario,
    Study,
    Sweep,
}

impl DocumentKind {
    pub const ALL: [DocumentKind; 4] =
        [DocumentKind::Model, DocumentKind::Scenario, DocumentKind::Study, DocumentKind::Sweep];

    pub fn name(self) -> &'static str {
        match self {
            DocumentKind::Model => "model",
            DocumentKind::Scenario => "scenario",
            DocumentKind::Study => "study",
            DocumentKind::Sweep => "sweep",
        }
    }

    /// Keys at the top of the document that only say what it is and what it builds on.
    pub fn header(self) -> &'static [Field] {
        match self {
            DocumentKind::Scenario => SCENARIO_HEADER,
            _ => HEADER,
        }
    }

    /// All other tables and keys at the top.
    pub fn body(self) -> impl Iterator<Item = &'static Field> {
        let (first, second): (&[Field], &[Field]) = match self {
            DocumentKind::Model => (MODEL, &[]),
            DocumentKind::Scenario => (MODEL, SCENARIO),
            DocumentKind::Study => (STUDY, &[]),
            DocumentKind::Sweep => (SWEEP, &[]),
        };
        first.iter().chain(second)
    }
}

const KIND: Field =
    field("kind", Kind::Choice(&["model", "scenario", "study", "sweep"]), "what the document is").required();
const EXTENDS: Field = field("extends", Kind::Special("a path or a list of paths"), "documents it builds on");
const TITLE: Field = field("title", Kind::Text, "a title");
const NOTE: Field = field("note", Kind::Text, "a remark");

const HEADER: &[Field] = &[KIND, EXTENDS, TITLE, NOTE];
const SCENARIO_HEADER: &[Field] = &[
    KIND,
    EXTENDS,
    TITLE,
    NOTE,
    field("model", Kind::Special("a path or a list of paths"), "models it uses"),
    field("set", Kind::Special("path = value"), "overrides of the models"),
];

/// All tables of named things, in the order of the language.
pub fn parts() -> impl Iterator<Item = &'static Part> {
    PARTS_OF_A_MODEL.iter().chain(PARTS_OF_A_SCENARIO).chain(PARTS_OF_A_STUDY)
}

/// Whether the value at a path of a scenario names a file.
pub fn is_file(path: &str) -> bool {
    let keys: Vec<&str> = path.split('.').collect();
    matches!(lookup(DocumentKind::Scenario, &keys), Some(Kind::File))
}

/// What may stand at a path of a document, if anything.
pub fn lookup(kind: DocumentKind, path: &[&str]) -> Option<Kind> {
    let (first, rest) = path.split_first()?;
    let field = kind.body().find(|f| f.key == *first)?;
    super::fields::descend(field.kind, rest)
}
