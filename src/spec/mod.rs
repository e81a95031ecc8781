//! TOML documents: read, inherited, overridden, checked and compiled to a `Setup`; every problem at once.
//!
//! The way of a document: `tree` (text with places) -> `merge` (one tree of all files) -> `overrides` ->
//! `reader` with the field tables. Engine, files of results and figures may not enter.

mod check;
mod compile;
mod context;
mod csv_text;
mod diagnostics;
mod documents;
mod explain;
mod explain_words;
mod fields;
mod inherit;
mod lists;
mod merge;
mod model_fields;
mod overrides;
mod read_text;
mod reader;
mod resolved;
mod scenario_fields;
mod schema;
mod study;
mod study_comparisons;
mod study_fields;
mod subjects;
mod sweep;
mod template;
mod toml_text;
mod tree;

pub use check::{Report, check, load, load_text};
pub use compile::{Built, build, compile};
pub use diagnostics::{Problem, Severity, merged, render, suggest};
pub use documents::{DocumentKind, is_file};
pub use explain::explain;
pub use explain_words::wrap;
pub use lists::{list, lists};
pub use merge::Document;
pub use overrides::{Override, UNTIL};
pub use resolved::{describe, resolved, resolved_with};
pub use scenario_fields::SNAPSHOT_FORMATS;
pub use schema::schema;
pub use study::{ArmSpec, StudySpec, study, too_many};
pub use study_comparisons::{ComparisonSpec, Expect, KINDS as COMPARISON_KINDS};
pub use subjects::{SubjectDraw, Subjects};
pub use sweep::{Factor, Level, SweepSpec, sweep};
pub use template::template;
