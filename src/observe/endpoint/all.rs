//! Several conditions hold together.

use super::super::Entry;
use super::super::tape::Tape;
use super::onset::Onset;
use super::{Moment, Seen, Watcher};
use crate::model::EndpointId;
use crate::record::EndpointValue;

pub const ENTRY: Entry = Entry {
    name: "all",
    unit: "day",
    doc: "First time from which the conditions of all named endpoints hold together, for at least `for`; \
          between visits the last visit stands.",
};

pub struct All {
    of: Vec<EndpointId>,
    onset: Onset,
}

impl All {
    pub fn new(of: &[EndpointId], sustained: f64) -> All {
        All { of: of.to_vec(), onset: Onset::new(sustained) }
    }
}

impl Watcher for All {
    fn see(&mut self, at: &mut Moment) {
        let together = !self.of.is_empty() && self.of.iter().all(|e| at.others[e.index()].holds);
        self.onset.note(at.look.time, together);
    }

    fn seen(&self) -> Seen {
        self.onset.seen()
    }

    fn keep(&mut self, tape: &mut Tape) {
        self.onset.keep(tape);
    }

    fn value(&self, end: f64) -> EndpointValue {
        self.onset.time(end)
    }
}
