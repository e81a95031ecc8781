//! From documents to tables, where runs differ in what they measure.

use super::*;
use crate::record::Store;
use crate::spec;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::AtomicBool;

const MODEL: &str = "kind = \"model\"\nlattice = { layers = [\"t\"] }\n[cell_type.a]\nlayer = \"t\"\n\
    divide = \"1 /day\"\npush = 2\n[observable]\nn = { kind = \"count\", cells = [\"a\"], limit = \"1 cells\" }\n\
    v = { kind = \"volume\", cells = [\"a\"] }\n\
    scan = { kind = \"reading\", terms = { n = 1 }, detect = [\"2 cells\", \"6 cells\"] }\n";

fn scenario(rest: &str) -> String {
    format!(
        "kind = \"scenario\"\nmodel = \"m.toml\"\nclock = {{ end = \"3 day\" }}\n\
         domain = {{ size = [\"200 um\", \"200 um\"] }}\nplace.a = {{ cell = \"a\", count = \"4 cells\" }}\n{rest}"
    )
}

struct Nobody;

impl Progress for Nobody {
    fn advance(&mut self, _: usize, _: usize, _: usize) {}
    fn note(&mut self, what: &str) {
        panic!("{what}");
    }
}

struct Quiet(tempfile::TempDir);

impl Quiet {
    fn new(files: &[(&str, String)]) -> Quiet {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("m.toml"), MODEL).unwrap();
        for (name, text) in files {
            let path = dir.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            // Scenarios name the model beside the folders that they may stand in.
            let up = "../".repeat(Path::new(name).components().count() - 1);
            std::fs::write(path, text.replace("\"m.toml\"", &format!("\"{up}m.toml\""))).unwrap();
        }
        Quiet(dir)
    }

    fn load(&self, name: &str) -> spec::Document {
        spec::load(&self.0.path().join(name), &[]).unwrap()
    }

    fn conclude(&self, plan: &Plan) -> Conclusion {
        let dir = self.out();
        std::fs::create_dir_all(&dir).unwrap();
        let mut store = Store::open(&dir).unwrap();
        let finished = execute(plan, &mut store, 1, &AtomicBool::new(false), &mut Nobody).unwrap();
        assert!(finished.failed.is_empty() && finished.missing == 0);
        conclude(&dir, plan, &finished, &store).unwrap()
    }

    fn out(&self) -> std::path::PathBuf {
        self.0.path().join("out")
    }
}

/// Rows of a table by the names of their columns.
fn rows(dir: &Path, name: &str) -> (Vec<String>, Vec<BTreeMap<String, String>>) {
    let mut reader = csv::Reader::from_path(dir.join(name)).unwrap();
    let header: Vec<String> = reader.headers().unwrap().iter().map(String::from).collect();
    let row = |r: csv::StringRecord| header.iter().cloned().zip(r.iter().map(String::from)).collect();
    let rows = reader.records().map(|r| row(r.unwrap())).collect();
    (header, rows)
}

