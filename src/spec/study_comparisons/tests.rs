//! What is refused before anything is run, where, and with which way out.

use super::super::fields::Kind as FieldKind;
use super::super::load;
use super::super::study::{StudySpec, study};
use super::super::sweep::{SweepSpec, sweep};
use super::*;
use crate::spec::Problem;

const MODEL: &str = "kind = \"model\"\nlattice = { layers = [\"t\"] }\n[cell_type.a]\nlayer = \"t\"\n\
    divide = \"1 /day\"\npush = 2\n[observable]\nn = { kind = \"count\", cells = [\"a\"], limit = \"5 cells\" }\n\
    bare = { kind = \"count\", cells = [\"a\"] }\nhidden = { kind = \"count\", cells = [\"a\"] }\n";
const SCENARIO: &str = "kind = \"scenario\"\nmodel = \"m.toml\"\nclock = { end = \"2 day\" }\n\
    domain = { size = [\"100 um\", \"100 um\"] }\nrecord.observables = [\"n\", \"bare\"]\n[endpoint]\n\
    survival = { kind = \"cross\", observable = \"n\", above = \"9 cells\" }\n\
    peak = { kind = \"summary\", observable = \"n\", take = \"max\" }\n\
    best = { kind = \"response\", observable = \"n\", complete = \"1 cells\", partial = 0.5, progress = 1.2, visits = \"1 day\" }\n";
