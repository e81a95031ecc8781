//! The command line as users and scripts see it: exit codes, folders, the same bits, going on after a kill.

use assert_cmd::Command;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

fn tme() -> Command {
    Command::new(env!("CARGO_BIN_EXE_tme"))
}

fn config(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("configs").join(name)
}

/// Runs and returns (exit code, standard output, standard error).
fn run(args: &[&str]) -> (i32, String, String) {
    let output = tme().args(args).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
}

fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text.trim()).unwrap_or_else(|e| panic!("{e}: {text}"))
}

#[test]
fn a_scenario_runs_and_writes_its_tables() {
    let dir = TempDir::new().unwrap();
    let out = dir.path().join("one");
    let scenario = config("minimal/scenario.toml");
    let (code, stdout, stderr) = run(&[
        "run",
        scenario.to_str().unwrap(),
        "--until",
        "3 day",
        "--out",
        out.to_str().unwrap(),
        "--json",
    ]);
    assert_eq!(code, 0, "{stderr}");
    let result = json(&stdout);
    assert_eq!(result["runs"], 1);
    assert_eq!(result["failed"], 0);
    assert_eq!(result["outcome"], "finished");
    for name in ["runs.csv", "series.csv", "events.csv", "survival.csv", "manifest.json", "resolved.toml"] {
        assert!(out.join(name).is_file(), "{name}");
    }
    let series = fs::read_to_string(out.join("series.csv")).unwrap();
    assert!(
        series.starts_with("run,arm,subject,replicate,time_day,tumor_cells,tumor_volume_mm3"),
        "{series}"
    );
    assert_eq!(series.lines().count(), 1 + 4, "days 0 to 3");
    assert!(out.join("figures").read_dir().unwrap().count() >= 2);
}

#[test]
fn the_same_bits_at_any_number_of_threads_and_again() {
    let dir = TempDir::new().unwrap();
    let study = config("minimal/study.toml");
    let mut tables = Vec::new();
    let mut hashes = Vec::new();
    for threads in ["1", "2", "7"] {
        let out = dir.path().join(threads);
        let (code, stdout, stderr) = run(&[
            "compare",
            study.to_str().unwrap(),
            "--until",
            "3 day",
            "--threads",
            threads,
            "--out",
            out.to_str().unwrap(),
            "--json",
            "--quiet",
            "--no-figures",
        ]);
        assert_eq!(code, 0, "{stderr}");
        hashes.push(json(&stdout)["state_hash"].to_string());
        let names = ["runs.csv", "series.csv", "events.csv", "survival.csv", "comparisons.csv"];
        tables.push(names.map(|n| fs::read(out.join(n)).unwrap()));
    }
    assert_eq!(hashes[0], hashes[1]);
    assert_eq!(hashes[0], hashes[2]);
    assert!(tables[0] == tables[1] && tables[0] == tables[2], "tables differ between thread counts");
}

