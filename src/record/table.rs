//! Tables: named columns and rows of cells, written whole or row by row, read back for figures and reports.
//!
//! How a table becomes bytes is the business of [`format`](mod@super::format). What its columns mean does not enter here.

use super::format::{self, Format, Rows};
use super::{AtomicFile, StorageError};
use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};

#[cfg(test)]
mod tests;

/// One entry of a table.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Missing.
    Empty,
    Int(i64),
    /// NaN is written as missing.
    Float(f64),
    Text(String),
    Bool(bool),
}

/// A table that fits in memory.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    pub columns: Vec<String>,
    /// Each with one cell per column.
    pub rows: Vec<Vec<Cell>>,
}

/// A table written row by row: memory does not grow with its length. It stands under its name once finished.
pub struct TableWriter {
    path: PathBuf,
    rows: Box<dyn Rows>,
}

/// As it stands in a text table: numbers as the shortest text that reads back to the same bits.
impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cell::Empty => Ok(()),
            Cell::Int(i) => write!(f, "{i}"),
            Cell::Float(x) if x.is_nan() => Ok(()),
            // Both zeros are one number to every reader.
            Cell::Float(0.0) => f.write_str("0"),
            Cell::Float(x) => {
                // Debug prints the shortest digits, with an exponent where it is shorter.
                let text = format!("{x:?}");
                f.write_str(text.strip_suffix(".0").unwrap_or(&text))
            }
            Cell::Text(t) => f.write_str(t),
            Cell::Bool(b) => write!(f, "{b}"),
        }
    }
}

impl Cell {
    /// The number, if it is one.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Cell::Int(i) => Some(*i as f64),
            Cell::Float(x) => Some(*x),
            Cell::Empty | Cell::Text(_) | Cell::Bool(_) => None,
        }
    }

    pub fn is_empty(&self) -> bool {
        *self == Cell::Empty
    }
}

impl From<f64> for Cell {
    fn from(x: f64) -> Cell {
        if x.is_nan() { Cell::Empty } else { Cell::Float(x) }
    }
}

impl From<i64> for Cell {
    fn from(i: i64) -> Cell {
        Cell::Int(i)
    }
}

impl From<u32> for Cell {
    fn from(i: u32) -> Cell {
        Cell::Int(i.into())
    }
}

/// Beyond what a signed integer holds (seeds), the digits stand as text, which loses nothing.
impl From<u64> for Cell {
    fn from(i: u64) -> Cell {
        i64::try_from(i).map_or_else(|_| Cell::Text(i.to_string()), Cell::Int)
    }
}

impl From<usize> for Cell {
    fn from(i: usize) -> Cell {
        Cell::from(i as u64)
    }
}

impl From<bool> for Cell {
    fn from(b: bool) -> Cell {
        Cell::Bool(b)
    }
}

impl From<&str> for Cell {
    fn from(t: &str) -> Cell {
        if t.is_empty() { Cell::Empty } else { Cell::Text(t.into()) }
    }
}

impl From<String> for Cell {
    fn from(t: String) -> Cell {
        if t.is_empty() { Cell::Empty } else { Cell::Text(t) }
    }
}

/// None is missing.
impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Cell {
        value.map_or(Cell::Empty, Into::into)
    }
}

impl Table {
    pub fn new<S: Into<String>>(columns: impl IntoIterator<Item = S>) -> Table {
        Table { columns: columns.into_iter().map(Into::into).collect(), rows: Vec::new() }
    }

    /// Index of a column.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|c| c == name)
    }

    /// Write it whole to `path`.
    ///
    /// # Errors
    /// The disk; `InvalidInput` where a row has not one cell per column.
    pub fn write(&self, path: &Path, format: &dyn Format) -> Result<(), StorageError> {
        let mut writer = TableWriter::create(path, &self.columns, format)?;
        for row in &self.rows {
            writer.row(row)?;
        }
        writer.finish()
    }

    /// Read a CSV table. Whole numbers come back as `Int`, even where a `Float` was written.
    ///
    /// # Errors
    /// The file cannot be read, or is not such a table (`InvalidData`).
    pub fn read_csv(path: &Path) -> Result<Table, StorageError> {
        let table = File::open(path).and_then(format::read_csv);
        let (columns, rows) = table.map_err(StorageError::at("read the table", path))?;
        Ok(Table { columns, rows })
    }
}

impl TableWriter {
    /// Begin a table that will stand at `path`.
    pub fn create(path: &Path, columns: &[String], format: &dyn Format) -> Result<TableWriter, StorageError> {
        let file = AtomicFile::create(path)?;
        let rows = format.begin(file, columns).map_err(StorageError::at("write", path))?;
        Ok(TableWriter { path: path.to_path_buf(), rows })
    }

    /// # Errors
    /// The disk; `InvalidInput` where there is not one cell per column.
    pub fn row(&mut self, cells: &[Cell]) -> Result<(), StorageError> {
        self.rows.row(cells).map_err(|e| StorageError::new("write", &self.path, e))
    }

    /// Put the file in its place.
    pub fn finish(self) -> Result<(), StorageError> {
        self.rows.finish().map_err(StorageError::at("write", &self.path))?.commit()
    }
}
