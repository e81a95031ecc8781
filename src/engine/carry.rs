//! A state of one setup, taken up under another: what must agree, and how the rest is matched by name.
//!
//! Cells, fields and pools only mean something under the setup that made them: what they are made of must agree. Numbers
//! (rates, amounts, rules, times to come) may differ, and doses, removals, interactions, flows and places may be more or
//! in another order; what has acted must still be there, for the books name it.

use super::{Cause, Entry, Followers, Pools, State};
use crate::model::{
    CellType, CellTypeId, Dose, EndpointKind, FlowId, InteractionId, Law, LayerId, Pool, Setup, Species,
    TraitId, Trigger,
};
use std::collections::{BTreeMap, BTreeSet};

/// Ids of the things of a list, by setup.
type Ids<'a> = Vec<&'a str>;

/// What keeps a state made under `then` from going on under `now`: one sentence each.
pub fn misfits(then: &Setup, now: &Setup) -> Vec<String> {
    let mut out = Vec::new();
    let mut agree = |same: bool, what: &str| {
        if !same {
            out.push(format!("{what} must be as in the checkpoint"));
        }
    };
    agree(then.domain == now.domain, "the domain");
    let clock = |s: &Setup| (s.clock.start, s.clock.step, s.clock.pool_steps);
    agree(clock(then) == clock(now), "start and steps of the clock");
    agree(then.layers == now.layers, "the layers of the lattice");
    agree(kinds(then) == kinds(now), "cell types, their layers and their traits");
    let fields = |s: &Setup| {
        let of = s.substrates.iter();
        of.map(|s| (s.id.clone(), s.unit.clone(), s.diffusion.is_some())).collect::<Vec<_>>()
    };
    agree(fields(then) == fields(now), "substrates, their units and which of them have a field");
    agree(ids(&then.traits, |t| &t.id) == ids(&now.traits, |t| &t.id), "traits and antigens");
    agree(ids(&then.products, |p| &p.id) == ids(&now.products, |p| &p.id), "products");
    let rooms = |s: &Setup| s.compartments.iter().map(|c| (c.id.clone(), c.volume)).collect::<Vec<_>>();
    agree(rooms(then) == rooms(now), "compartments and their volumes");
    agree(then.observables == now.observables, "observables");
    let recorded = |s: &Setup| (s.recording.every, s.recording.events, s.recording.observables.clone());
    agree(recorded(then) == recorded(now), "what is recorded, and how often");
    agree(endpoints(then) == endpoints(now), "endpoints");
    out
}

/// What differs between two setups and would have acted before `time` (min from day 0) only: under a state of that time it
/// would change nothing.
pub fn too_late(then: &Setup, now: &Setup, time: f64) -> Vec<String> {
    let mut out = past_changes("dose", &then.doses, &now.doses, time, |d| (&d.id, &d.at));
    out.extend(past_changes("removal", &then.removals, &now.removals, time, |r| (&r.id, &r.at)));
    out.extend(past_changes("place", &then.places, &now.places, time, |p| (&p.id, &p.at)));
    for (p, (old, new)) in then.products.iter().zip(&now.products).enumerate() {
        let mut given = now.doses.iter().filter(|d| d.product.index() == p).peekable();
        if old != new && given.peek().is_some() && given.all(|d| is_past(&d.at, time)) {
            out.push(format!("product.{}", new.id));
        }
    }
    if then.initial != now.initial {
        out.push("what compartments hold at the start".to_string());
    }
    for (old, new) in then.substrates.iter().zip(&now.substrates) {
        if old.initial != new.initial {
            out.push(format!("substrate.{}.initial", new.id));
        }
    }
    let told = |what| format!("{what} acts before the checkpoint only: a change of it has no effect");
    out.into_iter().map(told).collect()
}

fn is_past(at: &Trigger, time: f64) -> bool {
    matches!(at, Trigger::At(times) if times.iter().all(|t| *t < time - 1e-6))
}

/// Things that are new, gone or another than they were, and due in the past alone, before and now: what is switched off
/// from here on has times to come in `then`.
fn past_changes<T: PartialEq>(
    kind: &str,
    then: &[T],
    now: &[T],
    time: f64,
    of: impl Fn(&T) -> (&String, &Trigger),
) -> Vec<String> {
    let ids: BTreeSet<&String> = then.iter().chain(now).map(|t| of(t).0).collect();
    let find = |list: &'_ [T], id: &String| list.iter().position(|t| of(t).0 == id);
    let late = |id: &&String| {
        let (old, new) = (find(then, id).map(|i| &then[i]), find(now, id).map(|i| &now[i]));
        let mut both = old.into_iter().chain(new).map(|t| of(t).1);
        old != new && both.all(|at| is_past(at, time))
    };
    ids.into_iter().filter(late).map(|id| format!("{kind}.{id}")).collect()
}

/// Everything that the books of a state name beside cell types, as in `interaction.kill`.
pub fn acted(setup: &Setup, state: &State) -> BTreeSet<String> {
    state.ledger.counts.keys().filter_map(|entry| named(setup, &entry.cause)).collect()
}

