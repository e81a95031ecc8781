//! An observable has risen or fallen by a factor.

use super::super::Entry;
use super::super::tape::Tape;
use super::eye::Eye;
use super::onset::Onset;
use super::{Moment, Seen, Watcher};
use crate::model::{From, Setup, Watched};
use crate::record::EndpointValue;

pub const ENTRY: Entry = Entry {
    name: "change",
    unit: "day",
    doc: "First time an observable is `fold` times its baseline (first look) or nadir (smallest so far), \
          and at least `at_least`; below 1 a fall from a reference that was at least `at_least`.",
};

/// With visits only what the visits see counts, the baseline included. A censored reading enters as the end of its
/// range, which can delay the event and never brings it forward.
pub struct Change {
    eye: Eye,
    from: From,
    fold: f64,
    at_least: f64,
    reference: Option<f64>,
    onset: Onset,
}

impl Change {
    pub fn new(setup: &Setup, watch: &Watched, from: From, fold: f64, at_least: f64) -> Change {
        Change { eye: Eye::new(setup, watch), from, fold, at_least, reference: None, onset: Onset::new(0.0) }
    }
}

impl Watcher for Change {
    fn see(&mut self, at: &mut Moment) {
        let Some((value, _)) = self.eye.look(at) else { return };
        let reference = *self.reference.get_or_insert(value);
        let bound = self.fold * reference;
        // Strict against the reference itself: nothing has not grown from nothing.
        let changed = if self.fold >= 1.0 {
            value >= bound && value > reference && value >= self.at_least
        } else {
            value <= bound && value < reference && reference >= self.at_least
        };
        self.onset.note(at.look.time, changed);
        if self.from == From::Nadir && value < reference {
            self.reference = Some(value);
        }
    }

    fn seen(&self) -> Seen {
        self.onset.seen()
    }

    fn keep(&mut self, tape: &mut Tape) {
        self.eye.keep(tape);
        tape.keep(&mut self.reference);
        self.onset.keep(tape);
    }

    fn value(&self, end: f64) -> EndpointValue {
        self.eye.value(&self.onset, end)
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{CELLS, daily, follow};
    use crate::model::{EndpointKind, From, Trigger, Watched};
    use crate::record::EndpointValue::{Time, Visit};

    fn change(from: From, fold: f64, at_least: f64, visits: Option<Trigger>) -> EndpointKind {
        EndpointKind::Change {
            watch: Watched { observable: CELLS, visits, after: None },
            from,
            fold,
            at_least,
        }
    }

    #[test]
    fn doubled_from_baseline_or_nadir_and_halved() {
        let s = daily(vec![
            change(From::Baseline, 2.0, 0.0, None),
            change(From::Nadir, 2.0, 0.0, None),
            change(From::Nadir, 2.0, 6.0, None),
            change(From::Baseline, 0.5, 0.0, None),
            change(From::Baseline, 0.5, 5.0, None),
        ]);
        let got = follow(&s, 1, &[4, 3, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(got[0].0, Time { day: 8.0, reached: true });
        assert_eq!(got[1].0, Time { day: 4.0, reached: true });
        assert_eq!(got[2].0, Time { day: 6.0, reached: true });
        assert_eq!(got[3].0, Time { day: 2.0, reached: true });
        assert_eq!(got[4].0, Time { day: 8.0, reached: false });
    }

    #[test]
    fn regrowth_from_nothing_counts_and_staying_at_nothing_does_not() {
        let s = daily(vec![change(From::Nadir, 2.0, 0.0, None)]);
        assert_eq!(follow(&s, 1, &[3, 0, 0, 0])[0].0, Time { day: 3.0, reached: false });
        assert_eq!(follow(&s, 1, &[3, 0, 0, 1])[0].0, Time { day: 3.0, reached: true });
    }

    #[test]
    fn visits_do_not_see_the_nadir_between_them() {
        let visits = Some(Trigger::At([0.0, 4.0, 8.0].map(|d| d * 1440.0).to_vec()));
        let s = daily(vec![change(From::Nadir, 2.0, 0.0, visits)]);
        let got = follow(&s, 1, &[4, 3, 1, 2, 4, 4, 5, 6, 8]);
        assert_eq!(got[0].0, Visit { after_day: 4.0, day: 8.0, reached: true });
    }
}
