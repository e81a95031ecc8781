//! Divisions: room, pushing, claims, and the shape of what grows.

use super::*;
use crate::engine::fixture::{fill, put};
use crate::lattice::Contact;
use crate::model::CellType;
use crate::model::fixture::TUMOR;
use crate::random::Key;

/// A second type of the tumor's layer that does nothing.
const WALL: CellTypeId = CellTypeId(2);

/// A box in which tumor cells divide at once and push up to `push` cells.
fn dividing(size: [usize; 3], contact: Contact, push: u32) -> Setup {
    let mut setup = bare(size[0], size[1], size[2]);
    setup.domain.as_mut().unwrap().contact = contact;
    let wall = CellType { id: "wall".into(), ..setup.cell_types[TUMOR.index()].clone() };
    setup.cell_types.push(wall);
    let tumor = &mut setup.cell_types[TUMOR.index()];
    tumor.push = push;
    tumor.behaviors.divide = Some(hazard((), 100.0, "divide"));
    setup
}

fn booked(state: &State) -> (u64, u64) {
    (state.ledger.total(Happening::Birth, TUMOR), state.ledger.total(Happening::Blocked, TUMOR))
}

/// In a row the mother keeps her site, the daughter takes the next, and the three cells in line move on by one, with all
/// that is theirs; nobody else moves. With one push too few nothing changes but the count of what was blocked.
#[test]
fn a_push_shifts_the_cells_in_line() {
    for push in [3, 2] {
        let setup = dividing([9, 1, 1], Contact::Face, push);
        let mut state = State::new(&setup);
        for site in 0..6 {
            put(&setup, &mut state, if site == 2 { TUMOR } else { WALL }, site, &[site as f32, 1.0]);
        }
        state.layers[0].heading = vec![1; 6];
        let before = state.clone();
        let after = go_on(&setup, 5, state, 1);
        let cells = &after.layers[0];
        if push == 2 {
            assert_eq!(*cells, before.layers[0]);
            assert_eq!(booked(&after), (0, 1));
            continue;
        }
        assert_eq!(booked(&after), (1, 0));
        assert_eq!(cells.site, [0, 1, 2, 3, 4, 5, 6]);
        let old = &before.layers[0].key;
        let [first, second] = [0, 1].map(|which| Key::daughter(old[2], 0, which));
        assert_eq!(cells.key, [old[0], old[1], first, second, old[3], old[4], old[5]]);
        assert_eq!(cells.traits[0], [0.0, 1.0, 2.0, 2.0, 3.0, 4.0, 5.0]);
        assert_eq!(cells.kind, [WALL, WALL, TUMOR, TUMOR, WALL, WALL, WALL]);
        assert_eq!(cells.heading, [1, 1, 1, NO_HEADING, 1, 1, 1]);
    }
}

/// Sites (relative to the mother in the middle of 7 x 7) that daughters take, over `n` seeds.
fn daughters(setup: &Setup, n: usize, wall: &[usize]) -> Vec<f64> {
    let mut counts = vec![0.0; 49];
    let sites = replicate(n, |seed| {
        let mut state = State::new(setup);
        put(setup, &mut state, TUMOR, 24, &[]);
        wall.iter().for_each(|site| {
            put(setup, &mut state, WALL, *site, &[]);
        });
        let state = go_on(setup, seed, state, 1);
        let second = Key::daughter(Key(24), 0, 1);
        let cells = &state.layers[0];
        cells.key.iter().position(|k| *k == second).map(|i| cells.site[i] as usize)
    });
    sites.into_iter().flatten().for_each(|site| counts[site] += 1.0);
    counts
}

/// The nearest free site by distance, ties even: across the four faces before the corners; a corner (1.41) before two
/// sites straight on (2); two straight on before two along a diagonal (2.83). n = 4000, chi-square finds 10 %.
#[test]
pub fn daughters_take_the_nearest_site() {
    let setup = dividing([7, 7, 1], Contact::Full, 3);
    let even = |sites: &[usize]| {
        let mut expected = vec![0.0; 49];
        sites.iter().for_each(|site| expected[*site] = 4000.0 / sites.len() as f64);
        expected
    };
    let (faces, corners) = ([17, 23, 25, 31], [16, 18, 30, 32]);
    expect_counts(&daughters(&setup, 4000, &[]), &even(&faces));
    expect_counts(&daughters(&setup, 4000, &faces), &even(&corners));
    // The ring is full: the line of a face is pushed, and the daughter stands where its first cell stood.
    expect_counts(&daughters(&setup, 4000, &[&faces[..], &corners].concat()), &even(&faces));
    // The straight lines are full up to the walls.
    let cross: Vec<usize> = (0..7).flat_map(|i| [3 + 7 * i, 21 + i]).filter(|s| *s != 24).collect();
    expect_counts(&daughters(&setup, 4000, &[&cross[..], &corners].concat()), &even(&corners));
}

