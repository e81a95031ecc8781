//! Removals: surgery and depletion.

use super::*;
use crate::engine::fixture::fill;
use crate::model::fixture::{BLOOD, CAR, T_CELL, TUMOR};
use crate::model::{CellType, Origin, Pool as Amount, Removal, Species};

/// A second type of the tumor's layer.
const STROMA: CellTypeId = CellTypeId(2);

fn removal(share: f64) -> Removal {
    Removal {
        id: "surgery".into(),
        purpose: Purpose::of("removal.surgery"),
        cells: vec![TUMOR],
        from: vec![],
        tissue: true,
        share,
        region: everywhere(),
        margin: 0.0,
        at: Trigger::At(vec![0.0]),
    }
}

/// 60 x 60 sites: a tumor in columns 20 to 39, stroma around it, T cells everywhere.
fn world(rule: Removal) -> (Setup, State) {
    let mut setup = bare(60, 60, 1);
    let stroma = CellType { id: "stroma".into(), ..setup.cell_types[TUMOR.index()].clone() };
    setup.cell_types.push(stroma);
    setup.removals = vec![rule];
    let mut state = State::new(&setup);
    fill(&setup, &mut state, TUMOR, |_| true);
    let outside = |s: &u32| !(20..40).contains(&(s % 60));
    let cells = &mut state.layers[0];
    for i in 0..3600 {
        if outside(&cells.site[i]) {
            cells.kind[i] = STROMA;
        }
    }
    fill(&setup, &mut state, T_CELL, |_| true);
    book_in(&setup, &mut state);
    (setup, state)
}

fn after(rule: Removal, seed: u64) -> State {
    let (setup, state) = world(rule);
    let mut simulation = begin(&setup, seed, state);
    simulation.step().unwrap();
    expect_sound(&simulation);
    simulation.state
}

fn gone(state: &State, kind: CellTypeId) -> usize {
    state.ledger.total(Happening::Removal, kind) as usize
}

/// Each listed cell goes with probability `share`, nobody else: 1200 cells, 20 seeds, binomial at z = 5 finds a share of
/// 0.316; different cells go under different seeds.
#[test]
fn each_listed_cell_goes_with_its_share() {
    let runs: Vec<State> = (0..20).map(|seed| after(removal(0.3), seed)).collect();
    let n: usize = runs.iter().map(|s| gone(s, TUMOR)).sum();
    expect_share(n, 24_000, 0.3);
    assert!(runs.iter().all(|s| gone(s, STROMA) == 0 && gone(s, T_CELL) == 0));
    assert!(runs.iter().all(|s| s.layers[0].len() == 3600 - gone(s, TUMOR)));
    assert_ne!(runs[0].layers[0].site, runs[1].layers[0].site);
    assert_eq!(gone(&after(removal(1.0), 0), TUMOR), 1200);
    assert_eq!(gone(&after(removal(0.0), 0), TUMOR), 0);
    assert_eq!(runs[0].removed, [Some(0.0)]);
}

/// A region limits the removal; a margin takes whatever lies within it of listed cells, in every layer.
#[test]
pub fn region_and_margin() {
    let half = Region {
        shape: Shape::Box,
        center: Some([300.0, 600.0, 0.0]),
        size: [600.0, 1200.0, 0.0],
        ..everywhere()
    };
    let state = after(Removal { region: half.clone(), ..removal(1.0) }, 1);
    assert_eq!((gone(&state, TUMOR), gone(&state, STROMA), gone(&state, T_CELL)), (600, 0, 0));
    assert!(state.layers[0].site.iter().all(|s| !(20..30).contains(&(s % 60))));
    // 40 um: two columns on either side, and all that stands over them.
    let state = after(Removal { margin: 40.0, ..removal(1.0) }, 1);
    assert_eq!((gone(&state, TUMOR), gone(&state, STROMA), gone(&state, T_CELL)), (1200, 240, 1440));
    let state = after(Removal { margin: 40.0, region: half, ..removal(1.0) }, 1);
    assert_eq!((gone(&state, TUMOR), gone(&state, STROMA), gone(&state, T_CELL)), (600, 120, 720));
    let state = after(Removal { margin: 40.0, ..removal(0.5) }, 1);
    expect_share(gone(&state, T_CELL), 1440, 0.5);
}

/// Pools lose the share, of all origins and clones alike, exactly; other pools nothing; and every time it falls due.
#[test]
fn pools_lose_the_share() {
    let rule = Removal {
        cells: vec![T_CELL],
        from: vec![BLOOD],
        tissue: false,
        at: Trigger::Every { every: 60.0, from: 0.0, times: Some(2) },
        ..removal(0.75)
    };
    let (mut setup, _) = world(rule);
    let of = |cell, origin, clone| Amount { compartment: BLOOD, species: Species::Cell(cell), origin, clone };
    setup.initial = vec![
        (of(T_CELL, Origin::NATIVE, 0), 1000.0),
        (of(T_CELL, Origin::NATIVE, 1), 2000.0),
        (of(T_CELL, Origin::of(CAR), 1), 4000.0),
        (of(TUMOR, Origin::NATIVE, 0), 8000.0),
    ];
    for (steps, left) in [(0, 0.25), (1, 0.25), (2, 0.0625), (9, 0.0625)] {
        let state = run(&setup, 1, steps);
        for (pool, amount) in &setup.initial {
            let expected = if pool.species == Species::Cell(T_CELL) { amount * left } else { *amount };
            assert_eq!(state.pools.amount[state.pools.find(*pool).unwrap()], expected);
        }
    }
}
