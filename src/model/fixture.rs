//! Small hand-built setups for tests: two layers, a tumor and a T cell, one field, one compartment, no rules.

use super::*;
use crate::field::{Boundary, SolverKind};
use crate::lattice::{Contact, Lattice};
use crate::random::{Draw, Purpose};

/// Ids of what [`setup`] holds.
pub const TISSUE: LayerId = LayerId(0);
pub const LYMPHOID: LayerId = LayerId(1);
pub const TUMOR: CellTypeId = CellTypeId(0);
pub const T_CELL: CellTypeId = CellTypeId(1);
pub const OXYGEN: SubstrateId = SubstrateId(0);
pub const DRUG: SubstrateId = SubstrateId(1);
/// An antigen of the tumor.
pub const B7H3: TraitId = TraitId(0);
/// The second antigen, which no tumor cell carries at the start.
pub const NEO: TraitId = TraitId(1);
/// A trait of the T cell.
pub const EXHAUSTION: TraitId = TraitId(2);
/// Clonal, binds both antigens; borne by the T cell.
pub const TCR: ReceptorId = ReceptorId(0);
pub const KILL: InteractionId = InteractionId(0);
pub const BLOOD: CompartmentId = CompartmentId(0);
pub const CAR: ProductId = ProductId(0);

/// A flat box of `nx * ny` sites of 20 um, read as a whole (w = 1); 30-minute steps from day 0 to day 10.
pub fn setup(nx: usize, ny: usize) -> Setup {
    solid(nx, ny, 1)
}

/// The same in three dimensions.
pub fn solid(nx: usize, ny: usize, nz: usize) -> Setup {
    Setup {
        domain: Some(Domain {
            lattice: Lattice { nx, ny, nz, spacing: 20.0 },
            contact: Contact::Full,
            scale: Scale::Whole,
        }),
        clock: Clock { start: 0.0, end: 14400.0, step: 30.0, pool_steps: 1 },
        layers: ["tissue", "lymphoid"].map(|id| Layer { id: id.into() }).to_vec(),
        substrates: vec![substrate("oxygen", "mmHg", 1.0, Some(1e5)), substrate("drug", "pM", 0.5, None)],
        traits: vec![number("b7h3", true), number("neo", true), number("exhaustion", false)],
        receptors: vec![Receptor {
            id: "tcr".into(),
            binds: Binds::Antigens(vec![B7H3, NEO]),
            clonal: true,
            response: Response::Hill { half: 1000.0, power: 1.0 },
            copies: None,
            copies_at: 1.0,
            uptake: 0.0,
        }],
        cell_types: vec![
            cell_type("tumor", TISSUE, &[B7H3, NEO], &[]),
            cell_type("t_cell", LYMPHOID, &[EXHAUSTION], &[TCR]),
        ],
        interactions: vec![kill()],
        compartments: vec![Compartment { id: "blood".into(), volume: 2e12 }],
        flows: vec![],
        initial: vec![
            (
                Pool { compartment: BLOOD, species: Species::Cell(T_CELL), origin: Origin::NATIVE, clone: 0 },
                0.0,
            ),
            (
                Pool {
                    compartment: BLOOD,
                    species: Species::Substrate(DRUG),
                    origin: Origin::NATIVE,
                    clone: 0,
                },
                0.0,
            ),
        ],
        products: vec![Product { id: "car".into(), viability: 1.0, parts: vec![] }],
        places: vec![],
        doses: vec![],
        removals: vec![],
        signals: vec![],
        observables: vec![],
        endpoints: vec![],
        start: None,
        recording: Recording {
            every: 1440.0,
            observables: vec![],
            events: 1440.0,
            snapshots: None,
            checkpoints: Checkpoints::default(),
        },
        stop: vec![],
        seed: 1,
    }
}

/// Adds an observable in its internal unit and returns its id.
pub fn observe(setup: &mut Setup, id: &str, measure: Measure) -> ObservableId {
    setup.observables.push(Observable {
        id: id.into(),
        unit: "1".into(),
        to_unit: 1.0,
        measure,
        place: ObservedPlace::Tissue,
        limit: None,
    });
    ObservableId(setup.observables.len() as u16 - 1)
}

/// Number of live cells of a type, as an observable.
pub fn count(setup: &mut Setup, id: &str, cell: CellTypeId) -> ObservableId {
    observe(setup, id, Measure::Count { cells: vec![cell], which: Where::default() })
}

/// Adds an endpoint and returns its id.
pub fn endpoint(setup: &mut Setup, id: &str, kind: EndpointKind) -> EndpointId {
    setup.endpoints.push(Endpoint {
        id: id.into(),
        purpose: Purpose::of(&format!("endpoint.{id}")),
        unit: "1".into(),
        kind,
    });
    EndpointId(setup.endpoints.len() as u16 - 1)
}

fn substrate(id: &str, unit: &str, amount_per_unit: f64, diffusion: Option<f64>) -> Substrate {
    Substrate {
        id: id.into(),
        unit: unit.into(),
        amount_per_unit,
        diffusion,
        decay: 0.0,
        initial: 0.0,
        boundary: Boundary::NoFlux,
        solver: SolverKind::Implicit,
    }
}

fn number(id: &str, antigen: bool) -> Trait {
    Trait {
        id: id.into(),
        unit: "1".into(),
        antigen,
        kind_of: if antigen { vec!["tumor_antigen".into()] } else { vec![] },
        initial: Draw::constant(0.0),
        min: 0.0,
        max: None,
        inherit: Inherit::Copy,
        jitter: 0.0,
        mutation: None,
        presented_by: None,
        presented_at: 1.0,
    }
}

fn cell_type(id: &str, layer: LayerId, traits: &[TraitId], receptors: &[ReceptorId]) -> CellType {
    CellType {
        id: id.into(),
        layer,
        traits: traits.iter().map(|t| (*t, Draw::constant(0.0))).collect(),
        receptors: receptors.to_vec(),
        push: 0,
        remains: 0.0,
        behaviors: Behaviors::default(),
        kind_of: vec![],
    }
}

fn kill() -> Interaction {
    Interaction {
        id: "car_kill".into(),
        purpose: Purpose::of("interaction.car_kill"),
        kind: InteractionKind::Touch,
        actors: vec![T_CELL],
        targets: vec![TUMOR],
        on: States { live: true, dead: false },
        gate: Gate::default(),
        attention: Attention::All,
        rate: vec![Law::constant(0.0)],
        cooldown: 0.0,
        to_target: vec![],
        to_self: vec![],
        take: vec![],
    }
}
