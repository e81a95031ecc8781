//! Comparisons on results written down by hand.

use super::super::after::Side;
use super::super::results::{Course, RunResult};
use super::*;
use crate::record::EndpointValue;
use crate::spec::Expect;
use std::collections::BTreeMap;

/// A run that is recorded daily up to its last value and ends half a day later.
fn run(values: &[f64], after: Option<(Side, Option<f64>)>) -> RunResult {
    let course = Course { values: values.to_vec(), after, ..Course::default() };
    RunResult {
        time_day: (0..values.len()).map(|d| d as f64).collect(),
        series: BTreeMap::from([("n".to_string(), course)]),
        end_day: values.len() as f64 - 0.5,
        ..RunResult::default()
    }
}

fn timed(day: f64, reached: bool) -> RunResult {
    let time = EndpointValue::Time { day, reached };
    RunResult { endpoints: BTreeMap::from([("survival".to_string(), time)]), ..RunResult::default() }
}

/// Arms by name with the runs of their subjects, numbered as given.
fn results(arms: &[(&str, &[(u32, RunResult)])]) -> Results {
    let mut out = Results::default();
    for (id, runs) in arms {
        let mut arm = ArmResult { id: (*id).to_string(), subjects: Vec::new() };
        for (subject, run) in *runs {
            arm.add(*subject, 1, out.runs.len());
            out.runs.push(run.clone());
        }
        out.arms.push(arm);
    }
    out
}

fn spec(kind: &str, arms: &[&str]) -> ComparisonSpec {
    ComparisonSpec {
        id: "c".into(),
        kind: kind.into(),
        arms: arms.iter().map(ToString::to_string).collect(),
        null: "log_sum".into(),
        weight: "none".into(),
        ..ComparisonSpec::default()
    }
}

fn of_n(kind: &str, arms: &[&str], day: Option<f64>) -> ComparisonSpec {
    ComparisonSpec { observable: Some("n".into()), at: day.map(|d| d * DAY), ..spec(kind, arms) }
}

fn of_survival(kind: &str, arms: &[&str]) -> ComparisonSpec {
    ComparisonSpec { endpoint: Some("survival".into()), ..spec(kind, arms) }
}

/// The row of one comparison; subjects drew their own number at "path", modulo 2.
fn made(spec: ComparisonSpec, results: &Results) -> Row {
    let drawn = |subject: u32, path: &str| (path == "path").then_some(f64::from(subject % 2));
    let column = |id: &str| Some(Column { name: format!("{id}_cells"), limit: Some(10.0) });
    let study = Study { results, design: Design::Paired, seed: 1, drawn: &drawn, column: &column };
    compare(&[spec], &study).remove(0)
}

fn numbered(runs: impl IntoIterator<Item = RunResult>) -> Vec<(u32, RunResult)> {
    (1..).zip(runs).collect()
}

const GROWN: Option<(Side, Option<f64>)> = Some((Side::Above, None));
const CLEARED: Option<(Side, Option<f64>)> = Some((Side::Below, Some(2.0)));

