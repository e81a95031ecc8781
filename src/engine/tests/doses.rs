//! Doses: how much arrives, when, and who it is.

use super::*;
use crate::model::fixture::{BLOOD, CAR, DRUG, EXHAUSTION, OXYGEN, T_CELL, TUMOR};
use crate::model::{
    Dose, DoseTarget, Event, ObservableId, Origin, Part, Pool as Amount, Product, Scale, Species,
};
use crate::random::{Draw, Key};
use std::collections::BTreeSet;

fn part(id: &str, cell: Option<CellTypeId>, share: f64) -> Part {
    let substrate = if cell.is_none() { Some(DRUG) } else { None };
    Part { id: id.into(), cell, substrate, share, traits: vec![] }
}

fn dose(id: &str, amount: f64, at: Trigger, into: DoseTarget, over: f64) -> Dose {
    let purpose = Purpose::of(&format!("dose.{id}"));
    Dose { id: id.into(), purpose, product: CAR, amount, at, into, over }
}

fn at(times: &[f64]) -> Trigger {
    Trigger::At(times.to_vec())
}

/// 40 x 40 sites, a product of T cells (half), tumor cells (0.3) and a drug (0.2), of which 0.8 is alive.
fn world() -> Setup {
    let mut setup = bare(40, 40, 1);
    let parts = vec![part("drug", None, 0.2), part("t", Some(T_CELL), 0.5), part("tumor", Some(TUMOR), 0.3)];
    setup.products[CAR.index()] = Product { id: "car".into(), viability: 0.8, parts };
    setup
}

fn held(state: &State, species: Species, origin: Origin, clone: u8) -> f64 {
    let pool = Amount { compartment: BLOOD, species, origin, clone };
    state.pools.amount[state.pools.find(pool).unwrap()]
}

/// Each part is amount x viability x share, in the pool of its product; cells with a clonal receptor are of all clones in
/// equal parts. At once and over 150 min, when each step brings its share. Exact to 1e-12.
#[test]
pub fn parts_enter_their_pools() {
    for over in [0.0, 150.0] {
        let mut setup = world();
        setup.doses = vec![dose("car", 1e6, at(&[60.0]), DoseTarget::Compartment(BLOOD), over)];
        for steps in 0..10u32 {
            let state = run(&setup, 1, steps);
            let done =
                if steps < 2 { 0.0 } else { f64::from(steps - 1) / if over > 0.0 { 5.0 } else { 1.0 } };
            let given = 1e6 * 0.8 * if done > 1.0 { 1.0 } else { done };
            let car = Origin::of(CAR);
            for clone in 0..2 {
                close(held(&state, Species::Cell(T_CELL), car, clone), given * 0.25, 1e-12);
                assert_eq!(held(&state, Species::Cell(T_CELL), Origin::NATIVE, clone), 0.0);
            }
            close(held(&state, Species::Cell(TUMOR), car, 0), given * 0.3, 1e-12);
            close(held(&state, Species::Substrate(DRUG), Origin::NATIVE, 0), given * 0.2, 1e-12);
            assert_eq!(state.infusions.len(), usize::from(over > 0.0 && (2..6).contains(&steps)));
        }
    }
}

/// A time that is no whole number of steps: the last step brings the rest.
#[test]
fn an_infusion_ends_within_a_step() {
    let mut setup = world();
    setup.doses = vec![dose("car", 1000.0, at(&[0.0]), DoseTarget::Compartment(BLOOD), 100.0)];
    let given = |steps| held(&run(&setup, 1, steps), Species::Cell(TUMOR), Origin::of(CAR), 0) / 240.0;
    [0.3, 0.6, 0.9, 1.0, 1.0].into_iter().enumerate().for_each(|(n, exact)| {
        close(given(n as u32), exact, 1e-12);
    });
}

