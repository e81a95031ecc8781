//! The store of runs of an output folder: what is finished, kept so that no kill, full disk or flipped bit can lose
//! or falsify it.
//!
//! Each process appends to a segment of its own under `runs/` and holds the lock of that file while it lives, so
//! several may work in one folder. Only identities and offsets stay in memory; records are read one at a time.
//! `runs/lock` is held shared while segments are listed and made, and alone while they are folded into one, so that a
//! file never vanishes between being listed and being opened. Locks end with their process: there is nothing to clear.
//! What a record means does not enter here.

use super::atomic::{is_leftover, make_folder, remove_leftovers, sync_folder};
use super::segment::{self, MAGIC};
use super::{AtomicFile, RunId, RunRecord, StorageError, fault, hex};
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

#[cfg(test)]
mod tests;

/// Bytes appended before a sync that nobody asked for.
const SYNC_BYTES: u64 = 1 << 16;
/// Segments that may lie about before they are folded into one.
const FOLD_ABOVE: usize = 16;

/// The store of an output folder, open for reading and appending.
#[derive(Debug)]
pub struct Store {
    runs: PathBuf,
    lock: File,
    /// Held shared by every process that works here: who gets it alone may clear away what dead ones left.
    working: File,
    segments: Vec<Segment>,
    index: BTreeMap<RunId, Place>,
    /// Records of this session only.
    passing: BTreeMap<RunId, RunRecord>,
    /// The segment this process appends to, once it has appended.
    own: Option<usize>,
    /// Appended and not yet synced.
    pending: Vec<RunId>,
    /// Where the synced part of the own segment ends.
    synced: u64,
    report: StoreReport,
}

/// What was wrong with the segments when they were scanned. Whatever was lost is not in the store, so it is run again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StoreReport {
    /// Torn or damaged tails cut off.
    pub cut: usize,
    /// Unfinished tails left alone, because another process holds the segment.
    pub in_use: usize,
    /// Records whose bytes have changed.
    pub damaged: usize,
    /// Files that are not segments of this version.
    pub foreign: usize,
}

#[derive(Debug)]
struct Segment {
    path: PathBuf,
    file: Mutex<File>,
    /// End of the verified frames.
    end: u64,
    foreign: bool,
}

#[derive(Clone, Copy, Debug)]
struct Place {
    segment: usize,
    offset: u64,
}

impl Segment {
    fn file(&self) -> MutexGuard<'_, File> {
        // A panic elsewhere leaves at worst another position, and every use seeks first.
        self.file.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store {
    /// Open the store of an output folder, making it if need be: every segment is read once and verified.
    ///
    /// # Errors
    /// The folder cannot be made, read or written.
    pub fn open(out: &Path) -> Result<Store, StorageError> {
        let runs = out.join("runs");
        make_folder(&runs)?;
        let opened = |name: &str| {
            let path = runs.join(name);
            let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
            fault::disk().and(file).map_err(StorageError::at("write", &path))
        };
        let (lock, working) = (opened("lock")?, opened("working")?);
        tidy(out, &working, &[]);
        let mut store = Store {
            lock,
            working,
            runs,
            segments: Vec::new(),
            index: BTreeMap::new(),
            passing: BTreeMap::new(),
            own: None,
            pending: Vec::new(),
            synced: 0,
            report: StoreReport::default(),
        };
        store.refresh()?;
        if store.segments.len() > FOLD_ABOVE && store.lock.try_lock().is_ok() {
            let folded = store.fold();
            // The lock ends with the file at the latest.
            let _ = store.lock.unlock();
            folded?;
        }
        Ok(store)
    }

    /// The output folder.
    pub fn folder(&self) -> &Path {
        self.runs.parent().unwrap_or(Path::new(""))
    }

    /// Where a run that is not finished leaves what it needs to go on.
    pub fn checkpoint(out: &Path, id: &RunId) -> PathBuf {
        out.join("runs").join(format!("{}.ckpt", &hex(id)[..32]))
    }

    /// Removes what a finished run no longer needs.
    ///
    /// # Errors
    /// The disk.
    pub fn forget_checkpoint(&self, id: &RunId) -> Result<(), StorageError> {
        let path = Store::checkpoint(self.folder(), id);
        if !path.exists() {
            return Ok(());
        }
        match fault::disk().and_then(|()| fs::remove_file(&path)) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(StorageError::new("remove", &path, e)),
            _ => Ok(()),
        }
    }

