//! The output folder as a contract: whose it is, what replaces what, and that it can be made again from itself.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

const MODEL: &str = "kind = \"model\"\nlattice = { layers = [\"t\"] }\n[cell_type.a]\nlayer = \"t\"\n\
    divide = \"1 /day\"\npush = 2\ndie.drug = \"0.1 /day\"\n[observable]\nn = { kind = \"count\", cells = [\"a\"] }\n";
const SCENARIO: &str = "kind = \"scenario\"\nmodel = \"m.toml\"\nclock = { end = \"4 day\" }\n\
    domain = { size = [\"200 um\", \"200 um\"] }\nplace.a = { cell = \"a\", file = \"cells.csv\" }\n[endpoint]\n\
    survival = { kind = \"cross\", observable = \"n\", above = \"20 cells\" }\n";
const STUDY: &str = "kind = \"study\"\ntitle = \"T\"\nscenario = \"s.toml\"\n[arm]\nplain = { control = true }\n\
    zapped = { set = { \"cell_type.a.die.drug\" = \"0.5 /day\", \"cell_type.a.push\" = 1 } }\n\
    absent = { enabled = false }\nbare = { scenario = \"other.toml\" }\n[subjects]\nn = 2\n\
    draw.\"cell_type.a.divide\" = { dist = \"lognormal\", median = \"1 /day\", sigma = 0.2 }\n[comparison]\n\
    longer = { kind = \"median_ratio\", arms = [\"zapped\", \"plain\"], endpoint = \"survival\" }\n";
const SWEEP: &str = "kind = \"sweep\"\ntitle = \"W\"\nbase = \"s.toml\"\nreplicates = 2\ndesign = { kind = \"grid\" }\n\
    [factor]\npush = { path = \"cell_type.a.push\", values = [0, 2] }\n\
    death = { path = \"cell_type.a.die.drug\", range = { from = \"0.1 /day\", to = \"0.9 /day\", points = 2 } }\n";

/// A folder with documents of every kind.
fn documents() -> TempDir {
    let dir = TempDir::new().unwrap();
    let put = |name: &str, text: &str| fs::write(dir.path().join(name), text).unwrap();
    put("m.toml", MODEL);
    put("s.toml", SCENARIO);
    put("other.toml", &SCENARIO.replace("20 cells", "25 cells"));
    put("study.toml", STUDY);
    put("sweep.toml", SWEEP);
    put("of_study.toml", &SWEEP.replace("s.toml", "study.toml").replace("replicates = 2", "seed = 5"));
    put("cells.csv", "x,y,z,type\n100,100,0,a\n60,60,0,a\n140,60,0,a\n");
    dir
}

fn tme(dir: &Path, args: &[&str]) -> (i32, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_tme"))
        .current_dir(dir)
        .args(args)
        .arg("--no-figures")
        .output()
        .unwrap();
    (output.status.code().unwrap_or(-1), String::from_utf8(output.stderr).unwrap())
}

/// Runs a command that must succeed; what it said.
fn done(dir: &Path, args: &[&str]) -> String {
    let (code, said) = tme(dir, args);
    assert_eq!(code, 0, "{args:?}: {said}");
    said
}

/// Runs a command that must be refused as bad input, without a change to the tables.
fn refused(dir: &Path, args: &[&str], parts: &[&str]) {
    let tables = |dir: &Path| {
        let mut files: Vec<PathBuf> = fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()).collect();
        files.retain(|p| p.is_file());
        files.sort();
        files.into_iter().map(|p| (p.clone(), fs::read(p).unwrap())).collect::<Vec<_>>()
    };
    let out = dir.join(args[args.iter().position(|a| *a == "--out").unwrap() + 1]);
    let before = tables(&out);
    let (code, said) = tme(dir, args);
    assert_eq!(code, 2, "{args:?}: {said}");
    for part in parts {
        assert!(said.contains(part), "{part:?} is not in {said}");
    }
    assert!(before == tables(&out), "{args:?} changed something");
}

fn csv(dir: &Path, out: &str, name: &str) -> String {
    fs::read_to_string(dir.join(out).join(name)).unwrap_or_default()
}

/// The text of every table of a folder.
fn tables(dir: &Path, out: &str) -> Vec<String> {
    ["runs", "series", "events", "survival", "comparisons"]
        .map(|t| csv(dir, out, &format!("{t}.csv")))
        .to_vec()
}

