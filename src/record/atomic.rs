//! Whole files: written under a temporary name in the same folder, synced, renamed, the folder synced.
//!
//! A reader sees the old file or the new one, never a part. A failed write or sync leaves the old file as it was and
//! no temporary behind; after a kill the leftover has a name of its own ([`is_leftover`]) and no meaning.

use super::{StorageError, fault};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

const PREFIX: &str = ".tme-";
const SUFFIX: &str = ".tmp";

/// A file in the making. Dropped without [`commit`](AtomicFile::commit) it never existed.
#[derive(Debug)]
pub struct AtomicFile {
    target: PathBuf,
    temporary: PathBuf,
    /// None once committed.
    file: Option<BufWriter<File>>,
}

impl AtomicFile {
    /// Begin a file that will stand at `target`. Folders above it are made.
    pub fn create(target: &Path) -> Result<AtomicFile, StorageError> {
        static COUNTER: AtomicU64 = AtomicU64::new(0);
        let folder = folder_of(target);
        make_folder(folder)?;
        loop {
            let n = COUNTER.fetch_add(1, Ordering::Relaxed);
            let temporary = folder.join(format!("{PREFIX}{}-{n}{SUFFIX}", std::process::id()));
            let open = || OpenOptions::new().write(true).create_new(true).open(&temporary);
            match fault::disk().and_then(|()| open()) {
                Ok(file) => {
                    let file = Some(BufWriter::with_capacity(1 << 16, file));
                    return Ok(AtomicFile { target: target.to_path_buf(), temporary, file });
                }
                // Another machine can have the same process number.
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
                Err(e) => return Err(StorageError::new("write", target, e)),
            }
        }
    }

    /// Sync, rename to the target, sync the folder.
    pub fn commit(mut self) -> Result<(), StorageError> {
        self.place().map_err(StorageError::at("write", &self.target))
    }

    fn place(&mut self) -> io::Result<()> {
        let writer = self.writer()?;
        fault::disk()?;
        writer.flush()?;
        fault::disk()?;
        writer.get_ref().sync_all()?;
        fault::disk()?;
        fs::rename(&self.temporary, &self.target)?;
        self.file = None;
        sync_folder(folder_of(&self.target))
    }

    fn writer(&mut self) -> io::Result<&mut BufWriter<File>> {
        self.file.as_mut().ok_or_else(|| io::ErrorKind::InvalidInput.into())
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer()?.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer()?.flush()
    }
}

impl Drop for AtomicFile {
    fn drop(&mut self) {
        if let Some(writer) = self.file.take() {
            // Bytes still in the buffer belong to a file nobody will see.
            drop(writer.into_parts());
            // Nothing can be done about a failure here, and the name is known for a leftover.
            let _ = fs::remove_file(&self.temporary);
        }
    }
}

/// Write a whole file at once.
pub fn write_atomic(target: &Path, bytes: &[u8]) -> Result<(), StorageError> {
    let mut file = AtomicFile::create(target)?;
    file.write_all(bytes).map_err(StorageError::at("write", target))?;
    file.commit()
}

/// Make a folder and those above it.
pub fn make_folder(folder: &Path) -> Result<(), StorageError> {
    let made = if folder.is_dir() { Ok(()) } else { fault::disk().and_then(|()| fs::create_dir_all(folder)) };
    made.map_err(StorageError::at("create the folder", folder))
}

/// Removes from a folder what writers left there that were killed; what a process of this machine may still be writing
/// stays. Nothing depends on it: a failure is no trouble.
pub(super) fn remove_leftovers(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let Some(name) = name.to_str().filter(|n| is_leftover(n)) else { continue };
        let process = name[PREFIX.len()..].split('-').next().unwrap_or_default();
        let alive = Path::new("/proc").join(process).exists();
        if !alive {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Whether a file name is a temporary of this module, left behind by a process that was killed.
pub(super) fn is_leftover(name: &str) -> bool {
    name.starts_with(PREFIX) && name.ends_with(SUFFIX)
}

/// The folder a path lies in.
fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(p) if !p.as_os_str().is_empty() => p,
        _ => Path::new("."),
    }
}

/// Make names in a folder durable. Only Unix can open a folder for that; elsewhere the rename must do.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    fault::disk()?;
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(dir: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn an_abandoned_file_leaves_the_old_content_and_no_temporary() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("runs.csv");
        write_atomic(&path, b"old").unwrap();
        let mut file = AtomicFile::create(&path).unwrap();
        file.write_all(&[7; 200_000]).unwrap();
        assert_eq!(names(dir.path()).len(), 2);
        drop(file);
        assert_eq!(names(dir.path()), ["runs.csv"]);
        assert_eq!(fs::read(&path).unwrap(), b"old");
        write_atomic(&path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
    }

    #[test]
    fn a_failed_rename_leaves_what_was_there_and_no_temporary() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("figures");
        fs::create_dir(&path).unwrap();
        fs::write(path.join("a.svg"), b"a").unwrap();
        let error = write_atomic(&path, b"x").unwrap_err();
        assert_eq!(error.path, path);
        assert_eq!(names(dir.path()), ["figures"]);
        assert_eq!(names(&path), ["a.svg"]);
    }

    #[test]
    fn folders_are_made_and_a_file_in_the_way_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a/b/c.txt");
        write_atomic(&path, b"c").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"c");
        assert!(write_atomic(&path.join("d.txt"), b"d").is_err());
        assert_eq!(names(path.parent().unwrap()), ["c.txt"]);
    }
}
