//! The manual's tutorial: its files are what `tme new` writes and what the text adds, and they answer their question.

use assert_cmd::Command;
use std::fs;
use std::path::Path;

fn tme() -> Command {
    Command::cargo_bin("tme").unwrap()
}

#[test]
fn the_first_files_are_those_of_tme_new() {
    let dir = tempfile::tempdir().unwrap();
    tme().current_dir(&dir).args(["new", "nk"]).assert().success();
    for file in ["model.toml", "scenario.toml", "study.toml"] {
        let shipped = fs::read(Path::new("configs/tutorial").join(file)).unwrap();
        assert_eq!(fs::read(dir.path().join("nk").join(file)).unwrap(), shipped, "{file}");
    }
}

/// A column of a CSV file, by name.
fn column(file: &Path, name: &str) -> Vec<(String, String)> {
    let mut reader = csv::Reader::from_path(file).unwrap();
    let headers = reader.headers().unwrap().clone();
    let at = |h: &str| headers.iter().position(|x| x == h).unwrap_or_else(|| panic!("{h} in {file:?}"));
    let (arm, value) = (at("arm"), at(name));
    reader.records().map(|r| r.unwrap()).map(|r| (r[arm].to_string(), r[value].to_string())).collect()
}

/// Killer cells with the antibody hit often enough to hold the tumor; without it they do not. Two subjects, 8 days.
#[test]
fn the_antibody_arms_the_killer_cells() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let run = ["compare", "configs/tutorial/nk_study.toml", "--subjects", "2", "--until", "8 day", "--quiet"];
    tme().args(run).args(["--no-figures", "--out"]).arg(&out).assert().success();
    let series = out.join("series.csv");
    let last = |arm: &str, name: &str| -> f64 {
        let values: Vec<_> = column(&series, name).into_iter().filter(|(a, _)| a == arm).collect();
        values.last().unwrap().1.parse().unwrap()
    };
    let kills = |arm: &str| -> f64 {
        let values = column(&series, "nk_kills");
        values.iter().filter(|(a, _)| a == arm).map(|(_, v)| v.parse::<f64>().unwrap()).sum()
    };
    assert!(kills("nk_antibody") > 5.0 * kills("nk") && kills("untreated") == 0.0);
    assert!(last("nk_antibody", "tumor_cells") < 0.7 * last("nk", "tumor_cells"));
    assert!(last("nk_antibody", "egfr_low") > last("untreated", "egfr_low"));
}
