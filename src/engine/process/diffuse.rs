//! Fields: cells secrete, take up and supply; vessels exchange with compartments; then every field is solved.
//!
//! `dc/dt = D lap(c) - loss c + source` with loss = decay + uptake + supply and exchange rates (1/min) and source =
//! secretion + supply rate x value (unit/min). Laws are read at the start of the step. Each layer touches a site at
//! most once, and layers are added in order, so the sums have one order.

use crate::engine::program::{CHUNK, Column, Program};
use crate::engine::receptor::copies;
use crate::engine::signal::gather;
use crate::engine::{Context, Fault, State, View};
use crate::field::{Boundary, FieldError, Solver};
use crate::model::{FlowKind, FlowPlace, Origin, Pool, Species, SubstrateId};
use crate::par;

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
    concentration: f64,
    sites: Vec<(u32, f32)>,
}

impl FieldTerms {
    pub fn new(context: &Context) -> Result<Vec<FieldTerms>, FieldError> {
        let Some(domain) = &context.setup.domain else { return Ok(Vec::new()) };
        let mut out = Vec::new();
        for id in &context.plan.fields {
            let s = &context.setup.substrates[id.index()];
            let Some(diffusion) = s.diffusion else { continue };
            let solver = Solver::new(&domain.lattice, diffusion, s.boundary, s.solver)?;
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

/// Assembles and solves every field over one step. Fails where a concentration is no longer a number.
pub fn diffuse(
    context: &Context,
    state: &mut State,
    occupancy: &[crate::engine::grid::Occupancy],
    fields: &mut [FieldTerms],
) -> Result<(), Fault> {
    for field in fields.iter_mut() {
        field.loss.fill(context.setup.substrates[field.substrate.index()].decay as f32);
        field.source.fill(0.0);
        field.fed = false;
        field.exchanges.clear();
    }
    if let Some(view) = View::new(context, state, occupancy) {
        for layer in 0..state.layers.len() {
            cells_exchange(&view, layer, fields);
        }
        vessels_exchange(&view, fields);
    }
    let dt = context.setup.clock.step;
    let cold = !state.solved;
    let mut work: Vec<(&mut FieldTerms, Vec<f32>)> = Vec::new();
    for field in fields.iter_mut() {
        if let Some(values) = state.fields[field.substrate.index()].take() {
            work.push((field, values));
        }
    }
    par::for_each_mut(&mut work, |_, (field, values)| {
        if field.is_silent(values, context.setup.substrates[field.substrate.index()].boundary) {
            return;
        }
        if cold {
            field.solver.solve_cold(values, &field.loss, &field.source, dt);
        } else {
            field.solver.solve(values, &field.loss, &field.source, dt);
        }
    });
    let mut fault = None;
    for (field, values) in work {
        if let Some(site) = values.iter().position(|v| !v.is_finite()) {
            let name = context.setup.substrates[field.substrate.index()].id.clone();
            fault = fault.or(Some(Fault {
                step: state.step,
                what: format!("concentration of {name} at site {site}"),
            }));
        }
        settle_exchange(context, state, field, &values);
        state.fields[field.substrate.index()] = Some(values);
    }
    state.solved = true;
    fault.map_or(Ok(()), Err)
}

/// Secretion, uptake, supply and receptor uptake of one layer's cells.
fn cells_exchange(view: &View, layer: usize, fields: &mut [FieldTerms]) {
    let cells = &view.state.layers[layer];
    for kind in &view.plan.in_layer[layer] {
        let plan = &view.plan.types[kind.index()];
        if plan.exchange.is_empty() && plan.ligands.is_empty() {
            continue;
        }
        for live in [true, false] {
            if !live && !plan.exchange.serves_dead() {
                continue;
            }
            let members: Vec<u32> = (0..cells.len())
                .filter(|c| cells.kind[*c] == *kind && cells.alive(*c) == live)
                .map(|c| c as u32)
                .collect();
            let values = evaluate(view, &plan.exchange, layer, &members, live);
            let find = |fields: &[FieldTerms], s: SubstrateId| fields.iter().position(|f| f.substrate == s);
            for (s, output) in &plan.secrete {
                let Some(f) = find(fields, *s) else { continue };
                let fed = scatter(&mut fields[f].source, &cells.site, &members, &values, *output, 1.0);
                fields[f].fed |= fed;
            }
            for (s, output) in &plan.uptake {
                let Some(f) = find(fields, *s) else { continue };
                scatter(&mut fields[f].loss, &cells.site, &members, &values, *output, 1.0);
            }
            for (s, output, to) in &plan.supply {
                let Some(f) = find(fields, *s) else { continue };
                scatter(&mut fields[f].loss, &cells.site, &members, &values, *output, 1.0);
                let fed = scatter(&mut fields[f].source, &cells.site, &members, &values, *output, *to);
                fields[f].fed |= fed;
            }
            if live {
                for (receptor, s) in &plan.ligands {
                    let Some(f) = find(fields, *s) else { continue };
                    let uptake = view.setup.receptors[receptor.index()].uptake as f32;
                    for cell in &members {
                        let c = copies(view.setup, view.plan, *receptor, layer, cells, *cell as usize);
                        fields[f].loss[cells.site[*cell as usize] as usize] += c * uptake;
                    }
                }
            }
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

/// Exchange flows: at a door site the flux is k/phi (C_pool - c), as a supply with the pool's concentration.
fn vessels_exchange(view: &View, fields: &mut [FieldTerms]) {
    for (f, flow) in view.setup.flows.iter().enumerate() {
        let (FlowKind::Exchange, Some(program)) = (flow.kind, &view.plan.doors[f]) else { continue };
        let ((FlowPlace::Tissue { species }, FlowPlace::Pool { compartment, .. })
        | (FlowPlace::Pool { compartment, .. }, FlowPlace::Tissue { species })) = (&flow.from, &flow.to)
        else {
            continue;
        };
        let Some(Species::Substrate(substrate)) = species.first().copied() else { continue };
        let Some(field) = fields.iter_mut().find(|field| field.substrate == substrate) else { continue };
        let pool = Pool {
            compartment: *compartment,
            species: Species::Substrate(substrate),
            origin: Origin::NATIVE,
            clone: 0,
        };
        let Some(pool) = view.state.pools.find(pool) else { continue };
        let volume = view.setup.compartments[compartment.index()].volume;
        let per = view.setup.substrates[substrate.index()].amount_per_unit;
        let concentration = view.state.pools.amount[pool] / (volume * per);
        field.fed |= concentration > 0.0;
        let mut sites = Vec::new();
        for via in &flow.via {
            let layer = view.setup.cell_types[via.index()].layer.index();
            let cells = &view.state.layers[layer];
            let members: Vec<u32> = (0..cells.len())
                .filter(|c| cells.kind[*c] == *via && cells.alive(*c))
                .map(|c| c as u32)
                .collect();
            let phi = view.state.door_share[via.index()];
            if phi <= 0.0 {
                continue;
            }
            let values = evaluate(view, program, layer, &members, true);
            for (chunk, outputs) in members.chunks(CHUNK).zip(&values) {
                for (i, cell) in chunk.iter().enumerate() {
                    let rate = outputs[0][i] / phi as f32;
                    let site = cells.site[*cell as usize];
                    field.loss[site as usize] += rate;
                    field.source[site as usize] += rate * concentration as f32;
                    sites.push((site, rate));
                }
            }
        }
        field.exchanges.push(Exchange { flow: f, pool, concentration, sites });
    }
}

/// What crossed the border in the step, at the new concentrations: w times the site volume on the pool's side.
fn settle_exchange(context: &Context, state: &mut State, field: &FieldTerms, values: &[f32]) {
    let Some(domain) = &context.setup.domain else { return };
    let per = context.setup.substrates[field.substrate.index()].amount_per_unit;
    let amount = state.weight * domain.lattice.site_volume() * per * context.setup.clock.step;
    for exchange in &field.exchanges {
        let mut flux = 0.0f64;
        for (site, rate) in &exchange.sites {
            flux += f64::from(*rate) * (f64::from(values[*site as usize]) - exchange.concentration);
        }
        let change = flux * amount;
        let left = state.pools.amount[exchange.pool] + change;
        state.pools.amount[exchange.pool] = if left > 0.0 { left } else { 0.0 };
        let side = usize::from(change > 0.0);
        state.pools.turnover[exchange.flow][side] += if change > 0.0 { change } else { -change };
    }
}