    /// Once every run is done: clears away checkpoints of runs that nobody will go on with, unless others work here.
    pub fn tidy(&self) {
        let _ = self.working.unlock();
        tidy(self.folder(), &self.working, &[".ckpt"]);
    }

    /// Whether a folder has a store with runs of this program, of whatever version. Touches nothing.
    pub fn is_in(out: &Path) -> bool {
        let segments = list(&out.join("runs"), |name| name.ends_with(".seg")).unwrap_or_default();
        segments.iter().any(|path| File::open(path).is_ok_and(|mut f| segment::is_ours(&mut f)))
    }

    /// What was wrong so far.
    pub fn report(&self) -> StoreReport {
        self.report
    }

    /// Whether the store has the record of a run.
    pub fn contains(&self, id: &RunId) -> bool {
        self.index.contains_key(id) || self.passing.contains_key(id)
    }

    /// Keep a record for this session without writing it: of a run that a fault of the program broke. The tables show it,
    /// and the next command does the run again.
    pub fn remember(&mut self, id: &RunId, record: RunRecord) {
        self.passing.insert(*id, record);
    }

    /// Number of runs.
    pub fn len(&self) -> usize {
        self.index.len()
    }

    pub fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    /// Identities of all runs, sorted.
    pub fn ids(&self) -> Vec<RunId> {
        self.index.keys().copied().collect()
    }

    /// Segments in the folder, relative to it.
    pub fn files(&self) -> Vec<String> {
        let name = |s: &Segment| s.path.file_name().map(|n| format!("runs/{}", n.to_string_lossy()));
        self.segments.iter().filter_map(name).collect()
    }

    /// The record of a run, its bytes verified again. None where the store has none.
    ///
    /// # Errors
    /// The file cannot be read, or has been damaged since it was opened.
    pub fn read(&self, id: &RunId) -> Result<Option<RunRecord>, StorageError> {
        let Some(place) = self.index.get(id) else { return Ok(self.passing.get(id).cloned()) };
        let segment = &self.segments[place.segment];
        let frame = segment::frame_at(&mut *segment.file(), place.offset, id);
        let record = frame.and_then(|f| segment::decode(&f));
        record.map(Some).map_err(StorageError::at("read a run from", &segment.path))
    }

    /// Append the record of a run; one that the store already has is left as it is. Synced once enough has come
    /// together, or by [`sync`](Store::sync).
    ///
    /// # Errors
    /// The disk. What was synced stays; what was not is no longer in the store and is to be run again.
    pub fn append(&mut self, id: &RunId, record: &RunRecord) -> Result<(), StorageError> {
        if self.contains(id) {
            return Ok(());
        }
        let frame = segment::encode(id, record).map_err(StorageError::at("write a run to", &self.runs))?;
        let own = match self.own {
            Some(own) => own,
            None => self.begin_segment()?,
        };
        let segment = &mut self.segments[own];
        let offset = segment.end;
        let written = write_at(&mut segment.file(), offset, &frame);
        if let Err(e) = written {
            return Err(self.abandon(own, "write a run to", e));
        }
        segment.end += frame.len() as u64;
        self.index.insert(*id, Place { segment: own, offset });
        self.pending.push(*id);
        if segment.end - self.synced >= SYNC_BYTES { self.sync() } else { Ok(()) }
    }

