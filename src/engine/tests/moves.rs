//! Migration: where moves go, how fast, and that nobody shares a site.

use super::*;
use crate::engine::fixture::{fill, put};
use crate::field::SolverKind;
use crate::lattice::Contact;
use crate::model::fixture::{OXYGEN, TUMOR};

/// One move of 20 um in each step of 30 min.
const ONE: f64 = 20.0 / 30.0;

/// A box in which every tumor cell makes `moves` moves per step.
fn walkers(size: [usize; 3], contact: Contact, moves: f64) -> Setup {
    let mut setup = bare(size[0], size[1], size[2]);
    setup.domain.as_mut().unwrap().contact = contact;
    setup.cell_types[TUMOR.index()].behaviors.movement = Some(wander(ONE * moves));
    setup
}

/// A single walker in the middle of a box; its displacement after `steps` steps, in sites.
fn walk(setup: &Setup, seed: u64, steps: u32, heading: u8) -> [f64; 3] {
    let lattice = &setup.domain.as_ref().unwrap().lattice;
    let middle = [lattice.nx / 2, lattice.ny / 2, lattice.nz / 2];
    let mut state = State::new(setup);
    put(setup, &mut state, TUMOR, lattice.index(middle[0], middle[1], middle[2]), &[]);
    state.layers[0].heading[0] = heading;
    let end = lattice.coordinates(go_on(setup, seed, state, steps).layers[0].site[0] as usize);
    [0, 1, 2].map(|k| end[k] as f64 - middle[k] as f64)
}

/// p moves per step across faces: mean square displacement p dx^2 n, no drift, kurtosis of r^2 by the law. n = 4000
/// walkers of 60 steps find a bias of 8 % in D.
#[test]
pub fn a_walker_without_bias_diffuses() {
    let setup = walkers([101, 101, 1], Contact::Face, 0.6);
    let ends = replicate(4000, |seed| walk(&setup, seed, 60, NO_HEADING));
    let expected = 0.6 * 60.0;
    let squares: Vec<f64> = ends.iter().map(|e| e[0] * e[0] + e[1] * e[1]).collect();
    // r^2 of a walk in the plane has a standard deviation close to its mean.
    expect_mean(&squares, expected, expected * expected);
    for axis in 0..2 {
        let along: Vec<f64> = ends.iter().map(|e| e[axis]).collect();
        expect_mean(&along, 0.0, expected / 2.0);
        expect_variance(&along, expected / 2.0, 3.0);
    }
}

/// Ten moves in one step: with dx / length for each direction the mean square displacement per axis is 10 dx^2 times the
/// mean of (dx_i^2 / length) over directions, the same on each axis; 2D: 10 (2 + 4/sqrt 2) / 8. n = 4000: 8 %.
#[test]
fn many_moves_in_a_step_are_so_many_steps() {
    for (size, law) in [
        ([25, 25, 1], (2.0 + 4.0 / 2f64.sqrt()) / 8.0),
        ([25, 25, 25], (2.0 + 8.0 / 2f64.sqrt() + 8.0 / 3f64.sqrt()) / 26.0),
    ] {
        let setup = walkers(size, Contact::Full, 10.0);
        let ends = replicate(4000, |seed| walk(&setup, seed, 1, NO_HEADING));
        for axis in 0..if size[2] > 1 { 3 } else { 2 } {
            let along: Vec<f64> = ends.iter().map(|e| e[axis]).collect();
            expect_mean(&along, 0.0, 10.0 * law);
            expect_variance(&along, 10.0 * law, 3.0);
        }
    }
}