#[test]
fn a_folder_can_be_made_again_from_its_resolved_document() {
    let dir = documents();
    let dir = dir.path();
    let set = ["--set", "cell_type.a.die.drug=0.3 /day", "--seed", "77"];
    let cases: [(&str, Vec<&str>); 7] = [
        ("run", vec!["s.toml", "--until", "3 day", "--replicates", "2"]),
        ("run", [&["s.toml"], &set[..]].concat()),
        ("compare", vec!["study.toml"]),
        // The command line wins over an arm and over a draw, and keeps doing so.
        (
            "compare",
            [&["study.toml", "--subjects", "3", "--set", "cell_type.a.divide=0.8 /day"], &set[..]].concat(),
        ),
        ("compare", vec!["s.toml", "other.toml", "--subjects", "2", "--seed", "4", "--until", "2 day"]),
        ("sweep", vec!["sweep.toml", "--subjects", "2", "--seed", "9", "--until", "2 day"]),
        ("sweep", vec!["of_study.toml", "--subjects", "1", "--set", "cell_type.a.divide=0.8 /day"]),
    ];
    for (i, (verb, args)) in cases.into_iter().enumerate() {
        let (first, second, third) = (format!("a{i}"), format!("b{i}"), format!("c{i}"));
        done(dir, &[&[verb], &args[..], &["--out", &first]].concat());
        let resolved = format!("{first}/resolved.toml");
        done(dir, &[verb, &resolved, "--out", &second]);
        assert!(tables(dir, &first)[0].lines().count() > 1);
        assert_eq!(tables(dir, &first), tables(dir, &second), "{verb} {args:?}");
        // Written out again it is the same but for the places of its files, and it is the same folder.
        done(dir, &[verb, &format!("{second}/resolved.toml"), "--out", &third]);
        assert_eq!(csv(dir, &second, "resolved.toml"), csv(dir, &third, "resolved.toml"), "{verb} {args:?}");
        let said = done(dir, &[verb, &resolved, "--out", &first]);
        assert!(said.contains("all done before"), "{said}");
    }
}

#[test]
fn a_scenario_written_out_runs_by_itself_under_its_name() {
    let dir = documents();
    let dir = dir.path();
    done(dir, &["run", "s.toml", "--out", "a"]);
    assert!(csv(dir, "a", "resolved/s.toml").contains("divide = \"1 /day\""));
    done(dir, &["run", "a/resolved/s.toml", "--out", "b"]);
    assert_eq!(tables(dir, "a"), tables(dir, "b"));
}

