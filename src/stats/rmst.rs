//! Restricted mean survival time: the area under the curve up to a horizon.

use super::{KaplanMeier, Observation, StatsError};

/// Area under the Kaplan-Meier curve on `[0, horizon]` and its standard error.
///
/// `mu = integral S dt`, `var = sum_i [integral_{t_i}^{horizon} S dt]^2 d_i / (n_i (n_i - d_i))` over event times
/// up to the horizon (the R package `survRM2` and `survfit(..., rmean=)` use the same; terms with `n = d` have no
/// area left and count as zero).
pub fn restricted_mean(observations: &[Observation], horizon: f64) -> Result<(f64, f64), StatsError> {
    if !(horizon.is_finite() && horizon > 0.0) {
        return Err(StatsError::OutOfRange { what: "horizon", range: "(0, inf)", value: horizon });
    }
    let km = KaplanMeier::fit(observations, 0.95)?;
    let rows = &km.rows[..km.rows.partition_point(|row| row.time < horizon)];
    let (mut end, mut area, mut variance) = (horizon, 0.0, 0.0);
    for row in rows.iter().rev() {
        area += row.survival * (end - row.time);
        let (n, d) = (row.at_risk as f64, row.events as f64);
        if row.events < row.at_risk {
            variance += area * area * d / (n * (n - d));
        }
        end = row.time;
    }
    Ok((area + end, variance.sqrt()))
}

#[cfg(test)]
mod tests {
    use super::super::observation::data::{placebo, six_mp};
    use super::*;

    #[test]
    fn freireich_agrees_with_r() {
        let (mean, error) = restricted_mean(&six_mp(), 23.0).unwrap();
        assert!((mean - 17.90924369747899).abs() < 1e-12 && (error - 1.55318997824838).abs() < 1e-12);
        let (mean, error) = restricted_mean(&placebo(), 23.0).unwrap();
        assert!((mean - 8.66666666666667).abs() < 1e-12 && (error - 1.37739004126455).abs() < 1e-12);
    }

    #[test]
    fn without_events_it_is_the_horizon() {
        assert_eq!(restricted_mean(&[Observation::censored(4.0)], 10.0).unwrap(), (10.0, 0.0));
        assert!(restricted_mean(&six_mp(), 0.0).is_err());
    }
}
