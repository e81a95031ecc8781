//! The one error of everything that touches the disk. It says what failed, where, why, and what to do about it.

use std::io;
use std::path::{Path, PathBuf};

/// Storage trouble: the command line ends with exit code 74.
#[derive(Debug, thiserror::Error)]
#[error("cannot {what} {}: {source}; {}", path.display(), remedy(source))]
pub struct StorageError {
    pub path: PathBuf,
    /// What was attempted, as it stands after "cannot": "write", "create the folder", ...
    pub what: String,
    pub source: io::Error,
}

impl StorageError {
    pub fn new(what: impl Into<String>, path: &Path, source: io::Error) -> StorageError {
        StorageError { path: path.to_path_buf(), what: what.into(), source }
    }

    /// For `map_err`.
    pub fn at(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> StorageError {
        let path = path.to_path_buf();
        move |source| StorageError { path, what: what.into(), source }
    }
}

fn remedy(source: &io::Error) -> &'static str {
    use io::ErrorKind as Kind;
    match source.kind() {
        Kind::StorageFull | Kind::QuotaExceeded | Kind::FileTooLarge => {
            "make room on that disk and give the same command again: finished runs are kept"
        }
        Kind::PermissionDenied | Kind::ReadOnlyFilesystem => "choose a folder you may write to with --out",
        Kind::NotADirectory | Kind::IsADirectory | Kind::AlreadyExists | Kind::InvalidFilename => {
            "choose another folder with --out"
        }
        Kind::NotFound => "check the path",
        Kind::InvalidData => "give the same command again: what is damaged is made anew",
        Kind::InvalidInput => "this is a fault of the program, please report it",
        _ => "give the same command again (finished runs are kept), or choose another folder with --out",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_is_one_sentence_with_the_remedy() {
        let e = StorageError::new("write", Path::new("out/runs.csv"), io::ErrorKind::StorageFull.into());
        let text = e.to_string();
        assert!(text.starts_with("cannot write out/runs.csv: "), "{text}");
        assert!(text.ends_with("finished runs are kept"), "{text}");
        let e = StorageError::new("write", Path::new("x"), io::ErrorKind::PermissionDenied.into());
        assert!(e.to_string().ends_with("--out"), "{e}");
    }
}
