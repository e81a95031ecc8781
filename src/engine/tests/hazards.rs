//! Events that exclude each other race: the exact competing-risk law, at most one event per cell and step.

use super::*;
use crate::engine::fixture::fill;
use crate::engine::grid::Occupancy;
use crate::engine::plan::{Act, Plan};
use crate::engine::process::decide::{self, Fate, What};
use crate::engine::roster::Roster;
use crate::engine::simulation::{Context, View};
use crate::model::fixture::TUMOR;
use crate::model::{CellType, FlowId};

/// Numbers of cells after `steps` steps from 20, with births and deaths at these rates per step, and room without end.
fn populations(n: usize, birth: f64, death: f64, steps: u32) -> Vec<f64> {
    let mut setup = bare(48, 48, 1);
    setup.cell_types[TUMOR.index()].push = 48;
    let behaviors = &mut setup.cell_types[TUMOR.index()].behaviors;
    behaviors.divide = Some(hazard((), birth / 30.0, "divide"));
    behaviors.die = vec![hazard("apoptosis".to_string(), death / 30.0, "die")];
    setup.places = vec![place("tumor", TUMOR, 20.0, Pattern::Random)];
    replicate(n, |seed| run(&setup, seed, steps).layers[0].len() as f64)
}

/// b = 0.10 and d = 0.08 per step from 20 cells, 50 steps: mean 49.5322167421001, variance 645.1118888908804 (exact
/// branching law of at most one event per cell and step). n = 3000 finds a shift of the mean by 4.7 % at z = 5.
#[test]
pub fn birth_and_death_race_by_the_exact_law() {
    let counts = populations(3000, 0.10, 0.08, 50);
    expect_mean(&counts, 49.532_216_742_100_1, 645.111_888_890_880_4);
    expect_variance(&counts, 645.111_888_890_880_4, 3.3);
}

/// The tail: b = d = 0.05 per step, 100 steps: mean 20, variance 190.3251639280809, P(extinct) 0.02342079352213949.
/// n = 3000 finds a shift of the mean by 6 %, and a P(extinct) of 0.037 or 0.010.
#[test]
fn equal_birth_and_death_die_out_by_the_exact_law() {
    let counts = populations(3000, 0.05, 0.05, 100);
    expect_mean(&counts, 20.0, 190.325_163_928_080_9);
    expect_variance(&counts, 190.325_163_928_080_9, 3.5);
    let extinct = counts.iter().filter(|c| **c == 0.0).count();
    expect_share(extinct, counts.len(), 0.023_420_793_522_139_49);
}

/// Rates per step of the five events of `racing`.
const RATES: [f64; 5] = [0.4, 0.3, 0.2, 0.5, 0.1];

/// A full sheet of cells that divide, die of two causes, become another type and leave.
fn racing() -> Setup {
    let mut setup = bare(100, 100, 1);
    let [divide, a, b, convert, leave] = RATES.map(|r| r / 30.0);
    let other = CellType { id: "other".into(), ..setup.cell_types[TUMOR.index()].clone() };
    setup.cell_types.push(other);
    setup.flows = vec![super::border::leaving("out", TUMOR)];
    let behaviors = &mut setup.cell_types[TUMOR.index()].behaviors;
    behaviors.divide = Some(hazard((), divide, "divide"));
    behaviors.die = vec![hazard("a".to_string(), a, "die.a"), hazard("b".to_string(), b, "die.b")];
    behaviors.convert = vec![hazard(CellTypeId(2), convert, "convert.other")];
    behaviors.leave = vec![hazard(FlowId(0), leave, "flow.out")];
    setup
}

fn sheet(setup: &Setup) -> State {
    let mut state = State::new(setup);
    fill(setup, &mut state, TUMOR, |_| true);
    state
}

