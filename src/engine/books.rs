//! The books, checked: what must hold after every step, whatever a scenario says. Always in builds with debug assertions,
//! in a release where `--check` asks for it.

use super::grid::EMPTY;
use super::simulation::{Fault, Simulation};
use crate::field::Balance;
use crate::model::{CellTypeId, Setup};

/// Share of a field's turnover in a step that may come from setting negative values to zero, from not solving its
/// equation exactly, and from the rounding of the sums.
const CLAMPED: f64 = 1e-6;
const RESIDUAL: f64 = 1e-3;
const ROUNDING: f64 = 1e-8;

/// Rounding of sums of animal cells, relative to all that was ever booked.
const ANIMAL: f64 = 1e-9;

/// What a state that did not begin empty had when it was taken up, by cell type: cells of the lattice and of the animal
/// beyond those in its books. Zero for every state that a run has left.
#[derive(Clone, Debug, Default)]
pub struct Opening {
    lattice: Vec<i64>,
    animal: Vec<f64>,
}

/// Whether one step of a field adds up.
pub fn field(of: &str, b: &Balance) -> Result<(), String> {
    let turnover = b.turnover();
    for (what, amount, most) in [
        ("set to zero from below", b.clamped, CLAMPED),
        ("left by the solver", b.residual, RESIDUAL),
        ("unexplained", b.gap(), ROUNDING),
    ] {
        if amount.is_nan() || turnover.is_nan() || amount.abs() > most * turnover {
            let share = amount / turnover;
            return Err(format!(
                "books of {of}: {share:.2e} of what came and went is {what} (at most {most:e})"
            ));
        }
    }
    Ok(())
}

impl Simulation<'_> {
    /// Cells beyond the books, by type.
    pub(super) fn open_books(&mut self) {
        let types = || (0..self.setup.cell_types.len()).map(|t| CellTypeId(t as u16));
        let lattice = types().map(|t| self.roster.count(t) as i64 - self.state.ledger.balance(t)).collect();
        let animal = types().map(|t| self.animal(t) - self.booked(t).0).collect();
        self.opening = Opening { lattice, animal };
    }

    fn animal(&self, kind: CellTypeId) -> f64 {
        self.state.weight * self.roster.count(kind) as f64
    }

    /// Cells of the animal that the books say there are, and all that they ever counted.
    fn booked(&self, kind: CellTypeId) -> (f64, f64) {
        let ledger = &self.state.ledger;
        let rescaled = ledger.rescaled[kind.index()];
        let (mut sum, mut turnover) = (rescaled, rescaled.abs());
        for (sign, count) in ledger.lines(kind) {
            sum += f64::from(sign) * count.animal;
            turnover += count.animal;
        }
        (sum, turnover)
    }

    /// Everything that must hold between two steps, but for fields, which are checked when they are solved.
    pub(super) fn check(&self) -> Result<(), Fault> {
        let faulty = |what: String| Err(Fault { step: self.state.step, what });
        for (l, layer) in self.setup.layers.iter().enumerate() {
            if let Err(what) = self.check_layer(l) {
                return faulty(format!("layer {}: {what}", layer.id));
            }
        }
        let mut keys: Vec<_> = self.state.layers.iter().flat_map(|c| &c.key).collect();
        keys.sort_unstable();
        if let Some(twice) = keys.windows(2).find(|w| w[0] == w[1]) {
            return faulty(format!("two cells with the identity {:016x}", twice[0].0));
        }
        for (t, kind) in self.setup.cell_types.iter().enumerate() {
            let id = CellTypeId(t as u16);
            let (held, booked) = (self.roster.count(id) as i64, self.state.ledger.balance(id));
            if held != booked + self.opening.lattice[t] {
                let due = booked + self.opening.lattice[t];
                return faulty(format!("books of {}: {held} cells, where {due} are booked", kind.id));
            }
            let (animal, (sum, turnover)) = (self.animal(id), self.booked(id));
            let due = sum + self.opening.animal[t];
            if due.is_nan() || (animal - due).abs() > ANIMAL * (1.0 + turnover + animal) {
                let what =
                    format!("books of {}: {animal} cells of the animal, where {due} are booked", kind.id);
                return faulty(what);
            }
        }
        for (s, field) in self.state.fields.iter().enumerate() {
            let below = field.iter().flatten().position(|c| c.is_nan() || *c < 0.0);
            if let Some(site) = below {
                let id = &self.setup.substrates[s].id;
                return faulty(format!("concentration of {id} at site {site} is negative or no number"));
            }
        }
        Ok(())
    }

    fn check_layer(&self, l: usize) -> Result<(), String> {
        let (cells, occupancy) = (&self.state.layers[l], &self.occupancy[l]);
        if let Some(pair) = cells.site.windows(2).find(|w| w[0] >= w[1]) {
            return Err(format!("cells at sites {} and {} out of order", pair[0], pair[1]));
        }
        for (i, site) in cells.site.iter().enumerate() {
            if occupancy.at(*site as usize) != Some(i) {
                return Err(format!("site {site} does not know its cell"));
            }
        }
        if occupancy.0.iter().filter(|c| **c != EMPTY).count() != cells.len() {
            return Err("a site knows a cell that is not there".to_string());
        }
        for (of, column) in cells.stored.iter().zip(&cells.traits) {
            let Bounds { min, max } = Bounds::of(self.setup, of.index());
            if let Some(cell) = column.iter().position(|v| !(min..=max).contains(v)) {
                let (id, site) = (&self.setup.traits[of.index()].id, cells.site[cell]);
                return Err(format!(
                    "{id} of the cell at site {site} is {}, outside its bounds",
                    column[cell]
                ));
            }
        }
        Ok(())
    }
}

struct Bounds {
    min: f32,
    max: f32,
}

impl Bounds {
    fn of(setup: &Setup, of: usize) -> Bounds {
        let of = &setup.traits[of];
        Bounds { min: of.min as f32, max: of.max.map_or(f32::MAX, |m| m as f32) }
    }
}