#[test]
fn the_same_bits_on_either_path_of_the_processor() {
    let dir = TempDir::new().unwrap();
    let scenario = config("minimal/scenario.toml");
    let on = |path: &str| {
        let out = dir.path().join(path);
        let args =
            ["run", scenario.to_str().unwrap(), "--until", "3 day", "--json", "--quiet", "--no-figures"];
        let output = tme().args(args).arg("--out").arg(out).env("TME_CPU", path).output().unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stdout).unwrap(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    let (code, stdout, stderr) = on("baseline");
    assert_eq!(code, Some(0), "{stderr}");
    match on("avx2") {
        (Some(0), wide, _) => assert_eq!(json(&stdout)["state_hash"], json(&wide)["state_hash"]),
        (code, _, stderr) => assert!(code == Some(2) && stderr.contains("does not have"), "{stderr}"),
    }
    let (code, _, stderr) = on("nonsense");
    assert_eq!((code, dir.path().join("nonsense").exists()), (Some(2), false));
    assert!(stderr.contains("TME_CPU is `nonsense`"), "{stderr}");
}

#[test]
fn a_finished_folder_is_only_redrawn_and_another_identity_is_refused() {
    let dir = TempDir::new().unwrap();
    let out = dir.path().join("out");
    let scenario = config("minimal/scenario.toml");
    let base = [
        "run",
        scenario.to_str().unwrap(),
        "--until",
        "1 day",
        "--out",
        out.to_str().unwrap(),
        "--no-figures",
    ];
    assert_eq!(run(&base).0, 0);
    let before = fs::read(out.join("runs.csv")).unwrap();
    let (code, _, stderr) = run(&base);
    assert_eq!(code, 0, "{stderr}");
    assert!(stderr.contains("done before"), "{stderr}");
    let other = [&base[..], &["--seed", "9"]].concat();
    let (code, _, stderr) = run(&other);
    assert_eq!(code, 2, "{stderr}");
    assert!(stderr.contains("seed") && stderr.contains("--out") && stderr.contains("--force"), "{stderr}");
    assert_eq!(fs::read(out.join("runs.csv")).unwrap(), before, "a refusal writes nothing");
    assert_eq!(run(&[&other[..], &["--force"]].concat()).0, 0);
    assert_ne!(fs::read(out.join("runs.csv")).unwrap(), before);
}

#[test]
fn a_damaged_table_ends_a_plot_with_1_and_keeps_the_figures_that_were_made_of_it() {
    let dir = TempDir::new().unwrap();
    let out = dir.path().join("out");
    let scenario = config("minimal/scenario.toml");
    let args = ["run", scenario.to_str().unwrap(), "--until", "1 day", "--out", out.to_str().unwrap()];
    assert_eq!(run(&args).0, 0);
    let growth = fs::read(out.join("figures/growth.png")).unwrap();
    fs::remove_file(out.join("figures/maps.png")).unwrap();
    for damaged in ["", "run,arm\n0\n"] {
        fs::write(out.join("series.csv"), damaged).unwrap();
        let (code, _, stderr) = run(&["plot", out.to_str().unwrap()]);
        assert!(code == 1 && stderr.contains("series.csv"), "{code}: {stderr}");
        assert_eq!(fs::read(out.join("figures/growth.png")).unwrap(), growth);
        assert!(out.join("figures/maps.png").is_file(), "what can be drawn is");
    }
}

#[test]
fn more_subjects_extend_a_study_without_running_the_first_again() {
    let dir = TempDir::new().unwrap();
    let out = dir.path().join("out");
    let study = config("minimal/study.toml");
    let args = |n: &'static str| {
        [
            "compare",
            study.to_str().unwrap(),
            "--until",
            "2 day",
            "--subjects",
            n,
            "--out",
            out.to_str().unwrap(),
            "--no-figures",
        ]
        .map(String::from)
    };
    let go = |n| tme().args(args(n)).output().unwrap().status.code();
    assert_eq!(go("2"), Some(0));
    let first = fs::read_to_string(out.join("runs.csv")).unwrap();
    assert_eq!(go("3"), Some(0));
    let more = fs::read_to_string(out.join("runs.csv")).unwrap();
    let hashes = |text: &str, subjects: &[&str]| -> Vec<String> {
        text.lines()
            .skip(1)
            .filter(|l| subjects.contains(&l.split(',').nth(3).unwrap()))
            .map(|l| l.rsplit(',').next().unwrap().to_string())
            .collect()
    };
    assert_eq!(hashes(&first, &["1", "2"]), hashes(&more, &["1", "2"]));
    assert_eq!(hashes(&more, &["3"]).len(), 2);
}

#[test]
fn bad_input_is_one_message_per_mistake_and_writes_nothing() {
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("bad.toml");
    fs::write(
        &file,
        "kind = \"scenario\"\nmodel = \"missing.toml\"\n[clock]\nend = \"10\"\nstpe = \"1 h\"\n",
    )
    .unwrap();
    let out = dir.path().join("out");
    let (code, stdout, stderr) = run(&["run", file.to_str().unwrap(), "--out", out.to_str().unwrap()]);
    assert_eq!(code, 2, "{stderr}");
    assert!(stdout.is_empty());
    assert!(stderr.contains("missing.toml"), "{stderr}");
    assert!(stderr.contains("bad.toml:2:"), "{stderr}");
    assert!(!out.exists());
    for text in ["", "kind = \"poem\"\n", "title = \"no kind\"\n", "kind = \n"] {
        fs::write(&file, text).unwrap();
        let (code, _, stderr) = run(&["run", file.to_str().unwrap(), "--out", out.to_str().unwrap()]);
        assert_eq!(code, 2, "{text}: {stderr}");
        assert!(stderr.contains("bad.toml"), "{text}: {stderr}");
        assert!(!out.exists());
    }
}