#[test]
fn a_refusal_names_the_first_difference_and_a_dry_run_does_too() {
    let dir = documents();
    let dir = dir.path();
    done(dir, &["run", "s.toml", "--out", "k"]);
    let ways = ["--out", "--force"];
    let with = |extra: &[&'static str]| [&["run", "s.toml", "--out", "k"], extra].concat();
    let set = with(&["--set", "cell_type.a.divide=2 /day"]);
    let said = "cell_type.a.divide was 1 /day and is now 2 /day";
    refused(dir, &set, &[&[said], &ways[..]].concat());
    refused(dir, &[&set[..], &["--dry-run"]].concat(), &[&[said, "memory"], &ways[..]].concat());
    refused(dir, &with(&["--seed", "9"]), &["the seed was 1 and is now 9"]);
    refused(dir, &["compare", "study.toml", "--out", "k"], &["the kind was run and is now compare"]);
    let said = done(dir, &[&set[..], &["--dry-run", "--force"]].concat());
    assert!(said.contains("would replace: cell_type.a.divide was"), "{said}");
    assert!(done(dir, &with(&["--dry-run"])).contains("only tables and figures would be drawn"));
    // The same values in other words are the same folder.
    let same = with(&["--set", "cell_type.a.divide=1 /day", "--set", "clock.end=96 h"]);
    assert!(done(dir, &same).contains("all done before"));
}

#[test]
fn what_each_subject_drew_stands_in_a_table() {
    let docs = documents();
    let dir = docs.path();
    let more = "n = 2\ndraw.\"covariate.site\" = { dist = \"choice\", values = [\"left\", \"right\"] }\n";
    fs::write(dir.join("drawn.toml"), STUDY.replace("n = 2\n", more)).unwrap();
    done(dir, &["compare", "drawn.toml", "--out", "d"]);
    let rows = csv(dir, "d", "features.csv");
    let rows: Vec<Vec<&str>> = rows.lines().map(|l| l.split(',').collect()).collect();
    assert_eq!(rows[0][..4], ["run", "arm", "subject", "replicate"]);
    let column = |name: &str| rows[0].iter().position(|c| *c == name).unwrap();
    let (rate, site) = (column("cell_type.a.divide_per_day"), column("covariate.site"));
    assert_eq!(rows.len(), 1 + 6, "three arms, two subjects");
    for row in &rows[1..] {
        let same = rows[1..].iter().find(|r| r[2] == row[2]).unwrap();
        assert_eq!((row[rate], row[site]), (same[rate], same[site]), "a subject is the same in every arm");
        assert!(row[rate].parse::<f64>().unwrap() > 0.0 && ["left", "right"].contains(&row[site]));
    }
    assert_ne!(rows[1][rate], rows[2][rate]);
}

#[test]
fn a_distribution_that_changes_is_another_study() {
    let dir = documents();
    let dir = dir.path();
    done(dir, &["compare", "study.toml", "--out", "k"]);
    fs::write(dir.join("study.toml"), STUDY.replace("sigma = 0.2", "sigma = 0.3")).unwrap();
    let path = "subjects.draw.cell_type.a.divide.sigma was 0.2 and is now 0.3";
    refused(dir, &["compare", "study.toml", "--out", "k"], &[path]);
}

#[test]
fn a_smaller_study_replaces_a_larger_one_only_with_force() {
    let dir = documents();
    let dir = dir.path();
    let go = |extra: &[&'static str]| [&["compare", "study.toml", "--out", "k"], extra].concat();
    done(dir, &go(&["--subjects", "3"]));
    refused(dir, &go(&[]), &["subjects was 3 and is now 2", "--out", "--force"]);
    refused(dir, &go(&["--subjects", "3", "--until", "2 day"]), &["until was 4 day and is now 2 day"]);
    assert_eq!(csv(dir, "k", "runs.csv").lines().count(), 1 + 9);
    let said = done(dir, &go(&["--force"]));
    assert!(said.contains("all done before"), "{said}");
    assert_eq!(csv(dir, "k", "runs.csv").lines().count(), 1 + 6);
    let said = done(dir, &go(&["--subjects", "4"]));
    assert!(said.contains("9 done before"), "runs are kept: {said}");
}

#[test]
fn a_damaged_or_lost_manifest_is_mended_with_force_and_runs_are_kept() {
    let dir = documents();
    let dir = dir.path();
    let go = |extra: &[&'static str]| [&["compare", "study.toml", "--out", "k"], extra].concat();
    done(dir, &go(&[]));
    let whole = tables(dir, "k");
    let manifest = dir.join("k/manifest.json");
    let text = fs::read(&manifest).unwrap();
    for damage in [Some(&text[..text.len() / 2]), Some(b"[]"), Some(b""), None] {
        match damage {
            Some(bytes) => fs::write(&manifest, bytes).unwrap(),
            None => fs::remove_file(&manifest).unwrap(),
        }
        refused(dir, &go(&[]), &["--force", "--out", "manifest.json"]);
        assert!(done(dir, &go(&["--force"])).contains("all done before"));
        assert_eq!(tables(dir, "k"), whole);
        assert!(done(dir, &go(&[])).contains("all done before"));
    }
}

#[test]
fn runs_that_were_lost_are_done_again_and_said_to_be() {
    let dir = documents();
    let dir = dir.path();
    let go = ["compare", "study.toml", "--out", "k"];
    done(dir, &go);
    let whole = tables(dir, "k");
    fs::remove_dir_all(dir.join("k/runs")).unwrap();
    let said = done(dir, &go);
    assert!(!said.contains("done before") && said.contains("6 of 6 runs"), "{said}");
    assert_eq!(tables(dir, "k"), whole);
}

#[test]
fn a_sweep_does_not_vary_what_the_command_line_fixes() {
    let dir = documents();
    fs::create_dir(dir.path().join("k")).unwrap();
    let fixed = ["sweep", "sweep.toml", "--out", "k", "--set", "cell_type.a.push=1"];
    refused(dir.path(), &fixed, &["`--set cell_type.a.push` fixes what the sweep varies"]);
}

#[test]
fn the_manifest_says_what_made_the_folder() {
    let dir = documents();
    let dir = dir.path();
    done(dir, &["run", "s.toml", "--out", "k"]);
    let manifest: serde_json::Value = serde_json::from_str(&csv(dir, "k", "manifest.json")).unwrap();
    assert!(manifest["rustc"].as_str().unwrap().starts_with("rustc 1."), "{manifest}");
    assert!(manifest["threads"].as_u64().unwrap() > 0);
    let clone = Path::new(env!("CARGO_MANIFEST_DIR")).join(".git").exists();
    assert_eq!(manifest["commit"].as_str().is_some_and(|c| c.len() >= 40), clone);
    for file in manifest["files"].as_array().unwrap() {
        assert!(dir.join("k").join(file.as_str().unwrap()).is_file(), "{file}");
    }
}

#[test]
fn points_of_a_sweep_are_told_apart_in_tables_and_on_the_terminal() {
    let dir = documents();
    let dir = dir.path();
    let lists =
        "sizes = { path = \"domain.size\", values = [[\"200 um\", \"200 um\"], [\"300 um\", \"200 um\"]] }\n";
    fs::write(dir.join("lists.toml"), format!("{SWEEP}{lists}")).unwrap();
    let said = done(dir, &["sweep", "lists.toml", "--out", "k"]);
    let header = csv(dir, "k", "runs.csv").lines().next().unwrap().to_string();
    let factors = "cell_type.a.push,cell_type.a.die.drug_per_day,domain.size";
    assert!(header.contains(&format!("seed,{factors},survival_day")), "{header}");
    assert!(csv(dir, "k", "runs.csv").contains("0.9,\"[\"\"300 um\"\", \"\"200 um\"\"]\""));
    let survival = csv(dir, "k", "survival.csv");
    assert!(survival.lines().next().unwrap().ends_with(&format!("upper,{factors}")), "{survival}");
    assert!(survival.lines().count() > 8);
    assert!(said.lines().all(|l| l.chars().count() <= 80 || l.contains("runs into")), "{said}");
    assert!(said.contains("push = 2, drug_per_day = 0.9, size = [\"300 um\""), "{said}");
    let said = done(dir, &["sweep", "sweep.toml", "--out", "l"]);
    assert!(said.contains("push  drug_per_day      n  events  median survival, days"), "{said}");
}

#[test]
fn a_study_that_grows_leaves_no_pictures_behind() {
    let dir = documents();
    let dir = dir.path();
    let asked = SCENARIO.replace("[endpoint]", "record.snapshots = [\"1 day\"]\n[endpoint]");
    fs::write(dir.join("s.toml"), asked).unwrap();
    for n in ["1", "3"] {
        let said = done(dir, &["compare", "study.toml", "--out", "k", "--subjects", n, "--dry-run"]);
        assert!(said.contains("disk "), "{said}");
        done(dir, &["compare", "study.toml", "--out", "k", "--subjects", n]);
        let pictures = fs::read_dir(dir.join("k/snapshots")).unwrap();
        let names: Vec<String> = pictures.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        let index = csv(dir, "k", "snapshots/index.csv");
        let stray = |n: &&String| n.ends_with(".npy") && !index.contains(n.as_str());
        assert_eq!(names.iter().find(stray), None);
        // Two arms ask for day 1, one for none and shows its end.
        assert_eq!(index.lines().count(), 1 + 3, "{index}");
    }
}

#[test]
fn figures_of_earlier_tables_go_where_none_are_drawn() {
    let dir = documents();
    let dir = dir.path();
    let grown = |n: &str, extra: &[&'static str]| {
        let args = [&["compare", "study.toml", "--out", "k", "--subjects", n], extra].concat();
        let output = Command::new(env!("CARGO_BIN_EXE_tme")).current_dir(dir).args(args).output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    let figures = || csv(dir, "k", "manifest.json").matches("figures/").count();
    assert!(grown("1", &[]).contains("Tables and figures are in k"));
    assert!(figures() > 0 && dir.join("k/figures/growth.svg").is_file());
    let said = grown("2", &["--no-figures"]);
    assert!(
        said.contains("Tables are in k") && said.contains("removed; tme plot k draws new ones"),
        "{said}"
    );
    assert!(figures() == 0 && !dir.join("k/figures").exists());
    // With nothing to remove there is nothing to tell.
    assert!(!grown("2", &["--no-figures"]).contains("removed"));
}

#[test]
fn what_only_a_later_subject_draws_wrong_is_found_before_the_folder_is_touched() {
    let dir = documents();
    let dir = dir.path();
    let peak = "peak = { kind = \"summary\", observable = \"n\", take = \"max\", from = \"0.5 day\", to = \"3 day\" }\n";
    fs::write(dir.join("s.toml"), format!("{SCENARIO}{peak}")).unwrap();
    // With this seed the first subject draws 1 day, which is right in both arms.
    let study = "kind = \"study\"\nscenario = \"s.toml\"\n[arm]\nplain = { control = true }\n\
        short = { set = { \"endpoint.peak.to\" = \"1.5 day\" } }\n[subjects]\nn = 6\n\
        draw.\"endpoint.peak.from\" = { dist = \"choice\", values = [\"2 day\", \"1 day\"] }\n";
    fs::write(dir.join("study.toml"), study).unwrap();
    let go = |n: &str| tme(dir, &["compare", "study.toml", "--out", "k", "--seed", "1", "--subjects", n]);
    let (code, said) = go("6");
    assert!(code == 2 && said.contains("`endpoint.peak`: `to` is not after `from`"), "{said}");
    assert!(!dir.join("k").exists());
    assert_eq!(go("1").0, 0);
}
