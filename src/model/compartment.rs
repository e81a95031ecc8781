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