#[test]
fn medians_rank_growth_high_clearance_low_and_leave_out_what_is_missing() {
    // On day 3: 40, above, at most 2, 60, and one whose clock had ended.
    let a = numbered([
        run(&[1.0, 2.0, 3.0, 40.0], None),
        run(&[1.0, 99.0], GROWN),
        run(&[1.0, 9.0], CLEARED),
        run(&[1.0, 2.0, 3.0, 60.0], None),
        run(&[1.0, 2.0], None),
    ]);
    let b = numbered((0..5).map(|_| run(&[1.0, 2.0, 3.0, 10.0], None)));
    let row = made(of_n("ratio", &["a", "b"], Some(3.0)), &results(&[("a", &a), ("b", &b)]));
    // The median of 2, 40, 60 and above is 50.
    assert_eq!(row.estimate.value, Some(5.0), "{row:?}");
    assert_eq!(row.estimate.n, 4);
    let method = &row.estimate.method;
    for note in ["2 of 10 runs left out", "1 runs had left by growth", "1 runs had left by clearance"] {
        assert!(method.contains(note), "{method}");
    }
    // All grown: the median lies above every number. All over: nothing can be said.
    let gone = numbered((0..3).map(|_| run(&[1.0], GROWN)));
    let over = numbered((0..3).map(|_| run(&[1.0], None)));
    let row = made(of_n("ratio", &["a", "b"], Some(3.0)), &results(&[("a", &gone), ("b", &b)]));
    assert_eq!(row.estimate.value, None);
    assert!(!row.estimate.method.contains("not made"), "{row:?}");
    let row = made(of_n("ratio", &["a", "b"], Some(3.0)), &results(&[("a", &over), ("b", &b)]));
    assert_eq!(row.estimate.method, "not made: no subject has a value on day 3 in every arm");
    // A cured arm is low, not high.
    let cured = numbered((0..3).map(|_| run(&[1.0], CLEARED)));
    let row = made(of_n("ratio", &["a", "b"], Some(3.0)), &results(&[("a", &cured), ("b", &b)]));
    assert_eq!(row.estimate.value, Some(0.2));
}

#[test]
fn a_share_without_cells_is_missing_and_not_high() {
    let a = numbered([run(&[1.0, f64::NAN], None), run(&[1.0, 4.0], None), run(&[1.0, 6.0], None)]);
    let b = numbered((0..3).map(|_| run(&[1.0, 1.0], None)));
    let row = made(of_n("difference", &["a", "b"], Some(1.0)), &results(&[("a", &a), ("b", &b)]));
    assert_eq!((row.estimate.value, row.estimate.n), (Some(4.0), 2));
}

#[test]
fn without_a_day_it_is_the_last_on_which_every_arm_has_all_its_mice() {
    let a = numbered([run(&[1.0, 2.0, 3.0, 4.0, 5.0], None), run(&[1.0, 2.0, 3.0, 9.0, 9.0], None)]);
    let b = numbered([run(&[1.0, 1.0, 1.5], GROWN), run(&[1.0, 1.0, 2.5, 8.0], None)]);
    let row = made(of_n("difference", &["a", "b"], None), &results(&[("a", &a), ("b", &b)]));
    // Day 2: 3 against the median of 1.5 and 2.5.
    assert_eq!(row.estimate.value, Some(1.0));
    assert_eq!((row.of.as_str(), row.kind.as_str(), row.day), ("n_cells", "difference", Some(2.0)));
    // Means need everybody: day 2 has all, day 4 lost one to growth.
    let all = results(&[("b", &b)]);
    assert_eq!(made(of_n("value", &["b"], Some(2.0)), &all).estimate.value, Some(2.0));
    let method = made(of_n("value", &["b"], Some(3.0)), &all).estimate.method;
    assert!(method.contains("not made: 1 runs had left by growth"), "{method}");
}

#[test]
fn mice_are_paired_by_their_numbers_and_not_by_their_places() {
    // Subject 3 failed in arm a, subject 2 in arm b; the others double.
    let a: Vec<_> = [(1, 2.0), (2, 100.0), (4, 8.0), (5, 10.0)].map(|(s, v)| (s, run(&[v], None))).into();
    let b: Vec<_> = [(1, 1.0), (3, 50.0), (4, 4.0), (5, 5.0)].map(|(s, v)| (s, run(&[v], None))).into();
    let both = results(&[("a", &a), ("b", &b)]);
    let e = made(of_n("ratio", &["a", "b"], Some(0.0)), &both).estimate;
    assert_eq!((e.value, e.lower, e.upper, e.n), (Some(2.0), Some(2.0), Some(2.0), 3));
    assert!(
        e.method.contains("2 of 8 runs left out (no value on day 0, or none in another arm)"),
        "{}",
        e.method
    );
    let days = |pairs: [(u32, f64); 4]| -> Vec<_> { pairs.map(|(s, d)| (s, timed(d, true))).into() };
    let (a, b) = (
        days([(1, 20.0), (2, 99.0), (4, 40.0), (5, 60.0)]),
        days([(1, 10.0), (3, 1.0), (4, 20.0), (5, 30.0)]),
    );
    let both = results(&[("a", &a), ("b", &b)]);
    let e = made(of_survival("median_ratio", &["a", "b"]), &both).estimate;
    assert_eq!((e.value, e.lower, e.upper), (Some(2.0), Some(2.0), Some(2.0)));
    // A test of unpaired arms uses everybody, and no day.
    let row = made(of_survival("log_rank", &["a", "b"]), &both);
    assert_eq!((row.estimate.n, row.day), (4, None));
    let e = row.estimate;
    // The horizon of restricted means is the last day on which somebody of each arm was watched.
    assert_eq!(made(of_survival("rmst", &["a", "b"]), &both).day, Some(30.0));
    assert!(!e.method.contains("left out"), "{}", e.method);
}

