//! When somebody looks: visits of endpoints and snapshots.

use super::observable::Look;
use crate::model::{Event, Setup, Trigger};

/// Follows one trigger through the looks of a run. A look at or after the time it names is due, once.
pub struct Visits {
    trigger: Trigger,
    /// How many have been due.
    fired: u32,
    /// `Every`: the first one at or after the start. `When`: the next time to compare.
    next: f64,
    /// `When`: the value has passed the threshold and the delay is running.
    pending: Option<f64>,
    /// Tolerance for times that are sums of steps.
    slack: f64,
}

impl Visits {
    /// Times before the start of the clock are passed over.
    pub fn new(setup: &Setup, trigger: &Trigger) -> Visits {
        let slack = 1e-8 * setup.clock.step;
        let start = setup.clock.start;
        let mut trigger = trigger.clone();
        let next = match &mut trigger {
            Trigger::At(times) => {
                times.retain(|t| *t >= start - slack);
                times.sort_unstable_by(f64::total_cmp);
                start
            }
            Trigger::Every { every, from, .. } if *from < start - slack && *every > 0.0 => {
                *from + ((start - slack - *from) / *every).ceil() * *every
            }
            Trigger::Every { from, .. } => *from,
            Trigger::After { .. } | Trigger::When { .. } => start,
        };
        Visits { trigger, fired: 0, next, pending: None, slack }
    }

    /// Whether this look is one of the visits. To be asked at every look, once.
    pub fn due(&mut self, look: &mut Look) -> bool {
        let now = look.time + self.slack;
        let before = self.fired;
        match &self.trigger {
            Trigger::At(times) => {
                while times.get(self.fired as usize).is_some_and(|t| *t <= now) {
                    self.fired += 1;
                }
            }
            Trigger::Every { every, times, .. } => {
                // Multiples, not sums: an interval of a third of a day does not drift. An interval of zero is
                // due once.
                while self.next + f64::from(self.fired) * every <= now
                    && times.is_none_or(|n| self.fired < n)
                    && (*every > 0.0 || self.fired == 0)
                {
                    self.fired += 1;
                }
            }
            Trigger::After { event, delay } => {
                if self.fired == 0 && happened(look, *event).is_some_and(|t| t + delay <= now) {
                    self.fired = 1;
                }
            }
            Trigger::When { observable, above, threshold, every, delay, times } => {
                if self.pending.is_none() && self.fired < *times && self.next <= now {
                    let value = look.seen(*observable);
                    self.next = look.time + every;
                    if if *above { value > *threshold } else { value < *threshold } {
                        self.pending = Some(look.time + delay);
                    }
                }
                if self.pending.is_some_and(|t| t <= now) {
                    self.pending = None;
                    self.fired += 1;
                }
            }
        }
        self.fired > before
    }
}

fn happened(look: &Look, event: Event) -> Option<f64> {
    match event {
        Event::Dose(d) => look.state.dosed[d.index()],
        Event::Removal(r) => look.state.removed[r.index()],
        Event::Endpoint(e) => look.state.reached[e.index()],
    }
}

#[cfg(test)]
mod tests {
    use super::super::observable::Memory;
    use super::*;
    use crate::engine::State;
    use crate::engine::fixture::put;
    use crate::model::EndpointId;
    use crate::model::EndpointKind;
    use crate::model::fixture::{TUMOR, count, endpoint, setup};
    use crate::random::Streams;

    /// Steps (of 30 min) at which the trigger is due; one tumor cell appears in every third step, day 0 is
    /// step 2.
    fn due(trigger: impl Fn(crate::model::ObservableId, EndpointId) -> Trigger) -> Vec<u32> {
        let mut s = setup(5, 5);
        s.clock.start = -60.0;
        let cells = count(&mut s, "cells", TUMOR);
        let reached = endpoint(&mut s, "e", EndpointKind::First { of: vec![] });
        let mut state = State::new(&s);
        let mut memory = Memory::new(&s, Streams { seed: 1 });
        let mut visits = Visits::new(&s, &trigger(cells, reached));
        let mut out = Vec::new();
        for n in 0..20u32 {
            state.step = n;
            if n > 0 && n % 3 == 0 {
                put(&s, &mut state, TUMOR, n as usize, &[]);
            }
            state.reached[0] = (n >= 5).then_some(90.0);
            if visits.due(&mut Look::new(&s, &state, &mut memory)) {
                out.push(n);
            }
        }
        out
    }

    #[test]
    fn lists_intervals_and_delays() {
        // -100 lies before the start; 45 falls between two looks and is due at the second.
        assert_eq!(due(|_, _| Trigger::At(vec![45.0, 0.0, -100.0, 480.0])), [2, 4, 18]);
        assert_eq!(
            due(|_, _| Trigger::Every { every: 120.0, from: -1000.0, times: None }),
            [1, 5, 9, 13, 17]
        );
        assert_eq!(due(|_, _| Trigger::Every { every: 120.0, from: 0.0, times: Some(2) }), [2, 6]);
        assert_eq!(due(|_, e| Trigger::After { event: Event::Endpoint(e), delay: 60.0 }), [7]);
    }

    #[test]
    fn a_crossing_fires_after_its_delay_as_often_as_allowed() {
        let when = |every, delay, times| {
            due(move |observable, _| Trigger::When {
                observable,
                above: true,
                threshold: 1.5,
                every,
                delay,
                times,
            })
        };
        // Two cells from step 6 on.
        assert_eq!(when(0.0, 0.0, 1), [6]);
        assert_eq!(when(0.0, 0.0, 3), [6, 7, 8]);
        assert_eq!(when(0.0, 60.0, 1), [8]);
        assert_eq!(when(120.0, 0.0, 2), [8, 12]);
    }
}
