//! What the naive engine knows: a list of cells, a map from sites to them, fields, pools, and its own books.

use super::dice::Dice;
use crate::engine::tests::plain::Plain;
use crate::lattice::Contact;
use crate::model::{CellTypeId, LayerId, Origin, Pool, Setup, TraitId};
use crate::random::Draw;
use std::collections::{BTreeMap, HashMap};

/// A cell with all that is its own.
#[derive(Clone, Debug)]
pub struct Cell {
    pub id: u64,
    pub kind: CellTypeId,
    pub origin: Origin,
    pub clone: u8,
    pub site: usize,
    /// Steps along the axes of the last move.
    pub heading: Option<[i32; 3]>,
    pub born: u32,
    pub died: Option<u32>,
    /// What its type carries.
    pub traits: BTreeMap<TraitId, f64>,
}

/// A dose that is being given.
pub struct Infusion {
    pub dose: usize,
    pub left: f64,
    /// By part: cells due and not yet given.
    pub owed: Vec<f64>,
}

/// A change of the naive engine, to see that a comparison finds it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Flaw {
    None,
    /// Division rates times 1.1.
    Divides,
    /// Those who attend to one target spread their events over all.
    Spreads,
    /// Diagonal moves are made as often as straight ones.
    Strides,
    /// A dead cell still counts as touched.
    CountsDead,
    /// Damage is not repaired between hits.
    Unrepaired,
}

pub struct World<'a> {
    pub setup: &'a Setup,
    pub flaw: Flaw,
    pub dice: Dice,
    pub step: u32,
    pub placed: bool,
    pub cells: Vec<Cell>,
    /// Index of the cell on a site of a layer.
    pub at: HashMap<(LayerId, usize), usize>,
    pub fields: Vec<Option<Vec<f64>>>,
    pub pools: BTreeMap<Pool, f64>,
    /// By flow and receiving pool: amount in each stage of the delay.
    pub chains: BTreeMap<(usize, Pool), Vec<f64>>,
    pub infusions: Vec<Infusion>,
    /// By type: cells that places have put on the lattice.
    pub placed_cells: BTreeMap<CellTypeId, f64>,
    /// Times at which doses and removals last happened.
    pub dosed: BTreeMap<usize, f64>,
    pub removed: BTreeMap<usize, f64>,
    /// Place of a pair of cells in the order of attention, drawn when they first meet.
    pub attention: HashMap<(u64, u64), f64>,
    /// Sites that touch a site.
    pub touching: Vec<Vec<usize>>,
    pub books: BTreeMap<String, f64>,
    next_id: u64,
}

impl<'a> World<'a> {
    pub fn new(setup: &'a Setup, seed: u64, flaw: Flaw) -> World<'a> {
        let lattice = &setup.domain.as_ref().unwrap().lattice;
        let field = |s: &crate::model::Substrate| s.diffusion.map(|_| vec![s.initial; lattice.sites()]);
        let mut pools = BTreeMap::new();
        for (pool, amount) in &setup.initial {
            *pools.entry(*pool).or_insert(0.0) += amount;
        }
        let mut world = World {
            setup,
            flaw,
            dice: Dice(Plain(seed)),
            step: 0,
            placed: false,
            cells: Vec::new(),
            at: HashMap::new(),
            fields: setup.substrates.iter().map(field).collect(),
            pools,
            chains: BTreeMap::new(),
            infusions: Vec::new(),
            placed_cells: BTreeMap::new(),
            dosed: BTreeMap::new(),
            removed: BTreeMap::new(),
            attention: HashMap::new(),
            touching: Vec::new(),
            books: BTreeMap::new(),
            next_id: 0,
        };
        let sites = 0..lattice.sites();
        let near = |a: usize| sites.clone().filter(|b| world.touch(a, *b)).collect();
        world.touching = sites.clone().map(near).collect();
        world.give();
        world
    }

    /// Whether two sites touch.
    fn touch(&self, a: usize, b: usize) -> bool {
        let [x, y, z] = self.way(a, b).map(i32::abs);
        let domain = self.setup.domain.as_ref().unwrap();
        let reach = if domain.contact == Contact::Face { x + y + z } else { x.max(y).max(z) };
        reach == 1
    }

    pub fn coordinates(&self, site: usize) -> [i32; 3] {
        let l = &self.setup.domain.as_ref().unwrap().lattice;
        [site % l.nx, site / l.nx % l.ny, site / (l.nx * l.ny)].map(|c| c as i32)
    }

    /// Steps along the axes from one site to another.
    pub fn way(&self, from: usize, to: usize) -> [i32; 3] {
        let (a, b) = (self.coordinates(from), self.coordinates(to));
        [b[0] - a[0], b[1] - a[1], b[2] - a[2]]
    }

    /// The site some steps away, if it lies in the box.
    pub fn stepped(&self, from: usize, way: [i32; 3]) -> Option<usize> {
        let l = &self.setup.domain.as_ref().unwrap().lattice;
        let at = self.coordinates(from);
        let [x, y, z] = [at[0] + way[0], at[1] + way[1], at[2] + way[2]];
        let within = |c: i32, n: usize| c >= 0 && c < n as i32;
        let inside = within(x, l.nx) && within(y, l.ny) && within(z, l.nz);
        inside.then(|| x as usize + l.nx * (y as usize + l.ny * z as usize))
    }

    /// Minutes from day 0.
    pub fn time(&self) -> f64 {
        self.setup.clock.start + f64::from(self.step) * self.setup.clock.step
    }

    /// Cells of the animal that one of the lattice stands for.
    pub fn weight(&self) -> f64 {
        match self.setup.domain.as_ref().unwrap().scale {
            crate::model::Scale::Constant(w) => w,
            _ => 1.0,
        }
    }

    pub fn layer(&self, kind: CellTypeId) -> LayerId {
        self.setup.cell_types[kind.index()].layer
    }

    pub fn free(&self, layer: LayerId, site: usize) -> bool {
        !self.at.contains_key(&(layer, site))
    }

    pub fn name(&self, kind: CellTypeId) -> &'a str {
        &self.setup.cell_types[kind.index()].id
    }

