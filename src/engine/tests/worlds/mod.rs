//! Worlds for tests that look at more than one process: a tumor, T cells and macrophages in one layer, vessels in another, blood and a spleen. At
//! rest: each scenario switches on what it tests.

mod everything;

pub use everything::everything;

use super::{bare, place, wander};
use crate::model::fixture::{B7H3, BLOOD, DRUG, EXHAUSTION, LYMPHOID, NEO, T_CELL, TCR, TUMOR};
use crate::model::{
    Attention, Binds, CellType, CellTypeId, Compartment, CompartmentId, Condition, Dose, DoseTarget, Flow,
    FlowKind, FlowPlace, Gate, Interaction, InteractionKind, Law, Layer, LayerId, Movement, Pattern,
    PlaceCells, Placement, Receptor, ReceptorId, Response, Setup, Signal, SignalId, Species, States,
    Substrate, SubstrateId, Term, Trait, TraitId, Trigger,
};
use crate::random::{Draw, Purpose};

pub const MACROPHAGE: CellTypeId = CellTypeId(2);
pub const VESSEL: CellTypeId = CellTypeId(3);
pub const VASCULAR: LayerId = LayerId(2);
pub const CYTOKINE: SubstrateId = SubstrateId(2);
pub const DAMAGE: TraitId = TraitId(3);
pub const MHC: TraitId = TraitId(4);
pub const COPIES: TraitId = TraitId(5);
pub const CHIMERIC: ReceptorId = ReceptorId(1);
pub const LIGANDED: ReceptorId = ReceptorId(2);
pub const SPLEEN: CompartmentId = CompartmentId(1);

/// Everything is there and nothing happens. `[nx, ny, nz]` sites of 20 um, steps of 30 min.
pub fn still(size: [usize; 3]) -> Setup {
    let mut setup = bare(size[0], size[1], size[2]);
    setup.layers.push(Layer { id: "vascular".into() });
    setup.substrates.push(Substrate { id: "cytokine".into(), ..setup.substrates[DRUG.index()].clone() });
    for id in ["damage", "mhc", "copies"] {
        setup.traits.push(Trait { id: id.into(), ..setup.traits[EXHAUSTION.index()].clone() });
    }
    let with =
        |traits: &[(TraitId, f64)]| traits.iter().map(|(t, v)| (*t, Draw::constant(*v))).collect::<Vec<_>>();
    setup.cell_types[TUMOR.index()].traits = with(&[(B7H3, 0.0), (NEO, 0.0), (DAMAGE, 0.0), (MHC, 1.0)]);
    let t_cell = &mut setup.cell_types[T_CELL.index()];
    (t_cell.traits, t_cell.receptors) =
        (with(&[(EXHAUSTION, 0.0), (COPIES, 100.0)]), vec![TCR, CHIMERIC, LIGANDED]);
    let macrophage = CellType {
        id: "macrophage".into(),
        layer: LYMPHOID,
        traits: with(&[(NEO, 0.0), (EXHAUSTION, 0.0)]),
        receptors: vec![],
        ..setup.cell_types[T_CELL.index()].clone()
    };
    let vessel = CellType { id: "vessel".into(), layer: VASCULAR, traits: vec![], ..macrophage.clone() };
    setup.cell_types.extend([macrophage, vessel]);
    let tcr = setup.receptors[TCR.index()].clone();
    setup.receptors.push(Receptor {
        id: "car".into(),
        binds: Binds::Antigens(vec![B7H3]),
        clonal: false,
        response: Response::Hill { half: 500.0, power: 2.0 },
        copies: Some(COPIES),
        copies_at: 100.0,
        ..tcr.clone()
    });
    let ligand = Binds::Substrate(CYTOKINE);
    setup.receptors.push(Receptor { id: "il2r".into(), binds: ligand, clonal: false, ..tcr });
    setup.interactions.clear();
    setup.compartments[BLOOD.index()].volume = 2e6;
    setup.compartments.push(Compartment { id: "spleen".into(), volume: 1e6 });
    setup.initial.clear();
    setup
}

/// A field of this diffusion (um^2/min) and decay (1/min).
pub fn field(setup: &mut Setup, of: SubstrateId, diffusion: f64, decay: f64, initial: f64) {
    let s = &mut setup.substrates[of.index()];
    (s.diffusion, s.decay, s.initial) = (Some(diffusion), decay, initial);
}

pub fn put(setup: &mut Setup, cell: CellTypeId, n: f64, pattern: Pattern) {
    let id = format!("{} {}", setup.cell_types[cell.index()].id, setup.places.len());
    setup.places.push(PlaceCells { placement: Placement::Count(n), ..place(&id, cell, n, pattern) });
}

/// The signal's number in the setup.
pub fn read(setup: &mut Setup, signal: Signal) -> SignalId {
    let at = setup.signals.iter().position(|s| *s == signal).unwrap_or_else(|| {
        setup.signals.push(signal);
        setup.signals.len() - 1
    });
    SignalId(at as u16)
}

/// A condition on a signal.
pub fn on(setup: &mut Setup, signal: Signal, response: Response) -> Condition {
    Condition { signal: read(setup, signal), response }
}

/// A rule with conditions that all must hold.
pub fn when(id: &str, target: f64, all: Vec<Condition>) -> Term {
    Term { rule: id.into(), all, any: vec![], none: vec![], target, live: true, dead: false }
}

pub fn hill(half: f64, power: f64) -> Response {
    Response::Hill { half, power }
}

pub fn linear(zero: f64, one: f64) -> Response {
    Response::Linear { zero, one }
}

/// `speed` in moves per step.
pub fn moving(moves: f64, persistence: f64, toward: &[(SubstrateId, f64)]) -> Movement {
    let toward = toward.iter().map(|(s, w)| (*s, Law::constant(*w))).collect();
    Movement { persistence: Law::constant(persistence), toward, ..wander(moves * 20.0 / 30.0) }
}

pub fn interaction(
    id: &str,
    kind: InteractionKind,
    actor: CellTypeId,
    target: CellTypeId,
    rate: f64,
) -> Interaction {
    let attention = if kind == InteractionKind::Touch { Attention::All } else { Attention::One };
    Interaction {
        id: id.into(),
        purpose: Purpose::of(&format!("interaction.{id}")),
        kind,
        actors: vec![actor],
        targets: vec![target],
        on: States { live: true, dead: false },
        gate: Gate::default(),
        attention,
        rate: vec![Law::constant(rate)],
        cooldown: 0.0,
        to_target: vec![],
        to_self: vec![],
        take: vec![],
    }
}

/// Killing by hits of 1 on the damage.
pub fn killing(rate: f64, lethal: f64) -> Interaction {
    interaction("kill", InteractionKind::Kill { damage: DAMAGE, hit: 1.0, lethal }, T_CELL, TUMOR, rate)
}

pub fn tissue(species: Species) -> FlowPlace {
    FlowPlace::Tissue { species: vec![species] }
}

pub fn pool(compartment: CompartmentId, species: Species) -> FlowPlace {
    FlowPlace::Pool { compartment, species: vec![species] }
}

pub fn flow(id: &str, kind: FlowKind, from: FlowPlace, to: FlowPlace, rate: f64) -> Flow {
    Flow { from, to, ..super::border::flow(id, kind, rate) }
}

pub fn dose(id: &str, amount: f64, at: f64, into: DoseTarget, over: f64) -> Dose {
    Dose {
        id: id.into(),
        purpose: Purpose::of(&format!("dose.{id}")),
        product: crate::model::fixture::CAR,
        amount,
        at: Trigger::At(vec![at]),
        into,
        over,
    }
}
