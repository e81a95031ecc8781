//! Every signal on a state built by hand, against its value by hand.

use super::*;
use crate::engine::fixture::put;
use crate::engine::grid::Occupancy;
use crate::engine::plan::Plan;
use crate::engine::program::Program;
use crate::engine::roster::Roster;
use crate::engine::signal::gather;
use crate::engine::simulation::{Context, View};
use crate::model::fixture::{B7H3, BLOOD, CAR, DRUG, EXHAUSTION, KILL, NEO, OXYGEN, T_CELL, TCR, TUMOR};
use crate::model::{
    Binds, CellType, Condition, DoseId, EndpointId, Event, Gate, ObservableId, Origin, Pool as Amount,
    Receptor, ReceptorId, RemovalId, Response, Signal, SignalId, Species, Term,
};

const SENSOR: ReceptorId = ReceptorId(1);
const OTHER: CellTypeId = CellTypeId(2);

/// 4 x 3 sites. Oxygen is x^2 + 10 y. Tumor cells at (1,1), (2,1), a dead one at (0,1), another type at (2,2); T cells at
/// (1,1) (clone 1, exhaustion 0.4, born in step 2) and (3,2) (clone 0). Step 7 from day -1 h on.
fn world() -> (Setup, State) {
    let mut setup = fixture::setup(4, 3);
    setup.clock.start = -60.0;
    let other = CellType { id: "other".into(), ..setup.cell_types[TUMOR.index()].clone() };
    setup.cell_types.push(other);
    setup.receptors.push(Receptor {
        id: "sensor".into(),
        binds: Binds::Substrate(OXYGEN),
        clonal: false,
        response: Response::Linear { zero: 0.0, one: 100.0 },
        copies: Some(EXHAUSTION),
        copies_at: 0.2,
        uptake: 0.0,
    });
    setup.receptors[TCR.index()].response = Response::Linear { zero: 0.0, one: 100.0 };
    setup.cell_types[T_CELL.index()].receptors.push(SENSOR);
    setup.interactions[KILL.index()].gate = Gate { any: vec![TCR], ..Gate::default() };
    setup.observables = vec![];
    fixture::count(&mut setup, "n", TUMOR);
    fixture::endpoint(&mut setup, "end", crate::model::EndpointKind::First { of: vec![] });
    let pool = |species, origin, clone| Amount { compartment: BLOOD, species, origin, clone };
    setup.initial = vec![
        (pool(Species::Cell(T_CELL), Origin::NATIVE, 0), 5e12),
        (pool(Species::Cell(T_CELL), Origin::of(CAR), 1), 3e12),
        (pool(Species::Cell(TUMOR), Origin::NATIVE, 0), 1e12),
        (pool(Species::Substrate(DRUG), Origin::NATIVE, 0), 6e12),
        (pool(Species::Antigen(B7H3), Origin::NATIVE, 0), 70.0),
        (pool(Species::Antigen(NEO), Origin::NATIVE, 0), 80.0),
    ];
    let mut state = State::new(&setup);
    state.step = 7;
    put(&setup, &mut state, TUMOR, 4, &[99.0, 99.0]);
    put(&setup, &mut state, TUMOR, 5, &[30.0, 20.0]);
    put(&setup, &mut state, TUMOR, 6, &[10.0, 60.0]);
    put(&setup, &mut state, OTHER, 10, &[50.0, 55.0]);
    state.layers[0].death[0] = 3;
    put(&setup, &mut state, T_CELL, 5, &[0.4]);
    put(&setup, &mut state, T_CELL, 11, &[0.1]);
    (state.layers[1].clone[0], state.layers[1].birth[0]) = (1, 2);
    state.fields[0] = Some((0..12).map(|s| ((s % 4) * (s % 4) + 10 * (s / 4)) as f32).collect());
    state.observed[0] = 42.0;
    (state.dosed, state.removed) = (vec![Some(60.0)], vec![None]);
    state.reached[0] = Some(145.0);
    (setup, state)
}

/// A signal as both T cells (of layer 1), or all cells of the first layer, sense it.
fn sensed(signal: Signal, layer: usize) -> Vec<f32> {
    let (mut setup, state) = world();
    setup.signals = vec![signal];
    let plan = Plan::new(&setup);
    let mut roster = Roster::new(3);
    roster.take(&state);
    let occupancy: Vec<_> = state.layers.iter().map(|l| Occupancy::of(l, 12)).collect();
    let context = Context { setup: &setup, plan: &plan, streams: Streams { seed: 1 } };
    let view = View::new(&context, &state, &occupancy, &roster).unwrap();
    let mut program = Program::default();
    let reads = Condition { signal: SignalId(0), response: Response::Above { above: 0.0 } };
    let term = Term {
        rule: "r".into(),
        all: vec![reads],
        any: vec![],
        none: vec![],
        target: 0.0,
        live: true,
        dead: false,
    };
    program.add(&Law { scale: vec![term], ..Law::default() });
    let mut columns = Vec::new();
    let cells: Vec<u32> = (0..state.layers[layer].len() as u32).collect();
    gather(&view, &program, layer, &cells, &mut columns);
    columns[0][..cells.len()].to_vec()
}

