//! Compartments: exact solutions, delays, priming, and books that add up.

use super::border::flow;
use super::*;
use crate::model::fixture::{B7H3, BLOOD, CAR, DRUG, NEO, T_CELL, TUMOR};
use crate::model::{
    CellType, CompartmentId, Condition, Flow, FlowKind, FlowPlace, Origin, Pool as Amount, Response, Signal,
    SignalId, Species, Term,
};

const T: Species = Species::Cell(T_CELL);
const SPLEEN: CompartmentId = CompartmentId(1);

/// Blood and a spleen of the same volume, no lattice, pool steps of `dt` minutes.
fn compartments(dt: f64) -> Setup {
    let mut setup = bare(1, 1, 1);
    setup.domain = None;
    setup.clock.step = dt;
    setup.compartments.push(crate::model::Compartment { id: "spleen".into(), volume: 2e12 });
    setup.initial.clear();
    setup
}

fn pool(compartment: CompartmentId, species: Species) -> Amount {
    Amount::of(compartment, species)
}

fn at(compartment: CompartmentId, species: Species) -> FlowPlace {
    FlowPlace::Pool { compartment, species: vec![species] }
}

/// A flow from blood, of `kind` at `rate`.
fn from_blood(id: &str, kind: FlowKind, rate: f64, to: FlowPlace) -> Flow {
    Flow { from: at(BLOOD, T), to, ..flow(id, kind, rate) }
}

fn amount(state: &State, pool: Amount) -> f64 {
    state.pools.amount[state.pools.find(pool).unwrap()]
}

/// Growth a, loss k1, move k2 with yield y: N = N0 e^(a-K)t, births a I, loss k1 I, arrivals y k2 I with I the integral of
/// N; the same in one step and in ten, to 1e-12. Growth equal to the exits too.
#[test]
fn pools_follow_their_exact_solution() {
    for (a, k1, k2) in [(3e-4, 1e-4, 4e-4), (3e-3, 1e-4, 0.0), (5e-4, 1e-4, 4e-4), (0.0, 0.002, 0.003)] {
        for steps in [1u32, 10] {
            let mut setup = compartments(300.0 / f64::from(steps));
            setup.initial = vec![(pool(BLOOD, T), 1e9)];
            setup.flows = vec![
                from_blood("grow", FlowKind::Grow, a, FlowPlace::Outside),
                from_blood("lose", FlowKind::Lose, k1, FlowPlace::Outside),
                Flow { yield_: 2.5, ..from_blood("move", FlowKind::Move, k2, at(SPLEEN, T)) },
            ];
            let state = run(&setup, 1, steps);
            let (net, t) = (a - k1 - k2, 300.0);
            let end = 1e9 * math::exp(net * t);
            let integral = if net.abs() > 1e-9 { (end - 1e9) / net } else { 1e9 * t };
            close(amount(&state, pool(BLOOD, T)), end, 1e-12);
            close(amount(&state, pool(SPLEEN, T)), 2.5 * k2 * integral, 1e-11);
            let books = [[0.0, a], [k1, 0.0], [k2, 2.5 * k2]];
            for (got, exact) in state.pools.turnover.iter().zip(books) {
                close(got[0], exact[0] * integral, 1e-11);
                close(got[1], exact[1] * integral, 1e-11);
            }
        }
    }
}

/// Growth a (1 - N/C): within a step the share left free is that of its start, so the error against the logistic solution
/// is of first order: slope of the logarithm 1 +- 0.1 over steps of 60, 30, 15 and 7.5 min; at the capacity nothing moves,
/// and above it there is no growth.
#[test]
fn growth_stops_at_the_capacity() {
    let end = |start: f64, sub: u32| {
        let mut setup = compartments(60.0);
        setup.clock.pool_steps = sub;
        setup.initial = vec![(pool(BLOOD, T), start)];
        setup.flows = vec![Flow {
            capacity: Some(1e6),
            shared: vec![T],
            ..from_blood("grow", FlowKind::Grow, 0.002, FlowPlace::Outside)
        }];
        amount(&run(&setup, 1, 20), pool(BLOOD, T))
    };
    let grown = math::exp(0.002 * 1200.0) * 1e5;
    let exact = grown / (1.0 + (grown - 1e5) / 1e6);
    let errors = [1, 2, 4, 8].map(|sub| end(1e5, sub) - exact);
    for pair in errors.windows(2) {
        let slope = math::log2(pair[0] / pair[1]);
        assert!((slope - 1.0).abs() < 0.1, "{errors:?}");
    }
    assert_eq!(end(1e6, 1), 1e6);
    assert_eq!(end(2e6, 1), 2e6);
}

