//! Receptors and gates: what an attacker sees of a target.

use super::*;
use crate::engine::fixture::put;
use crate::engine::plan::Plan;
use crate::engine::receptor;
use crate::model::fixture::{B7H3, EXHAUSTION, KILL, NEO, T_CELL, TCR, TUMOR};
use crate::model::{Binds, Gate, InteractionKind, Receptor, ReceptorId, Response, TraitId};
use crate::random::Draw;

/// Binds b7h3, r = its value; borne by the T cell.
const A: ReceptorId = ReceptorId(1);
/// The same for neo.
const B: ReceptorId = ReceptorId(2);
/// Binds both.
const BOTH: ReceptorId = ReceptorId(3);
/// Binds both; nobody bears it.
const FOREIGN: ReceptorId = ReceptorId(4);
/// A trait of the tumor that presents its antigens.
const MHC: TraitId = TraitId(3);

fn world() -> Setup {
    let mut setup = bare(3, 3, 1);
    let receptor = |id: &str, antigens: &[TraitId]| Receptor {
        id: id.into(),
        binds: Binds::Antigens(antigens.to_vec()),
        clonal: false,
        response: Response::Linear { zero: 0.0, one: 1.0 },
        copies: None,
        copies_at: 1.0,
        uptake: 0.0,
    };
    setup.receptors[TCR.index()].response = Response::Linear { zero: 0.0, one: 1.0 };
    setup.receptors.extend([
        receptor("a", &[B7H3]),
        receptor("b", &[NEO]),
        receptor("both", &[B7H3, NEO]),
        receptor("foreign", &[B7H3, NEO]),
    ]);
    setup.cell_types[T_CELL.index()].receptors.extend([A, B, BOTH]);
    let mhc = crate::model::Trait { id: "mhc".into(), antigen: false, ..setup.traits[NEO.index()].clone() };
    setup.traits.push(mhc);
    setup.cell_types[TUMOR.index()].traits.push((MHC, Draw::constant(1.0)));
    setup
}

/// R and the recognized antigen, for a target with these values of b7h3, neo and mhc, and an actor of a clone with so
/// many copies (its exhaustion serves as their number).
fn seen(setup: &Setup, gate: &Gate, target: [f32; 3], clone: u8, copies: f32) -> (f32, Option<TraitId>) {
    let mut state = State::new(setup);
    put(setup, &mut state, TUMOR, 4, &target);
    put(setup, &mut state, T_CELL, 4, &[copies]);
    state.layers[1].clone[0] = clone;
    let plan = Plan::new(setup);
    receptor::gate(setup, &plan, gate, (1, &state.layers[1], 0), (0, &state.layers[0], 0))
}

fn gate(all: &[ReceptorId], any: &[ReceptorId], none: &[ReceptorId]) -> Gate {
    Gate { all: all.to_vec(), any: any.to_vec(), none: none.to_vec() }
}

/// R = prod_all r * (1 - prod_any (1 - r)) * prod_none (1 - r), exact but for single precision (1e-6), on a grid of r.
#[test]
fn gates_are_and_or_not() {
    let setup = world();
    for x in [0.0f32, 0.2, 0.7, 1.0] {
        for y in [0.0f32, 0.3, 0.9, 1.0] {
            let larger = if x > y { x } else { y };
            let r = |g: &Gate| seen(&setup, g, [x, y, 1.0], 0, 1.0).0;
            let cases = [
                (gate(&[A, B], &[], &[]), x * y),
                (gate(&[], &[A, B], &[]), 1.0 - (1.0 - x) * (1.0 - y)),
                (gate(&[], &[A, B, BOTH], &[]), 1.0 - (1.0 - x) * (1.0 - y) * (1.0 - larger)),
                (gate(&[A], &[], &[B]), x * (1.0 - y)),
                (gate(&[], &[], &[A, B]), (1.0 - x) * (1.0 - y)),
                (gate(&[BOTH], &[A, B], &[A]), larger * (1.0 - (1.0 - x) * (1.0 - y)) * (1.0 - x)),
            ];
            for (g, exact) in cases {
                assert!((r(&g) - exact).abs() < 1e-6, "{g:?} at {x} {y}: {} for {exact}", r(&g));
            }
        }
    }
}

/// What is not borne is not activated: it closes `all`, adds nothing to `any` and forbids nothing under `none`.
#[test]
fn a_receptor_that_the_actor_lacks_is_silent() {
    let setup = world();
    let r = |g: &Gate| seen(&setup, g, [0.6, 0.9, 1.0], 0, 1.0);
    assert_eq!(r(&gate(&[FOREIGN], &[], &[])).0, 0.0);
    assert_eq!(r(&gate(&[], &[FOREIGN], &[])), (0.0, None));
    assert_eq!(r(&gate(&[], &[A, FOREIGN], &[])), (0.6, Some(B7H3)));
    assert_eq!(r(&gate(&[A], &[], &[FOREIGN])), (0.6, Some(B7H3)));
}