#[test]
fn storage_trouble_has_its_own_exit_code() {
    let dir = TempDir::new().unwrap();
    let blocked = dir.path().join("file");
    fs::write(&blocked, "in the way").unwrap();
    let scenario = config("minimal/scenario.toml");
    let out = blocked.join("out");
    let (code, _, stderr) =
        run(&["run", scenario.to_str().unwrap(), "--until", "1 day", "--out", out.to_str().unwrap()]);
    assert_eq!(code, 74, "{stderr}");
    assert_eq!(fs::read_to_string(&blocked).unwrap(), "in the way");
}

#[test]
fn a_dry_run_writes_nothing_and_too_large_a_domain_is_refused() {
    let dir = TempDir::new().unwrap();
    let out = dir.path().join("out");
    let study = config("minimal/study.toml");
    let (code, _, stderr) =
        run(&["compare", study.to_str().unwrap(), "--dry-run", "--out", out.to_str().unwrap()]);
    assert_eq!(code, 0, "{stderr}");
    assert!(stderr.contains("8 runs") && stderr.contains("memory"), "{stderr}");
    assert!(!out.exists());
    let scenario = config("minimal/scenario.toml");
    let size = "domain.size=[\"20 m\", \"20 m\"]";
    let (code, _, stderr) =
        run(&["run", scenario.to_str().unwrap(), "--set", size, "--out", out.to_str().unwrap()]);
    assert_eq!(code, 2, "{stderr}");
    assert!(!out.exists());
}

#[test]
fn a_sweep_runs_its_grid_and_continues() {
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("sweep.toml");
    let text = format!(
        "kind = \"sweep\"\ntitle = \"push and death\"\nbase = {:?}\ndesign = {{ kind = \"grid\" }}\n[factor]\n\
         push = {{ path = \"cell_type.tumor.push\", values = [0, 3] }}\n\
         death = {{ path = \"cell_type.tumor.die.apoptosis\", range = {{ from = \"0.1 /day\", to = \"0.4 /day\", points = 3, spacing = \"log\" }} }}\n",
        config("minimal/scenario.toml").to_str().unwrap()
    );
    fs::write(&file, text).unwrap();
    let out = dir.path().join("out");
    let args = ["sweep", file.to_str().unwrap(), "--until", "2 day", "--out", out.to_str().unwrap()];
    let (code, _, stderr) = run(&args);
    assert_eq!(code, 0, "{stderr}");
    let runs = fs::read_to_string(out.join("runs.csv")).unwrap();
    assert_eq!(runs.lines().count(), 1 + 6, "{runs}");
    assert!(runs.lines().next().unwrap().contains("cell_type.tumor.die.apoptosis"), "{runs}");
    assert!(runs.contains("0.2"), "the middle of a log range from 0.1 to 0.4: {runs}");
    let (code, _, stderr) = run(&args);
    assert_eq!(code, 0);
    assert!(stderr.contains("done before"), "{stderr}");
}

/// Killed with SIGKILL after the first finished runs, the same command finishes with the same tables.
#[test]
fn a_killed_study_goes_on_and_ends_with_the_same_bytes() {
    let dir = TempDir::new().unwrap();
    let (whole, cut) = (dir.path().join("whole"), dir.path().join("cut"));
    let study = config("minimal/study.toml");
    let args = |out: &Path| {
        [
            "compare",
            study.to_str().unwrap(),
            "--until",
            "5 day",
            "--threads",
            "1",
            "--quiet",
            "--no-figures",
            "--out",
        ]
        .iter()
        .map(ToString::to_string)
        .chain([out.to_str().unwrap().to_string()])
        .collect::<Vec<_>>()
    };
    assert_eq!(tme().args(args(&whole)).output().unwrap().status.code(), Some(0));
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_tme")).args(args(&cut)).spawn().unwrap();
    // Until a first run is in the store, or the process is done.
    let stored = || {
        fs::read_dir(cut.join("runs"))
            .is_ok_and(|d| d.flatten().any(|e| e.metadata().is_ok_and(|m| m.len() > 2000)))
    };
    while !stored() && child.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    let _ = child.kill();
    child.wait().unwrap();
    assert_eq!(tme().args(args(&cut)).output().unwrap().status.code(), Some(0));
    for name in ["runs.csv", "series.csv", "events.csv", "survival.csv", "comparisons.csv"] {
        assert_eq!(fs::read(whole.join(name)).unwrap(), fs::read(cut.join(name)).unwrap(), "{name}");
    }
}

