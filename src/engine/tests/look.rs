//! A state in numbers, by name: what comparisons in distribution look at.

use crate::engine::{ALIVE, Cause, Entry, State};
use crate::lattice::Contact;
use crate::model::{CellTypeId, LayerId, Pool, Setup, Species, TraitId};
use std::collections::BTreeMap;

pub type Numbers = BTreeMap<String, f64>;

/// A cell as an engine shows it.
pub struct Body {
    pub kind: CellTypeId,
    pub layer: LayerId,
    pub site: usize,
    pub live: bool,
    pub clone: u8,
    pub origin: u8,
    pub traits: Vec<(TraitId, f64)>,
}

/// All numbers of a state of the engine.
pub fn numbers(setup: &Setup, state: &State) -> Numbers {
    let mut all = Vec::new();
    for (l, cells) in state.layers.iter().enumerate() {
        for i in 0..cells.len() {
            let carried = &setup.cell_types[cells.kind[i].index()].traits;
            all.push(Body {
                kind: cells.kind[i],
                layer: LayerId(l as u16),
                site: cells.site[i] as usize,
                live: cells.death[i] == ALIVE,
                clone: cells.clone[i],
                origin: cells.origin[i].0,
                traits: carried.iter().map(|(t, _)| (*t, f64::from(cells.value(*t, i)))).collect(),
            });
        }
    }
    let mut out = Numbers::new();
    bodies(setup, &all, &mut out);
    let values = |f: &Option<Vec<f32>>| f.as_ref().map(|f| f.iter().map(|v| f64::from(*v)).collect());
    fields(setup, state.fields.iter().map(values), &mut out);
    let held = state.pools.list.iter().copied().zip(state.pools.amount.iter().copied());
    let under_way = state.pools.chains.iter().map(|c| (usize::from(c.flow), c.stages.iter().sum()));
    pools(setup, held, under_way, &mut out);
    for (entry, count) in &state.ledger.counts {
        *out.entry(named(setup, entry)).or_insert(0.0) += count.lattice as f64;
    }
    out
}

/// An entry of the books in the words of the naive ones.
fn named(setup: &Setup, entry: &Entry) -> String {
    let kind = |k: CellTypeId| setup.cell_types[k.index()].id.clone();
    let cause = match &entry.cause {
        Cause::Division => "division".to_string(),
        Cause::Blocked => "blocked".to_string(),
        Cause::Cleared => "cleared".to_string(),
        Cause::Named(cause) => cause.clone(),
        Cause::Conversion { to } => format!("to {}", kind(*to)),
        Cause::Flow(f) => setup.flows[f.index()].id.clone(),
        Cause::Place(p) => setup.places[usize::from(*p)].id.clone(),
        Cause::Dose(d) => setup.doses[usize::from(*d)].id.clone(),
        Cause::Removal(r) => setup.removals[usize::from(*r)].id.clone(),
        Cause::Interaction { id, actor, origin, antigen } => {
            let on = antigen.map_or("none", |a| &setup.traits[a.index()].id);
            format!("{} by {} of {} on {on}", setup.interactions[id.index()].id, kind(*actor), origin.0)
        }
    };
    format!("{} {} {cause}", entry.what.name(), kind(entry.cell))
}

