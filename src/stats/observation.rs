//! One follow-up: how long a subject was watched and whether the endpoint was reached.

use super::StatsError;

/// Time to the endpoint, or to the end of watching.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Observation {
    /// Time on the study, not negative; any unit, days in the tables.
    pub time: f64,
    /// `true`: the endpoint was reached at `time`; `false`: watching ended there (censored).
    pub event: bool,
}

impl Observation {
    /// The endpoint was reached at `time`.
    pub fn event(time: f64) -> Self {
        Self { time, event: true }
    }

    /// Watching ended at `time` without the endpoint.
    pub fn censored(time: f64) -> Self {
        Self { time, event: false }
    }
}

/// Refuse times that are not finite or negative.
pub(crate) fn checked(what: &'static str, observations: &[Observation]) -> Result<(), StatsError> {
    for (index, o) in observations.iter().enumerate() {
        if !o.time.is_finite() {
            return Err(StatsError::NotFinite { what, index, value: o.time });
        }
        if o.time < 0.0 {
            return Err(StatsError::Negative { what, index, value: o.time });
        }
    }
    Ok(())
}

#[cfg(test)]
pub(crate) mod data {
    //! Published data sets, typed as data.
    use super::Observation;

    fn mixed(events: &[(f64, bool)]) -> Vec<Observation> {
        events.iter().map(|&(time, event)| Observation { time, event }).collect()
    }

    /// Remission of leukemia in weeks under 6-MP (Freireich et al. 1963, Blood 21:699; Gehan 1965).
    pub(crate) fn six_mp() -> Vec<Observation> {
        let (y, n) = (true, false);
        mixed(&[
            (6.0, y),
            (6.0, y),
            (6.0, y),
            (6.0, n),
            (7.0, y),
            (9.0, n),
            (10.0, y),
            (10.0, n),
            (11.0, n),
            (13.0, y),
            (16.0, y),
            (17.0, n),
            (19.0, n),
            (20.0, n),
            (22.0, y),
            (23.0, y),
            (25.0, n),
            (32.0, n),
            (32.0, n),
            (34.0, n),
            (35.0, n),
        ])
    }

    /// The placebo arm of the same trial: every patient relapsed.
    pub(crate) fn placebo() -> Vec<Observation> {
        let weeks = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23];
        weeks.iter().map(|&w| Observation::event(f64::from(w))).collect()
    }

    /// Maintained arm of the AML maintenance trial (`survival::aml` of R).
    pub(crate) fn maintained() -> Vec<Observation> {
        let (y, n) = (true, false);
        mixed(&[
            (9.0, y),
            (13.0, y),
            (13.0, n),
            (18.0, y),
            (23.0, y),
            (28.0, n),
            (31.0, y),
            (34.0, y),
            (45.0, n),
            (48.0, y),
            (161.0, n),
        ])
    }

    /// Arm of the AML trial without maintenance.
    pub(crate) fn not_maintained() -> Vec<Observation> {
        let mut arm: Vec<_> = [5, 5, 8, 8, 12, 23, 27, 30, 33, 43, 45]
            .iter()
            .map(|&w| Observation::event(f64::from(w)))
            .collect();
        arm.push(Observation::censored(16.0));
        arm
    }
}