/// Displacements of isolated walkers in one step: counts by direction, and of those that stayed (last).
fn directions(setup: &Setup, seeds: u64, prepare: impl Fn(&mut State)) -> Vec<f64> {
    let lattice = &setup.domain.as_ref().unwrap().lattice;
    let directions = lattice.directions(Contact::Full);
    let mut counts = vec![0.0; directions.len() + 1];
    for seed in 0..seeds {
        let mut state = State::new(setup);
        let isolated = |c: [usize; 3]| {
            c.iter().zip([lattice.nx, lattice.ny, lattice.nz]).all(|(x, n)| n == 1 || x % 3 == 1)
        };
        fill(setup, &mut state, TUMOR, isolated);
        prepare(&mut state);
        let before: Vec<(crate::random::Key, u32)> =
            state.layers[0].key.iter().copied().zip(state.layers[0].site.iter().copied()).collect();
        let state = go_on(setup, seed, state, 1);
        let cells = &state.layers[0];
        let mut after: Vec<_> = cells.key.iter().copied().zip(cells.site.iter().copied()).collect();
        after.sort_unstable();
        for (key, from) in before {
            let to = after[after.binary_search_by_key(&key, |a| a.0).unwrap()].1;
            let hit = |d: &crate::lattice::Direction| lattice.step(from as usize, d) == Some(to as usize);
            counts[directions.iter().position(hit).unwrap_or(directions.len())] += 1.0;
        }
    }
    counts
}

/// Probability dx / length / (number of directions) for each direction, the rest stays.
fn even(setup: &Setup, n: f64) -> Vec<f64> {
    let directions = setup.domain.as_ref().unwrap().lattice.directions(Contact::Full);
    let length = |d: &crate::lattice::Direction| f64::from(d.dx * d.dx + d.dy * d.dy + d.dz * d.dz).sqrt();
    let each = 1.0 / directions.len() as f64;
    let mut p: Vec<f64> = directions.iter().map(|d| each / length(d)).collect();
    p.push(1.0 - p.iter().sum::<f64>());
    p.iter().map(|p| p * n).collect()
}

/// No preferred direction: chi-square over the 8 (26) directions and staying, 40,000 (32,000) walkers, without a bias and
/// with full weight on a field of zeros, which has no direction. Finds a direction that is 10 % (20 %) too likely.
#[test]
fn a_field_of_zeros_leads_nowhere() {
    for (size, seeds) in [([300, 300, 1], 4), ([60, 60, 60], 4)] {
        for weight in [0.0, 1.0] {
            let mut setup = walkers(size, Contact::Full, 1.0);
            setup.substrates[OXYGEN.index()].diffusion = Some(1e3);
            let movement = setup.cell_types[TUMOR.index()].behaviors.movement.as_mut().unwrap();
            movement.toward = vec![(OXYGEN, Law::constant(weight))];
            let counts = directions(&setup, seeds, |_| ());
            let n = counts.iter().sum();
            expect_counts(&counts, &even(&setup, n));
        }
    }
}

/// Unit vectors of the plane, from E on in steps of 45 degrees.
fn compass() -> [[f64; 2]; 8] {
    let h = 0.5f64.sqrt();
    [[1.0, 0.0], [h, h], [0.0, 1.0], [-h, h], [-1.0, 0.0], [-h, -h], [0.0, -1.0], [h, -h]]
}

/// Shares of the two directions between which a way lies, by which their unit vectors add up to it: by Cramer's rule.
fn split(way: [f64; 2]) -> [f64; 8] {
    let units = compass();
    let cross = |a: [f64; 2], b: [f64; 2]| a[0] * b[1] - a[1] * b[0];
    for k in 0..8 {
        let next = (k + 1) % 8;
        let whole = cross(units[k], units[next]);
        let (one, other) = (cross(way, units[next]) / whole, cross(units[k], way) / whole);
        if one > 0.0 && other >= 0.0 {
            let mut shares = [0.0; 8];
            (shares[k], shares[next]) = (one / (one + other), other / (one + other));
            return shares;
        }
    }
    panic!("no way")
}

/// Shares of the directions for a weight w on a gradient g, and the mean move in units of dx: each of the eight headings u
/// is as likely, the way is (1 - |w|) u + w g.
fn law_of_drift(weight: f64, g: [f64; 2]) -> ([f64; 8], [f64; 2]) {
    let (mut shares, mut drift) = ([0.0; 8], [0.0; 2]);
    for u in compass() {
        let way = [0, 1].map(|i| (1.0 - weight.abs()) * u[i] + weight * g[i]);
        for ((share, part), e) in shares.iter_mut().zip(split(way)).zip(compass()) {
            *share += part / 8.0;
            (0..2).for_each(|i| drift[i] += part / 8.0 * e[i]);
        }
    }
    (shares, drift)
}

