//! Formats of tables: an open set. One file each, and one line in [`FORMATS`].

mod csv;

use super::{AtomicFile, Cell};
use std::io;

pub use self::csv::Csv;
pub(super) use self::csv::read as read_csv;

/// A way to write a table.
pub trait Format: Sync {
    /// As in `tme list formats`.
    fn name(&self) -> &'static str;

    /// Of file names, without the dot.
    fn extension(&self) -> &'static str;

    /// Begin a table. The rows follow one by one, so that no table need fit in memory.
    fn begin(&self, out: AtomicFile, columns: &[String]) -> io::Result<Box<dyn Rows>>;
}

/// A table in the making.
pub trait Rows {
    /// One row, with one cell per column.
    fn row(&mut self, cells: &[Cell]) -> io::Result<()>;

    /// Write what is still held back and give back the file, to be committed.
    fn finish(self: Box<Self>) -> io::Result<AtomicFile>;
}

/// Every format.
pub const FORMATS: &[&dyn Format] = &[&Csv];

/// A format by its name.
pub fn find(name: &str) -> Option<&'static dyn Format> {
    FORMATS.iter().copied().find(|f| f.name() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_found_by_names_that_are_unique() {
        for format in FORMATS {
            assert_eq!(find(format.name()).unwrap().extension(), format.extension());
            assert_eq!(FORMATS.iter().filter(|f| f.name() == format.name()).count(), 1);
        }
        assert!(find("papyrus").is_none());
    }
}
