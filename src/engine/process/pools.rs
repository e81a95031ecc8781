//! Compartments: flows between pools, at the pools' own pace.
//!
//! Rates are constant within a pool step. With growth rate a (times (1 - sum/capacity)+) and total exit rate K:
//! N' = N exp((a - K) dt); births and exits are booked in proportion a : K, exits split k_i / K. A delay is an Erlang
//! chain of equal stages with that mean; what is under way no flow or removal touches. `yield` multiplies on arrival.
//! A cell pool below half a cell that received nothing is set to zero and booked.

use crate::engine::signal::global;
use crate::engine::{Context, State};
use crate::math;
use crate::model::{Flow, FlowKind, FlowPlace, Pool, Signal, Species};

/// One pool step of `dt` minutes.
pub fn step(context: &Context, state: &mut State, dt: f64) {
    let setup = context.setup;
    let count = state.pools.list.len();
    let mut growth = vec![0.0f64; count];
    let mut exits: Vec<Vec<(usize, f64)>> = vec![Vec::new(); count];
    let mut arrivals = vec![0.0f64; count];
    let mut made: Vec<(usize, usize, f64, Option<usize>)> = Vec::new();
    for (f, flow) in setup.flows.iter().enumerate() {
        match flow.kind {
            FlowKind::Enter | FlowKind::Leave | FlowKind::Exchange => {}
            FlowKind::Grow => {
                let free = match (&flow.from, flow.capacity) {
                    (FlowPlace::Pool { compartment, .. }, Some(capacity)) => {
                        let left = 1.0 - state.pools.total(*compartment, &flow.shared) / capacity;
                        if left > 0.0 { left } else { 0.0 }
                    }
                    _ => 1.0,
                };
                for p in sources(state, flow) {
                    growth[p] += rate(context, state, flow, Some(p)) * free;
                }
            }
            FlowKind::Move | FlowKind::Lose => {
                for p in sources(state, flow) {
                    let k = rate(context, state, flow, Some(p));
                    if k > 0.0 {
                        exits[p].push((f, k));
                    }
                }
            }
            FlowKind::Make => {
                if matches!(flow.from, FlowPlace::Outside) {
                    for p in targets(state, flow) {
                        made.push((f, p, rate(context, state, flow, None) * dt, None));
                    }
                } else {
                    for p in sources(state, flow) {
                        if let Some(to) = destination(context, state, flow, p) {
                            made.push((f, to, rate(context, state, flow, Some(p)), Some(p)));
                        }
                    }
                }
            }
        }
    }
    // Integral of N over the step: production, births and exits are proportional to it.
    let mut integral = vec![0.0f64; count];
    for p in 0..count {
        let n = state.pools.amount[p];
        let total: f64 = exits[p].iter().map(|(_, k)| k).sum();
        let net = (growth[p] - total) * dt;
        integral[p] = if math::abs(net) > 1e-12 { n * dt * math::expm1(net) / net } else { n * dt };
        state.pools.amount[p] = n + (growth[p] - total) * integral[p];
        for (f, k) in &exits[p] {
            let out = k * integral[p];
            state.pools.turnover[*f][0] += out;
            if setup.flows[*f].kind == FlowKind::Move
                && let Some(to) = destination(context, state, &setup.flows[*f], p)
            {
                send(state, *f, &setup.flows[*f], to, out, &mut arrivals);
            }
        }
    }
    for (f, to, amount, from) in made {
        let amount = from.map_or(amount, |p| amount * integral[p]);
        send(state, f, &setup.flows[f], to, amount, &mut arrivals);
    }
    advance_chains(context, state, dt, &mut arrivals);
    for p in 0..count {
        let amount = &mut state.pools.amount[p];
        *amount += arrivals[p];
        let cell = matches!(state.pools.list[p].species, Species::Cell(_));
        if cell && *amount < 0.5 && arrivals[p] == 0.0 && *amount != 0.0 {
            state.pools.written_off += *amount;
            *amount = 0.0;
        }
        if *amount < 1e-30 {
            *amount = 0.0;
        }
    }
}

