//! A measurement of the truth: scaled, delayed, noisy, bounded.

use super::super::Entry;
use super::Look;
use crate::math;
use crate::model::{Measure, Observable, ObservableId, Reading};
use crate::random::{Key, Purpose, normal_quantile};
use serde::{Deserialize, Serialize};

pub const ENTRY: Entry = Entry {
    name: "reading",
    unit: "",
    doc: "An instrument: sum of slope times observable plus offset, first-order lag, proportional and \
          constant noise, floor and detection bounds.",
};

/// Microseconds per minute.
const MICROSECONDS: f64 = 6e7;

/// State of the first-order lag `dy/dt = (x - y) / lag`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Lag {
    time: f64,
    input: f64,
    output: f64,
}

/// Without noise, floor and bounds: `y = sum slope_i o_i + offset`, lagged. The lag starts in balance and is
/// exact for an input that is straight between looks.
pub fn value(look: &mut Look, id: ObservableId, model: &Reading) -> f64 {
    let mut input = model.offset;
    for (of, slope) in &model.terms {
        input += slope * look.value(*of);
    }
    if model.lag <= 0.0 {
        return input;
    }
    let output = match look.memory.lags[id.index()] {
        Some(last) if last.time >= look.time => last.output,
        Some(last) if last.output.is_finite() && input.is_finite() => {
            let dt = look.time - last.time;
            let behind = (input - last.input) / dt * model.lag;
            input - behind + (last.output - last.input + behind) * math::exp(-dt / model.lag)
        }
        _ => input,
    };
    look.memory.lags[id.index()] = Some(Lag { time: look.time, input, output });
    output
}

/// Column of series.csv that says whether the values of an observable are censored; none where they cannot be.
pub fn censored_column(of: &Observable) -> Option<String> {
    match &of.measure {
        Measure::Reading(Reading { detect: Some(_), .. }) => Some(format!("{}_censored", of.id)),
        _ => None,
    }
}

/// What the instrument shows, and whether the truth lay beyond what it can show.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shown {
    pub value: f64,
    /// -1: below the detectable range, 1: above it; the value is then the end of the range. Else 0.
    pub beyond: i8,
}

