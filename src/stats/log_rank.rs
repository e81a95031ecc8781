//! The log-rank test for two or more groups, weighted and stratified.

use super::observation::checked;
use super::{Observation, StatsError, tails::chi_square_upper};
use crate::math;

/// What each event time counts in the test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Weight {
    /// 1: the log-rank test (Mantel 1966), best under proportional hazards.
    None,
    /// The number at risk (Gehan 1965, Breslow 1970): early differences.
    Gehan,
    /// The root of the number at risk (Tarone and Ware 1977).
    TaroneWare,
    /// `S(t-)^rho` of the pooled curve (Fleming and Harrington 1981).
    FlemingHarrington { rho: f64 },
}

/// Result of a test that all groups share one hazard.
#[derive(Debug, Clone, PartialEq)]
pub struct LogRank {
    /// Observed events per group (weighted where a weight is used).
    pub observed: Vec<f64>,
    /// Expected events per group if all shared one hazard (weighted alike).
    pub expected: Vec<f64>,
    /// Covariance of observed minus expected, groups x groups, row by row.
    pub covariance: Vec<f64>,
    pub chi_square: f64,
    /// Number of independent contrasts that carry information; 0 when nothing can be compared.
    pub df: usize,
    /// `P(chi2_df >= chi_square)`; 1 when nothing can be compared.
    pub p: f64,
}

/// Log-rank test of `groups`; see [`log_rank_stratified`].
pub fn log_rank(groups: &[&[Observation]], weight: Weight) -> Result<LogRank, StatsError> {
    log_rank_stratified(&[groups.to_vec()], weight)
}

/// Log-rank test within strata: `strata[s][g]` are the observations of group `g` in stratum `s`.
///
/// At each event time with `d` events among `n` at risk, group `g` with `n_g` at risk expects `d n_g / n`, and
/// the hypergeometric covariance is `d (n - d)/(n - 1) (n_g/n) (delta_gh - n_h/n)`. Sums run over times and
/// strata; the statistic is the quadratic form of observed minus expected with the inverse of that matrix on
/// the contrasts that carry information. Groups without anybody, identical single times, no events: `p = 1`.
pub fn log_rank_stratified(strata: &[Vec<&[Observation]>], weight: Weight) -> Result<LogRank, StatsError> {
    let groups = strata.first().map_or(0, Vec::len);
    if groups == 0 || strata.iter().flatten().all(|group| group.is_empty()) {
        return Err(StatsError::TooFew { what: "log-rank", needed: 1, given: 0 });
    }
    if let Some(odd) = strata.iter().find(|stratum| stratum.len() != groups) {
        return Err(StatsError::Unpaired { left: groups, right: odd.len() });
    }
    if let Weight::FlemingHarrington { rho } = weight
        && !(rho.is_finite() && rho >= 0.0)
    {
        return Err(StatsError::OutOfRange { what: "rho", range: "[0, inf)", value: rho });
    }
    let mut sums = Sums {
        observed: vec![0.0; groups],
        expected: vec![0.0; groups],
        covariance: vec![0.0; groups * groups],
    };
    for stratum in strata {
        add_stratum(stratum, weight, &mut sums)?;
    }
    let difference: Vec<f64> = sums.observed.iter().zip(&sums.expected).map(|(o, e)| o - e).collect();
    let (chi_square, df) = quadratic_form(&difference, &sums.covariance);
    let p = chi_square_upper(chi_square, df)?;
    let Sums { observed, expected, covariance } = sums;
    Ok(LogRank { observed, expected, covariance, chi_square, df, p })
}

struct Sums {
    observed: Vec<f64>,
    expected: Vec<f64>,
    covariance: Vec<f64>,
}

