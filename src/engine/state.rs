//! What changes. Everything that decides the future is here, and `visit` names every column of it once: state hash,
//! checkpoint and memory estimate are its users, so that a new column cannot be forgotten by one of them.

use super::{Cells, Ledger, Pools};
use crate::lattice::Lattice;
use crate::model::{Setup, SubstrateId};

#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// Steps done; the state is that at the start of step `step`.
    pub step: u32,
    /// How many times the lattice the animal is.
    pub weight: f64,
    /// Sections: sites that hold a cell of the section's types, live or dead, or are enclosed by them.
    pub area: u32,
    /// Whether cells have been placed: before, only compartments run.
    pub placed: bool,
    /// By layer.
    pub layers: Vec<Cells>,
    /// By substrate; none where it has no field. Concentration per site, substrate's unit.
    pub fields: Vec<Option<Vec<f32>>>,
    /// Whether the fields have been solved before (a first quasi-steady solve takes more cycles).
    pub solved: bool,
    pub pools: Pools,
    pub ledger: Ledger,
    /// Share of sites that held a door cell when such cells were first placed, by cell type; 0 before.
    pub door_share: Vec<f64>,
    /// Time (min) at which each dose, removal and endpoint last (doses, removals) or first (endpoints) happened.
    pub dosed: Vec<Option<f64>>,
    pub removed: Vec<Option<f64>>,
    pub reached: Vec<Option<f64>>,
    /// How often each place, dose and removal has fired, and for `when` triggers the time of the last firing.
    pub fired: Fired,
    /// Last value of every observable that rules, triggers or endpoints read; NaN before the first look.
    pub observed: Vec<f64>,
}

/// Counts of firings of places, doses and removals.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fired {
    pub places: Vec<u32>,
    pub doses: Vec<u32>,
    pub removals: Vec<u32>,
    /// Running infusions: (dose index, minutes left).
    pub infusions: Vec<(u16, f64)>,
}

/// A reader of all columns, in canonical order: little-endian bytes under a name.
pub trait Columns {
    fn column(&mut self, name: &str, bytes: &mut dyn Iterator<Item = u8>);
}

impl State {
    /// The state before the first step: nothing on the lattice, pools at their initial amounts.
    pub fn new(setup: &Setup) -> State {
        let sites = setup.domain.as_ref().map_or(0, |d| d.lattice.sites());
        let fields = setup
            .substrates
            .iter()
            .map(|s| (s.diffusion.is_some() && sites > 0).then(|| vec![s.initial as f32; sites]))
            .collect();
        let layers = (0..setup.layers.len()).map(|l| Cells::new(Cells::stored_by(setup, l))).collect();
        State {
            step: 0,
            weight: 1.0,
            area: 0,
            placed: false,
            layers,
            fields,
            solved: false,
            pools: Pools::new(setup),
            ledger: Ledger::default(),
            door_share: vec![0.0; setup.cell_types.len()],
            dosed: vec![None; setup.doses.len()],
            removed: vec![None; setup.removals.len()],
            reached: vec![None; setup.endpoints.len()],
            fired: Fired {
                places: vec![0; setup.places.len()],
                doses: vec![0; setup.doses.len()],
                removals: vec![0; setup.removals.len()],
                infusions: Vec::new(),
            },
            observed: vec![f64::NAN; setup.observables.len()],
        }
    }

    /// Minutes from day 0 at the start of the coming step.
    pub fn time(&self, setup: &Setup) -> f64 {
        setup.clock.time(self.step)
    }

    pub fn field(&self, substrate: SubstrateId) -> Option<&[f32]> {
        self.fields[substrate.index()].as_deref()
    }

