//! The house holds: imports go down only, and what must stay in one room stays there.

use std::fs;
use std::path::{Path, PathBuf};

/// Who may not be named by whom: (folder or file under src/, forbidden words in its code).
const FORBIDDEN: &[(&str, &[&str])] = &[
    (
        "engine",
        &[
            "crate::spec",
            "crate::study",
            "crate::observe",
            "crate::cli",
            "crate::plot",
            "crate::stats",
            "serde_json",
            "postcard",
            "toml::",
            "std::fs",
            "plotters",
        ],
    ),
    (
        "model",
        &[
            "crate::engine",
            "crate::spec",
            "crate::study",
            "crate::observe",
            "crate::record",
            "crate::plot",
            "std::fs",
            "toml::",
        ],
    ),
    (
        "field",
        &[
            "crate::engine",
            "crate::model",
            "crate::spec",
            "crate::study",
            "crate::observe",
            "crate::record",
            "crate::stats",
        ],
    ),
    ("lattice", &["crate::engine", "crate::model", "crate::field", "crate::spec", "crate::random"]),
    ("observe", &["crate::spec", "crate::study", "crate::cli", "crate::plot", "crate::stats", "std::fs"]),
    ("spec", &["crate::engine", "crate::study", "crate::cli", "crate::plot", "crate::stats"]),
    (
        "stats",
        &[
            "crate::engine",
            "crate::model",
            "crate::record",
            "crate::spec",
            "crate::study",
            "crate::plot",
            "std::fs",
        ],
    ),
    (
        "plot",
        &["crate::engine", "crate::model", "crate::observe", "crate::spec", "crate::study", "crate::cli"],
    ),
    ("random", &["crate::engine", "crate::model", "crate::lattice", "crate::spec"]),
    (
        "record",
        &["crate::engine", "crate::observe", "crate::spec", "crate::study", "crate::cli", "crate::plot"],
    ),
    ("study", &["crate::cli"]),
];

/// Words that one file or folder owns.
const OWNED: &[(&str, &str)] =
    &[("rayon", "par.rs"), ("libm::", "math.rs"), ("plotters", "plot"), ("resvg", "plot"), ("clap", "cli")];

fn sources(dir: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs") {
            out.push(path);
        }
    }
}

/// Code lines of a file: no comments, nothing from a test module on (tests may look anywhere).
fn code(path: &Path) -> Vec<(usize, String)> {
    let text = fs::read_to_string(path).unwrap();
    text.lines()
        .enumerate()
        .take_while(|(_, line)| line.trim() != "#[cfg(test)]" || text.matches("#[cfg(test)]").count() > 1)
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
        .map(|(n, line)| (n + 1, line.to_string()))
        .collect()
}

fn is_test(path: &Path) -> bool {
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    name.contains("tests") || name == "fixture.rs" || path.to_string_lossy().contains("/tests/")
}

#[test]
fn imports_go_down_only() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    for (room, words) in FORBIDDEN {
        let mut files = Vec::new();
        sources(&root.join(room), &mut files);
        assert!(!files.is_empty(), "no room {room}");
        for file in files.iter().filter(|f| !is_test(f)) {
            for (line, text) in code(file) {
                for word in words.iter().filter(|w| text.contains(**w)) {
                    wrong.push(format!("{}:{line}: {room} may not name {word}: {text}", file.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn one_room_owns_each_library() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let mut wrong = Vec::new();
    for (word, owner) in OWNED {
        for file in files.iter().filter(|f| !is_test(f)) {
            let inside = file.strip_prefix(&root).unwrap().starts_with(owner);
            for (line, text) in code(file) {
                if !inside && text.contains(word) && !text.trim_start().starts_with("//") {
                    wrong.push(format!("{}:{line}: {word} belongs to {owner}: {text}", file.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
