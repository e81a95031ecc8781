//! What the manifest says of the program: compiler, commit, and whether the source differed from it.
//!
//! The commit is read from `.git` itself, so that a build needs no git; whether something was changed since is asked of
//! git where there is one. An unpacked archive has neither, and says nothing.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What the program is made of.
const SOURCE: &[&str] = &["src", "crates", "assets", "build.rs", "Cargo.toml", "Cargo.lock"];

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    for part in SOURCE {
        println!("cargo:rerun-if-changed={part}");
    }
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    tell("TME_RUSTC", said(Command::new(rustc).arg("-V")));
    let Some(git) = git_folder(&root) else { return };
    let commit = commit(&git);
    tell("TME_COMMIT", commit.clone());
    if commit.is_some() {
        let mut status = Command::new("git");
        status.current_dir(&root).args(["--no-optional-locks", "status", "--porcelain", "--"]).args(SOURCE);
        tell("TME_DIRTY", said(&mut status).map(|changes| (!changes.is_empty()).to_string()));
    }
}

fn tell(name: &str, value: Option<String>) {
    if let Some(value) = value {
        println!("cargo:rustc-env={name}={value}");
    }
}

/// What a command prints, if it can be run and succeeds.
fn said(command: &mut Command) -> Option<String> {
    let output = command.output().ok().filter(|o| o.status.success())?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_string())
}

/// `.git` of this clone; in a worktree it is a file that names the folder.
fn git_folder(root: &Path) -> Option<PathBuf> {
    let git = root.join(".git");
    if git.is_dir() {
        return Some(git);
    }
    let text = fs::read_to_string(&git).ok()?;
    Some(root.join(text.strip_prefix("gitdir:")?.trim()))
}

/// The commit that HEAD stands for, through at most one name.
fn commit(git: &Path) -> Option<String> {
    let head = read(&git.join("HEAD"))?;
    let Some(name) = head.strip_prefix("ref: ") else { return hash(&head) };
    // Names of a worktree stand in the clone that it belongs to.
    let common = read(&git.join("commondir")).map_or_else(|| git.to_path_buf(), |c| git.join(c));
    let loose = common.join(name);
    if let Some(found) = read(&loose) {
        return hash(&found);
    }
    // The next commit will make the file.
    watch(loose.parent()?);
    let packed = read(&common.join("packed-refs"))?;
    hash(packed.lines().find_map(|l| l.strip_suffix(name)?.strip_suffix(' '))?)
}

/// A file that decides the answer, without the end of its last line.
fn read(path: &Path) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    watch(path);
    Some(text.trim_end().to_string())
}

/// Asks to be run again when a file changes; one that is not there would be taken for changed every time.
fn watch(path: &Path) {
    if path.exists() {
        println!("cargo:rerun-if-changed={}", path.display());
    }
}

fn hash(text: &str) -> Option<String> {
    (text.len() >= 40 && text.bytes().all(|b| b.is_ascii_hexdigit())).then(|| text.to_string())
}
