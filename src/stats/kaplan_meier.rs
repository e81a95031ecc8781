//! Kaplan-Meier estimate of survival with its bands and its median.

use super::observation::checked;
use super::{Observation, StatsError, tails::two_sided_z};
use crate::math;

/// Two survival levels closer than this count as equal (the products of fractions round).
const SAME_LEVEL: f64 = 1.5e-8;

/// The state of the curve at one distinct time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KmRow {
    pub time: f64,
    /// Subjects still watched and free of the endpoint just before `time`.
    pub at_risk: usize,
    pub events: usize,
    pub censored: usize,
    /// `S(t)` after the events at `time`.
    pub survival: f64,
    /// Greenwood's standard error of `S(t)`; `None` where `S` is 0 (the formula divides by zero).
    pub std_error: Option<f64>,
    /// Log-log band; `None` where `S` is 0, both ends 1 where `S` is 1.
    pub lower: Option<f64>,
    pub upper: Option<f64>,
}

/// A survival curve; rows stand at the distinct times of events and censorings, ascending.
#[derive(Debug, Clone, PartialEq)]
pub struct KaplanMeier {
    pub rows: Vec<KmRow>,
    pub subjects: usize,
}

impl KaplanMeier {
    /// Fit `S(t) = prod_{t_i <= t} (1 - d_i / n_i)`.
    ///
    /// At equal times events come before censorings, so a subject censored at `t` is at risk there. Standard error
    /// by Greenwood, `S sqrt(sum d / (n (n - d)))`; band on the log-log scale,
    /// `S^exp(-+ z se / (S ln S))`, which stays within [0, 1] (Kalbfleisch and Prentice 1980).
    pub fn fit(observations: &[Observation], level: f64) -> Result<Self, StatsError> {
        if observations.is_empty() {
            return Err(StatsError::TooFew { what: "Kaplan-Meier", needed: 1, given: 0 });
        }
        checked("Kaplan-Meier", observations)?;
        let z = two_sided_z(level)?;
        let mut ordered = observations.to_vec();
        ordered.sort_by(|a, b| a.time.total_cmp(&b.time));
        let (mut at_risk, mut survival, mut greenwood) = (ordered.len(), 1.0, 0.0);
        let mut rows = Vec::new();
        for tied in ordered.chunk_by(|a, b| a.time == b.time) {
            let events = tied.iter().filter(|o| o.event).count();
            let (n, d) = (at_risk as f64, events as f64);
            survival *= (n - d) / n;
            greenwood += if events < at_risk { d / (n * (n - d)) } else { 0.0 };
            let (lower, upper) = log_log_band(survival, greenwood, z);
            let std_error = (survival > 0.0).then(|| survival * greenwood.sqrt());
            let censored = tied.len() - events;
            let time = tied[0].time;
            rows.push(KmRow { time, at_risk, events, censored, survival, std_error, lower, upper });
            at_risk -= tied.len();
        }
        Ok(Self { rows, subjects: observations.len() })
    }

    /// `S(t)`; 1 before the first row.
    pub fn survival_at(&self, time: f64) -> f64 {
        self.row_at(time).map_or(1.0, |row| row.survival)
    }

    /// The last row at or before `time`.
    pub fn row_at(&self, time: f64) -> Option<&KmRow> {
        self.rows[..self.rows.partition_point(|row| row.time <= time)].last()
    }

    /// Numbers at risk just before each of `times` (subjects whose own time is at least that).
    pub fn at_risk(&self, times: &[f64]) -> Vec<usize> {
        times
            .iter()
            .map(|&t| {
                let next = self.rows.partition_point(|row| row.time < t);
                self.rows.get(next).map_or(0, |row| row.at_risk)
            })
            .collect()
    }

    /// Median survival: the first time at which `S <= 1/2`, the middle of the step where `S` equals 1/2 on it
    /// (the convention of R). `None` when the curve stays above 1/2.
    pub fn median(&self) -> Option<f64> {
        crossing(self.rows.iter().map(|row| (row.time, Some(row.survival))))
    }

