//! What is done to the world from outside: cells placed, removed, doses given.

use super::world::{Infusion, World};
use crate::model::{
    CellTypeId, DoseTarget, Origin, Pattern, Placement, Pool, Shape, Species, TraitId, Trigger,
};
use crate::random::Draw;

impl World<'_> {
    /// Places, removals and doses that fall into the step that begins now, then the running infusions.
    pub fn give(&mut self) {
        let setup = self.setup;
        for place in &setup.places {
            for _ in 0..self.due(&place.at) {
                assert_eq!(place.region.shape, Shape::Everywhere);
                let n = match place.placement {
                    Placement::Count(count) => count / self.weight(),
                    Placement::Share(share) => share * self.touching.len() as f64,
                    Placement::Table(_) => panic!("no scenario has a table"),
                };
                let packed = place.pattern == Pattern::Packed;
                let n = self.scatter(
                    place.cell,
                    Origin::NATIVE,
                    &place.traits,
                    n.round() as usize,
                    packed,
                    &place.id,
                );
                *self.placed_cells.entry(place.cell).or_insert(0.0) += n as f64;
                self.placed = true;
            }
        }
        for r in 0..setup.removals.len() {
            for _ in 0..self.due(&setup.removals[r].at) {
                self.remove(r);
            }
        }
        for (d, dose) in setup.doses.iter().enumerate() {
            for _ in 0..self.due(&dose.at) {
                self.dosed.insert(d, self.time());
                let owed = vec![0.0; setup.products[dose.product.index()].parts.len()];
                self.infusions.push(Infusion { dose: d, left: dose.over.max(1e-9), owed });
            }
        }
        for mut infusion in std::mem::take(&mut self.infusions) {
            if self.infuse(&mut infusion) {
                self.infusions.push(infusion);
            }
        }
        self.look_up();
    }

    /// How often a trigger falls into the step that begins now.
    fn due(&self, at: &Trigger) -> usize {
        let end = self.time() + self.setup.clock.step;
        let within = |t: &f64| *t >= self.time() - 1e-6 && *t < end - 1e-6;
        match at {
            Trigger::At(times) => times.iter().filter(|t| within(t)).count(),
            _ => panic!("no scenario waits for anything"),
        }
    }

    /// Puts new cells on free sites: from the middle outward, or anywhere. Returns how many.
    fn scatter(
        &mut self,
        kind: CellTypeId,
        origin: Origin,
        traits: &[(TraitId, Draw)],
        n: usize,
        packed: bool,
        cause: &str,
    ) -> usize {
        let layer = self.layer(kind);
        let mut room: Vec<usize> = (0..self.touching.len()).filter(|s| self.free(layer, *s)).collect();
        self.dice.shuffle(&mut room);
        if packed {
            let l = &self.setup.domain.as_ref().unwrap().lattice;
            let middle = [l.nx, l.ny, l.nz].map(|n| n as i32 - 1);
            // Equally far ones in order of site, as the engine takes them.
            room.sort_unstable();
            room.sort_by_key(|s| {
                let at = self.coordinates(*s);
                (0..3).map(|a| (2 * at[a] - middle[a]) * (2 * at[a] - middle[a])).sum::<i32>()
            });
        }
        for _ in room.len()..n {
            self.book("blocked", kind, cause);
        }
        room.truncate(n);
        for site in &room {
            let cell = self.newcomer(kind, origin, None, traits);
            self.settle(cell, *site);
            self.book("arrival", kind, cause);
        }
        room.len()
    }

    fn remove(&mut self, r: usize) {
        let removal = &self.setup.removals[r];
        self.removed.insert(r, self.time());
        for (pool, amount) in &mut self.pools {
            let listed = matches!(pool.species, Species::Cell(kind) if removal.cells.contains(&kind));
            if listed && removal.from.contains(&pool.compartment) {
                *amount *= 1.0 - removal.share;
            }
        }
        if !removal.tissue {
            return;
        }
        assert!(removal.region.shape == Shape::Everywhere && removal.margin == 0.0);
        for i in (0..self.cells.len()).rev() {
            let kind = self.cells[i].kind;
            if removal.cells.contains(&kind) && self.dice.chance(removal.share) {
                self.book("removal", kind, &removal.id);
                self.cells.remove(i);
            }
        }
        self.look_up();
    }

    /// Gives a step's share. Whether anything is left.
    fn infuse(&mut self, infusion: &mut Infusion) -> bool {
        let setup = self.setup;
        let dose = &setup.doses[infusion.dose];
        let product = &setup.products[dose.product.index()];
        let dt = setup.clock.step;
        let whole = dose.over.max(1e-9);
        let fraction = infusion.left.min(dt) / whole;
        let last = infusion.left <= dt;
        for (p, part) in product.parts.iter().enumerate() {
            let amount = dose.amount * product.viability * part.share * fraction;
            match &dose.into {
                DoseTarget::Compartment(compartment) => {
                    if let Some(s) = part.substrate {
                        *self.pools.entry(Pool::of(*compartment, Species::Substrate(s))).or_insert(0.0) +=
                            amount;
                    }
                    if let Some(cell) = part.cell {
                        let clones = setup.clones(cell);
                        for clone in 0..clones {
                            let species = Species::Cell(cell);
                            let pool =
                                Pool { compartment: *compartment, species, origin: dose.origin(), clone };
                            *self.pools.entry(pool).or_insert(0.0) += amount / f64::from(clones);
                        }
                    }
                }
                DoseTarget::Tissue(region) => {
                    assert_eq!(region.shape, Shape::Everywhere);
                    if let Some(s) = part.substrate {
                        let l = &setup.domain.as_ref().unwrap().lattice;
                        let held = self.touching.len() as f64 * l.site_volume() * self.weight();
                        let per = setup.substrates[s.index()].amount_per_unit;
                        for c in self.fields[s.index()].iter_mut().flatten() {
                            *c += amount / (held * per);
                        }
                    }
                    if let Some(cell) = part.cell {
                        infusion.owed[p] += amount / self.weight();
                        let n =
                            if last { infusion.owed[p].round() } else { (infusion.owed[p] + 1e-9).floor() };
                        infusion.owed[p] -= n;
                        self.scatter(cell, dose.origin(), &part.traits, n as usize, false, &dose.id);
                    }
                    self.placed = true;
                }
            }
        }
        infusion.left -= dt;
        !last
    }
}
