//! Every behavior in small scenarios: the same bits at any number of threads, on any code path, run alone, split or
//! beside others, and those of the golden hashes (`tests/bits/golden.txt`). Where results are meant to change: raise `RESULTS_EPOCH`, say so
//! in CHANGELOG.md under "Results change", then `TME_ACCEPT=1 cargo test --test bits`.
//!
//! `TME_BIN` names another build of the program to be held against the same hashes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use tme::record::RESULTS_EPOCH;

const SEEDS: [u64; 3] = [1, 2, 3];

/// State hash at the end, by scenario and seed.
type Hashes = BTreeMap<(String, u64), String>;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bits")
}

fn scenarios() -> Vec<String> {
    let files = fs::read_dir(folder()).unwrap().map(|e| e.unwrap().path());
    let documents = files.filter(|p| p.extension().is_some_and(|e| e == "toml"));
    let mut names: Vec<String> =
        documents.map(|p| p.file_stem().unwrap().to_string_lossy().into_owned()).collect();
    names.retain(|n| n != "model");
    names.sort();
    assert!(names.len() >= 10, "only {} scenarios", names.len());
    names
}

fn tme() -> Command {
    let mut command =
        Command::new(std::env::var_os("TME_BIN").unwrap_or_else(|| env!("CARGO_BIN_EXE_tme").into()));
    command.current_dir(folder());
    command
}

/// Hashes of the runs of a folder, by arm.
fn hashes(out: &Path) -> BTreeMap<String, String> {
    let mut reader = csv::Reader::from_path(out.join("runs.csv")).unwrap();
    let headers = reader.headers().unwrap().clone();
    let at = |name: &str| headers.iter().position(|h| h == name).unwrap();
    let (arm, hash, outcome) = (at("arm"), at("state_hash"), at("outcome"));
    let rows = reader.records().map(|r| r.unwrap());
    rows.map(|r| {
        assert!(["finished", "stopped"].contains(&&r[outcome]), "{}: {}", &r[arm], &r[outcome]);
        (r[arm].to_string(), r[hash].to_string())
    })
    .collect()
}

fn done(command: &mut Command, what: &str) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{what}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Every scenario with every seed, each a process of its own.
fn alone(arguments: &[&str], environment: &[(&str, &str)]) -> Hashes {
    each(&|scenario, seed| {
        let out = tempfile::tempdir().unwrap();
        let file = format!("{scenario}.toml");
        let mut command = tme();
        command.args(["run", &file, "--quiet", "--no-figures", "--seed", &seed.to_string()]);
        command.args(arguments).envs(environment.iter().copied()).arg("--out").arg(out.path());
        done(&mut command, &format!("{scenario} {arguments:?} {environment:?}"));
        hashes(out.path()).into_values().next().unwrap()
    })
}

/// Each run with a checkpoint after every hour, and taken up again from the first, the last and one in between, on other
/// threads; the hash is that of the run that was never split if all agree.
fn split() -> Hashes {
    each(&|scenario, seed| {
        let out = tempfile::tempdir().unwrap();
        let whole = out.path().join("whole");
        let file = format!("{scenario}.toml");
        let mut command = tme();
        command.args(["run", &file, "--quiet", "--no-figures", "--seed", &seed.to_string()]);
        command.args(["--set", "record.checkpoints.every=60 min", "--out"]).arg(&whole);
        done(&mut command, scenario);
        let found = hashes(&whole).into_values().next().unwrap();
        let files = fs::read_dir(whole.join("checkpoints")).unwrap().map(|e| e.unwrap().path());
        let day = |p: &PathBuf| -> f64 {
            p.file_stem().unwrap().to_str().unwrap().rsplit_once('_').unwrap().1.parse().unwrap()
        };
        let mut files: Vec<PathBuf> = files.collect();
        files.sort_by(|a, b| day(a).total_cmp(&day(b)));
        assert!(files.len() > 4, "{scenario}: {} checkpoints", files.len());
        let middle = (seed as usize * 7919 + scenario.len() * 104_729) % files.len();
        for (threads, at) in [("1", 0), ("3", middle), ("2", files.len() - 1)] {
            let fork = out.path().join(format!("from_{at}"));
            let mut command = tme();
            command.arg("run").arg("--from").arg(&files[at]).args(["--quiet", "--no-figures"]);
            done(command.args(["--threads", threads, "--out"]).arg(&fork), scenario);
            if hashes(&fork).into_values().next().unwrap() != found {
                return format!("other bits after {}", files[at].display());
            }
            for table in ["series.csv", "events.csv", "survival.csv"].map(|t| (whole.join(t), fork.join(t))) {
                if fs::read(&table.0).ok() != fs::read(&table.1).ok() {
                    return format!("another {} from {}", table.1.display(), files[at].display());
                }
            }
        }
        found
    })
}

fn each(run: &(dyn Fn(&str, u64) -> String + Sync)) -> Hashes {
    let jobs: Vec<(String, u64)> =
        scenarios().into_iter().flat_map(|s| SEEDS.map(|seed| (s.clone(), seed))).collect();
    let (next, found) = (Mutex::new(jobs.iter()), Mutex::new(Hashes::new()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let Some((scenario, seed)) = next.lock().unwrap().next() else { return };
                    let hash = run(scenario, *seed);
                    found.lock().unwrap().insert((scenario.clone(), *seed), hash);
                }
            });
        }
    });
    found.into_inner().unwrap()
}

