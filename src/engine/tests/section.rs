//! How many cells of the animal a cell of the lattice stands for.

use super::*;
use crate::engine::fixture::{fill, put};
use crate::model::fixture::{T_CELL, TUMOR};
use crate::model::{Dose, DoseTarget, Part, ProductId, Scale};

/// A section of `n` x `n` sites.
fn section(n: usize) -> Setup {
    let mut setup = bare(n, n, 1);
    setup.domain.as_mut().unwrap().scale = Scale::Section { of: vec![TUMOR] };
    setup
}

/// N packed cells make the disc of the equal ball: n w is N to 2 % (0.3 % from 10,000 on), N = 1e3 to 1e6, and w is
/// 4 r / (3 dx) with r of the disc's area, to 1 % and 0.1 %.
#[test]
fn packed_cells_stand_for_their_number() {
    let mut setup = section(140);
    for n in [1e3, 3e3, 1e4, 1e5, 3.3e5, 1e6] {
        setup.places = vec![place("tumor", TUMOR, n, Pattern::Packed)];
        let state = run(&setup, 1, 1);
        let cells = state.layers[0].len() as f64;
        let r = (cells / std::f64::consts::PI).sqrt();
        close(state.weight, 4.0 / 3.0 * r, if n < 1e4 { 0.01 } else { 0.001 });
        close(cells * state.weight, n, if n < 1e4 { 0.02 } else { 0.003 });
        assert_eq!(f64::from(state.area), cells);
    }
}

/// Of one cell, and without any of its types, w = 1. Small holes and dead cells belong to the mass, other types and wide
/// cavities do not: a square ring of 11 to 3 sites counts 121, one of 21 to 15 counts 441 - 225, with w the mean of 2 rho.
#[test]
fn the_weight_is_that_of_the_mass_turned() {
    let mut setup = section(40);
    setup.cell_types[TUMOR.index()].remains = 1e9;
    let weight = |state: State| {
        let state = go_on(&setup, 1, state, 1);
        (state.weight, state.area)
    };
    let mut one = State::new(&setup);
    put(&setup, &mut one, TUMOR, 820, &[]);
    assert_eq!(weight(one), (1.0, 1));
    let mut other = State::new(&setup);
    put(&setup, &mut other, T_CELL, 820, &[]);
    assert_eq!(weight(other), (1.0, 0));
    for (edge, hole, counted) in [(5usize, 1, 121usize), (10, 7, 441 - 225)] {
        let within = |x: usize, y: usize, reach: usize| x.abs_diff(20) <= reach && y.abs_diff(20) <= reach;
        let ring = |[x, y]: [usize; 2]| within(x, y, edge) && !within(x, y, hole);
        let mut state = State::new(&setup);
        fill(&setup, &mut state, TUMOR, |[x, y, _]| ring([x, y]));
        state.layers[0].death[5] = 0;
        let full = counted == (2 * edge + 1).pow(2);
        let sites = (0..1600).map(|site| [site % 40, site / 40]);
        let turned = sites.filter(|[x, y]| if full { within(*x, *y, edge) } else { ring([*x, *y]) });
        let distance = |[x, y]: [usize; 2]| (x as f64 - 20.0).hypot(y as f64 - 20.0);
        let exact = 2.0 * turned.map(distance).sum::<f64>() / counted as f64;
        let (w, area) = weight(state);
        close(w, exact, 1e-12);
        assert_eq!(area as usize, counted);
    }
}