/// Walkers by direction and those that stayed, against the shares of directions from E on.
#[track_caller]
fn expect_directions(counts: &[f64], shares: [f64; 8]) {
    // Directions in order: SW, S, SE, W, E, NW, N, NE with y upward.
    const FROM_EAST: [usize; 8] = [5, 6, 7, 4, 0, 3, 2, 1];
    let n: f64 = counts.iter().sum();
    let length = |k: usize| if k.is_multiple_of(2) { 1.0 } else { 2f64.sqrt() };
    let mut expected: Vec<f64> = FROM_EAST.iter().map(|k| shares[*k] / length(*k) * n).collect();
    expected.push(n - expected.iter().sum::<f64>());
    expect_counts(counts, &expected.iter().map(|e| if *e < 1e-6 { 0.0 } else { *e }).collect::<Vec<_>>());
}

/// A field c = e^(q x) of relative difference q per site pulls like a clear one at min(1, q/k) of the weight: k = 0.01 and
/// q = 0.005 at half of it, q = 0.02 in full, and what a solver's error would leave, q = 1e-5, at a thousandth, also where the
/// weight is 1, down the slope as up it. Chi-square over 20,000 walkers: finds a share that is 5 % off.
#[test]
pub fn a_faint_gradient_pulls_in_proportion() {
    for (q, weight, part) in
        [(0.005, 0.8, 0.5), (0.02, 0.8, 1.0), (1e-5, 1.0, 0.001), (-0.005, 0.9, 0.5), (0.005, -0.9, 0.5)]
    {
        let mut setup = walkers([300, 300, 1], Contact::Full, 1.0);
        setup.substrates[OXYGEN.index()].diffusion = Some(0.0);
        setup.substrates[OXYGEN.index()].solver = SolverKind::Explicit;
        let movement = setup.cell_types[TUMOR.index()].behaviors.movement.as_mut().unwrap();
        movement.toward = vec![(OXYGEN, Law::constant(weight))];
        assert_eq!(movement.contrast, 0.01);
        let rising: Vec<f32> = (0..90_000).map(|site| math::exp(q * f64::from(site % 300)) as f32).collect();
        let (shares, _) = law_of_drift(weight * part, [q.signum(), 0.0]);
        expect_directions(&directions(&setup, 2, |state| state.fields[0] = Some(rising.clone())), shares);
    }
}

/// A field that rises in a plane along x or at 16 degrees, in 3D along (3, 2, 1), to which the weights of the directions E, NE and
/// the corner are 1, sqrt 2 and sqrt 3. Chi-square over 20,000 walkers: finds a share that is 5 % off. The law itself: up to
/// w = 0.4, and at 1, the drift points along the gradient to 1 degree (a sine of 0.02), however small the weight.
#[test]
fn a_gradient_gives_the_drift_of_the_law() {
    let biased = |size: [usize; 3], weight: f64| {
        let mut setup = walkers(size, Contact::Full, 1.0);
        // Nothing diffuses: the field stays as it is put.
        setup.substrates[OXYGEN.index()].diffusion = Some(0.0);
        setup.substrates[OXYGEN.index()].solver = SolverKind::Explicit;
        let movement = setup.cell_types[TUMOR.index()].behaviors.movement.as_mut().unwrap();
        movement.toward = vec![(OXYGEN, Law::constant(weight))];
        movement.contrast = 0.0;
        setup
    };
    let (ahead, aslant) = ([1.0, 0.0], [0.96, 0.28]);
    for (weight, g) in
        [(0.1, aslant), (0.4, ahead), (-0.4, aslant), (0.4, aslant), (1.0, ahead), (1.0, aslant)]
    {
        let (shares, drift) = law_of_drift(weight, g);
        let along = drift[0] * g[0] + drift[1] * g[1];
        let across = drift[1] * g[0] - drift[0] * g[1];
        assert!(across.abs() < 0.02 * along.abs() && along / weight > 0.4, "{weight} {g:?} {drift:?}");
        let setup = biased([300, 300, 1], weight);
        let rising: Vec<f32> = (0..90_000)
            .map(|site| (g[0] * f64::from(site % 300) + g[1] * f64::from(site / 300)) as f32)
            .collect();
        expect_directions(&directions(&setup, 2, |state| state.fields[0] = Some(rising.clone())), shares);
    }
    let setup = biased([60, 60, 60], 1.0);
    let rising: Vec<f32> =
        (0..216_000).map(|site| (3 * (site % 60) + 2 * (site / 60 % 60) + site / 3600) as f32).collect();
    let counts = directions(&setup, 3, |state| state.fields[0] = Some(rising.clone()));
    let n: f64 = counts.iter().sum();
    let all = setup.domain.as_ref().unwrap().lattice.directions(Contact::Full);
    let total = 1.0 + 2f64.sqrt() + 3f64.sqrt();
    let mut expected: Vec<f64> = all
        .iter()
        .map(
            |d| if matches!((d.dx, d.dy, d.dz), (1, 0, 0) | (1, 1, 0) | (1, 1, 1)) { n / total } else { 0.0 },
        )
        .collect();
    expected.push(n - 3.0 * n / total);
    expect_counts(&counts, &expected);
}