    /// Interval of the median by the log-log band (Brookmeyer and Crowley 1982): the times at which the lower and
    /// the upper band fall to 1/2; `None` for an end that the data do not reach.
    pub fn median_interval(&self) -> (Option<f64>, Option<f64>) {
        (
            crossing(self.rows.iter().map(|row| (row.time, row.lower))),
            crossing(self.rows.iter().map(|row| (row.time, row.upper))),
        )
    }
}

fn log_log_band(survival: f64, greenwood: f64, z: f64) -> (Option<f64>, Option<f64>) {
    if survival <= 0.0 {
        return (None, None);
    }
    if survival >= 1.0 {
        return (Some(1.0), Some(1.0));
    }
    let log = math::ln(survival);
    // se(S) / (S |ln S|) is the standard error of ln(-ln S).
    let width = z * greenwood.sqrt() / -log;
    let bound = |shift: f64| math::exp(log * math::exp(shift));
    (Some(bound(width)), Some(bound(-width)))
}

/// First time at which a falling curve is at or below 1/2, averaged with the next fall where it equals 1/2.
fn crossing(curve: impl Iterator<Item = (f64, Option<f64>)>) -> Option<f64> {
    let mut low = curve.filter_map(|(t, s)| s.map(|s| (t, s))).filter(|&(_, s)| s < 0.5 + SAME_LEVEL);
    let (time, level) = low.next()?;
    if (level - 0.5).abs() < SAME_LEVEL
        && let Some((next, _)) = low.find(|&(_, s)| s < level - SAME_LEVEL)
    {
        return Some(0.5 * (time + next));
    }
    Some(time)
}

#[cfg(test)]
mod tests {
    use super::super::observation::data::{maintained, not_maintained, placebo, six_mp};
    use super::*;

    fn close(a: f64, b: f64) {
        assert!((a - b).abs() <= 1e-10 * b.abs().max(1e-300), "{a} against {b}");
    }

    #[test]
    fn six_mp_agrees_with_r() {
        let km = KaplanMeier::fit(&six_mp(), 0.95).unwrap();
        let expected = [
            (6.0, 21, 3, 0.8571428571428571, 0.0763603548321213),
            (7.0, 17, 1, 0.8067226890756302, 0.0869352851800572),
            (10.0, 15, 1, 0.7529411764705881, 0.0963496529943205),
            (13.0, 12, 1, 0.6901960784313724, 0.1068147077750098),
            (16.0, 11, 1, 0.6274509803921567, 0.1140538652567525),
            (22.0, 7, 1, 0.53781512605042, 0.128233751693034),
            (23.0, 6, 1, 0.4481792717086834, 0.1345914567557604),
        ];
        let events: Vec<_> = km.rows.iter().filter(|row| row.events > 0).collect();
        assert_eq!(events.len(), expected.len());
        for (row, (time, at_risk, d, s, se)) in events.iter().zip(expected) {
            assert_eq!((row.time, row.at_risk, row.events), (time, at_risk, d));
            close(row.survival, s);
            close(row.std_error.unwrap(), se);
        }
        let ten = km.row_at(10.0).unwrap();
        // Lower end from the formula, evaluated apart; published rounded as 0.503.
        close(ten.lower.unwrap(), 0.5031995107999564);
        close(ten.upper.unwrap(), 0.889361835169265);
        assert_eq!(km.median(), Some(23.0));
        assert_eq!(km.median_interval(), (Some(13.0), None));
        assert_eq!(km.at_risk(&[0.0, 6.0, 10.0, 22.5, 36.0]), [21, 21, 15, 6, 0]);
    }

