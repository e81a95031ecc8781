//! Metamorphic relations held bit for bit: changes of the setup that must change nothing, on shared streams.

use super::worlds::{CYTOKINE, MACROPHAGE, everything, field, on, when};
use super::*;
use crate::engine::ledger::Count;
use crate::model::fixture::{BLOOD, EXHAUSTION, T_CELL, TCR, TUMOR};
use crate::model::{
    Attention, CellType, FlowKind, FlowPlace, InteractionKind, Pool as Amount, Receptor, Response, Signal,
    Species, Substrate,
};
use std::collections::BTreeMap;

/// What is there: cells with all that is theirs, fields, pools that are not empty, and what has happened to whom.
#[derive(Debug, PartialEq)]
struct Content {
    layers: Vec<Cells>,
    fields: Vec<Option<Vec<f32>>>,
    pools: Vec<(Amount, u64)>,
    counts: BTreeMap<Entry, Count>,
}

fn content(state: &State) -> Content {
    let pools = state.pools.list.iter().copied().zip(state.pools.amount.iter().map(|a| a.to_bits()));
    Content {
        layers: state.layers.clone(),
        fields: state.fields.clone(),
        pools: pools.filter(|p| p.1 != 0.0f64.to_bits()).collect(),
        counts: state.ledger.counts.clone(),
    }
}

const SIZES: [[usize; 3]; 2] = [[12, 12, 1], [6, 6, 6]];

/// The same bits as without a change, after each of 12 steps, 2D and 3D, two seeds.
#[track_caller]
fn expect_same(what: &str, one: impl Fn([usize; 3]) -> Setup, other: impl Fn([usize; 3]) -> Setup) {
    for size in SIZES {
        for seed in [3, 4] {
            let (one, other) = (one(size), other(size));
            let mut one = Simulation::new(&one, Streams { seed }).unwrap();
            let mut other = Simulation::new(&other, Streams { seed }).unwrap();
            for step in 0..12 {
                let (a, b) = (content(&one.state), content(&other.state));
                assert!(a == b, "{what}, step {step}, {size:?}");
                one.step().unwrap();
                other.step().unwrap();
            }
        }
    }
}

/// Doses of nothing are no doses; the doses themselves are something.
#[test]
fn a_dose_of_nothing_is_no_therapy() {
    let with = |share: f64| {
        move |size| {
            let mut setup = everything(size);
            setup.doses.iter_mut().for_each(|d| d.amount *= share);
            setup
        }
    };
    let without = |size| Setup { doses: vec![], ..everything(size) };
    expect_same("doses of nothing", with(0.0), without);
    let dosed = run(&with(1.0)(SIZES[0]), 3, 4);
    assert!(content(&dosed) != content(&run(&without(SIZES[0]), 3, 4)));
}

type Change = fn(&mut Setup);

/// What nobody meets, reads or does.
const IRRELEVANT: [(&str, Change); 9] = [
    ("a rule whose condition never holds", |setup| {
        let never = on(setup, Signal::Time, Response::Above { above: 1e12 });
        let term = when("never", 5.0, vec![never]);
        let b = &mut setup.cell_types[TUMOR.index()].behaviors;
        let rate = &mut b.divide.as_mut().unwrap().rate;
        for terms in [&mut rate.increase, &mut rate.decrease, &mut rate.scale, &mut b.die[0].rate.scale] {
            terms.push(term.clone());
        }
    }),
    ("a death and a conversion without a rate", |setup| {
        let b = &mut setup.cell_types[TUMOR.index()].behaviors;
        b.die.insert(0, hazard("a".into(), 0.0, "die.a"));
        b.convert = vec![hazard(MACROPHAGE, 0.0, "convert.never")];
    }),
    ("a contact without a rate", |setup| {
        let kind = InteractionKind::Engulf;
        setup.interactions.push(super::worlds::interaction("never", kind, T_CELL, TUMOR, 0.0));
    }),
    ("a contact that changes nothing", |setup| {
        let kind = InteractionKind::Touch;
        let mut idle = super::worlds::interaction("idle", kind, T_CELL, TUMOR, 1.0);
        idle.attention = Attention::One;
        setup.interactions.push(idle);
    }),
    ("a cell type that is nowhere", |setup| {
        let nowhere = CellType { id: "nowhere".into(), ..setup.cell_types[T_CELL.index()].clone() };
        setup.cell_types.push(nowhere);
    }),
    ("a receptor that no gate names", |setup| {
        let spare = Receptor { id: "spare".into(), clonal: false, ..setup.receptors[TCR.index()].clone() };
        setup.receptors.push(spare);
        setup.cell_types[T_CELL.index()].receptors.push(crate::model::ReceptorId(3));
    }),
    ("a flow without a rate", |setup| {
        let from = FlowPlace::Pool { compartment: BLOOD, species: vec![Species::Cell(T_CELL)] };
        setup.flows.push(super::worlds::flow("never", FlowKind::Lose, from, FlowPlace::Outside, 0.0));
    }),
    ("an observable and a trait that nobody reads", |setup| {
        fixture::count(setup, "n", TUMOR);
        setup
            .traits
            .push(crate::model::Trait { id: "spare".into(), ..setup.traits[EXHAUSTION.index()].clone() });
    }),
    ("a removal of none", |setup| {
        let none = crate::model::Removal {
            id: "none".into(),
            purpose: Purpose::of("removal.none"),
            share: 0.0,
            ..setup.removals[0].clone()
        };
        setup.removals.insert(0, none);
        // Surgery is booked by its number.
        setup.removals.swap(0, 1);
    }),
];

