//! Fields: cells secrete, take up and supply; vessels exchange with compartments; then every field is solved.
//!
//! `dc/dt = D lap(c) - loss c + source` with loss = decay + uptake + supply and exchange rates (1/min) and source =
//! secretion + supply rate x value (unit/min). Laws are read at the start of the step. Each layer touches a site at
//! most once, and layers are added in order, so the sums have one order.

use super::border::rates_at_doors;
use crate::engine::grid::Occupancy;
use crate::engine::plan::TypePlan;
use crate::engine::program::{CHUNK, Column, Program};
use crate::engine::receptor::copies;
use crate::engine::roster::Roster;
use crate::engine::signal::gather;
use crate::engine::{Context, Fault, State, View};
use crate::field::{Boundary, FieldError, Solver};
use crate::model::{FlowKind, FlowPlace, Pool, Setup, Species, SubstrateId};
use crate::par;
use tme_dispatch::wide;

/// Right-hand side and solver of one field.
pub struct FieldTerms {
    pub substrate: SubstrateId,
    pub solver: Solver<f32>,
    pub loss: Vec<f32>,
    pub source: Vec<f32>,
    /// Whether anything was added to the source in this step.
    fed: bool,
    /// What crosses to compartments in this step.
    exchanges: Vec<Exchange>,
}

impl FieldTerms {
    /// A field of zeros that nothing feeds stays zero: it need not be solved.
    fn is_silent(&self, values: &[f32], boundary: Boundary) -> bool {
        let dark = matches!(boundary, Boundary::NoFlux | Boundary::Fixed(0.0));
        !self.fed && dark && values.iter().all(|v| *v == 0.0)
    }
}

struct Exchange {
    flow: usize,
    pool: usize,
    /// Concentration in the pool that the doors see.
    concentration: f64,
    /// Site and rate of each door.
    sites: Vec<(u32, f32)>,
}

impl FieldTerms {
    pub fn new(context: &Context) -> Result<Vec<FieldTerms>, FieldError> {
        let Some(domain) = &context.setup.domain else { return Ok(Vec::new()) };
        let mut out = Vec::new();
        for id in &context.plan.fields {
            let s = &context.setup.substrates[id.index()];
            let Some(diffusion) = s.diffusion else { continue };
            let mut solver = Solver::new(&domain.lattice, diffusion, s.boundary, s.solver)?;
            if exchanged(context.setup, *id) {
                // What crosses a border in a step is read off the mean over its sub-steps.
                solver = solver.with_mean();
            }
            let zero = vec![0.0; domain.lattice.sites()];
            out.push(FieldTerms {
                substrate: *id,
                solver,
                loss: zero.clone(),
                source: zero,
                fed: false,
                exchanges: Vec::new(),
            });
        }
        Ok(out)
    }
}

fn exchanged(setup: &Setup, substrate: SubstrateId) -> bool {
    setup.flows.iter().any(|f| match (f.kind, &f.from, &f.to) {
        (FlowKind::Exchange, FlowPlace::Tissue { species }, _)
        | (FlowKind::Exchange, _, FlowPlace::Tissue { species }) => {
            species.contains(&Species::Substrate(substrate))
        }
        _ => false,
    })
}

/// Assembles and solves every field over one step. Fails where a concentration is no longer a number.
pub fn diffuse(
    context: &Context,
    state: &mut State,
    occupancy: &[Occupancy],
    roster: &Roster,
    fields: &mut [FieldTerms],
) -> Result<(), Fault> {
    for field in fields.iter_mut() {
        field.loss.fill(context.setup.substrates[field.substrate.index()].decay as f32);
        field.source.fill(0.0);
        field.fed = false;
        field.exchanges.clear();
    }
    if let Some(view) = View::new(context, state, occupancy, roster) {
        for layer in 0..state.layers.len() {
            cells_exchange(&view, layer, fields);
        }
        vessels_exchange(&view, fields);
    }
    let dt = context.setup.clock.step;
    let mut work: Vec<(&mut FieldTerms, Vec<f32>, bool)> = Vec::new();
    for field in fields.iter_mut() {
        let s = field.substrate.index();
        if let Some(values) = state.fields[s].take() {
            let silent = field.is_silent(&values, context.setup.substrates[s].boundary);
            work.push((field, values, silent));
        }
    }
    let solved = &state.solved;
    par::for_each_mut(&mut work, |_, (field, values, silent)| {
        if *silent {
            return;
        }
        if solved[field.substrate.index()] {
            field.solver.solve(values, &field.loss, &field.source, dt);
        } else {
            field.solver.solve_cold(values, &field.loss, &field.source, dt);
        }
    });
    let mut fault = None;
    for (field, values, silent) in work {
        let s = field.substrate.index();
        if !silent {
            state.solved[s] = true;
            if let Some(site) = first_that_is_no_number(&values) {
                let what = format!("concentration of {} at site {site}", context.setup.substrates[s].id);
                fault = fault.or(Some(Fault { step: state.step, what }));
            }
            settle_exchange(context, state, field, &values);
        }
        state.fields[s] = Some(values);
    }
    fault.map_or(Ok(()), Err)
}

