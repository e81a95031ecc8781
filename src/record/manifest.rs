//! `manifest.json`: what a folder holds, what made it, and to whom it belongs.
//!
//! A folder belongs to one identity. The same identity goes on or is done; another is refused, naming the first
//! difference. What only extends a study (more subjects, more replicates, a later end) is recorded beside the identity
//! and not part of it. Times of the clock stand here and in no table.

use super::atomic::is_leftover;
use super::{RESULTS_EPOCH, StorageError, Store, fault, write_atomic};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

#[cfg(test)]
mod tests;

/// Name of the manifest within its folder.
pub const MANIFEST: &str = "manifest.json";

/// Whose folder it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FolderIdentity {
    /// "run", "compare", "sweep".
    pub kind: String,
    /// Hash of the resolved document, overrides applied, without what merely extends.
    pub document: String,
    /// `--set path=value`, in the order given: for people. What they change is in the document.
    pub overrides: Vec<String>,
    /// Master seed.
    pub seed: u64,
    /// Results epoch.
    pub epoch: u32,
    /// Values of the document by path, so that a refusal can name the first that differs.
    pub parts: BTreeMap<String, String>,
    /// What may grow without becoming another folder: "replicates", "subjects", "until_day". Where one of them shrinks,
    /// tables and figures of the larger study would be lost: that is refused like another identity.
    pub extent: BTreeMap<String, String>,
}

/// How far the work of a folder is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ManifestOutcome {
    /// Begun, and either still running or killed.
    Unfinished,
    /// Every run done.
    Finished,
    /// Done, but some runs failed.
    Failed,
    /// Ended by a signal.
    Interrupted,
}

/// The file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    pub tme: String,
    /// Compiler, and commit of the source, that made the program; none where the build could not know.
    pub rustc: Option<String>,
    pub commit: Option<String>,
    /// Whether the source differed from that commit.
    #[serde(default)]
    pub dirty: Option<bool>,
    pub results_epoch: u32,
    /// The command line, one argument each.
    pub command: Vec<String>,
    pub identity: FolderIdentity,
    /// Threads used.
    pub threads: usize,
    /// Seconds since 1970, UTC.
    pub start_unix_s: u64,
    pub end_unix_s: Option<u64>,
    pub runs_ok: usize,
    pub runs_failed: usize,
    pub outcome: ManifestOutcome,
    /// Files made by this program, relative to the folder, with `/`: all that `--force` may remove.
    pub files: Vec<String>,
}

/// How a folder stands to an identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClaimState {
    /// Nothing there yet.
    Fresh,
    /// Ours, with work left: unfinished, or its extent has changed.
    Continue,
    /// Ours and done: unless runs have been lost, only tables and figures are to be drawn again.
    Finished,
}

/// A folder that may be written to.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    pub state: ClaimState,
    /// The manifest found, where there was one of ours.
    pub previous: Option<Manifest>,
}

/// The first thing in which two identities differ.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Difference {
    /// "the seed was 7 and is now 8".
    #[error("{0}")]
    Of(String),
    /// Something in the documents, of which the manifest knows only the hash.
    #[error("the document differs")]
    Document,
}

impl Difference {
    /// `what` was one thing and is now another; of long values what stands around the first difference.
    pub fn between(what: &str, was: &str, is: &str) -> Difference {
        let (was, is) = (was.chars().collect::<Vec<_>>(), is.chars().collect::<Vec<_>>());
        let shared = was.iter().zip(&is).take_while(|(a, b)| a == b).count();
        let from = match was.len().max(is.len()) {
            0..=60 => 0,
            _ => was[..shared].iter().rposition(|c| *c == ' ').map_or(0, |space| space + 1),
        };
        let part = |of: &[char]| -> String {
            let inner: String = of[from..].iter().take(60).collect();
            let (before, after) =
                (if from > 0 { "... " } else { "" }, if of.len() > from + 60 { "..." } else { "" });
            if inner.is_empty() { format!("{before}absent") } else { format!("{before}{inner}{after}") }
        };
        Difference::Of(format!("{what} was {} and is now {}", part(&was), part(&is)))
    }
}

