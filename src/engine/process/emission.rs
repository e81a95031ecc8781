//! What cells give to and take from the fields: secretion, uptake, supply, and what receptors consume.
//!
//! Laws are read at the start of the step. Each layer touches a site at most once, and layers are added in order, so that
//! the sums at a site have one order.

use crate::engine::View;
use crate::engine::plan::{Plan, TypePlan};
use crate::engine::program::{CHUNK, Column};
use crate::engine::receptor::copies;
use crate::engine::roster::Roster;
use crate::engine::signal::gather;
use crate::model::SubstrateId;
use crate::par;

/// Rates of the live, or of the dead, cells of one type.
pub struct Emission<'a> {
    plan: &'a TypePlan,
    layer: usize,
    members: &'a [u32],
    live: bool,
    /// By chunk of members: outputs of the type's exchange program.
    values: Vec<Vec<Column>>,
}

/// Loss (1/min) and source (concentration/min) of one field, per site.
pub struct Terms<'a> {
    pub loss: &'a mut [f32],
    pub source: &'a mut [f32],
}

/// Reads the laws of all cells, layer by layer. The view may end before the emissions do.
pub fn emissions<'a>(view: &View, plan: &'a Plan, roster: &'a Roster) -> Vec<Emission<'a>> {
    let mut out = Vec::new();
    for kind in plan.in_layer.iter().flatten() {
        let own = &plan.types[kind.index()];
        let layer = view.setup.cell_types[kind.index()].layer.index();
        if !own.exchange.is_empty() || !own.ligands.is_empty() {
            out.extend(emission(view, own, layer, roster.live(*kind), true));
        }
        if own.exchange.serves_dead() {
            out.extend(emission(view, own, layer, roster.dead(*kind), false));
        }
    }
    out
}

fn emission<'a>(
    view: &View,
    plan: &'a TypePlan,
    layer: usize,
    members: &'a [u32],
    live: bool,
) -> Option<Emission<'a>> {
    let values = par::map_chunks(members.len(), CHUNK, |range| {
        let (mut columns, mut out) = (Vec::new(), Vec::new());
        let chunk = &members[range];
        gather(view, &plan.exchange, layer, chunk, &mut columns);
        plan.exchange.run(live, chunk.len(), &columns, &mut out);
        out
    });
    (!members.is_empty()).then_some(Emission { plan, layer, members, live, values })
}

impl Emission<'_> {
    /// Adds what concerns one substrate. Whether anything was added to its source.
    pub fn add_to(&self, view: &View, substrate: SubstrateId, terms: &mut Terms) -> bool {
        let sites = &view.state.layers[self.layer].site;
        let Terms { loss, source } = terms;
        let mut fed = false;
        for (_, output) in self.plan.secrete.iter().filter(|(s, _)| *s == substrate) {
            fed |= self.scatter(sites, *output, 1.0, source);
        }
        for (_, output) in self.plan.uptake.iter().filter(|(s, _)| *s == substrate) {
            self.scatter(sites, *output, 1.0, loss);
        }
        for (_, output, to) in self.plan.supply.iter().filter(|(s, ..)| *s == substrate) {
            self.scatter(sites, *output, 1.0, loss);
            fed |= self.scatter(sites, *output, *to, source);
        }
        for (receptor, _) in self.plan.ligands.iter().filter(|(_, s)| *s == substrate && self.live) {
            let uptake = view.setup.receptors[receptor.index()].uptake as f32;
            let cells = &view.state.layers[self.layer];
            for cell in self.members {
                let c = copies(view.setup, view.plan, *receptor, self.layer, cells, *cell as usize);
                loss[sites[*cell as usize] as usize] += c * uptake;
            }
        }
        fed
    }

    /// Adds one output, times a factor, at the sites of the cells. Whether anything but zero was added.
    fn scatter(&self, sites: &[u32], output: usize, factor: f32, to: &mut [f32]) -> bool {
        let mut any = false;
        for (chunk, outputs) in self.members.chunks(CHUNK).zip(&self.values) {
            for (cell, value) in chunk.iter().zip(&outputs[output]) {
                let added = value * factor;
                any |= added != 0.0;
                to[sites[*cell as usize] as usize] += added;
            }
        }
        any
    }
}