pub fn bodies(setup: &Setup, all: &[Body], out: &mut Numbers) {
    let lattice = &setup.domain.as_ref().unwrap().lattice;
    let at = |b: &Body| lattice.coordinates(b.site).map(|c| c as f64);
    for (k, cell_type) in setup.cell_types.iter().enumerate() {
        let id = &cell_type.id;
        let own: Vec<&Body> = all.iter().filter(|b| b.kind.index() == k).collect();
        let live: Vec<&Body> = own.iter().copied().filter(|b| b.live).collect();
        let n = live.len() as f64;
        out.insert(format!("live {id}"), n);
        out.insert(format!("dead {id}"), own.len() as f64 - n);
        for (t, _) in &cell_type.traits {
            let value = |b: &&Body| b.traits.iter().find(|(of, _)| of == t).map_or(0.0, |v| v.1);
            let of = &setup.traits[t.index()].id;
            let mean = live.iter().map(value).sum::<f64>() / n.max(1.0);
            let square = live.iter().map(|b| value(b) * value(b)).sum::<f64>() / n.max(1.0);
            out.insert(format!("mean {of} of {id}"), mean);
            out.insert(format!("mean square {of} of {id}"), square);
        }
        for clone in 1..setup.clones(CellTypeId(k as u16)) {
            let counted = live.iter().filter(|b| b.clone == clone).count();
            out.insert(format!("clone {clone} of {id}"), counted as f64);
        }
        out.insert(format!("native {id}"), live.iter().filter(|b| b.origin == 0).count() as f64);
        // Radius of gyration, in sites.
        let mean = [0, 1, 2].map(|a| live.iter().map(|b| at(b)[a]).sum::<f64>() / n.max(1.0));
        let far = |b: &&Body| (0..3).map(|a| (at(b)[a] - mean[a]) * (at(b)[a] - mean[a])).sum::<f64>();
        out.insert(format!("radius {id}"), (live.iter().map(far).sum::<f64>() / n.max(1.0)).sqrt());
    }
    pairs(setup, all, out);
}

/// Touching pairs of live cells, by their types, faces and diagonals apart.
fn pairs(setup: &Setup, all: &[Body], out: &mut Numbers) {
    let domain = setup.domain.as_ref().unwrap();
    let at = |b: &Body| domain.lattice.coordinates(b.site).map(|c| c as i32);
    let live: Vec<&Body> = all.iter().filter(|b| b.live).collect();
    for (i, a) in live.iter().enumerate() {
        for b in &live[..i] {
            let d = [0, 1, 2].map(|x| (at(a)[x] - at(b)[x]).abs());
            let faces = d.iter().sum::<i32>();
            if d.iter().all(|d| *d <= 1) && (faces <= 1 || domain.contact == Contact::Full) {
                let (low, high) = (a.kind.min(b.kind), a.kind.max(b.kind));
                let name = |k: CellTypeId| &setup.cell_types[k.index()].id;
                let same = if a.layer == b.layer { "beside" } else { "on" };
                let how = if faces > 1 { "aslant" } else { same };
                *out.entry(format!("pairs {} {how} {}", name(low), name(high))).or_insert(0.0) += 1.0;
            }
        }
    }
}

pub fn fields(setup: &Setup, values: impl Iterator<Item = Option<Vec<f64>>>, out: &mut Numbers) {
    for (substrate, values) in setup.substrates.iter().zip(values) {
        let Some(values) = values else { continue };
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let spread = (values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / n).sqrt();
        out.insert(format!("field {}", substrate.id), mean);
        // What an even field differs by from site to site is what the solver leaves.
        let uneven = spread > 1e-3 * mean;
        out.insert(format!("spread of field {}", substrate.id), if uneven { spread } else { 0.0 });
    }
}

pub fn pools(
    setup: &Setup,
    held: impl Iterator<Item = (Pool, f64)>,
    under_way: impl Iterator<Item = (usize, f64)>,
    out: &mut Numbers,
) {
    for (pool, amount) in held {
        let species = match pool.species {
            Species::Cell(k) => &setup.cell_types[k.index()].id,
            Species::Substrate(s) => &setup.substrates[s.index()].id,
            Species::Antigen(a) => &setup.traits[a.index()].id,
        };
        let place = &setup.compartments[pool.compartment.index()].id;
        let name = format!("pool {place} {species} of {} clone {}", pool.origin.0, pool.clone);
        *out.entry(name).or_insert(0.0) += amount;
    }
    for (f, amount) in under_way {
        *out.entry(format!("under way {}", setup.flows[f].id)).or_insert(0.0) += amount;
    }
}