/// The capacity counts what it names, over origins and types.
#[test]
fn the_capacity_is_shared() {
    let mut setup = compartments(30.0);
    let car = Amount { origin: Origin::of(CAR), ..pool(BLOOD, T) };
    setup.initial = vec![(pool(BLOOD, T), 2e5), (car, 3e5), (pool(BLOOD, Species::Cell(TUMOR)), 1e5)];
    setup.flows = vec![Flow {
        capacity: Some(1e6),
        shared: vec![T, Species::Cell(TUMOR)],
        ..from_blood("grow", FlowKind::Grow, 0.001, FlowPlace::Outside)
    }];
    let state = run(&setup, 1, 1);
    let factor = math::exp(0.001 * 0.4 * 30.0);
    close(amount(&state, pool(BLOOD, T)), 2e5 * factor, 1e-12);
    close(amount(&state, car), 3e5 * factor, 1e-12);
    assert_eq!(amount(&state, pool(BLOOD, Species::Cell(TUMOR))), 1e5);
}

/// A delay is an Erlang chain: what leaves at rate k arrives after a mean of 1/k + d with variance 1/k^2 + d^2/stages, and
/// times the yield. From the arrival curve in steps of 3 min, to 1e-3 (a delay that is 1 min of 300 off, or 5 stages for 4).
#[test]
pub fn a_delay_is_an_erlang_chain() {
    for stages in [1u32, 4, 9] {
        let mut setup = compartments(3.0);
        setup.initial = vec![(pool(BLOOD, T), 1e6)];
        let delayed = from_blood("prime", FlowKind::Move, 0.01, at(SPLEEN, T));
        setup.flows = vec![Flow { delay: 300.0, stages, yield_: 3.0, ..delayed }];
        let mut simulation = Simulation::new(&setup, Streams { seed: 1 }).unwrap();
        // Integrals of the survival function S: mean = int S, second moment = 2 int t S; trapezoids.
        let (mut first, mut second) = (1.5, 0.0);
        for n in 1..2000 {
            simulation.step().unwrap();
            let waiting = 1.0 - amount(&simulation.state, pool(SPLEEN, T)) / 3e6;
            first += 3.0 * waiting;
            second += 3.0 * 2.0 * f64::from(n) * 3.0 * waiting;
        }
        let mean = 100.0 + 300.0;
        let variance = 1e4 + 9e4 / f64::from(stages);
        close(first, mean, 1e-3);
        close(second - first * first, variance, 2e-3);
    }
}

/// `make` gives rate times the integral of its source, which is not used up; without a source its rate times the time.
#[test]
fn making_costs_nothing() {
    let mut setup = compartments(60.0);
    let drug = Species::Substrate(DRUG);
    setup.initial = vec![(pool(BLOOD, T), 1e5)];
    setup.flows = vec![
        from_blood("lose", FlowKind::Lose, 0.005, FlowPlace::Outside),
        from_blood("secrete", FlowKind::Make, 7.0, at(BLOOD, drug)),
        Flow { to: at(SPLEEN, drug), ..flow("source", FlowKind::Make, 4.0) },
        Flow { to: at(SPLEEN, T), yield_: 0.5, ..flow("marrow", FlowKind::Make, 10.0) },
    ];
    let state = run(&setup, 1, 5);
    let left = 1e5 * math::exp(-1.5);
    close(amount(&state, pool(BLOOD, T)), left, 1e-12);
    close(amount(&state, pool(BLOOD, drug)), 7.0 * (1e5 - left) / 0.005, 1e-12);
    close(amount(&state, pool(SPLEEN, drug)), 4.0 * 300.0, 1e-12);
    close(amount(&state, pool(SPLEEN, T)), 5.0 * 300.0, 1e-12);
    assert_eq!(state.pools.turnover[1][0], 0.0);
    // A type with two clones is made in each.
    let other = Amount { clone: 1, ..pool(SPLEEN, T) };
    close(amount(&state, other), 5.0 * 300.0, 1e-12);
}

/// Priming: of the clones of a naive pool those leave whose antigen is in the compartment, at k r(amount), and arrive
/// under their own clone and origin, times the burst; the others stay to the last bit.
#[test]
fn only_clones_whose_antigen_is_there_are_primed() {
    let mut setup = compartments(30.0);
    let effector = CellType { id: "effector".into(), ..setup.cell_types[T_CELL.index()].clone() };
    setup.cell_types.push(effector);
    let made = Species::Cell(CellTypeId(2));
    setup.signals = vec![Signal::Cognate(SPLEEN)];
    let by_antigen = Term {
        rule: "primed".into(),
        all: vec![Condition { signal: SignalId(0), response: Response::Hill { half: 100.0, power: 1.0 } }],
        any: vec![],
        none: vec![],
        target: 0.01,
        live: true,
        dead: false,
    };
    let rate = Law { increase: vec![by_antigen], ..Law::default() };
    setup.flows =
        vec![Flow { rate, yield_: 20.0, ..from_blood("prime", FlowKind::Move, 0.0, at(BLOOD, made)) }];
    let of = |species, origin, clone| Amount { compartment: BLOOD, species, origin, clone };
    let car = Origin::of(CAR);
    setup.initial = vec![
        (of(T, Origin::NATIVE, 0), 1000.0),
        (of(T, Origin::NATIVE, 1), 2000.0),
        (of(T, car, 1), 500.0),
        (pool(SPLEEN, Species::Antigen(NEO)), 300.0),
        (pool(BLOOD, Species::Antigen(B7H3)), 1e9),
    ];
    let state = run(&setup, 1, 2);
    // r = 0.75, increasing from 0: 0.0075 per min.
    let left = math::exp(-0.0075 * 60.0);
    assert_eq!(amount(&state, of(T, Origin::NATIVE, 0)), 1000.0);
    assert_eq!(amount(&state, of(made, Origin::NATIVE, 0)), 0.0);
    for (origin, n) in [(Origin::NATIVE, 2000.0), (car, 500.0)] {
        close(amount(&state, of(T, origin, 1)), n * left, 1e-12);
        close(amount(&state, of(made, origin, 1)), 20.0 * n * (1.0 - left), 1e-12);
    }
}

