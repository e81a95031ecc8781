//! When: whether a place, removal or dose falls due in the coming step.

use super::State;
use crate::model::{Event, Setup, Trigger};

/// Whether a trigger that has fired `fired` times (last at `last`) fires (again) in the step that begins now.
/// A time belongs to the step that contains it; times before the clock's start never fire.
pub fn due(setup: &Setup, state: &State, trigger: &Trigger, fired: u32, last: Option<f64>) -> bool {
    let now = state.time(setup);
    // Half a microsecond of tolerance: times are sums of steps.
    let (begin, end) = (now - 1e-8 * setup.clock.step, now + setup.clock.step * (1.0 - 1e-8));
    let within = |t: f64| t >= begin && t < end;
    match trigger {
        Trigger::At(times) => {
            // Times before the start are passed over; the rest fire in order.
            let start = setup.clock.start - 1e-8 * setup.clock.step;
            times.iter().filter(|t| **t >= start).nth(fired as usize).is_some_and(|t| within(*t))
        }
        Trigger::Every { every, from, times } => {
            times.is_none_or(|n| fired < n) && {
                let first = if *from > setup.clock.start {
                    *from
                } else {
                    let missed = ((setup.clock.start - from) / every).ceil();
                    from + missed * every
                };
                within(first + f64::from(fired) * every)
            }
        }
        Trigger::After { event, delay } => {
            fired == 0 && happened(state, *event).is_some_and(|t| t + delay < end)
        }
        Trigger::When { observable, above, threshold, every, delay, times } => {
            if fired >= *times || last.is_some_and(|l| now < l + every + delay) {
                return false;
            }
            // Looked at every `every` from the start on; the delay waits for the crossing seen at the last look.
            let value = state.observed[observable.index()];
            let since = now - delay - setup.clock.start;
            let looks = every <= &0.0 || {
                let phase = since - (since / every).floor() * every;
                phase < setup.clock.step * (1.0 - 1e-8)
            };
            looks && if *above { value > *threshold } else { value < *threshold }
        }
    }
}

fn happened(state: &State, event: Event) -> Option<f64> {
    match event {
        Event::Dose(d) => state.dosed[d.index()],
        Event::Removal(r) => state.removed[r.index()],
        Event::Endpoint(e) => state.reached[e.index()],
    }
}
