//! Where a watched endpoint looks: at every step or at visits only, from a time on.

use super::super::tape::Tape;
use super::Moment;
use super::onset::Onset;
use crate::model::{ObservableId, Setup, Watched};
use crate::observe::trigger::Visits;
use crate::record::EndpointValue;

pub struct Eye {
    observable: ObservableId,
    visits: Option<Visits>,
    after: Option<f64>,
    /// When the watch may begin at the earliest, min.
    begin: f64,
}

impl Eye {
    pub fn new(setup: &Setup, watch: &Watched) -> Eye {
        let start = setup.clock.start;
        Eye {
            observable: watch.observable,
            visits: watch.visits.as_ref().map(Visits::new),
            after: watch.after,
            begin: watch.after.unwrap_or(if start > 0.0 { start } else { 0.0 }),
        }
    }

    /// What is seen at this look, and whether it is censored (as of [`Look::beyond`](crate::observe::observable::Look));
    /// none where the watch has not begun, no visit is due, or there is nothing to measure.
    pub fn look(&mut self, at: &mut Moment) -> Option<(f64, i8)> {
        let due = self.visits.as_mut().is_none_or(|v| v.due(at.look));
        let slack = 1e-8 * at.look.setup.clock.step;
        let begun = self.after.map_or(at.begun, |after| at.look.time >= after - slack);
        let value = if due && begun { at.look.seen(self.observable) } else { f64::NAN };
        (!value.is_nan()).then(|| (value, at.look.beyond(self.observable)))
    }

    /// A time, or with visits an interval.
    pub fn keep(&mut self, tape: &mut Tape) {
        self.visits.iter_mut().for_each(|v| v.keep(tape));
    }

    pub fn value(&self, onset: &Onset, end: f64) -> EndpointValue {
        if self.visits.is_some() { onset.visit(self.begin) } else { onset.time(end) }
    }
}
