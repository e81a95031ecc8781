//! NumPy arrays (format 1.0): snapshots of the lattice, read by `numpy.load` and by everything that reads that.
//!
//! Little-endian, C order, shape (z, y, x): x varies fastest, as in the lattice itself.

use super::{AtomicFile, StorageError};
use std::io::{self, Write};
use std::path::Path;

/// Write an array of `shape` = \[nz, ny, nx\]; `data[x + nx (y + ny z)]`.
///
/// # Errors
/// The disk; `InvalidInput` where the data do not fill the shape.
pub fn write_npy_u16(path: &Path, shape: [usize; 3], data: &[u16]) -> Result<(), StorageError> {
    write(path, "<u2", shape, data.len(), data.iter().map(|v| v.to_le_bytes()))
}

/// As [`write_npy_u16`], a byte each.
pub fn write_npy_u8(path: &Path, shape: [usize; 3], data: &[u8]) -> Result<(), StorageError> {
    write(path, "|u1", shape, data.len(), data.iter().map(|v| [*v]))
}

/// As [`write_npy_u16`].
pub fn write_npy_f32(path: &Path, shape: [usize; 3], data: &[f32]) -> Result<(), StorageError> {
    write(path, "<f4", shape, data.len(), data.iter().map(|v| v.to_le_bytes()))
}

fn write<const N: usize>(
    path: &Path,
    descr: &str,
    shape: [usize; 3],
    length: usize,
    values: impl IntoIterator<Item = [u8; N]>,
) -> Result<(), StorageError> {
    let sites = shape.iter().try_fold(1_usize, |a, &b| a.checked_mul(b));
    if sites != Some(length) {
        let what = format!("{length} values for the shape {shape:?}");
        return Err(StorageError::new("write", path, io::Error::new(io::ErrorKind::InvalidInput, what)));
    }
    let mut file = AtomicFile::create(path)?;
    let fill = || {
        file.write_all(&head(descr, shape))?;
        values.into_iter().try_for_each(|value| file.write_all(&value))
    };
    fill().map_err(StorageError::at("write", path))?;
    file.commit()
}

/// Magic, version, length of the rest, and a Python literal padded so that the data begin at a multiple of 64.
fn head(descr: &str, [z, y, x]: [usize; 3]) -> Vec<u8> {
    let mut text = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({z}, {y}, {x}), }}");
    while (10 + text.len() + 1) % 64 != 0 {
        text.push(' ');
    }
    text.push('\n');
    let mut out = b"\x93NUMPY\x01\x00".to_vec();
    // Three numbers and fixed words: far below what two bytes hold.
    out.extend_from_slice(&(text.len() as u16).to_le_bytes());
    out.extend_from_slice(text.as_bytes());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_are_those_that_numpy_writes() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.npy");
        write_npy_u16(&path, [1, 2, 3], &[0, 1, 2, 3, 4, 0x0102]).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        // numpy 1.x and 2.x: np.save of the same array.
        let mut expected = b"\x93NUMPY\x01\x00\x76\x00".to_vec();
        expected.extend_from_slice(b"{'descr': '<u2', 'fortran_order': False, 'shape': (1, 2, 3), }");
        expected.resize(127, b' ');
        expected.extend_from_slice(b"\n\0\0\x01\0\x02\0\x03\0\x04\0\x02\x01");
        assert_eq!(bytes, expected);
        write_npy_u8(&path, [1, 1, 2], &[7, 255]).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        assert!(bytes[10..].starts_with(b"{'descr': '|u1', "));
        assert_eq!(bytes[128..], [7, 255]);
        write_npy_f32(&path, [1, 1, 1], &[1.0]).unwrap();
        assert_eq!(std::fs::read(&path).unwrap()[128..], [0, 0, 0x80, 0x3f]);
    }

    #[test]
    fn a_wrong_shape_is_refused_and_writes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.npy");
        assert!(write_npy_f32(&path, [1, 2, 2], &[0.0; 3]).is_err());
        assert!(write_npy_f32(&path, [usize::MAX, 2, 2], &[0.0; 4]).is_err());
        assert!(!path.exists());
    }
}
