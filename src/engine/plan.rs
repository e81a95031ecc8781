//! What can be worked out once from a setup: which laws each type runs, who can touch whom, which streams name what.
//!
//! A plan holds no state and decides nothing about biology; it only saves looking the same thing up in every step.

use super::grid::Grid;
use super::program::Program;
use crate::model::{
    Binds, CellType, CellTypeId, FlowKind, InteractionKind, LayerId, ReceptorId, Setup, SubstrateId, TraitId,
};
use crate::random::Purpose;

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
    /// By flow: the law of enter and exchange flows, evaluated at door cells.
    pub doors: Vec<Option<Program>>,
    /// Substrates with a field.
    pub fields: Vec<SubstrateId>,
}

/// The laws of one cell type, as outputs of two programs.
pub struct TypePlan {
    /// Read at the start of the step: secretion, uptake, supply.
    pub exchange: Program,
    pub secrete: Vec<(SubstrateId, usize)>,
    pub uptake: Vec<(SubstrateId, usize)>,
    /// Substrate, output, value pulled to.
    pub supply: Vec<(SubstrateId, usize, f32)>,
    /// Read after the fields: hazards, movement, trait dynamics.
    pub decide: Program,
    pub hazards: Vec<HazardPlan>,
    pub movement: Option<MovementPlan>,
    pub dynamics: Vec<DynamicsPlan>,
    /// Receptors that consume their ligand: receptor, substrate.
    pub ligands: Vec<(ReceptorId, SubstrateId)>,
    /// Antigen receptors that some gate of this type names under all or any.
    pub recognizing: Vec<ReceptorId>,
    /// Which of the layer's stored traits the type carries.
    pub carries: Vec<bool>,
    pub can_move: bool,
    /// `remains` in whole steps.
    pub remains: u32,
}

/// What a hazard does when it wins the race.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    Divide,
    /// Index into the type's named deaths.
    Die(u8),
    Convert(CellTypeId),
    /// Index of the flow.
    Leave(u16),
}

pub struct HazardPlan {
    pub act: Act,
    pub output: usize,
    pub purpose: Purpose,
}

pub struct MovementPlan {
    pub speed: usize,
    pub persistence: usize,
    pub toward: Vec<(SubstrateId, usize)>,
}

pub struct DynamicsPlan {
    /// Column of the layer.
    pub column: usize,
    pub gain: usize,
    pub loss: usize,
    pub min: f32,
    pub max: f32,
}

pub struct ReceptorPlan {
    /// Layers that hold types with one of the antigens.
    pub layers: Vec<LayerId>,
    /// The antigens bound, with the column of antigen and presenter in each layer.
    pub antigens: Vec<AntigenPlan>,
    /// Column of `copies` in each layer.
    pub copies: Vec<Option<usize>>,
}

pub struct AntigenPlan {
    pub of: TraitId,
    pub columns: Vec<Option<usize>>,
    /// By layer: outer none: no presenter asked for; inner none: the layer does not store it.
    pub presenter: Option<Vec<Option<usize>>>,
    pub presented_at: f32,
}

pub struct InteractionPlan {
    /// By actor in `Interaction::actors`: its rate.
    pub rates: Vec<Program>,
    /// By cell type.
    pub acts: Vec<Option<usize>>,
    pub is_target: Vec<bool>,
    pub target_layers: Vec<LayerId>,
    pub damage: Option<TraitId>,
}

impl Plan {
    pub fn new(setup: &Setup) -> Plan {
        let grid = setup.domain.as_ref().map(|d| Grid::new(d.lattice, d.contact));
        let stored: Vec<Vec<TraitId>> =
            (0..setup.layers.len()).map(|l| super::Cells::stored_by(setup, l)).collect();
        let in_layer = (0..setup.layers.len())
            .map(|l| ids(setup).filter(|t| kind(setup, *t).layer.index() == l).collect())
            .collect();
        Plan {
            grid,
            types: ids(setup).map(|t| TypePlan::new(setup, t, &stored)).collect(),
            in_layer,
            trait_purposes: setup.traits.iter().map(|t| Purpose::of(&format!("trait.{}", t.id))).collect(),
            receptors: (0..setup.receptors.len()).map(|r| ReceptorPlan::new(setup, r, &stored)).collect(),
            interactions: (0..setup.interactions.len()).map(|i| InteractionPlan::new(setup, i)).collect(),
            doors: setup.flows.iter().map(door).collect(),
            fields: (0..setup.substrates.len())
                .filter(|s| setup.substrates[*s].diffusion.is_some())
                .map(|s| SubstrateId(s as u16))
                .collect(),
        }
    }
}

fn ids(setup: &Setup) -> impl Iterator<Item = CellTypeId> + use<> {
    (0..setup.cell_types.len()).map(|t| CellTypeId(t as u16))
}

fn kind(setup: &Setup, id: CellTypeId) -> &CellType {
    &setup.cell_types[id.index()]
}

fn door(flow: &crate::model::Flow) -> Option<Program> {
    matches!(flow.kind, FlowKind::Enter | FlowKind::Exchange).then(|| {
        let mut program = Program::default();
        program.add(&flow.rate);
        program
    })
}