const STUDY: &str = "kind = \"study\"\nscenario = \"s.toml\"\n[arm]\nx = { control = true }\ny = {}\n\
    z = { set = { \"endpoint.survival.enabled\" = false } }\n[subjects]\nn = 2\n\
    draw.\"cell_type.a.divide\" = { dist = \"lognormal\", median = \"1 /day\", sigma = 0.1 }\n\
    draw.\"cell_type.a.push\" = { dist = \"choice\", values = [1, 3] }\n[comparison]\n";

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [("m.toml", MODEL), ("s.toml", SCENARIO)].iter().chain(files) {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn read(comparisons: &str) -> Result<StudySpec, Vec<Problem>> {
    let folder = folder(&[("study.toml", &format!("{STUDY}{comparisons}"))]);
    study(&load(&folder.path().join("study.toml"), &[]).unwrap())
}

/// The one mistake of a comparison: its text below the head, its column, message and help.
fn refused(comparison: &str, at: &str, message: &str, help: &str) {
    let problems = read(comparison).map(|_| ()).expect_err(comparison);
    let [problem] = &problems[..] else { panic!("{comparison}: {problems:?}") };
    let line = STUDY.matches('\n').count() + 1;
    assert!(problem.file.ends_with("study.toml"), "{problem}");
    assert_eq!((problem.line, problem.column), (line, comparison.find(at).unwrap() + 1), "{problem}");
    assert!(problem.message.contains(message), "{problem}");
    assert!(problem.help.join(" ").contains(help), "{problem}");
}

#[test]
fn what_can_be_compared_is_read() {
    let text = "a = { kind = \"value\", arms = [\"x\"], observable = \"n\", at = \"1 day\", expect = { low = \"2 cells\" } }\n\
        b = { kind = \"value\", arms = [\"x\"], endpoint = \"peak\", expect = { high = \"9 cells\" } }\n\
        c = { kind = \"share\", arms = [\"x\"], endpoint = \"survival\", at = \"1 day\" }\n\
        d = { kind = \"rmst\", arms = [\"x\", \"y\"], endpoint = \"survival\", expect = { low = \"24 h\", high = \"7 day\" } }\n\
        e = { kind = \"log_rank\", arms = [\"x\", \"y\"], endpoint = \"survival\", weight = \"gehan\", strata = \"cell_type.a.push\", trial = 4 }\n\
        f = { kind = \"synergy\", arms = [\"x\", \"y\"], control = \"z\", observable = \"n\", null = \"hsa\", expect = { low = 0.5 } }\n\
        g = { kind = \"difference\", arms = [\"x\", \"y\"], endpoint = \"peak\" }\n";
    let spec = read(text).unwrap();
    let ids: Vec<&str> = spec.comparisons.iter().map(|c| c.id.as_str()).collect();
    assert_eq!(ids, ["a", "b", "c", "d", "e", "f", "g"]);
    let band = |i: usize| spec.comparisons[i].expect.as_ref().map(|e| (e.low, e.high));
    assert_eq!(band(0), Some((Some(2.0), None)));
    assert_eq!(band(3), Some((Some(1.0), Some(7.0))));
    assert_eq!(spec.comparisons[4].strata.as_deref(), Some("cell_type.a.push"));
}

#[test]
fn what_is_not_built_is_refused_by_name() {
    let times = "arms = [\"x\", \"y\"], endpoint = \"survival\"";
    let synergy = "kind = \"synergy\", arms = [\"x\", \"y\"], control = \"z\", observable = \"n\"";
    for null in ["loewe", "zip"] {
        let text = format!("c = {{ {synergy}, null = \"{null}\" }}");
        refused(&text, &format!("\"{null}\""), &format!("`{null}` is not built yet"), "log_sum, bliss, hsa");
    }
    let log_rank = format!("c = {{ kind = \"log_rank\", {times}, strata = ");
    refused(&format!("{log_rank}\"group\" }}"), "\"group\"", "groups of subjects", "subjects.draw");
    let path = "cell_type.a.divide";
    refused(
        &format!("{log_rank}\"{path}\" }}"),
        "\"cell_type",
        "continuous law",
        "choice, bernoulli or table",
    );
    refused(&format!("{log_rank}\"cell_type.a.pusch\" }}"), "\"cell_type", "not drawn", "cell_type.a.push");
}

#[test]
fn keys_that_a_kind_does_not_read_are_refused() {
    let times = "arms = [\"x\", \"y\"], endpoint = \"survival\"";
    let cases = [
        ("median_ratio", "strata = \"cell_type.a.push\""),
        ("median_ratio", "at = \"1 day\""),
        ("rank_first", "trial = 3"),
        ("rmst", "weight = \"gehan\""),
        ("log_rank", "null = \"hsa\""),
        ("log_rank", "control = \"x\""),
        ("log_rank", "ties = \"efron\""),
    ];
    for (kind, key) in cases {
        let word = key.split(' ').next().unwrap();
        let text = format!("c = {{ kind = \"{kind}\", {times}, {key} }}");
        refused(&text, key, &format!("of kind {kind} has no `{word}`"), "endpoint");
    }
    let factors = "factors = [\"a\", \"b\"]";
    refused(
        &format!("c = {{ kind = \"log_rank\", {times}, {factors} }}"),
        factors,
        "is not built yet",
        "remove",
    );
    let ratio = "c = { kind = \"ratio\", arms = [\"x\", \"y\"], endpoint = \"peak\", at = \"1 day\" }";
    refused(ratio, "at =", "day of an observable", "");
    // A value that is no name is one problem, not two.
    let text = "c = { kind = \"log_rank\", arms = [\"x\", \"y\", 3], endpoint = \"survival\" }";
    refused(text, "3", "must be a name", "");
    let value = "c = { kind = \"value\", arms = [\"x\"], endpoint = \"survival\", at = \"1 day\" }";
    refused(value, "at =", "day of an observable", "");
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let of = |kind: &str, rest: &str| format!("c = {{ kind = \"{kind}\", {rest} }}");
    let pair = "arms = [\"x\", \"y\"]";
    refused(&of("median_ratio", &format!("{pair}, endpoint = \"peak\"")), "\"peak\"", "is a value: kind", "");
    refused(&of("value", "arms = [\"x\"], endpoint = \"best\""), "\"best\"", "is a category: kind", "");
    refused(
        &of("ratio", &format!("{pair}, endpoint = \"survival\"")),
        "\"survival\"",
        "compares a value",
        "",
    );
    refused(
        &of("ratio", &format!("{pair}, observable = \"hidden\"")),
        "\"hidden\"",
        "not recorded",
        "record",
    );
    refused(&of("ratio", &format!("{pair}, observable = \"m\"")), "\"m\"", "no observable `m`", "");
    refused(&of("rmst", "arms = [\"x\"], endpoint = \"survival\""), "arms", "needs 2 arms", "reference");
    refused(&of("rmst", "arms = [\"x\", \"w\"], endpoint = \"survival\""), "\"w\"", "no arm `w`", "");
    let gone = of("median_ratio", "arms = [\"x\", \"z\"], endpoint = \"survival\"");
    refused(&gone, "\"survival\"", "arm `z` has no endpoint `survival`", "");
    refused(&of("share", "arms = [\"x\"], endpoint = \"survival\""), "c", "needs `at`", "");
    refused(&of("ratio", pair), "c", "needs an `endpoint` or an `observable`", "");
    let bare = of("synergy", &format!("{pair}, control = \"x\", observable = \"bare\""));
    refused(&bare, "\"bare\"", "needs a detection limit", "limit");
}

#[test]
fn a_band_has_the_unit_of_the_estimate() {
    let rmst = |band: &str| {
        format!(
            "c = {{ kind = \"rmst\", arms = [\"x\", \"y\"], endpoint = \"survival\", expect = {{ {band} }} }}"
        )
    };
    refused(&rmst("low = 7"), "7", "needs a unit", "");
    refused(&rmst("low = \"7 um\""), "\"7 um\"", "must be", "");
    let ratio =
        "c = { kind = \"ratio\", arms = [\"x\", \"y\"], observable = \"n\", expect = { high = \"2 day\" } }";
    refused(ratio, "\"2 day\"", "must be", "");
}

#[test]
fn subjects_of_one_arm_are_refused() {
    let text = STUDY.replace("y = {}", "y = { n = 3 }");
    let folder = folder(&[("study.toml", &text)]);
    let problems = study(&load(&folder.path().join("study.toml"), &[]).unwrap()).map(|_| ()).unwrap_err();
    let [problem] = &problems[..] else { panic!("{problems:?}") };
    assert_eq!((problem.line, problem.column), (5, 7), "{problem}");
    assert!(problem.message.contains("parallel"), "{problem}");
}

fn swept(rest: &str) -> Result<SweepSpec, Vec<Problem>> {
    let text = format!(
        "kind = \"sweep\"\nbase = \"s.toml\"\nfactor.p = {{ path = \"cell_type.a.push\", values = [0, 1] }}\n{rest}"
    );
    let folder = folder(&[("sweep.toml", &text)]);
    sweep(&load(&folder.path().join("sweep.toml"), &[]).unwrap())
}

#[test]
fn a_sweep_keeps_what_it_names_and_refuses_the_rest() {
    let grid = "design = { kind = \"grid\" }\n";
    let spec = swept(&format!("{grid}endpoints = [\"survival\"]\nobservables = \"n\"\n")).unwrap();
    assert_eq!(spec.endpoints, Some(vec!["survival".to_string()]));
    assert_eq!(spec.observables, Some(vec!["n".to_string()]));
    assert_eq!(swept(grid).unwrap().endpoints, None);
    let cases = [
        ("endpoints = [\"survival\", \"peek\"]", 26, "has an endpoint `peek`", "peak"),
        ("observables = [\"hidden\"]", 16, "records an observable `hidden`", ""),
        ("comparison.c = { kind = \"synergy\" }", 1, "comparisons of a sweep", ""),
    ];
    for (text, column, message, help) in cases {
        let problems = swept(&format!("{grid}{text}\n")).map(|_| ()).unwrap_err();
        let [problem] = &problems[..] else { panic!("{text}: {problems:?}") };
        assert_eq!((problem.line, problem.column), (5, column), "{problem}");
        assert!(problem.message.contains(message) && problem.help.join(" ").contains(help), "{problem}");
    }
    for key in ["points = 4", "seed = 2", "file = \"d.csv\""] {
        let problems = swept(&format!("design = {{ kind = \"grid\", {key} }}\n")).map(|_| ()).unwrap_err();
        let [problem] = &problems[..] else { panic!("{key}: {problems:?}") };
        assert_eq!((problem.line, problem.column), (4, 27), "{problem}");
        assert!(problem.message.contains("is not built yet"), "{problem}");
    }
}

#[test]
fn the_kinds_are_words_of_the_language() {
    let words = COMPARISON.iter().find_map(|f| match f.kind {
        FieldKind::Choice(words) if f.key == "kind" => Some(words),
        _ => None,
    });
    assert!(KINDS.iter().all(|k| words.unwrap().contains(&k.name)));
}
