//! Mean of a trait or antigen over cells.

use super::super::Entry;
use super::{Look, total};
use crate::model::{CellTypeId, ObservedPlace, TraitId, Where};

pub const ENTRY: Entry = Entry {
    name: "mean",
    unit: "",
    doc: "Mean of a trait or antigen over the listed cells on the lattice; missing while there are none.",
};

/// Unit of the trait; NaN without cells, and in compartments, where cells have no traits.
pub fn value(look: &mut Look, place: ObservedPlace, of: TraitId, types: &[CellTypeId], which: &Where) -> f64 {
    let (sum, n) = total::sum(look, place, of, types, which);
    if n > 0 { sum / n as f64 } else { f64::NAN }
}
