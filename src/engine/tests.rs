//! The engine against exact laws on small lattices, and against itself at other numbers of threads.

use super::*;
use crate::math;
use crate::model::fixture::{self, B7H3, EXHAUSTION, KILL, T_CELL, TUMOR};
use crate::model::{
    Hazard, InteractionKind, Law, Movement, Pattern, PlaceCells, Placement, Region, Setup, Shape, States,
    TraitDynamics, Trigger,
};
use crate::par::Pool;
use crate::random::{Purpose, Streams, derive_seed};

fn everywhere() -> Region {
    Region { shape: Shape::Everywhere, center: None, radius: None, inner: 0.0, size: [0.0; 3], cells: vec![] }
}

fn place(id: &str, cell: crate::model::CellTypeId, n: f64, pattern: Pattern) -> PlaceCells {
    PlaceCells {
        id: id.into(),
        purpose: Purpose::of(&format!("place.{id}")),
        cell,
        placement: Placement::Count(n),
        region: everywhere(),
        pattern,
        traits: vec![],
        at: Trigger::At(vec![0.0]),
    }
}

fn hazard<T>(to: T, per_step: f64, setup: &Setup, name: &str) -> Hazard<T> {
    Hazard { to, rate: Law::constant(per_step / setup.clock.step), purpose: Purpose::of(name) }
}

/// All processes at once: division with pushing, death with remains, two movers, killing by hits, trait dynamics.
fn busy(nx: usize, ny: usize, nz: usize) -> Setup {
    let mut setup = fixture::solid(nx, ny, nz);
    let divide = hazard((), 0.05, &setup, "divide");
    let die = hazard("apoptosis".to_string(), 0.02, &setup, "die.apoptosis");
    let tumor = &mut setup.cell_types[TUMOR.index()];
    tumor.push = 3;
    tumor.remains = 120.0;
    tumor.behaviors.divide = Some(divide);
    tumor.behaviors.die = vec![die];
    tumor.behaviors.uptake = vec![(fixture::OXYGEN, Law::constant(10.0))];
    tumor.behaviors.movement =
        Some(Movement { speed: Law::constant(0.24), persistence: Law::default(), toward: vec![] });
    let t_cell = &mut setup.cell_types[T_CELL.index()];
    t_cell.behaviors.movement = Some(Movement {
        speed: Law::constant(4.0),
        persistence: Law::constant(5.0),
        toward: vec![(fixture::OXYGEN, Law::constant(-0.3))],
    });
    t_cell.behaviors.dynamics =
        vec![TraitDynamics { of: EXHAUSTION, gain: Law::constant(1e-4), loss: Law::constant(1e-3) }];
    let kill = &mut setup.interactions[KILL.index()];
    kill.kind = InteractionKind::Kill { damage: B7H3, hit: 1.0, lethal: 2.2 };
    kill.rate = vec![Law::constant(0.05)];
    kill.on = States { live: true, dead: false };
    kill.to_self = vec![(EXHAUSTION, 0.01)];
    setup.places =
        vec![place("tumor", TUMOR, 150.0, Pattern::Packed), place("t", T_CELL, 60.0, Pattern::Random)];
    setup
}

fn run(setup: &Setup, seed: u64, steps: u32) -> State {
    let mut simulation = Simulation::new(setup, Streams { seed }).unwrap();
    for _ in 0..steps {
        simulation.step().unwrap();
    }
    simulation.state
}

#[test]
fn the_same_bits_at_any_number_of_threads() {
    for setup in [busy(48, 48, 1), busy(13, 13, 13)] {
        for seed in [1, 2] {
            let alone = run(&setup, seed, 40).hash();
            for threads in [2, 3, 7] {
                let hash = Pool::new(threads).install(|| run(&setup, seed, 40).hash());
                assert_eq!(hash, alone, "{threads} threads, seed {seed}");
            }
            assert_ne!(alone, run(&setup, seed + 10, 40).hash());
        }
    }
}