#[test]
fn scenarios_with_different_endpoints_and_observables_share_their_tables() {
    let a = scenario(
        "record.observables = [\"v\", \"n\"]\n[endpoint]\n\
         peak = { kind = \"summary\", observable = \"n\", take = \"max\" }\n\
         zebra = { kind = \"cross\", observable = \"n\", above = \"1 cells\" }\n",
    );
    let b = scenario(
        "record.observables = [\"n\", \"scan\"]\n[endpoint]\n\
         growth = { kind = \"cross\", observable = \"n\", above = \"5 cells\", visits = { every = \"1 day\" } }\n\
         zebra = { kind = \"cross\", observable = \"n\", above = \"1 cells\" }\n\
         stop_it = { kind = \"first\", of = [\"growth\"] }\n[stop]\nendpoints = [\"stop_it\"]\n",
    );
    let quiet = Quiet::new(&[("a.toml", a), ("b.toml", b)]);
    let plan =
        Plan::of_scenarios(vec![quiet.load("a.toml"), quiet.load("b.toml")], SizeOptions::default()).unwrap();
    quiet.conclude(&plan);
    let (header, runs) = rows(&quiet.out(), "runs.csv");
    let endpoints: Vec<&str> =
        header[6..].iter().map(String::as_str).take_while(|h| *h != "outcome").collect();
    let all =
        "growth_after growth_day growth_event peak_cells stop_it_day stop_it_event zebra_day zebra_event";
    assert_eq!(endpoints.join(" "), all);
    let (a, b) = (&runs[0], &runs[1]);
    assert_eq!(
        (a["growth_day"].as_str(), a["stop_it_event"].as_str(), b["peak_cells"].as_str()),
        ("", "", "")
    );
    assert!(a["peak_cells"].parse::<f64>().unwrap() > 4.0);
    assert_eq!((a["zebra_event"].as_str(), &a["zebra_day"]), ("1", &b["zebra_day"]));
    assert_eq!((a["ended_by"].as_str(), b["ended_by"].as_str()), ("", "growth"));
    assert_eq!((a["watched_until"].as_str(), b["growth_event"].as_str()), ("3", "1"));
    assert_eq!(b["watched_until"], b["growth_day"]);
    let (header, series) = rows(&quiet.out(), "series.csv");
    assert_eq!(header[5..], ["v_mm3", "n", "scan", "scan_censored"].map(String::from));
    for row in &series {
        let of_a = row["arm"] == "a";
        let n: f64 = row["n"].parse().unwrap();
        assert_eq!((row["v_mm3"].is_empty(), row["scan"].is_empty()), (!of_a, of_a), "{row:?}");
        let beyond = if n < 2.0 {
            "-1"
        } else if n > 6.0 {
            "1"
        } else {
            "0"
        };
        assert_eq!(row["scan_censored"], if of_a { "" } else { beyond }, "{row:?}");
    }
    let captions: serde_json::Value =
        serde_json::from_slice(&std::fs::read(quiet.out().join("figures.json")).unwrap()).unwrap();
    assert_eq!(captions["after"]["growth"]["n"], "above");
    assert_eq!(captions["units"]["v_mm3"], "mm^3");
}

#[test]
fn an_arm_may_switch_an_endpoint_off_and_cured_mice_count_low() {
    let base = scenario(
        "[endpoint]\ncleared = { kind = \"cross\", observable = \"n\", below = \"1 cells\" }\n\
         survival = { kind = \"cross\", observable = \"n\", above = \"500 cells\" }\n\
         [stop]\nendpoints = [\"cleared\", \"survival\"]\n",
    );
    let study = "kind = \"study\"\nscenario = \"s.toml\"\n[arm]\nplain = { control = true }\n\
        cured = { set = { \"cell_type.a.divide\" = \"0 /day\", \"cell_type.a.die.drug\" = \"9 /day\" } }\n\
        blind = { set = { \"endpoint.survival.enabled\" = false } }\n[subjects]\nn = 3\n\
        draw.\"cell_type.a.push\" = { dist = \"choice\", values = [1, 2] }\n[comparison]\n\
        burden = { kind = \"ratio\", arms = [\"cured\", \"plain\"], observable = \"n\", at = \"2 day\" }\n\
        strata = { kind = \"log_rank\", arms = [\"cured\", \"plain\"], endpoint = \"cleared\", strata = \"cell_type.a.push\" }\n";
    let model = MODEL.replace("push = 2", "push = 2\ndie.drug = \"0 /day\"");
    let quiet = Quiet::new(&[("m.toml", model), ("s.toml", base), ("study.toml", study.to_string())]);
    let spec = spec::study(&quiet.load("study.toml")).unwrap();
    let conclusion = quiet.conclude(&Plan::of_study(spec, SizeOptions::default()).unwrap());
    let (header, runs) = rows(&quiet.out(), "runs.csv");
    assert!(header.contains(&"survival_day".to_string()));
    for run in &runs {
        let (arm, ended) = (run["arm"].as_str(), run["ended_by"].as_str());
        assert_eq!(run["survival_event"].is_empty(), arm == "blind", "{run:?}");
        assert_eq!(ended, if arm == "cured" { "cleared" } else { "" }, "{run:?}");
    }
    let burden = &conclusion.comparisons[0].estimate;
    assert!(burden.method.contains("3 runs had left by clearance"), "{burden:?}");
    assert!(burden.value.unwrap() < 0.3, "{burden:?}");
    let strata = &conclusion.comparisons[1].estimate.method;
    assert!(strata.contains("stratified by cell_type.a.push"), "{strata}");
}

