//! A place's table of cells: a CSV file with a row per cell.
//!
//! Columns `x`, `y`, `z` (um from the corner of the domain), `type` (else the place's `cell`), then traits and antigens by
//! id in their units; an empty value leaves what the type says. Every row that is wrong is told, the first ten in full.

use super::Compiler;
use super::interactions::carries;
use super::mistakes::Mistakes;
use super::traits::Bounds;
use crate::lattice::Lattice;
use crate::model::{CellType, CellTypeId, PlacedCell, TraitId};
use crate::spec::csv_text::{Csv, Value, fault};
use crate::spec::diagnostics::{Problem, Severity, suggest};
use crate::spec::reader::Reader;
use crate::spec::tree::{Fault, Span};
use std::collections::{BTreeSet, HashMap};

/// What a column holds.
enum Column {
    Axis(usize),
    Type,
    Trait(TraitId),
}

/// A table and what its columns mean.
struct Sheet<'s> {
    csv: &'s Csv,
    columns: Vec<Column>,
    lattice: Option<Lattice>,
    types: &'s [CellType],
    /// Type of rows that name none.
    otherwise: Option<CellTypeId>,
}

impl<'a> Compiler<'a> {
    /// The cells of a place's `file`.
    pub(super) fn cell_table(
        &self,
        r: &Reader,
        cell: Option<CellTypeId>,
        types: &[CellType],
    ) -> Option<Vec<PlacedCell>> {
        let (file, span) = r.name("file")?;
        let csv = super::open_csv(self.cx, file, span)?;
        let columns = self.columns(&csv, file)?;
        if cell.is_none() && !r.has("cell") && csv.column("type").is_none() {
            let help = "give the place a `cell`, or the file a column `type`";
            self.cx.error(r.span, format!("{} needs `cell`: {file} has no column `type`", r.path), help);
            return None;
        }
        let sheet = Sheet { csv: &csv, columns, lattice: self.lattice(), types, otherwise: cell };
        let mut mistakes = Mistakes::default();
        let mut out = Vec::new();
        // Line of the cell at each layer and site. Only looked up, never gone through.
        let mut taken: HashMap<(u16, usize), usize> = HashMap::new();
        // Types and traits that do not go together are told once, not row by row.
        let mut strangers = BTreeSet::new();
        let mut rows = csv.rows();
        while let Some(row) = rows.next() {
            let mut found = Vec::new();
            match row {
                Ok(row) => {
                    let cell = self.row(&sheet, &row, &mut found, &mut strangers);
                    if let Some(cell) = cell.filter(|_| found.is_empty()) {
                        found.extend(sheet.second(&cell, row[0].1, rows.line(), &mut taken));
                        out.push(cell);
                    }
                }
                Err(mistake) => found.push(mistake),
            }
            mistakes.row(found);
        }
        let failed = mistakes.tell(self.cx, &csv);
        if out.is_empty() && !failed {
            self.cx.error(span, format!("{file} has a header, but no cells"), "one row per cell");
        }
        (!failed && !out.is_empty()).then_some(out)
    }

    /// What the columns mean; those that mean nothing are noted.
    fn columns(&self, csv: &Csv, file: &str) -> Option<Vec<Column>> {
        let mut out = Vec::new();
        let note = |problem: Problem| self.cx.with(|p| p.push(problem));
        for (header, span) in csv.headers() {
            let axis = ["x", "y", "z"].iter().position(|a| a == header);
            match (axis, header.as_str(), self.names.traits.index(header)) {
                (Some(k), ..) => out.push(Column::Axis(k)),
                (_, "type", _) => out.push(Column::Type),
                (.., Some(t)) => out.push(Column::Trait(TraitId(t))),
                // Told already.
                _ if header.is_empty() => {}
                _ => {
                    let ids = self.names.traits.ids.iter().map(String::as_str);
                    let help = suggest(header, ["x", "y", "z", "type"].into_iter().chain(ids));
                    let message = format!("column `{header}` is no trait or antigen");
                    note(csv.problem(fault(*span, message, &help)));
                }
            }
        }
        let flat = self.lattice().is_none_or(|l| l.nz == 1);
        for axis in ["x", "y", "z"].into_iter().filter(|a| !flat || *a != "z") {
            if csv.column(axis).is_none() {
                let message = format!("the table needs a column `{axis}`: a place in um");
                note(Problem::general(Severity::Error, file, message));
            }
        }
        (out.len() == csv.headers().len()).then_some(out)
    }

