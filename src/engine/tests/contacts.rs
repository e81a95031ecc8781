//! What actors share among targets, engulf, take and change.

use super::*;
use crate::engine::fixture::put;
use crate::engine::grid::EMPTY;
use crate::model::fixture::{B7H3, EXHAUSTION, KILL, NEO, T_CELL, TCR, TUMOR};
use crate::model::{Gate, InteractionKind, Response, States, TraitId};
use crate::random::Draw;

/// A lattice of 3 x 3 with one interaction of `kind` at `rate`.
fn world(kind: InteractionKind, rate: f64) -> Setup {
    let mut setup = bare(3, 3, 1);
    let touch = &mut setup.interactions[KILL.index()];
    touch.kind = kind;
    touch.rate = vec![Law::constant(rate)];
    setup
}

/// Targets on the first `n` sites, an actor in the middle.
fn crowd(setup: &Setup, n: usize, antigen: impl Fn(usize) -> f32) -> State {
    let mut state = State::new(setup);
    for site in 0..n {
        put(setup, &mut state, TUMOR, site, &[antigen(site), 0.0]);
    }
    put(setup, &mut state, T_CELL, 4, &[]);
    state
}

/// Nine targets with gates R that sum to 4.5 share one actor: events are Poisson with the rate of a single open target,
/// 1 / (1/b + h), and fall to target j with share R_j / sum R. n = 6000 finds a bias of 4 % in the rate at z = 5.
#[test]
fn targets_share_an_actor() {
    let mut setup = world(InteractionKind::Touch, 0.1);
    setup.receptors[TCR.index()].response = Response::Linear { zero: 0.0, one: 1.0 };
    let touch = &mut setup.interactions[KILL.index()];
    touch.cooldown = 15.0;
    touch.gate = Gate { all: vec![TCR], ..Gate::default() };
    touch.to_self = vec![(EXHAUSTION, 1.0)];
    touch.to_target = vec![(NEO, 1.0)];
    let antigen = |site: usize| (site + 1) as f32 / 10.0;
    let ends = replicate(6000, |seed| go_on(&setup, seed, crowd(&setup, 9, antigen), 1));
    let events: Vec<f64> = ends.iter().map(|s| f64::from(s.layers[1].value(EXHAUSTION, 0))).collect();
    expect_poisson(&events, 30.0 / (1.0 / 0.1 + 15.0));
    let count = |site| ends.iter().map(|s| f64::from(s.layers[0].value(NEO, site))).sum::<f64>();
    let counts: Vec<f64> = (0..9).map(count).collect();
    let all: f64 = counts.iter().sum();
    assert_eq!(all, events.iter().sum::<f64>());
    expect_counts(&counts, &(0..9).map(|j| all * f64::from(antigen(j)) / 4.5).collect::<Vec<_>>());
    // Below a sum of 1 nothing is shared: R = 0.1 + 0.2 gives 0.3 of the rate.
    let few = replicate(6000, |seed| go_on(&setup, seed, crowd(&setup, 2, antigen), 1));
    let events: Vec<f64> = few.iter().map(|s| f64::from(s.layers[1].value(EXHAUSTION, 0))).collect();
    expect_poisson(&events, 0.3 * 30.0 / (1.0 / 0.1 + 15.0));
}

/// Engulfed while live: one death and one clearance by the interaction, no removal; while dead: one clearance. With two
/// actors P = 1 - exp(-2 b T), and still once. n = 6000 finds a bias of 6 % in b at z = 5.
#[test]
fn what_is_engulfed_is_booked_once() {
    for dead in [false, true] {
        let mut setup = world(InteractionKind::Engulf, 0.02);
        setup.cell_types[TUMOR.index()].remains = 1e9;
        setup.interactions[KILL.index()].on = States { live: !dead, dead };
        let n = 6000;
        let eaten = replicate(n, |seed| {
            let mut state = State::new(&setup);
            put(&setup, &mut state, TUMOR, 0, &[]);
            put(&setup, &mut state, T_CELL, 0, &[]);
            put(&setup, &mut state, T_CELL, 4, &[]);
            if dead {
                state.layers[0].death[0] = 0;
            }
            let state = go_on(&setup, seed, state, 1);
            let by = |what| {
                let own = |e: &Entry| matches!(e.cause, Cause::Interaction { id: KILL, actor: T_CELL, .. });
                let all = state.ledger.counts.iter().filter(|(e, _)| e.what == what);
                all.map(|(e, n)| if own(e) { n.lattice } else { 99 }).sum::<u64>()
            };
            let gone = u64::from(state.layers[0].is_empty());
            assert_eq!(by(Happening::Clearance), gone);
            assert_eq!(by(Happening::Death), if dead { 0 } else { gone });
            assert_eq!(by(Happening::Removal), 0);
            gone as usize
        });
        expect_share(eaten.iter().sum(), n, 1.0 - math::exp(-2.0 * 0.02 * 30.0));
    }
}

