//! Plain NumPy arrays, little-endian, C order: cell maps of one or two bytes and f32 fields.

/// Values and shape of an array.
#[derive(Debug, Clone, PartialEq)]
pub struct Array<T> {
    pub values: Vec<T>,
    pub shape: Vec<usize>,
}

/// Largest number of values that is read: 1 GiB of f32.
pub const MOST: usize = 1 << 28;

/// The values of a `|u1` or `<u2` file.
pub fn u16_values(bytes: &[u8]) -> Result<Array<u16>, String> {
    if let Ok((shape, body)) = open(bytes, "|u1", 1) {
        return Ok(Array { values: body.iter().map(|b| u16::from(*b)).collect(), shape });
    }
    let (shape, body) = open(bytes, "<u2", 2)?;
    let values = body.chunks_exact(2).map(|b| u16::from_le_bytes([b[0], b[1]])).collect();
    Ok(Array { values, shape })
}

/// The values of a `<f4` file.
pub fn f32_values(bytes: &[u8]) -> Result<Array<f32>, String> {
    let (shape, body) = open(bytes, "<f4", 4)?;
    let values = body.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
    Ok(Array { values, shape })
}

/// Check magic, version, type and length; returns shape and data.
fn open<'a>(bytes: &'a [u8], wanted: &str, size: usize) -> Result<(Vec<usize>, &'a [u8]), String> {
    let rest = bytes.strip_prefix(b"\x93NUMPY").ok_or("not a NumPy file")?;
    let (length, head) = match rest {
        [1, _, a, b, head @ ..] => (usize::from(u16::from_le_bytes([*a, *b])), head),
        [2 | 3, _, a, b, c, d, head @ ..] => (u32::from_le_bytes([*a, *b, *c, *d]) as usize, head),
        _ => return Err("unknown version of the NumPy format".to_owned()),
    };
    if head.len() < length {
        return Err("the header is cut off".to_owned());
    }
    let (header, body) = head.split_at(length);
    let header = std::str::from_utf8(header).map_err(|_| "the header is not text")?;
    let kind = field(header, "descr").ok_or("no type in the header")?;
    if kind.trim_matches(['\'', '"']) != wanted {
        return Err(format!("expected type {wanted}, found {kind}"));
    }
    if field(header, "fortran_order") != Some("False") {
        return Err("expected C order".to_owned());
    }
    let inside = header
        .split_once("'shape'")
        .and_then(|(_, tail)| tail.split_once('('))
        .and_then(|(_, tail)| tail.split_once(')'))
        .ok_or("no shape in the header")?
        .0;
    let shape: Vec<usize> = inside
        .split(',')
        .map(str::trim)
        .filter(|s| !s.is_empty())
        .map(|s| s.parse().map_err(|_| format!("bad shape ({inside})")))
        .collect::<Result<_, String>>()?;
    let count = shape.iter().try_fold(1_usize, |n, &s| n.checked_mul(s)).filter(|n| *n <= MOST);
    let count = count.ok_or("the array is too large")?;
    if body.len() != count * size {
        return Err(format!("expected {} bytes of data, found {}", count * size, body.len()));
    }
    Ok((shape, body))
}

fn field<'a>(header: &'a str, key: &str) -> Option<&'a str> {
    let (_, tail) = header.split_once(&format!("'{key}'"))?;
    Some(tail.trim_start().strip_prefix(':')?.split(',').next()?.trim())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The bytes NumPy itself writes (version 1.0, padded to 64).
    pub(crate) fn npy(kind: &str, shape: &str, data: &[u8]) -> Vec<u8> {
        let mut header = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': ({shape}), }}");
        while (10 + header.len() + 1) % 64 != 0 {
            header.push(' ');
        }
        header.push('\n');
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((header.len() as u16).to_le_bytes());
        bytes.extend(header.bytes());
        bytes.extend(data);
        bytes
    }

    #[test]
    fn arrays_come_back() {
        let bytes = npy("<u2", "2, 1", &[1, 0, 0, 2]);
        assert_eq!(u16_values(&bytes).unwrap(), Array { values: vec![1, 512], shape: vec![2, 1] });
        let bytes = npy("|u1", "3,", &[1, 0, 255]);
        assert_eq!(u16_values(&bytes).unwrap(), Array { values: vec![1, 0, 255], shape: vec![3] });
        let bytes = npy("<f4", "1,", &1.5_f32.to_le_bytes());
        assert_eq!(f32_values(&bytes).unwrap(), Array { values: vec![1.5], shape: vec![1] });
    }

    #[test]
    fn damaged_files_are_refused() {
        let good = npy("<u2", "2, 1", &[1, 0, 0, 2]);
        for cut in 0..good.len() {
            assert!(u16_values(&good[..cut]).is_err(), "cut at {cut}");
        }
        assert!(f32_values(&good).is_err());
        assert!(u16_values(&npy("<u2", "99999999999, 99999999999", &[])).is_err());
        assert!(u16_values(&npy("<u2", "x", &[])).is_err());
    }
}
