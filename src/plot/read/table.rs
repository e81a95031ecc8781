//! A CSV table by column name. An empty cell is a missing value.

use crate::plot::PlotError;
use std::path::Path;

/// Headers and rows as text; numbers are read where a figure wants them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    pub headers: Vec<String>,
    rows: Vec<csv::StringRecord>,
}

impl Table {
    /// Read a file; `Ok(None)` if it is not there.
    pub fn read(path: &Path) -> Result<Option<Self>, PlotError> {
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(PlotError::Read { path: path.to_owned(), source }),
        };
        let damaged = |problem| PlotError::Table { path: path.to_owned(), problem };
        let table = Self::parse(&bytes).map_err(|e| damaged(e.to_string()))?;
        // A file that lost all its bytes is no table without rows: its figures must not go as if they did not apply.
        if table.headers.is_empty() {
            return Err(damaged("the file is empty".to_owned()));
        }
        Ok(Some(table))
    }

    /// Parse CSV bytes with one header line; rows of another length are an error.
    pub fn parse(bytes: &[u8]) -> Result<Self, csv::Error> {
        let mut reader = csv::Reader::from_reader(bytes);
        let headers = reader.headers()?.iter().map(str::to_owned).collect();
        let rows = reader.records().collect::<Result<_, _>>()?;
        Ok(Self { headers, rows })
    }

    /// Keep the rows whose text in a column is wanted; all where there is no such column.
    pub fn retain(&mut self, column: &str, wanted: impl Fn(&str) -> bool) {
        if let Some(column) = self.column(column) {
            self.rows.retain(|row| wanted(row.get(column).unwrap_or("")));
        }
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Position of a column.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.headers.iter().position(|h| h == name)
    }

    /// Text of a cell; empty where row or column do not exist.
    pub fn text(&self, row: usize, column: usize) -> &str {
        self.rows.get(row).and_then(|r| r.get(column)).unwrap_or("")
    }

    /// Text of a cell by column name.
    pub fn named(&self, row: usize, column: &str) -> &str {
        self.column(column).map_or("", |c| self.text(row, c))
    }

    /// A finite number, or `None` for an empty or other cell.
    pub fn number(&self, row: usize, column: usize) -> Option<f64> {
        self.text(row, column).trim().parse().ok().filter(|v: &f64| v.is_finite())
    }

    /// A number by column name.
    pub fn named_number(&self, row: usize, column: &str) -> Option<f64> {
        self.number(row, self.column(column)?)
    }

    /// Distinct texts of a column in the order of appearance.
    pub fn distinct(&self, column: usize) -> Vec<String> {
        let mut seen: Vec<String> = Vec::new();
        for row in 0..self.len() {
            let text = self.text(row, column);
            if seen.last().is_none_or(|last| last != text) && !seen.iter().any(|s| s == text) {
                seen.push(text.to_owned());
            }
        }
        seen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_found_by_name_and_missing_is_none() {
        let table = Table::parse(b"run,arm,x\n0,car,1.5\n1,\"a, b\",\n2,car,nan\n").unwrap();
        assert_eq!((table.len(), table.column("x")), (3, Some(2)));
        assert_eq!(table.named_number(0, "x"), Some(1.5));
        assert_eq!((table.named_number(1, "x"), table.named_number(2, "x")), (None, None));
        assert_eq!(table.named(1, "arm"), "a, b");
        assert_eq!(table.distinct(1), ["car", "a, b"]);
        assert_eq!(table.named_number(9, "x"), None);
    }

    #[test]
    fn torn_rows_are_an_error_and_absent_files_are_none() {
        assert!(Table::parse(b"a,b\n1\n").is_err());
        assert!(Table::read(Path::new("/nonexistent/runs.csv")).unwrap().is_none());
        let empty = tempfile::NamedTempFile::new().unwrap();
        assert!(Table::read(empty.path()).unwrap_err().to_string().ends_with("the file is empty"));
    }
}