#[test]
fn a_sweep_keeps_the_columns_it_names() {
    let base = scenario(
        "[endpoint]\npeak = { kind = \"summary\", observable = \"n\", take = \"max\" }\n\
         survival = { kind = \"cross\", observable = \"n\", above = \"30 cells\" }\n",
    );
    let sweep = "kind = \"sweep\"\nbase = \"s.toml\"\ndesign = { kind = \"grid\" }\nendpoints = [\"survival\"]\n\
        observables = [\"scan\"]\nfactor.p = { path = \"cell_type.a.push\", values = [0, 2] }\n";
    let quiet = Quiet::new(&[("s.toml", base), ("sweep.toml", sweep.to_string())]);
    let spec = spec::sweep(&quiet.load("sweep.toml")).unwrap();
    quiet.conclude(&Plan::of_sweep(spec, SizeOptions::default()).unwrap());
    let (header, runs) = rows(&quiet.out(), "runs.csv");
    assert_eq!(
        header[6..10],
        ["cell_type.a.push", "survival_day", "survival_event", "outcome"].map(String::from)
    );
    assert_eq!(runs.len(), 2);
    let (header, _) = rows(&quiet.out(), "series.csv");
    assert_eq!(header[5..], ["scan", "scan_censored"].map(String::from));
}

#[test]
fn scenarios_of_one_name_are_told_apart_by_their_folders() {
    let (a, b) = (scenario(""), scenario("").replace("count = \"4 cells\"", "count = \"9 cells\""));
    let quiet = Quiet::new(&[("A/base.toml", a), ("B/base.toml", b)]);
    let both = || vec![quiet.load("A/base.toml"), quiet.load("B/base.toml")];
    let plan = Plan::of_scenarios(both(), SizeOptions::default()).unwrap();
    quiet.conclude(&plan);
    let (_, runs) = rows(&quiet.out(), "runs.csv");
    assert_eq!((runs[0]["arm"].as_str(), runs[1]["arm"].as_str()), ("A_base", "B_base"));
    let twice = [both(), both()].concat();
    let problems = Plan::of_scenarios(twice, SizeOptions::default()).map(|_| ()).unwrap_err();
    assert!(problems[0].message.contains("the same document as"), "{problems:?}");
}

/// Columns of a folder's tables as `table.column`, with ids of the documents below as `<...>`.
fn written(dir: &Path) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    for table in ["runs", "series", "events", "survival", "features", "comparisons"] {
        if dir.join(format!("{table}.csv")).is_file() {
            out.extend(rows(dir, &format!("{table}.csv")).0.into_iter().map(|c| format!("{table}.{c}")));
        }
    }
    for table in ["index", "cell_types"] {
        if dir.join("snapshots").is_dir() {
            let header = rows(&dir.join("snapshots"), &format!("{table}.csv")).0;
            out.extend(header.into_iter().map(|c| format!("{table}.{c}")));
        }
    }
    let ids = [
        ("covariate.age", "covariate.<name>"),
        ("cell_type.a.push", "<path>"),
        ("large", "<endpoint>"),
        ("peak_cells", "<endpoint>"),
        ("scan", "<observable>"),
    ];
    let general = |column: String| ids.iter().fold(column, |c, (id, word)| c.replace(id, word));
    out.into_iter().map(general).collect()
}

#[test]
fn every_column_that_is_written_is_explained_and_no_other() {
    let base = scenario(
        "record = { snapshots = [\"1 day\"], observables = [\"scan\"] }\n[endpoint]\n\
         peak = { kind = \"summary\", observable = \"n\", take = \"max\" }\n\
         large = { kind = \"cross\", observable = \"n\", above = \"9 cells\", visits = { every = \"1 day\" } }\n",
    );
    let slice = base.replace("size = [", "scale = \"section\", section_of = [\"a\"], size = [");
    let study = "kind = \"study\"\nscenario = \"s.toml\"\n[arm]\nplain = { control = true }\n[subjects]\nn = 2\n\
        draw.\"cell_type.a.push\" = { dist = \"choice\", values = [1, 2] }\n\
        draw.\"covariate.age\" = { dist = \"normal\", mean = 8, sd = 1 }\n[comparison]\n\
        top = { kind = \"value\", arms = [\"plain\"], observable = \"scan\" }\n";
    let sweep = "kind = \"sweep\"\nbase = \"s.toml\"\ndesign = { kind = \"grid\" }\n\
        factor.p = { path = \"cell_type.a.push\", values = [0, 2] }\n";
    let mut found = BTreeSet::new();
    for base in [base, slice] {
        let files = [("s.toml", base), ("study.toml", study.into()), ("sweep.toml", sweep.into())];
        let quiet = Quiet::new(&files);
        for name in ["study.toml", "sweep.toml"] {
            quiet.conclude(&Plan::read(quiet.load(name), SizeOptions::default()).unwrap());
            found.append(&mut written(&quiet.out()));
            std::fs::remove_dir_all(quiet.out()).unwrap();
        }
    }
    let listed: BTreeSet<String> = columns().iter().map(|c| c.0.to_string()).collect();
    assert_eq!(found, listed);
}

