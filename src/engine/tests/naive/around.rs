//! Fields, compartments, what crosses their border, and what is done from outside.

use super::super::{everywhere, hazard};
use super::compare::agree;
use crate::engine::tests::worlds::*;
use crate::field::{Boundary, SolverKind};
use crate::model::fixture::{BLOOD, CAR, DRUG, EXHAUSTION, OXYGEN, T_CELL, TUMOR};
use crate::model::{
    DoseTarget, Flow, FlowId, FlowKind, FlowPlace, Law, Part, Pattern, Pool, Removal, Scale, Setup, Signal,
    Species, Supply, Trigger,
};
use crate::random::{Distribution, Draw, Purpose};

/// Oxygen from walls and vessels, at rest at each moment, steers division and death; cells follow a cytokine that the tumor
/// secretes and receptors take up, and turn away from oxygen.
#[test]
fn fields_and_those_who_follow_them_agree() {
    for size in [[9, 9, 1], [5, 5, 5]] {
        let mut setup = still(size);
        put(&mut setup, TUMOR, 12.0, Pattern::Packed);
        put(&mut setup, T_CELL, 20.0, Pattern::Random);
        put(&mut setup, VESSEL, 6.0, Pattern::Random);
        field(&mut setup, OXYGEN, 1e3, 0.1, 20.0);
        let oxygen = &mut setup.substrates[OXYGEN.index()];
        (oxygen.solver, oxygen.boundary) = (SolverKind::QuasiSteady, Boundary::Fixed(30.0));
        field(&mut setup, CYTOKINE, 50.0, 0.02, 0.5);
        let fed = on(&mut setup, Signal::Substrate(OXYGEN), hill(15.0, 3.0));
        let steep = on(&mut setup, Signal::Gradient(CYTOKINE), hill(0.02, 1.0));
        let bound = on(&mut setup, Signal::Receptor(LIGANDED), hill(0.3, 1.0));
        setup.receptors[LIGANDED.index()].uptake = 0.05;
        setup.receptors[LIGANDED.index()].response = hill(2.0, 1.0);
        let b = &mut setup.cell_types[TUMOR.index()].behaviors;
        b.uptake = vec![(OXYGEN, Law::constant(3.0))];
        b.secrete = vec![(CYTOKINE, Law::constant(0.2))];
        b.divide = Some(hazard((), 0.0, "divide"));
        b.divide.as_mut().unwrap().rate.increase = vec![when("fed", 0.008, vec![fed])];
        b.die = vec![hazard("hypoxia".into(), 0.006, "die")];
        b.die[0].rate.decrease = vec![when("fed", 0.0, vec![fed])];
        setup.cell_types[VESSEL.index()].behaviors.supply =
            vec![Supply { substrate: OXYGEN, rate: Law::constant(10.0), to: 40.0 }];
        let mut movement = moving(1.6, 20.0, &[(CYTOKINE, 0.5), (OXYGEN, -0.3)]);
        movement.toward[0].1.increase = vec![when("steep", 0.8, vec![steep])];
        let b = &mut setup.cell_types[T_CELL.index()].behaviors;
        (b.movement, b.divide) = (Some(movement), Some(hazard((), 0.001, "divide.t")));
        b.divide.as_mut().unwrap().rate.increase = vec![when("bound", 0.01, vec![bound])];
        agree(
            &format!("fields {size:?}"),
            &setup,
            [4, 9],
            600,
            &["birth tumor division", "death tumor hypoxia", "birth t_cell division"],
        );
    }
}

/// Flows between pools: growth with a shared capacity, losses, production, and a move with delay and yield; a rule that
/// reads a pool.
#[test]
fn pools_agree() {
    let mut setup = still([4, 4, 1]);
    put(&mut setup, TUMOR, 3.0, Pattern::Packed);
    setup.clock.pool_steps = 3;
    let (t, m, drug) = (Species::Cell(T_CELL), Species::Cell(MACROPHAGE), Species::Substrate(DRUG));
    let full =
        on(&mut setup, Signal::Concentration { compartment: BLOOD, species: vec![drug] }, hill(1e-3, 2.0));
    let many = on(&mut setup, Signal::Amount { compartment: SPLEEN, species: vec![t] }, hill(400.0, 1.0));
    let mut grow = flow("grow", FlowKind::Grow, pool(BLOOD, t), FlowPlace::Outside, 0.002);
    (grow.capacity, grow.shared) = (Some(3000.0), vec![t, m]);
    grow.rate.increase = vec![when("full", 0.006, vec![full])];
    let mut home = flow("home", FlowKind::Move, pool(BLOOD, t), pool(SPLEEN, t), 0.003);
    (home.delay, home.stages, home.yield_) = (70.0, 3, 0.8);
    let lose = flow("lose", FlowKind::Lose, pool(SPLEEN, t), FlowPlace::Outside, 0.004);
    let mut make = flow("make", FlowKind::Make, pool(SPLEEN, t), pool(BLOOD, drug), 0.5);
    make.rate.scale = vec![when("many", 0.2, vec![many])];
    let marrow = flow("marrow", FlowKind::Make, FlowPlace::Outside, pool(BLOOD, m), 2.0);
    setup.flows = vec![grow, home, lose, make, marrow];
    setup.initial = vec![(Pool::of(BLOOD, t), 900.0), (Pool::of(SPLEEN, t), 100.0)];
    agree("pools", &setup, [5, 24], 2, &[]);
}