    /// Make everything appended durable. Also done when the store is dropped, where a failure has no one to hear it.
    ///
    /// # Errors
    /// As for [`append`](Store::append).
    pub fn sync(&mut self) -> Result<(), StorageError> {
        let Some(own) = self.own.filter(|_| !self.pending.is_empty()) else { return Ok(()) };
        let result = fault::disk().and_then(|()| self.segments[own].file().sync_data());
        if let Err(e) = result {
            return Err(self.abandon(own, "save the runs in", e));
        }
        self.synced = self.segments[own].end;
        self.pending.clear();
        Ok(())
    }

    /// See what other processes have appended since.
    pub fn refresh(&mut self) -> Result<(), StorageError> {
        // A file system without locks refuses them to everyone alike; then nothing is ever cut or folded.
        let _ = self.lock.lock_shared();
        let scanned = self.scan_all();
        let _ = self.lock.unlock();
        scanned
    }

    /// After a failed write or sync the state of the file's pages is unknown: no more is written to it, and what was
    /// not yet durable is forgotten. The next append begins a new segment.
    fn abandon(&mut self, own: usize, what: &'static str, source: io::Error) -> StorageError {
        for id in self.pending.drain(..) {
            self.index.remove(&id);
        }
        self.own = None;
        let segment = &mut self.segments[own];
        segment.end = self.synced;
        // Gives room back on a full disk; if it fails, the tail is cut when the folder is next opened.
        let _ = segment.file().set_len(self.synced);
        StorageError::new(what, &segment.path, source)
    }

    fn begin_segment(&mut self) -> Result<usize, StorageError> {
        let _ = self.lock.lock_shared();
        let made = self.make_segment();
        let _ = self.lock.unlock();
        let (path, file) = made.map_err(StorageError::at("write", &self.runs))?;
        self.synced = MAGIC.len() as u64;
        self.segments.push(Segment { path, file: Mutex::new(file), end: self.synced, foreign: false });
        let own = self.segments.len() - 1;
        self.own = Some(own);
        Ok(own)
    }