#[test]
fn the_books_balance_and_the_lattice_holds_one_cell_per_site() {
    let setup = busy(40, 40, 1);
    let mut simulation = Simulation::new(&setup, Streams { seed: 9 }).unwrap();
    let mut killed = false;
    for _ in 0..150 {
        simulation.step().unwrap();
        for (layer, cells) in simulation.state.layers.iter().enumerate() {
            assert!(cells.site.windows(2).all(|w| w[0] < w[1]), "one cell per site, in order");
            for (i, site) in cells.site.iter().enumerate() {
                assert_eq!(simulation.occupancy[layer].at(*site as usize), Some(i));
            }
            let held = simulation.occupancy[layer].0.iter().filter(|c| **c != grid::EMPTY).count();
            assert_eq!(held, cells.len());
            for column in &cells.traits {
                assert_eq!(column.len(), cells.len());
                assert!(column.iter().all(|v| v.is_finite()));
            }
        }
        for kind in [TUMOR, T_CELL] {
            let counted: usize =
                simulation.state.layers.iter().map(|c| c.kind.iter().filter(|k| **k == kind).count()).sum();
            assert_eq!(counted as i64, simulation.state.ledger.balance(kind));
        }
        let by_contact = |e: &Entry| {
            e.what == Happening::Death && matches!(e.cause, Cause::Interaction { id, .. } if id == KILL)
        };
        killed |= simulation.state.ledger.counts.keys().any(by_contact);
    }
    assert!(killed, "nothing was killed: the test sees too little");
    assert!(simulation.state.ledger.total(Happening::Birth, TUMOR) > 100);
}

/// Splitting a run anywhere changes nothing: a state is all there is.
#[test]
fn a_run_continued_from_its_state_is_the_same_run() {
    let setup = busy(32, 32, 1);
    let whole = run(&setup, 4, 30).hash();
    for at in [0, 1, 13, 29, 30] {
        let half = run(&setup, 4, at);
        let mut rest = Simulation::from_state(&setup, Streams { seed: 4 }, half).unwrap();
        for _ in at..30 {
            rest.step().unwrap();
        }
        assert_eq!(rest.state.hash(), whole, "split at {at}");
    }
}

/// Racing hazards b = 0.10 and d = 0.08 per step from 20 cells, 50 steps, room without end: mean 49.5322167421001,
/// variance 645.1118888908804 (exact branching law of at most one event per cell and step). n = 3000: z = 5 finds a
/// shift of the mean by 4.7 %; the variance band is 5 sqrt((kurtosis - 1) / n) with kurtosis 3.3.
#[test]
fn birth_and_death_race_by_the_exact_law() {
    let mut setup = fixture::setup(48, 48);
    setup.substrates[0].diffusion = None;
    setup.cell_types[TUMOR.index()].push = 48;
    let birth = hazard((), 0.10, &setup, "divide");
    let death = hazard("apoptosis".to_string(), 0.08, &setup, "die");
    let behaviors = &mut setup.cell_types[TUMOR.index()].behaviors;
    behaviors.divide = Some(birth);
    behaviors.die = vec![death];
    setup.places = vec![place("tumor", TUMOR, 20.0, Pattern::Random)];
    let n = 3000u64;
    let counts: Vec<f64> = Pool::new(0).install(|| {
        let runs = crate::par::map_chunks(n as usize, 50, |range| {
            range
                .map(|i| run(&setup, derive_seed(77, i as u64, 0), 50).layers[0].len() as f64)
                .collect::<Vec<_>>()
        });
        runs.into_iter().flatten().collect()
    });
    let mean = counts.iter().sum::<f64>() / n as f64;
    let variance = counts.iter().map(|c| (c - mean) * (c - mean)).sum::<f64>() / (n - 1) as f64;
    let (exact, exact_variance) = (49.532_216_742_100_1, 645.111_888_890_880_4f64);
    assert!((mean - exact).abs() < 5.0 * (exact_variance / n as f64).sqrt(), "mean {mean}");
    assert!((variance / exact_variance - 1.0).abs() < 5.0 * (2.3 / n as f64).sqrt(), "variance {variance}");
}

