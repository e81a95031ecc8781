//! Tests of the solvers against exact values, a dense solution, each other, and their own conservation laws.
mod accuracy;
mod convergence;
mod exact;
mod invariants;

use crate::field::{Boundary, Cycles, Real, Solver, SolverKind, Step};
use crate::lattice::Lattice;

/// A fixed pattern in [0, 1): test data, not a random number generator.
fn pattern(i: usize) -> f64 {
    let x = (i as u64).wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let x = (x ^ (x >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    ((x ^ (x >> 32)) >> 40 & 0xFF_FFFF) as f64 / (1u64 << 24) as f64
}

/// Cycles enough to reach rounding in f64 on any box.
const CONVERGED: Cycles = Cycles { count: 60, before: 2, after: 1 };

/// A first step.
const COLD: Step = Step { cold: true, mean: false };

fn lattice(nx: usize, ny: usize, nz: usize) -> Lattice {
    Lattice { nx, ny, nz, spacing: 20.0 }
}

fn solver<T: Real>(lattice: &Lattice, diffusion: f64, boundary: Boundary, kind: SolverKind) -> Solver<T> {
    Solver::new(lattice, diffusion, boundary, kind).unwrap()
}

fn converged<T: Real>(lattice: &Lattice, diffusion: f64, boundary: Boundary, kind: SolverKind) -> Solver<T> {
    solver(lattice, diffusion, boundary, kind).with_cycles(CONVERGED)
}

fn narrow(values: &[f64]) -> Vec<f32> {
    values.iter().map(|&v| v as f32).collect()
}

/// Relative L2 distance of `a` from `b`.
fn distance<A: Real, B: Real>(a: &[A], b: &[B]) -> f64 {
    let squares = a.iter().zip(b).map(|(a, b)| (a.to_f64() - b.to_f64()) * (a.to_f64() - b.to_f64()));
    let norm: f64 = b.iter().map(|b| b.to_f64() * b.to_f64()).sum();
    assert!(norm > 0.0);
    (squares.sum::<f64>() / norm).sqrt()
}

/// Largest absolute difference.
fn deviation<T: Real>(a: &[T], b: &[T]) -> f64 {
    let differences = a.iter().zip(b).map(|(a, b)| (a.to_f64() - b.to_f64()).abs());
    differences.fold(0.0, |m, d| if d > m { d } else { m })
}

/// Whether site `i` lies in a ball around the center, `share` of the box in radius.
fn in_ball(lattice: &Lattice, i: usize, share: f64) -> bool {
    let at = lattice.coordinates(i);
    let sides = [lattice.nx, lattice.ny, lattice.nz];
    let off = (0..lattice.dimensions()).map(|a| (at[a] as f64 + 0.5) / sides[a] as f64 - 0.5);
    off.map(|d| d * d).sum::<f64>() < share * share
}
