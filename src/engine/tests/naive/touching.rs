//! What touching cells do to each other.

use super::compare::agree;
use crate::engine::tests::worlds::*;
use crate::model::fixture::{B7H3, EXHAUSTION, NEO, T_CELL, TCR, TUMOR};
use crate::model::{Attention, Gate, InteractionKind, Law, Pattern, Setup, Signal, States, TraitDynamics};
use crate::random::{Distribution, Draw};

/// Tumor cells of two antigens, T cells of two clones and two chimeric strengths among them.
fn mixed(tumor: f64, t_cells: f64) -> Setup {
    let mut setup = still([8, 8, 1]);
    put(&mut setup, TUMOR, tumor, Pattern::Random);
    put(&mut setup, T_CELL, t_cells, Pattern::Random);
    let lognormal = |median| Draw::of(Distribution::Lognormal { median, sigma: 0.5 });
    let half = |draw: Draw| Draw { present: 0.5, ..draw };
    for (of, draw) in [(B7H3, lognormal(600.0)), (NEO, half(lognormal(900.0)))] {
        setup.cell_types[TUMOR.index()].traits.iter_mut().find(|t| t.0 == of).unwrap().1 = draw;
    }
    setup.cell_types[T_CELL.index()].traits[1].1 = lognormal(80.0);
    setup
}

/// One target at a time, three hits with repair in between, a pause after each hit, clones that see one antigen each; the
/// dead stay and shield nobody.
pub fn one_by_one(cooldown: f64) -> Setup {
    let mut setup = mixed(35.0, 25.0);
    let mut kill = killing(0.15, 2.5);
    kill.gate = Gate { any: vec![TCR], ..Gate::default() };
    (kill.cooldown, kill.to_self) = (cooldown, vec![(EXHAUSTION, 0.1)]);
    setup.interactions = vec![kill];
    let tumor = &mut setup.cell_types[TUMOR.index()];
    (tumor.remains, tumor.behaviors.dynamics) =
        (60.0, vec![TraitDynamics { of: DAMAGE, gain: Law::constant(0.0), loss: Law::constant(0.02) }]);
    setup
}

#[test]
fn killing_one_by_one_agrees() {
    let on = |antigen| format!("death tumor kill by t_cell of 0 on {antigen}");
    for cooldown in [0.0, 20.0] {
        agree(
            &format!("killing one by one, cooldown {cooldown}"),
            &one_by_one(cooldown),
            [2, 6],
            1000,
            &[&on("b7h3"), &on("neo")],
        );
    }
}

/// All touched targets share one actor's events; gates of several receptors; a second interaction competes for the same
/// targets; killers meet their own fate meanwhile.
#[test]
fn killing_all_around_agrees() {
    let mut setup = mixed(40.0, 20.0);
    put(&mut setup, MACROPHAGE, 12.0, Pattern::Random);
    let mut kill = killing(0.08, 1.0);
    (kill.attention, kill.gate) =
        (Attention::All, Gate { all: vec![CHIMERIC], none: vec![TCR], ..Gate::default() });
    let mut bite = interaction(
        "bite",
        InteractionKind::Kill { damage: DAMAGE, hit: 0.4, lethal: 1.0 },
        MACROPHAGE,
        TUMOR,
        0.05,
    );
    bite.attention = Attention::All;
    setup.interactions = vec![bite, kill];
    let t = &mut setup.cell_types[T_CELL.index()].behaviors;
    t.die = vec![super::super::hazard("tired".into(), 0.01, "die")];
    let by = |id, who| format!("death tumor {id} by {who} of 0 on ");
    agree(
        "killing all around",
        &setup,
        [2, 5],
        1000,
        &[&(by("kill", "t_cell") + "b7h3"), &(by("bite", "macrophage") + "none")],
    );
}

/// Macrophages engulf the dead, and at a slower rate the living; they take antigen over, which is presented to clones; touch
/// changes both sides.
pub fn engulfing() -> Setup {
    let mut setup = mixed(40.0, 15.0);
    put(&mut setup, MACROPHAGE, 15.0, Pattern::Random);
    let tumor = &mut setup.cell_types[TUMOR.index()];
    (tumor.remains, tumor.behaviors.die) = (1e4, vec![super::super::hazard("hunger".into(), 0.01, "die")]);
    let neo = &mut setup.traits[NEO.index()];
    (neo.presented_by, neo.presented_at) = (Some(MHC), 2.0);
    let mut eat = interaction("eat", InteractionKind::Engulf, MACROPHAGE, TUMOR, 0.03);
    (eat.on, eat.take) = (States { live: false, dead: true }, vec![(NEO, 0.4)]);
    let mut gorge = interaction("gorge", InteractionKind::Engulf, MACROPHAGE, TUMOR, 0.004);
    gorge.take = vec![(NEO, 0.4)];
    let mut show = interaction("show", InteractionKind::Touch, T_CELL, TUMOR, 0.05);
    show.gate = Gate { any: vec![TCR, CHIMERIC], ..Gate::default() };
    (show.to_target, show.to_self) = (vec![(MHC, 0.5)], vec![(EXHAUSTION, 0.2)]);
    // Who recognizes divides, who touches many macrophages dies.
    let seen = on(&mut setup, Signal::Recognition, linear(0.0, 0.8));
    let tcr = on(&mut setup, Signal::Receptor(TCR), hill(0.3, 2.0));
    let many = on(&mut setup, Signal::Contact(vec![MACROPHAGE, TUMOR]), linear(1.0, 6.0));
    let t = &mut setup.cell_types[T_CELL.index()].behaviors;
    t.divide = Some(super::super::hazard((), 0.001, "divide"));
    t.divide.as_mut().unwrap().rate.increase = vec![when("seen", 0.01, vec![seen])];
    t.die = vec![super::super::hazard("tired".into(), 0.001, "die.t")];
    let mut pressed = when("pressed", 0.02, vec![]);
    pressed.any = vec![many, tcr];
    t.die[0].rate.increase = vec![pressed];
    setup.interactions = vec![eat, gorge, show];
    setup
}

#[test]
fn engulfing_and_touching_agree() {
    let eaten = |id| format!("clearance tumor {id} by macrophage of 0 on none");
    agree(
        "engulfing and touching",
        &engulfing(),
        [3, 8],
        1000,
        &[&eaten("eat"), &eaten("gorge"), "birth t_cell division"],
    );
}
