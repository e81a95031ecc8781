//! Tests of the solvers against exact values, against each other and against a dense solution.
mod convergence;