#[test]
fn lists_schemas_and_templates_are_there() {
    let (code, stdout, _) = run(&["list"]);
    assert_eq!(code, 0);
    for name in stdout.lines() {
        let (code, rows, stderr) = run(&["list", name]);
        assert_eq!(code, 0, "{name}: {stderr}");
        assert!(!rows.trim().is_empty(), "{name}");
    }
    let (_, formats, _) = run(&["list", "formats"]);
    assert!(formats.lines().any(|l| l.starts_with("npy ") && l.contains("record.formats")), "{formats}");
    for kind in ["model", "scenario", "study", "sweep"] {
        let (code, stdout, _) = run(&["schema", kind]);
        assert_eq!(code, 0);
        assert!(json(&stdout)["properties"].is_object());
    }
    let dir = TempDir::new().unwrap();
    let made = dir.path().join("mine");
    assert_eq!(run(&["new", made.to_str().unwrap()]).0, 0);
    for entry in fs::read_dir(&made).unwrap() {
        let path = entry.unwrap().path();
        let (code, _, stderr) = run(&["check", path.to_str().unwrap()]);
        assert_eq!(code, 0, "{}: {stderr}", path.display());
    }
    assert_eq!(run(&["new", made.to_str().unwrap()]).0, 2, "an existing folder is left alone");
}

#[test]
fn models_explain_themselves() {
    let (code, stdout, stderr) = run(&["explain", config("minimal/model.toml").to_str().unwrap()]);
    assert_eq!(code, 0, "{stderr}");
    assert!(stdout.contains("oxygen") && stdout.contains("PhysiCell"), "{stdout}");
}

#[test]
fn sizes_of_the_command_line_are_bounded_as_those_of_documents() {
    let dir = TempDir::new().unwrap();
    let (study, out) = (config("minimal/study.toml"), dir.path().join("out"));
    let (study, out) = (study.to_str().unwrap(), out.to_str().unwrap());
    let refused = |args: &[&str], expected: &str| {
        let (code, stdout, stderr) = run(&[&["compare", study, "--dry-run", "--out", out], args].concat());
        assert_eq!((code, stdout.as_str()), (2, ""), "{stderr}");
        assert!(stderr.contains(expected), "{stderr}");
    };
    refused(
        &["--subjects", "999999999"],
        "--subjects: error: 2 arms x 999999999 subjects make 1999999998 runs; at most 1000000 can be planned",
    );
    refused(
        &["--replicates", "999999999"],
        "--replicates: error: 2 arms x 4 subjects x 999999999 replicates",
    );
    refused(&["--threads", "100000"], "100000 is not in 0..=1024");
    refused(&["--until", "0 day"], "--until:1:1: error: --until is not after clock.start");
}

