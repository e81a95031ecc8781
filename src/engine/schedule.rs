//! When: the one idea of it, for places, removals and doses as for visits and snapshots.

use super::State;
use super::columns::Columns;
use crate::model::{Clock, Event, ObservableId, Trigger};
use serde::{Deserialize, Serialize};

/// Tolerance for times that are sums of steps, as a share of the step.
const SLACK: f64 = 1e-8;

/// Follows one trigger: how often it has fired, and what a `when` waits for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Follower {
    pub fired: u32,
    /// `when`: the next time to compare, min.
    next: Option<f64>,
    /// `when`: the value has passed the threshold, and the delay runs until this time, min.
    pending: Option<f64>,
}

/// What a trigger may ask about the world.
pub trait Seen {
    /// Last value of an observable as somebody who measures sees it.
    fn value(&mut self, observable: ObservableId) -> f64;
    /// When something last (doses, removals) or first (endpoints) happened, min.
    fn happened(&self, event: Event) -> Option<f64>;
}

impl Follower {
    /// How often the trigger falls due in the step that begins `now`. A time belongs to the step that contains it;
    /// times before the start of the clock never fire.
    pub fn in_step(&mut self, trigger: &Trigger, clock: &Clock, now: f64, seen: &mut dyn Seen) -> u32 {
        self.until(trigger, clock, now, now + clock.step * (1.0 - SLACK), seen)
    }

    /// Whether the trigger has fallen due by a look at the time `now`, since the look before.
    pub fn by_now(&mut self, trigger: &Trigger, clock: &Clock, now: f64, seen: &mut dyn Seen) -> bool {
        self.until(trigger, clock, now, now + clock.step * SLACK, seen) > 0
    }

    fn until(&mut self, trigger: &Trigger, clock: &Clock, now: f64, end: f64, seen: &mut dyn Seen) -> u32 {
        let start = clock.start - SLACK * clock.step;
        let before = self.fired;
        match trigger {
            Trigger::At(times) => {
                self.fired = times.iter().filter(|t| **t >= start && **t < end).count() as u32;
            }
            Trigger::Every { every, from, times } => {
                let first = if *from < start && *every > 0.0 {
                    from + ((start - from) / every).ceil() * every
                } else {
                    *from
                };
                // Multiples, not sums: an interval of a third of a day does not drift. An interval of zero is due once.
                while first + f64::from(self.fired) * every < end
                    && times.is_none_or(|n| self.fired < n)
                    && (*every > 0.0 || self.fired == 0)
                {
                    self.fired += 1;
                }
            }
            Trigger::After { event, delay } => {
                if self.fired == 0 && seen.happened(*event).is_some_and(|t| t + delay < end) {
                    self.fired = 1;
                }
            }
            Trigger::When { observable, above, threshold, every, delay, times } => {
                let slack = SLACK * clock.step;
                let look = self.next.is_none_or(|t| t <= now + slack);
                if self.pending.is_none() && self.fired < *times && look {
                    let value = seen.value(*observable);
                    self.next = Some(now + every);
                    if if *above { value > *threshold } else { value < *threshold } {
                        self.pending = Some(now + delay);
                    }
                }
                if self.pending.is_some_and(|t| t < end) {
                    self.pending = None;
                    self.fired += 1;
                }
            }
        }
        // Fewer than before where the trigger was another one when the run was last taken up.
        self.fired.saturating_sub(before)
    }

    pub(super) fn visit(&self, name: &str, columns: &mut dyn Columns) {
        let time = |t: Option<f64>| t.unwrap_or(f64::INFINITY).to_le_bytes();
        let bytes = self.fired.to_le_bytes().into_iter().chain(time(self.next)).chain(time(self.pending));
        columns.column(name, &mut bytes.into_iter());
    }
}

/// A state answers from what the last watch wrote into it.
pub struct Remembered<'a>(pub &'a State);

impl Seen for Remembered<'_> {
    fn value(&mut self, observable: ObservableId) -> f64 {
        self.0.measured[observable.index()]
    }

    fn happened(&self, event: Event) -> Option<f64> {
        self.0.happened(event)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::EndpointId;

    /// Steps of 30 min from -60 min on; the value is above 1.5 from the look at 120 min on, the endpoint is at 90 min.
    struct World(f64);
    impl Seen for World {
        fn value(&mut self, _: ObservableId) -> f64 {
            if self.0 >= 120.0 { 2.0 } else { 1.0 }
        }
        fn happened(&self, _: Event) -> Option<f64> {
            (self.0 >= 90.0).then_some(90.0)
        }
    }

    fn follow(trigger: &Trigger, step: bool) -> Vec<(u32, u32)> {
        let clock = Clock { start: -60.0, end: 600.0, step: 30.0, pool_steps: 1 };
        let mut follower = Follower::default();
        (0..20u32)
            .filter_map(|n| {
                let now = clock.time(n);
                let fired = if step {
                    follower.in_step(trigger, &clock, now, &mut World(now))
                } else {
                    u32::from(follower.by_now(trigger, &clock, now, &mut World(now)))
                };
                (fired > 0).then_some((n, fired))
            })
            .collect()
    }

    fn looks(trigger: Trigger) -> Vec<u32> {
        follow(&trigger, false).into_iter().map(|f| f.0).collect()
    }

    #[test]
    fn lists_intervals_and_delays() {
        // -100 lies before the start; 45 falls between two looks and is due at the second.
        let list = Trigger::At(vec![45.0, 0.0, -100.0, 480.0]);
        assert_eq!(looks(list.clone()), [2, 4, 18]);
        // In steps it belongs to the step that contains it; two times in one step are two firings.
        assert_eq!(follow(&list, true), [(2, 1), (3, 1), (18, 1)]);
        assert_eq!(follow(&Trigger::At(vec![31.0, 59.0, 60.0]), true), [(3, 2), (4, 1)]);
        let every = |every, from, times| Trigger::Every { every, from, times };
        assert_eq!(looks(every(120.0, -1000.0, None)), [1, 5, 9, 13, 17]);
        assert_eq!(looks(every(120.0, 0.0, Some(2))), [2, 6]);
        assert_eq!(follow(&every(15.0, 0.0, Some(3)), true), [(2, 2), (3, 1)]);
        let after = Trigger::After { event: Event::Endpoint(EndpointId(0)), delay: 60.0 };
        assert_eq!(looks(after), [7]);
    }

    #[test]
    fn a_crossing_fires_after_its_delay_as_often_as_allowed() {
        let when = |every, delay, times| Trigger::When {
            observable: ObservableId(0),
            above: true,
            threshold: 1.5,
            every,
            delay,
            times,
        };
        for step in [false, true] {
            let at = |t| follow(&t, step).into_iter().map(|f| f.0).collect::<Vec<_>>();
            assert_eq!(at(when(0.0, 0.0, 1)), [6]);
            assert_eq!(at(when(0.0, 0.0, 3)), [6, 7, 8]);
            assert_eq!(at(when(0.0, 60.0, 1)), [8]);
            // Looks at 60 min, then every two hours.
            assert_eq!(at(when(120.0, 0.0, 2)), [8, 12]);
            assert_eq!(at(when(120.0, 60.0, 2)), [10, 14]);
        }
    }
}
