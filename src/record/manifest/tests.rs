use super::*;
use tempfile::tempdir;

fn identity() -> FolderIdentity {
    let map = |pairs: &[(&str, &str)]| pairs.iter().map(|&(k, v)| (k.into(), v.into())).collect();
    FolderIdentity {
        kind: "compare".into(),
        document: "aa".into(),
        overrides: vec!["dose.car.cells=5e5".into()],
        seed: 7,
        epoch: RESULTS_EPOCH,
        parts: map(&[("cell_type.tumor.divide", "0.5 /day"), ("dose.car.cells", "5e5")]),
        extent: map(&[("subjects", "10")]),
    }
}

fn state(dir: &Path, identity: &FolderIdentity) -> ClaimState {
    claim(dir, identity, false).unwrap().state
}

/// Mark the work of a folder as done, with these files.
fn finish(dir: &Path, files: &[&str]) {
    let mut manifest = Manifest::read(dir).unwrap().unwrap();
    manifest.outcome = ManifestOutcome::Finished;
    manifest.files = files.iter().map(|&f| f.into()).collect();
    for file in files.iter().filter(|f| !f.contains("..")) {
        write_atomic(&dir.join(file), b"x").unwrap();
    }
    manifest.write(dir).unwrap();
}

#[test]
fn a_manifest_survives_its_file() {
    let dir = tempdir().unwrap();
    assert_eq!(Manifest::read(dir.path()).unwrap(), None);
    let mut manifest = Manifest::begin(identity(), vec!["tme".into(), "compare".into()], 8, 1_700_000_000);
    manifest.end_unix_s = Some(1_700_000_100);
    manifest.runs_ok = 79;
    manifest.runs_failed = 1;
    manifest.outcome = ManifestOutcome::Failed;
    manifest.identity.seed = u64::MAX;
    manifest.files = vec!["runs.csv".into(), "figures/growth.svg".into()];
    manifest.write(dir.path()).unwrap();
    assert_eq!(Manifest::read(dir.path()).unwrap(), Some(manifest));
}

#[test]
fn the_same_identity_goes_on_until_it_is_finished_and_an_extension_goes_on_again() {
    let dir = tempdir().unwrap();
    let out = dir.path().join("a/out");
    assert_eq!(inspect(&out, &identity()).unwrap(), Claim { state: ClaimState::Fresh, previous: None });
    assert!(!out.exists());
    assert_eq!(state(&out, &identity()), ClaimState::Fresh);
    // Killed before anything else was written: it knows whose it is.
    assert_eq!(state(&out, &identity()), ClaimState::Continue);
    finish(&out, &["runs.csv"]);
    assert_eq!(state(&out, &identity()), ClaimState::Finished);
    let mut more = identity();
    more.extent.insert("subjects".into(), "20".into());
    let claimed = claim(&out, &more, false).unwrap();
    assert_eq!(claimed.state, ClaimState::Continue);
    assert_eq!(claimed.previous.unwrap().files, ["runs.csv"]);
    // The same values, written another way.
    let same = FolderIdentity { overrides: Vec::new(), ..identity() };
    assert_eq!(state(&out, &same), ClaimState::Finished);
}

#[test]
fn a_larger_study_is_not_replaced_by_a_smaller_one_unasked() {
    let dir = tempdir().unwrap();
    let mut large = identity();
    large.extent.insert("until_day".into(), "75".into());
    claim(dir.path(), &large, false).unwrap();
    finish(dir.path(), &["runs.csv"]);
    for (key, less, said) in [
        ("subjects", "9", "subjects was 10 and is now 9"),
        ("until_day", "20", "until was 75 day and is now 20 day"),
    ] {
        let mut small = large.clone();
        small.extent.insert(key.into(), less.into());
        let refusal = claim(dir.path(), &small, false).unwrap_err();
        let text = refusal.to_string();
        assert!(matches!(refusal, Refusal::Larger { .. }), "{text}");
        for part in [said, "--out", "--force"] {
            assert!(text.contains(part), "{text}");
        }
        assert!(dir.path().join("runs.csv").exists());
    }
    let mut small = large.clone();
    small.extent.insert("subjects".into(), "2".into());
    assert_eq!(claim(dir.path(), &small, true).unwrap().state, ClaimState::Fresh);
    assert_eq!(entries(dir.path()).unwrap(), [MANIFEST]);
}

#[test]
fn of_long_values_the_part_that_differs_is_shown() {
    let list = |last: &str| format!("{} {last}", ["an_arm_with_a_name"; 5].join(" "));
    let said = Difference::between("arms", &list("car"), &list("ifn il2")).to_string();
    assert_eq!(said, "arms was ... car and is now ... ifn il2");
    let said = Difference::between("x", &"a".repeat(99), "b").to_string();
    assert_eq!(said, format!("x was {}... and is now b", "a".repeat(60)));
}

