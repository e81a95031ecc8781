//! One look at one state: every observable computed at most once, what several share computed once.

use super::{clones, count, events, field, mean, pool, radius, reading, rim, share, total, volume};
use crate::engine::State;
use crate::lattice::{Lattice, closed, revolution};
use crate::model::{CellTypeId, Measure, Observable, ObservableId, Scale, Setup};
use crate::observe::tape::Tape;
use crate::random::Streams;
use std::rc::Rc;

/// What an observer remembers from one look to the next.
pub struct Memory {
    pub(super) streams: Streams,
    /// By observable: state of a lagged reading.
    pub(super) lags: Vec<Option<reading::Lag>>,
    /// By observable: events counted by the last record.
    pub(super) counted: Vec<f64>,
}

impl Memory {
    pub fn new(setup: &Setup, streams: Streams) -> Memory {
        let n = setup.observables.len();
        Memory { streams, lags: vec![None; n], counted: vec![0.0; n] }
    }

    /// To a tape or from it.
    pub fn keep(&mut self, tape: &mut Tape) {
        tape.keep_all(&mut self.lags);
        tape.keep_all(&mut self.counted);
    }
}

/// The mass of listed cells, live or dead, as an image shows it.
pub(super) struct Mass {
    pub inside: Vec<bool>,
    pub sites: usize,
}

/// A look at the state at the start of a step.
pub struct Look<'a> {
    pub setup: &'a Setup,
    pub state: &'a State,
    /// Minutes from day 0.
    pub time: f64,
    pub(super) memory: &'a mut Memory,
    values: Vec<Option<f64>>,
    masses: Vec<(&'a [CellTypeId], Rc<Mass>)>,
}

impl<'a> Look<'a> {
    pub fn new(setup: &'a Setup, state: &'a State, memory: &'a mut Memory) -> Look<'a> {
        let values = vec![None; setup.observables.len()];
        Look { setup, state, time: state.time(setup), memory, values, masses: Vec::new() }
    }

    /// True value in the observable's unit: readings without noise, floor and bounds; events since the start.
    /// NaN where there is nothing to measure. This is what rules read; it does not depend on what is recorded
    /// when.
    pub fn value(&mut self, id: ObservableId) -> f64 {
        if let Some(value) = self.values[id.index()] {
            return value;
        }
        let setup = self.setup;
        let of = &setup.observables[id.index()];
        let value = self.measure(id, of) * of.to_unit;
        self.values[id.index()] = Some(value);
        value
    }

    /// What somebody who watches sees: as `value`, but readings with their noise and bounds. Endpoints and
    /// triggers see this.
    pub fn seen(&mut self, id: ObservableId) -> f64 {
        let setup = self.setup;
        match &setup.observables[id.index()].measure {
            Measure::Reading(model) => reading::seen(self, id, model).value,
            _ => self.value(id),
        }
    }

    /// Whether what is seen is censored: -1 where the truth (with its noise) lies below the detectable range of the
    /// reading, 1 where it lies above; `seen` is then the end of the range.
    pub fn beyond(&mut self, id: ObservableId) -> i8 {
        let setup = self.setup;
        match &setup.observables[id.index()].measure {
            Measure::Reading(model) => reading::seen(self, id, model).beyond,
            _ => 0,
        }
    }

    /// What the table shows: as `seen`, but events since the last record.
    pub fn table(&mut self, id: ObservableId) -> f64 {
        match self.setup.observables[id.index()].measure {
            Measure::Events { .. } => self.value(id) - self.memory.counted[id.index()],
            _ => self.seen(id),
        }
    }

    /// A record has been written: events count from here.
    pub fn recorded(&mut self, id: ObservableId) {
        if let Measure::Events { .. } = self.setup.observables[id.index()].measure {
            self.memory.counted[id.index()] = self.value(id);
        }
    }

    fn measure(&mut self, id: ObservableId, of: &'a Observable) -> f64 {
        match &of.measure {
            Measure::Count { cells, which } => count::value(self, of.place, cells, which),
            Measure::Share { cells, which, among } => share::value(self, of.place, cells, which, among),
            Measure::Mean { of: number, cells, which } => mean::value(self, of.place, *number, cells, which),
            Measure::Total { of: number, cells, which } => {
                total::value(self, of.place, *number, cells, which)
            }
            Measure::Volume { cells } => volume::value(self, cells),
            Measure::Radius { cells } => radius::value(self, cells),
            Measure::Rim { cells } => rim::value(self, cells),
            Measure::Field { substrate, region } => field::value(self, *substrate, region),
            Measure::Pool { compartment, species, concentration } => {
                pool::value(self, *compartment, species, *concentration)
            }
            Measure::Events { cause, of, antigen } => {
                events::value(self, cause, of.as_deref(), antigen.as_deref())
            }
            Measure::Clones { receptor, cells, above } => {
                clones::value(self, of.place, *receptor, cells, *above)
            }
            Measure::Reading(model) => reading::value(self, id, model),
        }
    }

    pub(super) fn lattice(&self) -> Option<&'a Lattice> {
        self.setup.domain.as_ref().map(|d| &d.lattice)
    }

    /// Sites of a mass and how many sites of the animal each stands for; the engine knows those of a section already.
    pub(super) fn extent(&mut self, lattice: &Lattice, cells: &'a [CellTypeId]) -> (usize, f64) {
        match self.setup.domain.as_ref().map(|d| &d.scale) {
            Some(Scale::Section { of }) if of == cells => (self.state.area as usize, self.state.weight),
            Some(Scale::Section { .. }) => {
                let mass = self.mass(lattice, cells);
                (mass.sites, revolution(lattice, &mass.inside))
            }
            _ => (self.mass(lattice, cells).sites, self.state.weight),
        }
    }

    pub(super) fn mass(&mut self, lattice: &Lattice, cells: &'a [CellTypeId]) -> Rc<Mass> {
        if let Some((_, known)) = self.masses.iter().find(|(of, _)| *of == cells) {
            return Rc::clone(known);
        }
        let inside = closed(lattice, &self.state.mask(lattice, cells));
        let sites = inside.iter().filter(|&&m| m).count();
        let mass = Rc::new(Mass { inside, sites });
        self.masses.push((cells, Rc::clone(&mass)));
        mass
    }
}
