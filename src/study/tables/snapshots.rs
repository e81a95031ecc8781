//! Lattice pictures as NumPy arrays, with an index.

use crate::record::format::Csv;
use crate::record::{Cell, Snapshot, StorageError, Table, write_npy_f32, write_npy_u16};
use crate::study::protocol::{Protocols, merged};
use std::path::Path;

/// Pictures so far. A number in an array means the same in all of them: 0 nothing, else 1 + place in `names`.
pub struct Snapshots {
    index: Vec<Vec<Cell>>,
    names: Vec<String>,
}

impl Snapshots {
    /// Names of the cell types of all protocols, live and then dead.
    pub fn new(protocols: &Protocols) -> Snapshots {
        let types = merged(protocols.list.iter().map(|p| p.cell_types.clone()));
        let dead = types.iter().map(|t| format!("{t} (dead)"));
        Snapshots { index: Vec::new(), names: types.iter().cloned().chain(dead).collect() }
    }

    /// Numbers of a snapshot's own names among all.
    fn codes(&self, snapshot: &Snapshot) -> Vec<u16> {
        let place = |name: &String| self.names.iter().position(|n| n == name).map_or(0, |i| i as u16 + 1);
        std::iter::once(0).chain(snapshot.names.iter().map(place)).collect()
    }

    pub fn write(
        &mut self,
        dir: &Path,
        run: usize,
        arm: &str,
        subject: u32,
        snapshot: &Snapshot,
        files: &mut Vec<String>,
    ) -> Result<(), StorageError> {
        let folder = dir.join("snapshots");
        std::fs::create_dir_all(&folder).map_err(StorageError::at("create the folder", &folder))?;
        let [nx, ny, nz] = snapshot.sites.map(|n| n as usize);
        let shape = [nz, ny, nx];
        let day = format!("{:09.4}", snapshot.time_day);
        let codes = self.codes(snapshot);
        let mut add = |layer: &str, kind: &str, name: &str, file: String, unit: &str| {
            self.index.push(vec![
                run.into(),
                arm.into(),
                subject.into(),
                snapshot.time_day.into(),
                layer.into(),
                kind.into(),
                name.into(),
                file.as_str().into(),
                nx.into(),
                ny.into(),
                nz.into(),
                snapshot.spacing_um.into(),
                unit.into(),
            ]);
            files.push(format!("snapshots/{file}"));
        };
        for layer in &snapshot.layers {
            let file = format!("run_{run:04}_day_{day}_cells_{}.npy", layer.id);
            let cells: Vec<u16> = layer.cells.iter().map(|c| codes[usize::from(*c)]).collect();
            write_npy_u16(&folder.join(&file), shape, &cells)?;
            add(&layer.id, "cells", &layer.id, file, "");
        }
        for field in &snapshot.fields {
            let file = format!("run_{run:04}_day_{day}_field_{}.npy", field.id);
            write_npy_f32(&folder.join(&file), shape, &field.values)?;
            add("", "field", &field.id, file, &field.unit);
        }
        Ok(())
    }

    pub fn finish(self, dir: &Path, files: &mut Vec<String>) -> Result<(), StorageError> {
        if self.index.is_empty() {
            return Ok(());
        }
        let mut index = Table::new([
            "run",
            "arm",
            "subject",
            "time_day",
            "layer",
            "kind",
            "name",
            "file",
            "nx",
            "ny",
            "nz",
            "spacing_um",
            "unit",
        ]);
        index.rows = self.index;
        index.write(&dir.join("snapshots/index.csv"), &Csv)?;
        let mut names = Table::new(["id", "name"]);
        names.rows =
            self.names.into_iter().enumerate().map(|(i, n)| vec![(i + 1).into(), n.into()]).collect();
        names.write(&dir.join("snapshots/cell_types.csv"), &Csv)?;
        files.extend(["snapshots/index.csv", "snapshots/cell_types.csv"].map(String::from));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture::setup;

    #[test]
    fn a_number_means_the_same_type_in_all_pictures() {
        let mut protocols = Protocols::default();
        let mut s = setup(2, 1);
        protocols.push(&s);
        s.cell_types.remove(0);
        protocols.push(&s);
        let snapshots = Snapshots::new(&protocols);
        assert_eq!(snapshots.names, ["tumor", "t_cell", "tumor (dead)", "t_cell (dead)"]);
        let picture = Snapshot {
            time_day: 0.0,
            sites: [2, 1, 1],
            spacing_um: 20.0,
            names: vec!["t_cell".into(), "t_cell (dead)".into()],
            layers: vec![],
            fields: vec![],
        };
        assert_eq!(snapshots.codes(&picture), [0, 2, 4]);
    }
}
