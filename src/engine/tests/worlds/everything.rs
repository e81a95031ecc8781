//! Everything at once.

use super::super::{everywhere, hazard};
use super::*;
use crate::field::{Boundary, SolverKind};
use crate::model::fixture::{B7H3, BLOOD, CAR, EXHAUSTION, NEO, OXYGEN, T_CELL, TCR, TUMOR};
use crate::model::{
    DoseTarget, Flow, FlowId, FlowKind, FlowPlace, Gate, Inherit, InteractionKind, Law, Mutation, Part,
    Pattern, Pool, Removal, Response, Scale, Setup, Signal, Species, States, Supply, TraitDynamics, Trigger,
};
use crate::random::{Distribution, Draw, Purpose};

/// A tumor fed by vessels, T cells of two clones and a product with a chimeric receptor, macrophages that clear, carry and
/// show antigen; all behaviors, all kinds of flow and of contact, a dose, an infusion and surgery.
pub fn everything(size: [usize; 3]) -> Setup {
    let mut setup = still(size);
    setup.domain.as_mut().unwrap().scale = Scale::Constant(2.0);
    put(&mut setup, TUMOR, 50.0, Pattern::Packed);
    put(&mut setup, MACROPHAGE, 16.0, Pattern::Random);
    put(&mut setup, T_CELL, 24.0, Pattern::Random);
    put(&mut setup, VESSEL, 16.0, Pattern::Random);
    chemistry(&mut setup);
    tumor(&mut setup);
    immune(&mut setup);
    contacts(&mut setup);
    blood(&mut setup);
    therapy(&mut setup);
    setup
}

fn chemistry(setup: &mut Setup) {
    field(setup, OXYGEN, 2e3, 0.1, 20.0);
    let oxygen = &mut setup.substrates[OXYGEN.index()];
    (oxygen.solver, oxygen.boundary) = (SolverKind::QuasiSteady, Boundary::Fixed(10.0));
    field(setup, CYTOKINE, 300.0, 0.02, 0.1);
    setup.receptors[LIGANDED.index()].uptake = 0.02;
    setup.receptors[LIGANDED.index()].response = hill(1.0, 1.0);
    setup.cell_types[VESSEL.index()].behaviors.supply =
        vec![Supply { substrate: OXYGEN, rate: Law::constant(20.0), to: 40.0 }];
}

fn tumor(setup: &mut Setup) {
    let fed = on(setup, Signal::Substrate(OXYGEN), hill(15.0, 2.0));
    let crowded = on(setup, Signal::Crowding, Response::Above { above: 0.9 });
    let lognormal = |median| Draw::of(Distribution::Lognormal { median, sigma: 0.5 });
    let tumor = &mut setup.cell_types[TUMOR.index()];
    (tumor.push, tumor.remains) = (1, 120.0);
    for (of, draw) in [(B7H3, lognormal(600.0)), (NEO, Draw { present: 0.4, ..lognormal(900.0) })] {
        tumor.traits.iter_mut().find(|t| t.0 == of).unwrap().1 = draw;
    }
    let b = &mut tumor.behaviors;
    (b.uptake, b.secrete) = (vec![(OXYGEN, Law::constant(2.0))], vec![(CYTOKINE, Law::constant(0.1))]);
    b.divide = Some(hazard((), 0.0, "divide"));
    b.divide.as_mut().unwrap().rate.increase = vec![when("fed", 0.006, vec![fed])];
    b.die = vec![hazard("crowded".into(), 0.0, "die.c"), hazard("hypoxia".into(), 0.004, "die.h")];
    b.die[0].rate.increase = vec![when("crowded", 0.001, vec![crowded])];
    b.die[1].rate.decrease = vec![when("fed", 0.0002, vec![fed])];
    b.movement = Some(moving(0.3, 0.0, &[]));
    b.leave = vec![hazard(FlowId(3), 0.0005, "flow.shed")];
    b.dynamics = vec![TraitDynamics { of: DAMAGE, gain: Law::constant(0.0), loss: Law::constant(0.01) }];
    let b7h3 = &mut setup.traits[B7H3.index()];
    (b7h3.jitter, b7h3.mutation) = (0.1, Some(Mutation { probability: 0.05, to: 0.0 }));
    setup.traits[DAMAGE.index()].inherit = Inherit::Split;
    let neo = &mut setup.traits[NEO.index()];
    (neo.presented_by, neo.presented_at) = (Some(MHC), 1.5);
}

fn immune(setup: &mut Setup) {
    let tired = on(setup, Signal::Trait(EXHAUSTION), hill(0.8, 2.0));
    let bound = on(setup, Signal::Receptor(LIGANDED), hill(0.3, 1.0));
    let seen = on(setup, Signal::Recognition, linear(0.0, 0.8));
    let near = on(setup, Signal::Contact(vec![MACROPHAGE]), linear(0.0, 3.0));
    let drawn = |speed, weight| moving(speed, 20.0, &[(CYTOKINE, weight)]);
    setup.cell_types[MACROPHAGE.index()].behaviors.movement = Some(drawn(0.7, 0.6));
    let t = &mut setup.cell_types[T_CELL.index()];
    t.traits[1].1 = Draw::of(Distribution::Lognormal { median: 60.0, sigma: 0.5 });
    let b = &mut t.behaviors;
    let mut movement = drawn(1.8, 0.3);
    // Who recognizes stays.
    movement.speed.decrease = vec![when("arrest", 0.05, vec![seen])];
    b.movement = Some(movement);
    b.divide = Some(hazard((), 0.001, "divide.t"));
    b.divide.as_mut().unwrap().rate.increase = vec![when("bound", 0.008, vec![bound, seen])];
    b.die = vec![hazard("tired".into(), 0.001, "die.t")];
    let mut worn = when("worn", 0.01, vec![tired]);
    worn.none = vec![near];
    b.die[0].rate.increase = vec![worn];
    b.convert = vec![hazard(MACROPHAGE, 0.0003, "convert")];
    b.leave = vec![hazard(FlowId(2), 0.002, "flow.home")];
    b.dynamics =
        vec![TraitDynamics { of: EXHAUSTION, gain: Law::constant(0.0005), loss: Law::constant(0.002) }];
}

