//! Files as text: only regular ones, only up to a size, only UTF-8.

use std::path::Path;

/// Largest document, bytes.
pub const MAX_BYTES: usize = 1 << 20;

/// Reads a file whole. Only regular files are read: a pipe or a device may never end.
///
/// # Errors
/// Why not, in words.
pub fn read_file(path: &Path, most: u64) -> Result<Vec<u8>, String> {
    use std::io::{ErrorKind, Read};
    let words = |e: std::io::Error| match e.kind() {
        ErrorKind::NotFound => "there is no such file".to_string(),
        ErrorKind::PermissionDenied => "the file may not be read".to_string(),
        _ => format!("the file cannot be read: {e}"),
    };
    let data = std::fs::metadata(path).map_err(words)?;
    if data.is_dir() {
        return Err("this is a folder, not a file".to_string());
    }
    if !data.is_file() {
        return Err("this is no regular file".to_string());
    }
    if data.len() > most {
        return Err(format!("the file has {} bytes; at most {most} are read", data.len()));
    }
    let mut bytes = Vec::new();
    // A file that grows while it is read is cut, not followed.
    std::fs::File::open(path).map_err(words)?.take(most).read_to_end(&mut bytes).map_err(words)?;
    Ok(bytes)
}

/// Reads the bytes of a document as text.
///
/// # Errors
/// Too large, not UTF-8, a NUL byte, or nothing but white space; the message says which.
pub fn decode(bytes: Vec<u8>) -> Result<String, (usize, String)> {
    if bytes.len() > MAX_BYTES {
        return Err((0, format!("the file has {} bytes; a document may have {MAX_BYTES}", bytes.len())));
    }
    let text = text(bytes)?;
    if text.trim().is_empty() {
        return Err((0, "the file is empty".to_string()));
    }
    Ok(text)
}

/// Bytes as text, without a byte order mark.
///
/// # Errors
/// Not UTF-8, or a NUL byte, and where.
pub fn text(bytes: Vec<u8>) -> Result<String, (usize, String)> {
    if let Some(at) = bytes.iter().position(|&b| b == 0) {
        return Err((at, "the file holds a NUL byte: it is not a text file".to_string()));
    }
    let text = String::from_utf8(bytes).map_err(|e| {
        let at = e.utf8_error().valid_up_to();
        (at, format!("the file is not UTF-8 text (byte {at})"))
    })?;
    Ok(text.strip_prefix('\u{feff}').map_or(text.clone(), str::to_string))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_are_no_documents_are_refused_with_the_reason() {
        let message = |bytes: &[u8]| decode(bytes.to_vec()).unwrap_err().1;
        assert_eq!(message(b"  \n"), "the file is empty");
        assert_eq!(message(b"a = 1\0"), "the file holds a NUL byte: it is not a text file");
        assert_eq!(message(b"a = \"\xff\""), "the file is not UTF-8 text (byte 5)");
        assert!(message(&vec![b' '; MAX_BYTES + 1]).contains("1048577 bytes"));
        assert_eq!(decode(b"\xef\xbb\xbfa = 1".to_vec()).unwrap(), "a = 1");
    }

    #[test]
    fn what_is_no_regular_file_is_not_opened() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let why = |path: &Path| read_file(path, 10).unwrap_err();
        assert_eq!(why(&pipe), "this is no regular file");
        assert_eq!(why(Path::new("/dev/zero")), "this is no regular file");
        assert_eq!(why(folder.path()), "this is a folder, not a file");
        assert_eq!(why(&folder.path().join("none")), "there is no such file");
        let large = folder.path().join("large");
        std::fs::write(&large, "12345678901").unwrap();
        assert_eq!(why(&large), "the file has 11 bytes; at most 10 are read");
        assert_eq!(read_file(&large, 11).unwrap(), b"12345678901");
    }
}
