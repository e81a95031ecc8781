//! What one cell does by itself: fates, division, inheritance, migration.

use super::super::hazard;
use super::compare::agree;
use crate::engine::tests::worlds::*;
use crate::lattice::Contact;
use crate::model::fixture::{B7H3, EXHAUSTION, NEO, T_CELL, TUMOR};
use crate::model::{Inherit, Law, Mutation, Pattern, Setup, Signal, TraitDynamics};
use crate::random::{Distribution, Draw};

/// A packed tumor that divides and pushes until the box is crowded.
pub fn growth(size: [usize; 3], contact: Contact, push: u32) -> Setup {
    let mut setup = still(size);
    setup.domain.as_mut().unwrap().contact = contact;
    put(&mut setup, TUMOR, 8.0, Pattern::Packed);
    let tumor = &mut setup.cell_types[TUMOR.index()];
    (tumor.push, tumor.behaviors.divide) = (push, Some(hazard((), 0.2 / 30.0, "divide")));
    setup
}

/// In 2D and 3D, touching by faces and in full.
#[test]
fn division_agrees() {
    for (size, contact, push) in
        [([9, 8, 1], Contact::Full, 2), ([5, 5, 5], Contact::Full, 1), ([9, 8, 1], Contact::Face, 0)]
    {
        agree(
            &format!("division {size:?} {contact:?} push {push}"),
            &growth(size, contact, push),
            [8, 16],
            1000,
            &["birth tumor division"],
        );
    }
}

/// Two named deaths, division, conversion and departure race; the dead stay for three steps, or go at once.
#[test]
fn the_race_of_fates_and_clearance_agree() {
    for remains in [0.0, 90.0] {
        let mut setup = still([8, 8, 1]);
        put(&mut setup, T_CELL, 40.0, Pattern::Random);
        let t = &mut setup.cell_types[T_CELL.index()];
        t.remains = remains;
        let b = &mut t.behaviors;
        b.divide = Some(hazard((), 0.004, "divide"));
        b.die = vec![hazard("a".into(), 0.003, "die.a"), hazard("b".into(), 0.006, "die.b")];
        b.convert = vec![hazard(MACROPHAGE, 0.004, "convert")];
        agree(
            &format!("race of fates, dead for {remains} min"),
            &setup,
            [3, 8],
            1000,
            &["death t_cell a", "death t_cell b", "clearance t_cell cleared"],
        );
    }
}

/// A packed crowd that spreads: fractions of moves, missed moves.
pub fn spreading(size: [usize; 3], contact: Contact, persistence: f64) -> Setup {
    let mut setup = still(size);
    setup.domain.as_mut().unwrap().contact = contact;
    put(&mut setup, TUMOR, 45.0, Pattern::Packed);
    setup.cell_types[TUMOR.index()].behaviors.movement = Some(moving(1.4, persistence, &[]));
    setup
}

/// With and without persistence.
#[test]
fn wandering_agrees() {
    for (size, contact, persistence) in
        [([9, 9, 1], Contact::Full, 0.0), ([9, 9, 1], Contact::Face, 40.0), ([5, 5, 5], Contact::Full, 40.0)]
    {
        agree(
            &format!("wandering {size:?} {contact:?} persistence {persistence}"),
            &spreading(size, contact, persistence),
            [2, 6],
            1000,
            &["pairs tumor beside tumor"],
        );
    }
}

/// Traits that daughters copy with jitter, halve, count, draw anew and get back at a mutation.
#[test]
fn inheritance_agrees() {
    let mut setup = still([9, 9, 1]);
    put(&mut setup, TUMOR, 8.0, Pattern::Packed);
    setup.cell_types[TUMOR.index()].behaviors.divide = Some(hazard((), 0.008, "divide"));
    let lognormal = Draw::of(Distribution::Lognormal { median: 50.0, sigma: 0.4 });
    for (of, inherit, draw) in [
        (B7H3, Inherit::Copy, lognormal.clone()),
        (NEO, Inherit::Redraw, Draw { present: 0.6, ..lognormal.clone() }),
        (DAMAGE, Inherit::Split, Draw::constant(64.0)),
        (MHC, Inherit::Increment, Draw::constant(0.0)),
    ] {
        setup.traits[of.index()].inherit = inherit;
        trait_of(&mut setup, TUMOR, of, draw);
    }
    let b7h3 = &mut setup.traits[B7H3.index()];
    (b7h3.jitter, b7h3.mutation) = (0.2, Some(Mutation { probability: 0.1, to: 5.0 }));
    (b7h3.min, b7h3.max) = (10.0, Some(90.0));
    agree("inheritance", &setup, [6, 12], 1000, &["birth tumor division"]);
}

/// A trait that rises where it is crowded and falls by itself steers death; what a conversion keeps and what it draws.
#[test]
fn dynamics_and_rules_agree() {
    let mut setup = still([8, 8, 1]);
    put(&mut setup, T_CELL, 30.0, Pattern::Packed);
    let crowded = on(&mut setup, Signal::Crowding, linear(0.2, 0.9));
    let tired = on(&mut setup, Signal::Trait(EXHAUSTION), hill(0.3, 2.5));
    let young = on(&mut setup, Signal::Age, crate::model::Response::Below { below: 100.0 });
    let gain = Law { increase: vec![when("crowd", 0.02, vec![crowded])], ..Law::constant(0.001) };
    let t = &mut setup.cell_types[T_CELL.index()].behaviors;
    t.dynamics = vec![TraitDynamics { of: EXHAUSTION, gain, loss: Law::constant(0.01) }];
    t.divide = Some(hazard((), 0.004, "divide"));
    t.divide.as_mut().unwrap().rate.decrease = vec![when("tired", 0.0005, vec![tired])];
    let mut grave = when("tired too", 0.01, vec![tired]);
    grave.none = vec![young];
    t.die = vec![hazard("tired".into(), 0.001, "die")];
    t.die[0].rate.increase = vec![grave];
    t.convert = vec![hazard(MACROPHAGE, 0.002, "convert")];
    t.convert[0].rate.scale = vec![when("keep", 0.2, vec![crowded])];
    t.movement = Some(moving(1.0, 30.0, &[]));
    trait_of(&mut setup, MACROPHAGE, NEO, Draw::of(Distribution::Uniform { low: 1.0, high: 3.0 }));
    agree(
        "dynamics and rules",
        &setup,
        [4, 10],
        1000,
        &["death t_cell tired", "conversion t_cell to macrophage"],
    );
}

fn trait_of(setup: &mut Setup, kind: crate::model::CellTypeId, of: crate::model::TraitId, draw: Draw) {
    let traits = &mut setup.cell_types[kind.index()].traits;
    traits.iter_mut().find(|(t, _)| *t == of).expect("the type carries it").1 = draw;
}
