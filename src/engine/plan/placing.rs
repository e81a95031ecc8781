//! Which place acts before which.

use crate::model::{CellTypeId, PlaceCells, Placement, Scale, Setup, Shape};

/// Indices of the places in the order in which they act in a step: those that hold cells of the section's types first, which
/// make the weight by which the others are counted; a place near cells after those that place such cells. Else, and where
/// places wait for each other in a circle, in order of their ids.
pub fn in_order(setup: &Setup) -> Vec<usize> {
    let places = &setup.places;
    let holds = |place: &PlaceCells, types: &[CellTypeId]| match &place.placement {
        Placement::Table(rows) => rows.iter().any(|row| types.contains(&row.cell)),
        _ => types.contains(&place.cell),
    };
    let weighs = |place: &PlaceCells| match setup.domain.as_ref().map(|d| &d.scale) {
        Some(Scale::Section { of }) => holds(place, of),
        _ => false,
    };
    let waits = |place: &PlaceCells, others: &[usize]| {
        let region = &place.region;
        let awaited = |other: &PlaceCells| !std::ptr::eq(place, other) && holds(other, &region.cells);
        region.shape == Shape::Near && others.iter().any(|i| awaited(&places[*i]))
    };
    let mut left: Vec<usize> = (0..places.len()).collect();
    left.sort_by_key(|i| !weighs(&places[*i]));
    let mut order = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let next = left.iter().position(|i| !waits(&places[*i], &left)).unwrap_or(0);
        order.push(left.remove(next));
    }
    order
}