#[test]
fn signals_of_the_site() {
    assert_eq!(sensed(Signal::Substrate(OXYGEN), 1), [11.0, 29.0]);
    assert_eq!(sensed(Signal::Substrate(OXYGEN), 0), [10.0, 11.0, 14.0, 24.0]);
    assert_eq!(sensed(Signal::Substrate(DRUG), 1), [0.0, 0.0]);
    // (1,1): central differences (4 - 0)/40 and (20 - 0)/40; (3,2) at the walls: (9 - 4)/20 and 10/20.
    let got = sensed(Signal::Gradient(OXYGEN), 1);
    close(f64::from(got[0]), (0.01f64 + 0.25).sqrt(), 1e-6);
    close(f64::from(got[1]), (0.0625f64 + 0.25).sqrt(), 1e-6);
    assert_eq!(sensed(Signal::Gradient(DRUG), 1), [0.0, 0.0]);
}

#[test]
fn signals_of_the_cell() {
    assert_eq!(sensed(Signal::Trait(EXHAUSTION), 1), [0.4, 0.1]);
    assert_eq!(sensed(Signal::Trait(NEO), 0), [99.0, 20.0, 60.0, 55.0]);
    assert_eq!(sensed(Signal::Trait(EXHAUSTION), 0), [0.0; 4]);
    assert_eq!(sensed(Signal::Age, 1), [150.0, 210.0]);
    // Clone 1 binds neo, clone 0 b7h3.
    assert_eq!(sensed(Signal::Cognate(BLOOD), 1), [80.0, 70.0]);
    assert_eq!(sensed(Signal::Cognate(BLOOD), 0), [0.0; 4]);
}

#[test]
fn signals_of_the_neighborhood() {
    // The T cell at (1,1) touches (1,1), (2,1), (2,2), not the dead one; the one at (3,2) touches (2,1), (2,2).
    assert_eq!(sensed(Signal::Contact(vec![TUMOR]), 1), [2.0, 1.0]);
    assert_eq!(sensed(Signal::Contact(vec![TUMOR, OTHER]), 1), [3.0, 2.0]);
    assert_eq!(sensed(Signal::Contact(vec![T_CELL]), 1), [0.0, 0.0]);
    assert_eq!(sensed(Signal::Contact(vec![T_CELL]), 0), [1.0, 1.0, 2.0, 2.0]);
    assert_eq!(sensed(Signal::Contact(vec![TUMOR]), 0), [1.0, 1.0, 1.0, 2.0]);
    // Own layer, dead cells too, walls not counted: (0,1) has 5 touching sites, (1,1) and (2,1) 8, (2,2) 5.
    assert_eq!(sensed(Signal::Crowding, 0), [0.2, 0.375, 0.25, 0.4]);
    assert_eq!(sensed(Signal::Crowding, 1), [0.0, 0.0]);
    // Clone 1 sees neo: 20, 60, 55 of 100; clone 0 sees b7h3: 10 and 50. The dead one shows nothing.
    assert_eq!(sensed(Signal::Receptor(TCR), 1), [0.6, 0.5]);
    assert_eq!(sensed(Signal::Recognition, 1), [0.6, 0.5]);
    assert_eq!(sensed(Signal::Receptor(TCR), 0), [0.0; 4]);
    // Ligand 11 and 29, copies 0.4 and 0.1 over 0.2.
    let got = sensed(Signal::Receptor(SENSOR), 1);
    close(f64::from(got[0]), 0.22, 1e-6);
    close(f64::from(got[1]), 0.145, 1e-6);
}

#[test]
fn signals_of_compartments_and_times() {
    let cells = |of: &[CellTypeId]| of.iter().map(|c| Species::Cell(*c)).collect::<Vec<_>>();
    let amount = |species| Signal::Amount { compartment: BLOOD, species };
    let concentration = |species| Signal::Concentration { compartment: BLOOD, species };
    let all = |signal, value: f32| assert_eq!(sensed(signal, 1), [value; 2]);
    all(amount(cells(&[T_CELL])), 8e12);
    all(amount(cells(&[T_CELL, TUMOR])), 9e12);
    all(concentration(cells(&[T_CELL])), 4.0);
    // 6e12 molecules in 2e12 um^3 at 0.5 per unit and um^3.
    all(amount(vec![Species::Substrate(DRUG)]), 6e12);
    all(concentration(vec![Species::Substrate(DRUG)]), 6.0);
    all(amount(vec![Species::Antigen(NEO)]), 80.0);
    all(Signal::Observable(ObservableId(0)), 42.0);
    all(Signal::Time, 150.0);
    all(Signal::Since(Event::Dose(DoseId(0))), 90.0);
    all(Signal::Since(Event::Removal(RemovalId(0))), f32::INFINITY);
    all(Signal::Since(Event::Endpoint(EndpointId(0))), 5.0);
}

/// Recognition reads only receptors that some gate names under all or any.
#[test]
fn recognition_needs_a_gate() {
    let (mut setup, _) = world();
    let gates = [Gate::default(), Gate { none: vec![TCR], ..Gate::default() }];
    for gate in gates {
        setup.interactions[KILL.index()].gate = gate;
        assert!(Plan::new(&setup).types[T_CELL.index()].recognizing.is_empty());
    }
    setup.interactions[KILL.index()].gate = Gate { all: vec![TCR], ..Gate::default() };
    assert_eq!(Plan::new(&setup).types[T_CELL.index()].recognizing, [TCR]);
}
