//! Pictures of the lattice as they are read from the folder: middle slices of arrays.

use super::Sheet;
use crate::plot::PlotError;
use crate::plot::read::npy;
use std::fmt::Write as _;
use std::path::{Component, Path};

/// Maps are thinned to about this many lattice columns.
const CELL_COLUMNS: usize = 240;
const FIELD_COLUMNS: usize = 120;

/// A middle slice of an array: values row by row from the top, x to the right.
pub(super) struct Slice<T> {
    pub(super) columns: usize,
    pub(super) rows: usize,
    /// Every how many sites are shown.
    pub(super) stride: usize,
    pub(super) values: Vec<T>,
}

impl Sheet<'_> {
    /// Rows of the index that belong to a run, a day and a kind.
    fn entries(&self, run: &str, day: f64, kind: &str) -> Vec<usize> {
        let t = self.index;
        (0..t.len())
            .filter(|&r| {
                t.named(r, "run") == run
                    && t.named(r, "kind") == kind
                    && t.named_number(r, "time_day") == Some(day)
            })
            .collect()
    }

    fn read(&self, row: usize) -> Result<Vec<u8>, PlotError> {
        let file = self.index.named(row, "file");
        let inside = Path::new(file).components().all(|c| matches!(c, Component::Normal(_)));
        let base = self.source.dir.join("snapshots");
        if !inside {
            return Err(PlotError::Table {
                path: base.join("index.csv"),
                problem: format!("the file name {file:?} leaves the folder"),
            });
        }
        let path = base.join(file);
        std::fs::read(&path).map_err(|source| PlotError::Read { path, source })
    }

    /// The middle z slice of values stored with x fastest.
    fn slice<T: Copy>(&self, row: usize, values: &[T], most: usize) -> Result<Slice<T>, PlotError> {
        let size = |name: &str| self.index.named_number(row, name).map_or(0, |v| v as usize);
        let (nx, ny, nz) = (size("nx"), size("ny"), size("nz").max(1));
        if nx * ny * nz != values.len() || values.is_empty() {
            return Err(PlotError::Table {
                path: self.source.dir.join("snapshots/index.csv"),
                problem: format!("{nx} x {ny} x {nz} sites do not match {} values", values.len()),
            });
        }
        let plane = &values[nx * ny * (nz / 2)..][..nx * ny];
        let stride = nx.div_ceil(most).max(1);
        let (columns, rows) = (nx.div_ceil(stride), ny.div_ceil(stride));
        let pick = |i: usize, n: usize| (i * stride + stride / 2).min(n - 1);
        // The lattice's y points up, the page's down.
        let values = (0..rows)
            .flat_map(|j| (0..columns).map(move |i| (i, rows - 1 - j)))
            .map(|(i, j)| plane[pick(j, ny) * nx + pick(i, nx)])
            .collect();
        Ok(Slice { columns, rows, stride, values })
    }

    /// Cells of all layers, later layers over earlier ones.
    pub(super) fn cell_map(&self, run: &str, day: f64) -> Result<Option<Slice<u16>>, PlotError> {
        let mut map: Option<Slice<u16>> = None;
        for row in self.entries(run, day, "cells") {
            let array = npy::u16_values(&self.read(row)?).map_err(|e| self.damaged(row, e))?;
            let layer = self.slice(row, &array.values, CELL_COLUMNS)?;
            match &mut map {
                Some(below) if below.values.len() == layer.values.len() => {
                    for (old, new) in below.values.iter_mut().zip(&layer.values) {
                        if *new > 0 {
                            *old = *new;
                        }
                    }
                }
                Some(_) => {}
                None => map = Some(layer),
            }
        }
        Ok(map)
    }

    pub(super) fn field_map(&self, run: &str, day: f64, name: &str) -> Result<Option<Slice<f32>>, PlotError> {
        let rows = self.entries(run, day, "field");
        let Some(&row) = rows.iter().find(|&&r| self.index.named(r, "name") == name) else { return Ok(None) };
        if self.index.named(row, "file").is_empty() {
            // One number stands for a field that is the same everywhere.
            let size = |name: &str| self.index.named_number(row, name).map_or(0, |v| v as usize);
            let sites = size("nx") * size("ny") * size("nz").max(1);
            let value = self.index.named_number(row, "value").filter(|_| sites <= npy::MOST);
            let Some(value) = value else { return Ok(None) };
            return self.slice(row, &vec![value as f32; sites], FIELD_COLUMNS).map(Some);
        }
        let array = npy::f32_values(&self.read(row)?).map_err(|e| self.damaged(row, e))?;
        self.slice(row, &array.values, FIELD_COLUMNS).map(Some)
    }

    fn damaged(&self, row: usize, problem: String) -> PlotError {
        PlotError::Table {
            path: self.source.dir.join("snapshots").join(self.index.named(row, "file")),
            problem,
        }
    }
}

/// Path data of all sites that satisfy `test`, neighbors in a row merged.
pub(super) fn runs_of<T>(map: &Slice<T>, test: impl Fn(&T) -> bool) -> String {
    let mut data = String::new();
    for (j, row) in map.values.chunks(map.columns).enumerate() {
        let mut i = 0;
        while i < row.len() {
            if !test(&row[i]) {
                i += 1;
                continue;
            }
            let long = row[i..].iter().take_while(|v| test(v)).count();
            // Writing to a String cannot fail.
            let _ = write!(data, "M{i} {j}h{long}v1h-{long}z");
            i += long;
        }
    }
    data
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbors_merge_into_runs() {
        let map = Slice { columns: 4, rows: 2, stride: 1, values: vec![1, 1, 0, 1, 0, 0, 0, 0] };
        assert_eq!(runs_of(&map, |v| *v == 1), "M0 0h2v1h-2zM3 0h1v1h-1z");
        assert_eq!(runs_of(&map, |v| *v == 7), "");
    }
}
