//! The same bits at any number of threads, split anywhere, from any order of storage.

use super::border::flow;
use super::*;
use crate::field::SolverKind;
use crate::model::fixture::{BLOOD, CAR, DRUG, EXHAUSTION, KILL, NEO, OXYGEN, T_CELL, TCR, TUMOR};
use crate::model::{
    CellType, CompartmentId, Dose, DoseTarget, Flow, FlowId, FlowKind, FlowPlace, Gate, InteractionKind,
    Layer, LayerId, ObservableId, Part, Pool as Amount, Removal, Response, Scale, Species, States, Supply,
    TraitDynamics,
};
use crate::random::{Distribution, Draw};

const MACROPHAGE: CellTypeId = CellTypeId(2);
const VESSEL: CellTypeId = CellTypeId(3);
const SPLEEN: CompartmentId = CompartmentId(1);
const VASCULAR: LayerId = LayerId(2);

/// Thousands of cells of each type, so that every loop over chunks of 256 and 512 is cut; three fields, one by each solver;
/// killers, engulfers, movers, divisions with pushing, conversions, compartments with a delay, all flows across the
/// border, infusions, a removal and a dose that wait for what is measured. In 2D as a section, in 3D with a weight of 3.
fn everything(flat: bool) -> Setup {
    let mut setup = if flat { fixture::solid(130, 110, 1) } else { fixture::solid(26, 24, 23) };
    setup.domain.as_mut().unwrap().scale =
        if flat { Scale::Section { of: vec![TUMOR] } } else { Scale::Constant(3.0) };
    setup.layers.push(Layer { id: "vascular".into() });
    let of = |setup: &Setup, id: &str, like: CellTypeId| CellType {
        id: id.into(),
        ..setup.cell_types[like.index()].clone()
    };
    let macrophage = CellType { receptors: vec![], ..of(&setup, "macrophage", T_CELL) };
    let vessel = CellType { layer: VASCULAR, ..of(&setup, "vessel", TUMOR) };
    setup.cell_types.extend([macrophage, vessel]);
    fields(&mut setup);
    cells(&mut setup);
    contacts(&mut setup);
    compartments(&mut setup);
    schedule(&mut setup, if flat { 5e5 } else { 9000.0 });
    setup
}

fn fields(setup: &mut Setup) {
    (setup.substrates[OXYGEN.index()].solver, setup.substrates[OXYGEN.index()].initial) =
        (SolverKind::QuasiSteady, 38.0);
    let cytokine = crate::model::Substrate {
        id: "cytokine".into(),
        diffusion: Some(3000.0),
        decay: 0.01,
        ..setup.substrates[DRUG.index()].clone()
    };
    let matrix = crate::model::Substrate {
        id: "matrix".into(),
        diffusion: Some(1.0),
        decay: 1e-4,
        solver: SolverKind::Explicit,
        ..cytokine.clone()
    };
    setup.substrates.extend([cytokine, matrix]);
}

/// The two substrates that `fields` adds.
const CYTOKINE: crate::model::SubstrateId = crate::model::SubstrateId(2);
const MATRIX: crate::model::SubstrateId = crate::model::SubstrateId(3);

fn cells(setup: &mut Setup) {
    let tumor = &mut setup.cell_types[TUMOR.index()];
    (tumor.push, tumor.remains) = (4, 200.0);
    tumor.traits[0].1 = Draw::of(Distribution::Lognormal { median: 800.0, sigma: 0.5 });
    let b = &mut tumor.behaviors;
    b.divide = Some(hazard((), 0.2 / 30.0, "divide"));
    b.die = vec![hazard("apoptosis".to_string(), 0.05 / 30.0, "die")];
    b.uptake = vec![(OXYGEN, Law::constant(5.0))];
    b.secrete = vec![(CYTOKINE, Law::constant(0.02)), (MATRIX, Law::constant(1e-3))];
    b.movement = Some(wander(0.3));
    b.leave = vec![hazard(FlowId(2), 0.001, "flow.shed")];
    let follow = |speed, to| Movement {
        persistence: Law::constant(10.0),
        toward: vec![(to, Law::constant(0.4))],
        ..wander(speed)
    };
    let t_cell = &mut setup.cell_types[T_CELL.index()].behaviors;
    t_cell.movement = Some(follow(4.0, CYTOKINE));
    t_cell.convert = vec![hazard(MACROPHAGE, 1e-4, "convert")];
    t_cell.dynamics =
        vec![TraitDynamics { of: EXHAUSTION, gain: Law::constant(1e-4), loss: Law::constant(1e-3) }];
    setup.cell_types[MACROPHAGE.index()].behaviors.movement = Some(follow(2.0, MATRIX));
    setup.cell_types[VESSEL.index()].behaviors.supply =
        vec![Supply { substrate: OXYGEN, rate: Law::constant(20.0), to: 40.0 }];
}

