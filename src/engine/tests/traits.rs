//! Traits between divisions: their dynamics, their bounds, what conversion does to them.

use super::*;
use crate::engine::fixture::{fill, put};
use crate::model::fixture::{B7H3, EXHAUSTION, NEO, T_CELL, TUMOR};
use crate::model::{CellType, TraitDynamics, TraitId};
use crate::random::{Distribution, Draw};

fn changing(of: TraitId, gain: f64, loss: f64) -> Vec<TraitDynamics> {
    vec![TraitDynamics { of, gain: Law::constant(gain), loss: Law::constant(loss) }]
}

/// dx/dt = g - l x: after ten hours x = g/l + (x0 - g/l) e^-lt, or x0 + g t, in steps of 30 and of 60 min, to 1e-5 (single
/// precision over 20 steps). Finds an error of 0.1 % in the step or in a rate.
#[test]
pub fn dynamics_are_exact_at_any_step() {
    for (x0, g, l) in [(1.0f32, 0.0, 0.002), (0.2, 0.003, 0.004), (0.5, 0.001, 0.0), (3.0, 1e-6, 1e-7)] {
        let t = 600.0;
        let exact =
            if l > 0.0 { g / l + (f64::from(x0) - g / l) * math::exp(-l * t) } else { f64::from(x0) + g * t };
        for dt in [30.0, 60.0] {
            let mut setup = bare(3, 3, 1);
            setup.clock.step = dt;
            setup.cell_types[T_CELL.index()].behaviors.dynamics = changing(EXHAUSTION, g, l);
            let mut state = State::new(&setup);
            put(&setup, &mut state, T_CELL, 4, &[x0]);
            let state = go_on(&setup, 1, state, (t / dt) as u32);
            close(f64::from(state.layers[1].value(EXHAUSTION, 0)), exact, 1e-5);
        }
    }
}

/// Bounds hold for initial values, overrides and dynamics: they stop at the bound and leave it again.
#[test]
fn values_keep_to_their_bounds() {
    let mut setup = bare(3, 3, 1);
    (setup.traits[EXHAUSTION.index()].min, setup.traits[EXHAUSTION.index()].max) = (0.1, Some(0.8));
    setup.cell_types[T_CELL.index()].traits[0].1 = Draw::constant(5.0);
    setup.places = vec![place("t", T_CELL, 1.0, Pattern::Packed)];
    let value = |state: &State| state.layers[1].value(EXHAUSTION, 0);
    assert_eq!(value(&run(&setup, 1, 1)), 0.8);
    setup.places[0].traits = vec![(EXHAUSTION, Draw::constant(-1.0))];
    assert_eq!(value(&run(&setup, 1, 1)), 0.1);
    setup.cell_types[T_CELL.index()].behaviors.dynamics = changing(EXHAUSTION, 1.0, 0.0);
    let top = run(&setup, 1, 3);
    assert_eq!(value(&top), 0.8);
    setup.cell_types[T_CELL.index()].behaviors.dynamics = changing(EXHAUSTION, 0.0, 0.01);
    let falling = go_on(&setup, 1, top, 1);
    close(f64::from(value(&falling)), 0.8 * math::exp(-0.3), 1e-6);
    assert_eq!(value(&go_on(&setup, 1, falling, 30)), 0.1);
}

/// The dead keep their values; so do cells of a type without dynamics.
#[test]
fn the_dead_keep_their_values() {
    let mut setup = bare(3, 3, 1);
    setup.cell_types[TUMOR.index()].remains = 1e6;
    setup.cell_types[TUMOR.index()].behaviors.dynamics = changing(B7H3, 0.0, 0.1);
    let mut state = State::new(&setup);
    put(&setup, &mut state, TUMOR, 0, &[4.0, 2.0]);
    put(&setup, &mut state, TUMOR, 1, &[4.0, 2.0]);
    state.layers[0].death[0] = 0;
    let state = go_on(&setup, 1, state, 5);
    assert_eq!((state.layers[0].value(B7H3, 0), state.layers[0].value(NEO, 0)), (4.0, 2.0));
    assert!(state.layers[0].value(B7H3, 1) < 0.01);
}