/// A walker that keeps its heading covers v t in each of the 8 (26) directions: the mean length of eight moves is 8 dx, with
/// binomial variance. n = 300 per direction finds a speed that is 8 % (11 % along corners) off.
#[test]
pub fn the_speed_has_no_direction() {
    for size in [[21, 21, 1], [21, 21, 21]] {
        let mut setup = walkers(size, Contact::Full, 8.0);
        setup.cell_types[TUMOR.index()].behaviors.movement.as_mut().unwrap().persistence =
            Law::constant(1e12);
        let all = setup.domain.as_ref().unwrap().lattice.directions(Contact::Full);
        for (heading, d) in all.iter().enumerate() {
            let [dx, dy, dz] = [d.dx, d.dy, d.dz].map(f64::from);
            let square = dx * dx + dy * dy + dz * dz;
            let length = square.sqrt();
            let ways = replicate(300, |seed| {
                let [x, y, z] = walk(&setup, seed, 1, heading as u8);
                let moves = (x * dx + y * dy + z * dz) / square;
                assert_eq!([x, y, z], [dx, dy, dz].map(|c| c * moves), "off its line");
                moves * length
            });
            let variance = 8.0 * (length - 1.0);
            if variance > 0.0 { expect_mean(&ways, 8.0, variance) } else { assert_eq!(mean(&ways), 8.0) }
        }
    }
}

/// The heading is kept with probability exp(-dx / (v persistence)) per move, else drawn anew: of walkers that came east
/// k + (1 - k) / 8 go east again. n = 20,000 finds a bias of 3 % in k = 0.6.
#[test]
pub fn persistence_keeps_the_heading() {
    let mut setup = walkers([300, 300, 1], Contact::Full, 1.0);
    let kept = 0.6f64;
    let persistence = -20.0 / (ONE * math::ln(kept));
    setup.cell_types[TUMOR.index()].behaviors.movement.as_mut().unwrap().persistence =
        Law::constant(persistence);
    let counts = directions(&setup, 2, |state| state.layers[0].heading.fill(4));
    let n = counts.iter().sum::<f64>();
    let mut expected: Vec<f64> = even(&setup, n).iter().map(|e| e * (1.0 - kept)).collect();
    expected[4] += kept * n;
    expect_counts(&counts, &expected);
}