#[test]
fn replicates_are_paired_too() {
    let mut both = Results::default();
    // Subject 1: replicates 1 and 2 in a, 2 and 3 in b.
    for (id, replicates) in [("a", [(1, 7.0), (2, 4.0)]), ("b", [(2, 2.0), (3, 9.0)])] {
        let mut arm = ArmResult { id: id.into(), subjects: Vec::new() };
        for (replicate, value) in replicates {
            arm.add(1, replicate, both.runs.len());
            both.runs.push(run(&[value], None));
        }
        both.arms.push(arm);
    }
    let e = made(of_n("ratio", &["a", "b"], Some(0.0)), &both).estimate;
    assert_eq!(e.value, Some(2.0));
}

#[test]
fn synergy_by_hand_floors_at_the_limit_and_counts() {
    // Decades: control 5 and 6, parts 4 and 5 each (kill 1), combination 2 and 0, which counts as the limit 10: 1.
    // Kill of the combination: 5.5 - (2 + 1) / 2 = 4; excess 4 - 1 - 1 = 2.
    let arm = |values: [f64; 2]| numbered(values.map(|v| run(&[v], None)));
    let (c, p, q, k) = (arm([1e2, 0.0]), arm([1e4, 1e5]), arm([1e4, 1e5]), arm([1e5, 1e6]));
    let all = results(&[("c", &c), ("p", &p), ("q", &q), ("k", &k)]);
    let asked = ComparisonSpec { control: Some("k".into()), ..of_n("synergy", &["c", "p", "q"], Some(0.0)) };
    let row = made(asked.clone(), &all);
    assert!((row.estimate.value.unwrap() - 2.0).abs() < 1e-12, "{row:?}");
    assert!(row.estimate.method.ends_with("; 1 values below the detection limit enter as it"), "{row:?}");
    assert_eq!((row.arm.as_str(), row.reference.as_str()), ("c", "k"));
    assert_eq!((row.arms.join(" ").as_str(), row.day), ("c p q k", Some(0.0)));
    // The subject that is not everywhere is left out of all arms: the excess of subject 1 alone is 3 - 1 - 1.
    let few = results(&[("c", &c), ("p", &p), ("q", &q[..1]), ("k", &k)]);
    assert!((made(asked.clone(), &few).estimate.value.unwrap() - 1.0).abs() < 1e-12);
    // A part that is gone by growth has no logarithm.
    let gone = numbered([run(&[1e4], None), run(&[], GROWN)]);
    let lost = results(&[("c", &c), ("p", &gone), ("q", &q), ("k", &k)]);
    let method = made(asked, &lost).estimate.method;
    assert!(method.contains("not made: 1 runs had left by growth"), "{method}");
}

#[test]
fn values_beyond_the_range_of_a_reading_are_counted() {
    let mut runs = numbered([run(&[3.0], None), run(&[5.0], None)]);
    runs[1].1.series.get_mut("n").unwrap().censored = vec![1.0];
    let row = made(of_n("value", &["a"], Some(0.0)), &results(&[("a", &runs)]));
    assert_eq!(row.estimate.value, Some(4.0));
    assert!(row.estimate.method.contains("1 values beyond the range"), "{row:?}");
}

