//! Who is there: the cells of each type, live and dead, by index in storage order.
//!
//! Every process works type by type; the lists are made once per step instead of by each of them.

use super::{Cells, State};
use crate::model::CellTypeId;

/// By cell type.
#[derive(Clone, Debug, Default)]
pub struct Roster {
    live: Vec<Vec<u32>>,
    dead: Vec<Vec<u32>>,
}

impl Roster {
    pub fn new(types: usize) -> Roster {
        Roster { live: vec![Vec::new(); types], dead: vec![Vec::new(); types] }
    }

    /// Lists the cells of a state.
    pub fn take(&mut self, state: &State) {
        self.live.iter_mut().chain(&mut self.dead).for_each(Vec::clear);
        for cells in &state.layers {
            for (i, kind) in cells.kind.iter().enumerate() {
                let list = if cells.alive(i) { &mut self.live } else { &mut self.dead };
                list[kind.index()].push(i as u32);
            }
        }
    }

    /// Takes up a live cell that was appended to its layer.
    pub fn add_last(&mut self, cells: &Cells) {
        if let Some(kind) = cells.kind.last() {
            self.live[kind.index()].push(cells.len() as u32 - 1);
        }
    }

    pub fn live(&self, kind: CellTypeId) -> &[u32] {
        &self.live[kind.index()]
    }

    pub fn dead(&self, kind: CellTypeId) -> &[u32] {
        &self.dead[kind.index()]
    }

    /// Live and dead cells of a type on the lattice.
    pub fn count(&self, kind: CellTypeId) -> usize {
        self.live(kind).len() + self.dead(kind).len()
    }
}