    #[test]
    fn placebo_agrees_with_r() {
        let km = KaplanMeier::fit(&placebo(), 0.95).unwrap();
        close(km.survival_at(8.0), 0.3809523809523809);
        close(km.row_at(8.0).unwrap().std_error.unwrap(), 0.1059711695741308);
        close(km.survival_at(22.0), 0.0476190476190476);
        let last = km.rows.last().unwrap();
        assert_eq!((last.survival, last.std_error, last.lower), (0.0, None, None));
        assert_eq!(km.median(), Some(8.0));
        assert_eq!(km.median_interval(), (Some(4.0), Some(11.0)));
    }

    #[test]
    fn aml_agrees_with_r() {
        let km = KaplanMeier::fit(&maintained(), 0.95).unwrap();
        let steps =
            [0.909090909, 0.818181818, 0.715909091, 0.613636364, 0.490909091, 0.368181818, 0.184090909];
        for (t, s) in [9.0, 13.0, 18.0, 23.0, 31.0, 34.0, 48.0].iter().zip(steps) {
            assert!((km.survival_at(*t) - s).abs() < 1e-9);
        }
        assert_eq!(km.median(), Some(31.0));
        assert_eq!(KaplanMeier::fit(&not_maintained(), 0.95).unwrap().median(), Some(23.0));
    }

    #[test]
    fn ties_zero_times_and_censoring() {
        // Event first: the subject censored at 2 is still at risk at 2.
        let km = KaplanMeier::fit(&[Observation::censored(2.0), Observation::event(2.0)], 0.95).unwrap();
        assert_eq!((km.rows.len(), km.rows[0].at_risk, km.rows[0].survival), (1, 2, 0.5));
        // The curve stays at 1/2: R reports its first time.
        assert_eq!(km.median(), Some(2.0));
        // On the step at exactly 1/2 the middle is the usual median of four numbers.
        let four: Vec<_> = [1.0, 2.0, 4.0, 9.0].map(Observation::event).into();
        assert_eq!(KaplanMeier::fit(&four, 0.95).unwrap().median(), Some(3.0));
        // Twelve distinct events: the product of fractions rounds, the median must not notice.
        let twelve: Vec<_> = (1..=12).map(|i| Observation::event(f64::from(i))).collect();
        assert_eq!(KaplanMeier::fit(&twelve, 0.95).unwrap().median(), Some(6.5));
        let none = KaplanMeier::fit(&[Observation::censored(3.0), Observation::censored(5.0)], 0.95).unwrap();
        assert_eq!((none.median(), none.median_interval()), (None, (None, None)));
        assert_eq!(none.rows[1].std_error, Some(0.0));
        let zero = KaplanMeier::fit(&[Observation::event(0.0), Observation::event(1.0)], 0.95).unwrap();
        assert_eq!(zero.survival_at(0.0), 0.5);
    }

    #[test]
    fn the_band_covers_with_its_level() {
        // 20,000 data sets of 100 exponential times, censored at 1.5: does the band at t = 1 hold S = 1/e?
        let mut uniform = super::super::bootstrap::tests::uniforms(13);
        let missed = (0..20_000)
            .filter(|_| {
                let arm: Vec<Observation> = (0..100)
                    .map(|_| -math::ln(1.0 - uniform()))
                    .map(|t| if t < 1.5 { Observation::event(t) } else { Observation::censored(1.5) })
                    .collect();
                let row = *KaplanMeier::fit(&arm, 0.95).unwrap().row_at(1.0).unwrap();
                let truth = math::exp(-1.0);
                row.lower.is_none_or(|l| l > truth) || row.upper.is_none_or(|u| u < truth)
            })
            .count();
        let share = missed as f64 / 20_000.0;
        assert!((0.0423..=0.0577).contains(&share), "{share}");
    }

    #[test]
    fn bad_input_is_an_error() {
        assert!(matches!(KaplanMeier::fit(&[], 0.95), Err(StatsError::TooFew { .. })));
        assert!(KaplanMeier::fit(&[Observation::event(f64::NAN)], 0.95).is_err());
        assert!(KaplanMeier::fit(&[Observation::event(-1.0)], 0.95).is_err());
        assert!(KaplanMeier::fit(&[Observation::event(1.0)], 1.5).is_err());
    }
}
