//! Files from which a run can be taken up again: two parts, one that says what it is and one that holds the state.
//!
//! `MAGIC`, a head of fixed length (results epoch, lengths and BLAKE3 of both parts, a checksum of all that), then both
//! parts as `zstd(postcard(..))`. Integers are little-endian. A length is believed only under its checksum and up to a
//! limit that the reader sets, so no damaged byte can make it panic or allocate at will. What the parts mean does not
//! enter here.

use super::{AtomicFile, RESULTS_EPOCH, StorageError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// Names this format and the layout of what it holds.
const MAGIC: &[u8; 16] = b"tme checkpoint 1";
/// What all versions begin with.
const FAMILY: usize = 15;

const PART: usize = 8 + 8 + 32;
const CHECKED: usize = 4 + 2 * PART;
const HEAD: usize = CHECKED + 32;

/// Largest first part before compression, bytes.
const MOST_ABOUT: u64 = 64 << 20;

/// Compression: of the fields, which do not compress, little is gained by a higher level.
const LEVEL: i32 = 1;

/// Length of a part as it lies in the file and before compression, and BLAKE3 of it.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Part {
    length: u64,
    raw: u64,
    hash: [u8; 32],
}

impl Part {
    fn of(body: &[u8], raw: u64) -> Part {
        Part { length: body.len() as u64, raw, hash: *blake3::hash(body).as_bytes() }
    }

    fn put(&self, out: &mut Vec<u8>) {
        out.extend(self.length.to_le_bytes());
        out.extend(self.raw.to_le_bytes());
        out.extend(self.hash);
    }

    fn from_bytes(bytes: &[u8]) -> Part {
        let word = |at: usize| bytes[at..at + 8].iter().rev().fold(0u64, |w, b| w << 8 | u64::from(*b));
        let mut hash = [0; 32];
        hash.copy_from_slice(&bytes[16..PART]);
        Part { length: word(0), raw: word(8), hash }
    }
}

/// Why a checkpoint is not believed.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    #[error("cannot read {}: {source}", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("{} is no checkpoint of tme", path.display())]
    Foreign { path: PathBuf },
    #[error("{} is a checkpoint of another version of tme", path.display())]
    Version { path: PathBuf },
    #[error("{} is of results epoch {epoch}, this program of {RESULTS_EPOCH}: the run cannot go on with the same bits", path.display())]
    Epoch { path: PathBuf, epoch: u32 },
    #[error("{} is damaged: {what}", path.display())]
    Damaged { path: PathBuf, what: String },
    #[error("{} holds {raw} bytes, more than such a run can have ({most})", path.display())]
    TooLarge { path: PathBuf, raw: u64, most: u64 },
}