#[test]
fn runs_say_what_a_check_would_warn_of() {
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("s.toml");
    let model = config("minimal/model.toml");
    let text = format!(
        "kind = \"scenario\"\nmodel = {:?}\ndomain = {{ size = [\"0.2 mm\", \"0.2 mm\"] }}\nclock = {{ end = \"1 day\" }}\n\
         place.late = {{ cell = \"tumor\", count = \"1 cells\", at = \"-5 day\" }}\n",
        model.to_str().unwrap()
    );
    fs::write(&file, text).unwrap();
    let out = dir.path().join("out");
    let args = ["run", file.to_str().unwrap(), "--dry-run", "--out", out.to_str().unwrap()];
    let (code, _, stderr) = run(&args);
    assert_eq!(code, 0, "{stderr}");
    assert_eq!(stderr.matches("place.late never happens").count(), 1, "{stderr}");
    let (code, _, stderr) = run(&[&args[..], &["--quiet"]].concat());
    assert!(code == 0 && !stderr.contains("never happens"), "{stderr}");
    let fast = "cell_type.tumor.divide=0.3 /h";
    let (_, _, stderr) = run(&[&args[..], &["--set", fast]].concat());
    assert!(stderr.contains("divide: hazard x step can reach 0.15, above 0.1"), "{stderr}");
    // A day that --until cuts off is worth a word, and no mistake.
    let study = config("minimal/study.toml");
    let cut = ["compare", study.to_str().unwrap(), "--until", "2 day", "--dry-run", "--out"];
    let (code, _, stderr) = run(&[&cut[..], &[out.to_str().unwrap()]].concat());
    assert_eq!(code, 0, "{stderr}");
    assert!(stderr.contains("warning: comparison.burden.at is day 4, outside the clock"), "{stderr}");
}

#[test]
fn what_does_not_exist_is_answered_with_what_does() {
    let (code, _, stderr) = run(&["list", "signal"]);
    assert!(code == 2 && stderr.contains("there is no list `signal`; did you mean `signals`?"), "{stderr}");
    let scenario = config("minimal/scenario.toml");
    let dir = TempDir::new().unwrap();
    let out = dir.path().join("out");
    let there = ["--out", out.to_str().unwrap()];
    let args = ["run", scenario.to_str().unwrap(), "--dry-run", "--set", "mechanism.x.enabled=false"];
    let (code, _, stderr) = run(&[&args[..], &there].concat());
    assert!(code == 2 && stderr.contains("nothing is defined in `mechanism`"), "{stderr}");
}

#[test]
fn verify_finds_what_has_been_changed() {
    let dir = TempDir::new().unwrap();
    let out = dir.path().join("study");
    let (study, folder) = (config("tutorial/nk_study.toml"), out.to_str().unwrap());
    // The comparison's day lies beyond: what is written out must be readable all the same.
    let small = ["--subjects", "2", "--until", "4 day", "--quiet", "--no-figures", "--out", folder];
    let (code, _, stderr) = run(&[&["compare", study.to_str().unwrap()], &small[..]].concat());
    assert_eq!(code, 0, "{stderr}");
    let verify = |more: &[&str]| run(&[&["verify", folder], more].concat());
    let (code, _, stderr) = verify(&["--threads", "1"]);
    assert!(code == 0 && stderr.contains("8 of 8 runs done again, the same bytes in"), "{stderr}");
    let (code, _, stderr) = verify(&["--runs", "3"]);
    assert!(code == 0 && stderr.contains("3 of 8 runs done again, the same bytes in their rows"), "{stderr}");

    let changed = |file: &str, from: &str, to: &str, expected: &str, expected_code: i32| {
        let path = out.join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{text}");
        fs::write(&path, text.replacen(from, to, 1)).unwrap();
        let (code, _, stderr) = verify(&["--quiet"]);
        assert!(code == expected_code && stderr.contains(expected), "{code}: {stderr}");
        fs::write(&path, text).unwrap();
    };
    changed(
        "runs.csv",
        ",finished,",
        ",stopped,",
        "runs.csv, run 0: outcome is stopped and was made again as",
        1,
    );
    changed("comparisons.csv", "not made", "not done", "comparisons.csv: other bytes", 1);
    changed("resolved.toml", "n = 2", "n = 1", "its documents have changed since", 1);
    let epoch = format!("results_epoch\": {}", tme::record::RESULTS_EPOCH);
    changed("manifest.json", &epoch, "results_epoch\": 0", "is of results epoch 0", 2);
    fs::remove_file(out.join("series.csv")).unwrap();
    let (code, _, stderr) = verify(&["--quiet"]);
    assert!(code == 1 && stderr.contains("series.csv: it cannot be read"), "{stderr}");
    assert_eq!(verify(&["--runs", "0"]).0, 2);
    assert_eq!(run(&["verify", dir.path().to_str().unwrap()]).0, 2);
}