/// A single walker on faces with p moves per step: mean square displacement p dx^2 n, no drift. n = 4000 walkers on a
/// wide lattice, z = 5.
#[test]
fn a_walker_without_bias_diffuses() {
    let mut setup = fixture::setup(201, 201);
    setup.substrates[0].diffusion = None;
    setup.domain.as_mut().unwrap().contact = crate::lattice::Contact::Face;
    // 0.6 moves of 20 um in 30 min: 0.4 um/min.
    setup.cell_types[TUMOR.index()].behaviors.movement =
        Some(Movement { speed: Law::constant(0.4), persistence: Law::default(), toward: vec![] });
    setup.places = vec![place("one", TUMOR, 1.0, Pattern::Packed)];
    let (n, steps) = (4000, 60);
    let start = run(&setup, 0, 1).layers[0].site[0] as usize;
    let [cx, cy, _] = [100, 100, 0];
    assert!(start.abs_diff(cx + 201 * cy) <= 201);
    let ends = Pool::new(0).install(|| {
        crate::par::map_chunks(n, 50, |range| {
            range
                .map(|i| {
                    let site = run(&setup, i as u64, steps).layers[0].site[0] as usize;
                    [(site % 201) as f64 - 100.0, (site / 201) as f64 - 100.0]
                })
                .collect::<Vec<_>>()
        })
    });
    let ends: Vec<[f64; 2]> = ends.into_iter().flatten().collect();
    let expected = 0.6 * f64::from(steps);
    let square = ends.iter().map(|e| e[0] * e[0] + e[1] * e[1]).sum::<f64>() / n as f64;
    // r^2 of a 2D walk has a standard deviation close to its mean.
    assert!((square / expected - 1.0).abs() < 5.0 / (n as f64).sqrt(), "{square} {expected}");
    for axis in 0..2 {
        let drift = ends.iter().map(|e| e[axis]).sum::<f64>() / n as f64;
        assert!(drift.abs() < 5.0 * (expected / 2.0 / n as f64).sqrt(), "axis {axis}: {drift}");
    }
}

/// One killer beside many targets it can always reach, single lethal hits: kills are Poisson with rate b / (1 + b h).
#[test]
fn kills_of_one_killer_with_handling_time() {
    let mut setup = fixture::setup(9, 9);
    setup.substrates[0].diffusion = None;
    setup.cell_types[TUMOR.index()].behaviors.divide = None;
    let kill = &mut setup.interactions[KILL.index()];
    kill.kind = InteractionKind::Kill { damage: B7H3, hit: 1.0, lethal: 0.5 };
    kill.rate = vec![Law::constant(0.002)];
    kill.cooldown = 500.0;
    // Dead cells stay, so that the killer's neighborhood only loses live targets; at most one or two die in a step.
    setup.cell_types[TUMOR.index()].remains = 1e9;
    setup.places =
        vec![place("tumor", TUMOR, 81.0, Pattern::Random), place("t", T_CELL, 1.0, Pattern::Packed)];
    let n = 6000u64;
    let kills: u64 =
        (0..n).map(|i| run(&setup, derive_seed(5, i, 0), 2).ledger.total(Happening::Death, TUMOR)).sum();
    let mean = 2.0 * 30.0 * 0.002 / (1.0 + 0.002 * 500.0);
    let got = kills as f64 / n as f64;
    assert!((got - mean).abs() < 5.0 * (mean / n as f64).sqrt(), "{got} {mean}");
}

/// An untouched pool with growth a and exit K: N' = N exp((a - K) dt), and a flow's books add up.
#[test]
fn pools_follow_their_exact_solution() {
    use crate::model::{Flow, FlowKind, FlowPlace, Origin, Pool, Species};
    let mut setup = fixture::setup(4, 4);
    setup.domain = None;
    let pool = Pool {
        compartment: fixture::BLOOD,
        species: Species::Cell(T_CELL),
        origin: Origin::NATIVE,
        clone: 0,
    };
    setup.initial = vec![(pool, 1000.0)];
    let here = FlowPlace::Pool { compartment: fixture::BLOOD, species: vec![Species::Cell(T_CELL)] };
    let flow = |id: &str, kind, rate: f64| Flow {
        id: id.into(),
        purpose: Purpose::of(&format!("flow.{id}")),
        kind,
        from: here.clone(),
        to: FlowPlace::Outside,
        origin: None,
        rate: Law::constant(rate),
        yield_: 1.0,
        delay: 0.0,
        stages: 4,
        capacity: None,
        shared: vec![],
        via: vec![],
        carry: vec![],
    };
    setup.flows = vec![flow("grow", FlowKind::Grow, 3e-4), flow("lose", FlowKind::Lose, 1e-4)];
    let state = run(&setup, 1, 100);
    let i = state.pools.find(pool).unwrap();
    let exact = 1000.0 * math::exp(2e-4 * 30.0 * 100.0);
    assert!((state.pools.amount[i] / exact - 1.0).abs() < 1e-12);
    let lost = state.pools.turnover[1][0];
    assert!((lost / (exact - 1000.0) - 0.5).abs() < 1e-12, "one exit for two net births");
}