/// Puts what left (or was made) on its way: into the chain of a delayed flow, else into the arrivals of this step.
fn send(state: &mut State, f: usize, flow: &Flow, to: usize, amount: f64, arrivals: &mut [f64]) {
    if let Some(chain) = state.pools.chains.iter_mut().find(|c| usize::from(c.flow) == f && c.into == to) {
        chain.stages[0] += amount;
    } else {
        arrivals[to] += amount * flow.yield_;
        state.pools.turnover[f][1] += amount * flow.yield_;
    }
}

/// Each stage passes on the share 1 - exp(-stages dt / delay), last stage first.
fn advance_chains(context: &Context, state: &mut State, dt: f64, arrivals: &mut [f64]) {
    for chain in &mut state.pools.chains {
        let flow = &context.setup.flows[usize::from(chain.flow)];
        let share = -math::expm1(-f64::from(flow.stages) * dt / flow.delay);
        for stage in (0..chain.stages.len()).rev() {
            let passed = chain.stages[stage] * share;
            chain.stages[stage] -= passed;
            if stage + 1 < chain.stages.len() {
                chain.stages[stage + 1] += passed;
            } else {
                arrivals[chain.into] += passed * flow.yield_;
                state.pools.turnover[usize::from(chain.flow)][1] += passed * flow.yield_;
            }
        }
    }
}

/// Pools that a flow starts from.
pub fn sources(state: &State, flow: &Flow) -> Vec<usize> {
    let FlowPlace::Pool { compartment, species } = &flow.from else { return Vec::new() };
    let of_origin = |p: &usize| flow.origin.is_none_or(|o| state.pools.list[*p].origin == o);
    state.pools.matching(*compartment, species).filter(of_origin).collect()
}

fn targets(state: &State, flow: &Flow) -> Vec<usize> {
    let FlowPlace::Pool { compartment, species } = &flow.to else { return Vec::new() };
    let native = |p: &usize| {
        flow.origin.map_or(state.pools.list[*p].origin.index() == 0, |o| state.pools.list[*p].origin == o)
    };
    state.pools.matching(*compartment, species).filter(native).collect()
}

/// Where a pool's content arrives: same origin, same clone where the arriving type has clones.
fn destination(context: &Context, state: &State, flow: &Flow, from: usize) -> Option<usize> {
    let pool = state.pools.list[from];
    let FlowPlace::Pool { compartment, species: among } = &flow.to else { return None };
    let species = counterpart(&flow.from, &flow.to, pool.species).or_else(|| among.first().copied())?;
    let (origin, clone) = match species {
        Species::Cell(c) if context.setup.clones(c) > 1 => (pool.origin, pool.clone),
        Species::Cell(_) => (pool.origin, 0),
        _ => (crate::model::Origin::NATIVE, 0),
    };
    state.pools.find(Pool { compartment: *compartment, species, origin, clone })
}

/// The species on the other side: the same one where both sides list it, else by position, else the only one.
pub fn counterpart(from: &FlowPlace, to: &FlowPlace, species: Species) -> Option<Species> {
    let list = |place: &FlowPlace| match place {
        FlowPlace::Pool { species, .. } | FlowPlace::Tissue { species } => species.clone(),
        FlowPlace::Outside => Vec::new(),
    };
    let (from, to) = (list(from), list(to));
    if to.contains(&species) {
        return Some(species);
    }
    let at = from.iter().position(|s| *s == species)?;
    if to.len() == from.len() { to.get(at).copied() } else { to.first().copied() }
}

/// The flow's rate, bent by rules that read compartments, times and the pool's own clone.
pub fn rate(context: &Context, state: &State, flow: &Flow, pool: Option<usize>) -> f64 {
    flow.rate.value(true, &mut |id| match &context.setup.signals[id.index()] {
        Signal::Cognate(compartment) => {
            let Some(Pool { species: Species::Cell(cell), clone, .. }) = pool.map(|p| state.pools.list[p])
            else {
                return 0.0;
            };
            let antigens = context.setup.clonal_antigens(cell).unwrap_or(&[]);
            antigens
                .get(usize::from(clone))
                .map_or(0.0, |a| state.pools.total(*compartment, &[Species::Antigen(*a)]))
        }
        signal => global(context.setup, state, signal),
    })
}