/// With noise `y (1 + cv z1) + sd z2`, not below the floor, and censored at the nearer end of the detectable range. The z
/// are keyed by subject, observable and microsecond from day 0: arms share them, and so do runs whose clocks start or
/// step differently.
pub fn seen(look: &mut Look, id: ObservableId, model: &Reading) -> Shown {
    let mut y = look.value(id);
    let setup = look.setup;
    if model.cv > 0.0 || model.sd > 0.0 {
        let purpose = Purpose::of(&format!("observable.{}", setup.observables[id.index()].id));
        // Times are sums of steps: rounding them to a whole number makes equal times equal keys.
        let time = Key((look.time * MICROSECONDS).round() as i64 as u64);
        let z = |sub| {
            let u = look.memory.streams.uniform(time, 0, purpose, sub);
            normal_quantile(if u > 0.0 { u } else { f64::EPSILON / 4.0 })
        };
        y = y * (1.0 + model.cv * z(0)) + model.sd * z(1);
    }
    if let Some(floor) = model.floor
        && y < floor
    {
        y = floor;
    }
    match model.detect {
        Some([low, _]) if y < low => Shown { value: low, beyond: -1 },
        Some([_, high]) if y > high => Shown { value: high, beyond: 1 },
        _ => Shown { value: y, beyond: 0 },
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Look, Memory};
    use crate::engine::State;
    use crate::engine::fixture::put;
    use crate::model::fixture::{TUMOR, count, observe, setup};
    use crate::model::{Measure, Reading};
    use crate::random::Streams;

    const PLAIN: Reading =
        Reading { terms: vec![], offset: 0.0, lag: 0.0, cv: 0.0, sd: 0.0, floor: None, detect: None };

    #[test]
    fn slope_offset_floor_and_bounds() {
        let mut s = setup(3, 3);
        let cells = count(&mut s, "cells", TUMOR);
        let plain = Reading { terms: vec![(cells, 2.0)], offset: 1.0, ..PLAIN };
        let y = observe(&mut s, "y", Measure::Reading(plain.clone()));
        let floor = observe(&mut s, "f", Measure::Reading(Reading { floor: Some(9.0), ..plain.clone() }));
        let detect = observe(&mut s, "d", Measure::Reading(Reading { detect: Some([2.0, 4.0]), ..plain }));
        let mut state = State::new(&s);
        let mut memory = Memory::new(&s, Streams { seed: 1 });
        let mut look = Look::new(&s, &state, &mut memory);
        assert_eq!([y, floor, detect].map(|o| look.seen(o)), [1.0, 9.0, 2.0]);
        assert_eq!([y, floor, detect].map(|o| look.beyond(o)), [0, 0, -1]);
        for site in 0..3 {
            put(&s, &mut state, TUMOR, site, &[]);
        }
        let mut look = Look::new(&s, &state, &mut memory);
        assert_eq!([y, floor, detect].map(|o| look.seen(o)), [7.0, 9.0, 4.0]);
        assert_eq!([y, floor, detect].map(|o| look.beyond(o)), [0, 0, 1]);
        // Rules read the truth.
        assert_eq!([y, floor, detect].map(|o| look.value(o)), [7.0, 7.0, 7.0]);
    }

    #[test]
    fn the_lag_follows_a_ramp_exactly() {
        let mut s = setup(10, 10);
        let cells = count(&mut s, "cells", TUMOR);
        let y =
            observe(&mut s, "y", Measure::Reading(Reading { terms: vec![(cells, 1.0)], lag: 60.0, ..PLAIN }));
        let mut state = State::new(&s);
        let mut memory = Memory::new(&s, Streams { seed: 1 });
        for n in 0..50u32 {
            state.step = n;
            let mut look = Look::new(&s, &state, &mut memory);
            // x = t / 30; y = (t - tau (1 - exp(-t / tau))) / 30.
            let t = f64::from(n) * 30.0;
            let exact = (t - 60.0 * (1.0 - (-t / 60.0).exp())) / 30.0;
            assert!((look.seen(y) - exact).abs() < 1e-12 * (1.0 + exact));
            // Looking twice at the same time changes nothing.
            assert!((look.seen(y) - exact).abs() < 1e-12 * (1.0 + exact));
            put(&s, &mut state, TUMOR, n as usize, &[]);
        }
    }

    #[test]
    fn noise_is_shared_by_seed_and_time_and_has_its_size() {
        let mut s = setup(3, 3);
        let noisy = Reading { offset: 100.0, cv: 0.1, sd: 5.0, ..PLAIN };
        let y = observe(&mut s, "y", Measure::Reading(noisy));
        let mut state = State::new(&s);
        let mut see = |seed, step| {
            state.step = step;
            let mut memory = Memory::new(&s, Streams { seed });
            Look::new(&s, &state, &mut memory).seen(y)
        };
        assert_eq!(see(1, 4), see(1, 4));
        assert_ne!(see(1, 4), see(1, 5));
        assert_ne!(see(1, 4), see(2, 4));
        let values: Vec<f64> = (0..4000).map(|n| see(3, n)).collect();
        let mean = values.iter().sum::<f64>() / 4000.0;
        let sd = (values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / 3999.0).sqrt();
        // sqrt(10^2 + 5^2) = 11.18; standard errors 0.18 and 0.125: four of them.
        assert!((mean - 100.0).abs() < 0.72, "{mean}");
        assert!((sd - 125f64.sqrt()).abs() < 0.5, "{sd}");
    }

    #[test]
    fn two_looks_within_a_minute_have_their_own_noise_and_equal_days_share_it() {
        let noisy = Reading { offset: 100.0, sd: 5.0, ..PLAIN };
        let see = |start: f64, step: f64, n: u32| {
            let mut s = setup(3, 3);
            (s.clock.start, s.clock.step) = (start, step);
            let y = observe(&mut s, "y", Measure::Reading(noisy.clone()));
            let mut state = State::new(&s);
            state.step = n;
            Look::new(&s, &state, &mut Memory::new(&s, Streams { seed: 1 })).seen(y)
        };
        // Steps of 6 seconds.
        let within: Vec<f64> = (0..10).map(|n| see(0.0, 0.1, n)).collect();
        assert!((0..10).all(|i| (0..i).all(|j| within[i] != within[j])));
        // Day 1, by clocks with other starts and steps (144 steps of 0.1 h do not add up exactly).
        assert_eq!(see(0.0, 30.0, 48), see(-1440.0, 0.1, 28_800));
        assert_eq!(see(0.0, 30.0, 48), see(-60.0, 60.0, 25));
    }
}