/// Counts what passes through.
struct Counted<W> {
    inner: W,
    bytes: u64,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = self.inner.write(bytes)?;
        self.bytes += n as u64;
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// A part compressed while it is written out, so that it never stands in memory twice.
fn packed<T: Serialize>(value: &T) -> io::Result<(Vec<u8>, u64)> {
    let encoder = zstd::stream::Encoder::new(Vec::new(), LEVEL)?;
    let out = postcard::to_io(value, Counted { inner: encoder, bytes: 0 }).map_err(io::Error::other)?;
    Ok((out.inner.finish()?, out.bytes))
}

/// Writes a checkpoint whole, or leaves what was there.
///
/// # Errors
/// The disk.
pub fn write_checkpoint<A: Serialize, B: Serialize>(
    path: &Path,
    about: &A,
    body: &B,
) -> Result<(), StorageError> {
    let (about, about_raw) = packed(about).map_err(StorageError::at("write", path))?;
    let (body, body_raw) = packed(body).map_err(StorageError::at("write", path))?;
    let mut head = RESULTS_EPOCH.to_le_bytes().to_vec();
    Part::of(&about, about_raw).put(&mut head);
    Part::of(&body, body_raw).put(&mut head);
    head.extend(checksum(&head));
    let mut file = AtomicFile::create(path)?;
    for bytes in [MAGIC.as_slice(), &head, &about, &body] {
        file.write_all(bytes).map_err(StorageError::at("write", path))?;
    }
    file.commit()
}

fn checksum(head: &[u8]) -> [u8; 32] {
    *blake3::Hasher::new_derive_key("tme 2026 head of a checkpoint")
        .update(MAGIC)
        .update(head)
        .finalize()
        .as_bytes()
}

/// An open checkpoint: its first part, and where the second lies.
#[derive(Debug)]
pub struct Checkpoint<A> {
    pub about: A,
    /// Names its bytes: BLAKE3 of the head, which holds the hashes of both parts.
    pub id: [u8; 32],
    path: PathBuf,
    file: File,
    body: Part,
}

/// Opens a checkpoint and reads what it is about.
///
/// # Errors
/// Everything that makes it unfit to be believed.
pub fn open_checkpoint<A: DeserializeOwned>(path: &Path) -> Result<Checkpoint<A>, CheckpointError> {
    let at = || path.to_path_buf();
    let unreadable = |source| CheckpointError::Unreadable { path: at(), source };
    let damaged = |what: &str| CheckpointError::Damaged { path: at(), what: what.to_string() };
    let mut file = File::open(path).map_err(unreadable)?;
    let whole = file.metadata().map_err(unreadable)?;
    if !whole.is_file() {
        return Err(CheckpointError::Foreign { path: at() });
    }
    let mut magic = [0; MAGIC.len()];
    if !filled(&mut file, &mut magic).map_err(unreadable)? || magic[..FAMILY] != MAGIC[..FAMILY] {
        return Err(CheckpointError::Foreign { path: at() });
    }
    if magic != *MAGIC {
        return Err(CheckpointError::Version { path: at() });
    }
    let mut head = [0; HEAD];
    if !filled(&mut file, &mut head).map_err(unreadable)? {
        return Err(damaged("it is cut short"));
    }
    if head[CHECKED..] != checksum(&head[..CHECKED]) {
        return Err(damaged("its head has changed"));
    }
    let epoch = u32::from_le_bytes([head[0], head[1], head[2], head[3]]);
    if epoch != RESULTS_EPOCH {
        return Err(CheckpointError::Epoch { path: at(), epoch });
    }
    let (about, body) = (Part::from_bytes(&head[4..]), Part::from_bytes(&head[4 + PART..]));
    let due = (MAGIC.len() + HEAD) as u64;
    if about.length.checked_add(body.length).and_then(|n| n.checked_add(due)) != Some(whole.len()) {
        return Err(damaged("it is not as long as it says"));
    }
    let id = *blake3::hash(&head).as_bytes();
    let about = unpacked(&mut file, path, about, MOST_ABOUT)?;
    Ok(Checkpoint { about, id, path: at(), file, body })
}

impl<A> Checkpoint<A> {
    /// The second part, of at most so many bytes.
    ///
    /// # Errors
    /// As for opening.
    pub fn body<B: DeserializeOwned>(mut self, most: u64) -> Result<(A, B), CheckpointError> {
        let body = unpacked(&mut self.file, &self.path, self.body, most)?;
        Ok((self.about, body))
    }
}

fn unpacked<T: DeserializeOwned>(
    file: &mut File,
    path: &Path,
    part: Part,
    most: u64,
) -> Result<T, CheckpointError> {
    let at = || path.to_path_buf();
    let unreadable = |source| CheckpointError::Unreadable { path: at(), source };
    let damaged = |what: &str| CheckpointError::Damaged { path: at(), what: what.to_string() };
    if part.raw > most {
        return Err(CheckpointError::TooLarge { path: at(), raw: part.raw, most });
    }
    // The file was seen to be that long, so this takes no more memory than the file has bytes.
    let mut body = Vec::new();
    file.take(part.length).read_to_end(&mut body).map_err(unreadable)?;
    if *blake3::hash(&body).as_bytes() != part.hash {
        return Err(damaged("its bytes have changed"));
    }
    // One byte more than promised is enough to see a part that is not what its head says.
    let mut raw = Vec::new();
    let decoder = zstd::stream::read::Decoder::new(body.as_slice()).map_err(unreadable)?;
    decoder.take(part.raw + 1).read_to_end(&mut raw).map_err(|_| damaged("it cannot be unpacked"))?;
    drop(body);
    match postcard::take_from_bytes(&raw) {
        Ok((value, rest)) if rest.is_empty() && raw.len() as u64 == part.raw => Ok(value),
        _ => Err(damaged("it does not hold what it should")),
    }
}

/// Reads until the buffer is full; false where the file ends before.
fn filled(file: &mut File, buffer: &mut [u8]) -> io::Result<bool> {
    match file.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(e) => Err(e),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type About = (String, u32);
    type Body = (Vec<f32>, Option<u64>);

    fn written(dir: &Path) -> (PathBuf, About, Body) {
        let path = dir.join("a.ckpt");
        let about = ("about".to_string(), 7);
        let body = ((0..1000).map(|i| i as f32 * 0.5).collect(), Some(3));
        write_checkpoint(&path, &about, &body).unwrap();
        (path, about, body)
    }

    fn read(path: &Path) -> Result<(About, Body), CheckpointError> {
        open_checkpoint::<About>(path)?.body(1 << 20)
    }

    #[test]
    fn what_is_read_is_what_was_written() {
        let dir = tempfile::tempdir().unwrap();
        let (path, about, body) = written(dir.path());
        assert_eq!(read(&path).unwrap(), (about, body));
        let id = || open_checkpoint::<About>(&path).unwrap().id;
        let first = id();
        assert_eq!(id(), first);
        write_checkpoint(&path, &("about".to_string(), 8), &(vec![1.0f32], None::<u64>)).unwrap();
        assert_ne!(id(), first);
    }

    /// Every byte of the file changed, every length it may be cut to, and a byte too many: never believed.
    #[test]
    fn no_damage_is_believed() {
        let dir = tempfile::tempdir().unwrap();
        let (path, ..) = written(dir.path());
        let good = std::fs::read(&path).unwrap();
        let bad = dir.path().join("bad.ckpt");
        let refused = |bytes: &[u8], what: &str| {
            std::fs::write(&bad, bytes).unwrap();
            assert!(read(&bad).is_err(), "{what}");
        };
        for at in 0..good.len() {
            let mut bytes = good.clone();
            bytes[at] ^= 1 << (at % 8);
            refused(&bytes, &format!("byte {at}"));
            refused(&good[..at], &format!("cut at {at}"));
        }
        refused(&[good.as_slice(), &[0]].concat(), "longer");
    }

    #[test]
    fn strangers_are_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        let told = |bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            read(&path).unwrap_err().to_string()
        };
        assert!(told(b"").ends_with("is no checkpoint of tme"));
        assert!(told(b"kind = \"scenario\"\n and more").ends_with("is no checkpoint of tme"));
        assert!(told(b"tme checkpoint 2 and more").ends_with("of another version of tme"));
        assert!(told(b"tme checkpoint 1 and more").ends_with("cut short"));
        assert!(read(dir.path()).unwrap_err().to_string().ends_with("is no checkpoint of tme"));
        let (path, ..) = written(dir.path());
        let e = open_checkpoint::<About>(&path).unwrap().body::<Body>(100).unwrap_err();
        assert!(matches!(e, CheckpointError::TooLarge { most: 100, .. }), "{e}");
    }
}
