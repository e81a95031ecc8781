//! The laws of one cell type, gathered into programs.

use super::kind;
use crate::engine::program::Program;
use crate::model::{Binds, CellTypeId, Law, Origin, ReceptorId, Setup, SubstrateId, TraitId};
use crate::random::Purpose;

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
    /// By receptor: whether the type bears it.
    pub bears: Vec<bool>,
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
    /// Only cells of this origin; none: all.
    pub origin: Option<Origin>,
}

pub struct MovementPlan {
    pub speed: usize,
    pub persistence: usize,
    pub toward: Vec<(SubstrateId, usize)>,
    /// `Movement::contrast`.
    pub contrast: f32,
}

pub struct DynamicsPlan {
    /// Column of the layer.
    pub column: usize,
    pub gain: usize,
    pub loss: usize,
    pub min: f32,
    pub max: f32,
}

impl TypePlan {
    pub fn new(setup: &Setup, id: CellTypeId, stored: &[Vec<TraitId>]) -> TypePlan {
        let cell = kind(setup, id);
        let columns = &stored[cell.layer.index()];
        let b = &cell.behaviors;
        let mut exchange = Program::default();
        let secrete = b.secrete.iter().map(|(s, law)| (*s, exchange.add(law))).collect();
        let uptake = b.uptake.iter().map(|(s, law)| (*s, exchange.add(law))).collect();
        let supply = b.supply.iter().map(|s| (s.substrate, exchange.add(&s.rate), s.to as f32)).collect();
        let mut decide = Program::default();
        let mut hazards = Vec::new();
        let mut hazard = |act: Act, rate: &Law, purpose: Purpose| {
            if !rate.is_zero() {
                let output = decide.add(rate);
                let origin = match act {
                    Act::Leave(flow) => setup.flows[usize::from(flow)].origin,
                    _ => None,
                };
                hazards.push(HazardPlan { act, output, purpose, origin });
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
            contrast: m.contrast as f32,
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
            bears: (0..setup.receptors.len())
                .map(|r| cell.receptors.contains(&ReceptorId(r as u16)))
                .collect(),
            recognizing,
            carries: columns.iter().map(|c| cell.traits.iter().any(|(t, _)| t == c)).collect(),
            remains: (cell.remains / setup.clock.step).ceil() as u32,
        }
    }
}
