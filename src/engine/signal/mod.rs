//! Signals: what a law reads of the world, gathered into columns for a chunk of cells of one type.
//!
//! Global signals (compartments, time) are also read one value at a time, by flows and endpoints: `global`.

mod cell;
mod contact;
mod global;
mod site;

pub use global::global;

use super::View;
use super::program::{CHUNK, Column, Program};
use crate::model::{Signal, SignalId};

/// Fills the columns of a program for up to `CHUNK` cells of `layer`, given by index.
pub fn gather(view: &View, program: &Program, layer: usize, cells: &[u32], columns: &mut Vec<Column>) {
    columns.resize(program.signals.len(), [0.0; CHUNK]);
    for (id, column) in program.signals.iter().zip(columns) {
        fill(view, *id, layer, cells, &mut column[..cells.len()]);
    }
}

fn fill(view: &View, id: SignalId, layer: usize, cells: &[u32], out: &mut [f32]) {
    match &view.setup.signals[id.index()] {
        Signal::Substrate(s) => site::concentration(view, *s, layer, cells, out),
        Signal::Gradient(s) => site::gradient(view, *s, layer, cells, out),
        Signal::Trait(t) => cell::own(view, *t, layer, cells, out),
        Signal::Age => cell::age(view, layer, cells, out),
        Signal::Contact(types) => contact::count(view, types, layer, cells, out),
        Signal::Crowding => contact::crowding(view, layer, cells, out),
        Signal::Receptor(r) => contact::receptor(view, *r, layer, cells, out),
        Signal::Recognition => contact::recognition(view, layer, cells, out),
        Signal::Cognate(compartment) => cell::cognate(view, *compartment, layer, cells, out),
        other => out.fill(global(view.setup, view.state, other) as f32),
    }
}