/// Shares b_i / sum b of all events and a total of 1 - exp(-sum b), as the books count them; chi-square over the six
/// ends of 40,000 cells finds a bias of 5 % in the largest rate.
#[test]
pub fn winners_have_the_shares_of_their_rates() {
    let setup = racing();
    let sum: f64 = RATES.iter().sum();
    let mut counts = [0.0; 6];
    for seed in 0..4 {
        let ledger = go_on(&setup, seed, sheet(&setup), 1).ledger;
        let n = |what, cause| {
            ledger.counts.get(&Entry { what, cell: TUMOR, cause }).map_or(0.0, |c| c.lattice as f64)
        };
        let ends = [
            n(Happening::Birth, Cause::Division) + n(Happening::Blocked, Cause::Blocked),
            n(Happening::Death, Cause::Named("a".into())),
            n(Happening::Death, Cause::Named("b".into())),
            n(Happening::Conversion, Cause::Conversion { to: CellTypeId(2) }),
            n(Happening::Departure, Cause::Flow(FlowId(0))),
        ];
        counts.iter_mut().zip(ends).for_each(|(all, n)| *all += n);
    }
    counts[5] = 40_000.0 - counts.iter().sum::<f64>();
    let happens = 1.0 - math::exp(-sum);
    let mut expected: Vec<f64> = RATES.iter().map(|r| 40_000.0 * happens * r / sum).collect();
    expected.push(40_000.0 * (1.0 - happens));
    expect_counts(&counts, &expected);
}

/// The fates that are decided for a state, by cell of the first layer.
fn fates(setup: &Setup, state: &State) -> Vec<Fate> {
    let plan = Plan::new(setup);
    let mut roster = Roster::new(setup.cell_types.len());
    roster.take(state);
    let sites = setup.domain.as_ref().map_or(0, |d| d.lattice.sites());
    let occupancy: Vec<_> = state.layers.iter().map(|l| Occupancy::of(l, sites)).collect();
    let context = Context { setup, plan: &plan, streams: Streams { seed: 8 } };
    let view = View::new(&context, state, &occupancy, &roster).unwrap();
    decide::decide(&view, 0, Vec::new()).fates
}

/// Without one hazard every other winner keeps its time to the last bit; only cells that the missing one had won change,
/// and these end later or not at all. Each of the five in turn, 10,000 cells.
#[test]
fn switching_a_hazard_off_leaves_the_other_times_alone() {
    let setup = racing();
    let state = sheet(&setup);
    let all = fates(&setup, &state);
    let acts = [Act::Divide, Act::Die(0), Act::Die(1), Act::Convert(CellTypeId(2)), Act::Leave(0)];
    for (i, act) in acts.into_iter().enumerate() {
        let mut less = setup.clone();
        let behaviors = &mut less.cell_types[TUMOR.index()].behaviors;
        match i {
            0 => behaviors.divide.as_mut().unwrap().rate = Law::default(),
            1 | 2 => behaviors.die[i - 1].rate = Law::default(),
            3 => behaviors.convert[0].rate = Law::default(),
            _ => behaviors.leave[0].rate = Law::default(),
        }
        let mut won = 0;
        for (before, after) in all.iter().zip(fates(&less, &state)) {
            if before.what == What::Act(act) {
                won += 1;
                assert!(after.time > before.time && after.what != before.what);
            } else {
                assert_eq!((before.time.to_bits(), before.what), (after.time.to_bits(), after.what));
            }
        }
        assert!(won > 300, "{act:?} won {won} times only");
    }
}

/// A dead cell holds its site until the end of the step in which `remains` is over, counted from the start of the step in
/// which it died, and at least for one more step; with `remains` of zero it is gone at once. It acts no more.
#[test]
pub fn the_dead_stay_for_their_time() {
    for (remains, steps_to_go) in [(0.0, 1), (1.0, 2), (60.0, 2), (61.0, 3), (90.0, 3), (150.0, 5)] {
        let mut setup = bare(5, 5, 1);
        let tumor = &mut setup.cell_types[TUMOR.index()];
        tumor.remains = remains;
        tumor.behaviors.die = vec![hazard("a".to_string(), 100.0, "die")];
        let mut simulation = {
            let mut state = State::new(&setup);
            crate::engine::fixture::put(&setup, &mut state, TUMOR, 12, &[]);
            book_in(&setup, &mut state);
            Simulation::from_state(&setup, Streams { seed: 1 }, state).unwrap()
        };
        let mut steps = 0;
        while !simulation.state.layers[0].is_empty() {
            simulation.step().unwrap();
            expect_sound(&simulation);
            steps += 1;
        }
        assert_eq!(steps, steps_to_go, "remains {remains}");
        assert_eq!(simulation.state.ledger.total(Happening::Death, TUMOR), 1);
        assert_eq!(simulation.state.ledger.total(Happening::Clearance, TUMOR), 1);
    }
}
