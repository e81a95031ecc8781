//! A condition over time: when it first held, for long enough, and since when it holds.

use super::super::tape::Tape;
use super::{DAY, Seen};
use crate::record::EndpointValue;

/// Follows a condition. The event is the first time from which it held for `sustained` minutes without a
/// break; it is known only once that time has passed.
pub struct Onset {
    sustained: f64,
    since: Option<f64>,
    holds: bool,
    event: Option<f64>,
    /// Last look at which the condition did not hold: before the event, and of all.
    before_event: Option<f64>,
    last_without: Option<f64>,
}

impl Onset {
    pub fn new(sustained: f64) -> Onset {
        Onset { sustained, since: None, holds: false, event: None, before_event: None, last_without: None }
    }

    pub fn note(&mut self, time: f64, condition: bool) {
        if !condition {
            self.since = None;
            self.holds = false;
            self.last_without = Some(time);
            return;
        }
        let since = *self.since.get_or_insert(time);
        // Times are sums of steps.
        self.holds = time - since >= self.sustained * (1.0 - 1e-9);
        if self.holds && self.event.is_none() {
            self.event = Some(since);
            self.before_event = self.last_without;
        }
    }

    pub fn keep(&mut self, tape: &mut Tape) {
        tape.keep(&mut self.since);
        tape.keep(&mut self.holds);
        tape.keep(&mut self.event);
        tape.keep(&mut self.before_event);
        tape.keep(&mut self.last_without);
    }

    pub fn seen(&self) -> Seen {
        Seen { event: self.event, holds: self.holds, number: None }
    }

    /// Day of the event, or the end of follow-up.
    pub fn time(&self, end: f64) -> EndpointValue {
        EndpointValue::Time { day: self.event.unwrap_or(end) / DAY, reached: self.event.is_some() }
    }

    /// Between the last visit without the event and the first with it; `begin` stands in before the first
    /// visit.
    pub fn visit(&self, begin: f64) -> EndpointValue {
        match self.event {
            Some(event) => EndpointValue::Visit {
                after_day: self.before_event.unwrap_or(begin) / DAY,
                day: event / DAY,
                reached: true,
            },
            None => {
                let last = self.last_without.unwrap_or(begin) / DAY;
                EndpointValue::Visit { after_day: last, day: last, reached: false }
            }
        }
    }
}
