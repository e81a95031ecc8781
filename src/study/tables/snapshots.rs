//! Lattice pictures as NumPy arrays, with an index.

use crate::record::format::Csv;
use crate::record::{
    Cell, Snapshot, StorageError, Table, make_folder, write_npy_f32, write_npy_u8, write_npy_u16,
};
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
        make_folder(&folder)?;
        let [nx, ny, nz] = snapshot.sites.map(|n| n as usize);
        let shape = [nz, ny, nx];
        let day = format!("{:09.4}", snapshot.time_day);
        let codes = self.codes(snapshot);
        let mut add =
            |layer: &str, kind: &str, name: &str, file: Option<String>, unit: &str, value: Option<f32>| {
                self.index.push(vec![
                    run.into(),
                    arm.into(),
                    subject.into(),
                    snapshot.time_day.into(),
                    layer.into(),
                    kind.into(),
                    name.into(),
                    file.clone().into(),
                    nx.into(),
                    ny.into(),
                    nz.into(),
                    snapshot.spacing_um.into(),
                    unit.into(),
                    value.map(f64::from).into(),
                ]);
                files.extend(file.map(|f| format!("snapshots/{f}")));
            };
        for layer in &snapshot.layers {
            let file = format!("run_{run:04}_day_{day}_cells_{}.npy", layer.id);
            let cells = layer.cells.iter().map(|c| codes[usize::from(*c)]);
            let path = folder.join(&file);
            // Few models have so many types that a number needs two bytes.
            match cells.clone().map(u8::try_from).collect::<Result<Vec<u8>, _>>() {
                Ok(cells) => write_npy_u8(&path, shape, &cells)?,
                Err(_) => write_npy_u16(&path, shape, &cells.collect::<Vec<u16>>())?,
            }
            add(&layer.id, "cells", &layer.id, Some(file), "", None);
        }
        for field in &snapshot.fields {
            let file = format!("run_{run:04}_day_{day}_field_{}.npy", field.id);
            // A field that nothing feeds is one number, not a file.
            if let Some(value) = everywhere(&field.values) {
                add("", "field", &field.id, None, &field.unit, Some(value));
                continue;
            }
            write_npy_f32(&folder.join(&file), shape, &field.values)?;
            add("", "field", &field.id, Some(file), &field.unit, None);
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
            "value",
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

/// The value that all sites share, if they do.
fn everywhere(values: &[f32]) -> Option<f32> {
    let first = *values.first()?;
    values.iter().all(|v| v.to_bits() == first.to_bits()).then_some(first).filter(|v| v.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture::setup;
    use crate::record::{SnapshotField, SnapshotLayer};

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

    #[test]
    fn a_field_that_is_the_same_everywhere_is_no_file() {
        let dir = tempfile::tempdir().unwrap();
        let field = |id: &str, values: [f32; 2]| SnapshotField {
            id: id.into(),
            unit: "pM".into(),
            values: values.into(),
        };
        let picture = Snapshot {
            time_day: 1.0,
            sites: [2, 1, 1],
            spacing_um: 20.0,
            names: vec![],
            layers: vec![SnapshotLayer { id: "t".into(), cells: vec![0, 0] }],
            fields: vec![field("still", [0.5, 0.5]), field("fed", [0.5, 1.0])],
        };
        let (mut snapshots, mut files) = (Snapshots { index: vec![], names: vec![] }, Vec::new());
        snapshots.write(dir.path(), 3, "a", 1, &picture, &mut files).unwrap();
        snapshots.finish(dir.path(), &mut files).unwrap();
        files.truncate(2);
        let name = |what: &str| format!("snapshots/run_0003_day_0001.0000_{what}.npy");
        assert_eq!(files, [name("cells_t"), name("field_fed")]);
        let index = std::fs::read_to_string(dir.path().join("snapshots/index.csv")).unwrap();
        assert!(index.contains(",still,,2,1,1,20,pM,0.5\n"), "{index}");
        assert!(index.contains("field_fed.npy,2,1,1,20,pM,\n"), "{index}");
    }
}
