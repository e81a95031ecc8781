//! Killed at any moment, or with a disk that fails at any operation: the same command goes on, nothing is lost, nothing is
//! doubled, and the folder ends with the bytes of one that was never disturbed.
//!
//! The program of the test profile listens to `TME_FAULT` (src/record/fault.rs). `TME_KILLS` says how many kills there
//! are (default 30), `TME_SEED` at which moments: `.ci/campaign kills` asks for more.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tme::record::Store;

/// The numbers of SplitMix64: moments, not science.
struct Moments(u64);

impl Moments {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }
}

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |v| v.parse().unwrap())
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A command whose folder is compared, with the option `--out` still to come.
#[derive(Clone, Copy)]
struct Case {
    name: &'static str,
    arguments: &'static [&'static str],
}

/// So soon that there is a checkpoint to go on from at every border of every run.
const SOON: [&str; 4] = ["--set", "record.checkpoints.wall=0.000001 s", "--threads", "1"];

const CASES: [Case; 3] = [
    Case {
        name: "run",
        arguments: &[
            "run",
            "tests/bits/plain.toml",
            "--replicates",
            "2",
            "--set",
            "record.checkpoints.every=20 h",
        ],
    },
    Case {
        name: "study",
        arguments: &["compare", "configs/minimal/study.toml", "--until", "5 day", "--subjects", "3"],
    },
    Case { name: "sweep", arguments: &["sweep", "tests/crash/sweep.toml", "--until", "4 day"] },
];

fn command(case: Case, out: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tme"));
    command.current_dir(root()).env_remove("TME_FAULT").args(case.arguments);
    command.args(["--quiet", "--out"]).arg(out);
    command
}

/// What the folder holds, without what says when and how it was made; the store by the runs in it.
fn held(out: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut held = BTreeMap::new();
    let mut folders = vec![out.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()) {
            let name = entry.strip_prefix(out).unwrap().to_str().unwrap().to_string();
            match name.as_str() {
                "manifest.json" => {}
                "runs" => {
                    let names: Vec<String> = fs::read_dir(&entry)
                        .unwrap()
                        .map(|e| e.unwrap().file_name().into_string().unwrap())
                        .filter(|n| !n.ends_with(".seg"))
                        .collect();
                    assert!(names.iter().all(|n| n == "lock" || n == "working"), "{names:?}");
                    let runs = Store::open(out).unwrap().len();
                    held.insert(name, runs.to_string().into_bytes());
                }
                _ if entry.is_dir() => folders.push(entry),
                _ => {
                    held.insert(name, fs::read(&entry).unwrap());
                }
            }
        }
    }
    held
}

fn ended(output: &Output) -> String {
    format!("{}: {}", output.status, String::from_utf8_lossy(&output.stderr))
}

/// Does the command to its end and holds the folder against one that was never disturbed.
fn finish(case: Case, out: &Path, more: &[&str], whole: &BTreeMap<String, Vec<u8>>, what: &str) {
    let output = command(case, out).args(more).output().unwrap();
    assert!(output.status.success(), "{what}: {}", ended(&output));
    let held = held(out);
    let other = |name: &&String| held.get(*name) != whole.get(*name);
    let names: Vec<&String> = held.keys().chain(whole.keys()).filter(other).collect();
    assert!(names.is_empty(), "{what}: other files or bytes: {names:?}");
}

/// The undisturbed folder, and how many operations on the disk and borders of steps there were.
fn undisturbed(case: Case, more: &[&str]) -> (BTreeMap<String, Vec<u8>>, [u64; 2]) {
    let dir = tempfile::tempdir().unwrap();
    let (out, events) = (dir.path().join("out"), dir.path().join("events"));
    let output = command(case, &out).args(more).env("TME_EVENTS", &events).output().unwrap();
    assert!(output.status.success(), "{}", ended(&output));
    let counts: Vec<u64> =
        fs::read_to_string(events).unwrap().split(' ').map(|n| n.parse().unwrap()).collect();
    (held(&out), [counts[0], counts[1]])
}

#[test]
fn killed_at_any_moment_a_command_ends_with_the_same_bytes() {
    let kills = number("TME_KILLS", 30);
    let mut moments = Moments(number("TME_SEED", 1));
    let mut killed = 0;
    let mut at: BTreeMap<String, u64> = BTreeMap::new();
    for case in CASES {
        let (whole, counts) = undisturbed(case, &SOON);
        assert!(counts[0] > 50 && counts[1] > 50, "{}: {counts:?}", case.name);
        let due = killed + kills.div_ceil(CASES.len() as u64);
        while killed < due {
            let dir = tempfile::tempdir().unwrap();
            let out = dir.path().join("out");
            let mut story = Vec::new();
            // Killed once, or again while it recovers.
            for _ in 0..=moments.below(3) {
                let (moment, count) =
                    if moments.below(2) == 0 { ("disk", counts[0]) } else { ("border", counts[1]) };
                let delay = moments.below(2) * moments.below(3000);
                let fault = format!("kill:{moment}:{}:{delay}", 1 + moments.below(count));
                let output = command(case, &out).args(SOON).env("TME_FAULT", &fault).output().unwrap();
                story.push(fault);
                match output.status.signal() {
                    Some(9) => {
                        killed += 1;
                        *at.entry(format!("{} {moment}", case.name)).or_default() += 1;
                    }
                    // What is left to do has fewer moments than the whole.
                    _ => assert!(output.status.success(), "{story:?}: {}", ended(&output)),
                }
            }
            finish(case, &out, &SOON, &whole, &format!("{} {story:?}", case.name));
        }
    }
    println!("{killed} kills by command and kind of moment: {at:?}");
    assert!(killed >= kills && at.len() == 6, "{at:?}");
}