/// A clonal receptor sees its clone's antigen only; a clone beyond the list sees nothing. Others take the strongest.
#[test]
fn clones_see_their_own_antigen() {
    let setup = world();
    let r = |receptor, clone| seen(&setup, &gate(&[receptor], &[], &[]), [0.4, 0.9, 1.0], clone, 1.0);
    assert_eq!(r(TCR, 0), (0.4, Some(B7H3)));
    assert_eq!(r(TCR, 1), (0.9, Some(NEO)));
    assert_eq!(r(TCR, 2), (0.0, None));
    assert_eq!(r(BOTH, 0), (0.9, Some(NEO)));
    assert_eq!(r(BOTH, 2), (0.9, Some(NEO)));
}

/// E = x p / p_at * c / c_at, exact but for rounding, through a Hill response; without the presenter on the target E = 0.
#[test]
fn presenter_and_copies_scale_the_exposure() {
    let mut setup = world();
    setup.traits[NEO.index()].presented_by = Some(MHC);
    setup.traits[NEO.index()].presented_at = 4.0;
    let receptor = &mut setup.receptors[B.index()];
    receptor.response = Response::Hill { half: 30.0, power: 2.0 };
    receptor.copies = Some(EXHAUSTION);
    receptor.copies_at = 5.0;
    for (x, p, c) in [(100.0f32, 4.0f32, 5.0f32), (100.0, 1.0, 5.0), (100.0, 4.0, 1.0), (250.0, 2.0, 3.0)] {
        let e = f64::from(x) * f64::from(p) / 4.0 * f64::from(c) / 5.0;
        let got = seen(&setup, &gate(&[B], &[], &[]), [0.0, x, p], 0, c).0;
        close(f64::from(got), e * e / (900.0 + e * e), 1e-6);
    }
    assert_eq!(seen(&setup, &gate(&[B], &[], &[]), [0.0, 100.0, 0.0], 0, 5.0).0, 0.0);
    setup.cell_types[TUMOR.index()].traits.truncate(2);
    assert_eq!(seen(&setup, &gate(&[B], &[], &[]), [0.0, 100.0, 4.0], 0, 5.0).0, 0.0, "nothing presents");
    setup.receptors[B.index()].copies = Some(B7H3);
    setup.traits[NEO.index()].presented_by = None;
    assert_eq!(seen(&setup, &gate(&[B], &[], &[]), [0.0, 100.0, 4.0], 0, 5.0).0, 0.0, "no copies");
}

/// The recorded antigen is the strongest under `all` and `any`, whatever `none` sees.
#[test]
fn the_strongest_antigen_is_recorded() {
    let setup = world();
    let antigen = |g: &Gate, target| seen(&setup, g, target, 0, 1.0).1;
    assert_eq!(antigen(&gate(&[], &[A, B], &[]), [0.3, 0.4, 1.0]), Some(NEO));
    assert_eq!(antigen(&gate(&[], &[B, A], &[]), [0.5, 0.4, 1.0]), Some(B7H3));
    assert_eq!(antigen(&gate(&[A], &[], &[B]), [0.3, 0.9, 1.0]), Some(B7H3));
    assert_eq!(antigen(&gate(&[], &[], &[A, B]), [0.3, 0.9, 1.0]), None);
}

/// A gate of R makes the rate b R, and the books name the antigen: P(kill) = 1 - exp(-b R T) with R = 0.35. n = 8000
/// finds a bias of 4 % in b R at z = 5.
#[test]
pub fn the_gate_scales_the_rate_and_the_books_name_the_antigen() {
    let mut setup = world();
    setup.domain.as_mut().unwrap().lattice.nx = 1;
    setup.domain.as_mut().unwrap().lattice.ny = 1;
    let kill = &mut setup.interactions[KILL.index()];
    kill.kind = InteractionKind::Kill { damage: MHC, hit: 1.0, lethal: 0.5 };
    kill.rate = vec![Law::constant(0.1)];
    kill.gate = gate(&[B], &[], &[A]);
    let n = 8000;
    let killed = replicate(n, |seed| {
        let mut state = State::new(&setup);
        put(&setup, &mut state, TUMOR, 0, &[0.3, 0.5, 0.0]);
        put(&setup, &mut state, T_CELL, 0, &[]);
        let state = go_on(&setup, seed, state, 1);
        let by = |e: &&Entry| {
            matches!(e.cause, Cause::Interaction { id: KILL, actor: T_CELL, antigen: Some(NEO), .. })
        };
        let named = state.ledger.counts.keys().filter(by).count();
        assert_eq!(named as u64, state.ledger.total(Happening::Death, TUMOR));
        named
    });
    expect_share(killed.iter().sum(), n, 1.0 - math::exp(-0.1 * 0.35 * 30.0));
}
