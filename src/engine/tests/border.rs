//! Cells that cross between compartments and tissue.

use super::*;
use crate::engine::fixture::{fill, put};
use crate::model::fixture::{B7H3, BLOOD, CAR, NEO, T_CELL, TUMOR};
use crate::model::{CellType, Flow, FlowKind, FlowPlace, Origin, Pool as Amount, Scale, Species};
use crate::random::Key;

/// Two types of door in the tissue layer, and a second type that enters.
const VESSEL: CellTypeId = CellTypeId(2);
const OTHER_VESSEL: CellTypeId = CellTypeId(3);
const MYELOID: CellTypeId = CellTypeId(4);

/// A flow from nowhere to nowhere.
pub fn flow(id: &str, kind: FlowKind, rate: f64) -> Flow {
    Flow {
        id: id.into(),
        purpose: Purpose::of(&format!("flow.{id}")),
        kind,
        from: FlowPlace::Outside,
        to: FlowPlace::Outside,
        origin: None,
        rate: Law::constant(rate),
        yield_: 1.0,
        delay: 0.0,
        stages: 4,
        capacity: None,
        shared: vec![],
        via: vec![],
        carry: vec![],
    }
}

/// Cells of a type go to the blood.
pub fn leaving(id: &str, cell: CellTypeId) -> Flow {
    Flow {
        from: FlowPlace::Tissue { species: vec![Species::Cell(cell)] },
        to: FlowPlace::Pool { compartment: BLOOD, species: vec![Species::Cell(cell)] },
        ..flow(id, FlowKind::Leave, 0.0)
    }
}

/// Cells of these types come from the blood at doors of these types.
fn entering(id: &str, rate: f64, cells: &[CellTypeId], via: &[CellTypeId]) -> Flow {
    let species: Vec<Species> = cells.iter().map(|c| Species::Cell(*c)).collect();
    Flow {
        from: FlowPlace::Pool { compartment: BLOOD, species: species.clone() },
        to: FlowPlace::Tissue { species },
        via: via.to_vec(),
        ..flow(id, FlowKind::Enter, rate)
    }
}

/// 20 x 20 sites, 1e9 um^3 of blood.
fn world() -> Setup {
    let mut setup = bare(20, 20, 1);
    setup.compartments[0].volume = 1e9;
    setup.initial.clear();
    for id in ["vessel", "other_vessel"] {
        setup.cell_types.push(CellType { id: id.into(), ..setup.cell_types[TUMOR.index()].clone() });
    }
    let myeloid = CellType { id: "myeloid".into(), receptors: vec![], ..setup.cell_types[1].clone() };
    setup.cell_types.push(myeloid);
    setup
}

fn holding(cell: CellTypeId, amount: f64) -> (Amount, f64) {
    (Amount::of(BLOOD, Species::Cell(cell)), amount)
}

/// A state with doors on these sites, as if placed there.
fn with_doors(setup: &Setup, doors: &[(CellTypeId, usize)]) -> State {
    let mut state = State::new(setup);
    for (kind, site) in doors {
        put(setup, &mut state, *kind, *site, &[]);
        state.placed_cells[kind.index()] += 1;
    }
    state
}

/// Four doors that no two cells of one could mix up.
const CORNERS: [usize; 4] = [42, 57, 342, 357];

fn near(door: usize, site: u32) -> bool {
    let site = site as usize;
    (site % 20).abs_diff(door % 20) <= 1 && (site / 20).abs_diff(door / 20) <= 1
}

/// Arrivals at each of four doors are Poisson with mean k dx^3/phi C dt, independent of each other, and the pool pays
/// exactly one cell for each. n = 4000 finds 6 % in the mean of a door and 12 % in the dispersion at z = 5.
#[test]
fn arrivals_are_poisson_at_each_door() {
    let mut setup = world();
    setup.initial = vec![holding(MYELOID, 1e4)];
    setup.flows = vec![entering("in", 0.005, &[MYELOID], &[VESSEL])];
    let phi = 4.0 / 400.0;
    let exact = 0.005 * 8000.0 / phi * (1e4 / 1e9) * 30.0;
    let n = replicate(4000, |seed| {
        let state = go_on(&setup, seed, with_doors(&setup, &CORNERS.map(|s| (VESSEL, s))), 1);
        let sites = &state.layers[1].site;
        assert_eq!(state.pools.amount[0], 1e4 - sites.len() as f64);
        assert_eq!(state.ledger.total(Happening::Arrival, MYELOID), sites.len() as u64);
        CORNERS.map(|door| sites.iter().filter(|s| near(door, **s)).count() as f64)
    });
    let column = |door: usize| n.iter().map(|counts| counts[door]).collect::<Vec<f64>>();
    for door in 0..4 {
        expect_poisson(&column(door), exact);
    }
    expect_independent(&column(0), &column(1));
    expect_independent(&column(0), &column(3));
}

