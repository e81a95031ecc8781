//! Whether a state can be one of a setup: for states that come from a file.

use super::{ALIVE, Cells, Entry, NO_HEADING, State};
use crate::model::Setup;

impl State {
    /// Checks that nothing in the state can lead the step astray: lengths of all columns, places in lists, one cell per
    /// site and layer, finite numbers.
    ///
    /// # Errors
    /// The first thing that cannot be.
    pub fn fits(&self, setup: &Setup) -> Result<(), String> {
        let fresh = State::new(setup);
        let sites = setup.domain.as_ref().map_or(0, |d| d.lattice.sites());
        let same = |what: &str, own: usize, due: usize| {
            if own == due { Ok(()) } else { Err(format!("{own} {what}, where {due} belong")) }
        };
        let finite = |what: &str, ok: bool| if ok { Ok(()) } else { Err(format!("{what} is not finite")) };
        same("layers", self.layers.len(), fresh.layers.len())?;
        for (l, (cells, layer)) in self.layers.iter().zip(&setup.layers).enumerate() {
            cells.fit(setup, l, sites, self.step).map_err(|what| format!("layer {}: {what}", layer.id))?;
        }
        same("fields", self.fields.len(), fresh.fields.len())?;
        for (field, due) in self.fields.iter().zip(&fresh.fields) {
            same("sites of a field", field.as_ref().map_or(0, Vec::len), due.as_ref().map_or(0, Vec::len))?;
            finite("a concentration", field.iter().flatten().all(|c| c.is_finite()))?;
        }
        same("marks of solved fields", self.solved.len(), fresh.solved.len())?;
        finite("the weight of the section", self.weight.is_finite())?;
        if self.pools.list != fresh.pools.list {
            return Err("other pools than the scenario has".to_string());
        }
        same("amounts in pools", self.pools.amount.len(), fresh.pools.amount.len())?;
        same("delays", self.pools.chains.len(), fresh.pools.chains.len())?;
        same("flows", self.pools.turnover.len(), fresh.pools.turnover.len())?;
        for (chain, due) in self.pools.chains.iter().zip(&fresh.pools.chains) {
            let known = (chain.flow, chain.into) == (due.flow, due.into);
            same("stages of a delay", if known { chain.stages.len() } else { 0 }, due.stages.len())?;
            finite("an amount under way", chain.stages.iter().all(|a| a.is_finite()))?;
        }
        finite("an amount in a pool", self.pools.amount.iter().all(|a| a.is_finite()))?;
        same("types of the books", self.ledger.rescaled.len(), fresh.ledger.rescaled.len())?;
        same("types placed", self.placed_cells.len(), fresh.placed_cells.len())?;
        for (what, own, due) in [
            ("doses", &self.dosed, &fresh.dosed),
            ("removals", &self.removed, &fresh.removed),
            ("endpoints", &self.reached, &fresh.reached),
        ] {
            same(what, own.len(), due.len())?;
        }
        same("places to follow", self.followers.places.len(), fresh.followers.places.len())?;
        same("doses to follow", self.followers.doses.len(), fresh.followers.doses.len())?;
        same("removals to follow", self.followers.removals.len(), fresh.followers.removals.len())?;
        for infusion in &self.infusions {
            let dose = setup.doses.get(usize::from(infusion.dose)).ok_or("an infusion of no dose")?;
            let parts = setup.products[dose.product.index()].parts.len();
            same("parts of an infusion", infusion.owed.len(), parts)?;
            same("parts of an infusion", infusion.given.len(), parts)?;
            let owed = infusion.owed.iter().all(|a| a.is_finite());
            finite("an infusion", infusion.left.is_finite() && owed)?;
        }
        same("observed values", self.observed.len(), fresh.observed.len())?;
        same("measured values", self.measured.len(), fresh.measured.len())?;
        let known = |e: &Entry| e.cause.is_of(setup) && e.cell.index() < setup.cell_types.len();
        match self.ledger.counts.keys().all(known) {
            true => Ok(()),
            false => Err("a line of the books about what the scenario does not have".to_string()),
        }
    }
}

impl Cells {
    fn fit(&self, setup: &Setup, layer: usize, sites: usize, step: u32) -> Result<(), String> {
        let n = self.len();
        let lengths = [
            self.key.len(),
            self.kind.len(),
            self.origin.len(),
            self.clone.len(),
            self.heading.len(),
            self.birth.len(),
            self.death.len(),
        ];
        if lengths.iter().any(|l| *l != n) || self.traits.iter().any(|t| t.len() != n) {
            return Err("columns of different lengths".to_string());
        }
        if self.stored != Cells::stored_by(setup, layer) || self.traits.len() != self.stored.len() {
            return Err("other traits than the layer stores".to_string());
        }
        let mut held = vec![false; sites];
        for i in 0..n {
            let site = self.site[i] as usize;
            match held.get_mut(site) {
                None => return Err(format!("a cell at site {site} of {sites}")),
                Some(true) => return Err(format!("two cells at site {site}")),
                Some(free) => *free = true,
            }
            let kind = setup.cell_types.get(self.kind[i].index());
            if kind.is_none_or(|k| k.layer.index() != layer) {
                return Err(format!("a cell at site {site} whose type does not live there"));
            }
            if self.clone[i] >= setup.clones(self.kind[i]) {
                return Err(format!("a cell at site {site} of no clone"));
            }
            if self.origin[i].product().is_some_and(|p| p.index() >= setup.products.len()) {
                return Err(format!("a cell at site {site} of no product"));
            }
            let dead = self.death[i] != ALIVE;
            if self.birth[i] > step || dead && !(self.birth[i]..=step).contains(&self.death[i]) {
                return Err(format!("a cell at site {site} whose birth or death is to come"));
            }
        }
        let directions = setup.domain.as_ref().map_or(0, |d| d.lattice.directions(d.contact).len());
        if self.heading.iter().any(|h| *h != NO_HEADING && usize::from(*h) >= directions) {
            return Err("a cell that heads nowhere".to_string());
        }
        if self.traits.iter().flatten().any(|v| !v.is_finite()) {
            return Err("a trait that is not finite".to_string());
        }
        Ok(())
    }
}