#[test]
fn sweeps_and_studies_have_the_title_of_what_they_stand_on_unless_they_have_their_own() {
    let sweep = "kind = \"sweep\"\nbase = \"s.toml\"\ndesign = { kind = \"grid\" }\n\
        factor.p = { path = \"cell_type.a.push\", values = [0, 2] }\n";
    let quiet = Quiet::new(&[
        ("s.toml", format!("title = \"Base\"\n{}", scenario(""))),
        ("bare.toml", sweep.to_string()),
        ("own.toml", format!("title = \"Own\"\n{sweep}")),
        ("study.toml", "kind = \"study\"\nscenario = \"s.toml\"\narm.a = {}\n".to_string()),
    ]);
    let title = |name: &str| Plan::read(quiet.load(name), SizeOptions::default()).unwrap().title;
    assert_eq!(["bare.toml", "own.toml", "study.toml"].map(title), ["Base", "Own", "Base"]);
}

#[test]
fn the_folder_says_thresholds_bounds_and_what_stands_for_a_run() {
    let base = scenario(
        "[endpoint]\ncleared = { kind = \"cross\", observable = \"n\", below = \"1 cells\" }\n\
         grown = { kind = \"cross\", observable = \"n\", above = \"500 cells\" }\n\
         [stop]\nendpoints = [\"cleared\", \"grown\"]\n",
    );
    let quiet = Quiet::new(&[("s.toml", base)]);
    let conclusion =
        quiet.conclude(&Plan::of_scenario(quiet.load("s.toml"), SizeOptions::default()).unwrap());
    let captions: serde_json::Value =
        serde_json::from_slice(&std::fs::read(quiet.out().join("figures.json")).unwrap()).unwrap();
    assert_eq!(captions["endpoint"]["cleared"], serde_json::json!({ "observable": "n", "below": 1.0 }));
    assert_eq!(captions["endpoint"]["grown"], serde_json::json!({ "observable": "n", "above": 500.0 }));
    assert_eq!(captions["bound"], serde_json::json!({ "cleared": { "n": 1.0 } }));
    // The volume is recorded too, but n is what the endpoints watch.
    assert_eq!(captions["main"], "n");
    assert_eq!(conclusion.burden.unwrap().column, "n");
}

/// A label names an arm, an observable by its column, and anything else by its id; it is no part of a run's identity, and a
/// kind of something does not inherit it.
#[test]
fn labels_of_documents_reach_the_figures() {
    let model = MODEL.replace("push = 2\n", "push = 2\nlabel = \"Alpha\"\n")
        + "w = { kind = \"volume\", cells = [\"a\"], label = \"Load\" }\n[cell_type.b]\nis_a = \"a\"\n";
    let study =
        "kind = \"study\"\nscenario = \"s.toml\"\narm.one = { label = \"First arm\" }\narm.two = {}\n";
    let files = [("m.toml", model), ("s.toml", scenario("")), ("study.toml", study.to_string())];
    let quiet = Quiet::new(&files);
    quiet.conclude(&Plan::read(quiet.load("study.toml"), SizeOptions::default()).unwrap());
    let captions: serde_json::Value =
        serde_json::from_slice(&std::fs::read(quiet.out().join("figures.json")).unwrap()).unwrap();
    assert_eq!(captions["labels"], serde_json::json!({ "cell_type.a": "Alpha", "w_mm3": "Load" }));
    assert_eq!(captions["arms"][0]["label"], "First arm");
    assert_eq!(captions["arms"][1]["label"], "two");
}

#[test]
fn observables_of_a_fixed_unit_have_that_of_their_catalog() {
    let model = format!("{MODEL}births = {{ kind = \"events\", cause = \"division\" }}\n");
    let quiet = Quiet::new(&[("m.toml", model), ("s.toml", scenario(""))]);
    let setup = spec::compile(&quiet.load("s.toml"), &[]).unwrap();
    for (id, kind) in [("n", "count"), ("v", "volume"), ("births", "events")] {
        let told = crate::observe::OBSERVABLES.iter().find(|e| e.name == kind).unwrap().unit;
        let found = setup.observables.iter().find(|o| o.id == id).unwrap();
        assert_eq!(found.unit, told, "{kind}");
    }
    assert_eq!(setup.observables.iter().find(|o| o.id == "births").unwrap().column(), "births");
}