#[test]
fn what_is_irrelevant_changes_nothing() {
    for (what, change) in IRRELEVANT {
        let changed = |size| {
            let mut setup = everything(size);
            change(&mut setup);
            setup
        };
        expect_same(what, everything, changed);
    }
}

/// A substance that is secreted and that nobody feels is one more field, and changes nothing else.
#[test]
fn a_field_that_nobody_feels_changes_nothing_else() {
    for size in SIZES {
        let plain = everything(size);
        let mut more = everything(size);
        let extra = Substrate { id: "extra".into(), ..more.substrates[CYTOKINE.index()].clone() };
        more.substrates.push(extra);
        let extra = crate::model::SubstrateId(3);
        more.cell_types[TUMOR.index()].behaviors.secrete.push((extra, Law::constant(0.3)));
        let (one, mut other) = (run(&plain, 5, 6), run(&more, 5, 6));
        assert!(other.fields[3].as_ref().unwrap().iter().any(|c| *c > 0.1));
        other.fields.pop();
        assert!(content(&one) == content(&other), "{size:?}");
    }
}

/// A rate times time has no unit: all rates doubled and all times halved give the same bits, since a factor of two is exact.
#[test]
fn twice_as_fast_for_half_the_time_is_the_same() {
    let even = |size| {
        let mut setup = everything(size);
        // Both in one sub-step.
        field(&mut setup, CYTOKINE, 600.0, 0.02, 0.1);
        setup
    };
    let fast = |size| {
        let mut setup = even(size);
        hasten(&mut setup);
        setup
    };
    expect_same("twice as fast", even, fast);
}

fn hasten(setup: &mut Setup) {
    let double = |law: &mut Law| {
        law.base *= 2.0;
        law.increase.iter_mut().chain(&mut law.decrease).for_each(|t| t.target *= 2.0);
    };
    let halve = |at: &mut Trigger| {
        let Trigger::At(times) = at else { panic!("nobody waits") };
        times.iter_mut().for_each(|t| *t *= 0.5);
    };
    setup.clock.end *= 0.5;
    setup.clock.step *= 0.5;
    for s in &mut setup.substrates {
        s.diffusion.iter_mut().for_each(|d| *d *= 2.0);
        s.decay *= 2.0;
    }
    setup.receptors.iter_mut().for_each(|r| r.uptake *= 2.0);
    for cell_type in &mut setup.cell_types {
        cell_type.remains *= 0.5;
        let b = &mut cell_type.behaviors;
        b.divide.iter_mut().for_each(|h| double(&mut h.rate));
        b.die.iter_mut().for_each(|h| double(&mut h.rate));
        b.convert.iter_mut().for_each(|h| double(&mut h.rate));
        b.leave.iter_mut().for_each(|h| double(&mut h.rate));
        b.secrete.iter_mut().chain(&mut b.uptake).for_each(|(_, law)| double(law));
        b.supply.iter_mut().for_each(|s| double(&mut s.rate));
        b.dynamics.iter_mut().for_each(|d| [&mut d.gain, &mut d.loss].into_iter().for_each(double));
        if let Some(m) = &mut b.movement {
            double(&mut m.speed);
            m.persistence.base *= 0.5;
        }
    }
    for interaction in &mut setup.interactions {
        interaction.rate.iter_mut().for_each(double);
        interaction.cooldown *= 0.5;
    }
    for flow in &mut setup.flows {
        double(&mut flow.rate);
        flow.delay *= 0.5;
    }
    for dose in &mut setup.doses {
        halve(&mut dose.at);
        dose.over *= 0.5;
    }
    setup.places.iter_mut().for_each(|p| halve(&mut p.at));
    setup.removals.iter_mut().for_each(|r| halve(&mut r.at));
}
