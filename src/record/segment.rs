//! The bytes of a segment of the store: how a record becomes a frame, and how frames are found again.
//!
//! A segment is [`MAGIC`] and then frames. A frame is a head (length of the body, length before compression,
//! identity, BLAKE3 of the body, 12 bytes of BLAKE3 over all that) and a body, `zstd(postcard((identity, record)))`.
//! Integers are little-endian. A length is believed only under its checksum, and memory is taken only after the file
//! has been seen to be that long, so no damaged byte can make the reader panic or allocate at will. Policy (which
//! segment, whose lock) does not enter here.

use super::{RunId, RunRecord};
use std::io::{self, BufReader, Read, Seek, SeekFrom};

/// Names this format and the layout of [`RunRecord`]: to be raised with either (a test holds that).
pub(super) const MAGIC: &[u8; 16] = b"tme run store 1\n";

const LENGTH: usize = 4;
const RAW: usize = LENGTH + 8;
const ID: usize = RAW + 32;
const BODY_HASH: usize = ID + 32;
const HEAD: usize = BODY_HASH + 12;

/// Largest record before compression, bytes.
const MAX_RAW: u64 = 8 << 30;

#[derive(Clone, Copy, Debug, PartialEq)]
struct Head {
    length: u32,
    raw: u64,
    id: RunId,
    body_hash: [u8; 32],
}

impl Head {
    fn bytes(&self) -> [u8; HEAD] {
        let mut out = [0; HEAD];
        out[..LENGTH].copy_from_slice(&self.length.to_le_bytes());
        out[LENGTH..RAW].copy_from_slice(&self.raw.to_le_bytes());
        out[RAW..ID].copy_from_slice(&self.id);
        out[ID..BODY_HASH].copy_from_slice(&self.body_hash);
        let check = blake3::hash(&out[..BODY_HASH]);
        out[BODY_HASH..].copy_from_slice(&check.as_bytes()[..HEAD - BODY_HASH]);
        out
    }

    /// None where the checksum does not hold.
    fn from_bytes(bytes: &[u8; HEAD]) -> Option<Head> {
        let mut length = [0; 4];
        let mut raw = [0; 8];
        let (mut id, mut body_hash) = ([0; 32], [0; 32]);
        length.copy_from_slice(&bytes[..LENGTH]);
        raw.copy_from_slice(&bytes[LENGTH..RAW]);
        id.copy_from_slice(&bytes[RAW..ID]);
        body_hash.copy_from_slice(&bytes[ID..BODY_HASH]);
        let head = Head { length: u32::from_le_bytes(length), raw: u64::from_le_bytes(raw), id, body_hash };
        (head.raw <= MAX_RAW && head.bytes() == *bytes).then_some(head)
    }
}

/// What all versions of a segment begin with.
const FAMILY: &[u8] = b"tme run store ";

/// Whether a file begins like a segment of some version.
pub(super) fn is_ours(file: &mut impl Read) -> bool {
    let mut head = [0; FAMILY.len()];
    file.read_exact(&mut head).is_ok() && head == FAMILY
}