/// Into the tissue whole cells come, what is short of one is owed: never more than due, and the total is the rounded
/// amount over w; all with keys of their own, the product's origin and traits, in the region only.
#[test]
fn the_tissue_gets_whole_cells() {
    for (amount, over, w) in
        [(1000.0, 0.0, 1.0), (333.3, 210.0, 1.0), (1000.0, 210.0, 3.0), (37.0, 3000.0, 4.0)]
    {
        let mut setup = world();
        setup.products[CAR.index()].parts[1].traits = vec![(EXHAUSTION, Draw::constant(0.25))];
        setup.domain.as_mut().unwrap().scale = Scale::Constant(w);
        let region = Region { shape: Shape::Disc, radius: Some(300.0), ..everywhere() };
        setup.doses = vec![dose("car", amount, at(&[0.0]), DoseTarget::Tissue(region), over)];
        let mut simulation = Simulation::new(&setup, Streams { seed: 5 }).unwrap();
        for n in 1..=120 {
            let share = if over > 0.0 { f64::from(n) * 30.0 / over } else { 1.0 };
            for (layer, of) in [(1, 0.5), (0, 0.3)] {
                let due = amount * 0.8 * of / w;
                let got = simulation.state.layers[layer].len() as f64;
                if share >= 1.0 {
                    assert_eq!(got, due.round());
                } else {
                    assert!((share * due - got).abs() < 1.0 + 1e-9, "{got} of {}", share * due);
                }
            }
            expect_sound(&simulation);
            simulation.step().unwrap();
        }
        let state = &simulation.state;
        let origin = Origin::of(CAR);
        assert!(state.layers.iter().flat_map(|c| &c.origin).all(|o| *o == origin));
        assert!(state.layers[1].traits[0].iter().all(|v| *v == 0.25));
        let far = |s: &u32| {
            let [x, y] = [f64::from(*s % 40) - 19.5, f64::from(*s / 40) - 19.5];
            x * x + y * y > 225.0 + 1e-9
        };
        assert!(!state.layers.iter().flat_map(|c| &c.site).any(far));
    }
}

/// Overlapping infusions of one dose, and two doses of one product, give cells with different keys, and all arrive.
#[test]
fn infusions_overlap() {
    let mut setup = world();
    let tissue = || DoseTarget::Tissue(everywhere());
    setup.doses = vec![
        dose("a", 100.0, at(&[0.0, 30.0, 90.0]), tissue(), 120.0),
        dose("b", 100.0, at(&[30.0]), tissue(), 0.0),
    ];
    let state = run(&setup, 2, 12);
    assert_eq!(state.layers[1].len(), 160);
    let keys: BTreeSet<Key> = state.layers[1].key.iter().copied().collect();
    assert_eq!(keys.len(), 160);
    assert_eq!((state.dosed[0], state.dosed[1]), (Some(90.0), Some(30.0)));
}

/// What finds no room is booked as blocked, and the rest arrives.
#[test]
fn a_full_tissue_takes_no_more() {
    let mut setup = world();
    setup.domain.as_mut().unwrap().lattice.nx = 5;
    setup.domain.as_mut().unwrap().lattice.ny = 4;
    setup.doses = vec![dose("car", 100.0, at(&[0.0]), DoseTarget::Tissue(everywhere()), 0.0)];
    let state = run(&setup, 1, 1);
    assert_eq!(state.layers[1].len(), 20);
    assert_eq!(state.ledger.total(Happening::Blocked, T_CELL), 20);
}

/// Cells with a clonal receptor that are given into the tissue are of either clone as often: n = 800, z = 5.
#[test]
fn clones_in_the_tissue_are_even() {
    let mut setup = world();
    setup.doses = vec![dose("car", 2000.0, at(&[0.0]), DoseTarget::Tissue(everywhere()), 0.0)];
    let state = run(&setup, 1, 1);
    assert_eq!(state.layers[1].len(), 800);
    expect_share(state.layers[1].clone.iter().filter(|c| **c == 1).count(), 800, 0.5);
}