fn first_that_is_no_number(values: &[f32]) -> Option<usize> {
    // A sum of finite values times zero is zero; anything else makes it NaN. Only then is the site searched for.
    let finite = |part: &[f32]| wide!(part.iter().fold(0.0f32, |sum, v| sum + v * 0.0)) == 0.0;
    if values.chunks(4096).all(finite) { None } else { values.iter().position(|v| !v.is_finite()) }
}

/// Secretion, uptake, supply and receptor uptake of one layer's cells.
fn cells_exchange(view: &View, layer: usize, fields: &mut [FieldTerms]) {
    for kind in &view.plan.in_layer[layer] {
        let plan = &view.plan.types[kind.index()];
        if !plan.exchange.is_empty() || !plan.ligands.is_empty() {
            exchange(view, layer, plan, view.roster.live(*kind), true, fields);
        }
        if plan.exchange.serves_dead() {
            exchange(view, layer, plan, view.roster.dead(*kind), false, fields);
        }
    }
}

/// What live or dead cells of one type add to the fields.
fn exchange(
    view: &View,
    layer: usize,
    plan: &TypePlan,
    members: &[u32],
    live: bool,
    fields: &mut [FieldTerms],
) {
    let cells = &view.state.layers[layer];
    let values = evaluate(view, &plan.exchange, layer, members, live);
    let find = |fields: &[FieldTerms], s: SubstrateId| fields.iter().position(|f| f.substrate == s);
    for (s, output) in &plan.secrete {
        let Some(f) = find(fields, *s) else { continue };
        fields[f].fed |= scatter(&mut fields[f].source, &cells.site, members, &values, *output, 1.0);
    }
    for (s, output) in &plan.uptake {
        let Some(f) = find(fields, *s) else { continue };
        scatter(&mut fields[f].loss, &cells.site, members, &values, *output, 1.0);
    }
    for (s, output, to) in &plan.supply {
        let Some(f) = find(fields, *s) else { continue };
        scatter(&mut fields[f].loss, &cells.site, members, &values, *output, 1.0);
        fields[f].fed |= scatter(&mut fields[f].source, &cells.site, members, &values, *output, *to);
    }
    for (receptor, s) in plan.ligands.iter().filter(|_| live) {
        let Some(f) = find(fields, *s) else { continue };
        let uptake = view.setup.receptors[receptor.index()].uptake as f32;
        for cell in members {
            let c = copies(view.setup, view.plan, *receptor, layer, cells, *cell as usize);
            fields[f].loss[cells.site[*cell as usize] as usize] += c * uptake;
        }
    }
}

/// Adds one output of a program, times a factor, at the sites of its cells. Whether anything was added.
fn scatter(
    to: &mut [f32],
    site: &[u32],
    members: &[u32],
    values: &[Vec<Column>],
    output: usize,
    factor: f32,
) -> bool {
    let mut any = false;
    for (chunk, outputs) in members.chunks(CHUNK).zip(values) {
        for (cell, value) in chunk.iter().zip(&outputs[output]) {
            let added = value * factor;
            any |= added != 0.0;
            to[site[*cell as usize] as usize] += added;
        }
    }
    any
}

