//! Share of cells among others.

use super::super::Entry;
use super::{Look, count};
use crate::model::{CellTypeId, ObservedPlace, Where};

pub const ENTRY: Entry = Entry {
    name: "share",
    unit: "1",
    doc: "Number of the listed cells that fulfill `where`, divided by the number of the cells of `among`; \
          missing while there are none.",
};

/// Those that `which` admits over all of `among` in the same state (live, dead); NaN without any.
pub fn value(
    look: &mut Look,
    place: ObservedPlace,
    types: &[CellTypeId],
    which: &Where,
    among: &[CellTypeId],
) -> f64 {
    let anyone = Where { live: which.live, dead: which.dead, ..Where::default() };
    let all = count::value(look, place, among, &anyone);
    if all > 0.0 { count::value(look, place, types, which) / all } else { f64::NAN }
}
