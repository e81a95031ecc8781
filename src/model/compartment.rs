//! Well-mixed compartments, the pools in them, and the flows that move, make and lose their content.

use super::{CellTypeId, CompartmentId, Law, Origin, SubstrateId, TraitId};
use crate::random::Purpose;
use serde::{Deserialize, Serialize};

/// What a pool holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Species {
    Cell(CellTypeId),
    /// Amount in molecules, or unit * um^3.
    Substrate(SubstrateId),
    /// Molecules.
    Antigen(TraitId),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Compartment {
    pub id: String,
    /// um^3.
    pub volume: f64,
}

/// One well-mixed amount. Cells are told apart by origin and clone, molecules are not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Pool {
    pub compartment: CompartmentId,
    pub species: Species,
    pub origin: Origin,
    /// For cells with a clonal receptor: which antigen of its list it binds; else 0.
    pub clone: u8,
}

impl Pool {
    /// The pool of what has neither origin nor clone: molecules, and native cells without a clonal receptor.
    pub fn of(compartment: CompartmentId, species: Species) -> Pool {
        Pool { compartment, species, origin: Origin::NATIVE, clone: 0 }
    }
}

/// One end of a flow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Place {
    /// Species of a compartment, kinds resolved.
    Pool { compartment: CompartmentId, species: Vec<Species> },
    /// Cells, or a substrate, on the lattice.
    Tissue { species: Vec<Species> },
    /// Nothing: a loss, or a constant source.
    Outside,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FlowKind {
    /// from -> to, consumed.
    Move,
    /// Self-renewal of `from`.
    Grow,
    /// Death, clearance.
    Lose,
    /// `from` produces `to` without being used up; without `from` a constant source.
    Make,
    /// Cells, compartment -> tissue at `via` cells.
    Enter,
    /// Cells, tissue -> compartment.
    Leave,
    /// A substrate both ways at `via` cells.
    Exchange,
}

impl FlowKind {
    /// Whether nothing crosses the border of the tissue.
    pub fn is_between_pools(self) -> bool {
        matches!(self, FlowKind::Move | FlowKind::Grow | FlowKind::Lose | FlowKind::Make)
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Flow {
    pub id: String,
    pub purpose: Purpose,
    pub kind: FlowKind,
    pub from: Place,
    pub to: Place,
    /// Only pools of this origin; none: all.
    pub origin: Option<Origin>,
    /// 1/min per cell or molecule; make from cells to molecules: amount/min per cell; make without `from`: amount/min.
    pub rate: Law,
    /// Multiplies on arrival.
    pub yield_: f64,
    /// Mean of the Erlang chain, min; 0: none.
    pub delay: f64,
    pub stages: u32,
    /// Grow only: `rate * (1 - sum / capacity)+`, the sum over `shared`.
    pub capacity: Option<f64>,
    pub shared: Vec<Species>,
    /// Doors of enter and exchange.
    pub via: Vec<CellTypeId>,
    /// Leave: the cell delivers its antigens to the compartment.
    pub carry: Vec<TraitId>,
}

impl Place {
    /// Species at this end.
    pub fn species(&self) -> &[Species] {
        match self {
            Place::Pool { species, .. } | Place::Tissue { species } => species,
            Place::Outside => &[],
        }
    }
}

impl Flow {
    /// What a species is on the other side: the same where both sides list it, else by position, else the only one there.
    pub fn counterpart(&self, species: Species) -> Option<Species> {
        let (from, to) = (self.from.species(), self.to.species());
        if to.contains(&species) {
            return Some(species);
        }
        let at = from.iter().position(|s| *s == species)?;
        if to.len() == from.len() { to.get(at).copied() } else { to.first().copied() }
    }
}
