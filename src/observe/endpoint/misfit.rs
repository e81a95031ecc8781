//! How far a run is from measurements.

use super::super::Entry;
use super::super::tape::Tape;
use super::{Moment, Seen, Watcher};
use crate::model::{Datum, ObservableId};
use crate::record::EndpointValue;

pub const ENTRY: Entry = Entry {
    name: "misfit",
    unit: "1",
    doc: "Distance of an observable from a table of measurements: the root of the mean of ((y_run - y) / sd)^2, \
          the run read by straight lines between looks. Empty where the run does not see every measurement.",
};

/// Compares at the time of each measurement, from the placing of cells on. A run that ends before the last measurement
/// has no misfit: with fewer measurements it could only seem to fit better.
pub struct Misfit {
    observable: ObservableId,
    data: Vec<Datum>,
    /// Measurements compared so far, and the sum of their squares.
    met: usize,
    sum: f64,
    /// Time and value of the look before.
    last: Option<(f64, f64)>,
}

impl Misfit {
    /// `data` in order of time.
    pub fn new(observable: ObservableId, data: &[Datum]) -> Misfit {
        Misfit { observable, data: data.to_vec(), met: 0, sum: 0.0, last: None }
    }

    fn number(&self) -> Option<f64> {
        let all = self.met == self.data.len() && self.met > 0;
        all.then(|| (self.sum / self.met as f64).sqrt())
    }
}

impl Watcher for Misfit {
    fn see(&mut self, at: &mut Moment) {
        let (now, slack) = (at.look.time, 1e-8 * at.look.setup.clock.step);
        let Some(first) = self.data.get(self.met).filter(|_| at.placed) else { return };
        // Looks long before the next measurement are needed only as its left neighbor.
        if first.time > now + at.look.setup.clock.step + slack {
            self.last = None;
            return;
        }
        let value = at.look.seen(self.observable);
        if value.is_nan() {
            return;
        }
        while let Some(datum) = self.data.get(self.met).filter(|d| d.time <= now + slack) {
            let run = match self.last {
                _ if datum.time >= now - slack => value,
                Some((time, before)) if datum.time >= time - slack => {
                    before + (value - before) * ((datum.time - time) / (now - time))
                }
                // Before anything was seen: this measurement is never met.
                _ => return,
            };
            let z = (run - datum.value) / datum.sd;
            self.sum += z * z;
            self.met += 1;
        }
        self.last = Some((now, value));
    }

    fn seen(&self) -> Seen {
        Seen { event: None, holds: false, number: self.number() }
    }

    fn keep(&mut self, tape: &mut Tape) {
        tape.keep(&mut self.met);
        tape.keep(&mut self.sum);
        tape.keep(&mut self.last);
    }

    fn value(&self, _: f64) -> EndpointValue {
        EndpointValue::Value(self.number())
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{CELLS, daily, follow};
    use crate::model::{Datum, EndpointKind, Take};
    use crate::record::EndpointValue::Value;

    fn misfit(data: &[(f64, f64, f64)], cells: &[usize]) -> Option<f64> {
        let data = data.iter().map(|(day, value, sd)| Datum { time: day * 1440.0, value: *value, sd: *sd });
        let take = Take::Misfit(data.collect());
        let kind = EndpointKind::Summary { observable: CELLS, take, from: f64::MIN, to: f64::MAX };
        match follow(&daily(vec![kind]), 1, cells)[0].0 {
            Value(v) => v,
            ref other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_run_is_read_by_straight_lines_between_looks() {
        let cells = [0, 4, 8, 2];
        // On day 0.5 the run has 2, on day 2.25 6.5: z = 1 and -2.
        assert_eq!(misfit(&[(0.5, 1.0, 1.0), (2.25, 7.5, 0.5)], &cells), Some((2.5f64).sqrt()));
        assert_eq!(misfit(&[(0.0, 0.0, 1.0), (1.0, 4.0, 1.0), (3.0, 2.0, 1.0)], &cells), Some(0.0));
        assert_eq!(misfit(&[(1.0, 7.0, 1.0), (1.0, 1.0, 1.0)], &cells), Some(3.0));
        assert_eq!(misfit(&[(2.5, 5.0, 1.0)], &cells), Some(0.0));
    }

    #[test]
    fn a_run_that_does_not_see_every_measurement_has_no_misfit() {
        assert_eq!(misfit(&[(1.0, 4.0, 1.0), (3.5, 1.0, 1.0)], &[0, 4, 8, 2]), None);
        assert_eq!(misfit(&[(-1.0, 4.0, 1.0), (1.0, 4.0, 1.0)], &[0, 4, 8, 2]), None);
        assert_eq!(misfit(&[], &[0, 4]), None);
    }
}