/// Outputs of a program for all members, by chunk.
fn evaluate(view: &View, program: &Program, layer: usize, members: &[u32], live: bool) -> Vec<Vec<Column>> {
    par::map_chunks(members.len(), CHUNK, |range| {
        let (mut columns, mut out) = (Vec::new(), Vec::new());
        let chunk = &members[range];
        gather(view, program, layer, chunk, &mut columns);
        program.run(live, chunk.len(), &columns, &mut out);
        out
    })
}

/// Exchange flows: at a door site the flux is k/phi (C_pool - c), as a supply with the pool's concentration. The doors
/// see no more than the pool can pay for in the step.
fn vessels_exchange(view: &View, fields: &mut [FieldTerms]) {
    for (f, flow) in view.setup.flows.iter().enumerate() {
        if flow.kind != FlowKind::Exchange {
            continue;
        }
        let ((FlowPlace::Tissue { species }, FlowPlace::Pool { compartment, .. })
        | (FlowPlace::Pool { compartment, .. }, FlowPlace::Tissue { species })) = (&flow.from, &flow.to)
        else {
            continue;
        };
        let Some(Species::Substrate(substrate)) = species.first().copied() else { continue };
        let Some(field) = fields.iter_mut().find(|field| field.substrate == substrate) else { continue };
        let Some(pool) = view.state.pools.find(Pool::of(*compartment, Species::Substrate(substrate))) else {
            continue;
        };
        let phi = view.state.door_share(view.setup, f);
        if phi <= 0.0 {
            continue;
        }
        let mut sites = rates_at_doors(view, f);
        sites.iter_mut().for_each(|(_, k)| *k /= phi as f32);
        let volume = view.setup.compartments[compartment.index()].volume;
        let per = view.setup.substrates[substrate.index()].amount_per_unit;
        let held = view.state.pools.amount[pool];
        let concentration = affordable(view, substrate, &sites, held, held / (volume * per));
        field.fed |= concentration > 0.0;
        for (site, rate) in &sites {
            field.loss[*site as usize] += rate;
            field.source[*site as usize] += rate * concentration as f32;
        }
        field.exchanges.push(Exchange { flow: f, pool, concentration, sites });
    }
}

/// The largest concentration up to that of the pool at which a step cannot take more than the pool holds, even if the
/// tissue stayed as it is.
fn affordable(
    view: &View,
    substrate: SubstrateId,
    sites: &[(u32, f32)],
    held: f64,
    concentration: f64,
) -> f64 {
    let Some(field) = view.state.field(substrate) else { return concentration };
    let step = amount_per_flux(view.setup, view.state, substrate);
    let (mut demand, mut gross) = (0.0f64, 0.0f64);
    for (site, rate) in sites {
        let gap = concentration - f64::from(field[*site as usize]);
        gross += f64::from(*rate);
        demand += f64::from(*rate) * if gap > 0.0 { gap } else { 0.0 };
    }
    if demand * step <= held {
        return concentration;
    }
    let limited = concentration - (demand - held / step) / gross;
    if limited > 0.0 { limited } else { 0.0 }
}

/// Amount on the pool's side of a flux of 1 (concentration per min, one site) over a step: w times the site's volume.
fn amount_per_flux(setup: &Setup, state: &State, substrate: SubstrateId) -> f64 {
    let volume = setup.domain.as_ref().map_or(0.0, |d| d.lattice.site_volume());
    state.weight * volume * setup.substrates[substrate.index()].amount_per_unit * setup.clock.step
}

/// What crossed the border in the step: at the concentrations that the losses of the step acted on.
fn settle_exchange(context: &Context, state: &mut State, field: &FieldTerms, values: &[f32]) {
    let step = amount_per_flux(context.setup, state, field.substrate);
    let values = field.solver.mean().unwrap_or(values);
    for exchange in &field.exchanges {
        let mut flux = 0.0f64;
        for (site, rate) in &exchange.sites {
            flux += f64::from(*rate) * (f64::from(values[*site as usize]) - exchange.concentration);
        }
        let change = flux * step;
        let left = state.pools.amount[exchange.pool] + change;
        state.pools.amount[exchange.pool] = if left > 0.0 { left } else { 0.0 };
        let side = usize::from(change > 0.0);
        state.pools.turnover[exchange.flow][side] += if change > 0.0 { change } else { -change };
    }
}