/// Vessels let cells in and a cytokine through, in a blood so small that the tissue presses it and in a large one; cells
/// leave with their antigens, after a delay.
#[test]
fn the_border_agrees() {
    for volume in [2e5, 2e7] {
        let mut setup = still([8, 8, 1]);
        border(&mut setup, volume);
        let left = "departure t_cell home";
        agree(
            &format!("border, blood of {volume:e} um^3"),
            &setup,
            [4, 9],
            1000,
            &["arrival t_cell door", "arrival macrophage door", left],
        );
    }
}

fn border(setup: &mut Setup, volume: f64) {
    let domain = setup.domain.as_mut().unwrap();
    domain.scale = Scale::Constant(2.0);
    put(setup, VESSEL, 10.0, Pattern::Random);
    put(setup, TUMOR, 30.0, Pattern::Random);
    put(setup, T_CELL, 12.0, Pattern::Random);
    setup.compartments[BLOOD.index()].volume = volume;
    field(setup, CYTOKINE, if volume < 1e6 { 600.0 } else { 200.0 }, 0.005, 1.0);
    setup.cell_types[TUMOR.index()].behaviors.secrete = vec![(CYTOKINE, Law::constant(0.1))];
    let (t, m, cytokine) = (Species::Cell(T_CELL), Species::Cell(MACROPHAGE), Species::Substrate(CYTOKINE));
    let both = FlowPlace::Pool { compartment: BLOOD, species: vec![t, m] };
    let door = flow("door", FlowKind::Enter, both, FlowPlace::Tissue { species: vec![t, m] }, volume * 6e-10);
    let leak = flow("leak", FlowKind::Exchange, tissue(cytokine), pool(BLOOD, cytokine), 0.01);
    let mut home = flow("home", FlowKind::Leave, tissue(t), pool(SPLEEN, t), 0.0);
    (home.delay, home.stages, home.carry) = (60.0, 2, vec![]);
    let via = |f: Flow| Flow { via: vec![VESSEL], ..f };
    setup.flows = vec![via(door), home, via(leak)];
    setup.initial =
        vec![(Pool::of(BLOOD, t), 200.0), (Pool::of(BLOOD, m), 60.0), (Pool::of(BLOOD, cytokine), 0.0)];
    setup.cell_types[T_CELL.index()].behaviors.leave = vec![hazard(FlowId(1), 0.004, "flow.home")];
    // Doors open where the cytokine is.
    let here = on(setup, Signal::Substrate(CYTOKINE), hill(3.0, 1.0));
    setup.flows[0].rate.scale = vec![when("call", 4.0, vec![here])];
}

/// Infusions over hours into tissue and blood, a removal between them, cells that bring their product's traits.
#[test]
fn doses_and_removals_agree() {
    let mut setup = still([8, 8, 1]);
    put(&mut setup, TUMOR, 30.0, Pattern::Packed);
    setup.domain.as_mut().unwrap().scale = Scale::Constant(3.0);
    field(&mut setup, CYTOKINE, 100.0, 0.01, 0.0);
    let strong = vec![(COPIES, Draw::of(Distribution::Lognormal { median: 300.0, sigma: 0.3 }))];
    let part =
        |id: &str, cell, substrate, share, traits| Part { id: id.into(), cell, substrate, share, traits };
    setup.products[CAR.index()].viability = 0.8;
    setup.products[CAR.index()].parts = vec![
        part("c", None, Some(CYTOKINE), 0.5, vec![]),
        part("m", Some(MACROPHAGE), None, 0.3, vec![(EXHAUSTION, Draw::constant(2.0))]),
        part("t", Some(T_CELL), None, 0.2, strong),
    ];
    setup.doses = vec![
        dose("again", 150.0, 60.0, DoseTarget::Tissue(everywhere()), 0.0),
        dose("drip", 90.0, 30.0, DoseTarget::Tissue(everywhere()), 100.0),
        dose("iv", 200.0, 60.0, DoseTarget::Compartment(BLOOD), 45.0),
    ];
    setup.removals = vec![Removal {
        id: "surgery".into(),
        purpose: Purpose::of("removal.surgery"),
        cells: vec![TUMOR, T_CELL],
        from: vec![BLOOD],
        tissue: true,
        share: 0.4,
        region: everywhere(),
        margin: 0.0,
        at: Trigger::At(vec![90.0]),
    }];
    agree(
        "doses and removals",
        &setup,
        [4, 7],
        600,
        &["arrival t_cell drip", "arrival macrophage again", "removal tumor surgery"],
    );
}