fn add_stratum(stratum: &[&[Observation]], weight: Weight, sums: &mut Sums) -> Result<(), StatsError> {
    let groups = stratum.len();
    let mut pooled: Vec<(f64, bool, usize)> = Vec::new();
    for (g, group) in stratum.iter().enumerate() {
        checked("log-rank", group)?;
        pooled.extend(group.iter().map(|o| (o.time, o.event, g)));
    }
    pooled.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut at_risk: Vec<usize> = stratum.iter().map(|group| group.len()).collect();
    let (mut total, mut survival) = (pooled.len(), 1.0);
    for tied in pooled.chunk_by(|a, b| a.0 == b.0) {
        let deaths = tied.iter().filter(|t| t.1).count();
        if deaths > 0 {
            let (n, d) = (total as f64, deaths as f64);
            let w = match weight {
                Weight::None => 1.0,
                Weight::Gehan => n,
                Weight::TaroneWare => n.sqrt(),
                Weight::FlemingHarrington { rho } => math::pow(survival, rho),
            };
            for &(_, event, g) in tied {
                sums.observed[g] += if event { w } else { 0.0 };
            }
            let spread = if total > 1 { d * (n - d) / (n - 1.0) } else { 0.0 };
            for (g, &at_risk_g) in at_risk.iter().enumerate() {
                let share = at_risk_g as f64 / n;
                sums.expected[g] += w * d * share;
                for (h, &at_risk_h) in at_risk.iter().enumerate() {
                    let same = if g == h { 1.0 } else { 0.0 };
                    sums.covariance[g * groups + h] += w * w * spread * share * (same - at_risk_h as f64 / n);
                }
            }
            survival *= (n - d) / n;
        }
        for &(_, _, g) in tied {
            at_risk[g] -= 1;
        }
        total -= tied.len();
    }
    Ok(())
}

/// `u' V^- u` and the rank of `V` for a positive semidefinite `V`, by Cholesky elimination with pivoting.
///
/// Pivots below a tiny part of the largest variance carry no information (the rows sum to zero, so one group
/// always drops out).
fn quadratic_form(u: &[f64], v: &[f64]) -> (f64, usize) {
    let n = u.len();
    let (mut u, mut v) = (u.to_vec(), v.to_vec());
    let floor = 1e-10 * (0..n).map(|i| v[i * n + i]).fold(0.0, f64::max);
    let mut open: Vec<usize> = (0..n).collect();
    let (mut form, mut rank) = (0.0, 0);
    while let Some(at) = (0..open.len()).max_by(|&a, &b| {
        let (a, b) = (open[a], open[b]);
        v[a * n + a].total_cmp(&v[b * n + b]).then(b.cmp(&a))
    }) {
        let k = open[at];
        let pivot = v[k * n + k];
        if pivot <= floor || open.len() == 1 {
            break;
        }
        open.remove(at);
        form += u[k] * u[k] / pivot;
        rank += 1;
        for &i in &open {
            let factor = v[i * n + k] / pivot;
            u[i] -= factor * u[k];
            for &j in &open {
                v[i * n + j] -= factor * v[k * n + j];
            }
        }
    }
    (form, rank)
}

#[cfg(test)]
mod tests {
    use super::super::observation::data::{maintained, not_maintained, placebo, six_mp};
    use super::*;

    fn close(a: f64, b: f64) {
        assert!((a / b - 1.0).abs() < 1e-10, "{a} against {b}");
    }

    #[test]
    fn freireich_agrees_with_r() {
        let (a, b) = (six_mp(), placebo());
        let test = log_rank(&[&a, &b], Weight::None).unwrap();
        assert_eq!(test.observed, [9.0, 21.0]);
        close(test.expected[0], 19.2505009480311);
        close(test.expected[1], 10.7494990519689);
        close(test.covariance[0], 6.2569605736755);
        close(test.chi_square, 16.7929409892165);
        close(test.p, 4.16880910933456e-05);
        assert_eq!(test.df, 1);
        let chi = |weight| log_rank(&[&a, &b], weight).unwrap().chi_square;
        close(chi(Weight::Gehan), 13.4578520496311);
        close(chi(Weight::TaroneWare), 15.1235753018727);
        close(chi(Weight::FlemingHarrington { rho: 1.0 }), 14.4571508187172);
    }

