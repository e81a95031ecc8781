//! What can be worked out once from a setup: which laws each type runs, who can touch whom, which streams name what.
//!
//! A plan holds no state and decides nothing about biology; it only saves looking the same thing up in every step.

mod cell_type;
mod flow;
mod interaction;
mod placing;
mod receptor;

use super::Pools;
use super::grid::Grid;
use super::planted::Bug;
use crate::model::{CellType, CellTypeId, Setup, TraitId};
use crate::random::Purpose;
pub use cell_type::{Act, DynamicsPlan, TypePlan};
pub use flow::FlowPlan;
pub use interaction::InteractionPlan;
pub use receptor::ReceptorPlan;

pub struct Plan {
    pub grid: Option<Grid>,
    pub types: Vec<TypePlan>,
    /// Types of each layer.
    pub in_layer: Vec<Vec<CellTypeId>>,
    /// Draws of initial values, inheritance and mutation, by trait.
    pub trait_purposes: Vec<Purpose>,
    /// By receptor.
    pub receptors: Vec<ReceptorPlan>,
    /// By interaction.
    pub interactions: Vec<InteractionPlan>,
    /// By flow.
    pub flows: Vec<FlowPlan>,
    /// Indices of the places in the order in which they act.
    pub placing: Vec<usize>,
    #[cfg(test)]
    bug: Option<Bug>,
}

impl Plan {
    pub fn new(setup: &Setup) -> Plan {
        let grid = setup.domain.as_ref().map(|d| Grid::new(d.lattice, d.contact));
        let stored: Vec<Vec<TraitId>> =
            (0..setup.layers.len()).map(|l| super::Cells::stored_by(setup, l)).collect();
        let in_layer = (0..setup.layers.len())
            .map(|l| ids(setup).filter(|t| kind(setup, *t).layer.index() == l).collect())
            .collect();
        let pools = Pools::new(setup);
        Plan {
            grid,
            types: ids(setup).map(|t| TypePlan::new(setup, t, &stored)).collect(),
            in_layer,
            trait_purposes: setup.traits.iter().map(|t| Purpose::of(&format!("trait.{}", t.id))).collect(),
            receptors: (0..setup.receptors.len()).map(|r| ReceptorPlan::new(setup, r, &stored)).collect(),
            interactions: (0..setup.interactions.len()).map(|i| InteractionPlan::new(setup, i)).collect(),
            flows: (0..setup.flows.len()).map(|f| FlowPlan::new(setup, &pools, f)).collect(),
            placing: placing::in_order(setup),
            #[cfg(test)]
            bug: super::planted::planted(),
        }
    }

    /// Whether a test has planted this bug.
    #[cfg(test)]
    #[inline(always)]
    pub fn has(&self, bug: Bug) -> bool {
        self.bug == Some(bug)
    }

    /// There are no bugs outside of tests.
    #[cfg(not(test))]
    #[inline(always)]
    pub const fn has(&self, _: Bug) -> bool {
        false
    }
}

fn ids(setup: &Setup) -> impl Iterator<Item = CellTypeId> + use<> {
    (0..setup.cell_types.len()).map(|t| CellTypeId(t as u16))
}

fn kind(setup: &Setup, id: CellTypeId) -> &CellType {
    &setup.cell_types[id.index()]
}
