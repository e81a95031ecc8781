//! Broken documents: each file in `tests/bad/` has one text with the exact messages (`NAME.txt`). To accept new messages
//! after reading them: `TME_ACCEPT=1 cargo test --test bad_input`.

use std::fs;
use std::path::Path;
use std::process::Command;

/// Documents that others here build on, and that are whole.
const WHOLE: &[&str] = &["good", "tissue", "place_one"];

#[test]
fn every_broken_document_gets_its_exact_messages_and_writes_nothing() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bad");
    let out = tempfile::TempDir::new().unwrap();
    let mut names: Vec<String> = fs::read_dir(&dir)
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "toml"))
        .map(|p| p.file_stem().unwrap().to_string_lossy().into_owned())
        .filter(|n| !WHOLE.contains(&n.as_str()))
        .collect();
    names.sort();
    assert!(names.len() >= 200, "only {} broken documents", names.len());
    let mut wrong = Vec::new();
    for name in names {
        let folder = out.path().join(&name);
        let text = fs::read(dir.join(format!("{name}.toml"))).unwrap();
        let command = match String::from_utf8_lossy(&text) {
            text if text.contains("kind = \"study\"") => "compare",
            text if text.contains("kind = \"sweep\"") => "sweep",
            _ => "run",
        };
        let output = Command::new(env!("CARGO_BIN_EXE_tme"))
            .current_dir(&dir)
            .args([command, &format!("{name}.toml"), "--out"])
            .arg(&folder)
            .output()
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        let expected = dir.join(format!("{name}.txt"));
        if std::env::var_os("TME_ACCEPT").is_some() {
            fs::write(&expected, &said).unwrap();
        }
        if output.status.code() != Some(2) || folder.exists() || !output.stdout.is_empty() {
            wrong.push(format!("{name}: exit {:?}, folder {}", output.status.code(), folder.exists()));
        }
        if fs::read_to_string(&expected).unwrap_or_default() != said {
            wrong.push(format!("{name} says:\n{said}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