/// A flow for one origin leaves the others alone.
#[test]
fn flows_of_an_origin_take_that_origin() {
    let mut setup = compartments(30.0);
    let car = Amount { origin: Origin::of(CAR), ..pool(BLOOD, T) };
    setup.initial = vec![(pool(BLOOD, T), 1000.0), (car, 1000.0)];
    let lose = from_blood("lose", FlowKind::Lose, 0.01, FlowPlace::Outside);
    setup.flows = vec![Flow { origin: Some(Origin::of(CAR)), ..lose }];
    let state = run(&setup, 1, 1);
    assert_eq!(amount(&state, pool(BLOOD, T)), 1000.0);
    close(amount(&state, car), 1000.0 * math::exp(-0.3), 1e-12);
}

/// What leaves arrives, is under way, or is written off: over 400 steps of a network with growth, losses, a loop, delays
/// and production every cell is accounted for, to 1e-12 of what was there.
#[test]
fn the_books_of_pools_add_up() {
    let mut setup = compartments(30.0);
    setup.clock.pool_steps = 3;
    let tumor = Species::Cell(TUMOR);
    setup.initial = vec![(pool(BLOOD, T), 5e4), (pool(BLOOD, tumor), 30.0)];
    let back = Flow { from: at(SPLEEN, T), ..from_blood("back", FlowKind::Move, 0.003, at(BLOOD, T)) };
    setup.flows = vec![
        from_blood("grow", FlowKind::Grow, 5e-4, FlowPlace::Outside),
        from_blood("lose", FlowKind::Lose, 8e-4, FlowPlace::Outside),
        Flow { delay: 900.0, ..from_blood("out", FlowKind::Move, 0.002, at(SPLEEN, T)) },
        Flow { delay: 200.0, stages: 2, yield_: 1.2, ..back },
        Flow { to: at(SPLEEN, T), ..flow("marrow", FlowKind::Make, 3.0) },
        Flow { from: at(BLOOD, tumor), ..from_blood("clear", FlowKind::Lose, 0.003, FlowPlace::Outside) },
    ];
    let state = run(&setup, 1, 400);
    let t = &state.pools.turnover;
    let way =
        |f: u16| -> f64 { state.pools.chains.iter().filter(|c| c.flow == f).flat_map(|c| &c.stages).sum() };
    close(t[2][0], t[2][1] + way(2), 1e-12);
    close(t[3][0] * 1.2, t[3][1] + way(3) * 1.2, 1e-12);
    let held: f64 = state.pools.amount.iter().sum();
    let came = 5e4 + 30.0 + t[0][1] + t[2][1] + t[3][1] + t[4][1];
    let went = t[1][0] + t[2][0] + t[3][0] + t[5][0] + state.pools.written_off;
    close(held + went, came, 1e-12);
    assert_eq!(amount(&state, pool(BLOOD, tumor)), 0.0);
    assert!(state.pools.written_off > 0.0 && state.pools.written_off < 0.5);
    assert!(state.pools.amount.iter().all(|a| *a >= 0.0));
}

/// Half a cell is written off in a step in which nothing arrives; a trickle adds up; molecules are never written off.
#[test]
fn only_a_pool_without_inflow_is_written_off() {
    let mut setup = compartments(30.0);
    let drug = pool(BLOOD, Species::Substrate(DRUG));
    setup.initial = vec![(pool(BLOOD, T), 0.4), (drug, 0.4)];
    setup.flows = vec![Flow { to: at(SPLEEN, T), ..flow("trickle", FlowKind::Make, 0.001) }];
    let state = run(&setup, 1, 10);
    assert_eq!((amount(&state, pool(BLOOD, T)), amount(&state, drug)), (0.0, 0.4));
    assert_eq!(state.pools.written_off, 0.4);
    close(amount(&state, pool(SPLEEN, T)), 0.3, 1e-12);
}