/// Why a folder may not be written to.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// Another identity (exit code 2).
    #[error(
        "{} holds other results: {difference}; choose another folder with --out, or replace them with --force",
        dir.display()
    )]
    Other { dir: PathBuf, difference: Difference },
    /// The same, but more of it than is asked for now (exit code 2).
    #[error(
        "{} holds a larger study: {what}; give at least that, choose another folder with --out, or replace its tables \
         and figures with --force (finished runs are kept)",
        dir.display()
    )]
    Larger { dir: PathBuf, what: String },
    /// Runs of ours, but no manifest that says whose (exit code 2).
    #[error(
        "{} holds runs of tme, but {what}; --force writes a new one and keeps the runs, --out chooses another folder",
        dir.display()
    )]
    Lost { dir: PathBuf, what: String },
    /// Files, but no manifest of this program that says whose (exit code 2).
    #[error(
        "{} is not empty and was not made by tme ({what}); choose another folder with --out, or empty it yourself \
         (--force removes only files that a manifest lists)",
        dir.display()
    )]
    Foreign { dir: PathBuf, what: String },
    /// Exit code 74.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl Manifest {
    /// A manifest of work that begins.
    pub fn begin(
        identity: FolderIdentity,
        command: Vec<String>,
        threads: usize,
        start_unix_s: u64,
    ) -> Manifest {
        Manifest {
            tme: env!("CARGO_PKG_VERSION").into(),
            rustc: option_env!("TME_RUSTC").map(String::from),
            commit: option_env!("TME_COMMIT").map(String::from),
            dirty: option_env!("TME_DIRTY").map(|d| d == "true"),
            results_epoch: RESULTS_EPOCH,
            command,
            identity,
            threads,
            start_unix_s,
            end_unix_s: None,
            runs_ok: 0,
            runs_failed: 0,
            outcome: ManifestOutcome::Unfinished,
            files: Vec::new(),
        }
    }

    /// The manifest of a folder; None where there is none.
    ///
    /// # Errors
    /// It cannot be read, or is not a manifest (`InvalidData`).
    pub fn read(dir: &Path) -> Result<Option<Manifest>, StorageError> {
        let path = dir.join(MANIFEST);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(StorageError::new("read", &path, e)),
        };
        // A file that was cut off is as damaged as one with other bytes.
        let damaged =
            |e| StorageError::new("understand", &path, io::Error::new(io::ErrorKind::InvalidData, e));
        serde_json::from_slice(&bytes).map(Some).map_err(damaged)
    }

    /// Write it whole.
    pub fn write(&self, dir: &Path) -> Result<(), StorageError> {
        let path = dir.join(MANIFEST);
        let json = serde_json::to_vec_pretty(self);
        let mut bytes = json.map_err(|e| StorageError::new("write", &path, e.into()))?;
        bytes.push(b'\n');
        write_atomic(&path, &bytes)
    }
}

impl FolderIdentity {
    /// The first difference to the identity of what is there; None where they are the same folder.
    pub fn difference(&self, there: &FolderIdentity) -> Option<Difference> {
        let differs = |what: &str, was: &str, is: &str| Some(Difference::between(what, was, is));
        if self.epoch != there.epoch {
            return differs("the results epoch", &there.epoch.to_string(), &self.epoch.to_string());
        }
        if self.kind != there.kind {
            return differs("the kind", &there.kind, &self.kind);
        }
        if self.seed != there.seed {
            return differs("the seed", &there.seed.to_string(), &self.seed.to_string());
        }
        let paths: std::collections::BTreeSet<_> = self.parts.keys().chain(there.parts.keys()).collect();
        for path in paths {
            let (was, is) = (there.parts.get(path), self.parts.get(path));
            if was != is {
                let say = |v: Option<&String>| v.map_or("absent", String::as_str).to_owned();
                return differs(path, &say(was), &say(is));
            }
        }
        (self.document != there.document).then_some(Difference::Document)
    }

    /// What is larger there, as a clause.
    fn larger(&self, there: &FolderIdentity) -> Option<String> {
        there.extent.iter().find_map(|(key, was)| {
            let (is, name) = (self.extent.get(key)?, key.trim_end_matches("_day"));
            let less = is.parse::<f64>().ok()? < was.parse::<f64>().ok()?;
            let unit = if key.ends_with("_day") { " day" } else { "" };
            less.then(|| format!("{name} was {was}{unit} and is now {is}{unit}"))
        })
    }
}

