//! What changes. Everything that decides the future is here, and `visit` names every column of it once: state hash,
//! checkpoint and memory estimate are its users, so that a new column cannot be forgotten by one of them.

use super::columns::Columns;
use super::schedule::Follower;
use super::{Cells, Ledger, Pools};
use crate::lattice::Lattice;
use crate::model::{Event, Scale, Setup, SubstrateId};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// Steps done; the state is that at the start of step `step`.
    pub step: u32,
    /// How many times the lattice the animal is.
    pub weight: f64,
    /// Sections: sites of the mass of the section's types, live or dead (`lattice::closed`).
    pub area: u32,
    /// Whether cells have been placed: before, only compartments run.
    pub placed: bool,
    /// By layer.
    pub layers: Vec<Cells>,
    /// By substrate; none where it has no field. Concentration per site, substrate's unit.
    pub fields: Vec<Option<Vec<f32>>>,
    /// By substrate: whether its field has been solved before (a first quasi-steady solve takes more cycles).
    pub solved: Vec<bool>,
    pub pools: Pools,
    pub ledger: Ledger,
    /// By cell type: cells of the lattice that places have put there; door cells among them define phi.
    pub placed_cells: Vec<u64>,
    /// Time (min) at which each dose, removal and endpoint last (doses, removals) or first (endpoints) happened.
    pub dosed: Vec<Option<f64>>,
    pub removed: Vec<Option<f64>>,
    pub reached: Vec<Option<f64>>,
    /// Triggers of places, doses and removals.
    pub followers: Followers,
    pub infusions: Vec<Infusion>,
    /// True value of every observable that rules read at the last look; NaN before the first.
    pub observed: Vec<f64>,
    /// Value, as somebody who measures sees it, of every observable that triggers compare; NaN before the first look.
    pub measured: Vec<f64>,
}

/// Where each trigger stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Followers {
    pub places: Vec<Follower>,
    pub doses: Vec<Follower>,
    pub removals: Vec<Follower>,
}

/// A dose that is being given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Infusion {
    pub dose: u16,
    /// Which firing of the dose it belongs to.
    pub firing: u32,
    /// Minutes left.
    pub left: f64,
    /// By part: cells of the animal that are due and make no whole cell of the lattice yet.
    pub owed: Vec<f64>,
    /// By part: cells of the lattice given so far.
    pub given: Vec<u64>,
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
        let weight = match setup.domain.as_ref().map(|d| &d.scale) {
            Some(Scale::Constant(w)) => *w,
            _ => 1.0,
        };
        State {
            step: 0,
            weight,
            area: 0,
            placed: false,
            layers,
            fields,
            solved: vec![false; setup.substrates.len()],
            pools: Pools::new(setup),
            ledger: Ledger { rescaled: vec![0.0; setup.cell_types.len()], ..Ledger::default() },
            placed_cells: vec![0; setup.cell_types.len()],
            dosed: vec![None; setup.doses.len()],
            removed: vec![None; setup.removals.len()],
            reached: vec![None; setup.endpoints.len()],
            followers: Followers {
                places: vec![Follower::default(); setup.places.len()],
                doses: vec![Follower::default(); setup.doses.len()],
                removals: vec![Follower::default(); setup.removals.len()],
            },
            infusions: Vec::new(),
            observed: vec![f64::NAN; setup.observables.len()],
            measured: vec![f64::NAN; setup.observables.len()],
        }
    }

    /// Minutes from day 0 at the start of the coming step.
    pub fn time(&self, setup: &Setup) -> f64 {
        setup.clock.time(self.step)
    }

    /// When something last (doses, removals) or first (endpoints) happened, min from day 0.
    pub fn happened(&self, event: Event) -> Option<f64> {
        match event {
            Event::Dose(d) => self.dosed[d.index()],
            Event::Removal(r) => self.removed[r.index()],
            Event::Endpoint(e) => self.reached[e.index()],
        }
    }

    /// phi of an enter or exchange flow: share of sites that held one of its door cells when such cells were placed.
    pub fn door_share(&self, setup: &Setup, flow: usize) -> f64 {
        let sites = setup.domain.as_ref().map_or(1, |d| d.lattice.sites());
        let placed: u64 = setup.flows[flow].via.iter().map(|t| self.placed_cells[t.index()]).sum();
        placed as f64 / sites as f64
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
        put(columns, "solved", self.solved.iter().map(|v| [u8::from(*v)]));
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
        put(columns, "ledger.rescaled", self.ledger.rescaled.iter().map(|v| v.to_le_bytes()));
        put(columns, "placed_cells", self.placed_cells.iter().map(|v| v.to_le_bytes()));
        put(columns, "dosed", times(&self.dosed));
        put(columns, "removed", times(&self.removed));
        put(columns, "reached", times(&self.reached));
        let Followers { places, doses, removals } = &self.followers;
        for (what, followers) in [("place", places), ("dose", doses), ("removal", removals)] {
            for (i, follower) in followers.iter().enumerate() {
                follower.visit(&format!("follower.{what}.{i}"), columns);
            }
        }
        for infusion in &self.infusions {
            let name = |what: &str| format!("infusion.{}.{}.{what}", infusion.dose, infusion.firing);
            put(columns, &name("left"), [infusion.left.to_le_bytes()].into_iter());
            put(columns, &name("owed"), infusion.owed.iter().map(|v| v.to_le_bytes()));
            put(columns, &name("given"), infusion.given.iter().map(|v| v.to_le_bytes()));
        }
        // Values that only recording reads never enter: NaN marks those that no rule or trigger needs.
        put(columns, "observed", self.observed.iter().map(|v| v.to_le_bytes()));
        put(columns, "measured", self.measured.iter().map(|v| v.to_le_bytes()));
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