    /// Shows every column to `columns`, in canonical order: scalars, layers, fields, pools, ledger, clocks.
    pub fn visit(&self, columns: &mut dyn Columns) {
        fn put<const N: usize>(columns: &mut dyn Columns, name: &str, values: impl Iterator<Item = [u8; N]>) {
            columns.column(name, &mut values.flatten());
        }
        fn times(values: &[Option<f64>]) -> impl Iterator<Item = [u8; 8]> + '_ {
            values.iter().map(|t| t.unwrap_or(f64::INFINITY).to_le_bytes())
        }
        put(columns, "step", [self.step.to_le_bytes()].into_iter());
        put(columns, "weight", [self.weight.to_le_bytes()].into_iter());
        put(columns, "area", [self.area.to_le_bytes()].into_iter());
        put(columns, "placed", [[u8::from(self.placed)]].into_iter());
        put(columns, "solved", [[u8::from(self.solved)]].into_iter());
        for (l, cells) in self.layers.iter().enumerate() {
            let name = |what: &str| format!("layer.{l}.{what}");
            put(columns, &name("site"), cells.site.iter().map(|v| v.to_le_bytes()));
            put(columns, &name("key"), cells.key.iter().map(|v| v.0.to_le_bytes()));
            put(columns, &name("kind"), cells.kind.iter().map(|v| v.0.to_le_bytes()));
            put(columns, &name("origin"), cells.origin.iter().map(|v| [v.0]));
            put(columns, &name("clone"), cells.clone.iter().map(|v| [*v]));
            put(columns, &name("heading"), cells.heading.iter().map(|v| [*v]));
            put(columns, &name("birth"), cells.birth.iter().map(|v| v.to_le_bytes()));
            put(columns, &name("death"), cells.death.iter().map(|v| v.to_le_bytes()));
            for (id, column) in cells.stored.iter().zip(&cells.traits) {
                put(columns, &name(&format!("trait.{}", id.0)), column.iter().map(|v| v.to_le_bytes()));
            }
        }
        for (s, field) in self.fields.iter().enumerate() {
            if let Some(field) = field {
                put(columns, &format!("field.{s}"), field.iter().map(|v| v.to_le_bytes()));
            }
        }
        self.pools.visit(columns);
        for (entry, count) in &self.ledger.counts {
            put(columns, &format!("ledger.{entry:?}.lattice"), [count.lattice.to_le_bytes()].into_iter());
            put(columns, &format!("ledger.{entry:?}.animal"), [count.animal.to_le_bytes()].into_iter());
        }
        put(columns, "door_share", self.door_share.iter().map(|v| v.to_le_bytes()));
        put(columns, "dosed", times(&self.dosed));
        put(columns, "removed", times(&self.removed));
        put(columns, "reached", times(&self.reached));
        put(columns, "fired.places", self.fired.places.iter().map(|v| v.to_le_bytes()));
        put(columns, "fired.doses", self.fired.doses.iter().map(|v| v.to_le_bytes()));
        put(columns, "fired.removals", self.fired.removals.iter().map(|v| v.to_le_bytes()));
        for (dose, left) in &self.fired.infusions {
            put(columns, &format!("infusion.{dose}"), [left.to_le_bytes()].into_iter());
        }
        // Values that only recording reads never enter: NaN marks those that no rule, trigger or endpoint needs.
        put(columns, "observed", self.observed.iter().map(|v| v.to_le_bytes()));
    }

    /// BLAKE3 over all columns, each with its name and length: equal states have equal hashes, on any machine.
    pub fn hash(&self) -> [u8; 32] {
        struct Hash(blake3::Hasher, Vec<u8>);
        impl Columns for Hash {
            fn column(&mut self, name: &str, bytes: &mut dyn Iterator<Item = u8>) {
                self.1.clear();
                self.1.extend(bytes);
                self.0.update(&(name.len() as u64).to_le_bytes());
                self.0.update(name.as_bytes());
                self.0.update(&(self.1.len() as u64).to_le_bytes());
                self.0.update(&self.1);
            }
        }
        let mut hash = Hash(blake3::Hasher::new(), Vec::new());
        self.visit(&mut hash);
        *hash.0.finalize().as_bytes()
    }

    /// Bytes of all columns: what a checkpoint would hold and about what the run keeps in memory for its state.
    pub fn size(&self) -> u64 {
        struct Size(u64);
        impl Columns for Size {
            fn column(&mut self, _: &str, bytes: &mut dyn Iterator<Item = u8>) {
                self.0 += bytes.count() as u64;
            }
        }
        let mut size = Size(0);
        self.visit(&mut size);
        size.0
    }

    /// Sites of the lattice that hold a cell of these types, live or dead.
    pub fn mask(&self, lattice: &Lattice, types: &[crate::model::CellTypeId]) -> Vec<bool> {
        let mut mask = vec![false; lattice.sites()];
        for cells in &self.layers {
            for (site, kind) in cells.site.iter().zip(&cells.kind) {
                if types.contains(kind) {
                    mask[*site as usize] = true;
                }
            }
        }
        mask
    }
}
