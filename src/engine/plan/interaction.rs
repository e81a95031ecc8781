//! Who can touch whom, and how fast.

use super::{ids, kind};
use crate::engine::program::Program;
use crate::model::{CellTypeId, InteractionKind, LayerId, Setup};

pub struct InteractionPlan {
    /// By actor in `Interaction::actors`: its rate.
    pub rates: Vec<Program>,
    /// By cell type.
    pub is_target: Vec<bool>,
    pub target_layers: Vec<LayerId>,
}

impl InteractionPlan {
    pub fn new(setup: &Setup, interaction: usize) -> InteractionPlan {
        let interaction = &setup.interactions[interaction];
        let rates = interaction
            .rate
            .iter()
            .map(|law| {
                let mut program = Program::default();
                program.add(law);
                program
            })
            .collect();
        let mut target_layers: Vec<LayerId> =
            interaction.targets.iter().map(|t| kind(setup, *t).layer).collect();
        target_layers.sort_unstable();
        target_layers.dedup();
        // Nobody attends to what no hit can harm.
        let vulnerable = |t: CellTypeId| match interaction.kind {
            InteractionKind::Kill { damage, .. } => {
                kind(setup, t).traits.iter().any(|(carried, _)| *carried == damage)
            }
            InteractionKind::Engulf | InteractionKind::Touch => true,
        };
        InteractionPlan {
            rates,
            is_target: ids(setup).map(|t| interaction.targets.contains(&t) && vulnerable(t)).collect(),
            target_layers,
        }
    }
}
