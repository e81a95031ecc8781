//! The earliest of several events.

use super::super::Entry;
use super::super::tape::Tape;
use super::{DAY, Moment, Seen, Watcher};
use crate::model::EndpointId;
use crate::record::EndpointValue;

pub const ENTRY: Entry = Entry {
    name: "first",
    unit: "day",
    doc: "Earliest event of the named endpoints; of one with visits the first visit with it.",
};

pub struct First {
    of: Vec<EndpointId>,
    event: Option<f64>,
}

impl First {
    pub fn new(of: &[EndpointId]) -> First {
        First { of: of.to_vec(), event: None }
    }
}

impl Watcher for First {
    fn see(&mut self, at: &mut Moment) {
        if self.event.is_none() {
            self.event = self
                .of
                .iter()
                .filter_map(|e| at.others[e.index()].event)
                .reduce(|a, b| if b < a { b } else { a });
        }
    }

    fn seen(&self) -> Seen {
        Seen { event: self.event, holds: self.event.is_some(), number: None }
    }

    fn keep(&mut self, tape: &mut Tape) {
        tape.keep(&mut self.event);
    }

    fn value(&self, end: f64) -> EndpointValue {
        EndpointValue::Time { day: self.event.unwrap_or(end) / DAY, reached: self.event.is_some() }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{CELLS, daily, follow};
    use crate::model::{EndpointId, EndpointKind, Watched};
    use crate::record::EndpointValue::Time;

    fn above(threshold: f64) -> EndpointKind {
        let watch = Watched { observable: CELLS, visits: None, after: None };
        EndpointKind::Cross { watch, above: true, threshold, for_: 0.0 }
    }

    #[test]
    fn first_and_all_whatever_their_order_in_the_setup() {
        let below = EndpointKind::Cross {
            watch: Watched { observable: CELLS, visits: None, after: None },
            above: false,
            threshold: 6.0,
            for_: 0.0,
        };
        let s = daily(vec![
            EndpointKind::First { of: vec![EndpointId(2), EndpointId(3)] },
            EndpointKind::All { of: vec![EndpointId(2), EndpointId(4)], for_: 1440.0 },
            above(2.0),
            above(7.0),
            below,
            EndpointKind::First { of: vec![EndpointId(3), EndpointId(1)] },
        ]);
        let got = follow(&s, 1, &[1, 2, 3, 8, 4, 4, 9]);
        assert_eq!(got[0], (Time { day: 2.0, reached: true }, Some(2)));
        // Between 2 and 6 on day 2 alone, then from day 4 to 5: held for a day from day 4.
        assert_eq!(got[1], (Time { day: 4.0, reached: true }, Some(5)));
        assert_eq!(got[5], (Time { day: 3.0, reached: true }, Some(3)));
    }
}