/// Doors are taken in proportion to their rate there: with an antigen that doubles it, 2 : 1 (n = 4000 finds 6 %).
#[test]
fn arrivals_choose_doors_by_their_rates() {
    let mut setup = world();
    setup.initial = vec![holding(MYELOID, 1e4)];
    setup.signals = vec![crate::model::Signal::Trait(NEO)];
    let doubled = crate::model::Term {
        rule: "more".into(),
        all: vec![crate::model::Condition {
            signal: crate::model::SignalId(0),
            response: crate::model::Response::Above { above: 0.5 },
        }],
        any: vec![],
        none: vec![],
        target: 2.0,
        live: true,
        dead: false,
    };
    let mut into = entering("in", 0.002, &[MYELOID], &[VESSEL]);
    into.rate.scale = vec![doubled];
    setup.flows = vec![into];
    let n = replicate(4000, |seed| {
        let mut state = with_doors(&setup, &CORNERS.map(|s| (VESSEL, s)));
        state.layers[0].traits[1][2] = 1.0;
        let sites = go_on(&setup, seed, state, 1).layers[1].site.clone();
        CORNERS.map(|door| sites.iter().filter(|s| near(door, **s)).count() as f64)
    });
    let counts: Vec<f64> = (0..4).map(|door| n.iter().map(|c| c[door]).sum()).collect();
    let all = 4000.0 * 5.0 * 0.002 * 8000.0 / 0.01 * 1e-5 * 30.0;
    assert!((counts.iter().sum::<f64>() - all).abs() < 5.0 * all.sqrt());
    let shares = [1.0, 1.0, 2.0, 1.0].map(|s| s / 5.0 * counts.iter().sum::<f64>());
    expect_counts(&counts, &shares);
}

/// With w = 4 the arrivals are as many, and the pool pays w for each, so that pool + w * tissue stays exactly the same;
/// leaving brings it back.
#[test]
pub fn the_border_conserves_what_crosses_it() {
    for w in [1.0, 4.0] {
        let mut setup = world();
        setup.domain.as_mut().unwrap().scale = Scale::Constant(w);
        setup.initial = vec![holding(MYELOID, 1e4)];
        setup.flows = vec![entering("in", 0.005, &[MYELOID], &[VESSEL]), leaving("out", MYELOID)];
        setup.cell_types[MYELOID.index()].behaviors.leave =
            vec![hazard(crate::model::FlowId(1), 0.005, "flow.out")];
        let mut state = with_doors(&setup, &CORNERS.map(|s| (VESSEL, s)));
        state.weight = w;
        let mut simulation = Simulation::from_state(&setup, Streams { seed: 9 }, state).unwrap();
        for _ in 0..100 {
            simulation.step().unwrap();
            let state = &simulation.state;
            assert_eq!(state.pools.amount[0] + w * state.layers[1].len() as f64, 1e4);
            let [[left, came], [gone, back]] = [state.pools.turnover[0], state.pools.turnover[1]];
            assert_eq!((left, gone), (came, back));
            assert_eq!(left - gone, w * state.layers[1].len() as f64);
        }
        assert!(simulation.state.pools.turnover[1][1] > 50.0 * w);
    }
}

