//! Looks at the state and never touches it: what is measured (`observable`), what ends or grades a subject
//! (`endpoint`), and who writes it down (`recorder`).
//!
//! What and how often is recorded never changes the state: only values that rules, triggers and endpoints
//! read go back to the engine, and they are the same whatever else is recorded.

mod endpoint;
mod events;
mod observable;
mod recorder;
mod snapshot;
mod tape;
mod trigger;

pub use endpoint::CATALOG as ENDPOINTS;
pub use observable::{CATALOG as OBSERVABLES, censored_column};
pub use recorder::Recorder;

/// A line of a catalog: the word used in documents, the unit its values have before conversion, and what it
/// is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    pub name: &'static str,
    /// Unit in which the program computes; "" where it depends on what is named.
    pub unit: &'static str,
    pub doc: &'static str,
}

#[cfg(test)]
mod tests;