/// Cut off, other bytes, empty, and (where the bytes are a whole object) gone.
#[test]
fn runs_without_a_manifest_are_taken_over_with_force_only() {
    for bytes in [&b"{\"tme\": \"0.1"[..], b"\0\0", b"", b"{}"] {
        let dir = tempdir().unwrap();
        claim(dir.path(), &identity(), false).unwrap();
        fs::create_dir(dir.path().join("runs")).unwrap();
        fs::write(dir.path().join("runs/1-0.seg"), b"tme run store 1\n").unwrap();
        if bytes == b"{}" {
            fs::remove_file(dir.path().join(MANIFEST)).unwrap();
        } else {
            fs::write(dir.path().join(MANIFEST), bytes).unwrap();
        }
        let refusal = claim(dir.path(), &identity(), false).unwrap_err();
        let text = refusal.to_string();
        assert!(matches!(refusal, Refusal::Lost { .. }), "{text}");
        assert!(text.contains("--force") && text.contains("--out"), "{text}");
        assert_eq!(claim(dir.path(), &identity(), true).unwrap().state, ClaimState::Fresh);
        assert!(dir.path().join("runs/1-0.seg").exists());
        assert_eq!(state(dir.path(), &identity()), ClaimState::Continue);
    }
}

type Change = fn(&mut FolderIdentity);

#[test]
fn another_identity_is_refused_with_its_first_difference_and_both_ways_out() {
    let dir = tempdir().unwrap();
    claim(dir.path(), &identity(), false).unwrap();
    let changes: [(Change, &str); 6] = [
        (|i| i.epoch += 1, "the results epoch was"),
        (|i| i.kind = "run".into(), "the kind was compare and is now run"),
        (|i| i.seed = 8, "the seed was 7 and is now 8"),
        (
            |i| drop(i.parts.insert("dose.car.cells".into(), "1e6".into())),
            "dose.car.cells was 5e5 and is now 1e6",
        ),
        (
            |i| drop(i.parts.remove("cell_type.tumor.divide")),
            "cell_type.tumor.divide was 0.5 /day and is now absent",
        ),
        (|i| i.document = "b".repeat(64), "the document differs"),
    ];
    for (change, expected) in changes {
        let mut other = identity();
        change(&mut other);
        let refusal = claim(dir.path(), &other, false).unwrap_err();
        let text = refusal.to_string();
        assert!(matches!(refusal, Refusal::Other { .. }), "{text}");
        for part in [expected, "--out", "--force"] {
            assert!(text.contains(part), "{text}");
        }
    }
    assert_eq!(Manifest::read(dir.path()).unwrap().unwrap().identity, identity());
}

#[test]
fn force_removes_what_the_manifest_lists_and_nothing_else() {
    let dir = tempdir().unwrap();
    let out = dir.path().join("out");
    claim(&out, &identity(), false).unwrap();
    fs::write(dir.path().join("precious"), b"x").unwrap();
    finish(&out, &["runs.csv", "figures/growth.svg", "report/a.svg", "../precious"]);
    fs::write(out.join("notes.txt"), b"mine").unwrap();
    fs::write(out.join("figures/mine.svg"), b"mine").unwrap();
    let other = FolderIdentity { seed: 8, ..identity() };
    assert_eq!(claim(&out, &other, true).unwrap(), Claim { state: ClaimState::Fresh, previous: None });
    assert_eq!(entries(&out).unwrap(), ["figures", MANIFEST, "notes.txt"]);
    assert_eq!(entries(&out.join("figures")).unwrap(), ["mine.svg"]);
    assert!(dir.path().join("precious").exists());
    assert_eq!(state(&out, &other), ClaimState::Continue);
}

#[test]
fn a_folder_of_others_is_refused_even_with_force() {
    let dir = tempdir().unwrap();
    // What a killed writer of ours left counts for nothing.
    fs::write(dir.path().join(".tme-1-0.tmp"), b"").unwrap();
    assert_eq!(inspect(dir.path(), &identity()).unwrap().state, ClaimState::Fresh);
    fs::write(dir.path().join("thesis.tex"), b"x").unwrap();
    let refusal = claim(dir.path(), &identity(), true).unwrap_err();
    assert!(matches!(refusal, Refusal::Foreign { .. }));
    assert!(refusal.to_string().contains("thesis.tex"), "{refusal}");
    fs::write(dir.path().join(MANIFEST), b"{\"name\": \"a web page\"}").unwrap();
    assert!(matches!(claim(dir.path(), &identity(), true).unwrap_err(), Refusal::Foreign { .. }));
    assert_eq!(entries(dir.path()).unwrap(), [MANIFEST, "thesis.tex"]);
}

#[test]
fn a_file_in_the_place_of_the_folder_is_storage_trouble() {
    let dir = tempdir().unwrap();
    let out = dir.path().join("out");
    fs::write(&out, b"").unwrap();
    for out in [out.clone(), out.join("deeper")] {
        assert!(matches!(claim(&out, &identity(), true).unwrap_err(), Refusal::Storage(_)));
    }
}
