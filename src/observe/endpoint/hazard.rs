//! A random event whose rate is bent by rules.

use super::super::Entry;
use super::super::tape::Tape;
use super::{DAY, Moment, Seen, Watcher};
use crate::engine::global;
use crate::math;
use crate::model::{Law, Signal, SignalId};
use crate::observe::observable::Look;
use crate::random::{Key, Purpose, Streams};
use crate::record::EndpointValue;

pub const ENTRY: Entry = Entry {
    name: "hazard",
    unit: "day",
    doc: "A random event at a rate that rules bend; it occurs when the accumulated hazard passes one \
          threshold per subject, replicate and endpoint, so that arms share luck.",
};

/// Occurs when the sum of rate times time passes -ln(1 - u), u keyed by subject, replicate and endpoint. The
/// rate is read at the start of each step and constant within it; the time of the event is exact for such a
/// rate.
pub struct Hazard {
    rate: Law,
    threshold: f64,
    accumulated: f64,
    /// Time and rate at the last look.
    last: Option<(f64, f64)>,
    event: Option<f64>,
}

impl Hazard {
    pub fn new(streams: Streams, purpose: Purpose, rate: &Law) -> Hazard {
        // The uniform can be 0 but not 1.
        let threshold = -math::ln_1p(-streams.uniform(Key(0), 0, purpose, 0));
        Hazard { rate: rate.clone(), threshold, accumulated: 0.0, last: None, event: None }
    }
}

impl Watcher for Hazard {
    fn see(&mut self, at: &mut Moment) {
        if !at.begun || self.event.is_some() {
            return;
        }
        let now = at.look.time;
        if let Some((time, rate)) = self.last {
            let passed = self.accumulated + rate * (now - time);
            if rate > 0.0 && passed >= self.threshold {
                let exact = time + (self.threshold - self.accumulated) / rate;
                self.event = Some(if exact < now { exact } else { now });
            }
            self.accumulated = passed;
        }
        let rate = self.rate.value(true, &mut |id| signal(at.look, id));
        self.last = Some((now, rate));
    }

    fn seen(&self) -> Seen {
        Seen { event: self.event, holds: self.event.is_some(), number: None }
    }

    fn keep(&mut self, tape: &mut Tape) {
        tape.keep(&mut self.accumulated);
        tape.keep(&mut self.last);
        tape.keep(&mut self.event);
        let fresh = self.threshold;
        tape.keep(&mut self.threshold);
        // Under another seed than before: what is left to accumulate has the same law whatever has been.
        if self.threshold.to_bits() != fresh.to_bits() {
            self.threshold = self.accumulated + fresh;
        }
    }

    fn value(&self, end: f64) -> EndpointValue {
        EndpointValue::Time { day: self.event.unwrap_or(end) / DAY, reached: self.event.is_some() }
    }
}

/// Value of a signal that exists for endpoints. An observable is read as it is now, not as it last entered
/// the state.
fn signal(look: &mut Look, id: SignalId) -> f64 {
    let setup = look.setup;
    match &setup.signals[id.index()] {
        Signal::Observable(o) => look.value(*o),
        other => global(setup, look.state, other),
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{CELLS, daily, follow};
    use crate::model::{Condition, EndpointKind, Law, Response, Setup, Signal, SignalId, Term};
    use crate::record::EndpointValue::Time;

    const RATE: f64 = 0.3 / 1440.0;

    fn law(base: f64, above: Option<(f64, f64)>) -> Law {
        let term = |(above, target)| Term {
            rule: "r".into(),
            all: vec![Condition { signal: SignalId(0), response: Response::Above { above } }],
            any: vec![],
            none: vec![],
            target,
            live: true,
            dead: false,
        };
        Law { base, increase: above.map(term).into_iter().collect(), ..Law::default() }
    }

    fn with(law: Law) -> Setup {
        let mut s = daily(vec![EndpointKind::Hazard { rate: law }]);
        s.signals.push(Signal::Observable(CELLS));
        s
    }

    #[test]
    fn times_at_a_constant_rate_are_exponential_to_the_minute() {
        let s = with(law(RATE, None));
        let days: Vec<f64> = (0..400)
            .map(|seed| match follow(&s, seed, &[1; 60])[0].0 {
                Time { day, reached: true } => day,
                ref other => panic!("{other:?}"),
            })
            .collect();
        // Mean 1 / 0.3, standard error mean / 20; the share before the mean is 1 - 1/e.
        let mean = days.iter().sum::<f64>() / 400.0;
        assert!((mean - 1.0 / 0.3).abs() < 4.0 / 0.3 / 20.0, "{mean}");
        let early = days.iter().filter(|d| **d < 1.0 / 0.3).count() as f64 / 400.0;
        assert!((early - 0.632).abs() < 0.1, "{early}");
        assert!(days.iter().any(|d| d.fract() != 0.0));
    }

    #[test]
    fn a_rule_brings_the_same_threshold_forward() {
        // Rate doubled from day 2 on: t = 2 + (T - 2) / 2 for those later than day 2.
        let plain = with(law(RATE, None));
        let bent = with(law(RATE, Some((4.5, 2.0 * RATE))));
        let cells: Vec<usize> = (0..60).map(|n| if n < 2 { 1 } else { 9 }).collect();
        let mut late = 0;
        for seed in 0..20 {
            let Time { day: before, reached: true } = follow(&plain, seed, &cells)[0].0 else { panic!() };
            let Time { day: after, reached: true } = follow(&bent, seed, &cells)[0].0 else { panic!() };
            let expected = if before > 2.0 { 2.0 + (before - 2.0) / 2.0 } else { before };
            assert!((after - expected).abs() < 1e-9, "{before} {after}");
            late += usize::from(before > 2.0);
        }
        assert!(late > 0 && late < 20);
    }

    #[test]
    fn without_hazard_nothing_happens() {
        assert_eq!(follow(&with(law(0.0, None)), 1, &[1; 9])[0], (Time { day: 8.0, reached: false }, None));
    }
}