#[test]
fn log_rank_trials_strata_and_ranks_of_ties() {
    let early = numbered((0..8).map(|i| timed(10.0 + f64::from(i), true)));
    let late = numbered((0..8).map(|i| timed(40.0 + f64::from(i), true)));
    let all = results(&[("a", &late), ("b", &early), ("c", &late)]);
    let trial = ComparisonSpec { trial: Some(6), ..of_survival("log_rank", &["a", "b"]) };
    let e = made(trial, &all).estimate;
    assert_eq!(e.value, Some(1.0));
    assert!(e.method.contains("2000 resampled trials of 6 per arm"), "{}", e.method);
    let same = ComparisonSpec { trial: Some(6), ..of_survival("log_rank", &["a", "c"]) };
    assert!(made(same, &all).estimate.value.unwrap() < 0.1);
    // Two strata of four each; a path that nobody draws is told.
    let within =
        |path: &str| ComparisonSpec { strata: Some(path.into()), ..of_survival("log_rank", &["a", "b"]) };
    let e = made(within("path"), &all).estimate;
    assert!(e.method.contains("within 2 strata") && e.method.contains("stratified by path"), "{}", e.method);
    let plain = made(of_survival("log_rank", &["a", "b"]), &all).estimate;
    assert!(e.value.unwrap() < plain.value.unwrap());
    assert!(made(within("other"), &all).estimate.method.contains("not made: other is not drawn"));
    // Equal medians tie, and a tie is not a win.
    assert_eq!(made(of_survival("rank_first", &["a", "b"]), &all).estimate.value, Some(1.0));
    assert_eq!(made(of_survival("rank_first", &["a", "b", "c"]), &all).estimate.value, Some(0.0));
}

#[test]
fn a_hazard_ratio_by_hand_and_its_direction() {
    // Events at 1 (reference), 2 (arm), 3 (reference), one of the arm left at 4. With hazard ratio h the three risk sets
    // weigh 2 h + 2, 2 h + 1 and h + 1, and the event at 2 is the arm's.
    let a = numbered([timed(2.0, true), timed(4.0, false)]);
    let b = numbered([timed(1.0, true), timed(3.0, true)]);
    let all = results(&[("a", &a), ("b", &b)]);
    let e = made(of_survival("cox", &["a", "b"]), &all).estimate;
    let likelihood = |h: f64| h / ((2.0 * h + 2.0) * (2.0 * h + 1.0) * (h + 1.0));
    let h = e.value.unwrap();
    assert!(likelihood(h) > likelihood(h * 1.001) && likelihood(h) > likelihood(h * 0.999), "{h}");
    assert!(h < 1.0 && e.lower.unwrap() < h && e.upper.unwrap() > h && e.p.unwrap() > 0.05, "{e:?}");
    let turned = made(of_survival("cox", &["b", "a"]), &all).estimate;
    assert!((turned.value.unwrap() * h - 1.0).abs() < 1e-9);
    let breslow = ComparisonSpec { ties: "breslow".into(), ..of_survival("cox", &["a", "b"]) };
    assert!(made(breslow, &all).estimate.method.contains("Breslow"));
}

#[test]
fn replicates_are_not_taken_for_mice() {
    let mut all = Results::default();
    for (id, from) in [("a", 40.0), ("b", 10.0)] {
        let mut arm = ArmResult { id: id.into(), subjects: Vec::new() };
        for (subject, replicate) in (1..=4).flat_map(|s| [(s, 1), (s, 2), (s, 3)]) {
            arm.add(subject, replicate, all.runs.len());
            all.runs.push(timed(from + f64::from(subject), true));
        }
        all.arms.push(arm);
    }
    let row = made(of_survival("log_rank", &["a", "b"]), &all);
    assert_eq!((row.estimate.value, row.estimate.p), (None, None));
    let method = &row.estimate.method;
    assert!(method.starts_with("not made: ") && method.contains("one replicate per subject"), "{method}");
    let trial = ComparisonSpec { trial: Some(4), ..of_survival("log_rank", &["a", "b"]) };
    let e = made(trial, &all).estimate;
    assert!(e.value.is_some() && e.p.is_none(), "{e:?}");
    for kind in ["median_ratio", "rmst"] {
        let e = made(of_survival(kind, &["a", "b"]), &all).estimate;
        assert!(e.value.is_some() && e.lower.is_some() && e.p.is_none() && e.n == 4, "{e:?}");
        assert!(e.method.contains("no p: replicates of one subject are not independent"), "{e:?}");
    }
}

