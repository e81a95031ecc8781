//! Designs of a sweep: which points of the factors' space are run. An open set: one file and one line here.

mod grid;

/// A way to choose points.
pub struct Design {
    pub name: &'static str,
    pub doc: &'static str,
    /// All points, each a level per factor, for factors with these numbers of levels.
    pub points: fn(levels: &[usize]) -> Vec<Vec<usize>>,
}

pub const CATALOG: &[Design] =
    &[Design { name: "grid", doc: "every combination of the factors' values", points: grid::points }];

/// The design of a name.
pub fn find(name: &str) -> Option<&'static Design> {
    CATALOG.iter().find(|d| d.name == name)
}