    pub fn book(&mut self, what: &str, kind: CellTypeId, cause: &str) {
        *self.books.entry(format!("{what} {} {cause}", self.name(kind))).or_insert(0.0) += 1.0;
    }

    /// Draws all over again which cell stands where.
    pub fn look_up(&mut self) {
        self.at = (0..self.cells.len())
            .map(|i| ((self.layer(self.cells[i].kind), self.cells[i].site), i))
            .collect();
        assert_eq!(self.at.len(), self.cells.len(), "two cells on one site");
    }

    pub fn fresh_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    /// A value kept within the bounds of its trait.
    pub fn bounded(&self, of: TraitId, value: f64) -> f64 {
        let of = &self.setup.traits[of.index()];
        value.max(of.min).min(of.max.unwrap_or(f64::INFINITY))
    }

    /// A new cell: each trait from `own`, else from the product that its origin names, else from its type.
    pub fn newcomer(
        &mut self,
        kind: CellTypeId,
        origin: Origin,
        clone: Option<u8>,
        own: &[(TraitId, Draw)],
    ) -> Cell {
        let setup = self.setup;
        let mut part = None;
        if let Some(product) = origin.product() {
            let cells: Vec<_> =
                setup.products[product.index()].parts.iter().filter(|p| p.cell.is_some()).collect();
            let same: Vec<_> = cells.iter().copied().filter(|p| p.cell == Some(kind)).collect();
            let among = if same.is_empty() { cells } else { same };
            let shares: Vec<f64> = among.iter().map(|p| p.share).collect();
            part = self.dice.weighted(&shares).map(|i| among[i]);
        }
        let mut traits = BTreeMap::new();
        for (of, by_type) in &setup.cell_types[kind.index()].traits {
            let find =
                |list: &'_ [(TraitId, Draw)]| list.iter().find(|(t, _)| t == of).map(|(_, d)| d.clone());
            let draw = find(own).or(part.and_then(|p| find(&p.traits))).unwrap_or(by_type.clone());
            let value = self.dice.draw(&draw);
            traits.insert(*of, self.bounded(*of, value));
        }
        let clone = clone.unwrap_or_else(|| self.dice.below(usize::from(setup.clones(kind))) as u8);
        let id = self.fresh_id();
        Cell { id, kind, origin, clone, site: 0, heading: None, born: self.step, died: None, traits }
    }

    /// Puts a cell on a free site.
    pub fn settle(&mut self, mut cell: Cell, site: usize) {
        cell.site = site;
        let before = self.at.insert((self.layer(cell.kind), site), self.cells.len());
        assert!(before.is_none(), "two cells on one site");
        self.cells.push(cell);
    }
}
