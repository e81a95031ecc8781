//! The cells of one layer as columns. At the end of every step they stand in order of site.

use crate::model::{CellTypeId, Origin, Setup, TraitId};
use crate::random::Key;
use serde::{Deserialize, Serialize};

/// `Cells::death` of a live cell.
pub const ALIVE: u32 = u32::MAX;
/// `Cells::heading` of a cell that has not moved yet.
pub const NO_HEADING: u8 = u8::MAX;

/// Columns of one layer: entry `i` of each belongs to one cell.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Cells {
    pub site: Vec<u32>,
    pub key: Vec<Key>,
    pub kind: Vec<CellTypeId>,
    pub origin: Vec<Origin>,
    /// Which antigen of its clonal receptor's list the cell binds.
    pub clone: Vec<u8>,
    /// Direction of the last move, as an index into the lattice's directions.
    pub heading: Vec<u8>,
    /// Step in which the cell was placed, arrived or was born.
    pub birth: Vec<u32>,
    /// Step in which it died, or `ALIVE`.
    pub death: Vec<u32>,
    /// Which traits this layer stores: those that some type of the layer carries.
    pub stored: Vec<TraitId>,
    /// One column per entry of `stored`.
    pub traits: Vec<Vec<f32>>,
}

/// One cell, apart from its layer's columns.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    pub site: u32,
    pub key: Key,
    pub kind: CellTypeId,
    pub origin: Origin,
    pub clone: u8,
    pub birth: u32,
    /// In order of the layer's `stored`.
    pub traits: Vec<f32>,
}

impl Cells {
    /// Empty columns for a layer that stores these traits.
    pub fn new(stored: Vec<TraitId>) -> Cells {
        let traits = vec![Vec::new(); stored.len()];
        Cells { stored, traits, ..Cells::default() }
    }

    /// Traits that some type of the layer carries, in order.
    pub fn stored_by(setup: &Setup, layer: usize) -> Vec<TraitId> {
        let mut out: Vec<TraitId> = setup
            .cell_types
            .iter()
            .filter(|t| t.layer.index() == layer)
            .flat_map(|t| t.traits.iter().map(|(id, _)| *id))
            .collect();
        out.sort_unstable();
        out.dedup();
        out
    }

    pub fn len(&self) -> usize {
        self.site.len()
    }

    pub fn is_empty(&self) -> bool {
        self.site.is_empty()
    }

    pub fn alive(&self, cell: usize) -> bool {
        self.death[cell] == ALIVE
    }

    /// Column of a trait, if the layer stores it.
    pub fn column(&self, of: TraitId) -> Option<usize> {
        self.stored.binary_search(&of).ok()
    }

    /// Value of a trait of a cell; 0 where the layer does not store it.
    pub fn value(&self, of: TraitId, cell: usize) -> f32 {
        self.column(of).map_or(0.0, |c| self.traits[c][cell])
    }

    pub fn push(&mut self, cell: Cell) {
        self.site.push(cell.site);
        self.key.push(cell.key);
        self.kind.push(cell.kind);
        self.origin.push(cell.origin);
        self.clone.push(cell.clone);
        self.heading.push(NO_HEADING);
        self.birth.push(cell.birth);
        self.death.push(ALIVE);
        for (column, value) in self.traits.iter_mut().zip(&cell.traits) {
            column.push(*value);
        }
    }

    /// Keeps the cells named by `order`, in that order.
    pub fn reorder(&mut self, order: &[u32], spare: &mut Spare) {
        fn pick<T: Copy>(column: &mut Vec<T>, order: &[u32], spare: &mut Vec<T>) {
            spare.clear();
            spare.extend(order.iter().map(|&i| column[i as usize]));
            std::mem::swap(column, spare);
        }
        if order.len() == self.len() && order.iter().enumerate().all(|(i, c)| i as u32 == *c) {
            return;
        }
        pick(&mut self.site, order, &mut spare.words);
        pick(&mut self.key, order, &mut spare.keys);
        pick(&mut self.kind, order, &mut spare.kinds);
        pick(&mut self.origin, order, &mut spare.origins);
        pick(&mut self.clone, order, &mut spare.bytes);
        pick(&mut self.heading, order, &mut spare.bytes);
        pick(&mut self.birth, order, &mut spare.words);
        pick(&mut self.death, order, &mut spare.words);
        for column in &mut self.traits {
            pick(column, order, &mut spare.numbers);
        }
    }
}

/// Scratch for putting columns in order, kept so that a step allocates nothing once warm.
#[derive(Clone, Debug, Default)]
pub struct Spare {
    words: Vec<u32>,
    keys: Vec<Key>,
    kinds: Vec<CellTypeId>,
    origins: Vec<Origin>,
    bytes: Vec<u8>,
    numbers: Vec<f32>,
}
