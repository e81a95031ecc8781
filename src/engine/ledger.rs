//! The books: every birth, death, conversion and crossing is counted with its one cause.

use crate::model::{CellTypeId, FlowId, InteractionId, Origin, Setup, TraitId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Why something happened to a cell.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Cause {
    Division,
    /// A division that found no room.
    Blocked,
    /// A named death of the type.
    Named(String),
    /// By another cell: interaction, actor's type and origin, antigen recognized.
    Interaction {
        id: InteractionId,
        actor: CellTypeId,
        origin: Origin,
        antigen: Option<TraitId>,
    },
    Conversion {
        to: CellTypeId,
    },
    Flow(FlowId),
    Place(u16),
    Dose(u16),
    Removal(u16),
    /// A dead cell that dissolved after its time.
    Cleared,
}

impl Cause {
    /// Whether everything it names is in a setup.
    pub fn is_of(&self, setup: &Setup) -> bool {
        match self {
            Cause::Division | Cause::Blocked | Cause::Named(_) | Cause::Cleared => true,
            Cause::Interaction { id, actor, origin, antigen } => {
                id.index() < setup.interactions.len()
                    && actor.index() < setup.cell_types.len()
                    && origin.index() <= setup.products.len()
                    && antigen.is_none_or(|a| a.index() < setup.traits.len())
            }
            Cause::Conversion { to } => to.index() < setup.cell_types.len(),
            Cause::Flow(id) => id.index() < setup.flows.len(),
            Cause::Place(i) => usize::from(*i) < setup.places.len(),
            Cause::Dose(i) => usize::from(*i) < setup.doses.len(),
            Cause::Removal(i) => usize::from(*i) < setup.removals.len(),
        }
    }
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Happening {
    /// Placed, dosed into the tissue, or arrived from a compartment.
    Arrival,
    Birth,
    Death,
    Conversion,
    /// Left to a compartment.
    Departure,
    /// A live or dead cell vanished from the lattice: engulfed while live, removed.
    Removal,
    /// A dead cell vanished.
    Clearance,
    /// A division, an arrival or a placement that found no room: nothing changed.
    Blocked,
}

impl Happening {
    pub const ALL: [Happening; 8] = [
        Happening::Arrival,
        Happening::Birth,
        Happening::Death,
        Happening::Conversion,
        Happening::Departure,
        Happening::Removal,
        Happening::Clearance,
        Happening::Blocked,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Happening::Arrival => "arrival",
            Happening::Birth => "birth",
            Happening::Death => "death",
            Happening::Conversion => "conversion",
            Happening::Departure => "departure",
            Happening::Removal => "removal",
            Happening::Clearance => "clearance",
            Happening::Blocked => "blocked",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Entry {
    pub what: Happening,
    pub cell: CellTypeId,
    pub cause: Cause,
}

/// Counted in cells of the lattice (exact) and in cells of the animal (times the weight at the time).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Count {
    pub lattice: u64,
    pub animal: f64,
}

/// Cumulative counts since the start.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Ledger {
    pub counts: BTreeMap<Entry, Count>,
    /// By cell type: cells of the animal that a change of the section's weight alone has added (less those that it took).
    pub rescaled: Vec<f64>,
}

impl Ledger {
    /// Books one cell of the lattice, which stands for `weight` of the animal.
    pub fn book(&mut self, what: Happening, cell: CellTypeId, cause: Cause, weight: f64) {
        self.book_many(what, cell, cause, weight, 1);
    }

    /// Books `n` cells of the lattice at once.
    pub fn book_many(&mut self, what: Happening, cell: CellTypeId, cause: Cause, weight: f64, n: u64) {
        let count = self.counts.entry(Entry { what, cell, cause }).or_default();
        count.lattice += n;
        count.animal += n as f64 * weight;
    }

    /// Lattice cells of a type with this happening, all causes.
    pub fn total(&self, what: Happening, cell: CellTypeId) -> u64 {
        self.counts.iter().filter(|(e, _)| e.what == what && e.cell == cell).map(|(_, c)| c.lattice).sum()
    }

    /// Lines that change the number of a type's cells, live and dead: 1 where they add, -1 where they take.
    pub fn lines(&self, cell: CellTypeId) -> impl Iterator<Item = (i8, &Count)> {
        self.counts.iter().flat_map(move |(entry, count)| {
            let own = match entry.what {
                _ if entry.cell != cell => 0,
                Happening::Arrival | Happening::Birth => 1,
                Happening::Departure | Happening::Removal | Happening::Clearance | Happening::Conversion => {
                    -1
                }
                Happening::Death | Happening::Blocked => 0,
            };
            let converted = i8::from(entry.cause == (Cause::Conversion { to: cell }));
            [(own, count), (converted, count)].into_iter().filter(|(sign, _)| *sign != 0)
        })
    }

    /// What a type's number on the lattice, live and dead, must be by the books: arrivals and births and conversions
    /// into it, less departures, removals, clearances and conversions out of it.
    pub fn balance(&self, cell: CellTypeId) -> i64 {
        self.lines(cell).map(|(sign, count)| i64::from(sign) * count.lattice as i64).sum()
    }
}
