//! One number from the course of an observable.

use super::super::Entry;
use super::super::tape::Tape;
use super::{DAY, Moment, Seen, Watcher};
use crate::math;
use crate::model::{ObservableId, Take};
use crate::record::EndpointValue;
use serde::{Deserialize, Serialize};

pub const ENTRY: Entry = Entry {
    name: "summary",
    unit: "",
    doc: "Largest, smallest, mean (over time), last value, area under the curve (times day), time of the \
          largest value (day) or slope of the logarithm (1/day) of an observable between two times.",
};

/// Every look in the window counts, from the placing of cells on; areas by the trapezoid rule.
pub struct Summary {
    observable: ObservableId,
    take: Take,
    window: [f64; 2],
    /// Detection limit: smaller values count as it in logarithms.
    limit: Option<f64>,
    first: Option<f64>,
    last: Option<(f64, f64)>,
    largest: Option<(f64, f64)>,
    smallest: Option<f64>,
    area: f64,
    line: Line,
}

/// Running least squares of y on x.
#[derive(Default, Serialize, Deserialize)]
struct Line {
    n: f64,
    x: f64,
    y: f64,
    xx: f64,
    xy: f64,
}

impl Line {
    fn add(&mut self, x: f64, y: f64) {
        self.n += 1.0;
        let (dx, dy) = (x - self.x, y - self.y);
        self.x += dx / self.n;
        self.y += dy / self.n;
        self.xx += dx * (x - self.x);
        self.xy += dx * (y - self.y);
    }

    fn slope(&self) -> Option<f64> {
        (self.xx > 0.0).then(|| self.xy / self.xx)
    }
}

impl Summary {
    pub fn new(observable: ObservableId, take: Take, window: [f64; 2], limit: Option<f64>) -> Summary {
        Summary {
            observable,
            take,
            window,
            limit,
            first: None,
            last: None,
            largest: None,
            smallest: None,
            area: 0.0,
            line: Line::default(),
        }
    }

    fn number(&self) -> Option<f64> {
        let (time, last) = self.last?;
        match self.take {
            Take::Max => self.largest.map(|(_, v)| v),
            Take::Min => self.smallest,
            Take::Last => Some(last),
            Take::Auc => Some(self.area / DAY),
            Take::TimeOfMax => self.largest.map(|(t, _)| t / DAY),
            Take::Rate => self.line.slope(),
            Take::Mean => match self.first {
                Some(first) if time > first => Some(self.area / (time - first)),
                _ => Some(last),
            },
            // Has a watcher of its own.
            Take::Misfit(_) => None,
        }
    }
}

impl Watcher for Summary {
    fn see(&mut self, at: &mut Moment) {
        let time = at.look.time;
        let slack = 1e-8 * at.look.setup.clock.step;
        if !at.placed || time < self.window[0] - slack || time > self.window[1] + slack {
            return;
        }
        let value = at.look.seen(self.observable);
        if value.is_nan() {
            return;
        }
        self.first.get_or_insert(time);
        if let Some((before, previous)) = self.last {
            self.area += (time - before) * (previous + value) / 2.0;
        }
        self.last = Some((time, value));
        if self.largest.is_none_or(|(_, v)| value > v) {
            self.largest = Some((time, value));
        }
        if self.smallest.is_none_or(|v| value < v) {
            self.smallest = Some(value);
        }
        let floored = match self.limit {
            Some(limit) if value < limit => limit,
            _ => value,
        };
        if floored > 0.0 {
            self.line.add(time / DAY, math::ln(floored));
        }
    }

    fn seen(&self) -> Seen {
        Seen { event: None, holds: false, number: self.number() }
    }

    fn keep(&mut self, tape: &mut Tape) {
        tape.keep(&mut self.first);
        tape.keep(&mut self.last);
        tape.keep(&mut self.largest);
        tape.keep(&mut self.smallest);
        tape.keep(&mut self.area);
        tape.keep(&mut self.line);
    }

    fn value(&self, _: f64) -> EndpointValue {
        EndpointValue::Value(self.number())
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{CELLS, daily, follow};
    use crate::model::{EndpointId, EndpointKind, Take};
    use crate::record::EndpointValue::Value;

    fn summary(take: Take, from: f64, to: f64) -> EndpointKind {
        EndpointKind::Summary { observable: CELLS, take, from: from * 1440.0, to: to * 1440.0 }
    }

    fn number(value: &crate::record::EndpointValue) -> f64 {
        match value {
            Value(Some(v)) => *v,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_take_of_a_short_course() {
        let takes = [Take::Max, Take::Min, Take::Mean, Take::Last, Take::Auc, Take::TimeOfMax];
        let s = daily(takes.map(|t| summary(t, 1.0, 4.0)).to_vec());
        // Within days 1 to 4: 4, 8, 6, 3.
        let got = follow(&s, 1, &[99, 4, 8, 6, 3, 50]);
        let numbers: Vec<f64> = got.iter().map(|(v, _)| number(v)).collect();
        // Trapezoids: 6 + 7 + 4.5 = 17.5 over 3 days.
        assert_eq!(numbers, [8.0, 3.0, 17.5 / 3.0, 3.0, 17.5, 2.0]);
        assert_eq!(follow(&s, 1, &[99])[0].0, Value(None));
    }

    #[test]
    fn the_slope_of_doubling_is_ln_2_and_zero_counts_as_the_limit() {
        let mut s = daily(vec![summary(Take::Rate, 0.0, 9.0)]);
        let ln2 = std::f64::consts::LN_2;
        assert!((number(&follow(&s, 1, &[1, 2, 4, 8, 16, 32])[0].0) - ln2).abs() < 1e-12);
        assert_eq!(follow(&s, 1, &[7])[0].0, Value(None));
        s.observables[0].limit = Some(2.0);
        // As 2, 2, 4, 8: least squares of 0, 0, 1, 2 is 0.7 doublings a day.
        assert!((number(&follow(&s, 1, &[0, 1, 4, 8])[0].0) - 0.7 * ln2).abs() < 1e-12);
    }

    #[test]
    fn a_grade_counts_the_cuts_that_are_reached() {
        let grade = EndpointKind::Grade { of: EndpointId(1), cuts: vec![2.0, 5.0, 8.0] };
        let s = daily(vec![grade, summary(Take::Max, 0.0, 9.0)]);
        for (cells, expected) in [(&[1, 1][..], 0.0), (&[1, 2], 1.0), (&[7, 2], 2.0), (&[8, 2], 3.0)] {
            assert_eq!(number(&follow(&s, 1, cells)[0].0), expected);
        }
    }
}
