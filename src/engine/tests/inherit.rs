//! What daughters get of their mother's traits.

use super::*;
use crate::engine::fixture::fill;
use crate::model::fixture::{B7H3, NEO, TUMOR};
use crate::model::{Inherit, Mutation, Trait};
use crate::random::{Distribution, Draw, Key};

/// All of 2500 isolated mothers, with b7h3 = 8 and neo = 1, divide in one step. Returns b7h3 of the first and of the
/// second daughters.
fn daughters(change: impl Fn(&mut Trait)) -> [Vec<f64>; 2] {
    let mut setup = bare(200, 200, 1);
    change(&mut setup.traits[B7H3.index()]);
    let tumor = &mut setup.cell_types[TUMOR.index()];
    tumor.traits[0].1 = Draw::of(Distribution::Uniform { low: 1.0, high: 3.0 });
    tumor.behaviors.divide = Some(hazard((), 100.0, "divide"));
    let mut state = State::new(&setup);
    fill(&setup, &mut state, TUMOR, |[x, y, _]| x % 4 == 1 && y % 4 == 1);
    let cells = &mut state.layers[0];
    (cells.traits[0], cells.traits[1]) = (vec![8.0; 2500], vec![1.0; 2500]);
    let mothers = cells.key.clone();
    let state = go_on(&setup, 17, state, 1);
    let cells = &state.layers[0];
    assert_eq!(cells.len(), 5000);
    assert!(cells.traits[1].iter().all(|v| *v == 1.0), "the other trait is copied");
    let value = |which| {
        mothers.iter().map(move |m| {
            let key = Key::daughter(*m, 0, which);
            let at = cells.key.iter().position(|k| *k == key).unwrap();
            f64::from(cells.traits[0][at])
        })
    };
    [value(0).collect(), value(1).collect()]
}

fn all(values: &[Vec<f64>; 2], expected: f64) -> bool {
    values.iter().flatten().all(|v| *v == expected)
}

/// Exact: copy, half each, one more, the median of the type's distribution.
#[test]
pub fn copy_split_increment_and_reset() {
    assert!(all(&daughters(|t| t.inherit = Inherit::Copy), 8.0));
    assert!(all(&daughters(|t| t.inherit = Inherit::Split), 4.0));
    assert!(all(&daughters(|t| t.inherit = Inherit::Increment), 9.0));
    assert!(all(&daughters(|t| t.inherit = Inherit::Reset), 2.0));
    assert!(all(&daughters(|t| (t.inherit, t.max) = (Inherit::Increment, Some(8.5))), 8.5));
}

/// A new draw for each daughter, independent of her sister's: uniform on 1..3, mean and variance at z = 5, n = 5000.
#[test]
fn redraw() {
    let values = daughters(|t| t.inherit = Inherit::Redraw);
    let both = values.concat();
    expect_mean(&both, 2.0, 1.0 / 3.0);
    expect_variance(&both, 1.0 / 3.0, 1.8);
    expect_independent(&values[0], &values[1]);
}

/// A factor exp(0.3 z) for each daughter: the logarithm has mean ln 8 and sd 0.3, sisters are independent. n = 5000 finds
/// a bias of the mean by 0.02 and of the sd by 5 %.
#[test]
fn jitter_is_lognormal() {
    let values = daughters(|t| t.jitter = 0.3);
    let logs = values.map(|v| v.into_iter().map(math::ln).collect::<Vec<_>>());
    let both = logs.concat();
    expect_mean(&both, math::ln(8.0), 0.09);
    expect_variance(&both, 0.09, 3.0);
    expect_independent(&logs[0], &logs[1]);
    let beyond = both.iter().filter(|v| (**v - math::ln(8.0)).abs() > 0.6).count();
    expect_share(beyond, both.len(), 2.0 * crate::random::normal_cdf(-2.0));
}

/// With probability 0.1 per daughter, sisters independent (both: 0.01), whatever the jitter: binomial at z = 5, n = 5000
/// daughters, finds 0.121; P(both) finds 0.02.
#[test]
pub fn mutation_is_binomial() {
    for jitter in [0.0, 0.3] {
        let values = daughters(|t| {
            t.jitter = jitter;
            t.mutation = Some(Mutation { probability: 0.1, to: 0.5 });
        });
        let mutants = values.each_ref().map(|v| v.iter().filter(|v| **v == 0.5).count());
        expect_share(mutants[0] + mutants[1], 5000, 0.1);
        let both = values[0].iter().zip(&values[1]).filter(|(a, b)| **a == 0.5 && **b == 0.5).count();
        expect_share(both, 2500, 0.01);
    }
}

/// Where the type does not carry a trait, nothing is inherited and nothing drawn.
#[test]
fn what_is_not_carried_stays_as_it_is() {
    let mut setup = bare(9, 9, 1);
    setup.traits[B7H3.index()].inherit = Inherit::Increment;
    let other = crate::model::CellType { id: "other".into(), ..setup.cell_types[TUMOR.index()].clone() };
    setup.cell_types.push(other);
    let tumor = &mut setup.cell_types[TUMOR.index()];
    tumor.traits = vec![(NEO, Draw::constant(0.0))];
    tumor.behaviors.divide = Some(hazard((), 100.0, "divide"));
    let mut state = State::new(&setup);
    fill(&setup, &mut state, TUMOR, |[x, y, _]| x == 4 && y == 4);
    let state = go_on(&setup, 1, state, 2);
    assert_eq!(state.layers[0].len(), 4);
    assert!(state.layers[0].traits[0].iter().all(|v| *v == 0.0));
}
