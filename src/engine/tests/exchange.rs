//! A substrate that crosses between a compartment and the tissue at doors.

use super::border::flow;
use super::*;
use crate::engine::fixture::put;
use crate::field::SolverKind;
use crate::model::fixture::{BLOOD, OXYGEN, TUMOR};
use crate::model::{CellType, Flow, FlowKind, FlowPlace, Pool as Amount, Scale, Species};

const VESSEL: CellTypeId = TUMOR;
const OTHER_VESSEL: CellTypeId = CellTypeId(2);
/// Amount per unit of concentration and um^3.
const PER: f64 = 0.5;

/// One case: solver, diffusion, rate of the flow, volume of the compartment, weight.
#[derive(Clone, Copy, Debug)]
struct Case {
    solver: SolverKind,
    diffusion: f64,
    rate: f64,
    volume: f64,
    weight: f64,
}

fn exchange(id: &str, rate: f64, via: &[CellTypeId]) -> Flow {
    let species = vec![Species::Substrate(OXYGEN)];
    Flow {
        from: FlowPlace::Pool { compartment: BLOOD, species: species.clone() },
        to: FlowPlace::Tissue { species },
        via: via.to_vec(),
        ..flow(id, FlowKind::Exchange, rate)
    }
}

/// 16 x 16 sites, a tenth of them doors of two types; blood holds `amount`, the tissue `level` everywhere.
fn world(case: Case, flows: Vec<Flow>, amount: f64, level: f32) -> (Setup, State) {
    let mut setup = fixture::setup(16, 16);
    let other = CellType { id: "other_vessel".into(), ..setup.cell_types[VESSEL.index()].clone() };
    setup.cell_types.push(other);
    let oxygen = &mut setup.substrates[OXYGEN.index()];
    (oxygen.diffusion, oxygen.solver, oxygen.amount_per_unit) = (Some(case.diffusion), case.solver, PER);
    setup.compartments[0].volume = case.volume;
    setup.domain.as_mut().unwrap().scale = Scale::Constant(case.weight);
    setup.initial = vec![(Amount::of(BLOOD, Species::Substrate(OXYGEN)), amount)];
    setup.flows = flows;
    let mut state = State::new(&setup);
    state.weight = case.weight;
    for site in (3..256).step_by(10) {
        let kind = if site % 4 == 3 { VESSEL } else { OTHER_VESSEL };
        put(&setup, &mut state, kind, site, &[]);
        state.placed_cells[kind.index()] += 1;
    }
    state.fields[0] = Some(vec![level; 256]);
    (setup, state)
}

fn in_tissue(case: Case, state: &State) -> f64 {
    let sum: f64 = state.fields[0].as_ref().unwrap().iter().map(|c| f64::from(*c)).sum();
    sum * 8000.0 * PER * case.weight
}

/// At one door without diffusion, implicit: c' = (c + r C) / (1 + r) with r = k dt / phi, and the pool loses w times the
/// site's gain; to 1e-6.
#[test]
fn a_door_pulls_its_site_toward_the_pool() {
    for (level, amount) in [(0.0, 4e6), (3.0, 1e6), (3.0, 0.0)] {
        let case =
            Case { solver: SolverKind::Implicit, diffusion: 0.0, rate: 0.004, volume: 1e8, weight: 3.0 };
        let (setup, state) =
            world(case, vec![exchange("o2", case.rate, &[VESSEL, OTHER_VESSEL])], amount, level);
        let doors = state.layers[0].site.clone();
        let before = amount + in_tissue(case, &state);
        let state = go_on(&setup, 1, state, 1);
        let c = amount / (1e8 * PER);
        let r = 0.004 * 30.0 / (26.0 / 256.0);
        for (site, value) in state.fields[0].as_ref().unwrap().iter().enumerate() {
            let level = f64::from(level);
            let exact = if doors.contains(&(site as u32)) { (level + r * c) / (1.0 + r) } else { level };
            close(f64::from(*value), exact, 1e-6);
        }
        close(state.pools.amount[0] + in_tissue(case, &state), before, 1e-6);
    }
}

