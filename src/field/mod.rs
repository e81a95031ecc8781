//! Diffusing substrates: the balance equation `dc/dt = D lap(c) - loss c + source` on a lattice, and its solvers.
//!
//! `loss` (1/min) and `source` (concentration/min) come per site from the caller each step; what makes them (decay,
//! uptake, secretion, vessels) is not known here, nor is any cell. One [`Solver`] serves one substrate; all solvers of a
//! box work on one [`Bench`] (one per thread) and allocate nothing once it is warm. A bench carries nothing from step to
//! step but scratch: an answer depends on its arguments alone, so a run goes on from a checkpoint with equal bits.
mod balance;
mod equation;
mod real;
mod solver;

pub use balance::Balance;
pub use equation::{Boundary, FieldError};
pub use real::Real;
pub use solver::{Bench, Cycles, Solver, SolverKind, Step, ftcs_step};