/// All scenarios beside each other in one command.
fn together() -> Hashes {
    let mut found = Hashes::new();
    for seed in SEEDS {
        let out = tempfile::tempdir().unwrap();
        let mut command = tme();
        command.arg("compare").args(scenarios().iter().map(|s| format!("{s}.toml")));
        command.args(["--quiet", "--no-figures", "--threads", "3", "--seed", &seed.to_string(), "--out"]);
        done(command.arg(out.path()), "compare");
        found.extend(hashes(out.path()).into_iter().map(|(arm, hash)| ((arm, seed), hash)));
    }
    found
}

fn golden() -> Hashes {
    let text = fs::read_to_string(folder().join("golden.txt")).unwrap_or_default();
    let rows = text.lines().skip(1).map(|line| {
        let words: Vec<&str> = line.split(' ').collect();
        ((words[0].to_string(), words[1].parse().unwrap()), words[2].to_string())
    });
    rows.collect()
}

fn head() -> String {
    format!("results epoch {RESULTS_EPOCH}")
}

/// The pairs that differ, told by name.
fn differences(expected: &Hashes, found: &Hashes) -> Vec<String> {
    let keys = expected.keys().chain(found.keys()).collect::<BTreeSet<_>>();
    let differing = keys.into_iter().filter(|k| expected.get(*k) != found.get(*k));
    differing.map(|(scenario, seed)| format!("{scenario} {seed}")).collect()
}

/// What happens in the first scenario, by event and cause: a hash of cells that do nothing would hold anything.
const HAPPENS: [&str; 21] = [
    "arrival,arrival",
    "arrival,car_homing",
    "arrival,car_t",
    "arrival,host_homing",
    "arrival,macrophage",
    "birth,division",
    "blocked,blocked",
    "clearance,cleared",
    "clearance,engulf",
    "conversion,convert.debris",
    "conversion,convert.presenter",
    "death,apoptosis",
    "death,car_kill",
    "death,collapse",
    "death,contraction",
    "death,dissolution",
    "death,host_kill",
    "death,turnover",
    "departure,exit",
    "removal,surgery",
    "arrival,vessel",
];

#[test]
fn everything_happens_that_the_hashes_stand_for() {
    let out = tempfile::tempdir().unwrap();
    let mut command = tme();
    command.args(["run", "plain.toml", "--quiet", "--no-figures", "--out"]);
    done(command.arg(out.path()), "plain");
    let events = fs::read_to_string(out.path().join("events.csv")).unwrap();
    let rows = events.lines().skip(1).map(|line| line.split(',').collect::<Vec<_>>());
    let seen: BTreeSet<String> = rows.map(|row| format!("{},{}", row[2], row[4])).collect();
    let absent: Vec<_> = HAPPENS.iter().filter(|h| !seen.contains(**h)).collect();
    assert!(absent.is_empty(), "{absent:?}");
}

#[test]
fn one_thread_gives_the_golden_hashes() {
    let found = alone(&["--threads", "1"], &[]);
    if std::env::var_os("TME_ACCEPT").is_some() {
        let rows = found.iter().map(|((scenario, seed), hash)| format!("{scenario} {seed} {hash}\n"));
        fs::write(folder().join("golden.txt"), head() + "\n" + &rows.collect::<String>()).unwrap();
    }
    let wrong = differences(&golden(), &found);
    assert!(wrong.is_empty(), "other bits than golden.txt (see the head of tests/bits.rs): {wrong:?}");
    // Compartments alone draw nothing: all seeds are one.
    let drawn = found.iter().filter(|((scenario, _), _)| scenario != "pools");
    let distinct: BTreeSet<&String> = drawn.map(|(_, hash)| hash).collect();
    assert_eq!(distinct.len(), found.len() - SEEDS.len(), "two scenarios or seeds with one state");
}

#[test]
fn the_golden_hashes_are_of_this_epoch_and_the_changelog_knows_it() {
    let text = fs::read_to_string(folder().join("golden.txt")).unwrap();
    assert_eq!(text.lines().next(), Some(head().as_str()));
    let log = fs::read_to_string(folder().join("../../CHANGELOG.md")).unwrap();
    let (_, changes) = log.split_once("### Results change").unwrap();
    assert!(changes.contains(&format!("Results epoch {RESULTS_EPOCH}")));
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    for threads in ["2", "3", "7", "16"] {
        let wrong = differences(&golden(), &alone(&["--threads", threads], &[]));
        assert!(wrong.is_empty(), "{threads} threads: {wrong:?}");
    }
}

#[test]
fn a_run_taken_up_from_a_checkpoint_gives_the_same_bits() {
    let wrong = differences(&golden(), &split());
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn runs_beside_each_other_give_the_same_bits() {
    let wrong = differences(&golden(), &together());
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn every_code_path_gives_the_same_bits() {
    let here = cfg!(target_arch = "x86_64");
    for path in ["baseline", "avx2"] {
        let known = tme().env("TME_CPU", path).args(["list", "formats"]).output().unwrap().status.success();
        if !(here && known) {
            assert!(path != "baseline", "the baseline runs everywhere");
            eprintln!("this machine has no {path}");
            continue;
        }
        let wrong = differences(&golden(), &alone(&["--threads", "2"], &[("TME_CPU", path)]));
        assert!(wrong.is_empty(), "{path}: {wrong:?}");
    }
}

/// What the C library chooses for itself must not matter.
#[test]
fn a_c_library_without_fma_and_avx2_gives_the_same_bits() {
    let hidden = "glibc.cpu.hwcaps=-AVX2,-FMA,-AVX512F,-AVX2_Usable,-FMA_Usable";
    let wrong = differences(&golden(), &alone(&["--threads", "2"], &[("GLIBC_TUNABLES", hidden)]));
    assert!(wrong.is_empty(), "{wrong:?}");
}