    #[test]
    fn aml_agrees_with_r() {
        let (a, b) = (maintained(), not_maintained());
        let test = log_rank(&[&a, &b], Weight::None).unwrap();
        close(test.chi_square, 3.3963886989776);
        assert_eq!(test.observed, [7.0, 11.0]);
        close(test.expected[0], 10.6893359923007);
        close(test.expected[1], 7.31066400769928);
    }

    #[test]
    fn k_groups_do_not_depend_on_their_order() {
        let (a, b, c) = (six_mp(), placebo(), maintained());
        let one = log_rank(&[&a, &b, &c], Weight::None).unwrap();
        let two = log_rank(&[&c, &a, &b], Weight::None).unwrap();
        assert_eq!((one.df, two.df), (2, 2));
        close(one.chi_square, two.chi_square);
        // The same sums in exact fractions, evaluated apart.
        close(one.chi_square, 28.5526918059407);
        close(one.expected[0], 15.727686360731026);
        // An empty group adds nothing; two groups then give the two-group test.
        let with_empty = log_rank(&[&a, &[], &b], Weight::None).unwrap();
        assert_eq!(with_empty.df, 1);
        close(with_empty.chi_square, 16.7929409892165);
    }

    #[test]
    fn strata_are_compared_within() {
        // A stratum holding one group only carries no information.
        let (a, b, c) = (six_mp(), placebo(), maintained());
        let strata: [Vec<&[Observation]>; 2] = [vec![&a, &b], vec![&c, &[]]];
        close(log_rank_stratified(&strata, Weight::None).unwrap().chi_square, 16.7929409892165);
        // The same data twice: all sums double, so the statistic doubles.
        let strata: [Vec<&[Observation]>; 2] = [vec![&a, &b], vec![&a, &b]];
        close(log_rank_stratified(&strata, Weight::None).unwrap().chi_square, 2.0 * 16.7929409892165);
    }

    #[test]
    fn nothing_to_compare_gives_p_one() {
        let same = vec![Observation::event(5.0); 8];
        let lost = vec![Observation::censored(5.0); 8];
        let data = six_mp();
        let cases: [&[&[Observation]]; 5] = [
            &[&same, &same],
            &[&lost, &lost],
            &[&data],
            &[&data, &[]],
            &[&[Observation::event(1.0)], &[Observation::censored(0.5)]],
        ];
        for groups in cases {
            let test = log_rank(groups, Weight::None).unwrap();
            assert_eq!((test.chi_square, test.df, test.p), (0.0, 0, 1.0), "{groups:?}");
        }
        // Identical arms with spread: informative, and no difference at all.
        let test = log_rank(&[&data, &data], Weight::None).unwrap();
        assert!(test.df == 1 && test.chi_square < 1e-20 && (test.p - 1.0).abs() < 1e-9);
    }

    #[test]
    fn the_size_of_the_test_is_its_nominal_level() {
        // 20,000 null data sets, 50 + 50 exponential times, censored at time 1.2 (about 30 %).
        let mut uniform = super::super::bootstrap::tests::uniforms(11);
        let mut draw = || {
            let time = -math::ln(1.0 - uniform());
            if time < 1.2 { Observation::event(time) } else { Observation::censored(1.2) }
        };
        let found = (0..20_000)
            .filter(|_| {
                let arms: [Vec<Observation>; 2] =
                    [(0..50).map(|_| draw()).collect(), (0..50).map(|_| draw()).collect()];
                log_rank(&[&arms[0], &arms[1]], Weight::None).unwrap().p < 0.05
            })
            .count();
        let size = found as f64 / 20_000.0;
        assert!((0.0423..=0.0577).contains(&size), "{size}");
    }

    #[test]
    fn bad_input_is_an_error() {
        let nan = [Observation::event(f64::NAN)];
        assert!(log_rank(&[&nan], Weight::None).is_err());
        assert!(log_rank(&[], Weight::None).is_err());
        assert!(log_rank(&[&[], &[]], Weight::None).is_err());
        let data = six_mp();
        assert!(log_rank(&[&data], Weight::FlemingHarrington { rho: -1.0 }).is_err());
    }
}
