//! Tests of the comparisons: closed answers, open intervals and misuse.

use super::super::bootstrap::tests::uniforms;
use super::super::observation::data::{placebo, six_mp};
use super::*;

const PLAN: Resampling = Resampling { design: Design::Paired, resamples: 2000, level: 0.95 };

fn each<T: Copy>(values: &[T]) -> Vec<Vec<T>> {
    values.iter().map(|&v| vec![v]).collect()
}

fn days(values: &[f64]) -> Vec<Vec<Observation>> {
    values.iter().map(|&t| vec![Observation::event(t)]).collect()
}

#[test]
fn paired_ratio_of_a_doubled_arm_is_exactly_two() {
    let base = [20.0, 25.0, 31.0, 34.0, 40.0, 28.0, 22.0];
    let twice = base.map(|t| 2.0 * t);
    let e = median_ratio(&days(&twice), &days(&base), PLAN, &mut uniforms(3)).unwrap();
    // Pairing cancels the subjects: every resample gives 2, so the interval is a point.
    assert_eq!((e.value, e.lower, e.upper, e.n), (Some(2.0), Some(2.0), Some(2.0), 7));
    let parallel = Resampling { design: Design::Parallel, ..PLAN };
    let e = median_ratio(&days(&twice), &days(&base), parallel, &mut uniforms(3)).unwrap();
    assert!(e.value == Some(2.0) && e.lower.unwrap() < 1.9 && e.upper.unwrap() > 2.1);
}

#[test]
fn a_median_not_reached_opens_the_interval() {
    let cured: Vec<_> = (0..10).map(|_| vec![Observation::censored(100.0)]).collect();
    let e = median_ratio(&cured, &days(&[20.0; 10]), PLAN, &mut uniforms(3)).unwrap();
    assert_eq!((e.value, e.upper), (None, None));
    assert!(e.p.unwrap() < 1e-4);
    let both = median_ratio(&cured, &cured, PLAN, &mut uniforms(3)).unwrap();
    assert_eq!((both.value, both.lower, both.upper, both.p), (None, None, None, Some(1.0)));
    assert!(both.method.ends_with("; no ratio: neither median is reached"), "{}", both.method);
    assert!(
        e.method.ends_with("; the arm's median is not reached: the ratio is at least 5.000"),
        "{}",
        e.method
    );
    let e = median_ratio(&days(&[20.0; 10]), &cured, PLAN, &mut uniforms(3)).unwrap();
    assert_eq!((e.value, e.lower, e.upper), (None, None, None));
    let known = "; the reference's median is not reached: the ratio is at most 0.200";
    assert!(e.method.ends_with(known), "{}", e.method);
    // Reached in most resamples but not in all: an end opens, and none is 0.
    let part: Vec<_> = (0..10)
        .map(|i| vec![if i < 6 { Observation::event(40.0) } else { Observation::censored(100.0) }])
        .collect();
    let e = median_ratio(&days(&[20.0; 10]), &part, PLAN, &mut uniforms(3)).unwrap();
    assert_eq!((e.value, e.lower, e.upper), (Some(0.5), None, Some(0.5)));
}

#[test]
fn a_ratio_or_difference_without_a_value_says_why() {
    let (none, some, gone) = (each(&[Some(0.0); 3]), each(&[Some(2.0); 3]), each(&[None; 3]));
    let over = |a, b| ratio(a, b, Center::Median, PLAN, &mut uniforms(5)).unwrap();
    for (a, b, why) in [
        (&none, &none, "no ratio: the reference is 0"),
        (&some, &none, "no ratio: the reference is 0"),
        (&gone, &some, "no ratio: the arm's median lies above every value"),
        (&some, &gone, "no ratio: the reference's median lies above every value"),
        (&gone, &gone, "no ratio: both medians lie above every value"),
    ] {
        let e = over(a, b);
        assert_eq!((e.value, e.lower, e.upper), (None, None, None), "{e:?}");
        assert!(e.method.ends_with(&format!("; {why}")), "{}", e.method);
    }
    assert!(!over(&none, &some).method.contains("no ratio"));
    let e = difference(&some, &gone, Center::Median, PLAN, &mut uniforms(5)).unwrap();
    assert!(e.value.is_none() && e.method.contains("no difference: the reference's"), "{}", e.method);
}

#[test]
fn difference_and_ratio_pair_the_subjects() {
    let base: Vec<Option<f64>> = [1.0, 5.0, 9.0, 2.0].map(Some).into();
    let more: Vec<Option<f64>> = [2.0, 6.0, 10.0, 3.0].map(Some).into();
    let e = difference(&each(&more), &each(&base), Center::Mean, PLAN, &mut uniforms(5)).unwrap();
    assert_eq!((e.value, e.lower, e.upper), (Some(1.0), Some(1.0), Some(1.0)));
    let e = ratio(&each(&more), &each(&base), Center::Mean, PLAN, &mut uniforms(5)).unwrap();
    assert_eq!(e.value, Some(21.0 / 17.0));
    // The extreme resamples hold one subject only: 10 / 9 and 2 / 1.
    assert!(e.lower.unwrap() >= 10.0 / 9.0 && e.upper.unwrap() <= 2.0 && e.lower < e.upper);
}

#[test]
fn replicates_are_averaged_within_their_subject() {
    let arm = vec![vec![Some(1.0), Some(3.0)], vec![Some(10.0)]];
    let e = observable_value(&arm, Center::Mean, PLAN, &mut uniforms(5)).unwrap();
    assert_eq!((e.value, e.lower, e.upper), (Some(6.0), Some(2.0), Some(10.0)));
}

