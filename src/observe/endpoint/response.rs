//! Best response at visits: complete, partial, stable, progressive.

use super::super::Entry;
use super::super::tape::Tape;
use super::{Moment, Seen, Watcher};
use crate::model::{ObservableId, Trigger};
use crate::observe::trigger::Visits;
use crate::record::EndpointValue;
use serde::{Deserialize, Serialize};

pub const ENTRY: Entry = Entry {
    name: "response",
    unit: "",
    doc: "Best of complete (at or below a value), partial (fold of baseline), stable and progressive (fold \
          of nadir) over visits up to progression; the first visit is the baseline.",
};

pub struct Bounds {
    /// At or below.
    pub complete: f64,
    /// Fold of the baseline.
    pub partial: f64,
    /// Fold of the nadir.
    pub progress: f64,
    /// Smallest value that can be progression.
    pub at_least: f64,
}

/// From best to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Grade {
    Complete,
    Partial,
    Stable,
    Progressive,
}

pub struct Response {
    observable: ObservableId,
    bounds: Bounds,
    visits: Visits,
    baseline: Option<f64>,
    nadir: f64,
    best: Option<Grade>,
    /// At the last visit.
    now: Option<Grade>,
}

impl Response {
    pub fn new(observable: ObservableId, bounds: Bounds, visits: &Trigger) -> Response {
        let visits = Visits::new(visits);
        Response { observable, bounds, visits, baseline: None, nadir: f64::INFINITY, best: None, now: None }
    }

    fn judge(&self, value: f64, baseline: f64) -> Grade {
        let b = &self.bounds;
        if value <= b.complete {
            Grade::Complete
        } else if value >= b.progress * self.nadir && value > self.nadir && value >= b.at_least {
            Grade::Progressive
        } else if value <= b.partial * baseline {
            Grade::Partial
        } else {
            Grade::Stable
        }
    }
}

impl Watcher for Response {
    fn see(&mut self, at: &mut Moment) {
        let due = self.visits.due(at.look);
        if !due || !at.begun || self.now == Some(Grade::Progressive) {
            return;
        }
        let value = at.look.seen(self.observable);
        if value.is_nan() {
            return;
        }
        match self.baseline {
            None => self.baseline = Some(value),
            Some(baseline) => {
                let grade = self.judge(value, baseline);
                self.now = Some(grade);
                self.best = Some(self.best.map_or(grade, |best| best.min(grade)));
            }
        }
        if value < self.nadir {
            self.nadir = value;
        }
    }

    /// Holds while the last visit shows a partial or complete response.
    fn seen(&self) -> Seen {
        Seen { event: None, holds: self.now.is_some_and(|g| g <= Grade::Partial), number: None }
    }

    fn keep(&mut self, tape: &mut Tape) {
        self.visits.keep(tape);
        tape.keep(&mut self.baseline);
        tape.keep(&mut self.nadir);
        tape.keep(&mut self.best);
        tape.keep(&mut self.now);
    }

    fn value(&self, _: f64) -> EndpointValue {
        let word = match self.best {
            Some(Grade::Complete) => "complete",
            Some(Grade::Partial) => "partial",
            Some(Grade::Stable) => "stable",
            Some(Grade::Progressive) => "progressive",
            None => "not_evaluable",
        };
        EndpointValue::Category(word.into())
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{CELLS, daily, follow};
    use crate::model::{EndpointKind, Trigger};
    use crate::record::EndpointValue::Category;

    #[test]
    fn the_best_response_before_progression() {
        let s = daily(vec![EndpointKind::Response {
            observable: CELLS,
            complete: 1.0,
            partial: 0.7,
            progress: 1.2,
            at_least: 3.0,
            visits: Trigger::Every { every: 1440.0, from: 0.0, times: None },
        }]);
        let best = |cells: &[usize]| match &follow(&s, 1, cells)[0].0 {
            Category(word) => word.clone(),
            other => panic!("{other:?}"),
        };
        assert_eq!(best(&[10]), "not_evaluable");
        assert_eq!(best(&[10, 11, 8]), "stable");
        assert_eq!(best(&[10, 12, 1]), "progressive");
        // 7 is 0.7 of the baseline; 9 is more than 1.2 of the nadir 7: what comes after does not count.
        assert_eq!(best(&[10, 7, 9, 0]), "partial");
        assert_eq!(best(&[10, 7, 1, 30]), "complete");
        // From 2 to 3 is progression, since 3 is enough; from 0 to 2 is not.
        assert_eq!(best(&[10, 9, 9, 2, 3]), "partial");
        assert_eq!(best(&[2, 2, 2, 3, 1]), "stable");
    }
}