/// Kinds that one flow lets in draw for themselves: 4000 steps of two kinds with the same mean are uncorrelated.
#[test]
fn kinds_of_one_flow_draw_independently() {
    let mut setup = world();
    setup.initial = vec![holding(MYELOID, 1e4), holding(T_CELL, 1e4)];
    setup.flows = vec![entering("in", 0.002, &[T_CELL, MYELOID], &[VESSEL])];
    let n = replicate(4000, |seed| {
        let state = go_on(&setup, seed, with_doors(&setup, &CORNERS.map(|s| (VESSEL, s))), 1);
        [T_CELL, MYELOID].map(|kind| state.ledger.total(Happening::Arrival, kind) as f64)
    });
    let column = |k: usize| n.iter().map(|c| c[k]).collect::<Vec<f64>>();
    let exact = 0.002 * 8000.0 * 400.0 * 1e-5 * 30.0;
    expect_mean(&column(0), exact, exact);
    expect_mean(&column(1), exact, exact);
    expect_independent(&column(0), &column(1));
}

/// Two types of door with half the share each are one type: the same cells come in, to the last key.
#[test]
fn doors_of_two_types_are_doors_of_one() {
    let mut setup = world();
    setup.initial = vec![holding(MYELOID, 1e4)];
    let mut keys = Vec::new();
    for kinds in [[VESSEL; 4], [VESSEL, VESSEL, OTHER_VESSEL, OTHER_VESSEL]] {
        setup.flows = vec![entering("in", 0.005, &[MYELOID], &[VESSEL, OTHER_VESSEL])];
        let doors: Vec<_> = kinds.into_iter().zip(CORNERS).collect();
        let state = go_on(&setup, 3, with_doors(&setup, &doors), 20);
        keys.push((state.layers[1].key.clone(), state.layers[1].site.clone()));
    }
    assert!(keys[0].0.len() > 20);
    assert_eq!(keys[0], keys[1]);
}

/// A pool of ten cells behind two flows that would let in 100 and 300: nobody enters unpaid, ten do, any of all 400 whatever
/// flow they take, so 1 : 3. n = 1500 finds a share of 0.77 or 0.73, and an order that is the same in every run.
#[test]
pub fn a_small_pool_pays_for_anyone() {
    let mut setup = world();
    setup.initial = vec![holding(MYELOID, 10.7)];
    let scale = 400.0 / 4.0 * 8000.0 * 10.7 / 1e9 * 30.0 * 4.0;
    setup.flows = vec![
        entering("few", 100.0 / scale, &[MYELOID], &[VESSEL]),
        entering("many", 300.0 / scale, &[MYELOID], &[OTHER_VESSEL]),
    ];
    let doors: Vec<_> = [VESSEL, OTHER_VESSEL].iter().flat_map(|v| CORNERS.map(|s| (*v, s))).collect();
    let doors: Vec<_> = doors.into_iter().enumerate().map(|(i, (v, s))| (v, s + 2 * i)).collect();
    let n = replicate(1500, |seed| {
        let state = go_on(&setup, seed, with_doors(&setup, &doors), 1);
        close(state.pools.amount[0], 0.7, 1e-12);
        assert_eq!(state.layers[1].len(), 10);
        let [few, many] = [0, 1].map(|f| state.pools.turnover[f][0]);
        assert_eq!(few + many, 10.0);
        many as usize
    });
    expect_share(n.iter().sum(), 15_000, 0.75);
    let empty = go_on(&setup, 1, with_doors(&setup, &doors), 50);
    assert!(empty.pools.amount[0] >= 0.0 && empty.layers[1].len() == 10);
}

/// Without a free site at or touching the door a cell stays in the pool and is counted as blocked.
#[test]
fn without_room_arrivals_stay_in_the_pool() {
    let mut setup = world();
    setup.initial = vec![holding(MYELOID, 1e6)];
    setup.flows = vec![entering("in", 0.005, &[MYELOID], &[VESSEL])];
    let state = go_on(&setup, 1, with_doors(&setup, &[(VESSEL, 210)]), 5);
    assert_eq!(state.layers[1].len(), 9);
    assert!(state.layers[1].site.iter().all(|s| near(210, *s)));
    assert_eq!(state.pools.amount[0], 1e6 - 9.0);
    assert!(state.ledger.total(Happening::Blocked, MYELOID) > 100);
}