#[test]
fn without_an_event_nothing_is_compared() {
    let watched = numbered((0..4).map(|i| timed(20.0 + f64::from(i), false)));
    let all = results(&[("a", &watched), ("b", &watched)]);
    let trial = ComparisonSpec { trial: Some(6), ..of_survival("log_rank", &["a", "b"]) };
    for asked in [trial, of_survival("log_rank", &["a", "b"]), of_survival("rank_first", &["a", "b"])] {
        let row = made(asked, &all);
        assert_eq!(row.estimate.value, None);
        assert_eq!(row.estimate.method, "not made: no subject has reached survival in the time simulated");
    }
}

#[test]
fn time_counts_from_day_zero() {
    let a = numbered([timed(-2.0, true), timed(10.0, true), timed(20.0, true), timed(0.0, true)]);
    let b = numbered((0..4).map(|_| timed(5.0, true)));
    let all = results(&[("a", &a), ("b", &b)]);
    let e = made(of_survival("value", &["a"]), &all).estimate;
    assert_eq!((e.value, e.n), (Some(10.0), 3));
    assert!(e.method.contains("1 of 4 runs left out"), "{}", e.method);
    // Its partner is left out with it.
    let e = made(of_survival("median_ratio", &["a", "b"]), &all).estimate;
    assert_eq!((e.value, e.n), (Some(2.0), 3));
}

#[test]
fn endpoints_that_are_values_are_compared_by_medians() {
    let peak = |v: Option<f64>| {
        let value = EndpointValue::Value(v);
        RunResult { endpoints: BTreeMap::from([("survival".to_string(), value)]), ..RunResult::default() }
    };
    let a = numbered([Some(4.0), None, Some(8.0)].map(peak));
    let b = numbered([Some(1.0), Some(5.0), Some(2.0)].map(peak));
    let all = results(&[("a", &a), ("b", &b)]);
    assert_eq!(made(of_survival("ratio", &["a", "b"]), &all).estimate.value, Some(4.0));
    assert_eq!(made(of_survival("value", &["b"]), &all).estimate.value, Some(2.0));
    let method = made(of_survival("median_ratio", &["a", "b"]), &all).estimate.method;
    assert_eq!(method, "not made: survival is not a time");
}

#[test]
fn the_band_decides_whether_it_holds() {
    let a = numbered([run(&[4.0], None), run(&[6.0], None)]);
    let all = results(&[("a", &a)]);
    let band = |low, high| {
        let expect = Some(Expect { low, high, role: "check".into() });
        made(ComparisonSpec { expect, ..of_n("value", &["a"], Some(0.0)) }, &all).holds
    };
    assert_eq!(band(Some(5.0), Some(5.0)), Some(true));
    assert_eq!(band(Some(5.1), None), Some(false));
    assert_eq!(band(None, None), None);
    let nobody = made(of_n("value", &["z"], None), &all);
    assert_eq!(
        (nobody.estimate.method.as_str(), nobody.holds),
        ("not made: arm z has no finished run", None)
    );
}

#[test]
fn the_kinds_are_those_that_documents_may_name() {
    let names: Vec<&str> = CATALOG.iter().map(|k| k.name).collect();
    assert_eq!(names, crate::spec::COMPARISON_KINDS.iter().map(|k| k.name).collect::<Vec<_>>());
}