impl TypePlan {
    fn new(setup: &Setup, id: CellTypeId, stored: &[Vec<TraitId>]) -> TypePlan {
        let cell = kind(setup, id);
        let columns = &stored[cell.layer.index()];
        let b = &cell.behaviors;
        let mut exchange = Program::default();
        let secrete = b.secrete.iter().map(|(s, law)| (*s, exchange.add(law))).collect();
        let uptake = b.uptake.iter().map(|(s, law)| (*s, exchange.add(law))).collect();
        let supply = b.supply.iter().map(|s| (s.substrate, exchange.add(&s.rate), s.to as f32)).collect();
        let mut decide = Program::default();
        let mut hazards = Vec::new();
        let mut hazard = |act: Act, rate: &crate::model::Law, purpose: Purpose| {
            if !rate.is_zero() {
                let output = decide.add(rate);
                hazards.push(HazardPlan { act, output, purpose });
            }
        };
        if let Some(h) = &b.divide {
            hazard(Act::Divide, &h.rate, h.purpose);
        }
        for (i, h) in b.die.iter().enumerate() {
            hazard(Act::Die(i as u8), &h.rate, h.purpose);
        }
        for h in &b.convert {
            hazard(Act::Convert(h.to), &h.rate, h.purpose);
        }
        for h in &b.leave {
            hazard(Act::Leave(h.to.0), &h.rate, h.purpose);
        }
        let movement = b.movement.as_ref().filter(|m| !m.speed.is_zero()).map(|m| MovementPlan {
            speed: decide.add(&m.speed),
            persistence: decide.add(&m.persistence),
            toward: m.toward.iter().map(|(s, law)| (*s, decide.add(law))).collect(),
        });
        let dynamics = b
            .dynamics
            .iter()
            .filter(|d| !(d.gain.is_zero() && d.loss.is_zero()))
            .filter_map(|d| {
                let column = columns.binary_search(&d.of).ok()?;
                let of = &setup.traits[d.of.index()];
                Some(DynamicsPlan {
                    column,
                    gain: decide.add(&d.gain),
                    loss: decide.add(&d.loss),
                    min: of.min as f32,
                    max: of.max.map_or(f32::INFINITY, |m| m as f32),
                })
            })
            .collect();
        let ligands = cell
            .receptors
            .iter()
            .filter_map(|r| match &setup.receptors[r.index()] {
                receptor if receptor.uptake > 0.0 => match receptor.binds {
                    Binds::Substrate(s) => Some((*r, s)),
                    Binds::Antigens(_) => None,
                },
                _ => None,
            })
            .collect();
        let recognizing = cell
            .receptors
            .iter()
            .copied()
            .filter(|r| matches!(setup.receptors[r.index()].binds, Binds::Antigens(_)))
            .filter(|r| {
                setup
                    .interactions
                    .iter()
                    .any(|i| i.actors.contains(&id) && (i.gate.all.contains(r) || i.gate.any.contains(r)))
            })
            .collect();
        TypePlan {
            can_move: movement.is_some(),
            exchange,
            secrete,
            uptake,
            supply,
            decide,
            hazards,
            movement,
            dynamics,
            ligands,
            recognizing,
            carries: columns.iter().map(|c| cell.traits.iter().any(|(t, _)| t == c)).collect(),
            remains: (cell.remains / setup.clock.step).ceil() as u32,
        }
    }
}

impl ReceptorPlan {
    fn new(setup: &Setup, receptor: usize, stored: &[Vec<TraitId>]) -> ReceptorPlan {
        let receptor = &setup.receptors[receptor];
        let column_of = |t: TraitId| -> Vec<Option<usize>> {
            stored.iter().map(|columns| columns.binary_search(&t).ok()).collect()
        };
        let antigens: Vec<AntigenPlan> = match &receptor.binds {
            Binds::Substrate(_) => Vec::new(),
            Binds::Antigens(list) => list
                .iter()
                .map(|a| {
                    let antigen = &setup.traits[a.index()];
                    AntigenPlan {
                        of: *a,
                        columns: column_of(*a),
                        presenter: antigen.presented_by.map(column_of),
                        presented_at: antigen.presented_at as f32,
                    }
                })
                .collect(),
        };
        let layers = (0..stored.len())
            .filter(|l| antigens.iter().any(|a| a.columns[*l].is_some()))
            .map(|l| LayerId(l as u16))
            .collect();
        let copies = match receptor.copies {
            Some(t) => column_of(t),
            None => vec![None; stored.len()],
        };
        ReceptorPlan { layers, antigens, copies }
    }
}

impl InteractionPlan {
    fn new(setup: &Setup, interaction: usize) -> InteractionPlan {
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
        InteractionPlan {
            rates,
            acts: ids(setup).map(|t| interaction.actors.iter().position(|a| *a == t)).collect(),
            is_target: ids(setup).map(|t| interaction.targets.contains(&t)).collect(),
            target_layers,
            damage: match interaction.kind {
                InteractionKind::Kill { damage, .. } => Some(damage),
                _ => None,
            },
        }
    }
}