/// A drug into a region of the tissue: the field there rises evenly, and site volume x unit x w x sum is the amount, to
/// 1e-5 (single precision).
#[test]
fn molecules_spread_over_their_region() {
    let mut setup = world();
    let oxygen = &mut setup.substrates[OXYGEN.index()];
    (oxygen.diffusion, oxygen.amount_per_unit, oxygen.initial) = (Some(1e5), 0.6, 1.0);
    setup.domain.as_mut().unwrap().scale = Scale::Constant(2.0);
    setup.products[CAR.index()].parts[0].substrate = Some(OXYGEN);
    let region = Region { shape: Shape::Box, size: [200.0, 100.0, 0.0], ..everywhere() };
    setup.doses = vec![dose("o2", 1e6, at(&[0.0]), DoseTarget::Tissue(region), 0.0)];
    // Before anything diffuses: the dose alone.
    let mut simulation = Simulation::new(&setup, Streams { seed: 1 }).unwrap();
    let rise = 1e6 * 0.8 * 0.2 / (60.0 * 8000.0 * 0.6 * 2.0);
    let raised = |site: usize| {
        let [x, y] = [(site % 40) as f64 - 19.5, (site / 40) as f64 - 19.5];
        x.abs() <= 5.0 && y.abs() <= 2.5
    };
    let field = simulation.state.fields[0].as_ref().unwrap();
    let n = (0..1600).filter(|s| raised(*s)).count();
    for (site, value) in field.iter().enumerate() {
        let share = if raised(site) { rise * 60.0 / n as f64 } else { 0.0 };
        close(f64::from(*value), 1.0 + share, 1e-6);
    }
    let all: f64 = field.iter().map(|c| f64::from(*c) - 1.0).sum::<f64>() * 8000.0 * 0.6 * 2.0;
    close(all, 1e6 * 0.8 * 0.2, 1e-5);
    simulation.step().unwrap();
    let sum: f64 = simulation.state.fields[0].as_ref().unwrap().iter().map(|c| f64::from(*c) - 1.0).sum();
    // Its trigger has fired: it is not given again.
    close(sum * 8000.0 * 0.6 * 2.0, 1e6 * 0.8 * 0.2, 1e-3);
}

/// An observable that jumps when its time comes.
struct Meter(f64);
impl Watch for Meter {
    fn see(&mut self, setup: &Setup, state: &State) -> Notice {
        let value = if state.time(setup) >= self.0 { 5.0 } else { 0.0 };
        Notice { measured: vec![(ObservableId(0), value)], ..Notice::default() }
    }
}

/// Steps at whose start a dose is in the pool, for each kind of trigger; the observable passes its threshold at the look at
/// 120 min, which triggers know from the next step on; the first dose is at 60 min.
#[test]
fn triggers_fire_in_their_steps() {
    let when = |every, delay, times| Trigger::When {
        observable: ObservableId(0),
        above: true,
        threshold: 1.0,
        every,
        delay,
        times,
    };
    let after = |delay| Trigger::After { event: Event::Dose(crate::model::DoseId(0)), delay };
    let cases: [(Trigger, &[u32]); 9] = [
        (at(&[0.0, 45.0, 200.0]), &[0, 1, 6]),
        (Trigger::Every { every: 60.0, from: 30.0, times: Some(3) }, &[1, 3, 5]),
        (Trigger::Every { every: 100.0, from: 0.0, times: None }, &[0, 3, 6, 10]),
        (after(0.0), &[2]),
        (after(75.0), &[4]),
        (when(0.0, 0.0, 1), &[5]),
        (when(0.0, 0.0, 2), &[5, 6]),
        (when(90.0, 0.0, 2), &[6, 9]),
        (when(0.0, 100.0, 1), &[8]),
    ];
    for (trigger, steps) in cases {
        let mut setup = world();
        fixture::count(&mut setup, "meter", TUMOR);
        let compartment = || DoseTarget::Compartment(BLOOD);
        setup.doses = vec![
            dose("first", 0.0, at(&[60.0]), compartment(), 0.0),
            dose("second", 100.0, trigger, compartment(), 0.0),
        ];
        let mut simulation = Simulation::new(&setup, Streams { seed: 1 }).unwrap();
        let mut meter = Meter(120.0);
        let (mut fired, mut before) = (Vec::new(), 0.0);
        for step in 0..12 {
            simulation.look(&mut meter);
            let now = held(&simulation.state, Species::Cell(TUMOR), Origin::of(CAR), 0);
            if now > before {
                fired.push(step);
                assert_eq!(simulation.state.dosed[1], Some(f64::from(step) * 30.0));
            }
            before = now;
            simulation.step().unwrap();
        }
        assert_eq!(fired, steps, "{:?}", setup.doses[1].at);
    }
}