    /// The cell of a row; mistakes are added to `found`.
    fn row(
        &self,
        sheet: &Sheet,
        row: &[Value],
        found: &mut Vec<Fault>,
        strangers: &mut BTreeSet<(u16, u16)>,
    ) -> Option<PlacedCell> {
        let mut kind = sheet.otherwise;
        for (value, column) in row.iter().zip(&sheet.columns) {
            if matches!(column, Column::Type) && !value.0.is_empty() {
                kind = self.row_type(value, found);
                kind?;
            }
        }
        let Some(kind) = kind else {
            let at = sheet.csv.column("type").map_or(row[0].1, |c| row[c].1);
            found.push(fault(at, "this row has no type", "give the place a `cell`"));
            return None;
        };
        let middle = sheet.lattice.map_or(0.0, |l| l.spacing / 2.0);
        let mut cell = PlacedCell { cell: kind, point: [0.0, 0.0, middle], traits: Vec::new() };
        for ((value, column), (header, _)) in row.iter().zip(&sheet.columns).zip(sheet.csv.headers()) {
            let number = || sheet.csv.number(value, header);
            match column {
                Column::Type => {}
                Column::Axis(k) => match number().and_then(|v| sheet.inside(*k, v, value)) {
                    Ok(v) => cell.point[*k] = v,
                    Err(mistake) => found.push(mistake),
                },
                Column::Trait(_) if value.0.is_empty() => {}
                Column::Trait(t) => match number() {
                    Ok(v) => {
                        found.extend(self.row_trait(sheet, kind, *t, v, value, strangers));
                        cell.traits.push((*t, v));
                    }
                    Err(mistake) => found.push(mistake),
                },
            }
        }
        Some(cell)
    }

    fn row_type(&self, (text, span): &Value, found: &mut Vec<Fault>) -> Option<CellTypeId> {
        let kinds = &self.names.cell_type;
        let index = kinds.index(text);
        if index.is_none() {
            let message = match kinds.knows(text) {
                true => format!("`{text}` is abstract: a cell is of one of its kinds"),
                false => format!("no cell type `{text}`"),
            };
            found.push(fault(*span, message, &suggest(text, kinds.ids.iter().map(String::as_str))));
        }
        index.map(CellTypeId)
    }

    /// What is wrong with a value of a trait.
    fn row_trait(
        &self,
        sheet: &Sheet,
        kind: CellTypeId,
        of: TraitId,
        value: f64,
        (text, span): &Value,
        strangers: &mut BTreeSet<(u16, u16)>,
    ) -> Option<Fault> {
        let (t, unit) = (&self.traits[of.index()], &self.trait_units[of.index()]);
        let bounds = Bounds { min: t.min, max: t.max, unit };
        if let Some(words) = bounds.exclude(value, value) {
            return Some(fault(*span, format!("`{}` of {text} is {words}", t.id), ""));
        }
        let cell = sheet.types.get(kind.index())?;
        if !carries(cell, of) && strangers.insert((kind.0, of.0)) {
            let message = format!("`{}` does not carry `{}`", cell.id, t.id);
            return Some(fault(*span, message, &self.carry_help(&cell.id, of)));
        }
        None
    }
}

impl Sheet<'_> {
    /// The coordinate, if it lies within the domain.
    fn inside(&self, axis: usize, v: f64, (text, span): &Value) -> Result<f64, Fault> {
        let Some(l) = &self.lattice else { return Ok(v) };
        let edge = [l.nx, l.ny, l.nz][axis] as f64 * l.spacing;
        if v >= 0.0 && v < edge {
            return Ok(v);
        }
        let name = ["x", "y", "z"][axis];
        let message =
            format!("{name} = {text} um lies outside the domain: {name} runs from 0 to below {edge} um");
        Err(fault(*span, message, ""))
    }

    /// A second cell in a site of a layer.
    fn second(
        &self,
        cell: &PlacedCell,
        span: Span,
        line: usize,
        taken: &mut HashMap<(u16, usize), usize>,
    ) -> Option<Fault> {
        let l = self.lattice.as_ref()?;
        let [x, y, z] = cell.point.map(|p| (p / l.spacing) as usize);
        let layer = self.types.get(cell.cell.index())?.layer;
        let site = l.index(x, y, if l.nz == 1 { 0 } else { z });
        let first = *taken.entry((layer.0, site)).or_insert(line);
        (first != line).then(|| {
            let message = format!("the cell of line {first} is in this site of {} um already", l.spacing);
            fault(span, message, "at most one cell per site and layer")
        })
    }
}
