//! An observable passes a threshold.

use super::super::Entry;
use super::super::tape::Tape;
use super::eye::Eye;
use super::onset::Onset;
use super::{Moment, Seen, Watcher};
use crate::model::{Setup, Watched};
use crate::record::EndpointValue;

pub const ENTRY: Entry = Entry {
    name: "cross",
    unit: "day",
    doc: "First time an observable lies above (or below) a threshold, for at least `for`; the day on which \
          that time began.",
};

pub struct Cross {
    eye: Eye,
    above: bool,
    threshold: f64,
    onset: Onset,
}

impl Cross {
    pub fn new(setup: &Setup, watch: &Watched, above: bool, threshold: f64, sustained: f64) -> Cross {
        Cross { eye: Eye::new(setup, watch), above, threshold, onset: Onset::new(sustained) }
    }
}

impl Watcher for Cross {
    fn see(&mut self, at: &mut Moment) {
        if let Some((value, beyond)) = self.eye.look(at) {
            // A reading beyond the end of its range passes a threshold that is that end.
            let passed = if self.above {
                value > self.threshold || (beyond > 0 && value >= self.threshold)
            } else {
                value < self.threshold || (beyond < 0 && value <= self.threshold)
            };
            self.onset.note(at.look.time, passed);
        }
    }

    fn seen(&self) -> Seen {
        self.onset.seen()
    }

    fn keep(&mut self, tape: &mut Tape) {
        self.eye.keep(tape);
        self.onset.keep(tape);
    }

    fn value(&self, end: f64) -> EndpointValue {
        self.eye.value(&self.onset, end)
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{CELLS, daily, follow};
    use crate::model::fixture::{endpoint, observe};
    use crate::model::{EndpointKind, Measure, Reading, Trigger, Watched};
    use crate::record::EndpointValue::{Time, Visit};

    fn cross(
        above: bool,
        threshold: f64,
        days: f64,
        visits: Option<Trigger>,
        after: Option<f64>,
    ) -> EndpointKind {
        let watch = Watched { observable: CELLS, visits, after: after.map(|d| d * 1440.0) };
        EndpointKind::Cross { watch, above, threshold, for_: days * 1440.0 }
    }

    #[test]
    fn first_day_above_or_below_sustained_or_delayed() {
        let kinds = vec![
            cross(true, 4.0, 0.0, None, None),
            cross(false, 2.0, 0.0, None, None),
            cross(true, 4.0, 2.0, None, None),
            cross(true, 4.0, 0.0, None, Some(3.0)),
            cross(true, 99.0, 0.0, None, None),
            cross(true, 7.0, 0.0, None, None),
        ];
        let s = daily(kinds);
        let got = follow(&s, 1, &[3, 4, 5, 3, 1, 6, 6, 7, 8]);
        assert_eq!(got[0], (Time { day: 2.0, reached: true }, Some(2)));
        assert_eq!(got[1], (Time { day: 4.0, reached: true }, Some(4)));
        // Above from day 5 on, confirmed on day 7.
        assert_eq!(got[2], (Time { day: 5.0, reached: true }, Some(7)));
        assert_eq!(got[3], (Time { day: 5.0, reached: true }, Some(5)));
        assert_eq!(got[4], (Time { day: 8.0, reached: false }, None));
        // An event at the last look is an event.
        assert_eq!(got[5], (Time { day: 8.0, reached: true }, Some(8)));
    }

    #[test]
    fn a_reading_beyond_its_range_passes_a_threshold_at_its_end() {
        let mut s = daily(vec![]);
        let model = Reading {
            terms: vec![(CELLS, 1.0)],
            offset: 0.0,
            lag: 0.0,
            cv: 0.0,
            sd: 0.0,
            floor: None,
            detect: Some([2.0, 6.0]),
        };
        let reading = observe(&mut s, "reading", Measure::Reading(model));
        for (i, (above, threshold)) in [(true, 6.0), (false, 2.0), (true, 6.5)].into_iter().enumerate() {
            let watch = Watched { observable: reading, visits: None, after: None };
            endpoint(&mut s, &format!("e{i}"), EndpointKind::Cross { watch, above, threshold, for_: 0.0 });
        }
        let got = follow(&s, 1, &[3, 6, 2, 7, 1, 9]);
        assert_eq!(got[0], (Time { day: 3.0, reached: true }, Some(3)));
        assert_eq!(got[1], (Time { day: 4.0, reached: true }, Some(4)));
        // What the instrument cannot show is never seen.
        assert_eq!(got[2], (Time { day: 5.0, reached: false }, None));
    }

    #[test]
    fn visits_bound_the_day_from_both_sides() {
        let every =
            |from: f64| Some(Trigger::Every { every: 3.0 * 1440.0, from: from * 1440.0, times: None });
        let s = daily(vec![
            cross(true, 4.0, 0.0, every(3.0), None),
            cross(true, 99.0, 0.0, every(3.0), None),
            cross(true, 2.0, 0.0, every(3.0), Some(1.0)),
        ]);
        // The excursion on day 1 falls between visits.
        let got = follow(&s, 1, &[3, 9, 3, 3, 5, 5, 5, 5, 5]);
        assert_eq!(got[0], (Visit { after_day: 3.0, day: 6.0, reached: true }, Some(6)));
        assert_eq!(got[1], (Visit { after_day: 6.0, day: 6.0, reached: false }, None));
        // Present at the first visit: after the watch began.
        assert_eq!(got[2], (Visit { after_day: 1.0, day: 3.0, reached: true }, Some(3)));
    }

    #[test]
    fn nothing_is_watched_before_day_zero_or_before_cells_are_placed() {
        let mut s = daily(vec![cross(false, 2.0, 0.0, None, None)]);
        s.clock.start = -2.0 * 1440.0;
        let got = follow(&s, 1, &[0, 0, 3, 3, 1]);
        assert_eq!(got[0].0, Time { day: 2.0, reached: true });
    }
}