/// An engulfed site is free in the next step, and the engulfed cell is in no column.
#[test]
fn an_engulfed_cell_is_gone() {
    let setup = world(InteractionKind::Engulf, 100.0);
    let mut simulation =
        Simulation::from_state(&setup, Streams { seed: 1 }, crowd(&setup, 3, |_| 0.0)).unwrap();
    simulation.step().unwrap();
    assert!(simulation.state.layers[0].is_empty());
    assert!(simulation.occupancy[0].0.iter().all(|c| *c == EMPTY));
}

/// `take` moves a share per event and conserves: after m events the target has x (1 - s)^m and the actor the rest, to
/// 1e-6; where the actor does not carry the trait the target alone changes.
#[test]
fn what_is_taken_arrives_or_is_lost() {
    for carries in [true, false] {
        let mut setup = world(InteractionKind::Touch, 0.3);
        if carries {
            setup.cell_types[T_CELL.index()].traits.insert(0, (B7H3, Draw::constant(0.0)));
        }
        let touch = &mut setup.interactions[KILL.index()];
        touch.take = vec![(B7H3, 0.2)];
        touch.to_self = vec![(EXHAUSTION, 1.0)];
        let mut events = 0.0;
        for seed in 0..50 {
            let state = go_on(&setup, seed, crowd(&setup, 1, |_| 1000.0), 2);
            let m = f64::from(state.layers[1].value(EXHAUSTION, 0));
            let left = 1000.0 * math::pow(0.8, m);
            close(f64::from(state.layers[0].value(B7H3, 0)), left, 1e-5);
            let taken = f64::from(state.layers[1].value(B7H3, 0));
            close(taken, if carries { 1000.0 - left } else { 0.0 }, 1e-5);
            events += m;
        }
        assert!(events > 500.0, "too little happened: {events}");
    }
}

/// Changes by contact keep to the bounds of their trait, on both sides.
#[test]
fn changes_by_contact_stay_within_bounds() {
    let mut setup = world(InteractionKind::Touch, 1.0);
    setup.traits[EXHAUSTION.index()].max = Some(0.9);
    setup.traits[B7H3.index()].min = 0.25;
    setup.traits[NEO.index()].max = Some(0.75);
    let touch = &mut setup.interactions[KILL.index()];
    touch.to_self = vec![(EXHAUSTION, 0.5)];
    touch.to_target = vec![(B7H3, -0.3), (NEO, 0.3)];
    let state = go_on(&setup, 1, crowd(&setup, 1, |_| 1.0), 1);
    let value = |layer: usize, of: TraitId| state.layers[layer].value(of, 0);
    assert_eq!((value(1, EXHAUSTION), value(0, B7H3), value(0, NEO)), (0.9, 0.25, 0.75));
}

/// An actor touches its own and the neighboring sites, never itself, and only cells in the asked state: on 5 x 5 with
/// all 25 sites filled the actor in the middle reaches 9 (5 across faces), of which one is dead.
#[test]
fn reach_is_the_touching_sites() {
    for (contact, live) in [(crate::lattice::Contact::Full, 8), (crate::lattice::Contact::Face, 4)] {
        let mut setup = bare(5, 5, 1);
        setup.domain.as_mut().unwrap().contact = contact;
        setup.cell_types[TUMOR.index()].remains = 1e9;
        let touch = &mut setup.interactions[KILL.index()];
        touch.rate = vec![Law::constant(100.0)];
        touch.to_target = vec![(NEO, 1.0)];
        touch.targets = vec![TUMOR, T_CELL];
        let mut state = State::new(&setup);
        crate::engine::fixture::fill(&setup, &mut state, TUMOR, |_| true);
        put(&setup, &mut state, T_CELL, 12, &[]);
        state.layers[0].death[7] = 0;
        let state = go_on(&setup, 3, state, 1);
        let touched: Vec<usize> = (0..25).filter(|i| state.layers[0].value(NEO, *i) > 0.0).collect();
        assert_eq!(touched.len(), live, "{touched:?}");
        let near = |i: &usize| (i % 5).abs_diff(2) <= 1 && (i / 5).abs_diff(2) <= 1;
        assert!(touched.iter().all(near) && !touched.contains(&7) && touched.contains(&12));
    }
}
