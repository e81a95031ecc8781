//! TOML documents: read, inherited, overridden, checked and compiled to a `Setup`; every problem at once.
//!
//! The way of a document: `tree` (text with places) -> `merge` (one tree of all files) -> `overrides` ->
//! `reader` with the field tables. Engine, files of results and figures may not enter.

mod compile;
mod diagnostics;
mod documents;
mod fields;
mod inherit;
mod merge;
mod model_fields;
mod overrides;
mod reader;
mod scenario_fields;
mod study;
mod study_fields;
mod sweep;
mod tree;

pub use compile::{Built, build, compile};
pub use diagnostics::{Problem, Severity, render};
pub use documents::DocumentKind;
pub use merge::{Document, load};
pub use overrides::Override;
pub use study::{ArmSpec, ComparisonSpec, Expect, StudySpec, SubjectDraw, Subjects, study};
pub use sweep::{Factor, Level, SweepSpec, sweep};
