//! Metamorphic relations held in distribution: worlds that are turned, larger than they need be, or seen in finer steps.
//!
//! Mean, variance and distribution of every number (`alike`, z = 5), 1000 runs each: finds differences of 0.1 to 10 % of a mean,
//! by the number.

use super::alike::{expect_alike, lines, sample};
use super::worlds::{CYTOKINE, DAMAGE, MACROPHAGE, field, killing, moving, put, still};
use super::*;
use crate::model::fixture::{T_CELL, TUMOR};
use crate::model::{Region, TraitDynamics};
use crate::random::Draw;

/// A tumor on one side of a box without equal sides, T cells on another, macrophages in a corner: those who hunt follow what the
/// tumor secretes. `turn` takes the place of each, and the sides of the box, elsewhere.
fn lopsided(sides: [usize; 3], turn: impl Fn([f64; 3]) -> [f64; 3], size: [usize; 3]) -> Setup {
    let mut setup = still(size);
    let long = sides.map(|n| n as f64 * 20.0);
    let deep = if sides[2] == 1 { 0.5 } else { 0.25 };
    for (kind, n, [x, y, z]) in [
        (TUMOR, 14.0, [0.25, 0.4, deep]),
        (T_CELL, 12.0, [0.8, 0.7, 0.5]),
        (MACROPHAGE, 6.0, [0.9, 0.1, 0.5]),
    ] {
        put(&mut setup, kind, n, Pattern::Packed);
        let place = setup.places.last_mut().unwrap();
        let shape = if sides[2] == 1 { Shape::Disc } else { Shape::Sphere };
        let center = turn([x * long[0], y * long[1], z * long[2]]);
        place.region = Region { shape, center: Some(center), radius: Some(55.0), ..everywhere() };
        place.pattern = Pattern::Random;
    }
    field(&mut setup, CYTOKINE, 600.0, 0.02, 0.0);
    let b = &mut setup.cell_types[TUMOR.index()].behaviors;
    b.secrete = vec![(CYTOKINE, Law::constant(0.3))];
    b.divide = Some(hazard((), 0.006, "divide"));
    b.dynamics = vec![TraitDynamics { of: DAMAGE, gain: Law::constant(0.0), loss: Law::constant(0.01) }];
    setup.cell_types[TUMOR.index()].push = 1;
    let b = &mut setup.cell_types[T_CELL.index()].behaviors;
    b.movement = Some(moving(1.7, 20.0, &[(CYTOKINE, 0.5)]));
    setup.cell_types[MACROPHAGE.index()].behaviors.movement = Some(moving(0.8, 0.0, &[(CYTOKINE, 0.9)]));
    setup.interactions = vec![killing(0.03, 2.0)];
    setup
}

/// Mirrored along each axis and turned by a right angle, a world has the same distribution of all that has no direction.
#[test]
fn mirrored_and_rotated_worlds_are_alike() {
    for sides in [[13, 9, 1], [8, 6, 5]] {
        let [a, b, c] = sides.map(|n| n as f64 * 20.0);
        let looks = [3, 8];
        let straight = sample(&lopsided(sides, |at| at, sides), looks, 1000, 0);
        let mut images = vec![
            lopsided(sides, |[x, y, z]| [a - x, y, z], sides),
            lopsided(sides, |[x, y, z]| [x, b - y, z], sides),
            lopsided(sides, |[x, y, z]| [b - y, x, z], [sides[1], sides[0], sides[2]]),
        ];
        if sides[2] > 1 {
            images.push(lopsided(sides, |[x, y, z]| [x, y, c - z], sides));
            images.push(lopsided(sides, |[x, y, z]| [c - z, y, x], [sides[2], sides[1], sides[0]]));
        }
        for (i, image) in images.iter().enumerate() {
            println!("{sides:?}, image {i}");
            let image = sample(image, looks, 1000, 1 << (i + 8));
            expect_alike(&lines(looks, &straight, &image));
        }
    }
}

/// The same tumor in a box twice as wide: nothing differs before its walls are felt. Cytokine reaches two sites (L = 41 um), cells
/// come four sites from where they were at most.
#[test]
fn a_larger_box_changes_nothing_before_its_walls_are_felt() {
    for (size, n) in [([22, 22, 1], 1000), ([12, 12, 12], 300)] {
        let world = |size: [usize; 3]| {
            let mut setup = still(size);
            put(&mut setup, TUMOR, 12.0, Pattern::Packed);
            put(&mut setup, T_CELL, 12.0, Pattern::Packed);
            field(&mut setup, CYTOKINE, 600.0, 0.35, 0.0);
            let b = &mut setup.cell_types[TUMOR.index()].behaviors;
            b.secrete = vec![(CYTOKINE, Law::constant(1.0))];
            b.divide = Some(hazard((), 0.006, "divide"));
            setup.cell_types[TUMOR.index()].push = 1;
            let b = &mut setup.cell_types[T_CELL.index()].behaviors;
            b.movement = Some(moving(0.5, 20.0, &[(CYTOKINE, 0.5)]));
            setup.interactions = vec![killing(0.005, 1.0)];
            setup
        };
        let wide = size.map(|n| if n > 1 { 2 * n } else { 1 });
        let looks = [3, 6];
        let (own, other) = (sample(&world(size), looks, n, 0), sample(&world(wide), looks, n, 7 << 20));
        let mut all = lines(looks, &own, &other);
        // Per site of the box, not of the tumor.
        all.retain(|l| !l.what.contains("field"));
        expect_alike(&all);
    }
}

/// Halving the step converges with order one: daughters wait for the next step, so that the mean number after 8 hours moves by
/// amounts that halve. n = 10,000: the first change is 15 standard errors, and one that did not shrink would be refused at z = 7.
#[test]
fn halving_the_step_converges() {
    let mean_at = |step: f64, turn: u64| {
        let mut setup = still([16, 16, 1]);
        setup.clock.step = step;
        put(&mut setup, TUMOR, 40.0, Pattern::Random);
        put(&mut setup, T_CELL, 20.0, Pattern::Random);
        let tumor = &mut setup.cell_types[TUMOR.index()];
        tumor.push = 4;
        tumor.behaviors.divide = Some(hazard((), 0.001, "divide"));
        tumor.traits.iter_mut().find(|t| t.0 == DAMAGE).unwrap().1 = Draw::constant(0.0);
        setup.interactions = vec![killing(0.0005, 1.0)];
        let look = (480.0 / step) as u32;
        let runs = replicate(10_000, |seed| {
            let state = run(&setup, seed ^ turn, look);
            state.layers[0].kind.len() as f64
        });
        (mean(&runs), variance(&runs) / runs.len() as f64)
    };
    let means: Vec<_> =
        [120.0, 60.0, 30.0, 15.0].iter().zip(0..).map(|(s, i)| mean_at(*s, i << 40)).collect();
    let changes: Vec<_> = means.windows(2).map(|m| (m[1].0 - m[0].0, m[1].1 + m[0].1)).collect();
    println!("{means:?} {changes:?}");
    assert!(changes[0].0 > 10.0 * changes[0].1.sqrt(), "nothing to converge: {changes:?}");
    for pair in changes.windows(2) {
        // Order one and the next term: a half to within a quarter of the change, and z = 5.
        let ((before, v), (after, w)) = (pair[0], pair[1]);
        let off = (after - 0.5 * before).abs();
        assert!(off < 0.15 * before + 5.0 * (w + 0.25 * v).sqrt(), "{changes:?}");
    }
}