fn contacts(setup: &mut Setup) {
    setup.receptors[TCR.index()].response = Response::Hill { half: 500.0, power: 2.0 };
    let kill = &mut setup.interactions[KILL.index()];
    kill.kind = InteractionKind::Kill { damage: NEO, hit: 1.0, lethal: 1.5 };
    kill.attention = crate::model::Attention::One;
    kill.gate = Gate { any: vec![TCR], ..Gate::default() };
    kill.rate = vec![Law::constant(0.01)];
    kill.to_self = vec![(EXHAUSTION, 0.01)];
    let mut engulf = kill.clone();
    engulf.rate = vec![Law::constant(0.05)];
    (engulf.id, engulf.purpose) = ("engulf".into(), Purpose::of("interaction.engulf"));
    (engulf.kind, engulf.gate, engulf.actors) = (InteractionKind::Engulf, Gate::default(), vec![MACROPHAGE]);
    engulf.on = States { live: false, dead: true };
    setup.interactions.push(engulf);
}

fn compartments(setup: &mut Setup) {
    setup.compartments.push(crate::model::Compartment { id: "spleen".into(), volume: 1e11 });
    let pool = |compartment, species| FlowPlace::Pool { compartment, species: vec![species] };
    let (t, tumor) = (Species::Cell(T_CELL), Species::Cell(TUMOR));
    let (cytokine, macrophage) = (Species::Substrate(CYTOKINE), Species::Cell(MACROPHAGE));
    let tissue = |species: &[Species]| FlowPlace::Tissue { species: species.to_vec() };
    let both = FlowPlace::Pool { compartment: BLOOD, species: vec![t, macrophage] };
    let enter = flow("enter", FlowKind::Enter, 0.0006);
    let exchange = flow("leak", FlowKind::Exchange, 0.002);
    let home = flow("home", FlowKind::Move, 1e-3);
    setup.flows = vec![
        Flow { from: both, to: tissue(&[t, macrophage]), via: vec![VESSEL], ..enter },
        Flow { from: tissue(&[cytokine]), to: pool(BLOOD, cytokine), via: vec![VESSEL], ..exchange },
        Flow {
            from: tissue(&[tumor]),
            to: pool(BLOOD, tumor),
            carry: vec![NEO],
            delay: 90.0,
            ..flow("shed", FlowKind::Leave, 0.0)
        },
        Flow { from: pool(BLOOD, t), to: pool(SPLEEN, t), delay: 240.0, ..home },
        Flow { from: pool(SPLEEN, t), ..flow("grow", FlowKind::Grow, 1e-4) },
    ];
    let native = |species, amount| (Amount::of(BLOOD, species), amount);
    setup.initial = vec![native(t, 2e8), native(macrophage, 1e8), native(cytokine, 0.0)];
}

fn schedule(setup: &mut Setup, tumor: f64) {
    let part = |id: &str, cell, share| Part { id: id.into(), cell, substrate: None, share, traits: vec![] };
    setup.products[CAR.index()].parts = vec![part("m", Some(MACROPHAGE), 0.5), part("t", Some(T_CELL), 0.5)];
    setup.places = vec![
        place("macrophage", MACROPHAGE, 0.0, Pattern::Random),
        place("t", T_CELL, 0.0, Pattern::Random),
        place("tumor", TUMOR, tumor, Pattern::Packed),
        place("vessel", VESSEL, 0.0, Pattern::Random),
    ];
    for (place, share) in [(0, 0.12), (1, 0.12), (3, 0.1)] {
        setup.places[place].placement = Placement::Share(share);
    }
    fixture::count(setup, "n", TUMOR);
    let when = |above, threshold, delay| Trigger::When {
        observable: ObservableId(0),
        above,
        threshold,
        every: 0.0,
        delay,
        times: 1,
    };
    let dose = |id: &str, at, into, over| Dose {
        id: id.into(),
        purpose: Purpose::of(&format!("dose.{id}")),
        product: CAR,
        amount: 4000.0,
        at,
        into,
        over,
    };
    setup.doses = vec![
        dose("local", Trigger::At(vec![60.0, 90.0]), DoseTarget::Tissue(everywhere()), 200.0),
        dose("systemic", when(true, 1.0, 150.0), DoseTarget::Compartment(BLOOD), 100.0),
    ];
    setup.removals = vec![Removal {
        id: "surgery".into(),
        purpose: Purpose::of("removal.surgery"),
        cells: vec![TUMOR, T_CELL],
        from: vec![BLOOD],
        tissue: true,
        share: 0.2,
        region: everywhere(),
        margin: 0.0,
        at: when(true, 1.0, 200.0),
    }];
}

