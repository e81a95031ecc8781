//! New cells: initial values of placed and arriving cells, and what daughters inherit.

use super::decide::bounded;
use crate::engine::planted::Bug;
use crate::engine::{Cell, Cells, Context};
use crate::math;
use crate::model::{CellTypeId, Inherit, Origin, TraitId};
use crate::random::{Distribution, Draw, Key, purposes};

/// A founder or an arrival: each trait from `overrides`, else from its origin's product, else from its type.
pub fn founder(
    context: &Context,
    cells: &Cells,
    identity: (Key, u32),
    kind: CellTypeId,
    origin: Origin,
    clone: Option<u8>,
    overrides: &[(TraitId, Draw)],
) -> Cell {
    let (key, step) = identity;
    let setup = context.setup;
    let cell_type = &setup.cell_types[kind.index()];
    let part = origin.product().and_then(|p| {
        let parts = &setup.products[p.index()].parts;
        // Parts of the arriving type, or all of them where the type is a descendant of what was infused.
        let own: Vec<_> = parts.iter().filter(|part| part.cell == Some(kind)).collect();
        let among = if own.is_empty() { parts.iter().filter(|p| p.cell.is_some()).collect() } else { own };
        let total: f64 = among.iter().map(|p| p.share).sum();
        let mut u = context.streams.uniform(key, step, purposes::PART, 0) * total;
        let last = among.last().copied();
        among
            .into_iter()
            .find(|p| {
                u -= p.share;
                u < 0.0
            })
            .or(last)
    });
    let traits = cells
        .stored
        .iter()
        .map(|of| {
            let find = |list: &[(TraitId, Draw)]| list.iter().find(|(t, _)| t == of).map(|(_, d)| d.clone());
            let carried = cell_type.traits.iter().any(|(t, _)| t == of);
            let draw = find(overrides)
                .or_else(|| part.and_then(|p| find(&p.traits)))
                .or_else(|| find(&cell_type.traits));
            match draw {
                Some(draw) if carried => initial(context, identity, *of, &draw),
                _ => 0.0,
            }
        })
        .collect();
    let clone = clone.unwrap_or_else(|| {
        let clones = f64::from(setup.clones(kind));
        (context.streams.uniform(key, step, purposes::CLONE, 0) * clones) as u8
    });
    Cell { site: 0, key, kind, origin, clone, birth: step, traits }
}

fn initial(context: &Context, (key, step): (Key, u32), of: TraitId, draw: &Draw) -> f32 {
    let value = if draw.is_constant() {
        draw.sample([0.5, 0.0])
    } else {
        let purpose = context.plan.trait_purposes[of.index()];
        draw.sample([0, 1].map(|sub| context.streams.uniform(key, step, purpose, sub)))
    };
    within_bounds(context, of, value as f32)
}

fn within_bounds(context: &Context, of: TraitId, value: f32) -> f32 {
    let of = &context.setup.traits[of.index()];
    bounded(value, of.min as f32, of.max.map_or(f32::INFINITY, |m| m as f32))
}

/// Turns the mother into her first daughter, in place, and returns the second.
pub fn daughters(context: &Context, cells: &mut Cells, mother: usize, step: u32) -> Cell {
    let key = cells.key[mother];
    let keys = [Key::daughter(key, step, 0), Key::daughter(key, step, 1)];
    let kind = cells.kind[mother];
    let mut second = Vec::with_capacity(cells.stored.len());
    for (column, of) in cells.stored.iter().enumerate() {
        let value = cells.traits[column][mother];
        if context.plan.types[kind.index()].carries[column] {
            let [a, b] = keys.map(|key| inherited(context, key, step, kind, *of, value));
            cells.traits[column][mother] = a;
            second.push(b);
        } else {
            second.push(value);
        }
    }
    cells.key[mother] = keys[0];
    cells.birth[mother] = step;
    Cell {
        site: 0,
        key: keys[1],
        kind,
        origin: cells.origin[mother],
        clone: cells.clone[mother],
        birth: step,
        traits: second,
    }
}

fn inherited(context: &Context, key: Key, step: u32, kind: CellTypeId, of: TraitId, mother: f32) -> f32 {
    let setup = context.setup;
    let rule = &setup.traits[of.index()];
    let purpose = context.plan.trait_purposes[of.index()];
    let initial_draw = || {
        let cell_type = &setup.cell_types[kind.index()];
        cell_type.traits.iter().find(|(t, _)| *t == of).map_or(&rule.initial, |(_, d)| d)
    };
    let mut value = match rule.inherit {
        Inherit::Copy => mother,
        Inherit::Split if context.plan.has(Bug::SplitCopies) => mother,
        Inherit::Split => 0.5 * mother,
        Inherit::Increment => mother + 1.0,
        Inherit::Reset => initial_draw().sample([0.5, 0.0]) as f32,
        Inherit::Redraw => initial(context, (key, step), of, initial_draw()),
    };
    if rule.jitter > 0.0 && value > 0.0 {
        let z = Distribution::Normal { mean: 0.0, sd: 1.0 }
            .quantile(context.streams.uniform(key, step, purpose, 2));
        value *= math::exp(rule.jitter * z) as f32;
    }
    let slip = if context.plan.has(Bug::MutationMore) { 1.4 } else { 1.0 };
    if let Some(mutation) = rule.mutation
        && context.streams.uniform(key, step, purpose, 3) < slip * mutation.probability
    {
        value = mutation.to as f32;
    }
    within_bounds(context, of, value)
}