/// What has acted, as `acted` names it, and is no longer there.
pub fn gone(acted: &BTreeSet<String>, now: &Setup) -> Vec<String> {
    let interactions = now.interactions.iter().map(|i| format!("interaction.{}", i.id));
    let flows = now.flows.iter().map(|f| format!("flow.{}", f.id));
    let places = now.places.iter().map(|p| format!("place.{}", p.id));
    let doses = now.doses.iter().map(|d| format!("dose.{}", d.id));
    let removals = now.removals.iter().map(|r| format!("removal.{}", r.id));
    let there: BTreeSet<String> =
        interactions.chain(flows).chain(places).chain(doses).chain(removals).collect();
    let told = |what| {
        format!("{what} has acted before the checkpoint and must still be there (it may have a rate of 0)")
    };
    acted.difference(&there).map(told).collect()
}

/// The thing of a cause, if there is one.
fn named(setup: &Setup, cause: &Cause) -> Option<String> {
    Some(match cause {
        Cause::Interaction { id, .. } => format!("interaction.{}", setup.interactions[id.index()].id),
        Cause::Flow(id) => format!("flow.{}", setup.flows[id.index()].id),
        Cause::Place(i) => format!("place.{}", setup.places[usize::from(*i)].id),
        Cause::Dose(i) => format!("dose.{}", setup.doses[usize::from(*i)].id),
        Cause::Removal(i) => format!("removal.{}", setup.removals[usize::from(*i)].id),
        Cause::Division | Cause::Blocked | Cause::Named(_) | Cause::Conversion { .. } | Cause::Cleared => {
            return None;
        }
    })
}

/// What cells of each type are made of: id, layer, traits, number of clones.
fn kinds(setup: &Setup) -> Vec<(String, LayerId, Vec<TraitId>, u8)> {
    let of = |(i, t): (usize, &CellType)| {
        let traits = t.traits.iter().map(|(id, _)| *id).collect();
        (t.id.clone(), t.layer, traits, setup.clones(CellTypeId(i as u16)))
    };
    setup.cell_types.iter().enumerate().map(of).collect()
}

/// Endpoints without the rates of hazards, which may change.
fn endpoints(setup: &Setup) -> Vec<(String, EndpointKind)> {
    let bare = |kind: &EndpointKind| match kind {
        EndpointKind::Hazard { .. } => EndpointKind::Hazard { rate: Law::constant(0.0) },
        other => other.clone(),
    };
    setup.endpoints.iter().map(|e| (e.id.clone(), bare(&e.kind))).collect()
}

fn ids<T>(things: &[T], id: impl Fn(&T) -> &String) -> Ids<'_> {
    things.iter().map(|t| id(t).as_str()).collect()
}

/// For each thing of `then` its place in `now`.
fn places(then: Ids, now: Ids) -> Vec<Option<usize>> {
    then.iter().map(|id| now.iter().position(|n| n == id)).collect()
}

/// What the old list holds, where it stands now; the rest as it begins.
fn moved<T: Clone>(old: &[T], places: &[Option<usize>], mut fresh: Vec<T>) -> Vec<T> {
    for (value, place) in old.iter().zip(places) {
        if let Some(place) = place {
            fresh[*place] = value.clone();
        }
    }
    fresh
}

/// Where the things of one setup stand in another.
pub struct Carry<'a> {
    then: &'a Setup,
    now: &'a Setup,
    interactions: Vec<Option<usize>>,
    flows: Vec<Option<usize>>,
    placing: Vec<Option<usize>>,
    doses: Vec<Option<usize>>,
    removals: Vec<Option<usize>>,
}

