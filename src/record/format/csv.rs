//! Comma-separated values, RFC 4180 with line feeds, UTF-8, a header line. What pandas, R and spreadsheets open.
//!
//! Numbers are the shortest text that reads back to the same bits; whole ones have no ".0"; a missing value (and NaN)
//! is an empty cell. Spreadsheets run text that begins with `= + - @` (or tab, return) as a formula: such text gets an
//! apostrophe before it, as spreadsheets themselves do it; text that already has apostrophes before such a
//! character gets one more, so that reading takes away exactly what writing added. Numbers are never touched.

use super::{Format, Rows};
use crate::record::{AtomicFile, Cell};
use std::io::{self, Read};

/// The format.
#[derive(Clone, Copy, Debug)]
pub struct Csv;

impl Format for Csv {
    fn name(&self) -> &'static str {
        "csv"
    }

    fn extension(&self) -> &'static str {
        "csv"
    }

    fn begin(&self, out: AtomicFile, columns: &[String]) -> io::Result<Box<dyn Rows>> {
        let mut writer = csv::Writer::from_writer(out);
        writer.write_record(columns.iter().map(|c| guarded(c)))?;
        Ok(Box::new(CsvRows { writer, columns: columns.len() }))
    }
}

struct CsvRows {
    writer: csv::Writer<AtomicFile>,
    columns: usize,
}

impl Rows for CsvRows {
    fn row(&mut self, cells: &[Cell]) -> io::Result<()> {
        if cells.len() != self.columns {
            let what = format!("a row of {} cells in a table of {} columns", cells.len(), self.columns);
            return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
        }
        Ok(self.writer.write_record(cells.iter().map(text))?)
    }

    fn finish(self: Box<Self>) -> io::Result<AtomicFile> {
        self.writer.into_inner().map_err(csv::IntoInnerError::into_error)
    }
}

/// Read a whole table: columns and rows.
pub(in crate::record) fn read(from: impl Read) -> io::Result<(Vec<String>, Vec<Vec<Cell>>)> {
    let mut reader = csv::Reader::from_reader(from);
    let columns = reader.headers()?.iter().map(|c| bare(c).to_owned()).collect();
    let mut rows = Vec::new();
    for record in reader.records() {
        rows.push(record?.iter().map(cell).collect());
    }
    Ok((columns, rows))
}

fn text(cell: &Cell) -> String {
    match cell {
        Cell::Text(t) => guarded(t),
        other => other.to_string(),
    }
}

/// A cell is a number or a truth value only if writing that gives the same text; all else is text.
fn cell(text: &str) -> Cell {
    let candidates = [
        (text.is_empty()).then_some(Cell::Empty),
        text.parse().ok().map(Cell::Int),
        text.parse().ok().map(Cell::Float),
        text.parse().ok().map(Cell::Bool),
    ];
    let same = candidates.into_iter().flatten().find(|c| c.to_string() == text);
    same.unwrap_or_else(|| Cell::Text(bare(text).to_owned()))
}

fn dangerous(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(['=', '+', '-', '@', '\t', '\r'])
}

fn guarded(text: &str) -> String {
    if dangerous(text) { format!("'{text}") } else { text.to_owned() }
}

fn bare(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if dangerous(rest) => rest,
        _ => text,
    }
}
