//! A field solved together with the pools that its doors could change much within the step.
//!
//! A pool's concentration C is taken from the start of the step where at most the share `HARSH` of what it differs from the
//! tissue by can cross. Else it is that of the end of the step: C' with V (C' - C) = what crosses into the pool at C'. So
//! no pool falls below zero, and the two sides do not overshoot each other, however fast the doors and small the pool.
//! The field is linear in the concentrations: it is solved at C and once more for each such pool at a second one, and C' and
//! its field lie on the line through both.

use super::exchange::{Crossed, Exchange, amount_per_flux};
use crate::engine::View;
use crate::field::Balance;

/// Share of the difference that may cross in a step before the pool's own change is followed.
const HARSH: f64 = 0.5;

/// Solves a field from the start of the step in place, for a source and for the concentrations that the exchanges see;
/// returns what crosses by each, and the books of the field where they are kept.
pub type Run<'a> = dyn FnMut(&mut [f32], &[f32], &[f64]) -> (Vec<f64>, Balance) + 'a;

/// A pool that its doors press.
struct Pressed {
    pool: usize,
    capacity: f64,
    /// Concentrations at the start of the step and of the trial.
    from: f64,
    trial: f64,
}

/// Solves the field with all exchanges that concern it; `source` holds their terms at the concentrations of the start.
pub fn solve(
    view: &View,
    own: &[&Exchange],
    source: &mut [f32],
    values: &mut [f32],
    run: &mut Run,
) -> (Vec<Crossed>, Balance) {
    let pressed = pressed(view, own, values);
    let start = if pressed.is_empty() { Vec::new() } else { values.to_vec() };
    let mut at: Vec<f64> = own.iter().map(|e| e.concentration).collect();
    let (mut crossed, mut balance) = run(values, source, &at);
    let mut trials = Vec::new();
    for p in &pressed {
        let mut change = |by: f64| {
            for (exchange, at) in own.iter().zip(&mut at).filter(|(e, _)| e.pool == p.pool) {
                *at += by;
                exchange.add_source(by, source);
            }
            (source.to_vec(), at.clone())
        };
        let (there, at_trial) = change(p.trial - p.from);
        let mut field = start.clone();
        let (amounts, books) = run(&mut field, &there, &at_trial);
        change(p.from - p.trial);
        trials.push((field, amounts, books));
    }
    let into = |amounts: &[f64], pool: usize| -> f64 {
        own.iter().zip(amounts).filter(|(e, _)| e.pool == pool).map(|(_, amount)| amount).sum()
    };
    let equations = pressed.iter().enumerate().map(|(row, p)| {
        let now = into(&crossed, p.pool);
        let mut line: Vec<f64> = trials.iter().map(|(_, amounts, _)| now - into(amounts, p.pool)).collect();
        line[row] += p.capacity * (p.trial - p.from);
        line.push(now);
        line
    });
    let shares = eliminate(equations.collect());
    let base = (!trials.is_empty()).then(|| (values.to_vec(), crossed.clone()));
    if let Some((field, amounts)) = base {
        let books = balance;
        for (share, trial) in shares.iter().zip(&trials) {
            for ((value, from), to) in values.iter_mut().zip(&field).zip(&trial.0) {
                let moved = f64::from(*value) + share * (f64::from(*to) - f64::from(*from));
                *value = if moved > 1e-30 { moved as f32 } else { 0.0 };
            }
            for ((amount, from), to) in crossed.iter_mut().zip(&amounts).zip(&trial.1) {
                *amount += share * (to - from);
            }
            balance = balance.toward(&books, &trial.2, *share);
        }
        balance.end_at(values);
    }
    (own.iter().zip(crossed).map(|(e, amount)| e.crossing(amount)).collect(), balance)
}

/// The pools whose doors would bring across more than `HARSH` if the tissue stayed as it is, each with a second
/// concentration that is far from its own.
fn pressed(view: &View, own: &[&Exchange], field: &[f32]) -> Vec<Pressed> {
    let mut out: Vec<Pressed> = Vec::new();
    for exchange in own {
        let Exchange { pool, capacity, concentration: from, .. } = **exchange;
        if out.iter().any(|p| p.pool == pool) {
            continue;
        }
        let doors = || own.iter().filter(|e| e.pool == pool).flat_map(|e| &e.doors);
        let conductance: f64 = doors().map(|(_, rate)| f64::from(*rate)).sum();
        if conductance * amount_per_flux(view, exchange.substrate) <= HARSH * capacity {
            continue;
        }
        let highest = doors().fold(0.0, |top, (site, _)| {
            let c = f64::from(field[*site as usize]);
            if c > top { c } else { top }
        });
        let above = if highest > 0.0 { highest } else { 1.0 };
        out.push(Pressed { pool, capacity, from, trial: if from > 0.5 * highest { 0.0 } else { above } });
    }
    out
}

/// Solves linear equations, each with its right side last. What leaves one pool and arrives in others is no more than what
/// left: the largest entries stand on the diagonal, and no rows need to be exchanged.
fn eliminate(mut rows: Vec<Vec<f64>>) -> Vec<f64> {
    let n = rows.len();
    for pivot in 0..n {
        for row in pivot + 1..n {
            let factor = rows[row][pivot] / rows[pivot][pivot];
            for column in pivot..=n {
                rows[row][column] -= factor * rows[pivot][column];
            }
        }
    }
    let mut out = vec![0.0; n];
    for row in (0..n).rev() {
        let known: f64 = (row + 1..n).map(|column| rows[row][column] * out[column]).sum();
        out[row] = (rows[row][n] - known) / rows[row][row];
    }
    out
}

#[cfg(test)]
mod tests {
    use super::eliminate;

    #[test]
    fn linear_equations_are_solved() {
        let rows = vec![vec![4.0, -1.0, 0.0, 2.0], vec![-1.0, 5.0, -2.0, 3.0], vec![0.0, -1.0, 3.0, 7.0]];
        let x = eliminate(rows.clone());
        for row in rows {
            let left: f64 = row[..3].iter().zip(&x).map(|(a, x)| a * x).sum();
            assert!((left - row[3]).abs() < 1e-12);
        }
        assert!(eliminate(vec![]).is_empty());
    }
}
