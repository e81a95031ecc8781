//! What nobody uses changes nothing: draws belong to ids and lineages, not to places in lists.

use super::*;
use crate::model::fixture::{BLOOD, EXHAUSTION, KILL, NEO, OXYGEN};
use crate::model::{
    CellType, Dose, DoseTarget, FlowKind, FlowPlace, InteractionKind, Origin, Part, Pool, Product, ProductId,
    Signal, SignalId, Species, States, Term, TraitDynamics,
};
use crate::random::{Draw, Key};
use std::collections::BTreeMap;

/// Divisions, deaths, movers, killers, arrivals and doses; with `extra` everything that is listed has an unused entry
/// before it: a cell type, a product, a place, a flow, a rule that never acts. All ids of the others then change.
fn scenario(extra: bool) -> Setup {
    let mut setup = fixture::setup(40, 40);
    let shift = u16::from(extra);
    let (tumor, t_cell, car) = (CellTypeId(shift), CellTypeId(1 + shift), ProductId(shift));
    if extra {
        let unused = CellType { id: "a_type".into(), ..setup.cell_types[0].clone() };
        setup.cell_types.insert(0, unused);
        setup.products.insert(0, Product { id: "a_product".into(), viability: 0.5, parts: vec![] });
    }
    setup.signals = vec![Signal::Time, Signal::Crowding];
    let of_crowding = |rule: &str, above: f64| Term {
        rule: rule.into(),
        all: vec![crate::model::Condition {
            signal: SignalId(1),
            response: crate::model::Response::Above { above },
        }],
        any: vec![],
        none: vec![],
        target: 0.3,
        live: true,
        dead: false,
    };
    let mut rate = Law { base: 0.002, scale: vec![of_crowding("crowded", 0.5)], ..Law::default() };
    if extra {
        rate.scale.insert(0, of_crowding("a_rule", 2.0));
        rate.decrease.insert(0, of_crowding("b_rule", 3.0));
    }
    let divide = Hazard { to: (), rate, purpose: Purpose::of("divide") };
    let cell = &mut setup.cell_types[tumor.index()];
    cell.push = 2;
    cell.remains = 100.0;
    cell.behaviors.divide = Some(divide);
    cell.behaviors.die = vec![hazard("apoptosis".to_string(), 0.0005, "die")];
    cell.behaviors.movement = Some(wander(0.2));
    cell.behaviors.secrete = vec![(OXYGEN, Law::constant(1e-3))];
    cell.traits[0].1 = Draw::of(crate::random::Distribution::Lognormal { median: 2.0, sigma: 0.4 });
    let cell = &mut setup.cell_types[t_cell.index()];
    cell.behaviors.movement = Some(Movement { toward: vec![(OXYGEN, Law::constant(0.4))], ..wander(3.0) });
    cell.behaviors.dynamics =
        vec![TraitDynamics { of: EXHAUSTION, gain: Law::constant(1e-4), loss: Law::constant(1e-3) }];
    let kill = &mut setup.interactions[KILL.index()];
    kill.kind = InteractionKind::Kill { damage: NEO, hit: 1.0, lethal: 2.2 };
    kill.rate = vec![Law::constant(0.001)];
    kill.on = States { live: true, dead: false };
    (kill.actors, kill.targets) = (vec![t_cell], vec![tumor]);
    for (pool, amount) in &mut setup.initial {
        if let Species::Cell(cell) = &mut pool.species {
            (*cell, *amount) = (t_cell, 20_000.0);
        }
    }
    let arriving = |id: &str| crate::model::Flow {
        via: vec![tumor],
        from: FlowPlace::Pool { compartment: BLOOD, species: vec![Species::Cell(t_cell)] },
        to: FlowPlace::Tissue { species: vec![Species::Cell(t_cell)] },
        ..super::border::flow(id, FlowKind::Enter, 0.002)
    };
    setup.compartments[0].volume = 2e9;
    setup.flows = vec![arriving("t_entry")];
    setup.products[car.index()].parts = vec![Part {
        id: "car".into(),
        cell: Some(t_cell),
        substrate: None,
        share: 1.0,
        traits: vec![(EXHAUSTION, Draw::constant(0.2))],
    }];
    setup.doses = vec![Dose {
        id: "car".into(),
        purpose: Purpose::of("dose.car"),
        product: car,
        amount: 60.0,
        at: Trigger::At(vec![120.0]),
        into: DoseTarget::Tissue(everywhere()),
        over: 300.0,
    }];
    setup.places = vec![place("tumor", tumor, 150.0, Pattern::Packed)];
    if extra {
        setup.places.insert(0, place("a_place", CellTypeId(0), 0.0, Pattern::Random));
        setup.flows.insert(0, crate::model::Flow { rate: Law::default(), ..arriving("a_flow") });
        let pool = Pool::of(BLOOD, Species::Cell(CellTypeId(0)));
        setup.initial.insert(0, (pool, 7.0));
    }
    setup
}

/// A cell by its names: type, origin, site, clone, heading, birth, death, bits of traits by id.
type Named = (String, String, u32, [u8; 2], [u32; 2], Vec<(u16, u32)>);

fn by_key(setup: &Setup, state: &State) -> BTreeMap<Key, Named> {
    let mut out = BTreeMap::new();
    for cells in &state.layers {
        for i in 0..cells.len() {
            let origin: Origin = cells.origin[i];
            let origin = origin.product().map_or("native", |p| &setup.products[p.index()].id);
            let kind = &setup.cell_types[cells.kind[i].index()];
            let values = cells.stored.iter().zip(&cells.traits);
            let carried = values.filter(|(t, _)| kind.traits.iter().any(|(of, _)| of == *t));
            let named = (
                kind.id.clone(),
                origin.to_string(),
                cells.site[i],
                [cells.clone[i], cells.heading[i]],
                [cells.birth[i], cells.death[i]],
                carried.map(|(t, column)| (t.0, column[i].to_bits())).collect(),
            );
            assert!(out.insert(cells.key[i], named).is_none());
        }
    }
    out
}

/// 60 steps, three seeds: every cell that lives in one world lives in the other, with the same bits.
#[test]
fn what_nobody_uses_changes_nothing() {
    let (plain, padded) = (scenario(false), scenario(true));
    for seed in 0..3 {
        let (a, b) = (run(&plain, seed, 60), run(&padded, seed, 60));
        let (cells, same) = (by_key(&plain, &a), by_key(&padded, &b));
        let of = |id: &str| cells.values().filter(|c| c.0 == id).count();
        let from = |id: &str| cells.values().filter(|c| c.1 == id).count();
        let seen = [of("tumor"), of("t_cell"), from("car")];
        assert!(seen[0] > 200 && seen[1] > 100 && seen[2] > 30, "too little happens: {seen:?}");
        assert!(a.ledger.counts.keys().any(|e| matches!(e.cause, Cause::Interaction { .. })));
        assert_eq!(cells, same, "seed {seed}");
        assert!(a.fields[0] == b.fields[0]);
    }
}