/// Two mothers reach for the last free site: one daughter, one blocked, either as often (n = 4000, z = 5: 4 %).
#[test]
fn the_last_site_goes_to_one() {
    let setup = dividing([3, 1, 1], Contact::Face, 0);
    let left = replicate(4000, |seed| {
        let mut state = State::new(&setup);
        put(&setup, &mut state, TUMOR, 0, &[]);
        put(&setup, &mut state, TUMOR, 2, &[]);
        let state = go_on(&setup, seed, state, 1);
        assert_eq!(booked(&state), (1, 1));
        usize::from(state.layers[0].key[1] == Key::daughter(Key(0), 0, 1))
    });
    expect_share(left.iter().sum(), 4000, 0.5);
}

/// Losers of a round propose again: only a lack of room blocks. A pair of mothers that both reach for the middle first
/// have room for two, and always both divide.
#[test]
pub fn losers_propose_again() {
    let setup = dividing([5, 1, 1], Contact::Face, 0);
    for seed in 0..200 {
        let mut state = State::new(&setup);
        put(&setup, &mut state, TUMOR, 1, &[]);
        put(&setup, &mut state, TUMOR, 3, &[]);
        assert_eq!(booked(&go_on(&setup, seed, state, 1)), (2, 0), "seed {seed}");
    }
}

/// A full sheet: every division is blocked and nothing changes.
#[test]
fn without_room_nothing_happens() {
    for push in [0, 10] {
        let setup = dividing([6, 5, 1], Contact::Full, push);
        let mut state = State::new(&setup);
        fill(&setup, &mut state, TUMOR, |_| true);
        let before = state.layers.clone();
        let state = go_on(&setup, 1, state, 4);
        assert_eq!(booked(&state), (0, 120));
        assert_eq!(state.layers, before);
    }
}

/// From one cell, everybody divides as long as pushing reaches the rim: 2^k cells after k steps, all keys different, ages
/// reset, in 2D and 3D.
#[test]
fn with_room_everybody_divides() {
    for size in [[64, 64, 1], [21, 21, 21]] {
        let setup = dividing(size, Contact::Full, 64);
        let mut state = State::new(&setup);
        put(&setup, &mut state, TUMOR, setup.domain.as_ref().unwrap().lattice.sites() / 2, &[]);
        book_in(&setup, &mut state);
        let mut simulation = Simulation::from_state(&setup, Streams { seed: 3 }, state).unwrap();
        for k in 1..=9 {
            simulation.step().unwrap();
            expect_sound(&simulation);
            let cells = &simulation.state.layers[0];
            assert_eq!(cells.len(), 1 << k);
            assert!(cells.birth.iter().all(|b| *b == k - 1));
        }
    }
}

/// What grows from one cell by pushing has no preferred axis: of each clump of 2400 cells (28 sites of radius) the means
/// of cos 2a and sin 2a, weighted by r^2, are zero by symmetry (z = 5), and that of cos 4a, weighted by r^4, shows how much
/// farther it reaches along axes than along diagonals. A radius R + e cos 4a gives 3 e / R. The rim of a lattice leaves e =
/// 0.16 sites at any size (measured at 150 to 9600 cells); growth in squares or diamonds would let e grow with R. 60 clumps
/// find an e of 0.3 sites, 1 % of the radius.
#[test]
pub fn clumps_grow_round() {
    let size = 151;
    let mut setup = dividing([size, size, 1], Contact::Full, 150);
    setup.cell_types[TUMOR.index()].behaviors.divide = Some(hazard((), 0.2 / 30.0, "divide"));
    let shapes = replicate(60, |seed| {
        let mut state = State::new(&setup);
        put(&setup, &mut state, TUMOR, size / 2 + size * (size / 2), &[]);
        let mut simulation = Simulation::from_state(&setup, Streams { seed }, state).unwrap();
        while simulation.state.layers[0].len() < 2400 {
            simulation.step().unwrap();
        }
        let sites = &simulation.state.layers[0].site;
        let points: Vec<[f64; 2]> =
            sites.iter().map(|s| [*s as usize % size, *s as usize / size].map(|c| c as f64)).collect();
        let center = [0, 1].map(|k| mean(&points.iter().map(|p| p[k]).collect::<Vec<_>>()));
        let mut sums = [0.0; 5];
        for p in points {
            let (x, y) = (p[0] - center[0], p[1] - center[1]);
            let r2 = x * x + y * y;
            let terms = [x * x - y * y, 2.0 * x * y, r2, r2 * r2 - 8.0 * x * x * y * y, r2 * r2];
            sums.iter_mut().zip(terms).for_each(|(sum, term)| *sum += term);
        }
        [sums[0] / sums[2], sums[1] / sums[2], sums[3] / sums[4]]
    });
    let column = |k: usize| shapes.iter().map(|s| s[k]).collect::<Vec<_>>();
    for k in 0..2 {
        expect_mean(&column(k), 0.0, variance(&column(k)));
    }
    let radius = (2500.0 / std::f64::consts::PI).sqrt();
    let (surplus, error) =
        (mean(&column(2)) * radius / 3.0, (variance(&column(2)) / 60.0).sqrt() * radius / 3.0);
    assert!(surplus.abs() < 0.25 + 5.0 * error, "{surplus} +- {error} sites");
}
