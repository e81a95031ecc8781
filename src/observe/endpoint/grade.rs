//! A summary cut into grades.

use super::super::Entry;
use super::super::tape::Tape;
use super::{Moment, Seen, Watcher};
use crate::model::EndpointId;
use crate::record::EndpointValue;

pub const ENTRY: Entry = Entry {
    name: "grade",
    unit: "1",
    doc: "How many of the cuts a summary has reached: 0 below the first, 1 from the first on, and so on.",
};

pub struct Grade {
    of: EndpointId,
    cuts: Vec<f64>,
    number: Option<f64>,
}

impl Grade {
    pub fn new(of: EndpointId, cuts: &[f64]) -> Grade {
        Grade { of, cuts: cuts.to_vec(), number: None }
    }
}

impl Watcher for Grade {
    fn see(&mut self, at: &mut Moment) {
        let reached = |value| self.cuts.iter().filter(|cut| value >= **cut).count() as f64;
        self.number = at.others[self.of.index()].number.map(reached);
    }

    fn seen(&self) -> Seen {
        Seen { event: None, holds: false, number: self.number }
    }

    fn keep(&mut self, tape: &mut Tape) {
        tape.keep(&mut self.number);
    }

    fn value(&self, _: f64) -> EndpointValue {
        EndpointValue::Value(self.number)
    }
}
