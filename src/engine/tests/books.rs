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
pub fn the_books_balance_and_the_lattice_holds_one_cell_per_site() {
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

/// What is done to a simulation, and what the books then say.
type Spoiled<'a> = (&'a dyn Fn(&mut Simulation), &'a str);

/// Whatever is changed behind the back of the engine is found at the next check, with its name.
#[test]
fn the_books_find_what_does_not_add_up() {
    let setup = busy(20, 20, 1);
    let told = |spoil: &dyn Fn(&mut Simulation)| {
        let mut simulation = Simulation::new(&setup, Streams { seed: 9 }).unwrap();
        (0..5).for_each(|_| simulation.step().unwrap());
        simulation.check().unwrap();
        spoil(&mut simulation);
        simulation.check().unwrap_err().what
    };
    let tumor = Entry { what: Happening::Birth, cell: TUMOR, cause: Cause::Division };
    let cases: [Spoiled; 9] = [
        (&|s| s.state.ledger.book(Happening::Death, TUMOR, Cause::Cleared, 1.0), ""),
        (&|s| s.state.ledger.book(Happening::Removal, TUMOR, Cause::Cleared, 1.0), "books of tumor: "),
        (&|s| s.state.ledger.counts.get_mut(&tumor).unwrap().animal += 0.5, "cells of the animal"),
        (&|s| s.state.weight = 1.01, "cells of the animal"),
        (&|s| s.state.layers[0].key[3] = s.state.layers[1].key[0], "two cells with the identity"),
        (&|s| s.state.layers[0].site.swap(1, 2), "out of order"),
        (
            &|s| {
                let sites = [1, 2].map(|i| s.state.layers[0].site[i] as usize);
                s.occupancy[0].0.swap(sites[0], sites[1]);
            },
            "does not know its cell",
        ),
        (&|s| s.state.layers[0].traits[0][2] = f32::NAN, "outside its bounds"),
        (&|s| s.state.fields[0].as_mut().unwrap()[7] = -1e-20, "site 7 is negative"),
    ];
    for (spoil, expected) in &cases[1..] {
        let said = told(*spoil);
        assert!(said.contains(expected), "{expected}: {said}");
    }
    // A death alone changes no number of cells.
    let mut simulation = Simulation::new(&setup, Streams { seed: 9 }).unwrap();
    cases[0].0(&mut simulation);
    simulation.check().unwrap();
}

/// A field whose step does not close is found by its name: too much set to zero, left by the solver, or unexplained.
#[test]
fn a_field_that_does_not_close_is_found() {
    use crate::engine::books::field;
    use crate::field::Balance;
    let good = Balance { before: 1.0, after: 1.5, source: 1.0, lost: 0.5, ..Balance::default() };
    assert_eq!(field("o2", &good), Ok(()));
    for (bad, what) in [
        (Balance { clamped: 1e-5, residual: -1e-5, ..good }, "set to zero"),
        (Balance { residual: 0.1, lost: 0.6, ..good }, "left by the solver"),
        (Balance { after: 1.5001, ..good }, "unexplained"),
        (Balance { after: f64::NAN, ..good }, "set to zero"),
    ] {
        let said = field("o2", &bad).unwrap_err();
        assert!(said.contains(what) && said.contains("books of o2"), "{what}: {said}");
    }
}