/// How a folder stands to an identity, without touching it.
pub fn inspect(dir: &Path, identity: &FolderIdentity) -> Result<Claim, Refusal> {
    let names = match entries(dir) {
        Ok(names) => names,
        Err(e) if e.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(e) => return Err(StorageError::new("use the folder", dir, e).into()),
    };
    // Without its manifest a folder is ours where there are runs in it.
    let foreign = |what: String, unread: &str| match Store::is_in(dir) {
        true => Refusal::Lost { dir: dir.to_path_buf(), what: format!("{unread} says which") },
        false => Refusal::Foreign { dir: dir.to_path_buf(), what },
    };
    let Some(name) = names.first() else { return Ok(Claim { state: ClaimState::Fresh, previous: None }) };
    let previous = match Manifest::read(dir) {
        Ok(Some(manifest)) => manifest,
        Ok(None) => return Err(foreign(format!("it holds {name}"), &format!("no {MANIFEST}"))),
        Err(e) if e.source.kind() == io::ErrorKind::InvalidData => {
            let what = format!("its {MANIFEST} is not one of this version");
            return Err(foreign(what, &format!("no {MANIFEST} that can be read")));
        }
        Err(e) => return Err(e.into()),
    };
    if let Some(difference) = identity.difference(&previous.identity) {
        return Err(Refusal::Other { dir: dir.to_path_buf(), difference });
    }
    if let Some(what) = identity.larger(&previous.identity) {
        return Err(Refusal::Larger { dir: dir.to_path_buf(), what });
    }
    let done = previous.outcome == ManifestOutcome::Finished && previous.identity.extent == identity.extent;
    let state = if done { ClaimState::Finished } else { ClaimState::Continue };
    Ok(Claim { state, previous: Some(previous) })
}

/// Make a folder ours, or say why not. A fresh one is made and given a manifest at once, so that a kill at any time
/// leaves a folder that knows whose it is. `force` replaces results of another identity, or of a larger study: only files
/// that their manifest lists are removed, and the store of runs is kept (each run in it has an identity of its own).
///
/// # Errors
/// The folder belongs to others, or cannot be written to.
pub fn claim(dir: &Path, identity: &FolderIdentity, force: bool) -> Result<Claim, Refusal> {
    let claim = match inspect(dir, identity) {
        Err(Refusal::Lost { .. }) if force => Claim { state: ClaimState::Fresh, previous: None },
        Err(Refusal::Other { .. } | Refusal::Larger { .. }) if force => {
            if let Some(other) = Manifest::read(dir)? {
                remove_listed(dir, &other.files)?;
            }
            Claim { state: ClaimState::Fresh, previous: None }
        }
        claim => claim?,
    };
    match claim.previous {
        // Found before the first run, not after it: a folder that cannot be written to.
        Some(ref previous) => previous.write(dir)?,
        None => Manifest::begin(identity.clone(), Vec::new(), 0, 0).write(dir)?,
    }
    Ok(claim)
}

/// Names in a folder, sorted, without leftovers of killed writers.
fn entries(dir: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(dir)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if !is_leftover(&name) {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// Remove the files of an earlier manifest that a later one no longer has: the pictures of a run that has another number
/// since the study has grown, a figure that is no longer drawn.
///
/// # Errors
/// A file cannot be removed.
pub fn remove_stale(dir: &Path, before: &[String], now: &[String]) -> Result<(), StorageError> {
    let stale: Vec<String> = before.iter().filter(|f| !now.contains(f)).cloned().collect();
    remove_listed(dir, &stale)
}

/// Remove files within a folder, then the folders that this has emptied. A path that leads elsewhere is not followed.
fn remove_listed(dir: &Path, files: &[String]) -> Result<(), StorageError> {
    for file in files {
        let inside = Path::new(file);
        if !inside.components().all(|c| matches!(c, Component::Normal(_))) {
            continue;
        }
        let path = dir.join(inside);
        let there = path.exists() || path.is_symlink();
        let removed = if there { fault::disk().and_then(|()| fs::remove_file(&path)) } else { Ok(()) };
        match removed {
            Err(e) if e.kind() != io::ErrorKind::NotFound => {
                return Err(StorageError::new("remove", &path, e));
            }
            _ => {}
        }
        for folder in inside.ancestors().skip(1).filter(|a| !a.as_os_str().is_empty()) {
            // Refused while something else is still in it, which is what is wanted.
            let _ = fs::remove_dir(dir.join(folder));
        }
    }
    Ok(())
}
