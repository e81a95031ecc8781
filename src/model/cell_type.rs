//! A kind of cell: where it lives, what it carries, what it does.

use super::{CellTypeId, FlowId, Law, LayerId, ReceptorId, SubstrateId, TraitId};
use crate::random::{Draw, Purpose};
use serde::{Deserialize, Serialize};

/// A chance event of a cell: rate (1/min) and the purpose of its draw.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hazard<T> {
    pub to: T,
    pub rate: Law,
    pub purpose: Purpose,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Movement {
    /// um/min.
    pub speed: Law,
    /// min.
    pub persistence: Law,
    /// Bias toward rising concentration, -1..1.
    pub toward: Vec<(SubstrateId, Law)>,
    /// Relative difference of concentration over one site from which on the bias is full.
    pub contrast: f64,
}

/// Pulls the concentration at the site toward `to` with `rate` (1/min).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Supply {
    pub substrate: SubstrateId,
    pub rate: Law,
    pub to: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TraitDynamics {
    pub of: TraitId,
    /// Trait unit per min.
    pub gain: Law,
    /// 1/min.
    pub loss: Law,
}

/// Laws of everything a live cell does. Only behaviors that can be nonzero are listed.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct Behaviors {
    pub divide: Option<Hazard<()>>,
    /// By cause, sorted by cause id.
    pub die: Vec<Hazard<String>>,
    pub convert: Vec<Hazard<CellTypeId>>,
    /// Flows of kind leave that start from this type.
    pub leave: Vec<Hazard<FlowId>>,
    pub movement: Option<Movement>,
    /// Substrate unit per min in the site.
    pub secrete: Vec<(SubstrateId, Law)>,
    /// 1/min.
    pub uptake: Vec<(SubstrateId, Law)>,
    pub supply: Vec<Supply>,
    pub dynamics: Vec<TraitDynamics>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CellType {
    pub id: String,
    pub layer: LayerId,
    /// Initial values of every trait and antigen a cell of this type carries, in order of trait.
    pub traits: Vec<(TraitId, Draw)>,
    pub receptors: Vec<ReceptorId>,
    /// How many cells in line a dividing cell may shift.
    pub push: u32,
    /// How long a dead cell stays, min.
    pub remains: f64,
    pub behaviors: Behaviors,
    /// Types this one is a kind of, nearest first, by id (for tables).
    pub kind_of: Vec<String>,
}