    fn make_segment(&self) -> io::Result<(PathBuf, File)> {
        for n in 0_u64.. {
            let path = self.runs.join(format!("{}-{n}.seg", std::process::id()));
            let open = || OpenOptions::new().read(true).write(true).create_new(true).open(&path);
            match fault::disk().and_then(|()| open()) {
                Ok(mut file) => {
                    // Another process may be looking at the empty file; it lets go at once.
                    let _ = file.lock();
                    write_at(&mut file, 0, MAGIC)?;
                    fault::disk()?;
                    file.sync_all()?;
                    sync_folder(&self.runs)?;
                    return Ok((path, file));
                }
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
                Err(e) => return Err(e),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    /// Open segments not yet known and scan what is new in all.
    fn scan_all(&mut self) -> Result<(), StorageError> {
        for path in
            list(&self.runs, |name| name.ends_with(".seg")).map_err(StorageError::at("read", &self.runs))?
        {
            if self.segments.iter().all(|s| s.path != path) {
                let file = OpenOptions::new().read(true).write(true).open(&path);
                let file = Mutex::new(file.map_err(StorageError::at("open", &path))?);
                self.segments.push(Segment { path, file, end: 0, foreign: false });
            }
        }
        for k in 0..self.segments.len() {
            // All that stands in the own segment is known.
            if self.own != Some(k) {
                self.scan_segment(k).map_err(StorageError::at("read", &self.segments[k].path))?;
            }
        }
        Ok(())
    }

    fn scan_segment(&mut self, k: usize) -> io::Result<()> {
        let (segment, index) = (&mut self.segments[k], &mut self.index);
        if segment.foreign {
            return Ok(());
        }
        let file = segment.file.get_mut().unwrap_or_else(PoisonError::into_inner);
        let mut see = |id, offset| {
            index.entry(id).or_insert(Place { segment: k, offset });
        };
        let mut found = segment::scan(file, segment.end, &mut see)?;
        if !found.foreign && found.end < found.size {
            if file.try_lock().is_ok() {
                // Its owner may have finished the record before letting go.
                let again = segment::scan(file, found.end, &mut see)?;
                found = segment::Scan { damaged: found.damaged + again.damaged, ..again };
                if found.end < found.size {
                    fault::disk()?;
                    file.set_len(found.end)?;
                    file.sync_all()?;
                    self.report.cut += 1;
                }
                file.unlock()?;
            } else {
                self.report.in_use += 1;
            }
        }
        segment.end = found.end;
        segment.foreign = found.foreign;
        self.report.damaged += found.damaged;
        self.report.foreign += usize::from(found.foreign);
        Ok(())
    }

    /// Copy every record of the segments that no process holds into one new segment, then remove them. A kill between
    /// the two leaves doubles, which count once. The lock of the folder is held.
    fn fold(&mut self) -> Result<(), StorageError> {
        let free: Vec<usize> = (0..self.segments.len())
            .filter(|&k| !self.segments[k].foreign && self.segments[k].file().try_lock().is_ok())
            .collect();
        if free.len() > FOLD_ABOVE {
            for &k in &free {
                self.scan_segment(k).map_err(StorageError::at("read", &self.segments[k].path))?;
            }
            self.copy_records(&free)?;
            for &k in &free {
                let path = &self.segments[k].path;
                fault::disk()
                    .and_then(|()| fs::remove_file(path))
                    .map_err(StorageError::at("remove", path))?;
            }
            // Nobody else writes temporaries here while the lock is held.
            for path in list(&self.runs, is_leftover).map_err(StorageError::at("read", &self.runs))? {
                fs::remove_file(&path).map_err(StorageError::at("remove", &path))?;
            }
        }
        // Closing the files gives up their locks; everything is read afresh from what is there now, and what was wrong
        // is not counted twice.
        let report = self.report;
        self.segments.clear();
        self.index.clear();
        self.scan_all()?;
        self.report = report;
        Ok(())
    }

    fn copy_records(&self, from: &[usize]) -> Result<(), StorageError> {
        let mut names = (0_u64..).map(|n| self.runs.join(format!("folded-{n}.seg")));
        let Some(target) = names.find(|p| !p.exists()) else { return Ok(()) };
        let mut out = AtomicFile::create(&target)?;
        out.write_all(MAGIC).map_err(StorageError::at("write", &target))?;
        for (id, place) in self.index.iter().filter(|(_, p)| from.contains(&p.segment)) {
            let segment = &self.segments[place.segment];
            let frame = segment::frame_at(&mut *segment.file(), place.offset, id);
            let frame = frame.map_err(StorageError::at("read a run from", &segment.path))?;
            out.write_all(&frame).map_err(StorageError::at("write", &target))?;
        }
        out.commit()
    }
}

/// Where no other process works in a folder of results: removes what killed ones left half written, and files in `runs/`
/// with one of these endings. Ends with `working` held shared. A file system without locks refuses them to everyone
/// alike; then nothing is removed.
fn tidy(out: &Path, working: &File, endings: &[&str]) {
    if working.try_lock().is_ok() {
        let inside = fs::read_dir(out).into_iter().flatten().flatten().map(|e| e.path());
        inside.filter(|p| p.is_dir()).chain([out.to_path_buf()]).for_each(|folder| remove_leftovers(&folder));
        let stale = list(&out.join("runs"), |name| endings.iter().any(|e| name.ends_with(e)));
        stale.into_iter().flatten().for_each(|path| {
            let _ = fs::remove_file(path);
        });
        let _ = working.unlock();
    }
    let _ = working.lock_shared();
}

impl Drop for Store {
    fn drop(&mut self) {
        let _ = self.sync();
    }
}

fn write_at(file: &mut File, offset: u64, bytes: &[u8]) -> io::Result<()> {
    file.seek(SeekFrom::Start(offset))?;
    fault::write_all(file, bytes)
}

/// Files of a folder whose name is wanted, sorted.
fn list(folder: &Path, wanted: impl Fn(&str) -> bool) -> io::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_str().is_some_and(&wanted) {
            paths.push(entry.path());
        }
    }
    paths.sort();
    Ok(paths)
}