fn damaged(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// The frame of a record.
pub(super) fn encode(id: &RunId, record: &RunRecord) -> io::Result<Vec<u8>> {
    frame(id, &postcard::to_stdvec(&(id, record)).map_err(io::Error::other)?)
}

/// The frame of the plain bytes of a record.
pub(super) fn frame(id: &RunId, raw: &[u8]) -> io::Result<Vec<u8>> {
    let body = zstd::encode_all(raw, 3)?;
    let too_large = || io::Error::new(io::ErrorKind::FileTooLarge, "the record of a run is too large");
    let length = u32::try_from(body.len()).map_err(|_| too_large())?;
    if raw.len() as u64 > MAX_RAW {
        return Err(too_large());
    }
    let body_hash = *blake3::hash(&body).as_bytes();
    let mut frame = Head { length, raw: raw.len() as u64, id: *id, body_hash }.bytes().to_vec();
    frame.extend_from_slice(&body);
    Ok(frame)
}

/// The whole frame of a known record, its checksums verified.
pub(super) fn frame_at<F: Read + Seek>(file: &mut F, offset: u64, id: &RunId) -> io::Result<Vec<u8>> {
    let size = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(offset))?;
    let mut bytes = [0; HEAD];
    file.read_exact(&mut bytes)?;
    let head = Head::from_bytes(&bytes).filter(|h| h.id == *id).ok_or_else(|| damaged("damaged record"))?;
    if size.saturating_sub(offset + HEAD as u64) < u64::from(head.length) {
        return Err(damaged("record cut short"));
    }
    let mut frame = bytes.to_vec();
    frame.resize(HEAD + head.length as usize, 0);
    file.read_exact(&mut frame[HEAD..])?;
    if *blake3::hash(&frame[HEAD..]).as_bytes() != head.body_hash {
        return Err(damaged("damaged record"));
    }
    Ok(frame)
}

/// The record of a frame that [`frame_at`] returned.
pub(super) fn decode(frame: &[u8]) -> io::Result<RunRecord> {
    let (bytes, body) = frame.split_first_chunk().ok_or_else(|| damaged("record cut short"))?;
    let head = Head::from_bytes(bytes).ok_or_else(|| damaged("damaged record"))?;
    // One byte more than promised is enough to see a body that is not what its head says.
    let mut raw = Vec::new();
    zstd::stream::read::Decoder::new(body)?.take(head.raw + 1).read_to_end(&mut raw)?;
    let ((id, record), rest): ((RunId, RunRecord), _) =
        postcard::take_from_bytes(&raw).map_err(|e| io::Error::new(io::ErrorKind::InvalidData, e))?;
    if id != head.id || !rest.is_empty() || raw.len() as u64 != head.raw {
        return Err(damaged("damaged record"));
    }
    Ok(record)
}

/// What a scan found.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Scan {
    /// End of the last whole frame: where the next scan begins.
    pub end: u64,
    /// Size of the file when it was scanned; larger than `end` where the tail is torn or damaged.
    pub size: u64,
    /// Frames whose head was good and whose body was not.
    pub damaged: usize,
    /// The file is not a segment of this version: leave it alone.
    pub foreign: bool,
}

/// Verify every frame from `from` on (0, or the end of an earlier scan), telling identity and offset of the good ones.
pub(super) fn scan<F: Read + Seek>(
    file: &mut F,
    from: u64,
    see: &mut dyn FnMut(RunId, u64),
) -> io::Result<Scan> {
    let size = file.seek(SeekFrom::End(0))?;
    let mut scan = Scan { end: from, size, ..Scan::default() };
    file.seek(SeekFrom::Start(from))?;
    let mut file = BufReader::with_capacity(1 << 16, file);
    if from == 0 {
        let mut magic = Vec::new();
        (&mut file).take(MAGIC.len() as u64).read_to_end(&mut magic)?;
        scan.foreign = !MAGIC.starts_with(&magic);
        if magic != MAGIC {
            return Ok(scan);
        }
        scan.end = MAGIC.len() as u64;
    }
    while size.saturating_sub(scan.end) >= HEAD as u64 {
        let mut bytes = [0; HEAD];
        match file.read_exact(&mut bytes) {
            // Another process has just cut the tail off.
            Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => break,
            read => read?,
        }
        let Some(head) = Head::from_bytes(&bytes) else { break };
        let next = scan.end + HEAD as u64 + u64::from(head.length);
        if next > size {
            break;
        }
        let mut hasher = blake3::Hasher::new();
        hasher.update_reader((&mut file).take(u64::from(head.length)))?;
        if hasher.count() != u64::from(head.length) {
            break;
        }
        if *hasher.finalize().as_bytes() == head.body_hash {
            see(head.id, scan.end);
        } else {
            scan.damaged += 1;
        }
        scan.end = next;
    }
    Ok(scan)
}