/// A pool that the doors could empty within the step meets the tissue at its end: with G = n w V_site r / (1 + r) the
/// volume of tissue that the doors open, C' = (V C + G c) / (V + G), and c' as above with C'. To 1e-4, and what half
/// a digit of single precision makes of the gap c' - C', a part in 1 + r: for pools from as large as the doors' tissue to a
/// thousandth of it, from either side, also where nothing is in the pool or the tissue.
#[test]
fn a_small_pool_meets_the_tissue() {
    for volume in [2e6, 1e5, 2e3] {
        for (level, amount) in [(0.0, 4e6), (3.0, 1e6), (3.0, 0.0), (1e-6, 0.0), (0.0, 0.0)] {
            for rate in [0.1, 10.0] {
                let case = Case { solver: SolverKind::Implicit, diffusion: 0.0, rate, volume, weight: 3.0 };
                let flows = vec![exchange("o2", case.rate, &[VESSEL, OTHER_VESSEL])];
                let (setup, state) = world(case, flows, amount, level);
                let door = state.layers[0].site[0] as usize;
                let state = go_on(&setup, 1, state, 1);
                let r = rate * 30.0 / (26.0 / 256.0);
                let open = 26.0 * 3.0 * 8000.0 * r / (1.0 + r);
                let c = f64::from(level);
                let met = (amount / PER + open * c) / (volume + open);
                let digits = 1e-4 + 6e-8 * (1.0 + r);
                close(state.pools.amount[0], volume * PER * met, digits);
                close(f64::from(state.fields[0].as_ref().unwrap()[door]), (c + r * met) / (1.0 + r), digits);
            }
        }
    }
}

/// Pool and field together stay what they were: over 60 steps the total changes by less than 1e-3 (single precision;
/// explicit with doors of 100 per min, in 8000 sub-steps a step: 5 %), and neither is ever negative: implicit with and
/// without sub-steps and explicit, slow and very fast doors, pools a thousand times larger and smaller than the tissue,
/// from either side, one flow or three on one pool.
#[test]
fn what_leaves_the_pool_is_in_the_tissue() {
    for (solver, diffusion) in
        [(SolverKind::Implicit, 1e5), (SolverKind::Implicit, 25.0), (SolverKind::Explicit, 30.0)]
    {
        for rate in [1e-4, 0.01, 5.0] {
            let limit = if solver == SolverKind::Explicit && rate > 1.0 { 0.05 } else { 1e-3 };
            for volume in [1e9, 2e6, 2e3] {
                for (two, from_tissue) in [(false, false), (false, true), (true, false), (true, true)] {
                    let case = Case { solver, diffusion, rate, volume, weight: if two { 5.0 } else { 1.0 } };
                    let both = exchange("both", rate, &[VESSEL, OTHER_VESSEL]);
                    let flows = if two {
                        let other = exchange("other", 0.7 * rate, &[OTHER_VESSEL]);
                        vec![exchange("one", rate, &[VESSEL]), other, both]
                    } else {
                        vec![both]
                    };
                    let amount = if from_tissue { 0.0 } else { 1e6 };
                    let (setup, state) = world(case, flows, amount, if from_tissue { 2.0 } else { 0.0 });
                    let before = amount + in_tissue(case, &state);
                    let mut simulation = Simulation::from_state(&setup, Streams { seed: 1 }, state).unwrap();
                    for _ in 0..60 {
                        simulation.step().unwrap_or_else(|f| {
                            panic!("{case:?} two {two} from tissue {from_tissue}: {f:?}")
                        });
                        let state = &simulation.state;
                        assert!(state.pools.amount[0] >= 0.0, "{case:?}");
                        assert!(state.fields[0].as_ref().unwrap().iter().all(|c| *c >= 0.0), "{case:?}");
                        let change = state.pools.amount[0] + in_tissue(case, state) - before;
                        let share = change.abs() / before;
                        assert!(share < limit, "{case:?} two {two} from tissue {from_tissue}: {share:.1e}");
                    }
                }
            }
        }
    }
}

/// In the end both sides have one concentration, also where the pool is far smaller than the tissue: to 1 %.
#[test]
fn both_sides_come_to_rest() {
    for (rate, volume) in [(0.01, 2e6), (0.01, 2e4), (5.0, 2e6), (5.0, 2e4), (5.0, 1e9)] {
        let case = Case { solver: SolverKind::Implicit, diffusion: 1e5, rate, volume, weight: 1.0 };
        let flows = vec![exchange("o2", rate, &[VESSEL, OTHER_VESSEL])];
        let (setup, state) = world(case, flows, 1e6, 1.0);
        let all = 1e6 + in_tissue(case, &state);
        let level = all / (PER * (volume + 256.0 * 8000.0));
        let state = go_on(&setup, 1, state, 400);
        let pool = state.pools.amount[0] / (PER * volume);
        close(pool, level, 0.01);
        close(f64::from(state.fields[0].as_ref().unwrap()[100]), level, 0.01);
    }
}