/// Without a free touching site nobody moves; with one, the cell takes it with probability dx / length (n = 4000, z = 5);
/// of two cells that reach for one site exactly one gets it, either as often.
#[test]
fn moves_need_a_free_site() {
    let still = |setup: &mut Setup| {
        let wall = crate::model::CellType {
            id: "wall".into(),
            behaviors: crate::model::Behaviors::default(),
            ..setup.cell_types[TUMOR.index()].clone()
        };
        setup.cell_types.push(wall);
    };
    let mut setup = walkers([3, 3, 1], Contact::Full, 1.0);
    still(&mut setup);
    for (free, p) in [(9, 0.0), (0, 0.5f64.sqrt()), (1, 1.0)] {
        let ends = replicate(4000, |seed| {
            let mut state = State::new(&setup);
            for site in (0..9).filter(|site| *site != free) {
                put(&setup, &mut state, CellTypeId(if site == 4 { 0 } else { 2 }), site, &[]);
            }
            let state = go_on(&setup, seed, state, 1);
            let walker = state.layers[0].kind.iter().position(|k| *k == TUMOR).unwrap();
            let site = state.layers[0].site[walker] as usize;
            assert!(site == 4 || site == free);
            usize::from(site == free)
        });
        let moved: usize = ends.iter().sum();
        if p > 0.0 && p < 1.0 { expect_share(moved, 4000, p) } else { assert_eq!(moved as f64, 4000.0 * p) }
    }
    let mut row = walkers([3, 1, 1], Contact::Face, 1.0);
    still(&mut row);
    let left = replicate(4000, |seed| {
        let mut state = State::new(&row);
        put(&row, &mut state, TUMOR, 0, &[]);
        put(&row, &mut state, TUMOR, 2, &[]);
        let cells = go_on(&row, seed, state, 1).layers[0].clone();
        assert_eq!(cells.len(), 2);
        assert_eq!(cells.site.iter().filter(|s| **s == 1).count(), 1);
        usize::from(cells.site == [1, 2])
    });
    expect_share(left.iter().sum(), 4000, 0.5);
}

/// Fractions of moves: 2.3 moves per step are two or three, mean 2.3: n = 4000 in a straight line finds 2 %.
#[test]
pub fn fractions_of_moves_are_drawn() {
    let mut setup = walkers([41, 41, 1], Contact::Face, 2.3);
    setup.cell_types[TUMOR.index()].behaviors.movement.as_mut().unwrap().persistence = Law::constant(1e12);
    let ways = replicate(4000, |seed| walk(&setup, seed, 1, 2)[0]);
    assert!(ways.iter().all(|w| *w == 2.0 || *w == 3.0));
    expect_share(ways.iter().filter(|w| **w == 3.0).count(), 4000, 0.3);
}

/// Crowds in small boxes, 40 seeds in 2D and 3D, fast and slow, that divide and die: one cell per site, columns in order,
/// books that balance, after every step.
#[test]
pub fn nobody_shares_a_site() {
    for seed in 0..40 {
        let size = if seed % 2 == 0 { [9, 7, 1] } else { [4, 5, 3] };
        let mut setup = walkers(size, Contact::Full, [0.7, 3.4, 9.0][seed as usize % 3]);
        let tumor = &mut setup.cell_types[TUMOR.index()];
        tumor.push = seed as u32 % 4;
        tumor.remains = 60.0;
        tumor.behaviors.divide = Some(hazard((), 0.01, "divide"));
        tumor.behaviors.die = vec![hazard("a".to_string(), 0.006, "die")];
        setup.places = vec![place("tumor", TUMOR, 30.0, Pattern::Random)];
        let mut simulation = Simulation::new(&setup, Streams { seed }).unwrap();
        for _ in 0..40 {
            simulation.step().unwrap();
            expect_sound(&simulation);
        }
    }
}

/// More than 256 moves in a step: each draws its own numbers, so that a walker does not go round in circles. 600 moves
/// across faces, mean square displacement 600 (n = 2000: 11 %), whereas a repeated draw would give about 1200.
#[test]
fn draws_do_not_repeat_within_a_step() {
    let setup = walkers([201, 201, 1], Contact::Face, 600.0);
    let ends = replicate(2000, |seed| walk(&setup, seed, 1, NO_HEADING));
    let squares: Vec<f64> = ends.iter().map(|e| e[0] * e[0] + e[1] * e[1]).collect();
    expect_mean(&squares, 600.0, 600.0 * 600.0);
}