/// Counts tumor cells, as whoever measures would.
struct Counter;
impl Watch for Counter {
    fn see(&mut self, _: &Setup, state: &State) -> Notice {
        let n = state.layers[0].kind.iter().filter(|k| **k == TUMOR).count();
        let seen = vec![(ObservableId(0), n as f64)];
        Notice { measured: seen.clone(), observed: seen, ..Notice::default() }
    }
}

/// `steps` steps from the start, with a look after each.
fn begun(setup: &Setup, seed: u64, steps: u32) -> State {
    let mut simulation = Simulation::new(setup, Streams { seed }).unwrap();
    simulation.look(&mut Counter);
    watched(simulation, steps)
}

/// `steps` more steps from a state.
fn continued(setup: &Setup, seed: u64, state: State, steps: u32) -> State {
    watched(Simulation::from_state(setup, Streams { seed }, state).unwrap(), steps)
}

fn watched(mut simulation: Simulation, steps: u32) -> State {
    for _ in 0..steps {
        simulation.step().unwrap();
        simulation.look(&mut Counter);
    }
    expect_sound(&simulation);
    simulation.state
}

/// At 2, 3 and 7 threads the bits of one thread, 2D and 3D, two seeds; other bits for another seed. The world is large
/// enough for each parallel loop: more than 1024 cells of each type and 512 mothers in a step.
#[test]
fn the_same_bits_at_any_number_of_threads() {
    for flat in [true, false] {
        let setup = everything(flat);
        let mut hashes = Vec::new();
        for seed in [1, 2] {
            let alone = begun(&setup, seed, 9);
            let count =
                |k: CellTypeId| alone.layers.iter().flat_map(|c| &c.kind).filter(|kind| **kind == k).count();
            let counts = [TUMOR, T_CELL, MACROPHAGE, VESSEL].map(count);
            assert!(counts.iter().all(|n| *n > 1024), "{counts:?}");
            let mothers =
                alone.ledger.total(Happening::Birth, TUMOR) + alone.ledger.total(Happening::Blocked, TUMOR);
            assert!(mothers > 9 * 512, "{mothers}");
            for threads in [2, 3, 7] {
                let other = Pool::new(threads).install(|| begun(&setup, seed, 9));
                assert_eq!(other.hash(), alone.hash(), "{threads} threads, seed {seed}, flat {flat}");
                assert!(other == alone);
            }
            hashes.push(alone.hash());
        }
        assert_ne!(hashes[0], hashes[1]);
    }
}

/// A state is all there is: split anywhere, also while infusions run, delays hold cells and triggers wait.
#[test]
fn a_run_continued_from_its_state_is_the_same_run() {
    for flat in [true, false] {
        let setup = everything(flat);
        let whole = begun(&setup, 4, 12);
        let mut seen = [false; 3];
        for at in [0, 1, 4, 5, 7, 11, 12] {
            let half = begun(&setup, 4, at);
            let waits = |f: &Follower| format!("{f:?}").contains("pending: Some");
            seen[0] |= !half.infusions.is_empty();
            seen[1] |= half.pools.chains.iter().any(|c| c.stages[0] > 0.0);
            seen[2] |= half.followers.doses.iter().chain(&half.followers.removals).any(waits);
            let rest = continued(&setup, 4, half.clone(), 12 - at);
            assert_eq!(rest.hash(), whole.hash(), "split at {at}");
            assert!(rest == whole);
        }
        assert_eq!(seen, [true; 3], "infusions, delays, waiting triggers");
        assert!(whole.ledger.total(Happening::Removal, TUMOR) > 0);
    }
}

/// The order in which a state holds its cells means nothing: shuffled at any step it goes on to the same bits.
#[test]
fn a_shuffled_state_goes_on_to_the_same_bits() {
    for flat in [true, false] {
        let setup = everything(flat);
        let whole = begun(&setup, 5, 9);
        for at in [1, 3, 6, 9] {
            let mut state = begun(&setup, 5, at);
            let mut rng = super::plain::Plain(u64::from(at));
            for cells in &mut state.layers {
                let mut order: Vec<u32> = (0..cells.len() as u32).collect();
                for i in (1..order.len()).rev() {
                    order.swap(i, (rng.next() % (i as u64 + 1)) as usize);
                }
                cells.reorder(&order, &mut Spare::default());
                assert!(!cells.site.is_sorted());
            }
            let rest = continued(&setup, 5, state, 9 - at);
            assert_eq!(rest.hash(), whole.hash(), "shuffled at {at}");
        }
    }
}
