//! Receptors: how strongly a bearer is activated by what it touches or by a ligand at its site.
//!
//! Effective density of an antigen on a target: e = x * p / p_at (p the presenter's value, absent: e = x). Exposure
//! E = e * c / c_at with c the bearer's copies. Activation r = response(E). Of several antigens the strongest counts;
//! a clonal receptor sees only its own.

use super::plan::Plan;
use super::{Cells, State};
use crate::math;
use crate::model::{Binds, Gate, ReceptorId, Response, Setup, TraitId};

/// r of a response, in single precision; the same formula as `Response::value`.
#[inline]
pub fn respond(response: &Response, s: f32) -> f32 {
    match *response {
        Response::Hill { half, power } => math::hill32(s, half as f32, power as f32),
        _ => response.value(f64::from(s)) as f32,
    }
}

/// Copies of a receptor on a cell relative to the reference: c / c_at, 1 where no copies are asked for.
#[inline]
pub fn copies(
    setup: &Setup,
    plan: &Plan,
    receptor: ReceptorId,
    layer: usize,
    cells: &Cells,
    cell: usize,
) -> f32 {
    let r = &setup.receptors[receptor.index()];
    match (r.copies, plan.receptors[receptor.index()].copies[layer]) {
        (None, _) => 1.0,
        (Some(_), Some(column)) => cells.traits[column][cell] / r.copies_at as f32,
        (Some(_), None) => 0.0,
    }
}

/// Strongest activation of a bearer's antigen receptor by one target, and the antigen that gave it.
pub fn activation(
    setup: &Setup,
    plan: &Plan,
    receptor: ReceptorId,
    copies: f32,
    clone: u8,
    target: (usize, &Cells, usize),
) -> (f32, Option<TraitId>) {
    let r = &setup.receptors[receptor.index()];
    let (layer, cells, cell) = target;
    let antigens = &plan.receptors[receptor.index()].antigens;
    let seen = if r.clonal {
        let own = usize::from(clone);
        if own < antigens.len() { &antigens[own..=own] } else { &antigens[..0] }
    } else {
        &antigens[..]
    };
    let mut best = (0.0f32, None);
    for antigen in seen {
        let Some(column) = antigen.columns[layer] else { continue };
        let mut e = cells.traits[column][cell];
        if let Some(presenter) = &antigen.presenter {
            let p = presenter[layer].map_or(0.0, |c| cells.traits[c][cell]);
            e *= p / antigen.presented_at;
        }
        let value = respond(&r.response, e * copies);
        if value > best.0 {
            best = (value, Some(antigen.of));
        }
    }
    best
}

/// Activation of a substrate receptor by the ligand at its bearer's site.
pub fn ligand(setup: &Setup, state: &State, receptor: ReceptorId, copies: f32, site: usize) -> f32 {
    let r = &setup.receptors[receptor.index()];
    match r.binds {
        Binds::Substrate(s) => state.field(s).map_or(0.0, |field| respond(&r.response, field[site] * copies)),
        Binds::Antigens(_) => 0.0,
    }
}

/// The gate of an interaction between one actor and one target: R and the antigen with the largest r under all or any.
pub fn gate(
    setup: &Setup,
    plan: &Plan,
    gate: &Gate,
    actor: (usize, &Cells, usize),
    target: (usize, &Cells, usize),
) -> (f32, Option<TraitId>) {
    let (layer, cells, cell) = actor;
    let bears = &plan.types[cells.kind[cell].index()].bears;
    let mut best: (f32, Option<TraitId>) = (0.0, None);
    let mut one = |receptor: ReceptorId, counts: bool| {
        // What the actor does not bear is not activated.
        if !bears[receptor.index()] {
            return 0.0;
        }
        let c = copies(setup, plan, receptor, layer, cells, cell);
        let (r, antigen) = activation(setup, plan, receptor, c, cells.clone[cell], target);
        if counts && r > best.0 {
            best = (r, antigen);
        }
        r
    };
    let mut total = 1.0f32;
    for receptor in &gate.all {
        total *= one(*receptor, true);
    }
    if !gate.any.is_empty() {
        let mut missed = 1.0f32;
        for receptor in &gate.any {
            missed *= 1.0 - one(*receptor, true);
        }
        total *= 1.0 - missed;
    }
    for receptor in &gate.none {
        total *= 1.0 - one(*receptor, false);
    }
    (total, best.1)
}