#[test]
fn ended_runs_are_refused_by_means_and_ranked_by_medians() {
    let arm = each(&[Some(1.0), Some(2.0), Some(3.0), None]);
    assert!(matches!(
        observable_value(&arm, Center::Mean, PLAN, &mut uniforms(1)),
        Err(StatsError::Missing { subject: 3, .. })
    ));
    let e = observable_value(&arm, Center::Median, PLAN, &mut uniforms(1)).unwrap();
    assert_eq!((e.value, e.upper), (Some(2.5), None));
}

#[test]
fn rank_first_is_sure_of_a_clear_winner_and_never_of_a_tie() {
    let (long, short) = (days(&[50.0, 51.0, 52.0, 53.0]), days(&[10.0, 11.0, 12.0, 13.0]));
    let share = |arms: &[&[Vec<Observation>]]| rank_first(arms, PLAN, &mut uniforms(2)).unwrap().value;
    assert_eq!(share(&[&long, &short, &short]), Some(1.0));
    assert_eq!(share(&[&short, &long]), Some(0.0));
    assert_eq!(share(&[&long, &long]), Some(0.0));
}

#[test]
fn shares_and_medians_of_one_arm() {
    let arm = each(&six_mp());
    let at = share(&arm, 6.0, PLAN, &mut uniforms(1)).unwrap();
    assert_eq!(at.value, Some(3.0 / 21.0));
    let late = share(&arm, 23.0, PLAN, &mut uniforms(1)).unwrap();
    assert!((late.value.unwrap() - (1.0 - 0.4481792717086834)).abs() < 1e-12);
    assert!(late.method.contains("Kaplan-Meier") && late.lower < late.upper);
    let median = median_value(&arm, PLAN, &mut uniforms(1)).unwrap();
    assert_eq!((median.value, median.lower, median.upper), (Some(23.0), Some(13.0), None));
}

#[test]
fn rmst_difference_uses_both_errors() {
    let e = rmst_difference(&each(&six_mp()), &each(&placebo()), 23.0, PLAN, &mut uniforms(1)).unwrap();
    let error = (1.55318997824838_f64.powi(2) + 1.37739004126455_f64.powi(2)).sqrt();
    assert!((e.value.unwrap() - (17.90924369747899 - 8.66666666666667)).abs() < 1e-12);
    assert!((e.upper.unwrap() - e.lower.unwrap() - 2.0 * 1.959963984540054 * error).abs() < 1e-10);
    assert!(!e.method.contains("rough"), "{}", e.method);
    let still = days(&[30.0, 30.0]);
    let e = rmst_difference(&still, &still, 10.0, PLAN, &mut uniforms(1)).unwrap();
    assert_eq!(e.p, Some(1.0));
    assert!(e.method.ends_with("fewer than 10 subjects in an arm: interval and p are rough"), "{}", e.method);
}

#[test]
fn replicates_take_the_p_and_leave_the_interval_that_subjects_have() {
    let thrice = |arm: &[Vec<Observation>]| arm.iter().map(|s| s.repeat(3)).collect::<Vec<_>>();
    let (a, b) = (days(&[20.0, 26.0, 31.0, 37.0]), days(&[10.0, 14.0, 16.0, 19.0]));
    let (aaa, bbb) = (thrice(&a), thrice(&b));
    let once = median_ratio(&a, &b, PLAN, &mut uniforms(3)).unwrap();
    let e = median_ratio(&aaa, &bbb, PLAN, &mut uniforms(3)).unwrap();
    assert!(once.p.unwrap() > 1e-3 && e.p.is_none(), "{e:?}");
    assert!(e.method.ends_with("; no p: replicates of one subject are not independent"), "{}", e.method);
    assert_eq!((e.value, e.lower, e.upper, e.n), (once.value, once.lower, once.upper, 4));
    // Three copies of a subject tell as much as one: an interval of runs would be narrower.
    let once = rmst_difference(&a, &b, 30.0, PLAN, &mut uniforms(3)).unwrap();
    let e = rmst_difference(&aaa, &bbb, 30.0, PLAN, &mut uniforms(3)).unwrap();
    assert!(once.p.is_some() && e.p.is_none() && e.method.contains("no p"), "{e:?}");
    assert!((e.value.unwrap() - once.value.unwrap()).abs() < 1e-12);
    let width = |e: &Estimate| e.upper.unwrap() - e.lower.unwrap();
    assert!(width(&e) > 0.8 * width(&once) && width(&e) < width(&once), "{e:?} {once:?}");
    let median = |arm| median_value(arm, PLAN, &mut uniforms(3)).unwrap();
    assert_eq!((median(&aaa).lower, median(&aaa).upper), (Some(20.0), Some(37.0)));
    let by = |arm, at| share(arm, at, PLAN, &mut uniforms(3)).unwrap();
    let half = by(&aaa, 28.0);
    assert_eq!((half.value, half.lower, half.upper), (Some(0.5), Some(0.0), Some(1.0)));
    assert!(by(&a, 28.0).lower.unwrap() > 0.1, "Wilson over mice");
    let none = by(&aaa, 5.0);
    assert_eq!((none.value, none.lower, none.upper), (Some(0.0), None, None));
}

#[test]
fn bad_arms_are_errors() {
    let (a, b) = (days(&[1.0, 2.0]), days(&[1.0]));
    assert!(matches!(median_ratio(&a, &b, PLAN, &mut uniforms(1)), Err(StatsError::Unpaired { .. })));
    assert!(median_ratio(&a, &[], PLAN, &mut uniforms(1)).is_err());
    assert!(median_ratio(&days(&[f64::NAN]), &b, PLAN, &mut uniforms(1)).is_err());
}
