//! Compartments: flows between pools, at the pools' own pace.
//!
//! Rates are constant within a pool step. With growth rate a (times (1 - sum/capacity)+) and total exit rate K:
//! N' = N exp((a - K) dt); births and exits are booked in proportion a : K, exits split k_i / K. A delay is an Erlang
//! chain of equal stages with that mean; what is under way no flow or removal touches. `yield` multiplies on arrival.
//! A cell pool below half a cell that received nothing is set to zero and booked.

use crate::engine::planted::Bug;
use crate::engine::signal::global;
use crate::engine::{Chain, Context, State};
use crate::math;
use crate::model::{Flow, FlowKind, FlowPlace, Pool, Signal, Species};

/// Columns by pool, and what leaves, kept from step to step so that none is made anew.
#[derive(Clone, Debug, Default)]
pub struct PoolScratch {
    growth: Vec<f64>,
    exit: Vec<f64>,
    /// Integral of N over the step: production, births and exits are proportional to it.
    integral: Vec<f64>,
    arrivals: Vec<f64>,
    /// (flow, entry of its sources, rate) of every exit, birth and production.
    rates: Vec<(usize, usize, f64)>,
    /// What enters each chain.
    entering: Vec<f64>,
}

/// One pool step of `dt` minutes.
pub fn step(context: &Context, state: &mut State, scratch: &mut PoolScratch, dt: f64) {
    rates(context, state, scratch);
    let PoolScratch { growth, exit, integral, arrivals, rates, entering } = scratch;
    for p in 0..growth.len() {
        let n = state.pools.amount[p];
        let net = (growth[p] - exit[p]) * dt;
        integral[p] = if math::abs(net) > 1e-12 { n * dt * math::expm1(net) / net } else { n * dt };
        state.pools.amount[p] = n + (growth[p] - exit[p]) * integral[p];
    }
    for (f, entry, rate) in rates.iter().copied() {
        let flow = &context.setup.flows[f];
        let plan = &context.plan.flows[f];
        // A source without a pool gives at its rate.
        let amount = rate * plan.sources.get(entry).map_or(dt, |p| integral[*p]);
        let turnover = &mut state.pools.turnover[f];
        if flow.kind == FlowKind::Grow {
            turnover[1] += amount;
            continue;
        }
        if flow.kind != FlowKind::Make {
            turnover[0] += amount;
        }
        match (plan.chains[entry], plan.destinations[entry]) {
            (Some(chain), _) => entering[chain] += amount,
            (None, Some(to)) => {
                arrivals[to] += amount * flow.yield_;
                turnover[1] += amount * flow.yield_;
            }
            (None, None) => {}
        }
    }
    for (chain, entered) in state.pools.chains.iter_mut().zip(entering.iter()) {
        let f = usize::from(chain.flow);
        let flow = &context.setup.flows[f];
        let slip = if context.plan.has(Bug::DelayShorter) { 1.05 } else { 1.0 };
        let hops = f64::from(flow.stages) * dt / flow.delay * slip;
        let arrived = advance(chain, *entered, hops) * flow.yield_;
        arrivals[chain.into] += arrived;
        state.pools.turnover[f][1] += arrived;
    }
    for p in 0..arrivals.len() {
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

/// Rates of all flows at the start of the step.
fn rates(context: &Context, state: &State, scratch: &mut PoolScratch) {
    let count = state.pools.list.len();
    for column in [&mut scratch.growth, &mut scratch.exit, &mut scratch.integral, &mut scratch.arrivals] {
        column.clear();
        column.resize(count, 0.0);
    }
    scratch.entering.clear();
    scratch.entering.resize(state.pools.chains.len(), 0.0);
    scratch.rates.clear();
    for (f, flow) in context.setup.flows.iter().enumerate() {
        let plan = &context.plan.flows[f];
        if !flow.kind.is_between_pools() {
            continue;
        }
        let free = match flow.capacity {
            Some(capacity) => {
                let held: f64 = plan.shared.iter().map(|p| state.pools.amount[*p]).sum();
                let left = 1.0 - held / capacity;
                if left > 0.0 { left } else { 0.0 }
            }
            None => 1.0,
        };
        if matches!(flow.from, FlowPlace::Outside) {
            let k = rate(context, state, flow, None);
            scratch.rates.extend((0..plan.destinations.len()).map(|entry| (f, entry, k)));
            continue;
        }
        for (entry, p) in plan.sources.iter().enumerate() {
            if state.pools.amount[*p] <= 0.0 {
                continue;
            }
            let k = rate(context, state, flow, Some(state.pools.list[*p])) * free;
            match flow.kind {
                FlowKind::Grow => scratch.growth[*p] += k,
                FlowKind::Move | FlowKind::Lose => scratch.exit[*p] += k,
                _ => {}
            }
            if k > 0.0 {
                scratch.rates.push((f, entry, k));
            }
        }
    }
}

/// One step of an Erlang chain whose stages are left at `hops` per step, with `entered` spread evenly over the step.
/// Returns what has come through. Exact: what stands in a stage passes a Poisson number of stages; what enters at a
/// uniform time passes m stages with probability P(N > m) / hops, N Poisson.
fn advance(chain: &mut Chain, entered: f64, hops: f64) -> f64 {
    let n = chain.stages.len();
    // P(N = m), and P(N > m) / hops.
    let (mut mass, mut beyond) = (math::exp(-hops), 1.0);
    let mut passes = Vec::with_capacity(n);
    for m in 0..n {
        beyond -= mass;
        let later = if beyond > 0.0 { beyond } else { 0.0 };
        passes.push((mass, later / hops));
        mass *= hops / (m + 1) as f64;
    }
    let before: f64 = chain.stages.iter().sum::<f64>() + entered;
    for stage in (0..n).rev() {
        let from_stages: f64 = (0..=stage).map(|m| chain.stages[stage - m] * passes[m].0).sum();
        chain.stages[stage] = from_stages + entered * passes[stage].1;
    }
    let through = before - chain.stages.iter().sum::<f64>();
    if through > 0.0 { through } else { 0.0 }
}

/// The flow's rate, bent by rules that read compartments, times and the pool's own clone.
pub fn rate(context: &Context, state: &State, flow: &Flow, pool: Option<Pool>) -> f64 {
    flow.rate.value(true, &mut |id| match &context.setup.signals[id.index()] {
        Signal::Cognate(compartment) => {
            let Some(Pool { species: Species::Cell(cell), clone, .. }) = pool else { return 0.0 };
            let antigens = context.setup.clonal_antigens(cell).unwrap_or(&[]);
            antigens
                .get(usize::from(clone))
                .map_or(0.0, |a| state.pools.total(*compartment, &[Species::Antigen(*a)]))
        }
        signal => global(context.setup, state, signal),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pulse(stages: usize) -> Chain {
        let mut chain = Chain { flow: 0, into: 0, stages: vec![0.0; stages] };
        chain.stages[0] = 1.0;
        chain
    }

    /// A pulse comes through by the Erlang distribution, whatever the step: 1 - exp(-t) (1 + t + t^2/2 + t^3/6).
    #[test]
    fn a_chain_delays_by_the_erlang_law_at_any_step() {
        let exact = |t: f64| 1.0 - math::exp(-t) * (1.0 + t + t * t / 2.0 + t * t * t / 6.0);
        for steps in [1, 3, 10, 1000] {
            let mut chain = pulse(4);
            let through: f64 = (0..steps).map(|_| advance(&mut chain, 0.0, 5.0 / f64::from(steps))).sum();
            assert!(math::abs(through - exact(5.0)) < 1e-12, "{steps}: {through}");
            let left: f64 = chain.stages.iter().sum();
            assert!(math::abs(through + left - 1.0) < 1e-12);
        }
    }

    /// A steady inflow over one step is the same as over many.
    #[test]
    fn an_even_inflow_is_split_exactly() {
        let run = |steps: u32| {
            let mut chain = pulse(3);
            chain.stages[0] = 0.0;
            let share = f64::from(steps);
            let through: f64 = (0..steps).map(|_| advance(&mut chain, 6.0 / share, 4.0 / share)).sum();
            (through, chain.stages)
        };
        let ((one, stages), (many, fine)) = (run(1), run(512));
        assert!(math::abs(one - many) < 1e-10, "{one} {many}");
        assert!(stages.iter().zip(&fine).all(|(a, b)| math::abs(a - b) < 1e-10), "{stages:?} {fine:?}");
    }
}