/// Arrivals keep the origin and clone of their pool, and draw the traits of their product's part.
#[test]
fn arrivals_know_where_they_come_from() {
    let mut setup = world();
    setup.products[0].parts = vec![crate::model::Part {
        id: "t".into(),
        cell: Some(T_CELL),
        substrate: None,
        share: 1.0,
        traits: vec![(crate::model::fixture::EXHAUSTION, crate::random::Draw::constant(0.3))],
    }];
    let car = |clone| Amount { origin: Origin::of(CAR), clone, ..holding(T_CELL, 0.0).0 };
    setup.initial = vec![(car(1), 1e4), (Amount { clone: 0, ..holding(T_CELL, 0.0).0 }, 1e4)];
    setup.flows = vec![entering("in", 0.015, &[T_CELL], &[VESSEL])];
    let state = go_on(&setup, 1, with_doors(&setup, &CORNERS.map(|s| (VESSEL, s))), 1);
    let cells = &state.layers[1];
    let mut seen = [0, 0];
    for i in 0..cells.len() {
        let engineered = cells.origin[i] == Origin::of(CAR);
        assert_eq!((cells.clone[i], cells.traits[0][i]), if engineered { (1, 0.3) } else { (0, 0.0) });
        seen[usize::from(engineered)] += 1;
    }
    assert!(seen.iter().all(|n| *n > 4), "{seen:?}");
}

/// Leaving: w cells each to the pool of their origin, times the yield on arrival, by way of the delay; `carry` brings w
/// times the antigens; a flow for one origin leaves the others. All exact.
#[test]
pub fn what_leaves_arrives() {
    for delay in [0.0, 120.0] {
        let mut setup = world();
        setup.domain.as_mut().unwrap().scale = Scale::Constant(4.0);
        let out = Flow {
            origin: Some(Origin::of(CAR)),
            yield_: 0.5,
            carry: vec![B7H3],
            delay,
            ..leaving("out", TUMOR)
        };
        setup.flows = vec![out];
        setup.cell_types[TUMOR.index()].behaviors.leave =
            vec![hazard(crate::model::FlowId(0), 100.0, "flow.out")];
        let mut state = State::new(&setup);
        fill(&setup, &mut state, TUMOR, |[_, y, _]| y < 10);
        state.weight = 4.0;
        let cells = &mut state.layers[0];
        cells.traits[0] = (0..200).map(|i| i as f32).collect();
        cells.origin[50..].fill(Origin::of(CAR));
        let state = go_on(&setup, 1, state, 1);
        assert_eq!(state.layers[0].len(), 50);
        assert!(state.layers[0].key.iter().all(|k| k.0 < 50));
        let antigen: f64 = (50..200).map(|i| 4.0 * f64::from(i)).sum();
        let held = |species, origin| {
            let pool = Amount { origin, ..Amount::of(BLOOD, species) };
            state.pools.amount[state.pools.find(pool).unwrap()]
        };
        assert_eq!(held(Species::Antigen(B7H3), Origin::NATIVE), antigen);
        assert_eq!(held(Species::Cell(TUMOR), Origin::NATIVE), 0.0);
        let arrived = if delay > 0.0 { 0.0 } else { 300.0 };
        assert_eq!(held(Species::Cell(TUMOR), Origin::of(CAR)), arrived);
        assert_eq!(state.pools.turnover[0], [600.0, arrived]);
        let late = go_on(&setup, 1, state, 200);
        let pool = Amount { origin: Origin::of(CAR), ..Amount::of(BLOOD, Species::Cell(TUMOR)) };
        close(late.pools.amount[late.pools.find(pool).unwrap()], 300.0, 1e-9);
    }
}

/// Keys of arrivals are those of their flow, step and ordinal, and differ.
#[test]
fn arrivals_have_keys_of_their_own() {
    let mut setup = world();
    setup.initial = vec![holding(MYELOID, 1e5), holding(T_CELL, 1e5)];
    setup.flows = vec![entering("in", 0.001, &[T_CELL, MYELOID], &[VESSEL])];
    let mut state = with_doors(&setup, &CORNERS.map(|s| (VESSEL, s)));
    state.layers[0].key = (0..4).map(Key).collect();
    let mut simulation = Simulation::from_state(&setup, Streams { seed: 4 }, state).unwrap();
    for _ in 0..3 {
        simulation.step().unwrap();
    }
    assert!(simulation.state.layers[1].len() > 20);
    let mut keys = simulation.state.layers[1].key.clone();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), simulation.state.layers[1].len());
}