/// Every operation that changes the disk fails once, and again together with all that follow: the command ends with exit
/// code 74 and one message, the runs that the folder had are still there, and it goes on when the disk works.
#[test]
fn a_disk_that_fails_at_any_operation_loses_nothing() {
    let step = number("TME_EVERY", 9);
    let mut faults = 0;
    for case in CASES {
        let (whole, counts) = undisturbed(case, &["--no-figures", "--threads", "1"]);
        for n in (1..=counts[0]).step_by(step as usize) {
            faults += 2;
            for (how, error) in [("", 28), ("+", 5)] {
                let fault = format!("fail:disk:{n}{how}:{error}");
                let dir = tempfile::tempdir().unwrap();
                let out = dir.path().join("out");
                let output = command(case, &out)
                    .args(["--no-figures", "--threads", "1"])
                    .env("TME_FAULT", &fault)
                    .output()
                    .unwrap();
                let said = String::from_utf8_lossy(&output.stderr);
                assert_eq!(output.status.code(), Some(74), "{} {fault}: {said}", case.name);
                assert!(said.starts_with("error: cannot ") && said.lines().count() == 1, "{fault}: {said}");
                let output = command(case, &out).arg("--no-figures").output().unwrap();
                assert!(output.status.success(), "{} {fault}: {}", case.name, ended(&output));
                let held = held(&out);
                let wrong: Vec<_> = whole.keys().filter(|k| held.get(*k) != whole.get(*k)).collect();
                assert!(wrong.is_empty() && held.len() == whole.len(), "{} {fault}: {wrong:?}", case.name);
            }
        }
    }
    println!("{faults} faults of the disk");
}

fn copied(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(|e| e.unwrap()) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copied(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// A folder with results is made larger while the disk fails: every file is the old one or the new one, never a part, and
/// the runs that it had are still there.
#[test]
fn earlier_results_survive_a_disk_that_fails() {
    let case = CASES[1];
    let dir = tempfile::tempdir().unwrap();
    let small = dir.path().join("small");
    let smaller = Case { arguments: &["compare", "configs/minimal/study.toml", "--until", "5 day"], ..case };
    let sized = |out: &Path, subjects: &str| {
        let mut command = command(smaller, out);
        command.args(["--no-figures", "--threads", "1", "--subjects", subjects]);
        command
    };
    assert!(sized(&small, "1").output().unwrap().status.success());
    let large = dir.path().join("large");
    copied(&small, &large);
    let events = dir.path().join("events");
    assert!(sized(&large, "2").env("TME_EVENTS", &events).output().unwrap().status.success());
    let (old, new) = (held(&small), held(&large));
    assert_eq!((&old["runs"][..], &new["runs"][..]), (&b"2"[..], &b"4"[..]));
    let count: u64 = fs::read_to_string(events).unwrap().split(' ').next().unwrap().parse().unwrap();
    assert!(count > 30);
    let mut unfinished = 0;
    for n in (1..=count).step_by(3) {
        let out = dir.path().join(format!("{n}"));
        copied(&small, &out);
        let output = sized(&out, "2").env("TME_FAULT", format!("fail:disk:{n}+:28")).output().unwrap();
        assert_eq!(output.status.code(), Some(74), "{n}: {}", ended(&output));
        assert!(Store::open(&out).unwrap().len() >= 2);
        for (name, bytes) in held(&out).iter().filter(|(name, _)| *name != "runs") {
            let whole = old.get(name) == Some(bytes) || new.get(name) == Some(bytes);
            assert!(whole, "{n}: {name} is neither the old file nor the new one");
        }
        unfinished += u64::from(Store::open(&out).unwrap().len() < 4);
    }
    assert!(unfinished > 3, "no fault came before the runs were done");
}

/// SIGINT and SIGTERM leave a checkpoint of every run under way; the same command goes on from there.
#[test]
fn a_signal_leaves_a_checkpoint_from_which_the_same_command_goes_on() {
    let case = Case {
        name: "run",
        arguments: &[
            "run",
            "tests/bits/plain.toml",
            "--until",
            "20 day",
            "--replicates",
            "3",
            "--no-figures",
        ],
    };
    let dir = tempfile::tempdir().unwrap();
    let whole = dir.path().join("whole");
    assert!(command(case, &whole).output().unwrap().status.success());
    let whole = held(&whole);
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let out = dir.path().join(signal);
        let events = dir.path().join(format!("events_{signal}"));
        let mut child =
            command(case, &out).args(["--threads", "2"]).env("TME_EVENTS", &events).spawn().unwrap();
        // Until a run has passed some borders of steps.
        let begun = || {
            let text = fs::read_to_string(&events).unwrap_or_default();
            text.split(' ').nth(1).and_then(|n| n.parse::<u64>().ok()).is_some_and(|n| n > 5)
        };
        while !begun() && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        let sent = Command::new("kill").args(["-s", signal, &child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        assert_eq!(child.wait().unwrap().code(), Some(code));
        let left = fs::read_dir(out.join("runs")).unwrap().map(|e| e.unwrap().path());
        let left = left.filter(|p| p.extension().is_some_and(|e| e == "ckpt")).count();
        assert!((1..=2).contains(&left), "{left} checkpoints for two runs under way");
        finish(case, &out, &[], &whole, signal);
    }
}