impl<'a> Carry<'a> {
    /// # Errors
    /// The misfits of the two setups.
    pub fn new(then: &'a Setup, now: &'a Setup) -> Result<Carry<'a>, Vec<String>> {
        let found = misfits(then, now);
        if !found.is_empty() {
            return Err(found);
        }
        Ok(Carry {
            then,
            now,
            interactions: places(ids(&then.interactions, |i| &i.id), ids(&now.interactions, |i| &i.id)),
            flows: places(ids(&then.flows, |f| &f.id), ids(&now.flows, |f| &f.id)),
            placing: places(ids(&then.places, |p| &p.id), ids(&now.places, |p| &p.id)),
            doses: places(ids(&then.doses, |d| &d.id), ids(&now.doses, |d| &d.id)),
            removals: places(ids(&then.removals, |r| &r.id), ids(&now.removals, |r| &r.id)),
        })
    }

    /// The state under the new setup; equal to the old one where the setups are equal.
    ///
    /// # Errors
    /// What has acted, holds something or is under way and is no longer there.
    pub fn state(&self, state: &State) -> Result<State, Vec<String>> {
        let mut lost = Vec::new();
        let mut out = state.clone();
        out.ledger.counts.clear();
        for (entry, count) in &state.ledger.counts {
            match self.entry(entry) {
                Some(entry) => {
                    out.ledger.counts.insert(entry, *count);
                }
                None => {
                    lost.extend(named(self.then, &entry.cause));
                }
            }
        }
        let fresh = State::new(self.now);
        out.dosed = moved(&state.dosed, &self.doses, fresh.dosed);
        out.removed = moved(&state.removed, &self.removals, fresh.removed);
        let Followers { places, doses, removals } = fresh.followers;
        out.followers.places = moved(&state.followers.places, &self.placing, places);
        out.followers.doses = moved(&state.followers.doses, &self.doses, doses);
        out.followers.removals = moved(&state.followers.removals, &self.removals, removals);
        for infusion in &mut out.infusions {
            let dose = usize::from(infusion.dose);
            match self.doses[dose] {
                Some(now) if self.same_parts(dose, now) => infusion.dose = now as u16,
                _ => lost.push(format!("dose.{} is being given at the checkpoint", self.then.doses[dose].id)),
            }
        }
        out.pools = self.pools(&state.pools, fresh.pools, &mut lost);
        if lost.is_empty() {
            Ok(out)
        } else {
            Err(lost.into_iter().map(|what| format!("{what} and must stay as it was")).collect())
        }
    }

    fn same_parts(&self, then: usize, now: usize) -> bool {
        let (then, now) = (&self.then.doses[then], &self.now.doses[now]);
        let parts = |s: &Setup, d: &Dose| s.products[d.product.index()].parts.len();
        then.product == now.product && parts(self.then, then) == parts(self.now, now)
    }

    /// A line of the books with the places of the new setup.
    pub fn entry(&self, entry: &Entry) -> Option<Entry> {
        let at = |list: &[Option<usize>], i: usize| list.get(i).copied().flatten().map(|i| i as u16);
        let cause = match &entry.cause {
            Cause::Interaction { id, actor, origin, antigen } => Cause::Interaction {
                id: InteractionId(at(&self.interactions, id.index())?),
                actor: *actor,
                origin: *origin,
                antigen: *antigen,
            },
            Cause::Flow(id) => Cause::Flow(FlowId(at(&self.flows, id.index())?)),
            Cause::Place(i) => Cause::Place(at(&self.placing, usize::from(*i))?),
            Cause::Dose(i) => Cause::Dose(at(&self.doses, usize::from(*i))?),
            Cause::Removal(i) => Cause::Removal(at(&self.removals, usize::from(*i))?),
            other @ (Cause::Division
            | Cause::Blocked
            | Cause::Named(_)
            | Cause::Conversion { .. }
            | Cause::Cleared) => other.clone(),
        };
        Some(Entry { cause, ..entry.clone() })
    }

    /// Amounts by pool, chains by flow and pool, turnover by flow.
    fn pools(&self, old: &Pools, mut fresh: Pools, lost: &mut Vec<String>) -> Pools {
        fresh.written_off = old.written_off;
        fresh.amount.iter_mut().for_each(|a| *a = 0.0);
        // Pools that only the new setup can fill begin as it says.
        for (pool, amount) in &self.now.initial {
            if let (Some(i), None) = (fresh.find(*pool), old.find(*pool)) {
                fresh.amount[i] += amount;
            }
        }
        for (pool, amount) in old.list.iter().zip(&old.amount) {
            match fresh.find(*pool) {
                Some(i) => fresh.amount[i] = *amount,
                None if *amount > 0.0 => lost.push(format!("{} holds something", self.pool(pool))),
                None => {}
            }
        }
        for chain in &old.chains {
            let to = self.flows[usize::from(chain.flow)].zip(fresh.find(old.list[chain.into]));
            let to = to.and_then(|(flow, into)| fresh.chain(flow, into));
            match to {
                Some(c) if fresh.chains[c].stages.len() == chain.stages.len() => {
                    fresh.chains[c].stages.clone_from(&chain.stages);
                }
                _ if chain.stages.iter().any(|a| *a > 0.0) => {
                    let flow = &self.then.flows[usize::from(chain.flow)].id;
                    lost.push(format!("flow.{flow} (with its delay and stages) has something under way"));
                }
                _ => {}
            }
        }
        for (turnover, to) in old.turnover.iter().zip(&self.flows) {
            if let Some(to) = to {
                fresh.turnover[*to] = *turnover;
            }
        }
        fresh
    }

    fn pool(&self, pool: &Pool) -> String {
        let species = match pool.species {
            Species::Cell(c) => &self.then.cell_types[c.index()].id,
            Species::Substrate(s) => &self.then.substrates[s.index()].id,
            Species::Antigen(a) => &self.then.traits[a.index()].id,
        };
        format!("{}.{species}", self.then.compartments[pool.compartment.index()].id)
    }

    /// Counts by line, as another keeper of books has them.
    pub fn counts<T: Copy>(&self, counts: &BTreeMap<Entry, T>) -> BTreeMap<Entry, T> {
        counts.iter().filter_map(|(entry, n)| Some((self.entry(entry)?, *n))).collect()
    }
}