/// A cell that becomes another type keeps its key, site, birth, clone and the traits that both carry; what only the new
/// type carries starts at that type's values (mean and variance of the draw at z = 5, n = 10,000); what it does not carry
/// is gone, so that no receptor sees it.
#[test]
pub fn conversion_keeps_what_both_carry() {
    let mut setup = bare(100, 100, 1);
    let uniform = Draw::of(Distribution::Uniform { low: 2.0, high: 4.0 });
    let marker = crate::model::Trait { id: "marker".into(), ..setup.traits[NEO.index()].clone() };
    setup.traits.push(marker);
    let tumor = setup.cell_types[TUMOR.index()].clone();
    setup.cell_types.push(CellType {
        id: "other".into(),
        traits: vec![(NEO, Draw::constant(77.0)), (TraitId(3), uniform)],
        ..tumor
    });
    setup.cell_types[TUMOR.index()].behaviors.convert = vec![hazard(CellTypeId(2), 10.0, "convert")];
    let mut state = State::new(&setup);
    fill(&setup, &mut state, TUMOR, |_| true);
    let cells = &mut state.layers[0];
    (cells.traits[0], cells.traits[1]) = (vec![5.0; 10_000], vec![6.0; 10_000]);
    cells.clone[7] = 1;
    let before = cells.clone();
    let state = go_on(&setup, 1, state, 1);
    let cells = &state.layers[0];
    assert!(cells.kind.iter().all(|k| *k == CellTypeId(2)));
    assert_eq!((&cells.key, &cells.site, &cells.birth), (&before.key, &before.site, &before.birth));
    assert_eq!(cells.clone, before.clone);
    assert_eq!(cells.traits[1], before.traits[1], "kept");
    assert!(cells.traits[0].iter().all(|v| *v == 0.0), "not carried any more");
    let fresh: Vec<f64> = cells.traits[2].iter().map(|v| f64::from(*v)).collect();
    expect_mean(&fresh, 3.0, 1.0 / 3.0);
    expect_variance(&fresh, 1.0 / 3.0, 1.8);
}

/// Initial values come from the place, else from the type; each is drawn for each cell: mean and variance at z = 5 over
/// 10,000 cells, the two traits independent.
#[test]
fn founders_draw_their_traits() {
    let mut setup = bare(100, 100, 1);
    let tumor = &mut setup.cell_types[TUMOR.index()];
    tumor.traits[0].1 = Draw::of(Distribution::Uniform { low: 0.0, high: 1.0 });
    tumor.traits[1].1 = Draw::of(Distribution::Lognormal { median: 3.0, sigma: 0.5 });
    setup.places = vec![place("tumor", TUMOR, 1e4, Pattern::Random)];
    let column = |state: &State, c: usize, f: fn(f64) -> f64| -> Vec<f64> {
        state.layers[0].traits[c].iter().map(|v| f(f64::from(*v))).collect()
    };
    let state = run(&setup, 5, 1);
    let (a, b) = (column(&state, 0, |v| v), column(&state, 1, math::ln));
    expect_mean(&a, 0.5, 1.0 / 12.0);
    expect_variance(&a, 1.0 / 12.0, 1.8);
    expect_mean(&b, math::ln(3.0), 0.25);
    expect_variance(&b, 0.25, 3.0);
    expect_independent(&a, &b);
    setup.places[0].traits = vec![(B7H3, Draw::constant(9.0))];
    let state = run(&setup, 5, 1);
    assert!(state.layers[0].traits[0].iter().all(|v| *v == 9.0));
    assert_eq!(column(&state, 1, math::ln), b, "the other trait keeps its luck");
}