fn contacts(setup: &mut Setup) {
    let mut kill = killing(0.1, 2.0);
    kill.gate = Gate { any: vec![TCR, CHIMERIC], ..Gate::default() };
    (kill.cooldown, kill.to_self) = (10.0, vec![(EXHAUSTION, 0.1)]);
    let tired = on(setup, Signal::Trait(EXHAUSTION), hill(1.0, 2.0));
    kill.rate[0].scale = vec![when("tired", 0.2, vec![tired])];
    let mut eat = interaction("eat", InteractionKind::Engulf, MACROPHAGE, TUMOR, 0.02);
    (eat.on, eat.take) = (States { live: false, dead: true }, vec![(NEO, 0.4)]);
    let mut show = interaction("show", InteractionKind::Touch, MACROPHAGE, TUMOR, 0.03);
    show.to_target = vec![(MHC, 0.3)];
    setup.interactions = vec![eat, kill, show];
}

fn blood(setup: &mut Setup) {
    let (t, m, tumor, cytokine) = (
        Species::Cell(T_CELL),
        Species::Cell(MACROPHAGE),
        Species::Cell(TUMOR),
        Species::Substrate(CYTOKINE),
    );
    setup.clock.pool_steps = 2;
    setup.compartments[BLOOD.index()].volume = 2e7;
    let both = FlowPlace::Pool { compartment: BLOOD, species: vec![t, m] };
    let door = flow("door", FlowKind::Enter, both, FlowPlace::Tissue { species: vec![t, m] }, 0.01);
    let leak = flow("leak", FlowKind::Exchange, tissue(cytokine), pool(BLOOD, cytokine), 0.003);
    let mut home = flow("home", FlowKind::Leave, tissue(t), pool(SPLEEN, t), 0.0);
    (home.delay, home.stages) = (60.0, 2);
    let mut shed = flow("shed", FlowKind::Leave, tissue(tumor), pool(BLOOD, tumor), 0.0);
    shed.carry = vec![NEO];
    let mut back = flow("back", FlowKind::Move, pool(SPLEEN, t), pool(BLOOD, t), 0.004);
    (back.delay, back.stages, back.yield_) = (45.0, 3, 0.9);
    let mut grow = flow("grow", FlowKind::Grow, pool(SPLEEN, t), FlowPlace::Outside, 0.001);
    (grow.capacity, grow.shared) = (Some(2000.0), vec![t]);
    // Clones grow with their antigen.
    let cognate = on(setup, Signal::Cognate(BLOOD), hill(2000.0, 1.0));
    grow.rate.increase = vec![when("primed", 0.005, vec![cognate])];
    let lose = flow("lose", FlowKind::Lose, pool(BLOOD, m), FlowPlace::Outside, 0.001);
    let marrow = flow("marrow", FlowKind::Make, FlowPlace::Outside, pool(BLOOD, m), 1.0);
    let via = |f: Flow| Flow { via: vec![VESSEL], ..f };
    setup.flows = vec![via(door), via(leak), home, shed, back, grow, lose, marrow];
    let clone = |n: u8, amount| (Pool { clone: n, ..Pool::of(SPLEEN, t) }, amount);
    setup.initial = vec![
        clone(0, 300.0),
        clone(1, 200.0),
        (Pool::of(BLOOD, m), 100.0),
        (Pool::of(BLOOD, cytokine), 0.0),
        (Pool::of(BLOOD, Species::Antigen(B7H3)), 0.0),
        (Pool::of(BLOOD, Species::Antigen(NEO)), 0.0),
    ];
}

fn therapy(setup: &mut Setup) {
    let part =
        |id: &str, cell, substrate, share, traits| Part { id: id.into(), cell, substrate, share, traits };
    setup.products[CAR.index()].viability = 0.8;
    setup.products[CAR.index()].parts = vec![
        part("c", None, Some(CYTOKINE), 0.4, vec![]),
        part("m", Some(MACROPHAGE), None, 0.1, vec![]),
        part("t", Some(T_CELL), None, 0.5, vec![(COPIES, Draw::constant(200.0))]),
    ];
    setup.doses = vec![
        dose("iv", 200.0, 60.0, DoseTarget::Compartment(BLOOD), 90.0),
        dose("local", 30.0, 120.0, DoseTarget::Tissue(everywhere()), 0.0),
    ];
    setup.removals = vec![Removal {
        id: "surgery".into(),
        purpose: Purpose::of("removal.surgery"),
        cells: vec![TUMOR],
        from: vec![],
        tissue: true,
        share: 0.15,
        region: everywhere(),
        margin: 0.0,
        at: Trigger::At(vec![150.0]),
    }];
}
