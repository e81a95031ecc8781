//! Everything at once: the books balance, the lattice holds one cell per site.

use super::*;
use crate::model::fixture::{B7H3, EXHAUSTION, KILL, OXYGEN, T_CELL, TUMOR};
use crate::model::{InteractionKind, States, TraitDynamics};

/// All processes of the tissue at once: division with pushing, death with remains, two movers, killing by hits, trait
/// dynamics, a field.
pub fn busy(nx: usize, ny: usize, nz: usize) -> Setup {
    let mut setup = fixture::solid(nx, ny, nz);
    let tumor = &mut setup.cell_types[TUMOR.index()];
    tumor.push = 3;
    tumor.remains = 120.0;
    tumor.behaviors.divide = Some(hazard((), 0.05 / 30.0, "divide"));
    tumor.behaviors.die = vec![hazard("apoptosis".to_string(), 0.02 / 30.0, "die.apoptosis")];
    tumor.behaviors.uptake = vec![(OXYGEN, Law::constant(10.0))];
    tumor.behaviors.movement = Some(wander(0.24));
    let t_cell = &mut setup.cell_types[T_CELL.index()];
    t_cell.behaviors.movement = Some(Movement {
        persistence: Law::constant(5.0),
        toward: vec![(OXYGEN, Law::constant(-0.3))],
        ..wander(4.0)
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

/// 150 steps; exact.
#[test]
fn the_books_balance_and_the_lattice_holds_one_cell_per_site() {
    let setup = busy(40, 40, 1);
    let mut simulation = Simulation::new(&setup, Streams { seed: 9 }).unwrap();
    let mut killed = false;
    for _ in 0..150 {
        simulation.step().unwrap();
        expect_sound(&simulation);
        let by_contact = |e: &Entry| {
            e.what == Happening::Death && matches!(e.cause, Cause::Interaction { id, .. } if id == KILL)
        };
        killed |= simulation.state.ledger.counts.keys().any(by_contact);
    }
    assert!(killed, "nothing was killed: the test sees too little");
    assert!(simulation.state.ledger.total(Happening::Birth, TUMOR) > 100);
}