/// Books in cells of the animal: arrivals and births less what went, plus what the change of w alone has added, are w
/// times the cells, for each type, to 1e-9, while a section grows and shrinks.
#[test]
pub fn the_books_in_animal_units_add_up() {
    let mut setup = section(60);
    let tumor = &mut setup.cell_types[TUMOR.index()];
    tumor.push = 20;
    tumor.remains = 90.0;
    tumor.behaviors.divide = Some(hazard((), 0.002, "divide"));
    tumor.behaviors.die = vec![hazard("a".to_string(), 0.0015, "die")];
    tumor.behaviors.convert = vec![hazard(CellTypeId(2), 0.0001, "convert")];
    let other = crate::model::CellType { id: "other".into(), ..tumor.clone() };
    setup.cell_types.push(other);
    setup.places =
        vec![place("a_t", T_CELL, 500.0, Pattern::Random), place("tumor", TUMOR, 3000.0, Pattern::Packed)];
    let mut simulation = Simulation::new(&setup, Streams { seed: 2 }).unwrap();
    let mut weights = Vec::new();
    for _ in 0..200 {
        simulation.step().unwrap();
        let State { ledger, layers, weight, .. } = &simulation.state;
        weights.push(*weight);
        for kind in [TUMOR, T_CELL, CellTypeId(2)] {
            let mut sum = ledger.rescaled[kind.index()];
            for (entry, count) in &ledger.counts {
                use Happening::{Arrival, Birth, Clearance, Conversion, Departure, Removal};
                if entry.cell == kind {
                    match entry.what {
                        Arrival | Birth => sum += count.animal,
                        Departure | Removal | Clearance | Conversion => sum -= count.animal,
                        Happening::Death | Happening::Blocked => {}
                    }
                }
                if entry.cause == (Cause::Conversion { to: kind }) {
                    sum += count.animal;
                }
            }
            let n = layers.iter().flat_map(|c| &c.kind).filter(|k| **k == kind).count();
            close(sum, weight * n as f64, 1e-9);
        }
    }
    assert!(weights.windows(2).any(|w| w[0] != w[1]));
}

/// A constant weight holds from the first moment: cells that are placed, and given into the tissue where nothing has been
/// placed, are n / w, and nothing is booked as rescaled.
#[test]
fn a_constant_weight_holds_from_the_start() {
    let mut setup = bare(20, 20, 1);
    setup.domain.as_mut().unwrap().scale = Scale::Constant(4.0);
    setup.products[0].parts =
        vec![Part { id: "t".into(), cell: Some(T_CELL), substrate: None, share: 1.0, traits: vec![] }];
    setup.doses = vec![Dose {
        id: "t".into(),
        purpose: Purpose::of("dose.t"),
        product: ProductId(0),
        amount: 400.0,
        at: Trigger::At(vec![0.0]),
        into: DoseTarget::Tissue(everywhere()),
        over: 0.0,
    }];
    for placed in [false, true] {
        if placed {
            setup.places = vec![place("tumor", TUMOR, 200.0, Pattern::Random)];
        }
        let state = run(&setup, 1, 2);
        assert_eq!(state.layers[1].len(), 100);
        assert_eq!(state.layers[0].len(), if placed { 50 } else { 0 });
        assert_eq!(state.ledger.rescaled, [0.0, 0.0]);
        let dosed = Entry { what: Happening::Arrival, cell: T_CELL, cause: Cause::Dose(0) };
        assert_eq!(state.ledger.counts[&dosed], Count { lattice: 100, animal: 400.0 });
        if placed {
            let first = Entry { what: Happening::Arrival, cell: TUMOR, cause: Cause::Place(0) };
            assert_eq!(state.ledger.counts[&first], Count { lattice: 50, animal: 200.0 });
        }
    }
}

/// Places of one step in any order, their ids unchanged: the section's cells make the weight by which the others are
/// counted, and what lies near cells comes after them, also in a chain. The same cells, site by site.
#[test]
fn the_order_of_places_does_not_matter() {
    let near = |id: &str, cell, of, n| {
        let mut place = place(id, cell, n, Pattern::Random);
        place.region.shape = Shape::Near;
        (place.region.radius, place.region.cells) = (Some(60.0), vec![of]);
        place
    };
    for whole in [false, true] {
        let mut setup = section(60);
        if whole {
            setup.domain.as_mut().unwrap().scale = Scale::Whole;
        }
        let layer = crate::model::LayerId(2);
        setup.layers.push(crate::model::Layer { id: "third".into() });
        let last = crate::model::CellType { id: "last".into(), layer, ..setup.cell_types[0].clone() };
        setup.cell_types.push(last);
        let tumor = place("tumor", TUMOR, if whole { 500.0 } else { 5e4 }, Pattern::Packed);
        let count = if whole { 200.0 } else { 3000.0 };
        let places = [near("a", T_CELL, TUMOR, count), near("b", CellTypeId(2), T_CELL, count), tumor];
        let mut seen = Vec::new();
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            setup.places = order.map(|i| places[i].clone()).to_vec();
            let state = run(&setup, 1, 1);
            let n = (count / state.weight).round();
            assert_eq!([1, 2].map(|l| state.layers[l].len() as f64), [n, n], "{order:?} w {}", state.weight);
            seen.push((state.layers.clone(), state.weight));
        }
        assert!(seen.windows(2).all(|s| s[0] == s[1]));
    }
}
