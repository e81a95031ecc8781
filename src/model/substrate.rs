//! A molecule with a concentration: on the lattice, in compartments, or both.

use crate::field::{Boundary, SolverKind};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Substrate {
    pub id: String,
    /// Unit of every stored concentration, as written in the file ("pM", "mmHg", "1").
    pub unit: String,
    /// Amount (molecules where the unit is molar or a mass, else `unit * um^3`) per unit of concentration and um^3:
    /// `amount = concentration * volume * amount_per_unit`.
    pub amount_per_unit: f64,
    /// um^2/min; none: the substrate lives in compartments only.
    pub diffusion: Option<f64>,
    /// 1/min, on the lattice.
    pub decay: f64,
    pub initial: f64,
    pub boundary: Boundary,
    pub solver: SolverKind,
}
